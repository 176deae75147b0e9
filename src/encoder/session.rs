//! Sessions of the model, and who may use them when.
//!
//! One session runs one batch at a time. So that a reader never waits for a writer, videos are added
//! on a session of their own, which the first writer opens and pays for.

use std::time::Duration;

use ndarray::{Array2, Ix2, Ix3};
use parking_lot::{Mutex, MutexGuard};

use super::config::{EncoderConfig, ProviderNodes};
use super::graph::{self, Graph, GraphInput};
use super::graph::{IDS, MASK, TOKEN_TYPES};
use super::manifest::{Manifest, ModelFile, Pooling};
use super::{graph_check, model_files, pooling};
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
    /// What runs where in the readers' session, and which preferred providers could not serve.
    pub nodes: Vec<ProviderNodes>,
    pub skipped: Vec<String>,
    pub on_device: bool,
    /// Why no second session could be opened, until somebody asks.
    sharing: Mutex<Option<String>>,
}

/// The writers' session.
enum BulkSession {
    Untried,
    Open(Session),
    /// On a device, or without memory or files for a second session, writers share the readers'.
    Shared,
}

impl Sessions {
    /// Opens the readers' session.
    pub fn open(config: &EncoderConfig, manifest: &Manifest) -> Result<Self> {
        let opener = SessionOpener::new(config, manifest);
        let (session, skipped) = opener.open()?;
        let on_device = session.graph.on_device();
        let bulk = if on_device { BulkSession::Shared } else { BulkSession::Untried };
        Ok(Sessions {
            nodes: session.graph.provider_nodes().to_vec(),
            skipped,
            on_device,
            sharing: Mutex::new(None),
            opener,
            interactive: Mutex::new(session),
            bulk: Mutex::new(bulk),
        })
    }

    /// Time that readers' runs have spent inside the backend.
    pub fn interactive_run_time(&self) -> Duration {
        self.interactive.lock().run_time
    }

    /// Why writers share the readers' session though they need not on a CPU; told once.
    pub fn take_sharing(&self) -> Option<String> {
        self.sharing.lock().take()
    }

    /// Runs `work` on a session of this lane, waiting for it while it is busy.
    pub fn run<T>(&self, lane: Lane, call: &CallOptions, work: impl FnOnce(&mut Session) -> Result<T>) -> Result<T> {
        if lane == Lane::Bulk {
            let mut bulk = lock(&self.bulk, call)?;
            if let BulkSession::Untried = *bulk {
                *bulk = self.opener.open().map_or_else(
                    |error| {
                        *self.sharing.lock() = Some(error.message);
                        BulkSession::Shared
                    },
                    |(session, _)| BulkSession::Open(session),
                );
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
    pooling: Pooling,
}

impl SessionOpener {
    fn new(config: &EncoderConfig, manifest: &Manifest) -> Self {
        SessionOpener {
            config: config.clone(),
            file: manifest.files.model.clone(),
            output: manifest.output.clone(),
            dimensions: manifest.dimensions,
            pooling: manifest.pooling,
        }
    }

    /// A session, and why preferred providers could not serve.
    fn open(&self) -> Result<(Session, Vec<String>)> {
        let bytes = model_files::read_verified(&self.config.model, &self.file)?;
        graph_check::refuse_external_data(&bytes, &self.file.name)?;
        let opened = graph::open(&self.config, bytes, &self.file.name)?;
        Ok((Session::checked(opened.graph, self)?, opened.skipped))
    }
}

/// One open model whose inputs and output are as the library expects.
pub struct Session {
    graph: Box<dyn Graph>,
    file: String,
    output: String,
    dimensions: usize,
    pooling: Pooling,
    has_token_types: bool,
    /// Spent inside the backend so far.
    run_time: Duration,
}

impl Session {
    fn checked(graph: Box<dyn Graph>, opener: &SessionOpener) -> Result<Self> {
        let invalid =
            |what: String| Error::new(Status::ModelInvalid, format!("model file {} {what}", opener.file.name));
        let inputs = graph.input_names();
        let has = |name: &str| inputs.iter().any(|input| input == name);
        for required in [IDS, MASK] {
            if !has(required) {
                return Err(invalid(format!("has no input {required}")));
            }
        }
        let known = [IDS, MASK, TOKEN_TYPES];
        if let Some(name) = inputs.iter().find(|name| !known.contains(&name.as_str())) {
            return Err(invalid(format!("asks for an input {name}, which no BERT encoder has")));
        }
        if !graph.output_names().contains(&opener.output) {
            return Err(invalid(format!("has no output {}", opener.output)));
        }
        Ok(Session {
            has_token_types: has(TOKEN_TYPES),
            graph,
            file: opener.file.name.clone(),
            output: opener.output.clone(),
            dimensions: opener.dimensions,
            pooling: opener.pooling,
            run_time: Duration::ZERO,
        })
    }

    /// Runs token ids and mask [batch, tokens] through the model and pools to [batch, dimensions].
    pub fn run_pooled(&mut self, ids: &Array2<i64>, mask: &Array2<i64>) -> Result<Array2<f32>> {
        let token_types = self.has_token_types.then(|| Array2::zeros(ids.raw_dim()));
        let mut inputs = vec![(IDS, GraphInput::Whole(ids.view())), (MASK, GraphInput::Whole(mask.view()))];
        inputs.extend(token_types.as_ref().map(|types| (TOKEN_TYPES, GraphInput::Whole(types.view()))));
        let mut pooled = None;
        let (batch, tokens) = ids.dim();
        let (dimensions, pooling) = (self.dimensions, self.pooling);
        let invalid = |found: &[usize], expected: &[usize]| {
            let message = format!(
                "model file {}: output {} has shape {found:?}, not {expected:?}, with pooling {pooling:?}",
                self.file, self.output
            );
            Error::new(Status::ModelInvalid, message)
        };
        let mut consume = |output: ndarray::ArrayViewD<'_, f32>| {
            let shape = output.shape().to_vec();
            pooled = match pooling {
                Pooling::None => output.into_dimensionality::<Ix2>().ok().map(|rows| rows.to_owned()),
                _ => output
                    .into_dimensionality::<Ix3>()
                    .ok()
                    .filter(|hidden| hidden.dim() == (batch, tokens, dimensions))
                    .map(|hidden| pooling::pool(hidden, mask.view(), pooling)),
            };
            match &pooled {
                Some(rows) if rows.dim() == (batch, dimensions) => Ok(()),
                _ if pooling == Pooling::None => Err(invalid(&shape, &[batch, dimensions])),
                _ => Err(invalid(&shape, &[batch, tokens, dimensions])),
            }
        };
        self.run_time += self.graph.run(&inputs, &self.output, &mut consume)?;
        pooled.ok_or_else(|| invalid(&[], &[batch, dimensions]))
    }
}
