"""libvrec through ctypes, on an execution provider: what the GPU check needs of it beyond benches/native_library.py."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Sequence
from ctypes import POINTER, c_int32, c_size_t, c_uint32, c_uint64, c_void_p
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.append(str(Path(__file__).resolve().parents[1]))

import native_library  # noqa: E402
from native_library import ALLOW_PARTIAL, PROVIDER_CPU, PROVIDER_CUDA, Provider, Setting, TextBlock  # noqa: E402

PROVIDER_KINDS = {"cpu": PROVIDER_CPU, "cuda": PROVIDER_CUDA}


class EncoderFields(ctypes.Structure):
    """The first fields of vrec_encoder_fields; the library fills what there is room for."""

    _fields_ = [
        ("struct_size", c_size_t),
        ("backend", c_int32),
        ("reserved", c_uint32),
        ("model_name", c_void_p),
        ("model_name_len", c_size_t),
        ("model_version", c_void_p),
        ("model_version_len", c_size_t),
        ("model_licence", c_void_p),
        ("model_licence_len", c_size_t),
        ("runtime_path", c_void_p),
        ("runtime_path_len", c_size_t),
        ("provider_count", c_size_t),
        ("provider_names", c_void_p),
        ("provider_name_offsets", POINTER(c_uint64)),
        ("provider_nodes", POINTER(c_uint64)),
        ("provider_products", POINTER(c_uint64)),
    ]


@dataclass(frozen=True)
class Share:
    provider: str
    nodes: int
    products: int


class Engine(native_library.Engine):
    """One engine in memory, whose model is open on the provider, and on no other unless partly."""

    def __init__(self, library: Path, model: Path, runtime: Path, provider: str, partial: bool) -> None:
        flags = ALLOW_PARTIAL if partial else 0
        wanted = Provider(struct_size=ctypes.sizeof(Provider), kind=PROVIDER_KINDS[provider], flags=flags)
        super().__init__(library, Setting(model, runtime, threads=0, providers=[wanted]))

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        vectors = self.new_vectors(len(texts))
        self.embed_into(TextBlock(texts), vectors)
        return np.frombuffer(vectors, np.float32).reshape(len(texts), self.dimensions)

    def shares(self) -> list[Share]:
        """How the nodes of the model's graph are shared out among execution providers."""
        description = c_void_p()
        self._call("vrec_describe_encoder", self._engine, None, ctypes.byref(description))
        fields = EncoderFields(struct_size=ctypes.sizeof(EncoderFields))
        self._call("vrec_encoder_description_fields", description, ctypes.byref(fields))
        offsets = fields.provider_name_offsets
        shares = [
            Share(
                ctypes.string_at(fields.provider_names + offsets[i], offsets[i + 1] - offsets[i]).decode(),
                fields.provider_nodes[i],
                fields.provider_products[i],
            )
            for i in range(fields.provider_count)
        ]
        self._library.vrec_encoder_description_destroy(description)
        return shares
