"""What is right: the k best rows by inner products in float64, ties by row, and how much of it was found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Optional

import numpy as np

BLOCK = 50_000
SPARE = 32  # float32 decides which rows are looked at in float64; so many more than k are


def nearest(vectors: np.ndarray, queries: np.ndarray, k: int, keep: Optional[np.ndarray] = None) -> np.ndarray:
    """Row numbers, best first, one line a query; of fewer than k rows kept, all."""
    rows = np.arange(len(vectors)) if keep is None else np.flatnonzero(keep)
    wanted = min(k, len(rows))
    # Candidates of each block, so that a million rows need no room for all scores at once.
    candidates: list[list[np.ndarray]] = [[] for _ in queries]
    for start in range(0, len(rows), BLOCK):
        block = rows[start : start + BLOCK]
        scores = queries @ vectors[block].T
        most = min(wanted + SPARE, len(block))
        best = np.argpartition(-scores, most - 1, axis=1)[:, :most]
        for found, line in zip(candidates, best):
            found.append(block[line])
    return np.stack([_ranked(vectors, query, np.concatenate(found), wanted) for query, found in zip(queries, candidates)])


def _ranked(vectors: np.ndarray, query: np.ndarray, rows: np.ndarray, k: int) -> np.ndarray:
    scores = vectors[rows].astype(np.float64) @ query.astype(np.float64)
    return rows[np.lexsort((rows, -scores))[:k]]


def recall(found: Iterable[Sequence[int]], right: Iterable[Sequence[int]]) -> float:
    """The share of the right rows that were found, over all queries."""
    hits = total = 0
    for some, all_right in zip(found, right, strict=True):
        hits += len(set(map(int, some)) & set(map(int, all_right)))
        total += len(all_right)
    return hits / total
