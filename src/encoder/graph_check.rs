//! Refuses ONNX graphs that keep tensors in other files. ONNX Runtime would open the paths they
//! name, relative to wherever the process happens to stand, and nothing hashes those files.

use super::onnx_format::{Attribute, Graph, Model, Node, SparseTensor, Tensor};
use crate::domain::{Error, Result, Status};

/// The model in `bytes`, which has a graph. Fails when they are no ONNX model or any tensor of it lies outside them.
pub fn refuse_external_data(bytes: &[u8], file: &str) -> Result<Model> {
    let invalid = |what: &str| Error::new(Status::ModelInvalid, format!("model file {file} {what}"));
    let model = Model::read(bytes, file)?;
    let training = model.training.iter().flat_map(|part| part.initialization.iter().chain(&part.algorithm));
    let Some(graph) = &model.graph else {
        return Err(invalid("holds no graph"));
    };
    let external = graph_is_external(graph)
        || training.into_iter().any(graph_is_external)
        || model.functions.iter().any(|function| {
            function.nodes.iter().any(node_is_external) || function.attributes.iter().any(attribute_is_external)
        });
    if external {
        return Err(invalid("keeps tensors in other files, which is refused; store them inside the model"));
    }
    Ok(model)
}

fn graph_is_external(graph: &Graph) -> bool {
    graph.initializers.iter().any(tensor_is_external)
        || graph.sparse_initializers.iter().any(sparse_is_external)
        || graph.nodes.iter().any(node_is_external)
}

fn node_is_external(node: &Node) -> bool {
    node.attributes.iter().any(attribute_is_external)
}

fn attribute_is_external(attribute: &Attribute) -> bool {
    attribute.tensor.iter().chain(&attribute.tensors).any(tensor_is_external)
        || attribute.graph.iter().chain(&attribute.graphs).any(graph_is_external)
        || attribute.sparse_tensor.iter().chain(&attribute.sparse_tensors).any(sparse_is_external)
}

fn sparse_is_external(sparse: &SparseTensor) -> bool {
    sparse.values.iter().chain(&sparse.indices).any(tensor_is_external)
}

fn tensor_is_external(tensor: &Tensor) -> bool {
    !tensor.external_data.is_empty() || tensor.data_location != 0
}

#[cfg(test)]
mod tests {
    use prost::Message;

    use super::super::onnx_format::Ignored;
    use super::*;

    fn model_with(attribute: Attribute, initializer: Tensor) -> Vec<u8> {
        let node = Node { attributes: vec![attribute], ..Node::default() };
        let graph = Graph { nodes: vec![node], initializers: vec![initializer], ..Graph::default() };
        Model { graph: Some(graph), training: vec![], functions: vec![] }.encode_to_vec()
    }

    #[test]
    fn external_tensors_are_found_wherever_they_hide() {
        let inside = Tensor::default();
        let outside = Tensor { external_data: vec![Ignored {}], ..Tensor::default() };
        let located = Tensor { data_location: 1, ..Tensor::default() };
        assert!(refuse_external_data(&model_with(Attribute::default(), inside.clone()), "m").is_ok());
        assert!(refuse_external_data(&model_with(Attribute::default(), outside.clone()), "m").is_err());
        assert!(refuse_external_data(&model_with(Attribute::default(), located.clone()), "m").is_err());
        let constant = Attribute { tensor: Some(outside), ..Attribute::default() };
        let nested = Graph { nodes: vec![Node { attributes: vec![constant], ..Node::default() }], ..Graph::default() };
        let branch = Attribute { graphs: vec![nested], ..Attribute::default() };
        assert!(refuse_external_data(&model_with(branch, inside), "m").is_err());
    }

    #[test]
    fn rubbish_is_refused() {
        assert!(refuse_external_data(b"not a model", "m").is_err());
        assert!(refuse_external_data(b"", "m").is_err());
    }
}
