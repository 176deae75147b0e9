"""Makes the tiny model that the tests run on: a BERT of two layers with random weights.

It is committed (tests/data/tiny-model), so tests need no download. It uses
standard ONNX operators only and takes every other road than the default model:
token types, the first token's vector instead of the mean, no prefix, WordPiece
instead of SentencePiece, and windows short enough to be filled by a sentence.

The weights are random but not arbitrary: attention is nearly even and values are
large, so that texts which share words or characters have nearer vectors. Tests
can thus ask for sensible neighbours.

    python make_tiny.py            # rewrites tests/data/tiny-model, same bytes each time
"""

from __future__ import annotations

import argparse
import json
import string
from pathlib import Path

import numpy as np

import model_folder
from bert_graph import BertShape, PlainEncoder
from language_means import LANGUAGES, means_by_field, read_texts
from reference import ReferenceEncoder, Settings
from wordpiece import SPECIAL_PIECES, tokenizer

HERE = Path(__file__).parent
FOLDER = HERE.parent.parent / "tests" / "data" / "tiny-model"
SEED = 20_260_101
SHAPE = BertShape(hidden=32, layers=2, heads=2, feed_forward=64, epsilon=1e-12)
SETTINGS = Settings(pooling="cls", prefix="", max_tokens=64, window_tokens=32, window_overlap_tokens=8)
TOKEN_TYPES = 2
SUFFIXES = ("al", "ed", "er", "es", "ing", "ist", "ly", "ment", "ness", "tion")
SAMPLE_STEP = 4  # every fourth text is enough for the means of random vectors
MEAN_DECIMALS = 3  # coarse, so that another processor's last digits give the same file

# Standard deviations of the random weights by the part they belong to.
SPREAD = {"query": 0.05, "key": 0.05, "value": 0.3, "attention_output": 0.3, "widen": 0.1, "narrow": 0.1}


def pieces() -> list[str]:
    """The vocabulary: special pieces, ASCII, word ends, then tiny_vocabulary.txt."""
    letters_and_digits = string.ascii_lowercase + string.digits
    chinese, english = (HERE / "tiny_vocabulary.txt").read_text(encoding="utf-8").split("\n\n")
    listed = [
        *SPECIAL_PIECES,
        *letters_and_digits,
        *string.punctuation,
        *"。、《》「」…·",
        *("##" + character for character in letters_and_digits),
        *("##" + suffix for suffix in SUFFIXES),
        *chinese.replace("\n", ""),
        *english.split(),
    ]
    return list(dict.fromkeys(listed))


def random_weights(vocabulary_size: int) -> dict[str, np.ndarray]:
    # RandomState's stream is frozen for good; the newer generators' may change.
    stream = np.random.RandomState(SEED)
    hidden, wide = SHAPE.hidden, SHAPE.feed_forward

    def drawn(spread: float, *shape: int) -> np.ndarray:
        return (spread * stream.standard_normal(shape)).astype(np.float32)

    def with_norm(name: str) -> dict[str, np.ndarray]:
        return {name + ".norm.weight": 1 + drawn(0.05, hidden), name + ".norm.bias": drawn(0.05, hidden)}

    weights = {
        "embedding.word": drawn(1.0, vocabulary_size, hidden),
        "embedding.position": drawn(0.05, SETTINGS.max_tokens, hidden),
        "embedding.token_type": drawn(0.05, TOKEN_TYPES, hidden),
        **with_norm("embedding"),
    }
    sizes = {part: (hidden, hidden) for part in SPREAD}
    sizes.update(widen=(wide, hidden), narrow=(hidden, wide))
    for layer in range(SHAPE.layers):
        at = f"layer.{layer}."
        for part, spread in SPREAD.items():
            weights[f"{at}{part}.weight"] = drawn(spread, *sizes[part])
            weights[f"{at}{part}.bias"] = drawn(0.02, sizes[part][0])
        weights.update(with_norm(at + "attention_output"))
        weights.update(with_norm(at + "narrow"))
    return weights


def means(encoder: ReferenceEncoder) -> dict[str, dict[str, list[float]]]:
    found = {}
    for language in LANGUAGES:
        sample = {field: texts[::SAMPLE_STEP] for field, texts in read_texts(language).items()}
        found[language] = means_by_field(encoder, sample, MEAN_DECIMALS)
    return found


def make() -> model_folder.Files:
    vocabulary = pieces()
    graph = PlainEncoder(SHAPE, random_weights(len(vocabulary))).build().SerializeToString(deterministic=True)
    description = json.dumps(tokenizer(vocabulary), ensure_ascii=False, separators=(",", ":"))
    files = {model_folder.MODEL: graph, model_folder.TOKENIZER: description.encode("utf-8")}
    files[model_folder.MANIFEST] = model_folder.manifest(
        files,
        name="tiny-random-bert",
        version="1",
        licence="MIT OR Apache-2.0",
        source="random weights made by tools/model/make_tiny.py, for tests only",
        dimensions=SHAPE.hidden,
        settings=SETTINGS,
        means=means(ReferenceEncoder(graph, description, SETTINGS)),
    )
    return files


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the tiny model that the tests run on.")
    parser.add_argument("--output", type=Path, default=FOLDER, help="the folder to make")
    arguments = parser.parse_args()
    files = make()
    model_folder.write(arguments.output, files)
    for name, pinned in model_folder.pins(files).items():
        print(f"  {name}: {pinned['bytes']} bytes, SHA-256 {pinned['sha256']}")


if __name__ == "__main__":
    main()
