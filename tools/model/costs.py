"""What a model folder costs on this machine's processor: files, opening, memory, time of a text.

    python costs.py --library ../../target/release/libvrec.so \\
        --runtime ../../build/runtime/libonnxruntime.so.1 ../../build/model ../../build/model-gpu

Through the library, on one thread. Every folder is opened in a process of its own, in turns
with the others, and the best round counts. Times are of the processor, not of the clock, so
that other programs disturb them less. No text is used twice: a cache would answer the second.
The texts are made here and handed to that process, whose memory thus is the library's alone.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "benches" / "embed"))

from library import Engine  # noqa: E402

LENGTHS = (16, 128)  # tokens, prefix and special ones included
ROUNDS = 3
TEXTS = 24
WORDS = (ROOT / "tools" / "model" / "texts" / "en.jsonl", ROOT / "tools" / "model" / "texts" / "zh.jsonl")


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure what model folders cost.")
    for name in ("library", "runtime"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--one", action="store_true", help="measure one folder with the texts on standard input")
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(measured(arguments.library, arguments.runtime, arguments.folders[0], json.load(sys.stdin))))
        return
    texts = {folder: [texts_of(folder, length) for length in LENGTHS] for folder in arguments.folders}
    best: dict[Path, dict[str, float]] = {}
    for _ in range(ROUNDS):
        for folder in arguments.folders:
            found = in_own_process(arguments.library, arguments.runtime, folder, texts[folder])
            best[folder] = {name: min(value, best.get(folder, found)[name]) for name, value in found.items()}
    for folder, figures in best.items():
        shown = ", ".join(f"{name} {value:.1f}" for name, value in figures.items())
        print(f"{folder.resolve().name:28} {shown}")


def in_own_process(library: Path, runtime: Path, folder: Path, texts: list[list[str]]) -> dict[str, float]:
    command = [
        sys.executable, __file__, "--one", "--library", str(library), "--runtime", str(runtime), str(folder),
    ]
    done = subprocess.run(command, check=True, input=json.dumps(texts), capture_output=True, text=True)
    return json.loads(done.stdout)


def measured(library: Path, runtime: Path, folder: Path, texts: list[list[str]]) -> dict[str, float]:
    before = memory("VmRSS")
    started = time.process_time()
    engine = Engine(library, folder, runtime)
    opened = time.process_time() - started
    figures = {
        "model MB": (folder / "model.onnx").stat().st_size / 1e6,
        "tokenizer MB": (folder / "tokenizer.json").stat().st_size / 1e6,
        "open ms": 1e3 * opened,
        "memory open MB": memory("VmRSS") - before,
    }
    for length, listed in zip(LENGTHS, texts):
        figures[f"{length} tokens ms"] = 1e3 * min(seconds(engine, text) for text in listed)
    engine.embed_batch([text.upper() for text in texts[-1]])  # other texts for a cache, as many tokens or more
    figures["memory peak MB"] = memory("VmHWM") - before
    return figures


def texts_of(folder: Path, length: int) -> list[str]:
    """Different texts of exactly so many tokens, Chinese and English in turns."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    prefix = json.loads((folder / "vrec-model.json").read_text(encoding="utf-8"))["prefix"]
    stream = np.random.RandomState(length)
    found: list[str] = []
    while len(found) < TEXTS:
        pieces = sentences(len(found) % len(WORDS))
        text = "".join(pieces[i] for i in stream.permutation(len(pieces)))
        while len(tokenizer.encode(prefix + text).ids) > length:
            overlong = len(tokenizer.encode(prefix + text).ids) - length
            text = text[: -max(overlong // 2, 1)]
        if len(tokenizer.encode(prefix + text).ids) == length:
            found.append(text.strip())
    return found


def sentences(language: int) -> list[str]:
    lines = WORDS[language].read_text(encoding="utf-8").splitlines()
    entries = [json.loads(line) for line in lines]
    return [entry["text"] + " " for entry in entries if entry["field"] == "comments"]


def seconds(engine, text: str) -> float:
    started = time.process_time()
    engine.embed(text)
    return time.process_time() - started


def memory(kind: str) -> float:
    """Megabytes of this process: VmRSS is what it holds now, VmHWM the most it held."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split(f"{kind}:")[1].split()[0]) / 1024


if __name__ == "__main__":
    main()
