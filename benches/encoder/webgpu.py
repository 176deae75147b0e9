"""The largest difference between vectors by the WebGPU provider and by the CPU, element by element.

A process of its own, which prints the number: the provider reads its environment when it is loaded,
and the driver's threads stay until the end. On a machine without a GPU the variables name SwiftShader,
a Vulkan driver that needs none (`make` sets them; see tools/setup/fetch.py swiftshader).

    python webgpu.py --library L --model M --runtime R --provider P

The model is one that the provider can run: the tiny one of the tests.
"""

from __future__ import annotations

import argparse
import ctypes
import sys
from pathlib import Path

import numpy as np

sys.path.append(str(Path(__file__).resolve().parents[1]))

from native_library import PROVIDER_WEBGPU, Provider, Setting  # noqa: E402
from rten import vectors  # noqa: E402

TEXTS = ["流浪地球", "深度学习基础", "a film about the sea", "How bridges are built", "海底两万里"]


def webgpu(provider_library: bytes) -> Provider:
    # Without flags: if it cannot serve, or leaves a matrix product to the CPU, that is an error.
    return Provider(
        struct_size=ctypes.sizeof(Provider), kind=PROVIDER_WEBGPU,
        library_path=provider_library, library_path_len=len(provider_library),
    )


def largest_difference(library: Path, model: Path, runtime: Path, provider_library: Path) -> float:
    """Raises Failure when the provider cannot serve."""
    expected = vectors(library, Setting(model, runtime), TEXTS)
    provider = webgpu(str(provider_library.resolve()).encode())
    found = vectors(library, Setting(model, runtime, providers=[provider]), TEXTS)
    difference = float(np.abs(expected - found).max())
    if not np.isfinite(difference):
        raise ArithmeticError("a vector is not finite")
    return difference


def main() -> None:
    parser = argparse.ArgumentParser(description="Print how far WebGPU's vectors are from the CPU's.")
    for name in ("library", "model", "runtime", "provider"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    arguments = parser.parse_args()
    print(largest_difference(arguments.library, arguments.model, arguments.runtime, arguments.provider))


if __name__ == "__main__":
    main()
