"""Torch where its GPU libraries are not installed.

The only torch for x86-64 Linux in the package index is built for CUDA, and its loader asks for some 2 GB of GPU libraries
that nothing here calls. Locks leave them out (`is_left_out`), and empty libraries of the same names lie in one folder;
they are loaded first, and torch's own libraries with lazy binding, so that a function of theirs is missed only if it is
called. What runs on the CPU is torch's own code, untouched.
"""

from __future__ import annotations

import ctypes
import os
import sys
import tempfile
from pathlib import Path
from types import ModuleType

from pinned import name_of, run

# Torch's CUDA build asks for these; of the first kind two small ones are called when it starts.
GPU_PACKAGES = ("nvidia-", "cuda-", "triton")
GPU_PACKAGES_KEPT = {"nvidia-cuda-runtime", "nvidia-cuda-cupti"}

# What torch 2.15's libraries name as needed and locks leave out. Of NVSHMEM it takes the addresses of four things when it
# is loaded, so those must exist, in the version it names.
EMPTY_LIBRARIES = (
    "libcublas.so.13", "libcublasLt.so.13", "libcudnn.so.9", "libcufft.so.12", "libcufile.so.0",
    "libcusparse.so.12", "libcusparseLt.so.0", "libnccl.so.2", "libnvrtc.so.13",
)
NVSHMEM = "libnvshmem_host.so.3"
NVSHMEM_NAMES = (
    "nvshmem_init", "nvshmem_selected_device_transport", "nvshmemi_device_only_state",
    "nvshmemi_get_device_state_ptrs",
)


def is_left_out(requirement: str) -> bool:
    return requirement.startswith(GPU_PACKAGES) and name_of(requirement) not in GPU_PACKAGES_KEPT


def make_empty_libraries(empty: Path) -> None:
    if all((empty / name).is_file() for name in (*EMPTY_LIBRARIES, NVSHMEM)):
        print(f"empty libraries: {empty} already there", flush=True)
        return
    empty.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        source, versions = Path(folder, "source.c"), Path(folder, "versions")
        source.write_text("")
        for name in EMPTY_LIBRARIES:
            compile_library(source, empty / name, [])
        source.write_text("char " + ", ".join(NVSHMEM_NAMES) + ";\n")
        versions.write_text("NVSHMEM { global: *; };\n")
        compile_library(source, empty / NVSHMEM, [f"-Wl,--version-script={versions}"])
    print(f"empty libraries: made {empty}", flush=True)


def compile_library(source: Path, library: Path, options: list[str]) -> None:
    command = [os.environ.get("CC", "cc"), "-shared", "-fPIC", "-nostdlib", f"-Wl,-soname,{library.name}", *options]
    run([*command, str(source), "-o", str(library)], f"{library.name} could not be compiled")


def import_torch(empty_libraries: Path) -> ModuleType:
    paths = sorted(empty_libraries.glob("*.so*"))
    if not paths:
        raise FileNotFoundError(f"{empty_libraries} has no libraries; the program that makes the environment makes them")
    for path in paths:
        ctypes.CDLL(str(path), mode=ctypes.RTLD_GLOBAL)
    before = sys.getdlopenflags()
    sys.setdlopenflags(os.RTLD_LAZY)
    try:
        import torch
    finally:
        sys.setdlopenflags(before)
    return torch
