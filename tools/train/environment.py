#!/usr/bin/env python3
"""Makes the environment that train.py runs in, in build/train: torch for the CPU, numpy and onnx.

    environment.py          the virtual environment and the empty GPU libraries
    environment.py --pin    rewrites requirements.lock (after a change of WANTED)

A step whose result is there does nothing. Needs a C compiler and the standard library. On a machine with a GPU train.py
runs with the torch that is installed there.
"""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.append(str(ROOT / "tools" / "setup"))

from pinned import Environment, command  # noqa: E402
from torch_on_cpu import is_left_out, make_empty_libraries  # noqa: E402

BUILD = ROOT / "build" / "train"
ENVIRONMENT = Environment(HERE / "requirements.lock", BUILD / "venv", "about 0.7 GB", is_left_out)
WANTED = ["numpy==2.4.6", "onnx==1.23.2", "torch==2.15.0"]


def make() -> None:
    ENVIRONMENT.make()
    make_empty_libraries(BUILD / "empty-libraries")


if __name__ == "__main__":
    sys.exit(command("Set up the training of the network.", make, lambda: ENVIRONMENT.pin(WANTED)))
