"""The library's vectors equal those of an independent Python encoder on the same files.

Fifty texts in Chinese, English and both, empty, emoji-only and long ones included, one at a time
and as one batch; then texts that need cleaning against their clean forms.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools" / "model"))
sys.path.insert(0, str(ROOT / "benches" / "embed"))

import reference  # noqa: E402
from library import Engine  # noqa: E402

LOWEST_COSINE = 0.9999

CLEANED = {
    "<p>Tom &amp; <b>Jerry</b></p>": "Tom & Jerry",
    "  many \t spaces\r\nand\nlines ": "many spaces and lines",
    "４Ｋ　超清（第２版）": "4K 超清(第2版)",
    "zero\u200bwidth\ufeff and \u202ebidirectional": "zerowidth and bidirectional",
}


class Checks:
    """Counts what passed, and says what did not."""

    def __init__(self) -> None:
        self.passed = self.failed = 0

    def check(self, holds: bool, name: str) -> None:
        self.passed += holds
        self.failed += not holds
        print(f"{'ok' if holds else 'FAILED'} {name}")


def resident_megabytes() -> float:
    """The memory of this process that is in use now."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("library", "model", "runtime"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    arguments = parser.parse_args()
    engine = Engine(arguments.library, arguments.model, arguments.runtime)
    texts = json.loads((ROOT / "tools/model/reference_texts.json").read_text(encoding="utf-8"))
    checks = Checks()

    checks.check(len(texts) >= 50 and "" in texts and any(len(text) >= 2_000 for text in texts), "the texts are there")
    expected = reference.open_folder(arguments.model).encode_all(texts)
    single = np.stack([engine.embed(text) for text in texts])
    batch = engine.embed_batch(texts)
    for name, found in (("one at a time", single), ("as one batch", batch)):
        cosines = (found * expected).sum(axis=1)
        worst = int(cosines.argmin())
        message = f"{name}: smallest cosine {cosines[worst]:.6f} at text {worst} ({texts[worst][:24]!r})"
        checks.check(cosines[worst] >= LOWEST_COSINE, message)
    lengths = np.linalg.norm(single, axis=1)
    checks.check(bool(np.allclose(lengths, 1, atol=1e-5)), "every vector is of unit length")
    for dirty, clean in CLEANED.items():
        checks.check(np.array_equal(engine.embed(dirty), engine.embed(clean)), f"{dirty!r} is cleaned")
    long_text = texts[max(range(len(texts)), key=lambda i: len(texts[i]))]
    checks.check(not np.allclose(engine.embed(long_text), engine.embed(long_text[:-200])), "the end of a long text counts")

    engine.add_title("a", texts[0] or "a")
    before = resident_megabytes()
    engine.trim()
    given_back = before - resident_megabytes()
    checks.check(given_back > 100, f"trim gives the open model's memory back: {given_back:.0f} of {before:.0f} MB")
    checks.check(np.array_equal(engine.embed(texts[1]), single[1]), "and the next text opens the model again")

    engine.close()
    print(f"{checks.passed} passed, {checks.failed} failed")
    sys.exit(checks.failed > 0)


if __name__ == "__main__":
    main()
