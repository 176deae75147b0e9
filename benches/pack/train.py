#!/usr/bin/env python3
"""Times training on a million events of MovieLens 1M's shape: all that vrec trains, beside implicit's ALS.

    train.py --program PATH [--threads N]     the benchmark pack_train; see `make bench-pack`

Both work on the same events and as many threads, each in a process of its own, in turns; the fastest of some rounds
counts, in time of the processor on one thread, which other programs take little part in, and by the clock on several. Reading the file counts for neither. Ours is everything that lists count by default, and then the same with
factors besides; theirs is ALS alone, 64 factors in 15 iterations, and the matrix that it works on. Prints figures.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent / "recommend"))

from build import values_of  # noqa: E402

ROUNDS = 3
TOTALS = ("seconds", "processor_seconds", "caller_seconds", "peak_mb", "ease_limit")


def fastest(runs: list[dict[str, float]], measure: str) -> dict[str, float]:
    return min(runs, key=lambda run: run[measure])


def main() -> int:
    parser = argparse.ArgumentParser(description="Time a whole training.")
    parser.add_argument("--program", type=Path, required=True, help="the benchmark pack_train")
    parser.add_argument("--events", type=Path, default=Path("build/bench-pack/events.txt"))
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    arguments = parser.parse_args()
    arguments.events.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run([str(arguments.program), "events", str(arguments.events)], check=True)
    threads = str(arguments.threads)
    ours = [str(arguments.program), "train", str(arguments.events), threads]
    theirs = [sys.executable, "-B", str(HERE.parent / "recommend" / "build.py"), "--als"]
    theirs += ["--events", str(arguments.events), "--threads", threads]
    runs: dict[str, list[dict[str, float]]] = {"default": [], "factors": [], "als": []}
    for _ in range(arguments.rounds):
        runs["default"].append(values_of(ours))
        runs["factors"].append(values_of([*ours, "factors"]))
        runs["als"].append(values_of(theirs))
    precision = values_of([str(arguments.program), "precision", str(arguments.events)])
    measure = "processor_seconds" if arguments.threads == 1 else "seconds"
    default, factors, als = (fastest(runs[name], measure) for name in ("default", "factors", "als"))
    for part, seconds in default.items():
        if part not in TOTALS:
            print(f"figure train.seconds.{part} {seconds:.2f}")
    print(f"figure train.seconds.factors {factors['factors']:.2f}")
    print(f"figure train.seconds {default[measure]:.2f}")
    print(f"figure train.ease_over_limit {default['ease'] / default['ease_limit']:.2f}")
    for name, value in precision.items():
        print(f"figure train.{name} {value:g}")
    print(f"figure train.peak_mb {default['peak_mb']:.0f}")
    print(f"figure train.implicit_als_seconds {als[measure]:.2f}")
    print(f"figure train.threads {threads}")
    print(f"figure train.share_of_calling_thread {default['caller_seconds'] / default['processor_seconds']:.2f}")
    print(f"figure pack.train_vs_implicit_als {default[measure] / als[measure]:.2f}")
    print(f"figure pack.train_with_factors_vs_implicit_als {factors[measure] / als[measure]:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
