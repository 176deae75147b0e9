"""libvrec through ctypes, with numpy: vectors of texts, and videos by title that are like one another."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Sequence
from ctypes import POINTER, c_char_p, c_float, c_int32, c_size_t, c_uint32, c_uint64, c_void_p
from pathlib import Path

import numpy as np

sys.path.append(str(Path(__file__).resolve().parents[1]))

import native_library  # noqa: E402
from native_library import CACHE_DEFAULT, Setting, TextBlock  # noqa: E402


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


class Engine(native_library.Engine):
    """One engine with a model, in memory."""

    def __init__(self, library: Path, model: Path, runtime: Path, threads: int = 1) -> None:
        super().__init__(library, Setting(model, runtime, threads, cache_bytes=CACHE_DEFAULT))

    def embed(self, text: str) -> np.ndarray:
        content, vector = text.encode(), self.new_vectors(1)
        self._call("vrec_embed", self._engine, content, c_size_t(len(content)), vector, c_size_t(len(vector)), None)
        return np.frombuffer(vector, np.float32)

    def embed_batch(self, texts: Sequence[str]) -> np.ndarray:
        vectors = self.new_vectors(len(texts))
        self.embed_into(TextBlock(texts), vectors)
        return np.frombuffer(vectors, np.float32).reshape(len(texts), self.dimensions)

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

