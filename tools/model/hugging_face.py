"""Reads a BERT encoder out of a Hugging Face folder, without torch.

What is read: config.json, model.safetensors, tokenizer.json (or vocab.txt with
tokenizer_config.json), and of sentence-transformers' files those that say how
token vectors become one: modules.json, 1_Pooling/config.json,
sentence_bert_config.json, config_sentence_transformers.json.

BERT, RoBERTa and XLM-RoBERTa are one network with other names for the same parts;
the latter two count positions from the padding's number on. Networks that differ
in more (relative positions, shared layers, other activations) are refused rather
than converted wrongly.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import wordpiece
from bert_graph import BertShape, Weights

SHIFTED_POSITIONS = ("roberta", "xlm-roberta", "camembert")
FAMILIES = ("bert", *SHIFTED_POSITIONS)
ACTIVATIONS = ("gelu", "gelu_python")  # both the exact one, by the error function
MODULES = ("Transformer", "Pooling", "Normalize")
POOLINGS = {"pooling_mode_mean_tokens": "mean", "pooling_mode_cls_token": "cls"}

PARTS = {
    "query": "attention.self.query",
    "key": "attention.self.key",
    "value": "attention.self.value",
    "attention_output": "attention.output.dense",
    "widen": "intermediate.dense",
    "narrow": "output.dense",
}
NORMS = {"attention_output.norm": "attention.output.LayerNorm", "narrow.norm": "output.LayerNorm"}
OLD_NORM_NAMES = {"weight": "gamma", "bias": "beta"}
WORDS = "embeddings.word_embeddings.weight"
MAX_HEADER_BYTES = 100_000_000


class CheckpointError(Exception):
    """The folder holds no encoder that this reader knows how to convert."""


@dataclass(frozen=True)
class Checkpoint:
    shape: BertShape
    weights: Weights
    tokenizer: str  # the text of tokenizer.json
    positions: int
    pooling: str | None  # None where the folder does not say
    prefix: str
    usual_tokens: int | None  # the longest text it was trained for


def read(folder: Path) -> Checkpoint:
    config = _object(folder / "config.json")
    _check_family(config)
    _check_modules(folder)
    shape = BertShape(
        hidden=config["hidden_size"],
        layers=config["num_hidden_layers"],
        heads=config["num_attention_heads"],
        feed_forward=config["intermediate_size"],
        epsilon=config["layer_norm_eps"],
    )
    weights = _weights(read_safetensors(folder / "model.safetensors"), shape, _first_position(config))
    prefix = _prefix(folder)
    return Checkpoint(
        shape=shape,
        weights=weights,
        tokenizer=_tokenizer(folder),
        positions=len(weights["embedding.position"]),
        pooling=_pooling(folder, prefix),
        prefix=prefix,
        usual_tokens=_object(folder / "sentence_bert_config.json", optional=True).get("max_seq_length"),
    )


# The configuration


def _object(path: Path, optional: bool = False) -> dict:
    if optional and not path.exists():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as problem:
        raise CheckpointError(f"{path} is not JSON: {problem}") from problem
    if not isinstance(content, dict):
        raise CheckpointError(f"{path} holds no JSON object")
    return content


def _check_family(config: dict) -> None:
    expected = {
        "model_type": FAMILIES,
        "hidden_act": ACTIVATIONS,
        "position_embedding_type": ("absolute", None),
        "is_decoder": (False, None),
        "add_cross_attention": (False, None),
    }
    for key, known in expected.items():
        if config.get(key) not in known:
            raise CheckpointError(f"config.json: {key} is {config.get(key)!r}, this converter knows {known}")
    needed = ("hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", "layer_norm_eps")
    missing = [key for key in needed if key not in config]
    if missing:
        raise CheckpointError(f"config.json has no {', '.join(missing)}")
    if config["hidden_size"] % config["num_attention_heads"]:
        raise CheckpointError("config.json: hidden_size is no multiple of num_attention_heads")


def _check_modules(folder: Path) -> None:
    path = folder / "modules.json"
    if not path.exists():
        return
    for module in json.loads(path.read_text(encoding="utf-8")):
        kind = module["type"].rsplit(".", 1)[-1]
        if kind not in MODULES:
            raise CheckpointError(f"modules.json: a {kind} module follows the encoder, which is not supported")


def _first_position(config: dict) -> int:
    shifted = config["model_type"] in SHIFTED_POSITIONS
    return config.get("pad_token_id", 1) + 1 if shifted else 0


def _pooling(folder: Path, prefix: str) -> str | None:
    config = _object(folder / "1_Pooling" / "config.json", optional=True)
    chosen = [key for key, value in config.items() if key.startswith("pooling_mode_") and value is True]
    if not config:
        return None
    if len(chosen) != 1 or chosen[0] not in POOLINGS:
        raise CheckpointError(f"1_Pooling/config.json: {chosen} is neither the mean nor the first token")
    if prefix and config.get("include_prompt") is False:
        raise CheckpointError("1_Pooling/config.json leaves the prefix out of the mean, which is not supported")
    return POOLINGS[chosen[0]]


def _prefix(folder: Path) -> str:
    config = _object(folder / "config_sentence_transformers.json", optional=True)
    default = config.get("default_prompt_name")
    return config["prompts"][default] if default else ""


# The tokenizer


def _tokenizer(folder: Path) -> str:
    path = folder / "tokenizer.json"
    return tokenizer_text(path) if path.exists() else _as_text(_from_vocabulary(folder))


def tokenizer_text(path: Path) -> str:
    """The text of a tokenizer.json as the library wants it."""
    return _as_text(_object(path))


def _as_text(content: dict) -> str:
    # The library cuts and pads by itself; a setting in the file would cut long texts unseen.
    content.update(truncation=None, padding=None)
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def _from_vocabulary(folder: Path) -> dict:
    path = folder / "vocab.txt"
    if not path.exists():
        raise CheckpointError(f"{folder} has neither tokenizer.json nor vocab.txt")
    settings = _object(folder / "tokenizer_config.json", optional=True)
    try:
        return wordpiece.tokenizer(
            path.read_text(encoding="utf-8").removesuffix("\n").split("\n"),
            lowercase=settings.get("do_lower_case", True),
            strip_accents=settings.get("strip_accents"),
            split_chinese=settings.get("tokenize_chinese_chars", True),
        )
    except ValueError as problem:
        raise CheckpointError(f"{path}: {problem}") from problem


# The weights


def read_safetensors(path: Path) -> dict[str, np.ndarray]:
    """All tensors of floating-point numbers, as float32.

    The file: the header's length as uint64, the header (JSON: name -> type, shape,
    first and last byte), the tensors; everything little-endian.
    """
    content = path.read_bytes()
    length = int.from_bytes(content[:8], "little")
    if len(content) < 8 or length > min(MAX_HEADER_BYTES, len(content) - 8):
        raise CheckpointError(f"{path} is no safetensors file")
    header = json.loads(content[8 : 8 + length])
    header.pop("__metadata__", None)
    data = memoryview(content)[8 + length :]
    found = {name: _tensor(name, entry, data) for name, entry in header.items()}
    return {name: array for name, array in found.items() if array is not None}


def _tensor(name: str, entry: dict, data: memoryview) -> np.ndarray | None:
    kinds = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2"}
    if entry["dtype"] not in kinds:
        return None  # position numbers and other integers
    first, last = entry["data_offsets"]
    kind = np.dtype(kinds[entry["dtype"]])
    if not 0 <= first <= last <= len(data) or last - first != kind.itemsize * int(np.prod(entry["shape"])):
        raise CheckpointError(f"tensor {name} does not lie within its file")
    values = np.frombuffer(data[first:last], kind).reshape(entry["shape"])
    if entry["dtype"] == "BF16":  # the upper half of a float32
        return (values.astype(np.uint32) << 16).view(np.float32)
    return values.astype(np.float32)


def _weights(tensors: dict[str, np.ndarray], shape: BertShape, first_position: int) -> Weights:
    prefixes = [name.removesuffix(WORDS) for name in tensors if name.endswith(WORDS)]
    if len(prefixes) != 1:
        raise CheckpointError(f"model.safetensors has {len(prefixes)} tensors that end in {WORDS}, expected one")
    source = _Source(tensors, prefixes[0])
    hidden, wide = shape.hidden, shape.feed_forward
    weights = {
        "embedding.word": source.take(WORDS, None, hidden),
        "embedding.position": source.take("embeddings.position_embeddings.weight", None, hidden)[first_position:],
        "embedding.token_type": source.take("embeddings.token_type_embeddings.weight", None, hidden),
        **source.norm("embedding.norm", "embeddings.LayerNorm", hidden),
    }
    sizes = {part: (hidden, hidden) for part in PARTS} | {"widen": (wide, hidden), "narrow": (hidden, wide)}
    for layer in range(shape.layers):
        at, there = f"layer.{layer}.", f"encoder.layer.{layer}."
        for part, name in PARTS.items():
            weights[f"{at}{part}.weight"] = source.take(f"{there}{name}.weight", *sizes[part])
            weights[f"{at}{part}.bias"] = source.take(f"{there}{name}.bias", sizes[part][0])
        for part, name in NORMS.items():
            weights.update(source.norm(at + part, there + name, hidden))
    return weights


class _Source:
    """Tensors by their names without the prefix that some checkpoints put before them."""

    def __init__(self, tensors: dict[str, np.ndarray], prefix: str) -> None:
        self._tensors = tensors
        self._prefix = prefix

    def take(self, name: str, *shape: int | None) -> np.ndarray:
        tensor = self._tensors.get(self._prefix + name)
        if tensor is None:
            raise CheckpointError(f"model.safetensors has no tensor {self._prefix}{name}")
        fits = len(tensor.shape) == len(shape) and all(
            expected in (None, found) for expected, found in zip(shape, tensor.shape)
        )
        if not fits:
            raise CheckpointError(f"tensor {self._prefix}{name} has shape {tensor.shape}, expected {shape}")
        return tensor

    def norm(self, target: str, name: str, hidden: int) -> dict[str, np.ndarray]:
        found = {}
        for part, old in OLD_NORM_NAMES.items():
            present = f"{name}.{part}" if f"{self._prefix}{name}.{part}" in self._tensors else f"{name}.{old}"
            found[f"{target}.{part}"] = self.take(present, hidden)
        return found
