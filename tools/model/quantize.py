"""Writes matrix products in 8-bit integers, the way that is safe on every processor.

Weights: one scale for each output column, values -64..64. Seven bits instead of
eight, because x86-64 processors without VNNI add two products u8 x s8 in 16 bits
and saturate: 2 * 255 * 64 = 32,640 still fits, 2 * 255 * 127 does not.

Activations: one scale for each row, that is for each token, values 1..255 around
a zero of 128. ONNX Runtime's own dynamic quantisation takes one scale for the
whole tensor, so one outlier costs every token precision, and the vector of a
text depends on the texts that happen to share its batch. By rows, a text's
vector is the same, to the bit, alone and in any batch. What GELU gives is never
below -0.17: those rows get a zero of 48, which cuts their rounding error by a third.

ONNX Runtime's MatMulIntegerToFloat scales the columns while it stores them, which
saves two passes over every product; a graph for other runtimes writes the same in
standard operators.

Measured by measure.py over 62 Chinese and English texts on one thread of an AVX2
processor without VNNI, all in one run; "centred" is after subtracting the mean,
which is how the library compares vectors; the last column is 16 texts of 24 tokens:

                                   cosine to float32      alone to batched    milliseconds for
    scale of activations, weights  mean   least  centred  mean    centred     16 / 128 / 512 / 16 x 24 tokens
    float32                        1      1      1        1       1           12.6 / 77 / 409 / 223
    by tensor, signed 8 bits       .9963  .9929  .977     .9965   .978         6.5 / 46 / 285 / 140
    by tensor, signed 7 bits       .9971  .9948  .982     .9969   .981         6.8 / 50 / 282 / 144
    by tensor, unsigned 8 bits     .9974  .9935  .984     .9971   .982         7.3 / 55 / 320 / 179
    by row, standard operators     .9990  .9983  .994     1       1            7.5 / 53 / 308 / 162
    by row, signed 8 bits          .9990  .9986  .994     1       1            7.0 / 49 / 286 / 145
    by row, signed 7 bits (ours)   .9990  .9986  .994     1       1            6.9 / 51 / 283 / 154

The products themselves run near the processor's limit: 82 to 91 thousand million
multiply-adds a second with 128 tokens and more, where pmaddubsw, pmaddwd and paddd
on registers alone reach 95. MatMulNBits, which does all in one operator, reached 22 to
33 with 8 bits; with 4 bits it is closer (.9999) and the file 8 MB smaller, but it
reached 35 to 46.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from onnx import TensorProto

from bert_graph import GraphBuilder

WEIGHT_LIMIT = 64
ACTIVATION_LIMIT = 127
ACTIVATION_ZERO = 128
ACTIVATION_LARGEST = 255
SMALLEST_ROW = 1e-9  # keeps a row of zeros from being divided by zero
# What GELU gives is rounded with a relative error of .0189 over all layers, .029 in the last;
# a zero of 40 makes that .0188 and .034.
ONE_SIDED_ZERO = 48


def quantize_columns(weight: np.ndarray, limit: int) -> tuple[np.ndarray, np.ndarray]:
    """weight [outputs, inputs] -> int8 [inputs, outputs] and a float32 scale for each output."""
    scales = (np.abs(weight).max(axis=1) / limit).astype(np.float32)
    values = np.rint(weight / scales[:, None]).astype(np.int8)
    return values.T, scales


@dataclass(frozen=True)
class QuantizedRows:
    values: str  # uint8 [tokens, width]
    scales: str  # [tokens, 1]
    zero: str  # the value that stands for 0


class IntegerLinear:
    """A `linear` for the encoders. Rows that feed several products are quantised once."""

    def __init__(self, weight_limit: int = WEIGHT_LIMIT) -> None:
        self._weight_limit = weight_limit
        self._quantized_rows: dict[str, QuantizedRows] = {}
        self._zeros: dict[int, str] = {}

    def __call__(
        self, graph: GraphBuilder, rows: str, name: str, weight: np.ndarray, lowest: float | None = None
    ) -> str:
        if rows not in self._quantized_rows:
            quantize = self._quantize_fused if graph.prefers_fused else _quantize_plain
            self._quantized_rows[rows] = quantize(graph, rows, weight.shape[1], lowest)
        quantized = self._quantized_rows[rows]
        values, column_scales = quantize_columns(weight, self._weight_limit)
        columns, scales = graph.constant(name, values), graph.constant(name + ".scale", column_scales)
        product = _fused_product if graph.prefers_fused else _plain_product
        return graph.node("Mul", product(graph, quantized, columns, scales), quantized.scales)

    def _quantize_fused(
        self, graph: GraphBuilder, rows: str, width: int, lowest: float | None
    ) -> QuantizedRows:
        if lowest is None:
            zero, scales = ACTIVATION_ZERO, _row_scales(graph, rows)
        else:
            zero, scales = ONE_SIDED_ZERO, _one_sided_row_scales(graph, rows, lowest)
        if zero not in self._zeros:
            one = graph.constant(f"activation_zeros_{zero}", np.array([[zero]], np.uint8))
            self._zeros[zero] = graph.node("Expand", one, graph.node("Shape", scales))
        # One block as wide as the row: its scales keep the shape that the product is scaled back by.
        values = graph.node("QuantizeLinear", rows, scales, self._zeros[zero], axis=1, block_size=width)
        return QuantizedRows(values, scales, _zero(graph, zero))


def _fused_product(graph: GraphBuilder, rows: QuantizedRows, columns: str, scales: str) -> str:
    unit = graph.scalar("unit", 1.0)
    return graph.fused("MatMulIntegerToFloat", rows.values, columns, unit, scales, rows.zero)


def _plain_product(graph: GraphBuilder, rows: QuantizedRows, columns: str, scales: str) -> str:
    sums = graph.node("MatMulInteger", rows.values, columns, rows.zero)
    return graph.node("Mul", graph.node("Cast", sums, to=TensorProto.FLOAT), scales)


def _quantize_plain(graph: GraphBuilder, rows: str, _width: int, _lowest: float | None) -> QuantizedRows:
    """With operators and forms of them that every runtime knows."""
    scales = _row_scales(graph, rows)
    flat_scales = graph.node("Squeeze", scales, graph.integers(1))
    zeros = graph.node(
        "Expand", graph.constant("activation_zeros", np.array([ACTIVATION_ZERO], np.uint8)),
        graph.node("Shape", flat_scales),
    )
    values = graph.node("QuantizeLinear", rows, flat_scales, zeros, axis=0)
    return QuantizedRows(values, scales, _zero(graph, ACTIVATION_ZERO))


def _row_scales(graph: GraphBuilder, rows: str) -> str:
    """For 1..255 around a zero of 128: the largest element, whatever its sign, becomes 127."""
    largest = graph.node("ReduceMax", graph.node("Abs", rows), graph.integers(1), keepdims=1)
    largest = graph.node("Max", largest, graph.scalar("smallest_row", SMALLEST_ROW))
    return graph.node("Mul", largest, graph.scalar("activation_step", 1.0 / ACTIVATION_LIMIT))


def _one_sided_row_scales(graph: GraphBuilder, rows: str, lowest: float) -> str:
    """For rows that end at `lowest`: few values below zero, the more above it, and no Abs."""
    above = ACTIVATION_LARGEST - ONE_SIDED_ZERO
    smallest = graph.scalar("smallest_one_sided_row", -lowest * above / ONE_SIDED_ZERO)
    largest = graph.node("Max", graph.node("ReduceMax", rows, graph.integers(1), keepdims=1), smallest)
    return graph.node("Mul", largest, graph.scalar("one_sided_step", 1.0 / above))


def _zero(graph: GraphBuilder, zero: int) -> str:
    name = "activation_zero" if zero == ACTIVATION_ZERO else f"activation_zero_{zero}"
    return graph.constant(name, np.array(zero, np.uint8))
