"""measure.c through ctypes: the read bandwidth of one core, and calls of the library from C."""

from __future__ import annotations

import ctypes
import os
import subprocess
from collections.abc import Callable
from ctypes import c_double, c_int, c_size_t, c_uint64, c_void_p
from pathlib import Path

SOURCE = Path(__file__).resolve().with_name("measure.c")
STREAMS = (1, 2, 4)
AHEAD = (0, 512, 1024, 2048)
GRAIN = 256 * max(STREAMS)


def opened(folder: Path) -> ctypes.CDLL:
    """Compiles measure.c into the folder and loads it."""
    target = folder / "measure.so"
    unfinished = folder / f".measure.{os.getpid()}.so"
    command = [os.environ.get("CC", "cc"), "-std=gnu11", "-O3", "-march=native", "-Wall", "-Wextra", "-Werror"]
    subprocess.run([*command, "-shared", "-fPIC", str(SOURCE), "-o", str(unfinished)], check=True)
    unfinished.replace(target)
    loaded = ctypes.CDLL(str(target))
    loaded.new_memory.argtypes, loaded.new_memory.restype = [c_size_t, c_int], c_void_p
    for streams in STREAMS:
        reader = getattr(loaded, f"read_{streams}")
        reader.argtypes, reader.restype = [c_void_p, c_size_t, c_size_t], c_uint64
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
        memory = loaded.new_memory(size, large)
        if not memory:
            raise MemoryError(f"no memory for {size} bytes")
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


def call_from_c(loaded: ctypes.CDLL, library: ctypes.CDLL, engine: c_void_p, query: ctypes.Structure, repeats: int
                ) -> float:
    """The least seconds of a call of vrec_nearest from C, its result destroyed again."""
    addresses = [ctypes.cast(function, c_void_p) for function in (library.vrec_nearest, library.vrec_neighbours_destroy)]
    seconds = loaded.least_call(*addresses, engine, ctypes.addressof(query), repeats)
    if seconds < 0:
        raise RuntimeError("vrec_nearest failed when called from C")
    return seconds
