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
use std::time::Duration;

use arc_swap::ArcSwapOption;
use ndarray::{Array2, Axis};
use parking_lot::Mutex;

use crate::domain::{CallOptions, Error, Result, Status};

pub use manifest::{FieldMeans, Manifest};
pub use session::Lane;

use batch::plan_batches;
use session::{Session, Sessions};
use tokenizer::{TextTokenizer, Window};

/// Where the encoder's parts are and how it runs.
#[derive(Debug, Clone)]
pub struct EncoderConfig {
    /// The model's folder.
    pub model_folder: PathBuf,
    /// The ONNX Runtime library, absolute; none: whichever this process has loaded already, or else
    /// the first of the candidates that exists.
    pub runtime_path: Option<PathBuf>,
    pub runtime_candidates: Vec<PathBuf>,
    /// Threads inside one run; 1 starts none.
    pub threads: u32,
}

/// The encoder of one engine. All methods may be called from any thread.
pub struct Encoder {
    config: EncoderConfig,
    manifest: Arc<Manifest>,
    loaded: ArcSwapOption<Loaded>,
    /// Held while the model is being opened, so that it is opened once.
    opening: Mutex<()>,
    /// Why the model could not be opened the last time it was tried.
    failure: ArcSwapOption<Error>,
    texts_embedded: AtomicU64,
}

struct Loaded {
    tokenizer: TextTokenizer,
    sessions: Sessions,
}

impl Encoder {
    /// Reads the manifest only; costs no memory to speak of.
    pub fn open(config: EncoderConfig) -> Result<Self> {
        let manifest = Arc::new(Manifest::read(&config.model_folder)?);
        Ok(Encoder {
            config,
            manifest,
            loaded: ArcSwapOption::empty(),
            opening: Mutex::new(()),
            failure: ArcSwapOption::empty(),
            texts_embedded: AtomicU64::new(0),
        })
    }

    pub fn manifest(&self) -> &Arc<Manifest> {
        &self.manifest
    }

    pub fn is_loaded(&self) -> bool {
        self.loaded.load().is_some()
    }

    /// `Ok` unless the model could not be opened the last time it was tried. Never waits.
    pub fn status(&self) -> Status {
        self.failure.load().as_ref().map_or(Status::Ok, |failure| failure.status)
    }

    /// Texts turned into vectors since the encoder was opened.
    pub fn texts_embedded(&self) -> u64 {
        self.texts_embedded.load(Ordering::Relaxed)
    }

    /// Time that readers' runs have spent inside the runtime since the model was opened, for telling
    /// the library's own share. Waits for a running one.
    pub fn interactive_run_time(&self) -> Duration {
        self.loaded.load().as_ref().map_or(Duration::ZERO, |loaded| loaded.sessions.interactive_run_time())
    }

    /// Reads, verifies and opens the model unless it is open already.
    pub fn load(&self, call: &CallOptions) -> Result<()> {
        self.loaded(call)?;
        call.check()
    }

    /// Drops the tokenizer and the idle sessions; the next text brings them back.
    pub fn trim(&self) {
        self.loaded.store(None);
    }

    fn loaded(&self, call: &CallOptions) -> Result<Arc<Loaded>> {
        if let Some(loaded) = self.loaded.load_full() {
            return Ok(loaded);
        }
        let _opening = session::lock(&self.opening, call)?;
        if let Some(loaded) = self.loaded.load_full() {
            return Ok(loaded);
        }
        // Not bounded by the call: half an opening helps nobody, and the next call would start again.
        let opened = self.open_model();
        self.failure.store(opened.as_ref().err().cloned().map(Arc::new));
        let loaded = Arc::new(opened?);
        self.loaded.store(Some(Arc::clone(&loaded)));
        Ok(loaded)
    }

    fn open_model(&self) -> Result<Loaded> {
        runtime::ensure_loaded(self.config.runtime_path.as_deref(), &self.config.runtime_candidates)?;
        let bytes = model_files::read_verified(&self.config.model_folder, &self.manifest.files.tokenizer)?;
        let tokenizer = TextTokenizer::parse(&bytes, &self.manifest)?;
        let sessions = Sessions::open(&self.config, &self.manifest)?;
        let loaded = Loaded { tokenizer, sessions };
        // One run shows whether shapes and types agree with the manifest.
        self.embed_with(&loaded, &["a"], Lane::Interactive, &CallOptions::default())?;
        Ok(loaded)
    }

    /// One unit vector a text, in the order of `texts`, as rows of a matrix. Texts are expected
    /// clean ([`crate::text::clean`]); an empty one gets the vector of the model's prefix alone.
    ///
    /// Texts longer than the model's window are cut in overlapping windows; their vector is the
    /// mean of the windows' vectors weighted by their numbers of tokens. Windows are run sorted by
    /// length, so that padding is small. `call` is checked between runs.
    pub fn embed(&self, texts: &[&str], lane: Lane, call: &CallOptions) -> Result<Array2<f32>> {
        if texts.is_empty() {
            return Ok(Array2::zeros((0, self.manifest.dimensions)));
        }
        let vectors = self.embed_with(&*self.loaded(call)?, texts, lane, call)?;
        self.texts_embedded.fetch_add(texts.len() as u64, Ordering::Relaxed);
        Ok(vectors)
    }

    fn embed_with(&self, loaded: &Loaded, texts: &[&str], lane: Lane, call: &CallOptions) -> Result<Array2<f32>> {
        let mut vectors = Array2::zeros((texts.len(), self.manifest.dimensions));
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
        for mut row in vectors.axis_iter_mut(Axis(0)) {
            pooling::normalise(&mut row)?;
        }
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
