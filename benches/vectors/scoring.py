"""libvrec's scan through ctypes: engines that hold vectors only, and vrec_nearest."""

from __future__ import annotations

import ctypes
import sys
from ctypes import byref, c_char_p, c_size_t, c_uint64, c_void_p
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

import numpy as np

import layout

sys.path.append(str(Path(__file__).resolve().parents[1] / "encoder"))

from library import Failure  # noqa: E402

# Values of the options, by the names that the tables use.
INSTRUCTION_SETS = {
    "default": 0, "scalar": 1, "sse4.1": 2, "avx2": 3, "avx-vnni": 4, "avx512-vnni": 5, "neon": 6, "neon dot": 7,
}
EXACT_VALUES = {"float32": 1, "float16": 2, "none": 3}
FUSION_NONE = 0  # a list for each vector of a query
CENTRING_NONE = 1

ADDED_AT_ONCE = 40_000  # with 384 elements, below the 64 MiB that one call takes
ID_DIGITS = 7
ID_BYTES = 1 + ID_DIGITS

Options = layout.structure("vrec_options")
VectorQuery = layout.structure("vrec_vector_query")
NeighbourColumns = layout.structure("vrec_neighbour_columns")
Statistics = layout.structure("vrec_statistics")
VIDEO = layout.array_type("vrec_video")

# What the tags of videos point into: both of them, keep50 (the first of both), or keep1 alone.
TAG_BLOCK = np.frombuffer(b"keep50keep1", np.uint8)
BOTH_OFFSETS = np.array([0, 6, 11], np.uint64)  # of keep50 and keep1
KEEP1_START, KEEP1_OFFSETS = 6, np.array([0, 5], np.uint64)


@dataclass(frozen=True)
class Setting:
    """How an engine holds and searches its vectors."""

    instruction_set: str = "default"
    exact_values: str = "float32"
    search_threads: int = 0
    sign_stage: bool = False


@dataclass(frozen=True)
class Query:
    """One ready query: what it points to lives as long as it does."""

    struct: ctypes.Structure
    pointed_to: tuple[object, ...]

    @staticmethod
    def of(vectors: np.ndarray, limit: int, tag: Optional[str] = None) -> "Query":
        """A list of `limit` for each row of `vectors`; of the videos with `tag` only, if there is one."""
        vectors = np.ascontiguousarray(np.atleast_2d(vectors), np.float32)
        pointed_to: list[object] = [vectors]
        kept = 0
        if tag is not None:
            chosen, offsets = ctypes.create_string_buffer(tag.encode()), (c_uint64 * 2)(0, len(tag))
            passing = layout.new(
                layout.structure("vrec_filter"), any_tags=ctypes.addressof(chosen),
                any_tag_offsets=ctypes.addressof(offsets), any_tag_count=1,
            )
            pointed_to += [chosen, offsets, passing]
            kept = ctypes.addressof(passing)
        struct = layout.new(
            VectorQuery, vectors=vectors.ctypes.data, vector_count=len(vectors), vector_len=vectors.shape[1],
            fusion=FUSION_NONE, limit=limit, centring=CENTRING_NONE, filter=kept,
        )
        return Query(struct, tuple(pointed_to))


class Engine:
    """One engine without a model, whose videos are rows: `v` and the row's number."""

    def __init__(self, path: Path, setting: Setting, dimensions: int) -> None:
        self.library = ctypes.CDLL(str(path.resolve()))
        self.library.vrec_error_message.restype = c_char_p
        self.handle = c_void_p()
        self._dimensions = dimensions
        options = layout.new(
            Options, dimensions=dimensions, instruction_set=INSTRUCTION_SETS[setting.instruction_set],
            exact_values=EXACT_VALUES[setting.exact_values], search_threads=setting.search_threads,
            sign_stage=int(setting.sign_stage),
        )
        self._call("vrec_create", byref(options), byref(self.handle))
        self._nearest, self._columns = self.library.vrec_nearest, self.library.vrec_neighbours_columns
        self._destroy_neighbours = self.library.vrec_neighbours_destroy

    def close(self) -> None:
        self.library.vrec_destroy(self.handle)
        self.handle = c_void_p()

    def add(self, vectors: np.ndarray, keep50: Optional[np.ndarray] = None, keep1: Optional[np.ndarray] = None,
            first: int = 0) -> None:
        """Adds the rows as videos `first`, `first` + 1, ..., with tags where the masks say so."""
        nothing = np.zeros(len(vectors), bool)
        keep50, keep1 = (nothing if mask is None else mask for mask in (keep50, keep1))
        for start in range(0, len(vectors), ADDED_AT_ONCE):
            part = slice(start, start + ADDED_AT_ONCE)
            Videos(vectors[part], keep50[part], keep1[part], first + start).add_to(self)

    def add_videos(self, videos: np.ndarray) -> None:
        address, count, stride = c_void_p(videos.ctypes.data), c_size_t(len(videos)), c_size_t(VIDEO.itemsize)
        self._call("vrec_add_videos", self.handle, address, count, stride, None)

    def ask(self, query: Query) -> None:
        """What a host does: the call, a look at the columns, and the end of the result."""
        results = self._results(query)
        columns = layout.new(NeighbourColumns)
        self._columns(results, byref(columns), None)
        self._destroy_neighbours(results)

    def rows(self, query: Query) -> list[np.ndarray]:
        """Row numbers, best first, a list for each vector of the query."""
        results = self._results(query)
        columns = layout.new(NeighbourColumns)
        self._call("vrec_neighbours_columns", results, byref(columns))
        offsets = (c_uint64 * (columns.count + 1)).from_address(columns.id_offsets)
        ids = ctypes.string_at(columns.ids, offsets[columns.count])
        if len(ids) != ID_BYTES * columns.count:
            raise ValueError("an id has another length than those that were added")
        numbers = np.array([int(ids[at + 1 : at + ID_BYTES]) for at in range(0, len(ids), ID_BYTES)], np.int64)
        ends = (c_uint64 * (columns.list_count + 1)).from_address(columns.list_offsets)
        lists = [numbers[ends[i] : ends[i + 1]] for i in range(columns.list_count)]
        self._destroy_neighbours(results)
        return lists

    def memory_bytes(self) -> int:
        return self._statistics().memory_bytes

    def instruction_set(self) -> str:
        """What the scan runs on."""
        number = self._statistics().instruction_set
        return next(name for name, known in INSTRUCTION_SETS.items() if known == number)

    def _statistics(self) -> ctypes.Structure:
        statistics = layout.new(Statistics)
        self._call("vrec_stats", self.handle, byref(statistics))
        return statistics

    def _results(self, query: Query) -> c_void_p:
        results = c_void_p()
        error = c_void_p()
        status = self._nearest(self.handle, byref(query.struct), None, byref(results), byref(error))
        if status != 0:
            raise self._failure("vrec_nearest", status, error)
        return results

    def _call(self, function: str, *arguments: object) -> None:
        error = c_void_p()
        status = getattr(self.library, function)(*arguments, byref(error))
        if status != 0:
            raise self._failure(function, status, error)

    def _failure(self, function: str, status: int, error: c_void_p) -> Failure:
        message = self.library.vrec_error_message(error).decode()
        self.library.vrec_error_destroy(error)
        return Failure(f"{function} returned {status}: {message}")


class Videos:
    """Rows as the library takes them: an array of vrec_video and what its pointers point to."""

    def __init__(self, vectors: np.ndarray, keep50: np.ndarray, keep1: np.ndarray, first: int) -> None:
        count = len(vectors)
        self._vectors = np.ascontiguousarray(vectors, np.float32)
        self._ids = _ids(first, count)
        videos = np.zeros(count, VIDEO)
        videos["struct_size"] = VIDEO.itemsize
        videos["id"] = self._ids.ctypes.data + ID_BYTES * np.arange(count, dtype=np.uint64)
        videos["id_len"] = ID_BYTES
        videos["vector"] = self._vectors.ctypes.data + self._vectors.strides[0] * np.arange(count, dtype=np.uint64)
        videos["vector_len"] = self._vectors.shape[1]
        only1 = keep1 & ~keep50
        start = TAG_BLOCK.ctypes.data + np.where(only1, KEEP1_START, 0).astype(np.uint64)
        offsets = np.where(only1, KEEP1_OFFSETS.ctypes.data, BOTH_OFFSETS.ctypes.data)
        tagged = keep50 | keep1
        videos["tags"] = np.where(tagged, start, 0)
        videos["tag_offsets"] = np.where(tagged, offsets, 0)
        videos["tag_count"] = keep50.astype(np.uint64) + keep1
        self._videos = videos

    def add_to(self, engine: Engine) -> None:
        engine.add_videos(self._videos)


def _ids(first: int, count: int) -> np.ndarray:
    """`v0000000` and so on, one after the other."""
    numbers = np.arange(first, first + count)
    ids = np.empty((count, ID_BYTES), np.uint8)
    ids[:, 0] = ord("v")
    for digit in range(ID_DIGITS):
        ids[:, ID_DIGITS - digit] = ord("0") + numbers // 10**digit % 10
    return ids
