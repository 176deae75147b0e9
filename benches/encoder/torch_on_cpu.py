"""Imports torch where its GPU libraries are not installed.

The only torch for x86-64 Linux in the package index is built for CUDA, and its loader asks for some
2 GB of GPU libraries that nothing here calls. setup.py leaves them out and puts empty libraries of
the same names into one folder; they are loaded first, and torch's own libraries with lazy binding,
so that a function of theirs is missed only if it is called. What runs on the CPU is torch's own
code, untouched.
"""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path
from types import ModuleType


def import_torch(empty_libraries: Path) -> ModuleType:
    paths = sorted(empty_libraries.glob("*.so*"))
    if not paths:
        raise FileNotFoundError(f"{empty_libraries} has no libraries; run benches/encoder/setup.py")
    for path in paths:
        ctypes.CDLL(str(path), mode=ctypes.RTLD_GLOBAL)
    before = sys.getdlopenflags()
    sys.setdlopenflags(os.RTLD_LAZY)
    try:
        import torch
    finally:
        sys.setdlopenflags(before)
    return torch
