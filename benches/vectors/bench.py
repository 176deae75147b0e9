"""The scan against its peers, in one run; what `make bench` calls.

Runs the stages of stages.py one after the other, each in a process of its own, prints the tables that
they make together (also in build/bench-vectors/table.md), and ends with `figure NAME VALUE` lines:

    vectors.N.bandwidth_share   what the scan reads (4 bits an element and a scale), over its time, as a
                                share of the fastest read of as many bytes by one core in the same minutes
    vectors.N.vs_...            the other's time over vrec's, one thread, time of the processor
    vectors.two_threads         time of one thread over that of two, by the clock on the wall
    vectors.1m.keep50_over_all  time with a filter that half of the rows pass over time without
    vectors....limit...         the same for the machine alone, which does nothing but what no way round is known for:
                                reads the codes of the rows, with one thread or two, or multiplies
    vectors.recall10            share of the true ten nearest found, on vectors of real texts

vs_int8_at_full_bandwidth says how many times faster the scan is than any scan of 8 bits an element
could be in this memory.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Optional

from report import Report
from stages import STAGES, add_arguments

HERE = Path(__file__).resolve().parent
# The figures that are promised, printed last, and the bars that were set for them.
AT_LEAST, AT_MOST = "at least", "at most"
PROMISED: dict[str, Optional[tuple[str, float]]] = {
    "vectors.1m.bandwidth_share": (AT_LEAST, 0.9),
    "vectors.1m.vs_faiss_flat": (AT_LEAST, 5),
    "vectors.1m.vs_faiss_sq8": (AT_LEAST, 1.9),
    "vectors.1m.vs_usearch_i8": (AT_LEAST, 10),
    "vectors.100k.bandwidth_share": None,
    "vectors.100k.vs_faiss_flat": (AT_LEAST, 7),
    "vectors.100k.vs_faiss_sq8": (AT_LEAST, 3),
    "vectors.100k.vs_usearch_i8": (AT_LEAST, 7),
    "vectors.100k.batch32_vs_faiss_blas": (AT_LEAST, 6),
    "vectors.two_threads": (AT_LEAST, 1.8),
    "vectors.1m.keep1_vs_faiss": (AT_LEAST, 40),
    "vectors.1m.keep50_over_all": (AT_MOST, 1.15),
    "vectors.100k.avx2_vs_faiss_flat": (AT_LEAST, 3),
    "vectors.recall10": (AT_LEAST, 1),
}


def run_stage(stage: str, arguments: argparse.Namespace, report: Report) -> None:
    print(f"\n{stage}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        found = Path(folder, "report.json")
        command = [sys.executable, "-B", HERE / "stages.py", stage, "--report", found]
        for name in ("library", "model", "runtime", "build", "seconds", "shrink"):
            command += [f"--{name}", getattr(arguments, name)]
        subprocess.run([str(part) for part in command], check=True)
        report.extend_from(found)


def figures_table(report: Report) -> str:
    """The promised figures beside their bars, as Markdown."""
    lines = ["| Figure | Value | Bar | |\n", "|---|---:|---:|---|\n"]
    for name, bar in PROMISED.items():
        value = report.figures.get(name)
        found = "not measured" if value is None else f"{value:.3f}"
        wanted = "" if bar is None else f"{bar[0]} {bar[1]:g}"
        lines.append(f"| `{name}` | {found} | {wanted} | {verdict(value, bar)} |\n")
    return "".join(lines)


def verdict(value: Optional[float], bar: Optional[tuple[str, float]]) -> str:
    if value is None or bar is None:
        return ""
    side, limit = bar
    return "met" if (value >= limit if side == AT_LEAST else value <= limit) else "missed"


def print_figures(report: Report) -> None:
    for name in (*(name for name in report.figures if name not in PROMISED), *PROMISED):
        if name in report.figures:
            print(f"figure {name} {report.figures[name]:.4f}")


def main() -> int:
    parser = argparse.ArgumentParser(description="Race the scan against its peers.")
    add_arguments(parser)
    parser.add_argument("--only", nargs="+", choices=STAGES, default=list(STAGES), help="these stages only")
    arguments = parser.parse_args()
    report = Report()
    for stage in arguments.only:
        try:
            run_stage(stage, arguments, report)
        except subprocess.CalledProcessError as problem:
            print(f"error: the stage {stage} ended with exit status {problem.returncode}; see above", file=sys.stderr)
            return 1
    table = f"{figures_table(report)}\n{report.table()}"
    (arguments.build / "table.md").write_text(table, encoding="utf-8")
    print(f"\n{table}\n{os.cpu_count()} processors\n")
    print_figures(report)
    return 0


if __name__ == "__main__":
    sys.exit(main())
