"""The same model in a session of Python's onnxruntime: what one writes without vrec.

A batch is tokenised, padded to its longest text, run at once, pooled in numpy. Tokens are made with
the tokenizer's own threads, as they are for everyone who uses it from Python.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}


class Session:
    def __init__(self, model: Path, provider: str) -> None:
        manifest = json.loads((model / "vrec-model.json").read_text(encoding="utf-8"))
        self._prefix, self._pooling = manifest["prefix"], manifest["pooling"]
        self._tokenizer = Tokenizer.from_file(str(model / manifest["files"]["tokenizer"]["name"]))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(manifest["max_tokens"])
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        graph = str(model / manifest["files"]["model"]["name"])
        self._session = onnxruntime.InferenceSession(graph, options, providers=[PROVIDERS[provider]])
        # The binding only warns when a provider cannot be had, and takes the CPU.
        if self._session.get_providers()[0] != PROVIDERS[provider]:
            raise RuntimeError(f"onnxruntime has no {PROVIDERS[provider]} here: see its warning above")
        self._inputs = {declared.name for declared in self._session.get_inputs()}
        self.seconds_in_session = 0.0

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        encodings = self._tokenizer.encode_batch_fast([self._prefix + text for text in texts])
        ids, mask = _padded([encoding.ids for encoding in encodings])
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        known = {name: value for name, value in given.items() if name in self._inputs}
        started = time.perf_counter()
        hidden = self._session.run(["last_hidden_state"], known)[0].astype(np.float32)
        self.seconds_in_session += time.perf_counter() - started
        pooled = hidden[:, 0] if self._pooling == "cls" else _means(hidden, mask)
        return pooled / np.linalg.norm(pooled, axis=1, keepdims=True)


def _padded(rows: Sequence[Sequence[int]]) -> tuple[np.ndarray, np.ndarray]:
    shape = len(rows), max(map(len, rows))
    ids, mask = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    for index, row in enumerate(rows):
        ids[index, : len(row)] = row
        mask[index, : len(row)] = 1
    return ids, mask


def _means(hidden: np.ndarray, mask: np.ndarray) -> np.ndarray:
    weights = mask[:, :, None].astype(np.float32)
    return (hidden * weights).sum(axis=1) / weights.sum(axis=1)
