#!/usr/bin/env python3
"""Makes the environment that train.py runs in, in build/train: torch for the CPU, numpy and onnx.

    environment.py          the virtual environment and the empty GPU libraries
    environment.py --pin    rewrites requirements.lock (after a change of WANTED)

Packages are pinned by version and SHA-256 in requirements.lock for Python 3.11 to 3.13 on x86-64 Linux; about 0.7 GB to
download. A step whose result is there does nothing. Needs a C compiler and the standard library. On a machine with a GPU
train.py runs with the torch that is installed there.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.append(str(ROOT / "benches" / "encoder"))

from set_up import SetUpError, make_empty_libraries, make_environment, pin  # noqa: E402

LOCK = HERE / "requirements.lock"
BUILD = ROOT / "build" / "train"
WANTED = ["numpy==2.4.6", "onnx==1.23.2", "torch==2.15.0"]


def main() -> int:
    parser = argparse.ArgumentParser(description="Set up the training of the network.")
    parser.add_argument("--pin", action="store_true", help="rewrite requirements.lock")
    arguments = parser.parse_args()
    try:
        if arguments.pin:
            pin(WANTED, LOCK, "environment.py")
            return 0
        make_environment(LOCK, BUILD / "venv")
        make_empty_libraries(BUILD / "empty-libraries")
    except SetUpError as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
