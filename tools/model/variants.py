"""Which graph a model gets: how its weights are stored, and of which operators it is made.

                fused (ONNX Runtime's operators)      plain (standard operators)
    int8        the default: the processors of sets   runtimes other than ONNX Runtime
    float32     what the others are compared with     the same, exact
    float16     GPUs: CUDA and WebGPU                  GPUs of other providers
"""

from __future__ import annotations

from dataclasses import dataclass

import onnx

from bert_graph import BertShape, FusedEncoder, Weights, float_linear
from e5s1 import FourBitMatrix
from portable_graph import ByteTableEncoder, HalfEncoder, PortableEncoder
from quantize import IntegerLinear

WEIGHTS = ("int8", "float32", "float16")
STYLES = ("fused", "plain")
MATRICES = {"int8": "matrices as 8-bit integers", "float32": "float32", "float16": "float16"}


@dataclass(frozen=True)
class Variant:
    weights: str = "int8"
    style: str = "fused"

    @property
    def suffix(self) -> str:
        """What a model's name ends in."""
        return self.weights if self.style == "fused" else f"{self.weights}-{self.style}"

    @property
    def description(self) -> str:
        return MATRICES[self.weights] + ("" if self.style == "fused" else ", standard operators only")


def build(shape: BertShape, weights: Weights, variant: Variant) -> onnx.ModelProto:
    integer = variant.weights == "int8"
    linear = IntegerLinear() if integer else float_linear
    if variant.style == "plain":
        half = variant.weights == "float16"
        return PortableEncoder(shape, weights, linear, word_bytes=integer, half=half).build()
    if variant.weights == "float16":
        return HalfEncoder(shape, weights, linear).build()
    if integer and not isinstance(weights["embedding.word"], FourBitMatrix):
        return ByteTableEncoder(shape, weights, linear).build()
    return FusedEncoder(shape, weights, linear).build()
