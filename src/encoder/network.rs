//! A small network of real numbers beside the encoder, run by the same backend, always on the CPU and on the calling
//! thread: one run takes microseconds, which is less than waking a thread or a device takes.

use ndarray::{Array2, ArrayView2, Ix2};

use super::config::EncoderConfig;
use super::graph::{self, Graph, GraphInput};
use super::model_files::ModelBytes;
use super::network_check;
use crate::domain::{Error, Result, Status};

/// An open network. One run at a time.
pub struct Network {
    graph: Box<dyn Graph>,
    file: String,
}

impl Network {
    /// Whether the backend and the runtime of `config` can run anything: they are loaded where they are not yet.
    /// [`Status::NoEncoder`], [`Status::RuntimeMissing`], [`Status::RuntimeVersion`] or [`Status::Runtime`] where not.
    pub fn prepare(config: &EncoderConfig) -> Result<()> {
        graph::prepare(config)
    }

    /// Refuses what [`Network::open`] refuses of a graph before anything runs it. [`Status::ModelInvalid`].
    pub fn check(bytes: &[u8], file: &str, inputs: &[(&str, [usize; 2])]) -> Result<()> {
        network_check::check(bytes, file, inputs)
    }

    /// Opens the ONNX graph in `bytes`, which messages call `file`, by the backend and the runtime of `config`; nothing
    /// else of it counts. Refuses a graph whose inputs are others than `inputs`, which come with their sizes, or that
    /// has no output `output`, and whatever could take more time or memory than a small network.
    /// [`Status::NoEncoder`] or [`Status::RuntimeMissing`] where nothing can run it, [`Status::ModelInvalid`] for a
    /// graph that is none.
    pub fn open(
        config: &EncoderConfig,
        bytes: &[u8],
        file: &str,
        inputs: &[(&str, [usize; 2])],
        output: &str,
    ) -> Result<Network> {
        let config = EncoderConfig { providers: Vec::new(), threads: 1, inter_op_threads: 1, ..config.clone() };
        graph::prepare(&config)?;
        Network::check(bytes, file, inputs)?;
        let graph = graph::open(&config, ModelBytes::Read(bytes.to_vec()), file)?.graph;
        config.code_loaded.into_iter().for_each(|hear| hear());
        let invalid = |what: String| Error::new(Status::ModelInvalid, format!("model file {file} {what}"));
        let found = graph.input_names();
        if let Some(name) = inputs.iter().map(|(name, _)| *name).find(|name| !found.iter().any(|found| found == name)) {
            return Err(invalid(format!("has no input {name}")));
        }
        if let Some(name) = found.iter().find(|name| !inputs.iter().any(|(input, _)| input == name)) {
            return Err(invalid(format!("asks for an input {name}, which there is none of")));
        }
        if !graph.output_names().iter().any(|found| found == output) {
            return Err(invalid(format!("has no output {output}")));
        }
        Ok(Network { graph, file: file.to_owned() })
    }

    /// The output of this name, of two axes, for inputs by their names.
    pub fn run(&mut self, inputs: &[(&str, ArrayView2<'_, f32>)], output: &str) -> Result<Array2<f32>> {
        let inputs: Vec<(&str, GraphInput<'_>)> =
            inputs.iter().map(|(name, tensor)| (*name, GraphInput::Real(*tensor))).collect();
        let mut found = None;
        self.graph.run(&inputs, output, &mut |values| {
            found = values.into_dimensionality::<Ix2>().ok().map(|rows| rows.to_owned());
            Ok(())
        })?;
        found.ok_or_else(|| {
            let message = format!("model file {}: output {output} is not of two axes", self.file);
            Error::new(Status::ModelInvalid, message)
        })
    }
}
