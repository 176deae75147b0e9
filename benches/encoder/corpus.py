"""The texts of the benchmark: what people write about the videos of the example catalogue.

Mixed texts are every title, translated title, description, list of tags (joined, as one text) and
single comment of examples/data/catalog.jsonl, Chinese and English, each wording once, in an order
that is shuffled with a fixed seed.

The catalogue has some 2,450 of them. `many` makes more from two texts of the same field and language:
the first half of the one and the second half of the other, cut at the middle character, so that
lengths and languages stay as mixed as they are. Pairs are drawn with a fixed seed; wordings met before
are left out.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from pathlib import Path

SEED = 20261122


@dataclass(frozen=True)
class Field:
    """One field in one language: halves are exchanged within it only."""

    name: str
    language: str


def fields(catalog: Path) -> dict[Field, list[str]]:
    """Every wording once, under the field and language where it first stands."""
    found: dict[Field, list[str]] = {}
    seen: set[str] = set()
    for line in catalog.read_text(encoding="utf-8").splitlines():
        for field, text in _texts_of(json.loads(line)):
            if text and text not in seen:
                seen.add(text)
                found.setdefault(field, []).append(text)
    return found


def _texts_of(video: dict) -> list[tuple[Field, str]]:
    language = video["language"][:2]
    other = "en" if language == "zh" else "zh"
    texts = [
        (Field("title", language), video.get("title", "")),
        (Field("title", other), video.get("translated_title", "")),
        (Field("description", language), video.get("description", "")),
        (Field("tags", language), ", ".join(video.get("tags", []))),
    ]
    return texts + [(Field("comment", language), comment) for comment in video.get("comments", [])]


def mixed(catalog: Path) -> list[str]:
    texts = [text for group in fields(catalog).values() for text in group]
    random.Random(SEED).shuffle(texts)
    return texts


def many(catalog: Path, count: int) -> list[str]:
    """`count` texts: the mixed ones, then exchanged halves."""
    groups = fields(catalog)
    texts = mixed(catalog)[:count]
    seen = set(texts)
    # A field is drawn as often as it has texts, so the mixture of lengths stays.
    originals = [(field, text) for field, group in groups.items() for text in group]
    draw = random.Random(SEED)
    while len(texts) < count:
        field, first = draw.choice(originals)
        second = draw.choice(groups[field])
        text = first[: len(first) // 2] + second[len(second) // 2 :]
        if text not in seen:
            seen.add(text)
            texts.append(text)
    return texts
