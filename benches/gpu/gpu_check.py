"""Checks and measures vrec on an NVIDIA card: what `make gpu-check` runs.

For the model with float16 and the one with 8-bit integers:

 - vrec's vectors on the card against vrec's own on the CPU, same model folder: the smallest cosine
   over texts in Chinese and English must be 0.999 or more, else the exit status is 1;
 - texts a second by the size of a batch, of vrec, of a loop in Python around the same session, and
   of that session alone; the best of three rounds each, and every side in a process of its own.

Prints a table in Markdown for docs/performance.md and lines `figure gpu.NAME VALUE`. Run it with the
Python that `tools/setup/fetch.py gpu-check` makes. The exit status is 2 where no card is.

`--provider cpu` is a rehearsal without a card: the same roads, on the CPU. Its lines begin with
`rehearsal`, for they say nothing about a GPU.
"""

from __future__ import annotations

import argparse
import datetime
import importlib.metadata
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "benches" / "encoder"))

import corpus  # noqa: E402
import preflight  # noqa: E402

LOWEST_COSINE = 0.999
COMPARED_TEXTS = 512
TIMED_TEXTS = 4096
BATCHES = (1, 8, 32, 128, 512)
PYTHON_PACKAGE = {"cuda": "onnxruntime-gpu", "cpu": "onnxruntime"}


class WorkerFailed(Exception):
    """A side could not do its work; it has said why."""


@dataclass(frozen=True)
class Model:
    label: str
    folder: Path
    partial: bool  # whether the CPU may have some of the matrix products


@dataclass(frozen=True)
class Outcome:
    model: Model
    lowest_cosine: float
    mean_cosine: float
    products: dict[str, int]  # execution provider -> matrix products
    speeds: dict[str, dict[str, float]]  # side -> batch -> texts a second


class Check:
    def __init__(self, arguments: argparse.Namespace, texts: list[str]) -> None:
        self._provider: str = arguments.provider
        self._common = {"library": str(arguments.library), "runtime": str(arguments.runtime)}
        self._timing = {"batches": arguments.batches, "seconds": arguments.seconds}
        self._texts = texts

    def run(self, model: Model) -> Outcome:
        print(f"{model.label}: vectors ...", flush=True)
        cosines, products = self._compare(model)
        print(f"{model.label}: speed of vrec ...", flush=True)
        speeds = {"vrec": self._work(model, side="vrec", **self._timing)["speeds"]}
        print(f"{model.label}: speed of Python ...", flush=True)
        in_python = self._work(model, side="python", **self._timing)
        speeds.update(python=in_python["speeds"], session=in_python["session_speeds"])
        return Outcome(model, float(cosines.min()), float(cosines.mean()), products, speeds)

    def _compare(self, model: Model) -> tuple[np.ndarray, dict[str, int]]:
        with tempfile.TemporaryDirectory() as folder:
            files = {"expected": Path(folder, "expected.npy"), "found": Path(folder, "found.npy")}
            texts = self._texts[:COMPARED_TEXTS]
            self._work(model, side="vrec", provider="cpu", texts=texts, vectors=str(files["expected"]))
            result = self._work(model, side="vrec", texts=texts, vectors=str(files["found"]))
            expected, found = np.load(files["expected"]), np.load(files["found"])
        lengths = np.linalg.norm(expected, axis=1) * np.linalg.norm(found, axis=1)
        cosines = (expected * found).sum(axis=1) / lengths
        return cosines, {share["provider"]: share["products"] for share in result["shares"]}

    def _work(self, model: Model, **work: object) -> dict:
        request = {
            "model": str(model.folder), "provider": self._provider, "texts": self._texts, **self._common, **work
        }
        request["partial"] = model.partial and request["provider"] != "cpu"
        result = subprocess.run(
            [sys.executable, "-B", str(Path(__file__).with_name("worker.py"))], input=json.dumps(request),
            stdout=subprocess.PIPE, env=_environment(), text=True, check=False,
        )
        if result.returncode != 0:
            raise WorkerFailed(f"{request['side']} failed on {request['provider']} with {model.label}; see above")
        return json.loads(result.stdout.splitlines()[-1])


def _environment() -> dict[str, str]:
    """The loader finds CUDA's libraries in the folders of their wheels."""
    packages = Path(importlib.util.find_spec("numpy").origin).parents[1]
    folders = [str(folder) for folder in sorted(packages.glob("nvidia/*/lib"))]
    given = os.environ.get("LD_LIBRARY_PATH", "")
    return {**os.environ, "LD_LIBRARY_PATH": ":".join([*folders, given] if given else folders)}


def runtime_of_this_python() -> Path:
    """The runtime's library in the wheel: the CUDA provider's lies beside it."""
    folder = Path(importlib.util.find_spec("onnxruntime").origin).parent / "capi"
    return next(folder.glob("libonnxruntime.so.*"))


def table(outcome: Outcome) -> list[str]:
    lines = [
        f"| {outcome.model.label}, texts in a batch | vrec, texts/s | Python, texts/s | its session alone, texts/s |",
        "|---|---|---|---|",
    ]
    for batch in outcome.speeds["vrec"]:
        sides = [outcome.speeds[side][batch] for side in ("vrec", "python", "session")]
        lines.append(f"| {batch} | " + " | ".join(f"{speed:,.0f}" for speed in sides) + " |")
    shares = ", ".join(f"{name} {count}" for name, count in sorted(outcome.products.items()))
    lines.append("")
    lines.append(
        f"Cosine with the CPU's vectors: {outcome.lowest_cosine:.6f} at the lowest, {outcome.mean_cosine:.6f} in the "
        f"mean of {COMPARED_TEXTS} texts. Matrix products of the graph: {shares}."
    )
    return lines


def heading(card: str, provider: str) -> str:
    package = next(name for name in (PYTHON_PACKAGE[provider], *PYTHON_PACKAGE.values()) if _version(name))
    versions = ", ".join(f"{name} {_version(name)}" for name in (package, "nvidia-cudnn-cu13") if _version(name))
    return f"{card}; {datetime.date.today().isoformat()}; {versions}; Python {sys.version.split()[0]}."


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def figures(outcomes: list[Outcome]) -> dict[str, float]:
    found = {"cosine_min": min(outcome.lowest_cosine for outcome in outcomes)}
    for outcome in outcomes:
        best = {side: max(speeds.values()) for side, speeds in outcome.speeds.items()}
        found[f"texts_per_second_{outcome.model.label}"] = best["vrec"]
        found[f"vrec_vs_python_{outcome.model.label}"] = best["vrec"] / best["python"]
    return found


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("library", "fp16-model", "int8-model", "catalog"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--runtime", type=Path, help="default: the one of this Python's onnxruntime")
    parser.add_argument("--provider", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument("--batches", type=int, nargs="+", default=list(BATCHES))
    parser.add_argument("--seconds", type=float, default=3.0, help="of each round; there are three")
    arguments = parser.parse_args()
    arguments.runtime = arguments.runtime or runtime_of_this_python()
    return arguments


def main() -> int:
    arguments = parse()
    on_card = arguments.provider == "cuda"
    try:
        card = str(preflight.usable_card()) if on_card else "Rehearsal on the CPU, no GPU"
        check = Check(arguments, corpus.mixed(arguments.catalog)[:TIMED_TEXTS])
        models = [Model("fp16", arguments.fp16_model, partial=False), Model("int8", arguments.int8_model, partial=True)]
        outcomes = [check.run(model) for model in models]
    except preflight.NoCard as error:
        print(f"error: no GPU check here: {error}", file=sys.stderr)
        return preflight.EXIT_NO_CARD
    except WorkerFailed as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"\n{heading(card, arguments.provider)}\n")
    for outcome in outcomes:
        print("\n".join(table(outcome)), end="\n\n")
    found = figures(outcomes)
    for name, value in found.items():
        digits = 6 if name == "cosine_min" else 3 if "_vs_" in name else 0
        print(f"{'figure gpu' if on_card else 'rehearsal'}.{name} {value:.{digits}f}")
    if not found["cosine_min"] >= LOWEST_COSINE:
        print(f"error: a cosine of {found['cosine_min']:.6f} is below {LOWEST_COSINE}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
