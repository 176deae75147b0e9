"""Encoder graphs for runtimes and processors that the default graph does not suit.

  * PortableEncoder: standard ONNX operators alone, in float32, float16 or with
    8-bit integer products. For runtimes without ONNX Runtime's own operators. Where
    smoothing.json is for its weights, the channels that become integers are scaled first.
  * HalfEncoder: float16 for GPUs, with those of ONNX Runtime's operators that its
    CUDA and its WebGPU provider both have. Of MultiHeadAttention's two ways to
    hide padding, WebGPU has the additive one only.

In float16 the sums that run through all layers and their norms stay float32: CUDA's
fused norm would add up squares in the tensor's own type, which is coarse (0.1 % of a
norm, computed for the default model) and overflows for models with larger values.
Only matrix products, attention and the activation between two products are
float16; the softmax of the plain style is not.
"""

from __future__ import annotations

import math

import numpy as np
import onnx
from onnx import TensorProto

import smoothing
from bert_graph import BertShape, FusedEncoder, GraphBuilder, Linear, Weights
from e5s1 import FourBitMatrix
from quantize import (
    ACTIVATION_LIMIT,
    ACTIVATION_ZERO,
    SMALLEST_ROW,
    WEIGHT_LIMIT,
    IntegerLinear,
    quantize_columns,
)

FLOAT32_MASKED_SCORE = -1e9
HALF_LARGEST = 65_504.0
HALF_MASKED_SCORE = -1e4  # fits, and e to this power is zero all the same
BYTE_LIMIT = 127


class PortableEncoder:
    def __init__(self, shape: BertShape, weights: Weights, linear: Linear, word_bytes: bool, half: bool) -> None:
        self.shape = shape
        self.graph = GraphBuilder()
        self.half = half
        integer = isinstance(linear, IntegerLinear)
        self._channel_scales = smoothing.scales_for(weights) if integer else {}
        self._weights = smoothing.smoothed(weights, self._channel_scales)
        self._linear = PortableIntegerLinear() if integer else linear
        self._word_bytes = word_bytes
        self.by_text = ""  # the shape [batch, sequence, hidden]

    def build(self) -> onnx.ModelProto:
        graph, shape = self.graph, self.shape
        self.by_text = graph.node("Concat", graph.node("Shape", "input_ids"), graph.integers(shape.hidden), axis=0)
        mask = self.mask()
        rows = graph.node("Reshape", self._embedded(), graph.integers(-1, shape.hidden))
        for layer in range(shape.layers):
            rows = self._layer(f"layer.{layer}.", rows, mask)
        return graph.model(["input_ids", "attention_mask"], graph.node("Reshape", rows, self.by_text), shape.hidden)

    # Numbers: float32 ones run through all layers, working ones feed the products.

    def exact(self, name: str) -> str:
        return self.graph.constant(name, self._weights[name])

    def working(self, name: str) -> str:
        return self.graph.constant(name, self._as_working(self._weights[name]))

    def _as_working(self, array: np.ndarray) -> np.ndarray:
        if not self.half:
            return array
        largest = float(np.abs(array).max())
        if largest > HALF_LARGEST:
            raise ValueError(f"a weight of {largest:g} does not fit in float16")
        return array.astype(np.float16)

    def to_working(self, rows: str) -> str:
        return self.graph.node("Cast", rows, to=TensorProto.FLOAT16) if self.half else rows

    def to_exact(self, rows: str) -> str:
        return self.graph.node("Cast", rows, to=TensorProto.FLOAT) if self.half else rows

    # The embedding

    def _embedded(self) -> str:
        graph = self.graph
        # Every token is of type 0, so that type's row can be part of the position's.
        positions = self._weights["embedding.position"] + self._weights["embedding.token_type"][0]
        length = graph.node("Shape", "input_ids", start=1, end=2)
        table = graph.constant("embedding.position", positions)
        places = graph.node("Slice", table, graph.integers(0), length, graph.integers(0))
        return self.norm("embedding.norm", graph.node("Add", self._words(), places))

    def _words(self) -> str:
        table = self._weights["embedding.word"]
        table = table.to_float32() if isinstance(table, FourBitMatrix) else table
        if self._word_bytes:
            return words_from_bytes(self.graph, table)
        constant = self.graph.constant("embedding.word", self._as_working(table))
        return self.to_exact(self.graph.node("Gather", constant, "input_ids", axis=0))

    # A layer

    def _layer(self, at: str, rows: str, mask: str) -> str:
        attended = self.attention(at, self.smoothed(at + "query", self.to_working(rows)), mask)
        rows = self.add_and_norm(at + "attention_output", attended, rows)
        widened = self.widened(at + "widen", self.smoothed(at + "widen", self.to_working(rows)))
        return self.add_and_norm(at + "narrow", self.smoothed(at + "narrow", widened), rows)

    def smoothed(self, name: str, rows: str) -> str:
        """The rows as the weights of the products they feed expect them."""
        if name not in self._channel_scales:
            return rows
        divisors = self.graph.constant(name + ".smoothing", 1 / self._channel_scales[name])
        return self.graph.node("Mul", rows, divisors)

    def product(self, name: str, rows: str) -> str:
        weight = self._as_working(self._weights[name + ".weight"])
        return self._linear(self.graph, rows, name + ".weight", weight)

    def affine(self, name: str, rows: str) -> str:
        return self.graph.node("Add", self.product(name, rows), self.working(name + ".bias"))

    def norm(self, name: str, rows: str) -> str:
        return self.graph.node(
            "LayerNormalization", rows, self.exact(name + ".weight"), self.exact(name + ".bias"),
            axis=-1, epsilon=self.shape.epsilon,
        )

    # What the fused style writes in another way

    def mask(self) -> str:
        """0 where a token may be looked at, a very low score where it is padding: [batch, 1, 1, sequence]."""
        return self.additive_mask(FLOAT32_MASKED_SCORE)

    def additive_mask(self, score: float) -> str:
        graph = self.graph
        padding = graph.node("Sub", graph.scalar("one", 1.0), self._mask_as_float())
        scores = graph.node("Mul", padding, graph.scalar("masked_score", score))
        return graph.node("Unsqueeze", scores, graph.integers(1, 2))

    def _mask_as_float(self) -> str:
        return self.graph.node("Cast", "attention_mask", to=TensorProto.FLOAT)

    def attention(self, at: str, rows: str, mask: str) -> str:
        graph = self.graph
        query = self._heads(self._scaled(self.affine(at + "query", rows)), [0, 2, 1, 3])
        key = self._heads(self.affine(at + "key", rows), [0, 2, 3, 1])
        value = self._heads(self.affine(at + "value", rows), [0, 2, 1, 3])
        scores = graph.node("Add", self.to_exact(graph.node("MatMul", query, key)), mask)
        shares = self.to_working(graph.node("Softmax", scores, axis=-1))
        mixed = graph.node("Transpose", graph.node("MatMul", shares, value), perm=[0, 2, 1, 3])
        return graph.node("Reshape", mixed, graph.integers(-1, self.shape.hidden))

    def _scaled(self, query: str) -> str:
        """Divided before the product with the keys, so that a float16 sum stays small."""
        scale = np.array(1 / math.sqrt(self.shape.head_width), np.float16 if self.half else np.float32)
        return self.graph.node("Mul", query, self.graph.constant("attention_scale", scale))

    def _heads(self, rows: str, order: list[int]) -> str:
        graph = self.graph
        by_text = graph.node("Reshape", rows, self.by_text)
        by_head = graph.node("Reshape", by_text, graph.integers(0, 0, self.shape.heads, self.shape.head_width))
        return graph.node("Transpose", by_head, perm=order)

    def add_and_norm(self, name: str, rows: str, skipped: str) -> str:
        product = self.to_exact(self.product(name, rows))
        summed = self.graph.node("Add", self.graph.node("Add", product, self.exact(name + ".bias")), skipped)
        return self.norm(name + ".norm", summed)

    def widened(self, name: str, rows: str) -> str:
        graph = self.graph
        kind = np.float16 if self.half else np.float32

        def number(called: str, value: float) -> str:
            return graph.constant("gelu_" + called, np.array(value, kind))

        rows = self.affine(name, rows)
        error = graph.node("Erf", graph.node("Div", rows, number("root_of_two", math.sqrt(2.0))))
        gate = graph.node("Add", error, number("one", 1.0))
        return graph.node("Mul", graph.node("Mul", rows, gate), number("half", 0.5))


class PortableIntegerLinear:
    """The integer product of quantize.py in forms that other runtimes have fast code for.

    Rows are divided by their scales and rounded with one scale for all, rather than
    rounded with a scale for each row: rten has vector code for the former alone. The
    weights' zero is written out because rten joins the product with the operators
    after it only then.
    """

    def __init__(self) -> None:
        self._quantized_rows: dict[str, tuple[str, str]] = {}

    def __call__(
        self, graph: GraphBuilder, rows: str, name: str, weight: np.ndarray, lowest: float | None = None
    ) -> str:
        if rows not in self._quantized_rows:
            self._quantized_rows[rows] = self._quantize(graph, rows)
        values, row_scales = self._quantized_rows[rows]
        columns, column_scales = quantize_columns(weight, WEIGHT_LIMIT)
        weight_zero = graph.constant("weight_zero", np.array(0, np.int8))
        matrix, scales = graph.constant(name, columns), graph.constant(name + ".scale", column_scales)
        sums = graph.node("MatMulInteger", values, matrix, _row_zero(graph), weight_zero)
        product = graph.node("Mul", graph.node("Cast", sums, to=TensorProto.FLOAT), scales)
        return graph.node("Mul", product, row_scales)

    def _quantize(self, graph: GraphBuilder, rows: str) -> tuple[str, str]:
        largest = graph.node("ReduceMax", graph.node("Abs", rows), graph.integers(1), keepdims=1)
        largest = graph.node("Max", largest, graph.scalar("smallest_row", SMALLEST_ROW))
        scales = graph.node("Mul", largest, graph.scalar("activation_step", 1.0 / ACTIVATION_LIMIT))
        divided = graph.node("Div", rows, scales)
        return graph.node("QuantizeLinear", divided, graph.scalar("unit", 1.0), _row_zero(graph)), scales


def _row_zero(graph: GraphBuilder) -> str:
    return graph.constant("activation_zero", np.array(ACTIVATION_ZERO, np.uint8))


class HalfEncoder(PortableEncoder):
    def __init__(self, shape: BertShape, weights: Weights, linear: Linear) -> None:
        super().__init__(shape, weights, linear, word_bytes=False, half=True)

    def mask(self) -> str:
        """As MultiHeadAttention wants it: float16 [batch, 1, sequence, sequence]."""
        graph = self.graph
        texts = graph.node("Shape", "input_ids", start=0, end=1)
        tokens = graph.node("Shape", "input_ids", start=1, end=2)
        square = graph.node("Concat", texts, graph.integers(1), tokens, tokens, axis=0)
        return graph.node("Expand", self.to_working(self.additive_mask(HALF_MASKED_SCORE)), square)

    def attention(self, at: str, rows: str, mask: str) -> str:
        graph = self.graph
        parts = ("query", "key", "value")
        projected = [graph.node("Reshape", self.product(at + part, rows), self.by_text) for part in parts]
        biases = np.concatenate([self._weights[f"{at}{part}.bias"] for part in parts])
        bias = graph.constant(at + "attention.bias", self._as_working(biases))
        no_padding_mask = ""
        attended = graph.fused(
            "MultiHeadAttention", *projected, bias, no_padding_mask, mask, num_heads=self.shape.heads
        )
        return graph.node("Reshape", attended, graph.integers(-1, self.shape.hidden))

    def add_and_norm(self, name: str, rows: str, skipped: str) -> str:
        constants = [self.exact(name + part) for part in (".norm.weight", ".norm.bias", ".bias")]
        return self.graph.fused(
            "SkipLayerNormalization", self.to_exact(self.product(name, rows)), skipped, *constants,
            epsilon=self.shape.epsilon,
        )

    def widened(self, name: str, rows: str) -> str:
        return self.graph.fused("BiasGelu", self.product(name, rows), self.working(name + ".bias"))


class ByteTableEncoder(FusedEncoder):
    """The default graph for checkpoints whose word table is not in 4 bits."""

    def _words(self) -> str:
        return words_from_bytes(self.graph, self.weights["embedding.word"])


def words_from_bytes(graph: GraphBuilder, table: np.ndarray) -> str:
    """Looks words up in a table of 8-bit integers with one scale for each word."""
    largest = np.abs(table).max(axis=1, keepdims=True)
    scales = np.where(largest > 0, largest / BYTE_LIMIT, 1).astype(np.float32)  # the padding's row may be zero
    integers = np.rint(table / scales).astype(np.int8)
    values = graph.node("Gather", graph.constant("embedding.word", integers), "input_ids", axis=0)
    scale = graph.node("Gather", graph.constant("embedding.word.scale", scales), "input_ids", axis=0)
    return graph.node("Mul", graph.node("Cast", values, to=TensorProto.FLOAT), scale)
