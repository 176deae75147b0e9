//! What the engine's callers and its embedding thread share: the newest snapshot, the writer's
//! lock, the encoder.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ndarray::Array2;

use super::meaning::Meaning;
use super::published::Published;
use super::queue::EmbeddingQueue;
use super::snapshot::Snapshot;
use super::{EngineOptions, Log};
use crate::domain::{CallOptions, Error, Result, Status, Video};
use crate::encoder::{Encoder, EncoderConfig, Lane};
use crate::ranking::CatalogueVideo;
use crate::vectors::{Pool, VectorStore};

/// See the module.
pub struct Shared {
    pub options: EngineOptions,
    pub log: Log,
    /// The encoder, or why there is none: every call that needs it says so.
    encoder: Result<Encoder>,
    pub meaning: Meaning,
    pub snapshot: Published<Snapshot>,
    pub queue: EmbeddingQueue,
    /// Threads that help searches, where the options ask for any.
    pub pool: Option<Pool>,
    faulted: AtomicBool,
}

impl Shared {
    pub fn new(options: EngineOptions) -> Result<Self> {
        let log = options.log.clone();
        let encoder = open_encoder(&options, &log);
        let manifest = encoder.as_ref().ok().map(|encoder| Arc::clone(encoder.manifest()));
        let dimensions = match &manifest {
            Some(manifest) => known_dimensions(&options, manifest.dimensions)?,
            None => options.dimensions,
        };
        Ok(Shared {
            log,
            encoder,
            meaning: Meaning::new(&options, manifest),
            snapshot: Published::new(Snapshot::new(empty_store(dimensions, &options), options.metric)),
            queue: EmbeddingQueue::default(),
            pool: search_pool(&options),
            faulted: AtomicBool::new(false),
            options,
        })
    }

    pub fn encoder(&self) -> Result<&Encoder> {
        self.encoder.as_ref().map_err(Error::clone)
    }

    /// Whether a call fails with this status because the model does not open.
    pub fn encoder_fails_with(&self, status: Status) -> bool {
        self.encoder().map_or_else(|error| error.status, Encoder::status) == status
    }

    /// Turns videos into catalogue entries with vectors; the slow part, done without any lock.
    pub fn prepare(&self, videos: &[Video], call: &CallOptions) -> Result<Vec<CatalogueVideo>> {
        let texts = self.meaning.texts(videos, call)?;
        let inputs: Vec<&str> = texts.iter().map(|text| text.clean.as_str()).collect();
        let vectors = match inputs.is_empty() {
            true => Array2::zeros((0, 0)),
            false => self.encoder()?.embed(&inputs, Lane::Bulk, call)?,
        };
        call.check()?;
        Ok(self.meaning.videos(videos, &texts, &vectors))
    }

    /// Applies `change` to a copy of the newest snapshot and publishes it if all went well; `then`
    /// runs before any other writer does.
    pub fn publish(&self, change: impl FnOnce(&mut Snapshot) -> Result<()>, then: impl FnOnce()) -> Result<()> {
        self.publish_beside(|| self.queue.reading().bytes, change, then)
    }

    /// Like [`Shared::publish`], where `other` bytes count towards the memory limit, too.
    pub fn publish_beside(
        &self,
        other: impl FnOnce() -> usize,
        change: impl FnOnce(&mut Snapshot) -> Result<()>,
        then: impl FnOnce(),
    ) -> Result<()> {
        let change_within_limit = |next: &mut Snapshot, newest: &Snapshot| {
            change(next)?;
            if next.bytes() > newest.bytes() {
                next.check_room(other(), self.options.memory_limit_bytes)?;
            }
            Ok(())
        };
        self.snapshot.change(change_within_limit, then)
    }

    /// See [`super::Engine::set_faulted`].
    pub fn set_faulted(&self) {
        self.faulted.store(true, Ordering::Release);
    }

    pub fn is_faulted(&self) -> bool {
        self.faulted.load(Ordering::Acquire)
    }

    pub fn check_writable(&self) -> Result<()> {
        if self.is_faulted() {
            let message = "an earlier call failed inside the library; reads go on, writes need a new engine";
            return Err(Error::new(Status::Faulted, message));
        }
        Ok(())
    }
}

fn open_encoder(options: &EngineOptions, log: &Log) -> Result<Encoder> {
    if options.model.is_empty() {
        let message = "this engine has no model: set model_path or model_files, or bring vectors with the videos";
        return Err(Error::new(Status::NoEncoder, message));
    }
    let encoder = Encoder::open(encoder_config(options)).inspect_err(|error| {
        log.warning(format_args!("no encoder: {error}"));
    })?;
    let manifest = encoder.manifest();
    log.info(format_args!("model {} version {} ({})", manifest.name, manifest.version, manifest.licence));
    Ok(encoder)
}

fn empty_store(dimensions: usize, options: &EngineOptions) -> VectorStore {
    let store = VectorStore::new(dimensions, options.exact_values);
    if options.sign_stage { store.with_signs() } else { store }
}

fn search_pool(options: &EngineOptions) -> Option<Pool> {
    let host = options.search_host.filter(|_| options.search_threads > 1)?;
    Some(Pool::new(options.search_threads as usize, host))
}

fn encoder_config(options: &EngineOptions) -> EncoderConfig {
    EncoderConfig {
        model: options.model.clone(),
        backend: options.backend,
        runtime_path: options.runtime_path.clone(),
        runtime_candidates: options.runtime_candidates.clone(),
        providers: options.providers.clone(),
        #[cfg(feature = "onnxruntime")]
        placement_reader: options.placement_reader,
        code_loaded: options.background_embedding.map(|host| host.code_loaded),
        threads: options.threads.max(1),
        inter_op_threads: options.inter_op_threads.max(1),
        tokens_per_run: options.tokens_per_run,
        cache_bytes: options.embedding_cache_bytes,
    }
}

fn known_dimensions(options: &EngineOptions, model: usize) -> Result<usize> {
    if options.dimensions != 0 && options.dimensions != model {
        return Err(Error::invalid(format!("dimensions is {}, the model's vectors have {model}", options.dimensions)));
    }
    Ok(model)
}
