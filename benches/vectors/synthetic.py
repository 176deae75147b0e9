"""One million clustered unit vectors that stand for a large catalogue, and queries like them.

A vector is the centre of a cluster, plus variation within it, made unit length. Clusters are not
equally popular (the c-th has a share that falls with the square root of c). The variation lies mostly
in 64 directions of falling strength that all clusters share, as it does in vectors of texts, with some
noise in all directions. Everything is drawn with a fixed seed and kept in a file.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

SEED = 20261122
DIMENSIONS = 384
ROWS = 1_000_000
QUERIES = 512
CLUSTERS = 2_000
DIRECTIONS = 64
BLOCK = 50_000
DIRECTED, UNDIRECTED = 0.9, 0.35  # lengths of the two kinds of variation beside a centre of length 1


def unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


class Source:
    """Draws vectors; the same ones in the same order every time."""

    def __init__(self) -> None:
        self._random = np.random.default_rng(SEED)
        self._centres = unit(self._normal(CLUSTERS, DIMENSIONS))
        strength = 1 / np.sqrt(np.arange(1, DIRECTIONS + 1, dtype=np.float32))
        strength /= np.linalg.norm(strength)
        self._directions = unit(self._normal(DIRECTIONS, DIMENSIONS)) * strength[:, None]
        share = 1 / np.sqrt(np.arange(1, CLUSTERS + 1))
        self._share = share / share.sum()

    def draw(self, count: int) -> np.ndarray:
        cluster = self._random.choice(CLUSTERS, count, p=self._share)
        directed = self._normal(count, DIRECTIONS) @ self._directions
        undirected = self._normal(count, DIMENSIONS) / np.float32(np.sqrt(DIMENSIONS))
        return unit(self._centres[cluster] + DIRECTED * directed + UNDIRECTED * undirected)

    def _normal(self, *shape: int) -> np.ndarray:
        return self._random.standard_normal(shape, dtype=np.float32)


@dataclass(frozen=True)
class Catalogue:
    """The first rows of the million. keep50 and keep1: the rows that a filter lets half and a hundredth of through."""

    vectors: np.ndarray
    queries: np.ndarray
    keep50: np.ndarray
    keep1: np.ndarray


def opened(folder: Path, rows: int) -> Catalogue:
    """The catalogue of `rows`, from the files in the folder, which are made when they are missing."""
    path = folder / f"synthetic-{SEED}.npy"
    if not path.is_file():
        _make(path)
    everything = np.load(path, mmap_mode="r")
    random = np.random.default_rng(SEED + 1)
    lots = random.random(ROWS)[:rows]
    vectors = np.ascontiguousarray(everything[QUERIES : QUERIES + rows])
    return Catalogue(vectors, np.array(everything[:QUERIES]), lots < 0.5, lots >= 0.99)


def _make(path: Path) -> None:
    print(f"making {ROWS} vectors in {path}", flush=True)
    unfinished = path.with_name(f".{path.name}.unfinished.npy")
    source = Source()
    out = np.lib.format.open_memmap(unfinished, "w+", np.float32, (QUERIES + ROWS, DIMENSIONS))
    for start in range(0, len(out), BLOCK):
        block = out[start : start + BLOCK]
        block[:] = source.draw(len(block))
    out.flush()
    unfinished.replace(path)
