"""Figures of the encoder, each printed as `figure NAME VALUE`:

 - embed.cross_language_rank: every course of the catalogue's Chinese half has its title in English
   wording, too. Both wordings of all of them go into one engine; for each, the rank of its
   translation among all others by vrec_similar. The mean rank of the worse direction. Harder sets
   (documentaries, whose English titles are often no translations) are printed beside it.
 - embed.cosine_min: the smallest cosine between the library's vector and the Python reference's
   (tools/model/reference.py: onnxruntime and tokenizers on the same files) over 50 texts.
 - embed.overhead: the time of vrec_embed for one text over the time the same model takes alone, in
   an ONNX Runtime session of the same version and settings with its tensors bound beforehand.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import statistics
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools" / "model"))
sys.path.insert(0, str(Path(__file__).resolve().parent))

import reference  # noqa: E402
from library import Engine  # noqa: E402


def translation_pairs(catalog: Path, language: str, kind: str) -> list[tuple[str, str]]:
    """(Chinese, English) titles of one kind of record: "course-" or "doc-" is what their ids begin with."""
    records = [json.loads(line) for line in catalog.read_text(encoding="utf-8").splitlines()]
    chosen = [
        record
        for record in records
        if record["language"].startswith(language) and record["id"].startswith(kind) and "translated_title" in record
    ]
    pairs = [(record["title"], record["translated_title"]) for record in chosen]
    return pairs if language == "zh" else [(chinese, english) for english, chinese in pairs]


def translation_ranks(engine: Engine, pairs: list[tuple[str, str]]) -> tuple[float, float]:
    """Mean rank, from 1, of the translation: English to Chinese, and Chinese to English."""
    for index, (chinese, english) in enumerate(pairs):
        engine.add_title(f"zh{index}", chinese)
        engine.add_title(f"en{index}", english)
    pool = 2 * len(pairs)

    def mean_rank(source: str, target: str) -> float:
        ranks = [engine.similar(f"{source}{i}", pool).index(f"{target}{i}") + 1 for i in range(len(pairs))]
        return statistics.mean(ranks)

    return mean_rank("en", "zh"), mean_rank("zh", "en")


def smallest_cosine(engine: Engine, model: Path) -> float:
    texts = json.loads((ROOT / "tools/model/reference_texts.json").read_text(encoding="utf-8"))
    expected = reference.open_folder(model).encode_all(texts)
    found = np.stack([engine.embed(text) for text in texts])
    return float((found * expected).sum(axis=1).min())


def bound_session(model: Path, text: str):
    """The same model in a session of its own, with the tensors of `text` bound: run() is all that is left."""
    manifest = json.loads((model / "vrec-model.json").read_text(encoding="utf-8"))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    graph = str(model / manifest["files"]["model"]["name"])
    session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    tokenizer = Tokenizer.from_file(str(model / manifest["files"]["tokenizer"]["name"]))
    ids = np.array([tokenizer.encode(manifest["prefix"] + text).ids], np.int64)
    binding = session.io_binding()
    given = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
    for declared in session.get_inputs():
        binding.bind_cpu_input(declared.name, given[declared.name])
    binding.bind_output(manifest["output"])
    return lambda: session.run_with_iobinding(binding)


def overhead(arguments: argparse.Namespace, text: str, engine_first: bool) -> tuple[float, float]:
    """Median over blocks of ours / alone, and the session's own median in milliseconds.

    A block is ten calls of the one and ten of the other, in changing order, in seconds of this
    thread: what other programs take from the machine falls on both or on neither.
    """

    def open_engine() -> Engine:
        return Engine(arguments.library, arguments.model, arguments.runtime)

    engine = open_engine() if engine_first else None
    run_session = bound_session(arguments.model, text)
    engine = engine or open_engine()
    encoded, vector = text.encode(), np.empty(engine.dimensions, np.float32)
    runs = [lambda: engine.embed_into(encoded, vector), run_session]
    ratios, alone = [], []
    for block in range(arguments.blocks + 3):
        seconds = [0.0, 0.0]
        for which in (0, 1) if block % 2 else (1, 0):
            seconds[which] = statistics.median(thread_seconds(runs[which]) for _ in range(10))
        if block >= 3:
            ratios.append(seconds[0] / seconds[1])
            alone.append(seconds[1])
    return statistics.median(ratios), 1e3 * statistics.median(alone)


def overhead_in_fresh_processes(arguments: argparse.Namespace, text: str) -> tuple[float, float]:
    """The median over several processes, since where a process happens to put the model's weights in
    memory moves either side by some percent; each side is opened first in half of them."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=1, mp_context=context, max_tasks_per_child=1) as processes:
        orders = [index % 2 == 0 for index in range(arguments.processes)]
        measured = [processes.submit(overhead, arguments, text, order).result() for order in orders]
    return tuple(statistics.median(column) for column in zip(*measured))


def thread_seconds(run) -> float:
    start = time.thread_time()
    run()
    return time.thread_time() - start


def main() -> None:
    parser = argparse.ArgumentParser(description="Print the encoder's figures.")
    for name in ("library", "model", "runtime", "catalog"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--blocks", type=int, default=15)
    parser.add_argument("--processes", type=int, default=6)
    arguments = parser.parse_args()
    def new_engine() -> Engine:
        return Engine(arguments.library, arguments.model, arguments.runtime)

    worst = {}
    for language, kind in (("zh", "course-"), ("en", "course-"), ("zh", "doc-"), ("en", "doc-")):
        pairs = translation_pairs(arguments.catalog, language, kind)
        engine = new_engine()
        english, chinese = translation_ranks(engine, pairs)
        engine.close()
        worst[language, kind] = max(english, chinese)
        print(f"{len(pairs)} {language} {kind}* titles: mean rank en to zh {english:.2f}, zh to en {chinese:.2f}", flush=True)
    engine = new_engine()
    cosine = smallest_cosine(engine, arguments.model)
    texts = {"short": "深度学习基础", "long": "Two rival magicians push each other to ever more dangerous tricks. " * 6}
    ratios = {}
    for name, text in texts.items():
        ratios[name], milliseconds = overhead_in_fresh_processes(arguments, text)
        print(f"vrec_embed of a {name} text: {ratios[name]:.3f} times the session alone ({milliseconds:.2f} ms)")
    engine.close()
    print(f"figure embed.cross_language_rank {worst['zh', 'course-']:.3f}")
    print(f"figure embed.cosine_min {cosine:.6f}")
    print(f"figure embed.overhead {ratios['short']:.3f}")


if __name__ == "__main__":
    main()
