"""One side of the GPU check in a process of its own: vrec, or Python's onnxruntime.

They cannot share a process: each brings its own ONNX Runtime, and the CUDA provider's library knows
one of them only. Reads what to do as JSON from standard input and writes the result as JSON, after
what a library may have printed, as the last line of standard output.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

Embed = Callable[[Sequence[str]], np.ndarray]
REPEATS = 3  # the best counts: what else the machine does only ever takes time away


def batches_per_second(embed: Embed, texts: Sequence[str], size: int, seconds: float) -> float:
    """Texts a second, batch after batch, over texts that come round again."""
    first = done = 0
    started = time.perf_counter()
    while done == 0 or time.perf_counter() - started < seconds:
        embed([texts[(first + index) % len(texts)] for index in range(size)])
        first += size
        done += size
    return done / (time.perf_counter() - started)


def measure(embed: Embed, work: dict) -> dict[str, float]:
    speeds = {}
    for size in work["batches"]:
        embed(work["texts"][:size])  # the first run of a shape chooses kernels and makes memory
        rounds = (batches_per_second(embed, work["texts"], size, work["seconds"]) for _ in range(REPEATS))
        speeds[str(size)] = max(rounds)
    return speeds


def with_vrec(work: dict) -> dict:
    from vrec_on_device import Engine

    paths = [Path(work[name]) for name in ("library", "model", "runtime")]
    engine = Engine(*paths, provider=work["provider"], partial=work["partial"])
    result: dict = {"shares": [asdict(share) for share in engine.shares()]}
    if "vectors" in work:
        np.save(work["vectors"], engine.embed(work["texts"]))
    else:
        result["speeds"] = measure(engine.embed, work)
    engine.close()
    return result


def with_python(work: dict) -> dict:
    from python_session import Session

    session = Session(Path(work["model"]), work["provider"])
    if "vectors" in work:
        np.save(work["vectors"], session.embed(work["texts"]))
        return {}
    return {"speeds": measure(session.embed, work), "session_speeds": measure_session(session, work)}


def measure_session(session, work: dict) -> dict[str, float]:
    """Texts a second of the session's runs alone, without tokens and pooling."""
    speeds = {}
    for size in work["batches"]:
        session.seconds_in_session = 0.0
        texts = 0
        while texts == 0 or session.seconds_in_session < work["seconds"]:
            session.embed([work["texts"][(texts + index) % len(work["texts"])] for index in range(size)])
            texts += size
        speeds[str(size)] = texts / session.seconds_in_session
    return speeds


def main() -> int:
    work = json.load(sys.stdin)
    try:
        result = with_vrec(work) if work["side"] == "vrec" else with_python(work)
    except RuntimeError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print()
    print(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
