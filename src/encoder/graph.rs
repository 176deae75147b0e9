//! What the encoder asks of whatever runs its graph, so that sessions, pooling and batching are
//! written once for every backend.

// A build without any backend keeps the words and has nobody to say them to.
#![cfg_attr(not(any(feature = "onnxruntime", feature = "rten")), allow(dead_code, unused_imports, unused_variables))]

use std::time::Duration;

use ndarray::{ArrayView2, ArrayViewD};

use super::config::{Backend, EncoderConfig, ProviderNodes};
use super::model_files::ModelBytes;
use crate::domain::Result;

/// The inputs of a BERT encoder, each [batch, tokens]; the last says which of two texts a token belongs to.
pub const IDS: &str = "input_ids";
pub const MASK: &str = "attention_mask";
pub const TOKEN_TYPES: &str = "token_type_ids";

/// A model's graph, opened and ready to run.
pub trait Graph: Send {
    fn input_names(&self) -> Vec<String>;

    fn output_names(&self) -> Vec<String>;

    /// Runs the graph and hands the output of this name to `consume`. Gives the time spent inside
    /// the backend.
    fn run(&mut self, inputs: &GraphInputs<'_>, output: &str, consume: Consume<'_>) -> Result<Duration>;

    /// What runs where; empty when the backend cannot tell.
    fn provider_nodes(&self) -> &[ProviderNodes];

    /// Whether it runs on a device other than the CPU: one session then serves everybody, for the
    /// device's memory is scarce and its work is queued anyway, and runs are larger.
    fn on_device(&self) -> bool;
}

/// What goes in, by the names of the graph's inputs; names that it does not ask for are no failure.
pub type GraphInputs<'a> = [(&'a str, GraphInput<'a>)];

/// One tensor that goes in.
#[derive(Clone, Copy)]
pub enum GraphInput<'a> {
    /// Tokens and masks.
    Whole(ArrayView2<'a, i64>),
    Real(ArrayView2<'a, f32>),
}

/// Takes the output, whatever its shape.
pub type Consume<'a> = &'a mut dyn FnMut(ArrayViewD<'_, f32>) -> Result<()>;

/// A graph, and why providers that were preferred to the one that runs it could not serve.
pub struct OpenedGraph {
    pub graph: Box<dyn Graph>,
    pub skipped: Vec<String>,
}

/// Opens the graph in `bytes`, the content of the model file `file`.
pub fn open(config: &EncoderConfig, bytes: ModelBytes, file: &str) -> Result<OpenedGraph> {
    match config.backend.resolve()? {
        #[cfg(feature = "onnxruntime")]
        Backend::OnnxRuntime => super::onnx_runtime::open(config, &bytes, file),
        #[cfg(feature = "rten")]
        Backend::Rten => super::rten::open(config, bytes, file),
        #[allow(unreachable_patterns)]
        // `resolve` gives only what is compiled in.
        _ => Err(crate::domain::Error::new(crate::domain::Status::NoEncoder, "no backend")),
    }
}

/// Readies what all graphs of a backend share, before any file is read.
pub fn prepare(config: &EncoderConfig) -> Result<()> {
    match config.backend.resolve()? {
        #[cfg(feature = "onnxruntime")]
        Backend::OnnxRuntime => {
            super::onnx_runtime::ensure_loaded(config.runtime_path.as_deref(), &config.runtime_candidates)
        }
        _ => Ok(()),
    }
}
