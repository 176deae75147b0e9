#!/usr/bin/env python3
"""Times learning a million events: vrec, in an engine in memory and trained as by default, beside implicit's ALS.

    build.py --program PATH     the benchmark recommend_build; see `make bench-recommend`

Both read the same events and run on one thread, each in a process of its own, in turns; the fastest of some rounds
counts. Reading the file counts for neither; the matrix that ALS works on counts for it. Peaks are by how much the
process grew from before the first event is learned. Prints figures.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

ROUNDS = 3
FACTORS = 64
ITERATIONS = 15
THREADS = 1


def resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


def als(events: Path, threads: int) -> None:
    import numpy
    from implicit.als import AlternatingLeastSquares
    from scipy.sparse import csr_matrix

    profiles, videos, _ = numpy.loadtxt(events, dtype=numpy.int32, unpack=True)
    before = resident_mb()
    start, processor = time.perf_counter(), time.process_time()
    ones = numpy.ones(len(profiles), dtype=numpy.float32)
    watched = csr_matrix((ones, (profiles, videos)))
    model = AlternatingLeastSquares(factors=FACTORS, iterations=ITERATIONS, num_threads=threads, random_state=1)
    model.fit(watched, show_progress=False)
    print(f"seconds {time.perf_counter() - start:.2f}")
    print(f"processor_seconds {time.process_time() - processor:.2f}")
    assert numpy.isfinite(model.item_factors).all() and model.item_factors.any()
    print(f"peak_mb {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6 - before:.0f}")


def values_of(command: list[str]) -> dict[str, float]:
    # What multiplies matrices would start threads of its own.
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    output = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
    return {name: float(value) for name, value in (line.split() for line in output.splitlines())}


def main() -> int:
    parser = argparse.ArgumentParser(description="Time learning a million events.")
    parser.add_argument("--program", type=Path, help="the benchmark recommend_build")
    parser.add_argument("--events", type=Path, default=Path("build/bench-recommend/events.txt"))
    parser.add_argument("--als", action="store_true", help="only ALS, in this process")
    parser.add_argument("--threads", type=int, default=THREADS, help="of ALS alone")
    arguments = parser.parse_args()
    if arguments.als:
        als(arguments.events, arguments.threads)
        return 0
    arguments.events.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run([str(arguments.program), "events", str(arguments.events)], check=True)
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(values_of([str(arguments.program), "build", str(arguments.events)]))
        theirs.append(values_of([sys.executable, "-B", __file__, "--als", "--events", str(arguments.events)]))
    best, peer = (min(runs, key=lambda run: run["seconds"]) for runs in (ours, theirs))
    print(f"figure recommend.build_seconds {best['seconds']:.2f}")
    print(f"figure recommend.build_record_seconds {best['record']:.2f}")
    print(f"figure recommend.build_train_seconds {best['train']:.2f}")
    print(f"figure recommend.build_peak_mb {best['peak_mb']:.0f}")
    print(f"figure recommend.build_kept_mb {best['kept_mb']:.0f}")
    print(f"figure recommend.implicit_als_seconds {peer['seconds']:.2f}")
    print(f"figure recommend.implicit_als_peak_mb {peer['peak_mb']:.0f}")
    print(f"figure recommend.build_over_implicit {best['seconds'] / peer['seconds']:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
