//! The ONNX Runtime as a backend: the library itself, execution providers, and one session.

mod library;
mod providers;

use std::time::{Duration, Instant};

use half::f16;
use ndarray::ArrayViewD;
use ort::value::{TensorElementType, TensorRef, ValueRef};

use super::config::ProviderNodes;
use super::graph::{Consume, Graph, GraphInput, GraphInputs};
use crate::domain::{Error, Result, Status};

pub use library::{ensure_loaded, found_path};
pub use providers::open;

/// One session of the runtime.
struct OnnxGraph {
    session: ort::session::Session,
    file: String,
    nodes: Vec<ProviderNodes>,
    on_cpu: bool,
}

impl OnnxGraph {
    /// Runs without looking at what comes out.
    fn try_run(&mut self, inputs: &GraphInputs<'_>) -> Result<()> {
        let failed = |error: ort::Error| Error::new(Status::Runtime, error.to_string());
        let values = input_values(inputs).map_err(failed)?;
        self.session.run(values).map(drop).map_err(failed)
    }
}

/// Views of the tensors.
fn input_values<'a>(inputs: &'a GraphInputs<'_>) -> Result<SessionInputs<'a>, ort::Error> {
    let value = |(name, input): &'a (&str, GraphInput<'_>)| {
        let value = match input {
            GraphInput::Whole(tensor) => TensorRef::from_array_view(*tensor)?.into(),
            GraphInput::Real(tensor) => TensorRef::from_array_view(*tensor)?.into(),
        };
        Ok(((*name).into(), value))
    };
    inputs.iter().map(value).collect()
}

type SessionInputs<'a> = Vec<(std::borrow::Cow<'a, str>, ort::session::SessionInputValue<'a>)>;

impl Graph for OnnxGraph {
    fn input_names(&self) -> Vec<String> {
        self.session.inputs().iter().map(|input| input.name().to_owned()).collect()
    }

    fn output_names(&self) -> Vec<String> {
        self.session.outputs().iter().map(|output| output.name().to_owned()).collect()
    }

    fn run(&mut self, inputs: &GraphInputs<'_>, output: &str, consume: Consume<'_>) -> Result<Duration> {
        let failed = |error: ort::Error| {
            Error::new(Status::Runtime, format!("ONNX Runtime failed to run {}: {error}", self.file))
        };
        let values = input_values(inputs).map_err(failed)?;
        let start = Instant::now();
        let outputs = self.session.run(values).map_err(failed)?;
        let spent = start.elapsed();
        let value = outputs.get(output).ok_or_else(|| {
            Error::new(Status::ModelInvalid, format!("model file {}: output {output} is missing", self.file))
        })?;
        with_floats(value.view(), consume).map_err(|error| error.within(&format!("model file {}", self.file)))?;
        Ok(spent)
    }

    fn provider_nodes(&self) -> &[ProviderNodes] {
        &self.nodes
    }

    fn on_device(&self) -> bool {
        !self.on_cpu
    }
}

/// Hands a tensor of float32 on as it is, one of float16 widened.
fn with_floats(value: ValueRef<'_>, consume: Consume<'_>) -> Result<()> {
    let invalid = |error: ort::Error| Error::new(Status::ModelInvalid, format!("the output cannot be read: {error}"));
    if value.dtype().tensor_type() == Some(TensorElementType::Float16) {
        let narrow: ArrayViewD<'_, f16> = value.try_extract_array().map_err(invalid)?;
        return consume(narrow.mapv(f16::to_f32).view());
    }
    consume(value.try_extract_array().map_err(invalid)?)
}
