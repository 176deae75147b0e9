"""Torch, wherever it runs: as it is installed, or without the GPU libraries it asks for.

`environment.py` installs it for the CPU alone; see tools/setup/torch_on_cpu.py. On a machine with a GPU the host's own
torch serves.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EMPTY = ROOT / "build" / "train" / "empty-libraries"

if EMPTY.is_dir():
    sys.path.insert(0, str(ROOT / "tools" / "setup"))
    from torch_on_cpu import import_torch

    torch = import_torch(EMPTY)
else:
    import torch  # noqa: F401
