"""The encoder against its peers, in one run; what `make bench-encoder` calls.

Ways from texts to unit vectors are timed in turn, round by round, on the same mixed texts
(corpus.py), so that whatever else the machine does falls on all of them:

    vrec             vrec_embed_batch through ctypes, nothing remembered
    python_ort       a hand-written loop around ONNX Runtime on the same files (peers.py)
    torch_fp32       sentence-transformers
    torch_int8       torch's dynamic 8-bit integers, in a hand-written loop

Each peer first tries several sizes of batch and keeps its fastest; vrec runs as it is delivered. A
ratio is the other's time over vrec's in the same round, and the figure is the median over the rounds:
above 1, vrec is faster. Figures are for one thread, in time of the processor, which other programs
disturb less; with two threads the clock on the wall is used, and the ratios are printed only.

Then, each in a process of its own: what the library adds to a single run (timing.rs), memory while
embedding 10,000 texts (memory.py), the rten backend and the WebGPU provider against the CPU. A step
that cannot run ends the benchmark with an error.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

# Before the tokenizers are imported: as many threads as the run says, no pool of their own.
os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ["TRANSFORMERS_VERBOSITY"] = "error"

import numpy as np  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
sys.path += [str(ROOT / "benches"), str(ROOT / "tools" / "setup")]

import corpus  # noqa: E402
import peers  # noqa: E402
import rten  # noqa: E402
import torch_on_cpu  # noqa: E402
from native_library import Engine, Setting, TextBlock  # noqa: E402

HERE = Path(__file__).resolve().parent
BUDGETS = (256, 512, 1024)
BATCH_SIZES = (8, 16, 32)
TEXTS = 1_000
TRIAL_TEXTS = 200
NAIVE_BATCH = 32
MEMORY_TEXTS = 10_000
RTEN_TEXTS = 200
LEAST_AGREEMENT = 0.995  # mean cosine of 8-bit and float32 vectors; a wrong model is far below
Embed = Callable[[Sequence[str]], np.ndarray]


@dataclass
class Contestant:
    name: str
    embed: Embed
    how: str


class Vrec:
    def __init__(self, library: Path, model: Path, runtime: Path, threads: int) -> None:
        self._engine = Engine(library, Setting(model, runtime, threads=threads))

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        block = TextBlock(texts)
        vectors = self._engine.new_vectors(block.count)
        self._engine.embed_into(block, vectors)
        return np.frombuffer(vectors, np.float32).reshape(block.count, -1)


def timed(work: Callable[[], object], clock: Callable[[], float]) -> float:
    start = clock()
    work()
    return clock() - start


def tuned(name: str, embed: Callable[[Sequence[str], int], np.ndarray], sizes: Sequence[int], texts: Sequence[str],
          clock: Callable[[], float]) -> Contestant:
    """The contestant with its fastest batches: the least of two tries of each size, in turn."""
    embed(texts[:50], sizes[0])
    least = {size: float("inf") for size in sizes}
    for _ in range(2):
        for size in sizes:
            least[size] = min(least[size], timed(lambda: embed(texts, size), clock))
    best = min(least, key=least.__getitem__)
    speeds = ", ".join(f"{size}: {len(texts) / seconds:.0f}" for size, seconds in least.items())
    print(f"  {name}: texts a second by size of batch {speeds}; takes {best}", flush=True)
    return Contestant(name, lambda given: embed(given, best), f"batches of {best}")


def print_texts(texts: Sequence[str], model: Path) -> None:
    tokenizer = peers.open_tokenizer(model)
    lengths = [len(encoding.ids) for encoding in tokenizer.encode_batch([peers.PREFIX + text for text in texts])]
    marks = ", ".join(f"{mark} %: {np.percentile(lengths, mark):.0f}" for mark in (10, 25, 50, 75, 90, 99))
    print(f"{len(texts)} distinct texts of {np.mean(lengths):.1f} tokens on average ({marks}, most {max(lengths)})")


def check_agreement(contestants: Sequence[Contestant], texts: Sequence[str]) -> None:
    """Says how near each one's vectors are to vrec's, and refuses to time another model."""
    vectors = {contestant.name: contestant.embed(texts) for contestant in contestants}
    for name, found in vectors.items():
        cosines = (vectors["vrec"] * found).sum(axis=1)
        print(f"  {name}: cosine to vrec's vectors {cosines.mean():.4f} on average, at least {cosines.min():.4f}")
        # Torch's 8-bit integers know one scale for a whole matrix and are far less exact; it is timed all the same.
        if name != "torch_int8" and cosines.mean() < LEAST_AGREEMENT:
            raise ArithmeticError(f"{name} does not run the same model")


def race(contestants: Sequence[Contestant], texts: Sequence[str], rounds: int, clock: Callable[[], float]
         ) -> dict[str, list[float]]:
    for contestant in contestants:
        contestant.embed(texts[:TRIAL_TEXTS])
    seconds: dict[str, list[float]] = {contestant.name: [] for contestant in contestants}
    for number in range(rounds):
        # Every round begins with another one, so that none always follows the same.
        turn = number % len(contestants)
        for contestant in [*contestants[turn:], *contestants[:turn]]:
            seconds[contestant.name].append(timed(lambda: contestant.embed(texts), clock))
    return seconds


def ratios(seconds: dict[str, list[float]]) -> dict[str, float]:
    return {
        name: float(np.median(np.divide(times, seconds["vrec"]))) for name, times in seconds.items() if name != "vrec"
    }


def naive(embed: Callable[[Sequence[str], int], np.ndarray]) -> Embed:
    """Batches as the texts come, unsorted, as many do it."""
    def batched(texts: Sequence[str]) -> np.ndarray:
        starts = range(0, len(texts), NAIVE_BATCH)
        return np.concatenate([embed(texts[start : start + NAIVE_BATCH], sys.maxsize) for start in starts])

    return batched


def compare(arguments: argparse.Namespace, texts: Sequence[str], threads: int) -> dict[str, float]:
    clock = time.process_time if threads == 1 else time.perf_counter
    print(f"\n{threads} thread(s), {'processor' if threads == 1 else 'wall'} time", flush=True)
    torch = torch_on_cpu.import_torch(arguments.peers / "empty-libraries")
    torch.set_num_threads(threads)
    folder = arguments.peers / "torch-model"
    loop = peers.OrtLoop(arguments.model, threads)
    int8 = peers.TorchInt8(torch, folder)
    trial = texts[:TRIAL_TEXTS]
    contestants = [
        Contestant("vrec", Vrec(arguments.library, arguments.model, arguments.runtime, threads).embed, "as delivered"),
        tuned("python_ort", loop.embed, BUDGETS, trial, clock),
        tuned("torch_fp32", peers.SentenceTransformers(folder).embed, BATCH_SIZES, trial, clock),
        tuned("torch_int8", int8.embed, BUDGETS, trial, clock),
    ]
    check_agreement(contestants, trial)
    seconds = race(contestants, texts, arguments.rounds, clock)
    for contestant in contestants:
        best = len(texts) / min(seconds[contestant.name])
        print(f"  {contestant.name} ({contestant.how}): {best:.0f} texts a second")
    found = ratios(seconds)
    print("  time against vrec's: " + ", ".join(f"{name} {ratio:.3f}" for name, ratio in found.items()))
    unsorted = [Contestant("ort", naive(loop.embed), ""), Contestant("torch_int8", naive(int8.embed), "")]
    speeds = {name: TRIAL_TEXTS / min(times) for name, times in race(unsorted, trial, 2, clock).items()}
    print(f"  batches of {NAIVE_BATCH} unsorted: " + ", ".join(f"{name} {speed:.0f}" for name, speed in speeds.items()))
    sys.stdout.flush()
    return found


def output_of(command: Sequence[object], **variables: str) -> str:
    """What a step prints; raises CalledProcessError when it fails."""
    environment = {**os.environ, **variables}
    done = subprocess.run([str(part) for part in command], env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout


def figure_in(output: str, name: str) -> float:
    for line in output.splitlines():
        if line.startswith(f"figure {name} "):
            return float(line.split()[2])
    raise LookupError(f"a step printed no figure {name}")


def single_overhead(arguments: argparse.Namespace, texts: Sequence[str]) -> float:
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        json.dump(list(texts), file)
        file.flush()
        output = output_of([arguments.timing, arguments.model, arguments.runtime, file.name])
    print("".join(line + "\n" for line in output.splitlines() if not line.startswith("figure ")), end="")
    return figure_in(output, "encoder.single_overhead")


def peak_over_open(arguments: argparse.Namespace) -> float:
    command = [sys.executable, "-B", HERE / "memory.py", "--library", arguments.library, "--model", arguments.model]
    command += ["--runtime", arguments.runtime, "--catalog", arguments.catalog, "--count", MEMORY_TEXTS]
    memory = json.loads(output_of(command))
    opened, peak = memory["open"] - memory["caller"], memory["peak"] - memory["caller"]
    print(
        f"memory of the library: {opened / 1e6:.0f} MB after open, at most {peak / 1e6:.0f} MB while embedding "
        f"{memory['texts']} texts (the caller's {memory['caller'] / 1e6:.0f} MB, texts and vectors included, left out)"
    )
    return peak / opened


def rten_cosine(arguments: argparse.Namespace, texts: Sequence[str]) -> float:
    """The smallest cosine over both of the models in standard operators, the float32 and the 8-bit one."""
    found = []
    for model in (arguments.rten_float_model, arguments.rten_model):
        cosines = rten.cosines(arguments.library, arguments.rten_library, model, arguments.runtime, texts)
        print(f"rten and ONNX Runtime on {model.name}: cosine mean {cosines.mean():.6f}, least {cosines.min():.6f}")
        found.append(float(cosines.min()))
    for line in rten.costs(arguments.library, arguments.rten_library, arguments.rten_model, arguments.runtime, texts):
        print(line)
    return min(found)


def webgpu_difference(arguments: argparse.Namespace) -> float:
    command = [sys.executable, "-B", HERE / "webgpu.py", "--library", arguments.library]
    command += ["--model", arguments.webgpu_model, "--runtime", arguments.runtime, "--provider", arguments.webgpu]
    return float(output_of(command))


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Print the encoder's figures against its peers.")
    for name, meaning in (
        ("library", "libvrec.so"), ("rten-library", "libvrec.so with the feature rten"),
        ("rten-model", "the 8-bit model in standard operators"), ("rten-float-model", "the float32 one"), ("model", "the model's folder"),
        ("runtime", "the ONNX Runtime library"), ("catalog", "the example catalogue"),
        ("peers", "build/bench-encoder, made by set_up.py"), ("timing", "the program of timing.rs"),
        ("webgpu", "the WebGPU provider's library"), ("webgpu-model", "a model that it can run"),
    ):
        parser.add_argument(f"--{name}", type=Path, required=True, help=meaning)
    parser.add_argument("--rounds", type=int, default=5)
    return parser.parse_args()


def main() -> None:
    arguments = read_arguments()
    texts = corpus.mixed(arguments.catalog)[:TEXTS]
    print_texts(texts, arguments.model)
    figures = {f"batch_vs_{name}": ratio for name, ratio in compare(arguments, texts, 1).items()}
    compare(arguments, texts, 2)
    print()
    figures["single_overhead"] = single_overhead(arguments, texts)
    figures["peak_over_open"] = peak_over_open(arguments)
    figures["rten_cosine"] = rten_cosine(arguments, texts[:RTEN_TEXTS])
    figures["webgpu_difference"] = webgpu_difference(arguments)
    for name in ("batch_vs_python_ort", "batch_vs_torch_fp32", "batch_vs_torch_int8", "single_overhead", "peak_over_open"):
        print(f"figure encoder.{name} {figures[name]:.3f}")
    print(f"figure encoder.rten_cosine {figures['rten_cosine']:.6f}")
    print(f"figure encoder.webgpu_difference {figures['webgpu_difference']:.2e}")


if __name__ == "__main__":
    main()
