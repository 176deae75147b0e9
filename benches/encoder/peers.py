"""What the library is compared with: three other ways from texts to unit vectors, each at its best.

 - OrtLoop: the loop that one writes by hand around ONNX Runtime: the same graph and tokenizer files,
   texts sorted by length, runs of a limited number of tokens, pooling in numpy.
 - SentenceTransformers: what most people use, torch in float32; it sorts by length itself.
 - TorchInt8: torch's dynamic 8-bit integers, with the loop of OrtLoop around it.

None keeps anything of a text it has seen. Each takes the size of its batches as a parameter, which
the benchmark chooses for each by trial.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

PREFIX = "query: "


def token_batches(lengths: Sequence[int], budget: int) -> Iterator[list[int]]:
    """Positions sorted by length and cut so that rows times the longest stays within the budget."""
    batch: list[int] = []
    for position in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and (len(batch) + 1) * lengths[position] > budget:
            yield batch
            batch = []
        batch.append(position)
    if batch:
        yield batch


def padded(token_ids: Sequence[Sequence[int]]) -> tuple[np.ndarray, np.ndarray]:
    """Token ids and mask [texts, longest]; padding is masked, so its id does not matter."""
    longest = max(map(len, token_ids))
    ids = np.zeros((len(token_ids), longest), np.int64)
    mask = np.zeros((len(token_ids), longest), np.int64)
    for row, tokens in enumerate(token_ids):
        ids[row, : len(tokens)] = tokens
        mask[row, : len(tokens)] = 1
    return ids, mask


def open_tokenizer(model: Path) -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(model / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(512)
    return tokenizer


class OrtLoop:
    def __init__(self, model: Path, threads: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        graph = str(model / "model.onnx")
        self._session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
        self._tokenizer = open_tokenizer(model)

    def embed(self, texts: Sequence[str], budget: int) -> np.ndarray:
        encodings = self._tokenizer.encode_batch([PREFIX + text for text in texts])
        token_ids = [encoding.ids for encoding in encodings]
        vectors = np.empty((len(texts), 384), np.float32)
        for batch in token_batches([len(ids) for ids in token_ids], budget):
            ids, mask = padded([token_ids[position] for position in batch])
            hidden = self._session.run(None, {"input_ids": ids, "attention_mask": mask})[0]
            vectors[batch] = self._pooled(hidden, mask)
        return vectors

    @staticmethod
    def _pooled(hidden: np.ndarray, mask: np.ndarray) -> np.ndarray:
        # One small matrix product a text: faster than multiplying by the mask and adding up.
        sums = np.matmul(mask[:, None, :].astype(np.float32), hidden)[:, 0, :]
        return sums / np.linalg.norm(sums, axis=1, keepdims=True)


class SentenceTransformers:
    def __init__(self, folder: Path) -> None:
        from sentence_transformers import SentenceTransformer

        self._model = SentenceTransformer(str(folder), device="cpu")

    def embed(self, texts: Sequence[str], batch_size: int) -> np.ndarray:
        return self._model.encode(
            list(texts), batch_size=batch_size, normalize_embeddings=False, show_progress_bar=False
        )


class TorchInt8:
    def __init__(self, torch: ModuleType, folder: Path) -> None:
        from transformers import BertModel

        self._torch = torch
        self._tokenizer = open_tokenizer(folder)
        model = BertModel.from_pretrained(str(folder), add_pooling_layer=False).eval()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it says that it will move to another package
            self._model = torch.ao.quantization.quantize_dynamic(
                model, {torch.nn.Linear}, dtype=torch.qint8
            )

    def embed(self, texts: Sequence[str], budget: int) -> np.ndarray:
        encodings = self._tokenizer.encode_batch([PREFIX + text for text in texts])
        token_ids = [encoding.ids for encoding in encodings]
        vectors = np.empty((len(texts), 384), np.float32)
        with self._torch.inference_mode():
            for batch in token_batches([len(ids) for ids in token_ids], budget):
                vectors[batch] = self.run(*padded([token_ids[position] for position in batch]))
        return vectors

    def run(self, ids: np.ndarray, mask: np.ndarray) -> np.ndarray:
        torch = self._torch
        mask_tensor = torch.from_numpy(mask)
        hidden = self._model(input_ids=torch.from_numpy(ids), attention_mask=mask_tensor).last_hidden_state
        sums = torch.bmm(mask_tensor[:, None, :].float(), hidden)[:, 0, :]
        return torch.nn.functional.normalize(sums, dim=1).numpy()
