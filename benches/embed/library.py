"""libvrec through ctypes: just what the benchmarks and the parity test need.

The structs are written out here a second time; tests/c/layout.sh pins the originals, and a wrong
struct_size would be refused by the library.
"""

from __future__ import annotations

import ctypes
from ctypes import POINTER, c_char_p, c_float, c_int32, c_size_t, c_uint32, c_uint64, c_void_p
from pathlib import Path
from typing import Iterable, Optional, Sequence

import numpy as np


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
    ]


class Video(ctypes.Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("id", c_char_p),
        ("id_len", c_size_t),
        ("title", c_char_p),
        ("title_len", c_size_t),
    ]


class Query(ctypes.Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("profile", c_char_p),
        ("profile_len", c_size_t),
        ("exclude", c_char_p),
        ("exclude_offsets", POINTER(c_uint64)),
        ("exclude_count", c_size_t),
        ("limit", c_uint32),
        ("watched", c_int32),
        ("min_score", c_float),
        ("reserved", c_uint32),
    ]


class Columns(ctypes.Structure):
    """The first fields of vrec_columns; the library fills what there is room for."""

    _fields_ = [
        ("struct_size", c_size_t),
        ("count", c_size_t),
        ("ids", c_void_p),
        ("id_offsets", POINTER(c_uint64)),
    ]


class Failure(Exception):
    """A call that did not return VREC_OK."""


class Engine:
    """One engine with a model, in memory."""

    def __init__(self, library: Path, model: Path, runtime: Path, threads: int = 1) -> None:
        self._library = ctypes.CDLL(str(library.resolve()))
        self._library.vrec_error_message.restype = c_char_p
        model_path, runtime_path = str(model.resolve()).encode(), str(runtime.resolve()).encode()
        options = Options(
            struct_size=ctypes.sizeof(Options),
            model_path=model_path,
            model_path_len=len(model_path),
            runtime_path=runtime_path,
            runtime_path_len=len(runtime_path),
            threads=threads,
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

    def _call(self, function: str, *arguments: object) -> None:
        error = c_void_p()
        status = getattr(self._library, function)(*arguments, ctypes.byref(error))
        if status != 0:
            message = self._library.vrec_error_message(error).decode()
            self._library.vrec_error_destroy(error)
            raise Failure(f"{function} returned {status}: {message}")

    def embed(self, text: str) -> np.ndarray:
        vector = np.empty(self.dimensions, np.float32)
        self.embed_into(text.encode(), vector)
        return vector

    def embed_into(self, text: bytes, vector: np.ndarray) -> None:
        pointer = vector.ctypes.data_as(c_void_p)
        self._call("vrec_embed", self._engine, text, c_size_t(len(text)), pointer, c_size_t(vector.size), None)

    def embed_batch(self, texts: Sequence[str]) -> np.ndarray:
        block, offsets = _block(texts)
        vectors = np.empty((len(texts), self.dimensions), np.float32)
        pointer = vectors.ctypes.data_as(c_void_p)
        count, room = c_size_t(len(texts)), c_size_t(vectors.size)
        self._call("vrec_embed_batch", self._engine, block, offsets, count, pointer, room, None)
        return vectors

    def trim(self) -> None:
        self._call("vrec_trim", self._engine)

    def add_title(self, video_id: str, title: str) -> None:
        id_bytes, title_bytes = video_id.encode(), title.encode()
        video = Video(ctypes.sizeof(Video), id_bytes, len(id_bytes), title_bytes, len(title_bytes))
        self._call("vrec_add_video", self._engine, ctypes.byref(video), None)

    def similar(self, video_id: str, limit: int) -> list[str]:
        id_bytes = video_id.encode()
        query = Query(struct_size=ctypes.sizeof(Query), limit=limit)
        results = c_void_p()
        length = c_size_t(len(id_bytes))
        self._call("vrec_similar", self._engine, id_bytes, length, ctypes.byref(query), None, ctypes.byref(results))
        columns = Columns(struct_size=ctypes.sizeof(Columns))
        self._call("vrec_results_columns", results, ctypes.byref(columns))
        ids = [
            ctypes.string_at(columns.ids + columns.id_offsets[i], columns.id_offsets[i + 1] - columns.id_offsets[i])
            for i in range(columns.count)
        ]
        self._library.vrec_results_destroy(results)
        return [found.decode() for found in ids]


def _block(texts: Iterable[str]) -> tuple[bytes, "ctypes.Array[c_uint64]"]:
    encoded = [text.encode() for text in texts]
    offsets = (c_uint64 * (len(encoded) + 1))()
    for index, text in enumerate(encoded):
        offsets[index + 1] = offsets[index] + len(text)
    return b"".join(encoded), offsets
