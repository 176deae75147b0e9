"""The cosine between the library's two backends on the same model files.

Needs a build of the library with the feature `rten`; the same build runs both backends where it has
both, otherwise the ONNX Runtime's vectors come from the first library.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

sys.path.append(str(Path(__file__).resolve().parents[1]))

from native_library import BACKEND_ONNX_RUNTIME, BACKEND_RTEN, Engine, Setting, TextBlock  # noqa: E402


def vectors(library: Path, setting: Setting, texts: Sequence[str]) -> np.ndarray:
    engine = Engine(library, setting)
    try:
        block = TextBlock(texts)
        found = engine.new_vectors(block.count)
        engine.embed_into(block, found)
        return np.frombuffer(found, np.float32).reshape(block.count, engine.dimensions).copy()
    finally:
        engine.close()


def cosines(library: Path, rten_library: Path, model: Path, runtime: Path, texts: Sequence[str]) -> np.ndarray:
    """Of each text. Raises Failure when a backend is not in its library or cannot run the model."""
    expected = vectors(library, Setting(model, runtime, backend=BACKEND_ONNX_RUNTIME), texts)
    found = vectors(rten_library, Setting(model, backend=BACKEND_RTEN), texts)
    cosine = (expected * found).sum(axis=1)
    if not np.isfinite(cosine).all():
        raise ArithmeticError("a vector of one of the backends is not finite")
    return cosine


def costs(library: Path, rten_library: Path, model: Path, runtime: Path, texts: Sequence[str]) -> list[str]:
    """Size, time and memory of both backends on one model, each in a process of its own."""
    lines = []
    for name, path, backend, files in (
        ("ONNX Runtime", library, BACKEND_ONNX_RUNTIME, [library, runtime]), ("rten", rten_library, BACKEND_RTEN, [rten_library]),
    ):
        command = [sys.executable, "-B", __file__, str(path), str(model), str(runtime), str(backend)]
        done = subprocess.run(command, input=json.dumps(list(texts)), stdout=subprocess.PIPE, text=True, check=True)
        cost = json.loads(done.stdout)
        size = sum(file.resolve().stat().st_size for file in files)
        lines.append(
            f"{name}: {size / 1e6:.1f} MB of libraries, {cost['open'] / 1e6:.0f} MB to open the model, "
            f"{cost['texts_a_second']:.0f} texts a second on one thread"
        )
    return lines


def print_cost(library: Path, model: Path, runtime: Path, backend: int) -> None:
    texts = json.loads(sys.stdin.read())
    before = resident_bytes()
    engine = Engine(library, Setting(model, runtime, backend=backend))
    engine.embed_into(TextBlock(["a"]), engine.new_vectors(1))
    opened = resident_bytes() - before
    block = TextBlock(texts)
    vectors = engine.new_vectors(block.count)
    start = time.process_time()
    engine.embed_into(block, vectors)
    print(json.dumps({"open": opened, "texts_a_second": len(texts) / (time.process_time() - start)}))


def resident_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    print_cost(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))
