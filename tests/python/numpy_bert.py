"""A BERT encoder in numpy, straight from a Hugging Face folder: what converted models must equal.

Written from the network's definition and sharing no code with tools/model, so that a mistake there
(a weight transposed, positions off by one, another activation) cannot be in both. One text at a time,
in float32, without padding; slow, and meant to be read.
"""

from __future__ import annotations

import json
import math
import struct
from pathlib import Path

import numpy as np

error_function = np.vectorize(math.erf, otypes=[np.float32])


def load_tensors(path: Path) -> dict[str, np.ndarray]:
    with path.open("rb") as file:
        (size,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(size))
        body = file.read()
    tensors = {}
    for name, about in header.items():
        if name == "__metadata__" or about["dtype"] not in ("F32", "F16", "BF16"):
            continue
        raw = body[about["data_offsets"][0] : about["data_offsets"][1]]
        if about["dtype"] == "BF16":
            padded = b"".join(b"\0\0" + raw[i : i + 2] for i in range(0, len(raw), 2))
            values = np.frombuffer(padded, "<f4")
        else:
            values = np.frombuffer(raw, "<f4" if about["dtype"] == "F32" else "<f2").astype(np.float32)
        name = name.removeprefix("bert.").removeprefix("roberta.")
        # Newer checkpoints call the norm's parts weight and bias, older ones gamma and beta.
        name = name.replace("gamma", "weight").replace("beta", "bias")
        tensors[name] = values.reshape(about["shape"])
    return tensors


class NumpyBert:
    def __init__(self, folder: Path, pooling: str) -> None:
        self.config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        self.tensors = load_tensors(folder / "model.safetensors")
        self.pooling = pooling

    def encode(self, ids: list[int]) -> np.ndarray:
        """The unit vector of one text, given its token numbers with the special ones."""
        hidden = self.hidden(ids)
        vector = hidden[0] if self.pooling == "cls" else hidden.mean(axis=0)
        return vector / np.linalg.norm(vector)

    def hidden(self, ids: list[int]) -> np.ndarray:
        tensors = self.tensors
        start = 0 if self.config["model_type"] == "bert" else self.config["pad_token_id"] + 1
        x = tensors["embeddings.word_embeddings.weight"][ids]
        x = x + tensors["embeddings.position_embeddings.weight"][start : start + len(ids)]
        x = x + tensors["embeddings.token_type_embeddings.weight"][[0] * len(ids)]
        x = self._norm(x, "embeddings.LayerNorm")
        for layer in range(self.config["num_hidden_layers"]):
            x = self._layer(x, f"encoder.layer.{layer}.")
        return x

    def _layer(self, x: np.ndarray, at: str) -> np.ndarray:
        attended = self._dense(self._attention(x, at + "attention.self."), at + "attention.output.dense")
        x = self._norm(x + attended, at + "attention.output.LayerNorm")
        wide = self._dense(x, at + "intermediate.dense")
        wide = 0.5 * wide * (1 + error_function(wide / math.sqrt(2)))
        return self._norm(x + self._dense(wide, at + "output.dense"), at + "output.LayerNorm")

    def _attention(self, x: np.ndarray, at: str) -> np.ndarray:
        heads = self.config["num_attention_heads"]
        query, key, value = (
            self._dense(x, at + name).reshape(len(x), heads, -1).swapaxes(0, 1) for name in ("query", "key", "value")
        )
        scores = query @ key.swapaxes(1, 2) / math.sqrt(query.shape[2])
        shares = np.exp(scores - scores.max(axis=2, keepdims=True))
        shares /= shares.sum(axis=2, keepdims=True)
        return (shares @ value).swapaxes(0, 1).reshape(len(x), -1)

    def _dense(self, x: np.ndarray, name: str) -> np.ndarray:
        return x @ self.tensors[name + ".weight"].T + self.tensors[name + ".bias"]

    def _norm(self, x: np.ndarray, name: str) -> np.ndarray:
        centred = x - x.mean(axis=1, keepdims=True)
        deviation = np.sqrt((centred**2).mean(axis=1, keepdims=True) + self.config["layer_norm_eps"])
        return centred / deviation * self.tensors[name + ".weight"] + self.tensors[name + ".bias"]
