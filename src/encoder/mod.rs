//! Text in, unit vectors out: a BERT-like ONNX model, run by the ONNX Runtime on a CPU or a device,
//! or by rten inside this library.
//!
//! A model is a manifest (`vrec-model.json`), an ONNX graph and a tokenizer file, in a folder or in
//! the host's memory. [`Manifest`] is read when an engine opens; the large files are read, hashed
//! and parsed only when a text first needs them ([`Encoder::load`]) and dropped by
//! [`Encoder::trim`]. Model files are treated as hostile: sizes and hashes are checked before
//! anything is parsed.

mod batch;
mod cache;
mod config;
mod graph;
mod graph_check;
mod manifest;
mod model_files;
mod network;
mod network_check;
mod onnx_format;
#[cfg(feature = "onnxruntime")]
mod onnx_runtime;
mod pooling;
#[cfg(feature = "rten")]
mod rten;
mod session;
mod tokenizer;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use ndarray::{Array2, Axis};
use parking_lot::Mutex;

use crate::domain::{CallOptions, Error, Result, Status};

#[cfg(feature = "onnxruntime")]
pub use config::PlacementReader;
pub use config::{
    Backend, EncoderConfig, ModelBuffer, ModelSource, NodePlacement, Provider, ProviderKind, ProviderNodes,
};
pub use manifest::{FieldMeans, Manifest, ModelFile};
pub use model_files::{ModelBytes, read_bounded, read_verified, verified};
pub use network::Network;
pub use session::Lane;

use batch::plan_batches;
use cache::VectorCache;
use session::{Session, Sessions};
use tokenizer::{TextTokenizer, Window};

/// The encoder of one engine. All methods may be called from any thread.
pub struct Encoder {
    config: EncoderConfig,
    manifest: Arc<Manifest>,
    cache: VectorCache,
    loaded: ArcSwapOption<Loaded>,
    /// Held while the model is being opened, so that it is opened once.
    opening: Mutex<()>,
    /// Why the model could not be opened the last time it was tried.
    failure: ArcSwapOption<Error>,
    /// Why preferred providers were passed over, until somebody asks.
    skipped: ArcSwapOption<Vec<String>>,
    texts_embedded: AtomicU64,
}

struct Loaded {
    tokenizer: TextTokenizer,
    sessions: Sessions,
    tokens_per_run: usize,
}

/// What runs an open model.
#[derive(Debug, Clone)]
pub struct EncoderDescription {
    pub backend: Backend,
    /// The ONNX Runtime library in use; none with another backend.
    pub runtime_path: Option<PathBuf>,
    /// What each execution provider was given; empty when the backend has none.
    pub nodes: Vec<ProviderNodes>,
    /// Why providers that were preferred could not serve.
    pub skipped: Vec<String>,
}

impl Encoder {
    /// Reads the manifest only; costs no memory to speak of.
    pub fn open(config: EncoderConfig) -> Result<Self> {
        config.backend.resolve()?;
        let manifest = Arc::new(Manifest::read(&config.model)?);
        Ok(Encoder {
            cache: VectorCache::new(config.cache_bytes, manifest.dimensions),
            config,
            manifest,
            loaded: ArcSwapOption::empty(),
            opening: Mutex::new(()),
            failure: ArcSwapOption::empty(),
            skipped: ArcSwapOption::empty(),
            texts_embedded: AtomicU64::new(0),
        })
    }

    pub fn manifest(&self) -> &Arc<Manifest> {
        &self.manifest
    }

    pub fn is_loaded(&self) -> bool {
        self.loaded.load().is_some()
    }

    /// Whether another call is opening the model at this moment.
    pub fn is_opening(&self) -> bool {
        !self.is_loaded() && self.opening.is_locked()
    }

    /// `Ok` unless the model could not be opened the last time it was tried. Never waits.
    pub fn status(&self) -> Status {
        self.failure.load().as_ref().map_or(Status::Ok, |failure| failure.status)
    }

    /// Texts turned into vectors since the encoder was opened.
    pub fn texts_embedded(&self) -> u64 {
        self.texts_embedded.load(Ordering::Relaxed)
    }

    /// Texts whose vectors were remembered, and those that were not, since the encoder was opened.
    pub fn cache_hits_and_misses(&self) -> (u64, u64) {
        (self.cache.hits(), self.cache.misses())
    }

    /// Bytes of remembered vectors.
    pub fn cache_bytes(&self) -> usize {
        self.cache.bytes()
    }

    /// Time that readers' runs have spent inside the backend since the model was opened, for telling
    /// the library's own share. Waits for a running one.
    pub fn interactive_run_time(&self) -> Duration {
        self.loaded.load().as_ref().map_or(Duration::ZERO, |loaded| loaded.sessions.interactive_run_time())
    }

    /// What runs the model; opens it first unless it is open.
    pub fn describe(&self, call: &CallOptions) -> Result<EncoderDescription> {
        let loaded = self.loaded(call)?;
        let backend = self.config.backend.resolve()?;
        Ok(EncoderDescription {
            backend,
            #[cfg(feature = "onnxruntime")]
            runtime_path: onnx_runtime::found_path().filter(|_| backend == Backend::OnnxRuntime).map(PathBuf::from),
            #[cfg(not(feature = "onnxruntime"))]
            runtime_path: None,
            nodes: loaded.sessions.nodes.clone(),
            skipped: loaded.sessions.skipped.clone(),
        })
    }

    /// Why providers were passed over when the model was last opened; told once.
    pub fn take_skipped(&self) -> Vec<String> {
        if self.skipped.load().is_none() {
            return Vec::new();
        }
        self.skipped.swap(None).map_or_else(Vec::new, |skipped| skipped.to_vec())
    }

    /// Why writers run on the readers' session, if that was not meant; told once.
    pub fn take_sharing(&self) -> Option<String> {
        self.loaded.load().as_ref()?.sessions.take_sharing()
    }

    /// Reads, verifies and opens the model unless it is open already.
    pub fn load(&self, call: &CallOptions) -> Result<()> {
        self.loaded(call)?;
        call.check()
    }

    /// Drops the tokenizer, the idle sessions and the remembered vectors; the next text brings the
    /// first two back.
    pub fn trim(&self) {
        self.loaded.store(None);
        self.cache.clear();
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
        self.skipped.store(Some(&loaded.sessions.skipped).filter(|skipped| !skipped.is_empty()).cloned().map(Arc::new));
        self.loaded.store(Some(Arc::clone(&loaded)));
        Ok(loaded)
    }

    fn open_model(&self) -> Result<Loaded> {
        graph::prepare(&self.config)?;
        self.hear_of_code();
        let bytes = model_files::read_verified(&self.config.model, &self.manifest.files.tokenizer)?;
        let tokenizer = TextTokenizer::parse(&bytes, &self.manifest)?;
        let sessions = Sessions::open(&self.config, &self.manifest)?;
        let tokens_per_run = match self.config.tokens_per_run {
            0 if sessions.on_device => batch::DEVICE_TOKENS,
            0 => batch::CPU_TOKENS * self.config.threads.max(1) as usize,
            chosen => chosen,
        };
        let loaded = Loaded { tokenizer, sessions, tokens_per_run };
        // One run shows whether shapes and types agree with the manifest.
        let mut trial = Vec::new();
        loaded.tokenizer.windows(0, "a", &mut trial)?;
        loaded.run(&trial, Lane::Interactive, &CallOptions::default())?;
        self.hear_of_code();
        Ok(loaded)
    }

    fn hear_of_code(&self) {
        self.config.code_loaded.into_iter().for_each(|hear| hear());
    }

    /// One unit vector a text, in the order of `texts`, as rows of a matrix. Texts are expected
    /// clean ([`crate::text::clean`]); an empty one gets the vector of the model's prefix alone.
    ///
    /// Equal texts are embedded once, and not at all while their vector is remembered. Texts longer
    /// than the model's window are cut in overlapping windows; their vector is the mean of the
    /// windows' vectors weighted by their numbers of tokens. Windows are run sorted by length, so
    /// that padding is small. `call` is checked between runs, and hears of texts that are done.
    pub fn embed(&self, texts: &[&str], lane: Lane, call: &CallOptions) -> Result<Array2<f32>> {
        let mut vectors = Array2::zeros((texts.len(), self.manifest.dimensions));
        if texts.is_empty() {
            return Ok(vectors);
        }
        call.check()?;
        let distinct = Distinct::of(texts);
        let (known, unknown): (Vec<usize>, Vec<usize>) = distinct.firsts.iter().partition(|&&row| {
            vectors.row_mut(row).as_slice_mut().is_some_and(|vector| self.cache.copy_to(texts[row], vector))
        });
        let mut done: usize = known.iter().map(|row| distinct.count(*row)).sum();
        if !known.is_empty() {
            call.report(done, texts.len());
        }
        if !unknown.is_empty() {
            let loaded = self.loaded(call)?;
            self.embed_rows(&loaded, texts, &unknown, lane, call, &mut vectors, |row| {
                done += distinct.count(row);
                call.report(done, texts.len());
            })?;
        }
        distinct.copy_to_repetitions(&mut vectors);
        self.texts_embedded.fetch_add(texts.len() as u64, Ordering::Relaxed);
        Ok(vectors)
    }

    /// Fills these rows of `vectors`; `finished` hears of each.
    #[allow(clippy::too_many_arguments)]
    fn embed_rows(
        &self,
        loaded: &Loaded,
        texts: &[&str],
        rows: &[usize],
        lane: Lane,
        call: &CallOptions,
        vectors: &mut Array2<f32>,
        mut finished: impl FnMut(usize),
    ) -> Result<()> {
        let mut windows = Vec::with_capacity(rows.len());
        let mut missing = vec![0_usize; texts.len()];
        for &row in rows {
            call.check()?;
            let before = windows.len();
            loaded.tokenizer.windows(row, texts[row], &mut windows)?;
            missing[row] = windows.len() - before;
        }
        for batch in plan_batches(&mut windows, loaded.tokens_per_run) {
            call.check()?;
            let pooled = loaded.run(batch, lane, call)?;
            for (window, vector) in batch.iter().zip(pooled.axis_iter(Axis(0))) {
                vectors.row_mut(window.text).scaled_add(window.weight, &vector);
                missing[window.text] -= 1;
                if missing[window.text] == 0 {
                    pooling::normalise(&mut vectors.row_mut(window.text))?;
                    self.cache.insert(texts[window.text], vectors.row(window.text));
                    finished(window.text);
                }
            }
        }
        Ok(())
    }
}

impl Loaded {
    /// One unit vector a window.
    fn run(&self, batch: &[Window], lane: Lane, call: &CallOptions) -> Result<Array2<f32>> {
        let multiple = if self.sessions.on_device { batch::DEVICE_TOKEN_MULTIPLE } else { 1 };
        let (ids, mask) = batch::tensors(batch, multiple);
        let mut pooled = self.sessions.run(lane, call, |session: &mut Session| session.run_pooled(&ids, &mask))?;
        for mut row in pooled.axis_iter_mut(Axis(0)) {
            pooling::normalise(&mut row)?;
        }
        Ok(pooled)
    }
}

/// Which texts of a list say the same.
struct Distinct {
    /// For each text the position of the first that equals it.
    first_of: Vec<usize>,
    /// The positions of the firsts, rising.
    firsts: Vec<usize>,
    /// How often each first stands in the list.
    counts: HashMap<usize, usize>,
}

impl Distinct {
    fn of(texts: &[&str]) -> Self {
        let mut seen = HashMap::with_capacity(texts.len());
        let mut distinct =
            Distinct { first_of: Vec::with_capacity(texts.len()), firsts: Vec::new(), counts: HashMap::new() };
        for (row, text) in texts.iter().enumerate() {
            let first = *seen.entry(*text).or_insert(row);
            if first == row {
                distinct.firsts.push(row);
            }
            *distinct.counts.entry(first).or_insert(0) += 1;
            distinct.first_of.push(first);
        }
        distinct
    }

    fn count(&self, first: usize) -> usize {
        self.counts.get(&first).copied().unwrap_or(0)
    }

    fn copy_to_repetitions(&self, vectors: &mut Array2<f32>) {
        for (row, &first) in self.first_of.iter().enumerate().filter(|(row, first)| row != *first) {
            let vector = vectors.row(first).to_owned();
            vectors.row_mut(row).assign(&vector);
        }
    }
}
