"""Real texts and their vectors: glosses of WordNet 3.1, embedded by the library's own model.

A gloss is what a dictionary says of one meaning ("a motion picture that ..."), examples left out; each
wording stands once, in an order that is shuffled with a fixed seed. Vectors are centred by the mean of
all rows and made unit length, which vectors of texts need to be told apart, and kept in a file named
after the model and the texts.
"""

from __future__ import annotations

import hashlib
import random
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from synthetic import unit

sys.path.append(str(Path(__file__).resolve().parents[1] / "encoder"))

import library as encoder  # noqa: E402

SEED = 20261122
QUERIES = 200
EMBEDDED_AT_ONCE = 1_024
EMBEDDING_THREADS = 2


@dataclass(frozen=True)
class Glosses:
    vectors: np.ndarray
    queries: np.ndarray


def texts(wordnet: Path) -> list[str]:
    found: dict[str, None] = {}
    for part in ("noun", "verb", "adj", "adv"):
        for line in (wordnet / "dict" / f"data.{part}").read_text(encoding="utf-8").splitlines():
            # The licence stands at the top of each file, indented; a synset's gloss follows the bar.
            if not line.startswith(" ") and "|" in line:
                gloss = line.split("|", 1)[1].split('; "')[0].strip()
                if gloss:
                    found[gloss] = None
    shuffled = list(found)
    random.Random(SEED).shuffle(shuffled)
    return shuffled


def opened(folder: Path, library: Path, model: Path, runtime: Path, rows: int) -> Glosses:
    """`rows` vectors and QUERIES others, from a file in the folder, which is made when it is missing."""
    chosen = texts(folder / "wordnet")[: QUERIES + rows]
    digest = hashlib.sha256((model / "vrec-model.json").read_bytes())
    digest.update("\n".join(chosen).encode())
    path = folder / f"glosses-{digest.hexdigest()[:16]}.npy"
    if not path.is_file():
        embedded = _embedded(chosen, library, model, runtime)
        unfinished = path.with_name(f".{path.name}.unfinished.npy")
        np.save(unfinished, embedded)
        unfinished.replace(path)
    vectors = np.load(path)
    centred = unit(vectors - vectors[QUERIES:].mean(axis=0))
    return Glosses(np.ascontiguousarray(centred[QUERIES:]), np.ascontiguousarray(centred[:QUERIES]))


def _embedded(chosen: list[str], library: Path, model: Path, runtime: Path) -> np.ndarray:
    print(f"embedding {len(chosen)} glosses", flush=True)
    engine = encoder.Engine(library, encoder.Setting(model, runtime, threads=EMBEDDING_THREADS))
    parts = []
    for start in range(0, len(chosen), EMBEDDED_AT_ONCE):
        block = encoder.TextBlock(chosen[start : start + EMBEDDED_AT_ONCE])
        vectors = engine.new_vectors(block.count)
        engine.embed_into(block, vectors)
        parts.append(np.frombuffer(vectors, np.float32).reshape(block.count, -1))
    engine.close()
    return np.concatenate(parts)
