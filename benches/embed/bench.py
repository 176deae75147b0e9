"""Figures of the encoder, each printed as `figure NAME VALUE`:

 - embed.cross_language_rank: every course of the catalogue's Chinese half has its title in English
   wording, too. Both wordings of all of them go into one engine; for each, the rank of its
   translation among all others by vrec_similar. The mean rank of the worse direction. Harder sets
   (documentaries, whose English titles are often no translations) are printed beside it.
 - embed.cosine_min: the smallest cosine between the library's vector and the Python reference's
   (tools/model/reference.py: onnxruntime and tokenizers on the same files) over 50 texts.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools" / "model"))
sys.path.insert(0, str(Path(__file__).resolve().parent))

import reference  # noqa: E402
from library import Engine  # noqa: E402


def translation_pairs(catalog: Path, language: str, kind: str) -> list[tuple[str, str]]:
    """(Chinese, English) titles of one kind of record: "course-" or "doc-" is what their ids begin with."""
    records = [json.loads(line) for line in catalog.read_text(encoding="utf-8").splitlines()]
    chosen = [
        record
        for record in records
        if record["language"].startswith(language) and record["id"].startswith(kind) and "translated_title" in record
    ]
    pairs = [(record["title"], record["translated_title"]) for record in chosen]
    return pairs if language == "zh" else [(chinese, english) for english, chinese in pairs]


def translation_ranks(engine: Engine, pairs: list[tuple[str, str]]) -> tuple[float, float]:
    """Mean rank, from 1, of the translation: English to Chinese, and Chinese to English."""
    for index, (chinese, english) in enumerate(pairs):
        engine.add_title(f"zh{index}", chinese)
        engine.add_title(f"en{index}", english)
    pool = 2 * len(pairs)

    def mean_rank(source: str, target: str) -> float:
        ranks = [engine.similar(f"{source}{i}", pool).index(f"{target}{i}") + 1 for i in range(len(pairs))]
        return statistics.mean(ranks)

    return mean_rank("en", "zh"), mean_rank("zh", "en")


def smallest_cosine(engine: Engine, model: Path) -> float:
    texts = json.loads((ROOT / "tools/model/reference_texts.json").read_text(encoding="utf-8"))
    expected = reference.open_folder(model).encode_all(texts)
    found = np.stack([engine.embed(text) for text in texts])
    return float((found * expected).sum(axis=1).min())


def main() -> None:
    parser = argparse.ArgumentParser(description="Print the encoder's figures.")
    for name in ("library", "model", "runtime", "catalog"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    arguments = parser.parse_args()
    def new_engine() -> Engine:
        return Engine(arguments.library, arguments.model, arguments.runtime)

    worst = {}
    for language, kind in (("zh", "course-"), ("en", "course-"), ("zh", "doc-"), ("en", "doc-")):
        pairs = translation_pairs(arguments.catalog, language, kind)
        engine = new_engine()
        english, chinese = translation_ranks(engine, pairs)
        engine.close()
        worst[language, kind] = max(english, chinese)
        print(f"{len(pairs)} {language} {kind}* titles: mean rank en to zh {english:.2f}, zh to en {chinese:.2f}", flush=True)
    engine = new_engine()
    cosine = smallest_cosine(engine, arguments.model)
    engine.close()
    print(f"figure embed.cross_language_rank {worst['zh', 'course-']:.3f}")
    print(f"figure embed.cosine_min {cosine:.6f}")


if __name__ == "__main__":
    main()
