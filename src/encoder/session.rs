//! Sessions of the model, and who may use them when.
//!
//! One session runs one batch at a time (the binding requires exclusive access). So that a reader
//! never waits for a writer, videos are added on a session of their own, which the first writer
//! opens and pays for.

use std::time::{Duration, Instant};

use ndarray::{Array2, Ix3};
use ort::logging::LogLevel;
use ort::session::Session as RuntimeSession;
use ort::session::builder::GraphOptimizationLevel;
use ort::value::TensorRef;
use parking_lot::{Mutex, MutexGuard};

use super::manifest::{Manifest, ModelFile, Pooling};
use super::{EncoderConfig, graph_check, model_files, pooling, runtime};
use crate::domain::{CallOptions, Error, Result, Status};

/// Who is asking for vectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// A reader: a search or an embedding. Waits for other readers only.
    Interactive,
    /// A writer that adds videos.
    Bulk,
}

/// How often a waiting caller looks at its deadline and its cancel token.
const WAIT_SLICE: Duration = Duration::from_millis(20);

/// The open sessions of one model.
pub struct Sessions {
    opener: SessionOpener,
    interactive: Mutex<Session>,
    bulk: Mutex<BulkSession>,
}

/// The writers' session.
enum BulkSession {
    Untried,
    Open(Session),
    /// Without memory or files for a second session, writers share the readers' until a trim.
    Unavailable,
}

impl Sessions {
    /// Opens the readers' session.
    pub fn open(config: &EncoderConfig, manifest: &Manifest) -> Result<Self> {
        let opener = SessionOpener::new(config, manifest);
        let interactive = Mutex::new(opener.open()?);
        Ok(Sessions { opener, interactive, bulk: Mutex::new(BulkSession::Untried) })
    }

    /// Time that readers' runs have spent inside the runtime.
    pub fn interactive_run_time(&self) -> Duration {
        self.interactive.lock().run_time
    }

    /// Runs `work` on a session of this lane, waiting for it while it is busy.
    pub fn run<T>(&self, lane: Lane, call: &CallOptions, work: impl FnOnce(&mut Session) -> Result<T>) -> Result<T> {
        if lane == Lane::Bulk {
            let mut bulk = lock(&self.bulk, call)?;
            if let BulkSession::Untried = *bulk {
                *bulk = self.opener.open().map_or(BulkSession::Unavailable, BulkSession::Open);
            }
            if let BulkSession::Open(session) = &mut *bulk {
                return work(session);
            }
        }
        work(&mut *lock(&self.interactive, call)?)
    }
}

/// Takes a lock within the call's bounds.
pub fn lock<'a, T>(mutex: &'a Mutex<T>, call: &CallOptions) -> Result<MutexGuard<'a, T>> {
    loop {
        call.check()?;
        if let Some(guard) = mutex.try_lock_for(WAIT_SLICE) {
            return Ok(guard);
        }
    }
}

/// What is needed to open one more session of the same model.
struct SessionOpener {
    config: EncoderConfig,
    file: ModelFile,
    output: String,
    dimensions: usize,
}

impl SessionOpener {
    fn new(config: &EncoderConfig, manifest: &Manifest) -> Self {
        SessionOpener {
            config: config.clone(),
            file: manifest.files.model.clone(),
            output: manifest.output.clone(),
            dimensions: manifest.dimensions,
        }
    }

    fn open(&self) -> Result<Session> {
        let bytes = model_files::read_verified(&self.config.model_folder, &self.file)?;
        graph_check::refuse_external_data(&bytes, &self.file.name)?;
        let session = self.build(&bytes).map_err(|error| {
            Error::new(Status::ModelInvalid, format!("model file {} cannot be opened: {error}", self.file.name))
        })?;
        Session::checked(session, self)
    }

    fn build(&self, bytes: &[u8]) -> Result<RuntimeSession, String> {
        let environment = runtime::environment().map_err(|error| error.message)?;
        let text = |error: ort::Error<_>| error.to_string();
        RuntimeSession::builder(environment)
            .map_err(|error| error.to_string())?
            .with_optimization_level(GraphOptimizationLevel::All)
            .map_err(text)?
            .with_intra_threads(self.config.threads as usize)
            .map_err(text)?
            .with_inter_threads(1)
            .map_err(text)?
            .with_intra_op_spinning(false)
            .map_err(text)?
            .with_log_level(LogLevel::Fatal)
            .map_err(text)?
            .commit_from_memory(bytes)
            .map_err(|error| error.to_string())
    }
}

/// One open model whose inputs and output are as the library expects.
pub struct Session {
    session: RuntimeSession,
    file: String,
    output: String,
    dimensions: usize,
    has_token_types: bool,
    /// Spent inside the runtime so far.
    run_time: Duration,
}

impl Session {
    fn checked(session: RuntimeSession, opener: &SessionOpener) -> Result<Self> {
        let invalid =
            |what: String| Error::new(Status::ModelInvalid, format!("model file {} {what}", opener.file.name));
        let inputs: Vec<&str> = session.inputs().iter().map(|input| input.name()).collect();
        for required in ["input_ids", "attention_mask"] {
            if !inputs.contains(&required) {
                return Err(invalid(format!("has no input {required}")));
            }
        }
        let unknown = inputs.iter().find(|name| !["input_ids", "attention_mask", "token_type_ids"].contains(name));
        if let Some(name) = unknown {
            return Err(invalid(format!("asks for an input {name}, which no BERT encoder has")));
        }
        if !session.outputs().iter().any(|output| output.name() == opener.output) {
            return Err(invalid(format!("has no output {}", opener.output)));
        }
        let has_token_types = inputs.contains(&"token_type_ids");
        Ok(Session {
            session,
            file: opener.file.name.clone(),
            output: opener.output.clone(),
            dimensions: opener.dimensions,
            has_token_types,
            run_time: Duration::ZERO,
        })
    }

    /// Runs token ids and mask [batch, tokens] through the model and pools to [batch, dimensions].
    pub fn run_pooled(&mut self, ids: &Array2<i64>, mask: &Array2<i64>, how: Pooling) -> Result<Array2<f32>> {
        let failed = |error: ort::Error| {
            Error::new(Status::Runtime, format!("ONNX Runtime failed to run {}: {error}", self.file))
        };
        let mut inputs = ort::inputs![
            "input_ids" => TensorRef::from_array_view(ids.view()).map_err(failed)?,
            "attention_mask" => TensorRef::from_array_view(mask.view()).map_err(failed)?,
        ];
        let token_types = Array2::<i64>::zeros(ids.raw_dim());
        if self.has_token_types {
            inputs.extend(
                ort::inputs!["token_type_ids" => TensorRef::from_array_view(token_types.view()).map_err(failed)?],
            );
        }
        let start = Instant::now();
        let outputs = self.session.run(inputs).map_err(failed)?;
        self.run_time += start.elapsed();
        let invalid = |what: String| {
            Error::new(Status::ModelInvalid, format!("model file {}: output {} {what}", self.file, self.output))
        };
        let output = outputs.get(self.output.as_str()).ok_or_else(|| invalid("is missing".to_owned()))?;
        let hidden = output.try_extract_array::<f32>().map_err(|error| invalid(error.to_string()))?;
        let shape = hidden.shape().to_vec();
        let hidden = hidden
            .into_dimensionality::<Ix3>()
            .ok()
            .filter(|view| view.dim() == (ids.nrows(), ids.ncols(), self.dimensions));
        let hidden = hidden.ok_or_else(|| {
            invalid(format!("has shape {shape:?}, not [{}, {}, {}]", ids.nrows(), ids.ncols(), self.dimensions))
        })?;
        Ok(pooling::pool(hidden, mask.view(), how))
    }
}
