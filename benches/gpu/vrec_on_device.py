"""libvrec through ctypes, on an execution provider: what the GPU check needs of it and no more.

The structs are written out here once more; tests/c/layout.sh pins the originals, and a wrong
struct_size would be refused by the library.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from ctypes import POINTER, c_char_p, c_float, c_int32, c_size_t, c_uint32, c_uint64, c_void_p
from dataclasses import dataclass
from pathlib import Path

import numpy as np

PROVIDER_KINDS = {"cpu": 1, "cuda": 2}
ALLOW_PARTIAL = 2
CACHE_NONE = 2**64 - 1


class ProviderStruct(ctypes.Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("kind", c_int32),
        ("flags", c_uint32),
        ("library_path", c_char_p),
        ("library_path_len", c_size_t),
        ("name", c_char_p),
        ("name_len", c_size_t),
        ("option_keys", c_char_p),
        ("option_key_offsets", POINTER(c_uint64)),
        ("option_values", c_char_p),
        ("option_value_offsets", POINTER(c_uint64)),
        ("option_count", c_size_t),
        ("memory_limit_bytes", c_uint64),
        ("device_index", c_uint32),
        ("reserved", c_uint32),
    ]


class OptionsStruct(ctypes.Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("model_path", c_char_p),
        ("model_path_len", c_size_t),
        ("runtime_path", c_char_p),
        ("runtime_path_len", c_size_t),
        ("memory_limit_bytes", c_uint64),
        ("dimensions", c_uint32),
        ("threads", c_uint32),
        ("title_weight", c_float),
        ("description_weight", c_float),
        ("tags_weight", c_float),
        ("comments_weight", c_float),
        ("log_level", c_int32),
        ("reserved", c_uint32),
        ("log_callback", c_void_p),
        ("log_user_data", c_void_p),
        ("backend", c_int32),
        ("inter_op_threads", c_uint32),
        ("providers", POINTER(ProviderStruct)),
        ("provider_count", c_size_t),
        ("provider_stride", c_size_t),
        ("model_files", c_void_p),
        ("model_file_count", c_size_t),
        ("model_file_stride", c_size_t),
        ("embedding_cache_bytes", c_uint64),
        ("tokens_per_run", c_uint32),
        ("background_embedding", c_uint32),
    ]


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


class Failure(RuntimeError):
    """A call that did not return VREC_OK."""


@dataclass(frozen=True)
class Share:
    provider: str
    nodes: int
    products: int


class Engine:
    """One engine in memory, whose model is open on the provider, and on no other unless partly."""

    def __init__(self, library: Path, model: Path, runtime: Path, provider: str, partial: bool) -> None:
        self._library = ctypes.CDLL(str(library.resolve()))
        self._library.vrec_error_message.restype = c_char_p
        model_path, runtime_path = str(model.resolve()).encode(), str(runtime.resolve()).encode()
        wanted = ProviderStruct(
            struct_size=ctypes.sizeof(ProviderStruct),
            kind=PROVIDER_KINDS[provider],
            flags=ALLOW_PARTIAL if partial else 0,
        )
        options = OptionsStruct(
            struct_size=ctypes.sizeof(OptionsStruct),
            model_path=model_path,
            model_path_len=len(model_path),
            runtime_path=runtime_path,
            runtime_path_len=len(runtime_path),
            providers=ctypes.pointer(wanted),
            provider_count=1,
            provider_stride=ctypes.sizeof(ProviderStruct),
            embedding_cache_bytes=CACHE_NONE,
        )
        self._engine = c_void_p()
        self._call("vrec_create", ctypes.byref(options), ctypes.byref(self._engine))
        self._call("vrec_load_encoder", self._engine, None)
        dimensions = c_uint32()
        self._call("vrec_dimensions", self._engine, ctypes.byref(dimensions))
        self.dimensions = dimensions.value

    def close(self) -> None:
        self._library.vrec_destroy(self._engine)
        self._engine = c_void_p()

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        encoded = [text.encode() for text in texts]
        offsets = (c_uint64 * (len(encoded) + 1))()
        for index, text in enumerate(encoded):
            offsets[index + 1] = offsets[index] + len(text)
        vectors = np.empty((len(encoded), self.dimensions), np.float32)
        pointer = vectors.ctypes.data_as(c_void_p)
        count, room = c_size_t(len(encoded)), c_size_t(vectors.size)
        self._call("vrec_embed_batch", self._engine, b"".join(encoded), offsets, count, pointer, room, None)
        return vectors

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

    def _call(self, function: str, *arguments: object) -> None:
        error = c_void_p()
        status = getattr(self._library, function)(*arguments, ctypes.byref(error))
        if status != 0:
            message = self._library.vrec_error_message(error).decode()
            self._library.vrec_error_destroy(error)
            raise Failure(f"{function} returned {status}: {message}")
