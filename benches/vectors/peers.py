"""The peers of the race, each as it is meant to be used from Python, on one thread.

A peer holds the vectors, answers queries with the rows of the largest inner products, and says how many
bytes a vector takes there. faiss and usearch must be there; the others are left out where their package
did not install.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Optional

import faiss
import numpy as np
import usearch.index

BLAS_THRESHOLD_DEFAULT = faiss.cvar.distance_compute_blas_threshold
BLAS_THRESHOLD_LOW = 10_000  # elements of a batch above which faiss multiplies matrices; 32 queries are above this


class Peer:
    """What the race asks of a peer."""

    name: str
    most_rows = 1_000_000
    bytes_a_vector: float

    def search(self, queries: np.ndarray, k: int) -> np.ndarray:
        """Row numbers, best first, one line a query."""
        raise NotImplementedError


class Faiss(Peer):
    def __init__(self, kind: str, vectors: np.ndarray) -> None:
        self.name = f"faiss {kind}"
        faiss.omp_set_num_threads(1)
        self._index = faiss.index_factory(vectors.shape[1], kind, faiss.METRIC_INNER_PRODUCT)
        if not self._index.is_trained:
            self._index.train(vectors[:: max(1, len(vectors) // 50_000)])
        self._index.add(vectors)
        self.bytes_a_vector = self._index.sa_code_size()
        self._selected: Optional[faiss.SearchParameters] = None

    def search(self, queries: np.ndarray, k: int) -> np.ndarray:
        return self._index.search(queries, k)[1]

    def search_by_blas(self, queries: np.ndarray, k: int) -> np.ndarray:
        faiss.cvar.distance_compute_blas_threshold = BLAS_THRESHOLD_LOW
        try:
            return self._index.search(queries, k)[1]
        finally:
            faiss.cvar.distance_compute_blas_threshold = BLAS_THRESHOLD_DEFAULT

    def keep(self, kept: np.ndarray) -> None:
        """Lets `search_kept` see the rows of the mask only."""
        self._bitmap = np.packbits(kept, bitorder="little")
        self._selector = faiss.IDSelectorBitmap(self._bitmap)
        self._selected = faiss.SearchParameters(sel=self._selector)

    def search_kept(self, queries: np.ndarray, k: int) -> np.ndarray:
        return self._index.search(queries, k, params=self._selected)[1]


class EightBits:
    """Eight-bit integers by one scale for all vectors, which peers without a scale of their own need.

    The scale leaves out the largest ten-thousandth of the elements of a sample.
    """

    def __init__(self, vectors: np.ndarray) -> None:
        self._scale = 127 / np.quantile(np.abs(vectors[:2_000]), 0.9999)

    def of(self, vectors: np.ndarray) -> np.ndarray:
        out = np.empty(vectors.shape, np.int8)
        for start in range(0, len(vectors), 50_000):
            part = slice(start, start + 50_000)
            out[part] = np.clip(np.round(vectors[part] * self._scale), -127, 127)
        return out


class UsearchExact(Peer):
    def __init__(self, kind: str, vectors: np.ndarray) -> None:
        self.name = f"usearch exact {kind}"
        self._of: Callable[[np.ndarray], np.ndarray] = EightBits(vectors).of if kind == "i8" else np.array
        self._vectors = self._of(vectors)
        self.bytes_a_vector = self._vectors.itemsize * vectors.shape[1]

    def search(self, queries: np.ndarray, k: int) -> np.ndarray:
        metric = usearch.index.MetricKind.IP
        found = usearch.index.search(self._vectors, self._of(queries), k, metric, exact=True, threads=1)
        return np.atleast_2d(found.keys)


class Numpy(Peer):
    name = "numpy"

    def __init__(self, vectors: np.ndarray) -> None:
        self._vectors = vectors
        self.bytes_a_vector = vectors.itemsize * vectors.shape[1]

    def search(self, queries: np.ndarray, k: int) -> np.ndarray:
        return best(queries @ self._vectors.T, k)


class NumkongPacked(Peer):
    name = "numkong packed i8, numpy top-k"

    def __init__(self, vectors: np.ndarray) -> None:
        self._numkong = importlib.import_module("numkong")
        self._eight_bits = EightBits(vectors)
        self._packed = self._numkong.dots_pack(self._eight_bits.of(vectors), dtype="int8")
        self.bytes_a_vector = vectors.shape[1]

    def search(self, queries: np.ndarray, k: int) -> np.ndarray:
        scores = self._numkong.dots_packed(self._eight_bits.of(queries), self._packed)
        return best(np.asarray(scores).reshape(len(queries), -1), k)


class HnswlibBruteForce(Peer):
    name = "hnswlib brute force"
    most_rows = 200_000

    def __init__(self, vectors: np.ndarray) -> None:
        self._index = importlib.import_module("hnswlib").BFIndex("ip", vectors.shape[1])
        self._index.init_index(len(vectors))
        self._index.add_items(vectors)
        self.bytes_a_vector = 4 * vectors.shape[1] + 8

    def search(self, queries: np.ndarray, k: int) -> np.ndarray:
        return self._index.knn_query(queries, k)[0]


class SqliteVec(Peer):
    name = "sqlite-vec f32"
    most_rows = 100_000

    def __init__(self, vectors: np.ndarray) -> None:
        apsw, sqlite_vec = importlib.import_module("apsw"), importlib.import_module("sqlite_vec")
        self._database = apsw.Connection(":memory:")
        self._database.enable_load_extension(True)
        self._database.load_extension(sqlite_vec.loadable_path())
        dimensions = vectors.shape[1]
        self._database.execute(f"create virtual table videos using vec0(vector float[{dimensions}] distance_metric=cosine)")
        rows = ((row, vector.tobytes()) for row, vector in enumerate(vectors))
        with self._database:
            self._database.executemany("insert into videos(rowid, vector) values (?, ?)", rows)
        self.bytes_a_vector = 4 * dimensions

    def search(self, queries: np.ndarray, k: int) -> np.ndarray:
        text = "select rowid from videos where vector match ? and k = ? order by distance"
        return np.array([[row for (row,) in self._database.execute(text, (query.tobytes(), k))] for query in queries])


def best(scores: np.ndarray, k: int) -> np.ndarray:
    """The columns of the k largest scores of each line, largest first."""
    columns = np.argpartition(scores, -k, axis=1)[:, -k:]
    order = np.argsort(-np.take_along_axis(scores, columns, 1).astype(np.float64), axis=1)
    return np.take_along_axis(columns, order, 1)


FLAT = "faiss Flat"
REQUIRED: dict[str, Callable[[np.ndarray], Peer]] = {
    FLAT: lambda vectors: Faiss("Flat", vectors),
    "faiss SQ8": lambda vectors: Faiss("SQ8", vectors),
    "usearch exact i8": lambda vectors: UsearchExact("i8", vectors),
    "faiss SQfp16": lambda vectors: Faiss("SQfp16", vectors),
    "usearch exact f32": lambda vectors: UsearchExact("f32", vectors),
    "numpy": Numpy,
}
OPTIONAL: tuple[type[Peer], ...] = (NumkongPacked, HnswlibBruteForce, SqliteVec)


def for_rows(rows: int) -> dict[str, Callable[[np.ndarray], Peer]]:
    """The peers that race over so many rows, the ones the figures are about first."""
    return {**REQUIRED, **{peer.name: peer for peer in OPTIONAL if peer.most_rows >= rows}}
