"""The reference encoder: what the library's vectors must equal, written a second time in Python.

It reads the same folder (vrec-model.json, the graph, tokenizer.json) and shares
no code with the library. Run it to turn a JSON list of texts into vectors:

    python reference.py --model ../../build/model --texts reference_texts.json --output vectors.bin

The output holds two little-endian uint32, the number of vectors and their
dimensions, and then the vectors as little-endian float32.

Texts are taken as they are: cleaning them comes before the encoder.

How a text becomes a vector:

 1. Tokenise prefix + text, special tokens included, nothing cut. If that fits in
    `window_tokens`, the text is one window.
 2. Otherwise list the text's own tokens: those that are not special and end
    behind the prefix. (Not "begin behind it": a first word's token may take in
    the space that ends the prefix.) They are dealt out to windows that share
    `window_overlap_tokens`, until one reaches the last token.
 3. Each window's stretch of text is tokenised again with the prefix, and pooled:
    the mean over all its tokens, special ones and prefix included, or the first
    token's vector, or as it is where the graph pools by itself; then scaled to unit
    length.
 4. The windows' vectors are added, each times the number of its text tokens, and
    the sum is scaled to unit length.
"""

from __future__ import annotations

import argparse
import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import Tokenizer


@dataclass(frozen=True)
class Settings:
    """The parts of the manifest that decide what vector a text has."""

    pooling: str
    prefix: str
    max_tokens: int
    window_tokens: int
    window_overlap_tokens: int


@dataclass(frozen=True)
class Window:
    text: str
    tokens: int  # how many of the text's own tokens it covers


class ReferenceEncoder:
    def __init__(
        self, graph: bytes, tokenizer: str, settings: Settings, threads: int = 1, output: str = "last_hidden_state"
    ) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
        self._inputs = {declared.name for declared in self._session.get_inputs()}
        self._tokenizer = Tokenizer.from_str(tokenizer)
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._window_tokenizer = Tokenizer.from_str(tokenizer)
        self._window_tokenizer.no_padding()
        self._window_tokenizer.enable_truncation(settings.max_tokens)
        self._settings = settings
        self._output = output

    def encode_all(self, texts: Sequence[str]) -> np.ndarray:
        return np.stack([self.encode(text) for text in texts])

    def encode(self, text: str) -> np.ndarray:
        windows = self.windows(text)
        total = sum(window.tokens * self._window_vector(window.text) for window in windows)
        return _unit(total)

    def windows(self, text: str) -> list[Window]:
        settings = self._settings
        whole = self._tokenizer.encode(settings.prefix + text)
        if len(whole.ids) <= settings.window_tokens:
            return [Window(text, tokens=1)]
        spans = self._text_spans(whole)
        capacity = settings.window_tokens - len(self._tokenizer.encode(settings.prefix).ids)
        step = capacity - settings.window_overlap_tokens
        windows = []
        for first in range(0, len(spans), step):
            covered = spans[first : first + capacity]
            windows.append(Window(text[covered[0][0] : covered[-1][1]], len(covered)))
            if first + capacity >= len(spans):
                break
        return windows

    def _text_spans(self, encoding) -> list[tuple[int, int]]:
        """Where the text's own tokens begin and end, in characters of the text."""
        prefix_end = len(self._settings.prefix)
        return [
            (max(start - prefix_end, 0), end - prefix_end)
            for (start, end), special in zip(encoding.offsets, encoding.special_tokens_mask)
            if not special and end > prefix_end
        ]

    def _window_vector(self, text: str) -> np.ndarray:
        ids = self._window_tokenizer.encode(self._settings.prefix + text).ids
        token_ids = np.array([ids], np.int64)
        given = {
            "input_ids": token_ids,
            "attention_mask": np.ones_like(token_ids),
            "token_type_ids": np.zeros_like(token_ids),
        }
        known = {name: value for name, value in given.items() if name in self._inputs}
        output = self._session.run([self._output], known)[0][0].astype(np.float64)
        pooled = {"cls": lambda: output[0], "mean": lambda: output.mean(axis=0), "none": lambda: output}
        return _unit(pooled[self._settings.pooling]())


def open_folder(folder: Path, threads: int = 1) -> ReferenceEncoder:
    manifest = json.loads((folder / "vrec-model.json").read_text(encoding="utf-8"))
    settings = Settings(**{name: manifest[name] for name in Settings.__dataclass_fields__})
    graph = (folder / manifest["files"]["model"]["name"]).read_bytes()
    tokenizer = (folder / manifest["files"]["tokenizer"]["name"]).read_text(encoding="utf-8")
    return ReferenceEncoder(graph, tokenizer, settings, threads, manifest["output"])


def write_vectors(path: Path, vectors: np.ndarray) -> None:
    count, dimensions = vectors.shape
    path.write_bytes(struct.pack("<II", count, dimensions) + vectors.astype("<f4").tobytes())


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.linalg.norm(vector)


def main() -> None:
    parser = argparse.ArgumentParser(description="Encode a JSON list of texts with a model folder.")
    parser.add_argument("--model", type=Path, required=True, help="folder with vrec-model.json")
    parser.add_argument("--texts", type=Path, required=True, help="JSON file: a list of strings")
    parser.add_argument("--output", type=Path, required=True, help="where the vectors go")
    arguments = parser.parse_args()
    texts = json.loads(arguments.texts.read_text(encoding="utf-8"))
    vectors = open_folder(arguments.model).encode_all(texts)
    write_vectors(arguments.output, vectors)
    print(f"{len(vectors)} vectors of {vectors.shape[1]} dimensions in {arguments.output}")


if __name__ == "__main__":
    main()
