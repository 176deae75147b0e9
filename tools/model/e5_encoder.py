"""multilingual-e5-small, cut to Chinese and English or whole: its shape, weights, tokenizer and settings.

Everything that is known about this one model stands here, so that the converter,
the language means and the measurements speak of the same encoder.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import e5s1
import prune_vocabulary
import tokenizer_json
from bert_graph import BertShape, Weights
from reference import Settings

# Text vectors of this model compare best with the "query: " prefix on both sides;
# "passage: " was worse for titles in two languages.
#
# Windows of 256 tokens rather than the full 512: a sentence at the end of a long description
# is found again as well (measure.py: mean rank among 30, over both languages, 6.3 for 256
# and 6.5 for 512 at 400 tokens; 9.0 and 8.3 at 900), a text takes as long, and a run takes
# half the time and a quarter of the memory for attention, so that a deadline is noticed sooner.
SETTINGS = Settings(
    pooling="mean", prefix="query: ", max_tokens=512, window_tokens=256, window_overlap_tokens=32
)

# The checkpoint's names for the parts of a layer, with their sizes [outputs, inputs]
# in units of (hidden, feed_forward).
PRODUCTS = {
    "query": ("q", "hidden", "hidden"),
    "key": ("k", "hidden", "hidden"),
    "value": ("v", "hidden", "hidden"),
    "attention_output": ("ao", "hidden", "hidden"),
    "widen": ("fi", "feed_forward", "hidden"),
    "narrow": ("fo", "hidden", "feed_forward"),
}
VOCABULARIES = ("pruned", "full")
NORMS = {"attention_output.norm": "aln", "narrow.norm": "oln"}


@dataclass(frozen=True)
class E5Encoder:
    shape: BertShape
    weights: Weights
    tokenizer: str  # the text of tokenizer.json


def load(checkpoint_path: Path, vocabulary: str = "pruned") -> E5Encoder:
    """The encoder with the pieces that Chinese and English need, or with all of them."""
    checkpoint = e5s1.read(checkpoint_path)
    sizes = checkpoint.sizes
    pieces = checkpoint.vocabulary.pieces
    kept = prune_vocabulary.kept_pieces(pieces) if vocabulary == "pruned" else list(range(len(pieces)))
    tokenizer = tokenizer_json.build(checkpoint.vocabulary, kept)
    tokenizer_json.check_normaliser(tokenizer, checkpoint.normaliser)
    return E5Encoder(
        shape=BertShape(sizes.hidden, sizes.layers, sizes.heads, sizes.feed_forward, sizes.epsilon),
        weights=_weights(checkpoint, kept),
        tokenizer=json.dumps(tokenizer, ensure_ascii=False, separators=(",", ":")),
    )


def _weights(checkpoint: e5s1.Checkpoint, kept: list[int]) -> Weights:
    sizes = checkpoint.sizes
    hidden = sizes.hidden
    weights = {
        "embedding.word": checkpoint.four_bit("emb.word", sizes.vocabulary, hidden).rows(kept),
        "embedding.position": checkpoint.float32("emb.pos", sizes.positions, hidden),
        "embedding.token_type": checkpoint.float32("emb.type", sizes.token_types, hidden),
        "embedding.norm.weight": checkpoint.float32("emb.ln.w", hidden),
        "embedding.norm.bias": checkpoint.float32("emb.ln.b", hidden),
    }
    for layer in range(sizes.layers):
        for name, array in _layer_weights(checkpoint, f"l{layer}."):
            weights[f"layer.{layer}.{name}"] = array
    return weights


def _layer_weights(checkpoint: e5s1.Checkpoint, at: str) -> list[tuple[str, np.ndarray]]:
    sizes = checkpoint.sizes
    found = []
    for name, (short, outputs, inputs) in PRODUCTS.items():
        rows, columns = getattr(sizes, outputs), getattr(sizes, inputs)
        found.append((name + ".weight", checkpoint.four_bit(f"{at}{short}.w", rows, columns).to_float32()))
        found.append((name + ".bias", checkpoint.float32(f"{at}{short}.b", rows)))
    for name, short in NORMS.items():
        found.append((name + ".weight", checkpoint.float32(f"{at}{short}.w", sizes.hidden)))
        found.append((name + ".bias", checkpoint.float32(f"{at}{short}.b", sizes.hidden)))
    return found
