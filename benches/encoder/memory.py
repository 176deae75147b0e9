"""Memory of the library while it embeds many texts: run in a process of its own, which prints JSON.

    python memory.py --library L --model M --runtime R --catalog C --count 10000

Texts and the room for their vectors are the caller's, so they are made and touched before the model
is opened: they are in both numbers, `open` (resident after the model is open) and `peak` (the most
that was resident while the texts were embedded, by one call), and `caller` says how much this process
had before. Subtract it from both for the library alone; the ratio of the two as they are would flatter
it. The kernel's own mark (VmHWM) is reset between the two by /proc/self/clear_refs.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1]))

import corpus  # noqa: E402
from native_library import Engine, Setting, TextBlock  # noqa: E402

DIMENSIONS = 384


def status_bytes(field: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        name, _, value = line.partition(":")
        if name == field:
            return int(value.split()[0]) * 1024
    raise KeyError(field)


def main() -> None:
    parser = argparse.ArgumentParser(description="Print memory while embedding, as JSON.")
    for name in ("library", "model", "runtime", "catalog"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--count", type=int, required=True)
    arguments = parser.parse_args()
    block = TextBlock(corpus.many(arguments.catalog, arguments.count))
    vectors = (ctypes.c_float * (block.count * DIMENSIONS))()
    ctypes.memset(vectors, 1, ctypes.sizeof(vectors))  # a page counts once it was written
    caller = status_bytes("VmRSS")
    engine = Engine(arguments.library, Setting(arguments.model, arguments.runtime))
    if engine.dimensions != DIMENSIONS:
        raise SystemExit(f"the model gives {engine.dimensions} dimensions, this program expects {DIMENSIONS}")
    opened = status_bytes("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")
    engine.embed_into(block, vectors)
    peak = status_bytes("VmHWM")
    if any(abs(sum(value * value for value in vectors[row : row + DIMENSIONS]) - 1) > 1e-4
           for row in (0, (block.count - 1) * DIMENSIONS)):
        raise SystemExit("the vectors are not of unit length")
    print(json.dumps({"caller": caller, "open": opened, "peak": peak, "texts": block.count}))


if __name__ == "__main__":
    main()
