//! What the graph of a small network may hold. Such a network may come in a pack and runs within lists, so nothing in it
//! may take more time or memory than a list has, whoever signed it. Only operators are let through whose results are no
//! larger than the shapes of what goes in say, and what a run computes with them is bounded from above, before a backend
//! sees the graph: backends compute what is constant as they open it.

use std::collections::{HashMap, HashSet};

use prost::DecodeError;
use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};

use super::graph_check::refuse_external_data;
use super::onnx_format::{Attribute, AxisSize, Graph, Model, Node, Shape, Tensor, TensorType, Type, ValueInfo};
use crate::domain::{Error, Result, Status};

/// Numbers and multiplications of a run, weights included: a third more than a GRU over states of 1,024 elements takes.
const WORK: u64 = 1 << 24;

/// Bytes of a graph beside its weights. Those of a GRU take some two thousand; lists of empty parts take a hundred times
/// their bytes in memory.
const DESCRIPTION_BYTES: usize = 256 << 10;

/// Of a GRU written out in single steps there are fourteen.
const NODES: usize = 256;

/// Give as many numbers as the largest thing that goes in, stretched to the others.
const BY_ELEMENT: [&str; 9] = ["Add", "Div", "Identity", "Mul", "Neg", "Relu", "Sigmoid", "Sub", "Tanh"];
const OTHERS: [&str; 5] = ["Concat", "Constant", "Gemm", "MatMul", "Split"];

/// `TensorProto.DataType`: float32 for values, int64 for where to split.
const FLOAT: i32 = 1;
const INT64: i32 = 7;

/// Fields of `onnx.proto`: `ModelProto.graph`, `GraphProto.initializer`, `TensorProto.raw_data`.
const GRAPH: u32 = 7;
const INITIALIZER: u32 = 5;
const RAW_DATA: u32 = 9;

/// Refuses a graph of the model `file` that holds anything else, or takes more, for inputs of these sizes.
/// [`Status::ModelInvalid`].
pub fn check(bytes: &[u8], file: &str, inputs: &[(&str, [usize; 2])]) -> Result<()> {
    let invalid = |what: String| Error::new(Status::ModelInvalid, format!("model file {file} {what}"));
    check_lengths(bytes).map_err(invalid)?;
    let model = refuse_external_data(bytes, file)?;
    check_model(&model, inputs).map_err(invalid)
}

/// Before anything is decoded.
fn check_lengths(bytes: &[u8]) -> Result<(), String> {
    let weights = weight_bytes(bytes).map_err(|error| format!("is not an ONNX model: {error}"))?;
    let (most, described) = (WORK as usize * size_of::<f32>(), bytes.len() - weights);
    if weights > most {
        return Err(format!("has {weights} bytes of weights, a small network has {most} at most"));
    }
    if described > DESCRIPTION_BYTES {
        let most = DESCRIPTION_BYTES;
        return Err(format!("has {described} bytes beside its weights, a small network has {most} at most"));
    }
    Ok(())
}

fn weight_bytes(model: &[u8]) -> Result<usize, DecodeError> {
    let mut bytes = 0;
    each_part(model, GRAPH, &mut |graph| {
        each_part(graph, INITIALIZER, &mut |tensor| {
            each_part(tensor, RAW_DATA, &mut |data| {
                bytes += data.len();
                Ok(())
            })
        })
    })?;
    Ok(bytes)
}

/// Hands over what stands in the fields of a message that have this number.
fn each_part(
    message: &[u8],
    number: u32,
    take: &mut dyn FnMut(&[u8]) -> Result<(), DecodeError>,
) -> Result<(), DecodeError> {
    let mut rest = message;
    while !rest.is_empty() {
        let (found, wire_type) = decode_key(&mut rest)?;
        if (found, wire_type) != (number, WireType::LengthDelimited) {
            skip_field(wire_type, found, &mut rest, DecodeContext::default())?;
            continue;
        }
        let mut part = rest;
        // Fails where the message ends before the part does.
        skip_field(wire_type, found, &mut rest, DecodeContext::default())?;
        let length = decode_varint(&mut part)? as usize;
        take(&part[..length])?;
    }
    Ok(())
}

fn check_model(model: &Model, inputs: &[(&str, [usize; 2])]) -> Result<(), String> {
    if !model.functions.is_empty() || !model.training.is_empty() {
        return Err("brings functions or a training, and a small network has neither".to_owned());
    }
    let Some(graph) = &model.graph else { return Err("holds no graph".to_owned()) };
    if graph.nodes.len() > NODES {
        return Err(format!("has {} nodes, a small network has {NODES} at most", graph.nodes.len()));
    }
    if !graph.sparse_initializers.is_empty() {
        return Err("has sparse weights, and a small network has none".to_owned());
    }
    graph.nodes.iter().try_for_each(check_operator)?;
    graph.inputs.iter().try_for_each(|declared| check_input(declared, inputs))?;
    let mut values = Values::default();
    for (name, [rows, columns]) in inputs {
        values.put(name, Size { axes: 2, rows: *rows as u64, columns: *columns as u64, is_whole: false })?;
    }
    values.compute(graph)
}

/// What is declared of an input has to fit what goes in; whether it is one of them is asked of the backend.
fn check_input(declared: &ValueInfo, inputs: &[(&str, [usize; 2])]) -> Result<(), String> {
    let name = declared.name.as_str();
    let Some((_, sizes)) = inputs.iter().find(|(input, _)| *input == name) else { return Ok(()) };
    let Some(Type { tensor: Some(TensorType { element_type, shape }), .. }) = &declared.value_type else {
        return Err(format!("has an input {name} that is no tensor"));
    };
    if *element_type != FLOAT {
        return Err(format!("has an input {name} of ONNX element type {element_type}, and float goes in"));
    }
    let fits = |(axis, size): (&AxisSize, &usize)| axis.size.is_none_or(|declared| declared == *size as i64);
    match shape {
        Some(Shape { axes }) if axes.len() != sizes.len() || !axes.iter().zip(sizes).all(fits) => {
            let axes: Vec<Option<i64>> = axes.iter().map(|axis| axis.size).collect();
            Err(format!("has an input {name} of the sizes {axes:?}, and {sizes:?} goes in"))
        }
        _ => Ok(()),
    }
}

/// How large a value is at most, of two axes, or of one or none, which are one row. Beyond all numbers is the largest.
#[derive(Debug, Clone, Copy)]
struct Size {
    axes: usize,
    rows: u64,
    columns: u64,
    /// Of int64.
    is_whole: bool,
}

impl Size {
    fn numbers(self) -> u64 {
        self.rows.saturating_mul(self.columns)
    }

    /// Of both, stretched to each other.
    fn stretched(self, other: Size) -> Size {
        Size {
            axes: self.axes.max(other.axes),
            rows: self.rows.max(other.rows),
            columns: self.columns.max(other.columns),
            ..self
        }
    }

    /// One behind the other, on whichever axis.
    fn joined(self, other: Size) -> Size {
        Size {
            axes: self.axes.max(other.axes),
            rows: self.rows.saturating_add(other.rows),
            columns: self.columns.saturating_add(other.columns),
            ..self
        }
    }

    fn turned(self, is_turned: bool) -> Size {
        if is_turned { Size { rows: self.columns, columns: self.rows, ..self } } else { self }
    }
}

/// The sizes of the values of a graph, and what computing them took.
#[derive(Default)]
struct Values<'g> {
    sizes: HashMap<&'g str, Size>,
    work: u64,
}

impl<'g> Values<'g> {
    fn compute(&mut self, graph: &'g Graph) -> Result<(), String> {
        for tensor in &graph.initializers {
            self.put(&tensor.name, size_of_tensor(tensor)?)?;
        }
        graph.nodes.iter().try_for_each(|node| self.run(node))
    }

    fn put(&mut self, name: &'g str, size: Size) -> Result<(), String> {
        self.spend(size.numbers())?;
        match self.sizes.insert(name, size) {
            Some(_) => Err(format!("has two values {name:?}")),
            None => Ok(()),
        }
    }

    fn spend(&mut self, work: u64) -> Result<(), String> {
        self.work = self.work.saturating_add(work);
        if self.work > WORK {
            return Err(format!("takes more than {WORK} numbers and multiplications, the most of a small network"));
        }
        Ok(())
    }

    /// Gives a node's results their sizes.
    fn run(&mut self, node: &'g Node) -> Result<(), String> {
        let size = self.size_of_results(node)?;
        node.outputs.iter().filter(|name| !name.is_empty()).try_for_each(|name| self.put(name, size))
    }

    /// Each of them is as large at most.
    fn size_of_results(&mut self, node: &Node) -> Result<Size, String> {
        let operator = node.operator.as_str();
        let given = node.inputs.iter().filter(|name| !name.is_empty());
        let given: Vec<Size> = given.map(|name| self.size(name)).collect::<Result<_, _>>()?;
        let values = if operator == "Split" { given.get(..1).unwrap_or_default() } else { &given };
        // A quotient of whole numbers may end the process: the least of them by -1 is none of them.
        if values.iter().any(|value| value.is_whole) {
            return Err(format!("has an operator {operator} on whole numbers, which only say where to split"));
        }
        match (operator, given.as_slice()) {
            ("Constant", []) => constant(node),
            ("Gemm", [one, other, added @ ..]) => {
                let product = self.product(one.turned(is_set(node, "transA")), other.turned(is_set(node, "transB")))?;
                Ok(added.iter().fold(product, |sum, added| sum.stretched(*added)))
            }
            ("MatMul", [one, other]) => self.product(*one, *other),
            ("Split", [whole, ..]) => Ok(*whole),
            ("Concat", [first, others @ ..]) => Ok(others.iter().fold(*first, |sum, other| sum.joined(*other))),
            (_, [first, others @ ..]) if BY_ELEMENT.contains(&operator) => {
                Ok(others.iter().fold(*first, |sum, other| sum.stretched(*other)))
            }
            _ => Err(format!("has an operator {operator} with {} inputs", given.len())),
        }
    }

    fn size(&self, name: &str) -> Result<Size, String> {
        let size = self.sizes.get(name).copied();
        size.ok_or_else(|| format!("has a node that takes {name:?}, which nothing before it gives"))
    }

    fn product(&mut self, one: Size, other: Size) -> Result<Size, String> {
        if (one.axes, other.axes) != (2, 2) {
            return Err("has a product of values that are not of two axes".to_owned());
        }
        let size = Size { axes: 2, rows: one.rows, columns: other.columns, is_whole: false };
        self.spend(size.numbers().saturating_mul(one.columns.max(other.rows)))?;
        Ok(size)
    }
}

fn check_operator(node: &Node) -> Result<(), String> {
    let operator = node.operator.as_str();
    let is_standard = matches!(node.domain.as_str(), "" | "ai.onnx");
    if is_standard && (BY_ELEMENT.contains(&operator) || OTHERS.contains(&operator)) {
        return check_attributes(node);
    }
    let dot = if node.domain.is_empty() { "" } else { "." };
    let mut allowed = [&BY_ELEMENT[..], &OTHERS].concat();
    allowed.sort_unstable();
    let allowed = allowed.join(", ");
    Err(format!("holds the operator {}{dot}{operator}; a small network may hold {allowed}", node.domain))
}

/// Numbers alone, and the one tensor of a constant.
fn check_attributes(node: &Node) -> Result<(), String> {
    let is_plain = |attribute: &Attribute| {
        let Attribute { tensor, graph, tensors, graphs, sparse_tensor, sparse_tensors, .. } = attribute;
        (tensor.is_none() || node.operator == "Constant")
            && graph.is_none()
            && sparse_tensor.is_none()
            && tensors.is_empty()
            && graphs.is_empty()
            && sparse_tensors.is_empty()
    };
    if let Some(attribute) = node.attributes.iter().find(|attribute| !is_plain(attribute)) {
        return Err(format!("has an operator {} with an attribute {:?}", node.operator, attribute.name));
    }
    // Of two with one name each backend may take another.
    let mut names = HashSet::new();
    match node.attributes.iter().find(|attribute| !names.insert(attribute.name.as_str())) {
        Some(attribute) => Err(format!("has an operator {} with two attributes {:?}", node.operator, attribute.name)),
        None => Ok(()),
    }
}

fn constant(node: &Node) -> Result<Size, String> {
    match node.attributes.as_slice() {
        [Attribute { tensor: Some(tensor), .. }] => size_of_tensor(tensor),
        _ => Err("has a Constant that is no tensor".to_owned()),
    }
}

fn size_of_tensor(tensor: &Tensor) -> Result<Size, String> {
    let name = &tensor.name;
    if ![FLOAT, INT64].contains(&tensor.element_type) {
        let found = tensor.element_type;
        return Err(format!("has weights {name:?} of ONNX element type {found}, neither float nor int64"));
    }
    let sizes: Option<Vec<u64>> = tensor.sizes.iter().map(|size| u64::try_from(*size).ok()).collect();
    let (axes, is_whole) = (tensor.sizes.len(), tensor.element_type == INT64);
    match sizes.as_deref() {
        Some([]) => Ok(Size { axes, rows: 1, columns: 1, is_whole }),
        Some([columns]) => Ok(Size { axes, rows: 1, columns: *columns, is_whole }),
        Some([rows, columns]) => Ok(Size { axes, rows: *rows, columns: *columns, is_whole }),
        _ => Err(format!("has weights {name:?} of the sizes {:?}, not of two axes", tensor.sizes)),
    }
}

fn is_set(node: &Node, name: &str) -> bool {
    node.attributes.iter().any(|attribute| attribute.name == name && attribute.whole != 0)
}

#[cfg(test)]
mod tests {
    use prost::Message;

    use super::*;

    const INPUTS: [(&str, [usize; 2]); 2] = [("state", [1, 8]), ("item", [1, 8])];

    fn node(operator: &str, inputs: &[&str], outputs: &[&str]) -> Node {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Node { operator: operator.to_owned(), inputs: names(inputs), outputs: names(outputs), ..Node::default() }
    }

    fn weights(name: &str, sizes: &[i64]) -> Tensor {
        Tensor { name: name.to_owned(), sizes: sizes.to_vec(), element_type: FLOAT, ..Tensor::default() }
    }

    fn bytes(nodes: Vec<Node>, initializers: Vec<Tensor>) -> Vec<u8> {
        let graph = Graph { nodes, initializers, ..Graph::default() };
        Model { graph: Some(graph), ..Model::default() }.encode_to_vec()
    }

    fn refusal(bytes: &[u8]) -> String {
        check(bytes, "m", &INPUTS).map_or_else(|error| error.message, |()| "none".to_owned())
    }

    fn refusal_of(nodes: Vec<Node>, initializers: Vec<Tensor>) -> String {
        refusal(&bytes(nodes, initializers))
    }

    #[test]
    fn the_network_of_the_tests_and_the_widest_gru_are_let_through() {
        let tiny = include_bytes!("../../tests/data/tiny-sequence/step.onnx");
        check(tiny, "m", &INPUTS).unwrap();
        let turned = Attribute { name: "transB".to_owned(), whole: 1, ..Attribute::default() };
        let gates = |value: &str, weights: &str, name: &str| {
            let product = node("Gemm", &[value, weights, "bias"], &[name]);
            Node { attributes: vec![turned.clone()], ..product }
        };
        let mut nodes = vec![gates("item", "of_items", "a"), gates("state", "of_states", "b")];
        nodes.push(node("Add", &["a", "b"], &["next"]));
        let of_width = |name: &str| weights(name, &[3_072, 1_024]);
        let initializers = vec![of_width("of_items"), of_width("of_states"), weights("bias", &[3_072])];
        check(&bytes(nodes, initializers), "m", &INPUTS.map(|(name, _)| (name, [1, 1_024]))).unwrap();
    }

    #[test]
    fn sizes_are_bounded_whatever_grows_them() {
        let doubled = |times: usize| -> Vec<Node> {
            let names: Vec<String> = (0..=times).map(|place| format!("value{place}")).collect();
            let first = node("Add", &["state", "item"], &[&names[0]]);
            let double = |pair: &[String]| node("Concat", &[&pair[0], &pair[0]], &[&pair[1]]);
            [first].into_iter().chain(names.windows(2).map(double)).collect()
        };
        assert_eq!(refusal_of(doubled(3), vec![]), "none");
        let says_more = |message: String| assert!(message.contains("more than 16777216 numbers"), "{message}");
        says_more(refusal_of(doubled(40), vec![]));
        says_more(refusal_of(doubled(200), vec![]));
        says_more(refusal_of(vec![], vec![weights("w", &[1 << 20, 1 << 20])]));
        says_more(refusal_of(vec![], vec![weights("w", &[i64::MAX, i64::MAX])]));
        let (tall, wide) = (weights("tall", &[4_097, 1]), weights("wide", &[1, 4_097]));
        says_more(refusal_of(vec![node("MatMul", &["tall", "wide"], &["all"])], vec![tall.clone(), wide.clone()]));
        says_more(refusal_of(vec![node("Add", &["tall", "wide"], &["all"])], vec![tall, wide]));
        // What a product computes counts, however small it is.
        let inner = vec![weights("one", &[1_000, 4_000]), weights("other", &[4_000, 2_000])];
        says_more(refusal_of(vec![node("MatMul", &["one", "other"], &["all"])], inner));
    }

    #[test]
    fn what_no_step_needs_is_refused_by_name() {
        let refused = |node: Node, says: &str| {
            let message = refusal_of(vec![node], vec![weights("row", &[8])]);
            assert!(message.contains(says), "{message}");
        };
        refused(node("Loop", &["state"], &["next"]), "the operator Loop; a small network may hold Add, Concat");
        let foreign = Node { domain: "com.microsoft".to_owned(), ..node("Add", &["state", "item"], &["next"]) };
        refused(foreign, "the operator com.microsoft.Add");
        refused(node("Add", &["state", "nowhere"], &["next"]), "takes \"nowhere\"");
        refused(node("Add", &["state", "item"], &["item"]), "two values \"item\"");
        refused(node("Tanh", &[], &["next"]), "Tanh with 0 inputs");
        refused(node("MatMul", &["row", "state"], &["next"]), "not of two axes");
        refused(node("Constant", &[], &["next"]), "no tensor");
        let branch = Attribute { name: "body".to_owned(), graph: Some(Graph::default()), ..Attribute::default() };
        refused(Node { attributes: vec![branch], ..node("Tanh", &["state"], &["next"]) }, "attribute \"body\"");
        let turned = |whole: i64| Attribute { name: "transA".to_owned(), whole, ..Attribute::default() };
        let both = Node { attributes: vec![turned(1), turned(0)], ..node("Gemm", &["state", "item"], &["next"]) };
        refused(both, "two attributes \"transA\"");
    }

    #[test]
    fn whole_numbers_say_only_where_to_split() {
        let whole = |name: &str| Tensor { element_type: INT64, ..weights(name, &[2]) };
        let refusal = |node: Node| refusal_of(vec![node], vec![whole("cut"), whole("other")]);
        assert_eq!(refusal(node("Split", &["state", "cut"], &["left", "right"])), "none");
        for inputs in [["cut", "other"], ["state", "cut"]] {
            assert!(refusal(node("Div", &inputs, &["next"])).contains("operator Div on whole numbers"), "{inputs:?}");
        }
        assert!(refusal(node("Identity", &["cut"], &["next"])).contains("operator Identity on whole numbers"));
        assert!(refusal(node("Split", &["cut", "other"], &["next"])).contains("operator Split on whole numbers"));
    }

    #[test]
    fn what_is_declared_of_inputs_fits_what_goes_in() {
        let declared = |element_type: i32, sizes: &[Option<i64>]| {
            let axes = sizes.iter().map(|size| AxisSize { size: *size }).collect();
            let tensor = TensorType { element_type, shape: Some(Shape { axes }) };
            let value_type = Type { tensor: Some(tensor), ..Type::default() };
            let state = ValueInfo { name: "state".to_owned(), value_type: Some(value_type) };
            let graph = Graph { inputs: vec![state], ..Graph::default() };
            refusal(&Model { graph: Some(graph), ..Model::default() }.encode_to_vec())
        };
        assert_eq!(declared(FLOAT, &[Some(1), Some(8)]), "none");
        assert_eq!(declared(FLOAT, &[None, None]), "none");
        assert!(declared(FLOAT, &[Some(1), Some(4)]).contains("input state of the sizes"));
        assert!(declared(FLOAT, &[Some(8)]).contains("input state of the sizes"));
        assert!(declared(INT64, &[Some(1), Some(8)]).contains("element type 7"));
    }

    #[test]
    fn weights_have_two_axes_and_known_elements() {
        let says = |tensor: Tensor, says: &str| {
            let message = refusal_of(vec![], vec![tensor]);
            assert!(message.contains(says), "{message}");
        };
        says(weights("w", &[1, 2, 3]), "not of two axes");
        says(weights("w", &[-8, -8]), "not of two axes");
        says(Tensor { element_type: 11, ..weights("w", &[1]) }, "element type 11");
        says(weights("state", &[1]), "two values \"state\"");
    }

    #[test]
    fn a_description_is_short_and_never_decoded_where_it_is_not() {
        let nodes = vec![Node::default(); NODES + 1];
        assert!(refusal_of(nodes, vec![]).contains("257 nodes"));
        let empty_nodes = [&[0x3a, 0x80, 0x80, 0x40][..], &[0x0a, 0x00].repeat(1 << 19)].concat();
        assert!(refusal(&empty_nodes).contains("bytes beside its weights"), "{}", refusal(&empty_nodes));
        let tiny = include_bytes!("../../tests/data/tiny-sequence/step.onnx");
        for cut in [1, 3, 20, 40, 400, 1_000] {
            assert!(refusal(&tiny[..tiny.len() - cut]).contains("is not an ONNX model"), "cut by {cut}");
        }
    }
}
