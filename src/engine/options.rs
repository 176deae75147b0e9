//! What an engine is created with.

use std::path::PathBuf;

use super::Log;
use crate::domain::{Error, FeatureWeights, Field, InstructionSet, Result, ThreadHost, limits};
#[cfg(feature = "onnxruntime")]
use crate::encoder::PlacementReader;
use crate::encoder::{Backend, ModelSource, Provider};
use crate::learning::WatchRules;
use crate::store::{DeviceKey, OpenOptions};
use crate::vectors::{ExactValues, Kernel, Metric};

/// How much each field counts in a video's vector; 0 leaves a field out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FieldWeights {
    pub title: f32,
    pub description: f32,
    pub tags: f32,
    pub comments: f32,
}

impl Default for FieldWeights {
    fn default() -> Self {
        FieldWeights { title: 1.0, description: 1.0, tags: 0.5, comments: 0.25 }
    }
}

impl FieldWeights {
    pub fn of(&self, field: Field) -> f32 {
        match field {
            Field::Title => self.title,
            Field::Description => self.description,
            Field::Tags => self.tags,
            Field::Comments => self.comments,
        }
    }
}

/// See each field. The default has no model: videos must bring vectors.
#[derive(Debug, Clone, Default)]
pub struct EngineOptions {
    /// The model's files: a folder, the host's memory, or both.
    pub model: ModelSource,
    /// What runs the model.
    pub backend: Backend,
    /// The ONNX Runtime library; none: whichever this process has loaded already, or else the first
    /// of the candidates that exists. Absolute paths.
    pub runtime_path: Option<PathBuf>,
    pub runtime_candidates: Vec<PathBuf>,
    /// Elements of a vector; 0: the model's, or those of the first vector brought.
    pub dimensions: usize,
    /// Where the ONNX Runtime runs the model, in order of preference; empty: on the CPU.
    pub providers: Vec<Provider>,
    /// How to learn which provider runs which node, needed by every provider but the CPU: from Rust,
    /// `vrec::ffi::read_placements`.
    #[cfg(feature = "onnxruntime")]
    pub placement_reader: Option<PlacementReader>,
    /// Threads inside one operator of the model; 0 and 1 start none.
    pub threads: u32,
    /// Operators of the model that may run at the same time; 0 and 1 start no thread.
    pub inter_op_threads: u32,
    /// Most tokens of one run of the model, padding included; 0: what suits the device.
    pub tokens_per_run: usize,
    /// Most bytes of remembered vectors of texts; 0: none are remembered.
    pub embedding_cache_bytes: usize,
    /// What starts the thread that embeds added videos after the call that added them has returned;
    /// none: they are embedded during the call. From Rust, `vrec::ffi::thread_host()`.
    pub background_embedding: Option<ThreadHost>,
    /// Threads that one search may use, the one that calls included; 0 and 1: it stays on that one. The
    /// others start with the first search large enough to use them and end with the engine.
    pub search_threads: u32,
    /// What starts them; needed where `search_threads` is 2 or more. From Rust,
    /// `vrec::ffi::thread_host()`.
    pub search_host: Option<ThreadHost>,
    /// Most bytes of videos and profiles held in memory; 0: no limit.
    pub memory_limit_bytes: u64,
    pub field_weights: FieldWeights,
    /// What each feature counts in [`crate::domain::Ranking::Blend`]. Features of weight 0 are not learned at all.
    /// None: what the pack in use says, and where none does, the default of [`FeatureWeights`].
    pub feature_weights: Option<FeatureWeights>,
    /// When a video counts as started and as finished. Watch states are made from the stored events when an engine
    /// is created, so the rules may change from one to the next.
    pub watch_rules: WatchRules,
    /// What is kept of each vector beside its codes.
    pub exact_values: ExactValues,
    pub metric: Metric,
    /// Whether the mean of the vectors that hosts bring is subtracted from them, in an engine without
    /// a model.
    pub centre_vectors: bool,
    /// Whether large catalogues have a first stage on signs, as far as it loses nothing.
    pub sign_stage: bool,
    /// What vectors are scored with; none: the fastest that this CPU has.
    pub instruction_set: Option<InstructionSet>,
    /// Where everything is kept; none: in memory only.
    pub store: Option<StoreOptions>,
    /// What starts the thread that commits events recorded with `Durability::Within`; needs a store. From
    /// Rust, `vrec::ffi::thread_host()`.
    pub commit_host: Option<ThreadHost>,
    pub log: Log,
}

/// Where an engine keeps everything.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// A directory, created where there is none. Absolute.
    pub path: PathBuf,
    /// Wraps the keys that records are sealed with; none: no secrecy.
    pub device_key: Option<DeviceKey>,
    pub open: OpenOptions,
}

impl EngineOptions {
    /// Checks every documented range.
    pub fn validate(&self) -> Result<()> {
        if self.dimensions > limits::DIMENSIONS {
            return Err(Error::limit("dimensions", self.dimensions, limits::DIMENSIONS));
        }
        if self.threads > limits::THREADS {
            return Err(Error::limit("threads", self.threads as usize, limits::THREADS as usize));
        }
        if self.inter_op_threads > limits::INTER_OP_THREADS {
            let most = limits::INTER_OP_THREADS as usize;
            return Err(Error::limit("inter_op_threads", self.inter_op_threads as usize, most));
        }
        if self.search_threads > limits::SEARCH_THREADS {
            let most = limits::SEARCH_THREADS as usize;
            return Err(Error::limit("search_threads", self.search_threads as usize, most));
        }
        if self.search_threads > 1 && self.search_host.is_none() {
            return Err(Error::invalid("search_threads asks for threads, and search_host is none to start them"));
        }
        if self.tokens_per_run > limits::TOKENS_PER_RUN {
            return Err(Error::limit("tokens_per_run", self.tokens_per_run, limits::TOKENS_PER_RUN));
        }
        self.backend.resolve().or_else(|error| match self.backend {
            // A build without backends serves videos that bring their vectors.
            Backend::Default => Ok(Backend::Default),
            _ => Err(Error::invalid(error.message)),
        })?;
        if self.commit_host.is_some() && self.store.as_ref().is_none_or(|store| store.open.read_only) {
            return Err(Error::invalid("commit_thread needs a store that is written to"));
        }
        self.validate_providers()?;
        self.validate_search()?;
        let store = self.store.as_ref().map(|store| &store.path);
        let paths = self.model.folder.iter().chain(&self.runtime_path).chain(&self.runtime_candidates).chain(store);
        if let Some(path) = paths.into_iter().find(|path| !path.is_absolute()) {
            return Err(Error::invalid(format!("path {} is not absolute", path.display())));
        }
        let weights = self.feature_weights.map_or(Ok(()), |weights| weights.validate());
        weights.map_err(|error| error.within("feature_weights"))?;
        self.watch_rules.validate()?;
        self.validate_weights()
    }

    fn validate_search(&self) -> Result<()> {
        if let Some(set) = self.instruction_set
            && Kernel::of(set).is_none()
        {
            return Err(Error::invalid(format!("instruction_set {set:?} is none that this CPU and this build have")));
        }
        if self.metric == Metric::Dot && !self.model.is_empty() {
            return Err(Error::invalid(
                "metric is the inner product, but the vectors of a model are compared by cosine",
            ));
        }
        if self.metric == Metric::Dot && self.exact_values == ExactValues::Float16 {
            return Err(Error::invalid("exact_values is half precision, which cannot hold vectors of any length"));
        }
        if self.centre_vectors && self.metric == Metric::Dot {
            return Err(Error::invalid(
                "centre_vectors does not change an order by inner product; it needs the cosine",
            ));
        }
        Ok(())
    }

    /// What vectors are scored with.
    pub fn kernel(&self) -> Kernel {
        self.instruction_set.and_then(Kernel::of).unwrap_or_else(Kernel::best)
    }

    fn validate_providers(&self) -> Result<()> {
        if self.providers.len() > limits::PROVIDERS {
            return Err(Error::limit("the number of providers", self.providers.len(), limits::PROVIDERS));
        }
        if !self.providers.is_empty() && self.backend.resolve().is_ok_and(|backend| backend != Backend::OnnxRuntime) {
            return Err(Error::invalid("providers belong to the ONNX Runtime, which is not the backend"));
        }
        for (index, provider) in self.providers.iter().enumerate() {
            provider.validate().map_err(|error| error.within(&format!("providers[{index}]")))?;
        }
        if self.model.buffers.len() > limits::MODEL_BUFFERS {
            return Err(Error::limit("the number of model_files", self.model.buffers.len(), limits::MODEL_BUFFERS));
        }
        Ok(())
    }

    fn validate_weights(&self) -> Result<()> {
        for field in Field::ALL {
            let weight = self.field_weights.of(field);
            if !(0.0..=1_000.0).contains(&weight) {
                let name = format!("{field:?}_weight").to_lowercase();
                return Err(Error::invalid(format!("{name} is {weight}; it lies between 0 and 1000")));
            }
        }
        if Field::ALL.iter().all(|field| self.field_weights.of(*field) == 0.0) {
            return Err(Error::invalid("every field weight is 0, so no text would count"));
        }
        Ok(())
    }
}
