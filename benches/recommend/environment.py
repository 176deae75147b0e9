#!/usr/bin/env python3
"""Makes the environment with implicit, whose ALS is timed beside vrec, in build/bench-recommend.

    environment.py          the virtual environment
    environment.py --pin    rewrites requirements.lock (after a change of WANTED)

A step whose result is there does nothing. Uses the standard library only.
"""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.append(str(ROOT / "tools" / "setup"))

from pinned import Environment, command  # noqa: E402

ENVIRONMENT = Environment(HERE / "requirements.lock", ROOT / "build" / "bench-recommend" / "venv")
WANTED = ["numpy==2.4.6", "implicit==0.7.3"]

if __name__ == "__main__":
    sys.exit(command("Set up the benchmark of building.", ENVIRONMENT.make, lambda: ENVIRONMENT.pin(WANTED)))
