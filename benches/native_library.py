"""libvrec through ctypes: opening a model and embedding texts, as benchmarks and Python tests need it.

Without numpy, because encoder/memory.py measures a process that holds this and little else. The structs are written
out a second time; tests/c/layout.sh pins the originals, and a wrong struct_size would be refused.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from ctypes import c_char_p, c_float, c_int32, c_size_t, c_uint32, c_uint64, c_void_p
from dataclasses import dataclass, field
from pathlib import Path

BACKEND_DEFAULT, BACKEND_ONNX_RUNTIME, BACKEND_RTEN = 0, 1, 2
PROVIDER_CPU, PROVIDER_CUDA, PROVIDER_WEBGPU = 1, 2, 4
ALLOW_PARTIAL = 2
CACHE_DEFAULT, CACHE_NONE = 0, 2**64 - 1
MAX_BATCH = 65536


class Provider(ctypes.Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("kind", c_int32),
        ("flags", c_uint32),
        ("library_path", c_char_p),
        ("library_path_len", c_size_t),
        ("name", c_char_p),
        ("name_len", c_size_t),
        ("option_keys", c_void_p),
        ("option_key_offsets", c_void_p),
        ("option_values", c_void_p),
        ("option_value_offsets", c_void_p),
        ("option_count", c_size_t),
        ("memory_limit_bytes", c_uint64),
        ("device_index", c_uint32),
        ("reserved", c_uint32),
    ]


class Options(ctypes.Structure):
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
        ("providers", ctypes.POINTER(Provider)),
        ("provider_count", c_size_t),
        ("provider_stride", c_size_t),
        ("model_files", c_void_p),
        ("model_file_count", c_size_t),
        ("model_file_stride", c_size_t),
        ("embedding_cache_bytes", c_uint64),
        ("tokens_per_run", c_uint32),
        ("background_embedding", c_uint32),
    ]


@dataclass(frozen=True)
class Setting:
    """How an engine is opened. Nothing is remembered of a text unless a cache is asked for."""

    model: Path
    runtime: Path | None = None
    threads: int = 1
    backend: int = BACKEND_DEFAULT
    tokens_per_run: int = 0
    providers: list[Provider] = field(default_factory=list)
    cache_bytes: int = CACHE_NONE


class Failure(RuntimeError):
    """A call that did not return VREC_OK."""


class TextBlock:
    """Texts as the library takes them: one block of bytes and offsets."""

    def __init__(self, texts: Sequence[str]) -> None:
        encoded = [text.encode() for text in texts]
        self.count = len(encoded)
        self.content = b"".join(encoded)
        self.offsets = (c_uint64 * (len(encoded) + 1))()
        for index, text in enumerate(encoded):
            self.offsets[index + 1] = self.offsets[index] + len(text)


class Engine:
    """One engine with an open model, in memory."""

    def __init__(self, library: Path, setting: Setting) -> None:
        self._library = ctypes.CDLL(str(library.resolve()))
        self._library.vrec_error_message.restype = c_char_p
        self._engine = c_void_p()
        options = self._options(setting)
        self._call("vrec_create", ctypes.byref(options), ctypes.byref(self._engine))
        self._call("vrec_load_encoder", self._engine, None)
        dimensions = c_uint32()
        self._call("vrec_dimensions", self._engine, ctypes.byref(dimensions))
        self.dimensions = dimensions.value

    @staticmethod
    def _options(setting: Setting) -> Options:
        model = str(setting.model.resolve()).encode()
        options = Options(
            struct_size=ctypes.sizeof(Options), model_path=model, model_path_len=len(model), threads=setting.threads,
            backend=setting.backend, tokens_per_run=setting.tokens_per_run, embedding_cache_bytes=setting.cache_bytes,
        )
        if setting.runtime is not None:
            runtime = str(setting.runtime.resolve()).encode()
            options.runtime_path, options.runtime_path_len = runtime, len(runtime)
        if setting.providers:
            options.providers = (Provider * len(setting.providers))(*setting.providers)
            options.provider_count, options.provider_stride = len(setting.providers), ctypes.sizeof(Provider)
        return options

    def close(self) -> None:
        self._library.vrec_destroy(self._engine)
        self._engine = c_void_p()

    def embed_into(self, texts: TextBlock, vectors: "ctypes.Array[c_float]") -> None:
        """Rows of vectors, one after the other, in the order of the texts."""
        counts = c_size_t(texts.count), c_size_t(len(vectors))
        self._call(
            "vrec_embed_batch", self._engine, texts.content, texts.offsets, counts[0], vectors, counts[1], None
        )

    def new_vectors(self, count: int) -> "ctypes.Array[c_float]":
        return (c_float * (count * self.dimensions))()

    def _call(self, function: str, *arguments: object) -> None:
        error = c_void_p()
        status = getattr(self._library, function)(*arguments, ctypes.byref(error))
        if status != 0:
            message = self._library.vrec_error_message(error).decode()
            self._library.vrec_error_destroy(error)
            raise Failure(f"{function} returned {status}: {message}")
