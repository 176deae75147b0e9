"""Reads what was watched: each profile's videos in order, and which of them are held back."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import numpy as np

PARTS = ("train", "valid", "test", "drop")
# A profile with fewer says too little to measure a list by.
LEAST_WATCHES = 3


class DataError(Exception):
    """Something is wrong with a file; the message names it."""


@dataclass(frozen=True)
class Histories:
    """Of each profile the numbers of the videos it watched, oldest first, each once."""

    train: list[np.ndarray]
    valid: list[np.ndarray]

    def with_valid(self) -> list[np.ndarray]:
        return [np.concatenate(parts) for parts in zip(self.train, self.valid, strict=True)]

    def asked(self) -> list[tuple[np.ndarray, int]]:
        """What lists can be measured by: of a profile what it watched, and its first valid video, new to it."""
        return [
            (train, valid[0])
            for train, valid in zip(self.train, self.valid, strict=True)
            if len(train) >= LEAST_WATCHES and len(valid) > 0 and valid[0] not in train
        ]

    def check_measurable(self) -> None:
        """Refuses histories by which no number of epochs is better than another."""
        if not self.asked():
            raise DataError(
                "no profile has a valid event to choose the number of epochs by: say how many with --epochs "
                "(without a column that tells the parts, a profile needs five events)"
            )


@dataclass(frozen=True)
class Catalogue:
    """The videos' ids, and the vectors of their texts as rows of unit length; a row of zeros for none."""

    ids: list[str]
    vectors: np.ndarray

    def numbers(self) -> dict[str, int]:
        return {video: number for number, video in enumerate(self.ids)}


def read_catalogue(folder: Path) -> Catalogue:
    """What `vrec vectors` wrote."""
    ids = json.loads((folder / "ids.json").read_text(encoding="utf-8"))
    vectors = np.load(folder / "vectors.npy", allow_pickle=False).astype(np.float32)
    if vectors.ndim != 2 or len(vectors) != len(ids):
        raise DataError(f"{folder}: vectors.npy has the shape {vectors.shape}, and ids.json {len(ids)} ids")
    return Catalogue(ids, vectors)


def read_histories(path: Path, split: str, catalogue: Catalogue) -> Histories:
    """From CSV with the columns user, video, timestamp, or JSON Lines with fields of these names.

    A column named `split` tells the part of each event: train, valid, or what is never looked at (test, drop). Where there
    is none, the last event of each profile with at least five is valid.
    """
    numbers = catalogue.numbers()
    events: dict[str, list[tuple[float, int, str | None]]] = {}
    for line, row in rows(path):
        video = numbers.get(str(row.get("video")))
        part = row.get(split)
        if part is not None and part not in PARTS:
            raise DataError(f"{path}:{line}: {split} is {part!r}, none of {', '.join(PARTS)}")
        if video is not None and part not in ("test", "drop"):
            events.setdefault(str(row["user"]), []).append((float(row.get("timestamp") or 0), video, part))
    if not events:
        raise DataError(f"{path} has no event on a video of the catalogue")
    cut = [parts_of(own) for own in events.values()]
    return Histories([train for train, _ in cut], [valid for _, valid in cut])


def parts_of(events: list[tuple[float, int, str | None]]) -> tuple[np.ndarray, np.ndarray]:
    # A stable sort: what happened in the same second stays in the order of the file.
    ordered = sorted(events, key=lambda event: event[0])
    seen: set[int] = set()
    once = [event for event in ordered if not (event[1] in seen or seen.add(event[1]))]
    if all(part is None for _, _, part in once):
        kept = len(once) - 1 if len(once) >= 5 else len(once)
        once = [(time, video, "train" if place < kept else "valid") for place, (time, video, _) in enumerate(once)]
    of = lambda wanted: np.array([video for _, video, part in once if part == wanted], dtype=np.int64)  # noqa: E731
    return of("train"), of("valid")


def rows(path: Path) -> Iterator[tuple[int, dict]]:
    with opened(path) as file:
        if path.name.removesuffix(".gz").endswith(".jsonl"):
            yield from ((line, json.loads(text)) for line, text in enumerate(file, 1) if text.strip())
        else:
            yield from enumerate(csv.DictReader(file), 2)


def opened(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8", newline="")
    return path.open(encoding="utf-8", newline="")
