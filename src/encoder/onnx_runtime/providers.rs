//! On which devices a model is opened: the providers asked for, in their order. One that cannot
//! serve is an error unless its options allow the next, and one that the runtime would quietly
//! leave most of the work to the CPU for counts as one that cannot serve.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::thread;

use ndarray::Array2;
use ort::ep::{self, ArbitrarilyConfigurableExecutionProvider, ExecutionProvider, ExecutionProviderDispatch};
use ort::logging::LogLevel;
use ort::session::Session;
use ort::session::builder::{GraphOptimizationLevel, SessionBuilder};
use parking_lot::RwLock;

use super::super::config::{EncoderConfig, Provider, ProviderKind, ProviderNodes};
use super::super::graph::{Graph, GraphInput, IDS, MASK, OpenedGraph, TOKEN_TYPES};
use super::{OnnxGraph, library};
use crate::domain::{Error, Result, Status};

const CPU: &str = ep::CPU::NAME;

/// Of a thread that is started to see whether one can be.
const TRIAL_STACK_BYTES: usize = 64 << 10;

/// Opens the model on the first provider that can serve.
pub fn open(config: &EncoderConfig, bytes: &[u8], file: &str) -> Result<OpenedGraph> {
    let cpu_only = [Provider::default()];
    let preferred = if config.providers.is_empty() { &cpu_only[..] } else { &config.providers };
    let mut skipped = Vec::new();
    let mut last = None;
    for provider in preferred {
        match open_on(provider, config, bytes, file) {
            Ok(graph) => return Ok(OpenedGraph { graph: Box::new(graph), skipped }),
            Err(error) => {
                skipped.push(error.message.clone());
                last = Some(error);
                if !provider.allow_next {
                    break;
                }
            }
        }
    }
    let status = last.map_or(Status::Provider, |error| error.status);
    Err(Error::new(status, skipped.join("; then ")))
}

/// Where a thread cannot be started, the runtime waits for ever for those that were; so this tries.
fn check_threads(config: &EncoderConfig) -> Result<()> {
    let beside = |threads: u32| if threads > 1 { threads } else { 0 };
    let count = (beside(config.threads) + beside(config.inter_op_threads)) as usize;
    let gate = RwLock::new(());
    thread::scope(|scope| {
        let _closed = gate.write();
        let started = (0..count).map(|_| {
            let spawned =
                thread::Builder::new().stack_size(TRIAL_STACK_BYTES).spawn_scoped(scope, || drop(gate.read()));
            spawned.map(drop)
        });
        started.collect::<std::io::Result<()>>()
    })
    .map_err(|error| Error::new(Status::Runtime, format!("threads: {count} cannot be started: {error}")))
}

fn open_on(provider: &Provider, config: &EncoderConfig, bytes: &[u8], file: &str) -> Result<OnnxGraph> {
    check_threads(config)?;
    let on_cpu = provider.kind == ProviderKind::Cpu;
    // A provider's library is somebody else's code, and the binding panics on some answers.
    let session = catch_unwind(AssertUnwindSafe(|| build(provider, config, bytes)))
        .unwrap_or_else(|_| Err("the binding to the ONNX Runtime panicked".to_owned()));
    let (name, session) = session.map_err(|what| match on_cpu {
        true => Error::new(Status::ModelInvalid, format!("model file {file} cannot be opened: {what}")),
        false => Error::new(Status::Provider, format!("provider {:?} cannot serve: {what}", provider.kind)),
    })?;
    let placements = config.placement_reader.map(|read| read(&session));
    let nodes = match placements {
        Some(Ok(placements)) => ProviderNodes::count(&placements),
        _ if on_cpu => Vec::new(),
        Some(Err(what)) => return Err(Error::new(Status::Provider, format!("{name} cannot serve: {what}"))),
        None => return Err(Error::new(Status::Provider, format!("{name}: nothing tells which nodes it runs"))),
    };
    let mut graph = OnnxGraph { session, file: file.to_owned(), nodes, on_cpu };
    if !on_cpu {
        check_placements(&name, provider, &graph.nodes)?;
        try_run(&mut graph).map_err(|error| Error::new(Status::Provider, format!("{name} cannot serve: {error}")))?;
    }
    Ok(graph)
}

/// Some providers take nodes that they then fail to run.
fn try_run(graph: &mut OnnxGraph) -> Result<()> {
    let zeros = Array2::zeros((1, 2));
    let ones = Array2::ones((1, 2));
    let names = graph.input_names();
    let has = |name: &str| names.iter().any(|input| input == name);
    if !(has(IDS) && has(MASK)) {
        // No encoder at all; whoever opens it says so.
        return Ok(());
    }
    let mut inputs = vec![(IDS, GraphInput::Whole(zeros.view())), (MASK, GraphInput::Whole(ones.view()))];
    inputs.extend(has(TOKEN_TYPES).then_some((TOKEN_TYPES, GraphInput::Whole(zeros.view()))));
    graph.try_run(&inputs)
}

/// Refuses a provider that would leave the work to another.
fn check_placements(name: &str, provider: &Provider, nodes: &[ProviderNodes]) -> Result<()> {
    let sum = |own: bool, of: fn(&ProviderNodes) -> u64| -> u64 {
        nodes.iter().filter(|entry| (entry.provider == name) == own).map(of).sum()
    };
    let own_nodes = sum(true, |entry| entry.nodes);
    let other_products = sum(false, |entry| entry.products);
    if own_nodes == 0 {
        return Err(Error::new(Status::Provider, format!("{name} cannot serve: it takes no node of this model")));
    }
    if other_products > 0 && !provider.allow_partial {
        let own_products = sum(true, |entry| entry.products);
        let message = format!(
            "{name} cannot serve: of this model's {} matrix products {other_products} would run on another provider",
            own_products + other_products
        );
        return Err(Error::new(Status::Provider, message));
    }
    Ok(())
}

/// The provider's name in the runtime, and the session.
fn build(provider: &Provider, config: &EncoderConfig, bytes: &[u8]) -> Result<(String, Session), String> {
    let builder = session_builder(config).map_err(|error| error.to_string())?;
    let (name, mut builder) = match &provider.library_path {
        Some(path) => with_plugin(builder, provider, path)?,
        None => with_built_in(builder, provider)?,
    };
    let session = builder.commit_from_memory(bytes).map_err(|error| error.to_string())?;
    Ok((name, session))
}

fn session_builder(config: &EncoderConfig) -> Result<SessionBuilder, ort::Error> {
    let environment = library::environment().map_err(|error| ort::Error::new(error.message))?;
    Ok(Session::builder(environment)?
        .with_optimization_level(GraphOptimizationLevel::All)?
        .with_intra_threads(config.threads as usize)?
        .with_inter_threads(config.inter_op_threads as usize)?
        .with_parallel_execution(config.inter_op_threads > 1)?
        .with_intra_op_spinning(false)?
        .with_inter_op_spinning(false)?
        // Else bytes that name the runtime's own format would be read as that, which nothing here has checked.
        .with_config_entry("session.load_model_format", "ONNX")?
        .with_config_entry("session.record_ep_graph_assignment_info", "1")?
        .with_log_level(LogLevel::Fatal)?)
}

/// A provider that comes as a library of its own.
fn with_plugin(builder: SessionBuilder, provider: &Provider, path: &Path) -> Result<(String, SessionBuilder), String> {
    let environment = library::environment().map_err(|error| error.message)?;
    let names = library::register_provider_library(path)?;
    let name = if provider.name.is_empty() { names.first() } else { names.iter().find(|name| **name == provider.name) };
    let Some(name) = name else {
        return Err(match names.is_empty() {
            true => format!("{} brings no provider that has a device on this machine", path.display()),
            false => format!("{} brings {}, not {}", path.display(), names.join(", "), provider.name),
        });
    };
    let mut devices = environment.devices().filter(|device| device.ep().is_ok_and(|ep| ep == name));
    let Some(device) = devices.nth(provider.device_index as usize) else {
        return Err(format!("{name} has no device with the index {}", provider.device_index));
    };
    let mut options: Vec<(String, String)> =
        provider.options.iter().map(|(key, value)| (format!("{name}.{key}"), value.clone())).collect();
    if name == ep::WebGPU::NAME {
        // With its default layout the nodes it takes are missing from the runtime's record.
        let layout = format!("{name}.preferredLayout");
        if !options.iter().any(|(key, _)| *key == layout) {
            options.push((layout, "NCHW".to_owned()));
        }
    }
    let builder = builder.with_devices([device], Some(&options)).map_err(|error| error.to_string())?;
    Ok((name.clone(), builder))
}

/// A provider that the runtime has inside.
fn with_built_in(builder: SessionBuilder, provider: &Provider) -> Result<(String, SessionBuilder), String> {
    let device = provider.device_index.to_string();
    let (name, dispatch) = match provider.kind {
        ProviderKind::Cpu => return Ok((CPU.to_owned(), builder)),
        ProviderKind::Cuda => {
            let mut cuda = configured(ep::CUDA::default(), provider).with_arbitrary_config("device_id", &device);
            if provider.memory_limit_bytes > 0 {
                cuda = cuda
                    .with_arbitrary_config("gpu_mem_limit", provider.memory_limit_bytes)
                    .with_arbitrary_config("arena_extend_strategy", "kSameAsRequested");
            }
            named(cuda)
        }
        ProviderKind::TensorRt => {
            let mut tensor_rt =
                configured(ep::TensorRT::default(), provider).with_arbitrary_config("device_id", &device);
            if provider.memory_limit_bytes > 0 {
                tensor_rt = tensor_rt.with_arbitrary_config("trt_max_workspace_size", provider.memory_limit_bytes);
            }
            named(tensor_rt)
        }
        ProviderKind::WebGpu => named(configured(ep::WebGPU::default(), provider)),
        ProviderKind::OpenVino => named(configured(ep::OpenVINO::default(), provider)),
        ProviderKind::Qnn => named(configured(ep::QNN::default(), provider)),
        ProviderKind::CoreMl => named(configured(ep::CoreML::default(), provider)),
        ProviderKind::Nnapi => named(ep::NNAPI::default()),
        ProviderKind::Plugin => return Err("library_path is required for a plug-in provider".to_owned()),
    };
    let builder =
        builder.with_execution_providers([dispatch.error_on_failure()]).map_err(|error| format!("{name}: {error}"))?;
    Ok((name.to_owned(), builder))
}

fn configured<E: ArbitrarilyConfigurableExecutionProvider>(provider: E, given: &Provider) -> E {
    given.options.iter().fold(provider, |provider, (key, value)| provider.with_arbitrary_config(key, value))
}

fn named<E: ExecutionProvider + Into<ExecutionProviderDispatch>>(
    provider: E,
) -> (&'static str, ExecutionProviderDispatch) {
    (E::NAME, provider.into())
}
