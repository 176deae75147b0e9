//! How an encoder is set up: where the model comes from, what runs it, on which devices, and how
//! much it may take.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use crate::domain::{Error, Result, Status, limits};

/// See each field.
#[derive(Debug, Clone)]
pub struct EncoderConfig {
    pub model: ModelSource,
    pub backend: Backend,
    /// The ONNX Runtime library, absolute; none: whichever this process has loaded already, or else
    /// the first of the candidates that exists.
    pub runtime_path: Option<PathBuf>,
    pub runtime_candidates: Vec<PathBuf>,
    /// Where the ONNX Runtime runs the model, in order of preference; empty: on the CPU.
    pub providers: Vec<Provider>,
    /// How to learn which provider was given which node; needed by every provider but the CPU.
    #[cfg(feature = "onnxruntime")]
    pub placement_reader: Option<PlacementReader>,
    /// Called when code was loaded that may have set up exit handlers of its own: the runtime, then
    /// providers and what they start when a model is opened.
    pub code_loaded: Option<fn()>,
    /// Threads inside one operator; 1 starts none.
    pub threads: u32,
    /// Operators that may run at the same time; 1 starts no thread.
    pub inter_op_threads: u32,
    /// Most tokens of one run, padding included; 0: what suits the device.
    pub tokens_per_run: usize,
    /// Most bytes of vectors kept for texts that come again.
    pub cache_bytes: usize,
}

/// What runs the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Backend {
    /// The ONNX Runtime where this build has it, else rten.
    #[default]
    Default,
    /// The ONNX Runtime, a shared library that the integrator brings.
    OnnxRuntime,
    /// The rten engine, compiled into this library.
    Rten,
}

impl Backend {
    /// The backend meant, or an error when this build is without it.
    pub fn resolve(self) -> Result<Backend> {
        let resolved = match self {
            Backend::Default if cfg!(feature = "onnxruntime") => Backend::OnnxRuntime,
            Backend::Default => Backend::Rten,
            named => named,
        };
        let (present, feature) = match resolved {
            Backend::Rten => (cfg!(feature = "rten"), "rten"),
            _ => (cfg!(feature = "onnxruntime"), "onnxruntime"),
        };
        if present {
            return Ok(resolved);
        }
        let message = format!("backend: this build of the library is without {feature}");
        Err(Error::new(Status::NoEncoder, message))
    }
}

/// One execution provider of the ONNX Runtime: a device, and how to use it.
#[derive(Debug, Clone, Default)]
pub struct Provider {
    pub kind: ProviderKind,
    /// When this one cannot serve, the next of the list is tried; else that is an error.
    pub allow_next: bool,
    /// Matrix products that the provider does not take may run on the CPU; else that is an error.
    pub allow_partial: bool,
    /// A plug-in provider's library, absolute.
    pub library_path: Option<PathBuf>,
    /// A plug-in provider's name, such as `WebGpuExecutionProvider`; empty: the one that the library
    /// brings.
    pub name: String,
    /// The provider's own options, handed on as they are.
    pub options: Vec<(String, String)>,
    /// Most bytes of device memory; 0: the provider's default.
    pub memory_limit_bytes: u64,
    /// Which device of this provider, counted from 0.
    pub device_index: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(i32)]
pub enum ProviderKind {
    #[default]
    Cpu = 1,
    Cuda = 2,
    TensorRt = 3,
    WebGpu = 4,
    OpenVino = 5,
    Qnn = 6,
    Nnapi = 7,
    CoreMl = 8,
    /// Any plug-in provider, by its library.
    Plugin = 9,
}

impl ProviderKind {
    pub const ALL: [ProviderKind; 9] = [
        ProviderKind::Cpu,
        ProviderKind::Cuda,
        ProviderKind::TensorRt,
        ProviderKind::WebGpu,
        ProviderKind::OpenVino,
        ProviderKind::Qnn,
        ProviderKind::Nnapi,
        ProviderKind::CoreMl,
        ProviderKind::Plugin,
    ];

    pub fn from_code(code: i32) -> Option<ProviderKind> {
        ProviderKind::ALL.into_iter().find(|kind| *kind as i32 == code)
    }
}

impl Provider {
    /// Checks what can be checked without the runtime.
    pub fn validate(&self) -> Result<()> {
        let takes_library = matches!(self.kind, ProviderKind::WebGpu | ProviderKind::Plugin);
        match &self.library_path {
            Some(_) if !takes_library => {
                return Err(Error::invalid("library_path belongs to a WebGPU or plug-in provider"));
            }
            Some(path) if !path.is_absolute() => {
                return Err(Error::invalid(format!("library_path {} is not absolute", path.display())));
            }
            None if self.kind == ProviderKind::Plugin => {
                return Err(Error::invalid("library_path is required for a plug-in provider"));
            }
            _ => {}
        }
        if self.name.len() > limits::PROVIDER_NAME_BYTES {
            return Err(Error::limit("name, in bytes,", self.name.len(), limits::PROVIDER_NAME_BYTES));
        }
        if self.options.len() > limits::PROVIDER_OPTIONS {
            return Err(Error::limit("the number of options", self.options.len(), limits::PROVIDER_OPTIONS));
        }
        if self.options.iter().any(|(key, value)| key.is_empty() || key.contains('\0') || value.contains('\0')) {
            return Err(Error::invalid("options have an empty key or a NUL byte"));
        }
        self.validate_settings()
    }

    fn validate_settings(&self) -> Result<()> {
        let (kind, by_library) = (self.kind, self.library_path.is_some());
        if !self.options.is_empty() && matches!(kind, ProviderKind::Cpu | ProviderKind::Nnapi) {
            return Err(Error::invalid(format!("options are not taken by the provider {kind:?}")));
        }
        if self.memory_limit_bytes > 0 && !matches!(kind, ProviderKind::Cuda | ProviderKind::TensorRt) {
            return Err(Error::invalid(format!("memory_limit_bytes: the provider {kind:?} has no such limit")));
        }
        let takes_index = by_library || matches!(kind, ProviderKind::Cuda | ProviderKind::TensorRt);
        if self.device_index > 0 && !takes_index {
            let message = format!("device_index: the provider {kind:?} is told its device by its options");
            return Err(Error::invalid(message));
        }
        if !self.name.is_empty() && !by_library {
            return Err(Error::invalid("name belongs to a provider that comes as a library: set library_path"));
        }
        Ok(())
    }
}

/// Where a model's files come from: buffers by name first, then a folder.
#[derive(Debug, Clone, Default)]
pub struct ModelSource {
    /// Absolute.
    pub folder: Option<PathBuf>,
    pub buffers: Vec<ModelBuffer>,
}

impl ModelSource {
    pub fn is_empty(&self) -> bool {
        self.folder.is_none() && self.buffers.is_empty()
    }
}

/// A model file that the host holds in memory or has mapped.
#[derive(Clone)]
pub struct ModelBuffer {
    pub name: String,
    pub bytes: Arc<dyn AsRef<[u8]> + Send + Sync>,
}

impl fmt::Debug for ModelBuffer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ModelBuffer({}, {} bytes)", self.name, (*self.bytes).as_ref().len())
    }
}

/// One node of the graph and the provider that runs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodePlacement {
    pub provider: String,
    pub operator: String,
}

/// Reads the placements of a session's nodes.
#[cfg(feature = "onnxruntime")]
pub type PlacementReader = fn(&ort::session::Session) -> Result<Vec<NodePlacement>, String>;

/// What one provider runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderNodes {
    pub provider: String,
    pub nodes: u64,
    /// Those of them that multiply matrices, where nearly all the work is.
    pub products: u64,
}

impl ProviderNodes {
    /// Sums placements by provider, in the order in which the providers first appear.
    pub fn count(placements: &[NodePlacement]) -> Vec<ProviderNodes> {
        let mut counted: Vec<ProviderNodes> = Vec::new();
        for placement in placements {
            let known = counted.iter().position(|entry| entry.provider == placement.provider);
            let index = known.unwrap_or_else(|| {
                counted.push(ProviderNodes { provider: placement.provider.clone(), nodes: 0, products: 0 });
                counted.len() - 1
            });
            counted[index].nodes += 1;
            counted[index].products += u64::from(is_product(&placement.operator));
        }
        counted
    }
}

fn is_product(operator: &str) -> bool {
    ["MatMul", "Gemm", "Attention"].iter().any(|product| operator.contains(product))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_are_counted_by_provider() {
        let on =
            |provider: &str, operator: &str| NodePlacement { provider: provider.into(), operator: operator.into() };
        let counted = ProviderNodes::count(&[on("gpu", "MatMul"), on("cpu", "Shape"), on("gpu", "Add")]);
        assert_eq!(
            counted,
            [
                ProviderNodes { provider: "gpu".into(), nodes: 2, products: 1 },
                ProviderNodes { provider: "cpu".into(), nodes: 1, products: 0 },
            ]
        );
    }

    #[test]
    fn a_provider_that_makes_no_sense_is_refused() {
        let plugin = Provider { kind: ProviderKind::Plugin, ..Provider::default() };
        assert!(plugin.validate().is_err());
        let cuda = Provider { kind: ProviderKind::Cuda, library_path: Some("/a".into()), ..Provider::default() };
        assert!(cuda.validate().is_err());
        let limited = |kind| Provider { kind, memory_limit_bytes: 1, ..Provider::default() };
        assert!(limited(ProviderKind::Cpu).validate().is_err() && limited(ProviderKind::WebGpu).validate().is_err());
        assert!(limited(ProviderKind::Cuda).validate().is_ok());
        let second = |kind| Provider { kind, device_index: 1, ..Provider::default() };
        assert!(second(ProviderKind::OpenVino).validate().is_err() && second(ProviderKind::Cuda).validate().is_ok());
        let named = Provider { kind: ProviderKind::WebGpu, name: "a".into(), ..Provider::default() };
        assert!(named.validate().is_err());
        assert!(Provider::default().validate().is_ok());
    }
}
