//! Text in, unit vectors out: a BERT-like ONNX model run by ONNX Runtime.
//!
//! A model is a folder with a manifest (`vrec-model.json`), an ONNX graph and a tokenizer file.
//! [`Manifest`] is read when an engine opens; the large files are read, hashed and parsed only when
//! a text first needs them ([`Encoder::load`]) and dropped by [`Encoder::trim`]. Model files are
//! treated as hostile: sizes and hashes are checked before anything is parsed.

mod batch;
mod graph_check;
mod manifest;
mod model_files;
mod pooling;
mod runtime;
mod session;
mod tokenizer;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ndarray::{Array2, Axis};
use parking_lot::Mutex;

use crate::domain::{CallOptions, Error, Result, limits};

pub use manifest::{FieldMeans, Manifest};
pub use session::Lane;

use batch::plan_batches;
use session::{Session, SessionPool};
use tokenizer::{TextTokenizer, Window};

/// Where the encoder's parts are and how it runs.
#[derive(Debug, Clone)]
pub struct EncoderConfig {
    /// The model's folder.
    pub model_folder: PathBuf,
    /// Candidates for the ONNX Runtime library, absolute, tried in order.
    pub runtime_paths: Vec<PathBuf>,
    /// Threads inside one run; 1 starts none.
    pub threads: u32,
}

/// The encoder of one engine. All methods may be called from any thread.
pub struct Encoder {
    config: EncoderConfig,
    manifest: Arc<Manifest>,
    loaded: Mutex<Option<Arc<Loaded>>>,
    texts_embedded: AtomicU64,
}

struct Loaded {
    tokenizer: TextTokenizer,
    sessions: SessionPool,
}

impl Encoder {
    /// Reads the manifest only; costs no memory to speak of.
    pub fn open(config: EncoderConfig) -> Result<Self> {
        let manifest = Arc::new(Manifest::read(&config.model_folder)?);
        Ok(Encoder { config, manifest, loaded: Mutex::new(None), texts_embedded: AtomicU64::new(0) })
    }

    pub fn manifest(&self) -> &Arc<Manifest> {
        &self.manifest
    }

    pub fn is_loaded(&self) -> bool {
        self.loaded.lock().is_some()
    }

    /// Texts turned into vectors since the encoder was opened.
    pub fn texts_embedded(&self) -> u64 {
        self.texts_embedded.load(Ordering::Relaxed)
    }

    /// Reads, verifies and opens the model unless it is open already.
    pub fn load(&self) -> Result<()> {
        self.loaded().map(drop)
    }

    /// Drops the tokenizer and the idle sessions; the next text brings them back.
    pub fn trim(&self) {
        *self.loaded.lock() = None;
    }

    fn loaded(&self) -> Result<Arc<Loaded>> {
        let mut slot = self.loaded.lock();
        if let Some(loaded) = slot.as_ref() {
            return Ok(Arc::clone(loaded));
        }
        runtime::ensure_loaded(&self.config.runtime_paths)?;
        let bytes = model_files::read_verified(&self.config.model_folder, &self.manifest.files.tokenizer)?;
        let tokenizer = TextTokenizer::parse(&bytes, &self.manifest)?;
        let sessions = SessionPool::open(&self.config, &self.manifest)?;
        let loaded = Arc::new(Loaded { tokenizer, sessions });
        *slot = Some(Arc::clone(&loaded));
        Ok(loaded)
    }

    /// One unit vector a text, in the order of `texts`, as rows of a matrix. Texts are expected
    /// clean ([`crate::text::clean`]); an empty one gets the vector of the model's prefix alone.
    ///
    /// Texts longer than the model's window are cut in overlapping windows; their vector is the
    /// mean of the windows' vectors weighted by their numbers of tokens. Windows are run sorted by
    /// length, so that padding is small. `call` is checked between runs.
    pub fn embed(&self, texts: &[&str], lane: Lane, call: &CallOptions) -> Result<Array2<f32>> {
        let mut vectors = Array2::zeros((texts.len(), self.manifest.dimensions));
        if texts.is_empty() {
            return Ok(vectors);
        }
        let loaded = self.loaded()?;
        let mut windows = Vec::with_capacity(texts.len());
        for (index, text) in texts.iter().enumerate() {
            call.check()?;
            loaded.tokenizer.windows(index, text, &mut windows)?;
        }
        for batch in plan_batches(&mut windows) {
            call.check()?;
            let pooled = loaded.sessions.run(lane, call, |session| run_batch(session, batch, &self.manifest))?;
            for (window, vector) in batch.iter().zip(pooled.axis_iter(Axis(0))) {
                vectors.row_mut(window.text).scaled_add(window.weight, &vector);
            }
        }
        for (text, mut row) in vectors.axis_iter_mut(Axis(0)).enumerate() {
            pooling::normalise(&mut row).map_err(|error| error.within(&format!("text {text}")))?;
        }
        self.texts_embedded.fetch_add(texts.len() as u64, Ordering::Relaxed);
        Ok(vectors)
    }
}

fn run_batch(session: &mut Session, batch: &[Window], manifest: &Manifest) -> Result<Array2<f32>> {
    let (ids, mask) = batch::tensors(batch);
    let mut pooled = session.run_pooled(&ids, &mask, manifest.pooling)?;
    for mut row in pooled.axis_iter_mut(Axis(0)) {
        pooling::normalise(&mut row)?;
    }
    Ok(pooled)
}

/// Refuses a text over [`limits::TEXT_BYTES`].
pub fn check_text(what: &str, text: &str) -> Result<()> {
    if text.len() > limits::TEXT_BYTES {
        return Err(Error::limit(&format!("{what}, in bytes,"), text.len(), limits::TEXT_BYTES));
    }
    Ok(())
}
