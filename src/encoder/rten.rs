//! The rten engine as a backend: inference in Rust inside this library, where there is no ONNX
//! Runtime. What of the ONNX format it can run is checked before it sees a model.
//!
//! What rten does on its own account and cannot be told not to: the first model starts a pool of one
//! thread a physical core, which sleeps and stays, and variables of the environment are read; see
//! docs/encoder.md.

use std::any::Any;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use ndarray::{ArrayView2, ArrayViewD, IxDyn};
use rten::{NodeId, RunOptions, ThreadPool, Value, ValueOrView};
use rten_tensor::Layout;

use super::config::{EncoderConfig, ProviderNodes};
use super::graph::{Consume, Graph, GraphInput, GraphInputs, OpenedGraph};
use super::model_files::ModelBytes;
use super::onnx_format::{self, Model, Node, Tensor};
use crate::domain::{Error, Result, Status};

/// Standard operators of `rten` 0.27 that take and give tensors. Left out are those that run graphs
/// of their own (If, Loop): no encoder needs them, and they may never end.
#[rustfmt::skip]
const STANDARD_OPERATORS: &[&str] = &[
    "Abs", "Acos", "Acosh", "Add", "And", "ArgMax", "ArgMin", "Asin", "Asinh", "Atan", "Atanh", "Attention",
    "BatchNormalization", "BitCast", "Cast", "CastLike", "Ceil", "Clip", "Concat", "Constant", "ConstantOfShape",
    "Conv", "Cos", "Cosh", "CumSum", "DequantizeLinear", "Div", "DynamicQuantizeLinear", "Einsum", "Elu", "Equal",
    "Erf", "Exp", "Expand", "EyeLike", "Flatten", "Floor", "Gather", "GatherElements", "GatherND", "Gelu", "Gemm",
    "Greater", "GreaterOrEqual", "HardSigmoid", "HardSwish", "Identity", "InstanceNormalization", "IsInf", "IsNaN",
    "LayerNormalization", "LeakyRelu", "Less", "LessOrEqual", "Log", "LogSoftmax", "LpNormalization", "MatMul",
    "MatMulInteger", "Max", "Mean", "Min", "Mod", "Mul", "Neg", "NonZero", "Not", "OneHot", "Or", "PRelu", "Pad",
    "Pow", "QuantizeLinear", "RMSNormalization", "Range", "Reciprocal", "ReduceL1", "ReduceL2", "ReduceLogSum",
    "ReduceLogSumExp", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd", "ReduceSum", "ReduceSumSquare", "Relu",
    "Reshape", "RotaryEmbedding", "Round", "Scatter", "ScatterElements", "ScatterND", "Shape", "Sigmoid", "Sign",
    "Sin", "Sinh", "Size", "Slice", "Softmax", "Softplus", "Softsign", "Split", "Sqrt", "Squeeze", "Sub", "Sum",
    "Swish", "Tan", "Tanh", "Tile", "TopK", "Transpose", "Trilu", "Unsqueeze", "Where", "Xor",
];

/// Operators of ONNX Runtime's own domain that `rten` 0.27 knows.
const RUNTIME_DOMAIN: &str = "com.microsoft";
#[rustfmt::skip]
const RUNTIME_OPERATORS: &[&str] = &[
    "BiasGelu", "FastGelu", "Gelu", "MatMulNBits", "MultiHeadAttention", "QuickGelu", "RotaryEmbedding",
    "SkipLayerNormalization", "SkipSimplifiedLayerNormalization",
];

/// ONNX element types (`TensorProto.DataType`) whose constants `rten` reads, with their numbers:
/// float, uint8, int8, int32, int64, bool, float16, double.
const ELEMENT_TYPES: &[i32] = &[1, 2, 3, 6, 7, 9, 10, 11];

/// Nodes of a graph. rten plans by recursion: a chain of 3,000 nodes takes between one and two
/// megabytes of stack, and a pool's thread has two.
const MAX_NODES: usize = 3_000;

/// One open model.
struct RtenGraph {
    model: rten::Model,
    pool: Arc<ThreadPool>,
    file: String,
    inputs: Vec<(NodeId, String)>,
    outputs: Vec<(NodeId, String)>,
}

/// Opens a model. Fails with one message that names everything in it that rten cannot run.
pub fn open(config: &EncoderConfig, bytes: ModelBytes, file: &str) -> Result<OpenedGraph> {
    refuse_after_fork()?;
    refuse_unknown_parts(&bytes, file)?;
    let bytes = match bytes {
        ModelBytes::Read(bytes) => bytes,
        ModelBytes::Lent(buffer) => (*buffer).as_ref().to_vec(),
    };
    let pool = Arc::new(ThreadPool::with_num_threads(config.threads.max(1) as usize));
    // On the pool's stack, whose size is known: planning recurses from node to node.
    let model = guarded(|| pool.run(|| load(bytes)))
        .and_then(|loaded| loaded.map_err(|error| error.to_string()))
        .map_err(|error| invalid(file, &format!("cannot be opened by rten: {error}")))?;
    let graph = RtenGraph {
        inputs: named(&model, model.input_ids()),
        outputs: named(&model, model.output_ids()),
        model,
        pool,
        file: file.to_owned(),
    };
    Ok(OpenedGraph { graph: Box::new(graph), skipped: Vec::new() })
}

/// The process that first used rten. Its global pool has no threads in a forked child, where work
/// would wait for them for ever.
static FIRST_PROCESS: AtomicU32 = AtomicU32::new(0);

fn refuse_after_fork() -> Result<()> {
    let own = std::process::id();
    let first = FIRST_PROCESS.compare_exchange(0, own, Ordering::AcqRel, Ordering::Acquire);
    if first.is_ok() || first == Err(own) {
        return Ok(());
    }
    let message = "rten was used before this process was forked; use it in the process that embeds";
    Err(Error::new(Status::Forked, message))
}

/// With weights packed once. Otherwise every run packs them again: six times as long for a short text.
fn load(bytes: Vec<u8>) -> Result<rten::Model, rten::LoadError> {
    rten::ModelOptions::with_all_ops().prepack_weights(true).load(bytes)
}

impl Graph for RtenGraph {
    fn input_names(&self) -> Vec<String> {
        self.inputs.iter().map(|(_, name)| name.clone()).collect()
    }

    fn output_names(&self) -> Vec<String> {
        self.outputs.iter().map(|(_, name)| name.clone()).collect()
    }

    fn run(&mut self, inputs: &GraphInputs<'_>, output: &str, consume: Consume<'_>) -> Result<Duration> {
        let failed = |what: &str| Error::new(Status::Runtime, format!("rten failed to run {}: {what}", self.file));
        let output_id = self.outputs.iter().find(|(_, name)| name == output).map(|(id, _)| *id);
        let output_id = output_id.ok_or_else(|| failed(&format!("it has no output {output}")))?;
        let values = self.values(inputs).map_err(|what| failed(&what))?;
        let options = RunOptions::default().with_thread_pool(Some(Arc::clone(&self.pool)));
        let start = Instant::now();
        let found = guarded(|| self.pool.run(|| self.model.run(values, &[output_id], Some(options))))
            .and_then(|found| found.map_err(|error| error.to_string()))
            .map_err(|error| failed(&error))?;
        let spent = start.elapsed();
        let value = found.into_iter().next().ok_or_else(|| failed("it gave no output"))?;
        let (shape, numbers) = floats(value).map_err(|what| invalid(&self.file, &format!("output {output} {what}")))?;
        let view = ArrayViewD::from_shape(IxDyn(&shape), &numbers).map_err(|error| failed(&error.to_string()))?;
        consume(view)?;
        Ok(spent)
    }

    fn provider_nodes(&self) -> &[ProviderNodes] {
        &[]
    }

    fn on_device(&self) -> bool {
        false
    }
}

impl RtenGraph {
    fn values(&self, given: &GraphInputs<'_>) -> Result<Vec<(NodeId, ValueOrView<'static>)>, String> {
        let value = |(id, name): &(NodeId, String)| {
            let input = given.iter().find(|(known, _)| known == name).map(|(_, input)| *input);
            let input = input.ok_or_else(|| format!("nothing was given for its input {name}"))?;
            let value = match input {
                GraphInput::Whole(tensor) => narrowed(tensor),
                GraphInput::Real(tensor) => real(tensor),
            };
            Ok((*id, value.map_err(|what| format!("input {name} {what}"))?.into()))
        };
        self.inputs.iter().map(value).collect()
    }
}

/// rten knows no 64-bit integers: it takes 32-bit ones in their place.
fn narrowed(tensor: ArrayView2<'_, i64>) -> Result<Value, String> {
    let narrow = |number: &i64| i32::try_from(*number).map_err(|_| format!("holds {number}, beyond 32 bits"));
    let numbers = tensor.iter().map(narrow).collect::<Result<Vec<i32>, String>>()?;
    Value::from_shape([tensor.nrows(), tensor.ncols()], numbers).map_err(|error| error.to_string())
}

fn real(tensor: ArrayView2<'_, f32>) -> Result<Value, String> {
    let numbers: Vec<f32> = tensor.iter().copied().collect();
    Value::from_shape([tensor.nrows(), tensor.ncols()], numbers).map_err(|error| error.to_string())
}

/// The shape, of two or three axes, and the numbers.
fn floats(value: Value) -> Result<(Vec<usize>, Vec<f32>), String> {
    let unusable = |error: &dyn std::fmt::Display| format!("is unusable: {error}");
    if value.ndim() == 2 {
        let (shape, numbers) = value.into_shape_vec::<f32, 2>().map_err(|error| unusable(&error))?;
        return Ok((shape.to_vec(), numbers));
    }
    let (shape, numbers) = value.into_shape_vec::<f32, 3>().map_err(|error| unusable(&error))?;
    Ok((shape.to_vec(), numbers))
}

/// The result of `work`, or what it panicked with.
fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|payload| format!("it panicked: {}", panic_text(payload.as_ref())))
}

fn panic_text(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("no reason given")
}

fn named(model: &rten::Model, ids: &[NodeId]) -> Vec<(NodeId, String)> {
    let name = |id: &NodeId| model.node_info(*id).and_then(|node| node.name().map(str::to_owned)).unwrap_or_default();
    ids.iter().map(|id| (*id, name(id))).collect()
}

fn invalid(file: &str, what: &str) -> Error {
    Error::new(Status::ModelInvalid, format!("model file {file} {what}"))
}

/// rten itself would name only the first of what is missing.
fn refuse_unknown_parts(bytes: &[u8], file: &str) -> Result<()> {
    let model = Model::read(bytes, file)?;
    let graph = model.graph.ok_or_else(|| invalid(file, "holds no graph"))?;
    if graph.nodes.len() > MAX_NODES {
        return Err(invalid(file, &format!("has {} nodes; rten is given {MAX_NODES} at most", graph.nodes.len())));
    }
    let mut unknown = BTreeSet::new();
    collect_unknown(&graph, &mut unknown);
    if unknown.is_empty() {
        return Ok(());
    }
    let list: Vec<String> = unknown.into_iter().collect();
    Err(invalid(file, &format!("needs what rten does not have: {}", list.join(", "))))
}

fn collect_unknown(graph: &onnx_format::Graph, unknown: &mut BTreeSet<String>) {
    for node in &graph.nodes {
        if !is_known(node) {
            unknown.insert(operator_name(node));
        }
        for attribute in &node.attributes {
            attribute.graph.iter().chain(&attribute.graphs).for_each(|graph| collect_unknown(graph, unknown));
            attribute.tensor.iter().for_each(|tensor| collect_unknown_type(tensor, unknown));
        }
    }
    graph.initializers.iter().for_each(|tensor| collect_unknown_type(tensor, unknown));
}

fn collect_unknown_type(tensor: &Tensor, unknown: &mut BTreeSet<String>) {
    if !ELEMENT_TYPES.contains(&tensor.element_type) {
        unknown.insert(format!("constant {} of ONNX element type {}", tensor.name, tensor.element_type));
    }
}

fn is_known(node: &Node) -> bool {
    let operators = match node.domain.as_str() {
        "" | "ai.onnx" => STANDARD_OPERATORS,
        RUNTIME_DOMAIN => RUNTIME_OPERATORS,
        _ => return false,
    };
    operators.contains(&node.operator.as_str())
}

fn operator_name(node: &Node) -> String {
    match node.domain.as_str() {
        "" | "ai.onnx" => format!("operator {}", node.operator),
        domain => format!("operator {domain}.{}", node.operator),
    }
}

#[cfg(test)]
mod tests {
    use prost::Message;

    use super::*;

    /// An input and an output of one node.
    fn model_of(operator: &str, domain: &str, element_type: i32) -> Vec<u8> {
        let node = Node { operator: operator.to_owned(), domain: domain.to_owned(), ..Node::default() };
        let tensor = Tensor { element_type, name: "table".to_owned(), ..Tensor::default() };
        let graph =
            onnx_format::Graph { nodes: vec![node], initializers: vec![tensor], ..onnx_format::Graph::default() };
        Model { graph: Some(graph), ..Model::default() }.encode_to_vec()
    }

    #[test]
    fn everything_unknown_is_named_at_once() {
        let message =
            refuse_unknown_parts(&model_of("GatherBlockQuantized", RUNTIME_DOMAIN, 22), "m").unwrap_err().message;
        assert!(message.contains("operator com.microsoft.GatherBlockQuantized"), "{message}");
        assert!(message.contains("constant table of ONNX element type 22"), "{message}");
        assert!(refuse_unknown_parts(&model_of("MatMulInteger", "", 3), "m").is_ok());
        assert!(refuse_unknown_parts(&model_of("BiasGelu", "", 3), "m").is_err());
        assert!(refuse_unknown_parts(&model_of("Loop", "", 3), "m").is_err());
    }

    #[test]
    fn every_operator_in_the_lists_is_known_to_rten() {
        let listed = STANDARD_OPERATORS.iter().map(|name| (*name, ""));
        let listed = listed.chain(RUNTIME_OPERATORS.iter().map(|name| (*name, RUNTIME_DOMAIN)));
        for (operator, domain) in listed.filter(|(name, _)| *name != "Constant") {
            let node = Node { operator: operator.to_owned(), domain: domain.to_owned(), ..Node::default() };
            let graph = onnx_format::Graph { nodes: vec![node], ..onnx_format::Graph::default() };
            let bytes = Model { graph: Some(graph), ..Model::default() }.encode_to_vec();
            // Most want attributes, so loading may fail, but not for want of the operator.
            if let Err(error) = rten::ModelOptions::with_all_ops().enable_optimization(false).load(bytes) {
                let error = error.to_string();
                assert!(!error.contains("operator not supported"), "{operator}: {error}");
            }
        }
    }

    #[test]
    fn rubbish_and_endless_nesting_are_errors() {
        assert!(refuse_unknown_parts(b"not a model", "m").is_err());
        assert!(refuse_unknown_parts(b"", "m").is_err());
        let mut nested = Vec::new();
        for _ in 0..20_000 {
            nested = field(4, &field(1, &nested));
        }
        let graph = field(11, &field(2, &nested));
        let message = refuse_unknown_parts(&field(7, &graph), "m").unwrap_err().message;
        assert!(message.contains("recursion"), "{message}");
    }

    /// A length-delimited protobuf field.
    fn field(number: u32, content: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(content.len() + 12);
        prost::encoding::encode_key(number, prost::encoding::WireType::LengthDelimited, &mut bytes);
        prost::encoding::encode_varint(content.len() as u64, &mut bytes);
        bytes.extend_from_slice(content);
        bytes
    }
}
