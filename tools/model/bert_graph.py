"""Builds the ONNX graph of a BERT encoder from its weights.

The graph ends at `last_hidden_state` [batch, sequence, hidden]; pooling and
unit length are the library's work, so that one code path serves every model.

Two styles:

  * FusedEncoder: ONNX Runtime's own operators (MultiHeadAttention, FastGelu,
    SkipLayerNormalization). Fewer passes over memory; used for the model we ship.
    The tokens of all texts lie under each other as rows [tokens, hidden]; only
    attention needs to know which rows make a text.
  * PlainEncoder: standard ONNX operators alone, which every runtime knows; used
    for the tiny test model.

How the fused style writes a matrix product (float32, integer) is decided by the
caller, who passes a `linear` function; see quantize.py for the integer one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from e5s1 import BLOCK, FourBitMatrix

FUSED_DOMAIN = "com.microsoft"
OPSET = 21  # the first whose initialisers may be 4-bit integers
IR_VERSION = 10
MASKED_SCORE = -1e9

Table = np.ndarray | FourBitMatrix
Weights = Mapping[str, Table]


@dataclass(frozen=True)
class BertShape:
    hidden: int
    layers: int
    heads: int
    feed_forward: int
    epsilon: float

    @property
    def head_width(self) -> int:
        return self.hidden // self.heads


class GraphBuilder:
    """Collects nodes and constants; names are counted, so a rebuild gives the same bytes.

    `prefers_fused` tells a `linear` that it may write ONNX Runtime's own operators.
    """

    def __init__(self, prefers_fused: bool = False) -> None:
        self.prefers_fused = prefers_fused
        self._nodes: list[onnx.NodeProto] = []
        self._constants: dict[str, onnx.TensorProto] = {}
        self._uses_fused = False

    def constant(self, name: str, array: np.ndarray) -> str:
        if name not in self._constants:
            contiguous = np.array(array, order="C")
            self._constants[name] = numpy_helper.from_array(contiguous, name)
        return name

    def packed_constant(self, name: str, kind: int, shape: Sequence[int], content: bytes) -> str:
        self._constants[name] = helper.make_tensor(name, kind, list(shape), content, raw=True)
        return name

    def integers(self, *numbers: int) -> str:
        """A constant vector of int64, named after its content."""
        name = "int64_" + "_".join(str(number).replace("-", "minus") for number in numbers)
        return self.constant(name, np.array(numbers, np.int64))

    def scalar(self, name: str, number: float) -> str:
        return self.constant(name, np.array(number, np.float32))

    def node(self, operator: str, *inputs: str, **attributes) -> str:
        name = f"{operator}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(operator, inputs, [name], name=name, **attributes))
        return name

    def fused(self, operator: str, *inputs: str, **attributes) -> str:
        self._uses_fused = True
        return self.node(operator, *inputs, domain=FUSED_DOMAIN, **attributes)

    def model(self, inputs: Sequence[str], output: str, hidden: int) -> onnx.ModelProto:
        self._nodes.append(helper.make_node("Identity", [output], ["last_hidden_state"], name="output"))
        graph = helper.make_graph(
            self._nodes,
            "encoder",
            [_described(name, TensorProto.INT64, "batch", "sequence") for name in inputs],
            [_described("last_hidden_state", TensorProto.FLOAT, "batch", "sequence", hidden)],
            list(self._constants.values()),
        )
        opsets = [helper.make_opsetid("", OPSET)]
        if self._uses_fused:
            opsets.append(helper.make_opsetid(FUSED_DOMAIN, 1))
        model = helper.make_model(graph, opset_imports=opsets, producer_name="vrec")
        model.ir_version = IR_VERSION
        return model


def _described(name: str, kind: int, *shape: int | str) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, kind, list(shape))


# (graph, rows, name of the weight, weight [outputs, inputs]) -> rows x weight
# A fifth argument, `lowest`, may name a number that no element of the rows is below.
Linear = Callable[..., str]

GELU_LOWEST = -0.1702  # of the exact form, -0.16998, and of the tanh form, -0.17005


def float_linear(
    graph: GraphBuilder, rows: str, name: str, weight: np.ndarray, lowest: float | None = None
) -> str:
    return graph.node("MatMul", rows, graph.constant(name, weight.T))


class _Encoder:
    """What both styles share: constants by name, the embedding sum, the layer norm."""

    def __init__(self, shape: BertShape, weights: Weights, prefers_fused: bool = False) -> None:
        self.shape = shape
        self.weights = weights
        self.graph = GraphBuilder(prefers_fused)

    def weight(self, name: str) -> str:
        return self.graph.constant(name, self.weights[name])

    def layer_norm(self, name: str, rows: str) -> str:
        return self.graph.node(
            "LayerNormalization", rows, self.weight(name + ".weight"), self.weight(name + ".bias"),
            axis=-1, epsilon=self.shape.epsilon,
        )

    def places(self, positions: np.ndarray) -> str:
        """The table's rows [sequence, hidden] for as many tokens as the inputs have."""
        graph = self.graph
        length = graph.node("Shape", "input_ids", start=1, end=2)
        table = graph.constant("embedding.position", positions)
        return graph.node("Slice", table, graph.integers(0), length, graph.integers(0))


class FusedEncoder(_Encoder):
    def __init__(self, shape: BertShape, weights: Weights, linear: Linear) -> None:
        super().__init__(shape, weights, prefers_fused=True)
        self._linear = linear
        # The tanh form takes a third less time; what it changes is lost in the rounding to integers.
        self._gelu = "BiasGelu" if linear is float_linear else "FastGelu"

    def build(self) -> onnx.ModelProto:
        graph, shape = self.graph, self.shape
        mask = graph.node("Cast", "attention_mask", to=TensorProto.INT32)
        by_text = graph.node("Concat", graph.node("Shape", "input_ids"), graph.integers(shape.hidden), axis=0)
        # Every token is of type 0, so that type's row can be part of the position's.
        positions = self.weights["embedding.position"] + self.weights["embedding.token_type"][0]
        rows = self._by_token(self._embed(self._words(), self.places(positions)))
        for layer in range(shape.layers):
            rows = self._layer(f"layer.{layer}.", rows, mask, by_text)
        return graph.model(
            ["input_ids", "attention_mask"], graph.node("Reshape", rows, by_text), shape.hidden
        )

    def _by_token(self, by_text: str) -> str:
        return self.graph.node("Reshape", by_text, self.graph.integers(-1, self.shape.hidden))

    def _embed(self, words: str, places: str) -> str:
        constants = [self.weight("embedding.norm" + part) for part in (".weight", ".bias")]
        return self.graph.fused(
            "SkipLayerNormalization", words, places, *constants, epsilon=self.shape.epsilon
        )

    def _words(self) -> str:
        table = self.weights["embedding.word"]
        if isinstance(table, np.ndarray):
            return self.graph.node("Gather", self.weight("embedding.word"), "input_ids", axis=0)
        values = self.graph.packed_constant(
            "embedding.word", TensorProto.INT4, table.values.shape, _as_signed_four_bit(table.values)
        )
        scales = self.graph.constant("embedding.word.scale", table.scales.astype(np.float32))
        return self.graph.fused(
            "GatherBlockQuantized", values, "input_ids", scales,
            gather_axis=0, quantize_axis=1, block_size=BLOCK, bits=4,
        )

    def _layer(self, at: str, rows: str, mask: str, by_text: str) -> str:
        graph = self.graph
        projected = [
            graph.node("Reshape", self._product(at + part, rows), by_text)
            for part in ("query", "key", "value")
        ]
        biases = np.concatenate([self.weights[f"{at}{part}.bias"] for part in ("query", "key", "value")])
        attended = graph.fused(
            "MultiHeadAttention", *projected, graph.constant(at + "attention.bias", biases), mask,
            num_heads=self.shape.heads,
        )
        rows = self._add_and_norm(at + "attention_output", self._by_token(attended), rows)
        widened = graph.fused(self._gelu, self._product(at + "widen", rows), self.weight(at + "widen.bias"))
        return self._add_and_norm(at + "narrow", widened, rows, lowest=GELU_LOWEST)

    def _product(self, name: str, rows: str, lowest: float | None = None) -> str:
        weight = self.weights[name + ".weight"]
        return self._linear(self.graph, rows, name + ".weight", weight, lowest)

    def _add_and_norm(self, name: str, rows: str, skipped: str, lowest: float | None = None) -> str:
        constants = [self.weight(name + part) for part in (".norm.weight", ".norm.bias", ".bias")]
        return self.graph.fused(
            "SkipLayerNormalization", self._product(name, rows, lowest), skipped, *constants,
            epsilon=self.shape.epsilon,
        )


class PlainEncoder(_Encoder):
    def build(self) -> onnx.ModelProto:
        words = self.graph.node("Gather", self.weight("embedding.word"), "input_ids", axis=0)
        types = self.graph.node("Gather", self.weight("embedding.token_type"), "token_type_ids", axis=0)
        words = self.graph.node("Add", words, types)
        places = self.places(self.weights["embedding.position"])
        hidden = self.layer_norm("embedding.norm", self.graph.node("Add", words, places))
        mask = self._additive_mask()
        for layer in range(self.shape.layers):
            hidden = self._layer(f"layer.{layer}.", hidden, mask)
        inputs = ["input_ids", "attention_mask", "token_type_ids"]
        return self.graph.model(inputs, hidden, self.shape.hidden)

    def _additive_mask(self) -> str:
        """0 where a token may be looked at, a very low score where it is padding."""
        graph = self.graph
        mask = graph.node("Cast", "attention_mask", to=TensorProto.FLOAT)
        hidden = graph.node("Sub", graph.scalar("one", 1.0), mask)
        scores = graph.node("Mul", hidden, graph.scalar("masked_score", MASKED_SCORE))
        return graph.node("Unsqueeze", scores, graph.integers(1, 2))

    def _layer(self, at: str, hidden: str, mask: str) -> str:
        attended = self._attention(at, hidden, mask)
        hidden = self._add_and_norm(at + "attention_output", attended, hidden)
        return self._add_and_norm(at + "narrow", self._gelu(self._affine(at + "widen", hidden)), hidden)

    def _attention(self, at: str, hidden: str, mask: str) -> str:
        graph = self.graph
        query = self._heads(at + "query", hidden, [0, 2, 1, 3])
        key = self._heads(at + "key", hidden, [0, 2, 3, 1])
        value = self._heads(at + "value", hidden, [0, 2, 1, 3])
        width = graph.scalar("root_of_head_width", math.sqrt(self.shape.head_width))
        scores = graph.node("Div", graph.node("MatMul", query, key), width)
        shares = graph.node("Softmax", graph.node("Add", scores, mask), axis=-1)
        mixed = graph.node("Transpose", graph.node("MatMul", shares, value), perm=[0, 2, 1, 3])
        return graph.node("Reshape", mixed, graph.integers(0, 0, self.shape.hidden))

    def _heads(self, name: str, hidden: str, order: Sequence[int]) -> str:
        by_head = self.graph.integers(0, 0, self.shape.heads, self.shape.head_width)
        rows = self.graph.node("Reshape", self._affine(name, hidden), by_head)
        return self.graph.node("Transpose", rows, perm=order)

    def _add_and_norm(self, name: str, rows: str, skipped: str) -> str:
        return self.layer_norm(name + ".norm", self.graph.node("Add", self._affine(name, rows), skipped))

    def _affine(self, name: str, rows: str) -> str:
        product = float_linear(self.graph, rows, name + ".weight", self.weights[name + ".weight"])
        return self.graph.node("Add", product, self.weight(name + ".bias"))

    def _gelu(self, rows: str) -> str:
        graph = self.graph
        error = graph.node("Erf", graph.node("Div", rows, graph.scalar("root_of_two", math.sqrt(2.0))))
        gate = graph.node("Add", error, graph.scalar("one", 1.0))
        return graph.node("Mul", graph.node("Mul", rows, gate), graph.scalar("half", 0.5))


def _as_signed_four_bit(values: np.ndarray) -> bytes:
    """Stored 0..15 as two's complement -8..7, two to a byte, the first in the low half.

    Signed on purpose: the unsigned kind has no implied zero point of 8, and leaving
    the zero points out shifts every embedding without an error.
    """
    signed = (values ^ 8).reshape(-1)
    return (signed[0::2] | (signed[1::2] << 4)).astype(np.uint8).tobytes()
