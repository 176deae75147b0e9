"""measure.c through ctypes: what the machine can do at most, and calls of the library from C."""

from __future__ import annotations

import ctypes
import os
import subprocess
from collections.abc import Callable
from ctypes import c_double, c_int, c_size_t, c_uint64, c_void_p
from pathlib import Path
from typing import Optional

import numpy as np

SOURCE = Path(__file__).resolve().with_name("measure.c")
STREAMS = (1, 2, 4)
AHEAD = (0, 512, 1024, 2048)
GRAIN = 256 * max(STREAMS)
GRAIN_OF_TWO = 2 * GRAIN


def opened(folder: Path) -> ctypes.CDLL:
    """Compiles measure.c into the folder and loads it."""
    target = folder / "measure.so"
    unfinished = folder / f".measure.{os.getpid()}.so"
    command = [os.environ.get("CC", "cc"), "-std=gnu11", "-O3", "-march=native", "-pthread", "-Wall", "-Wextra", "-Werror"]
    subprocess.run([*command, "-shared", "-fPIC", str(SOURCE), "-o", str(unfinished)], check=True)
    unfinished.replace(target)
    loaded = ctypes.CDLL(str(target))
    loaded.new_memory.argtypes, loaded.new_memory.restype = [c_size_t, c_int], c_void_p
    for streams in STREAMS:
        reader = getattr(loaded, f"read_{streams}")
        reader.argtypes, reader.restype = [c_void_p, c_size_t, c_size_t], c_uint64
    loaded.read_rows.argtypes, loaded.read_rows.restype = [c_void_p, c_void_p, c_size_t, c_size_t], c_uint64
    loaded.read_in_two.argtypes, loaded.read_in_two.restype = [c_void_p, c_size_t], c_uint64
    loaded.multiply.argtypes, loaded.multiply.restype = [c_uint64], c_int
    loaded.least_call.argtypes = [c_void_p, c_void_p, c_void_p, c_void_p, c_int]
    loaded.least_call.restype = c_double
    return loaded


def readers(loaded: ctypes.CDLL, size: int) -> tuple[dict[str, Callable[[int], object]], int]:
    """Ways of reading a buffer of about `size` bytes once, by name, and its exact size.

    Plain and prefetching, as one stream and as several, on small and on large pages; the bandwidth
    is what the fastest of them reaches.
    """
    size -= size % GRAIN
    ways: dict[str, Callable[[int], object]] = {}
    for pages, large in (("small pages", 0), ("large pages", 1)):
        memory = _memory(loaded, size, large)
        for streams in STREAMS:
            for ahead in AHEAD:
                ways[_named(streams, ahead, pages)] = _reading(loaded, streams, memory, size, ahead)
    return ways, size


def _named(streams: int, ahead: int, pages: str) -> str:
    return f"{streams} stream{'s' if streams > 1 else ''}, {ahead or 'nothing'} ahead, {pages}"


PLAIN = _named(1, 0, "small pages")


def _reading(loaded: ctypes.CDLL, streams: int, memory: int, size: int, ahead: int) -> Callable[[int], object]:
    reader = getattr(loaded, f"read_{streams}")
    return lambda _: reader(memory, size, ahead)


def one_and_two(loaded: ctypes.CDLL, size: int) -> dict[str, Callable[[int], object]]:
    """Reading a buffer of about `size` bytes with one thread, and with two."""
    size -= size % GRAIN_OF_TWO
    memory = _memory(loaded, size, 0)
    return {"one": _reading(loaded, 4, memory, size, 0), "two": lambda _: loaded.read_in_two(memory, size)}


def rows_reader(loaded: ctypes.CDLL, rows: int, row_bytes: int, kept: np.ndarray) -> Callable[[int], object]:
    """Reading these of as many rows of bytes, wherever they are, in order."""
    memory = _memory(loaded, rows * row_bytes, 0)
    offsets = np.ascontiguousarray(kept, np.uint64) * np.uint64(row_bytes)
    return lambda _: loaded.read_rows(memory, offsets.ctypes.data, len(offsets), row_bytes)


def multiplying(loaded: ctypes.CDLL, pairs: int) -> Optional[Callable[[int], object]]:
    """Multiplying as many pairs of 8-bit numbers with AVX2, where there is one."""
    return (lambda _: loaded.multiply(pairs)) if loaded.multiply(256) else None


def _memory(loaded: ctypes.CDLL, size: int, large_pages: int) -> int:
    memory = loaded.new_memory(size, large_pages)
    if not memory:
        raise MemoryError(f"no memory for {size} bytes")
    return memory


def call_from_c(loaded: ctypes.CDLL, library: ctypes.CDLL, engine: c_void_p, query: ctypes.Structure, repeats: int
                ) -> float:
    """The least seconds of a call of vrec_nearest from C, its result destroyed again."""
    addresses = [ctypes.cast(function, c_void_p) for function in (library.vrec_nearest, library.vrec_neighbours_destroy)]
    seconds = loaded.least_call(*addresses, engine, ctypes.addressof(query), repeats)
    if seconds < 0:
        raise RuntimeError("vrec_nearest failed when called from C")
    return seconds
