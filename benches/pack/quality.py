#!/usr/bin/env python3
"""How good lists are on a pack, and its bytes: `figure pack.loo.…`, `figure pack.unseen_users_loss`, `figure pack.bytes`.

    quality.py --command vrec --data DIR [--encoder MODEL --store EMBEDDED --runtime LIBRARY] [--sequence DIR]

Packs are written and measured by `vrec eval` (docs/evaluation.md), on the split `loo`: one of all users, and one that
a fifth of the users is no part of. All users are asked as households on the first; that fifth on both, which gives what it
costs to be unknown. A large pack of all users (`figure pack.large.…`) has more cells, as many as 10 MB hold beside
vectors of texts. Whatever few profiles stand behind is told, since the data set has some hundreds of users where a
service has millions. Uses the standard library only.
"""

from __future__ import annotations

import argparse
import secrets
import subprocess
import tempfile
from pathlib import Path

LARGE = ("--transitions-per-item", 250, "--pairs-per-item", 250, "--weights-per-item", 100)


class Measurement:
    def __init__(self, options: argparse.Namespace, folder: Path) -> None:
        self.command, self.folder = options.command.resolve(), folder
        self.arguments = ["eval", "--data", options.data, "--split", "loo"]
        for name in ("encoder", "store", "runtime", "sequence"):
            if getattr(options, name):
                self.arguments += [f"--{name}", getattr(options, name)]
        self.key, self.public_key = folder / "key", folder / "public-key"
        self.key.write_bytes(secrets.token_bytes(32))
        self.public_key.write_text(self.vrec("pack", "public-key", "--signing-key-file", self.key))

    def vrec(self, *arguments: object) -> str:
        return subprocess.run([self.command, *map(str, arguments)], check=True, text=True, stdout=subprocess.PIPE).stdout

    def figures(self, *arguments: object) -> dict[str, float]:
        lines = self.vrec(*self.arguments, *arguments).splitlines()
        return {name: float(value) for word, name, value in (line.split() for line in lines if line.startswith("figure "))}

    def write(self, name: str, *arguments: object) -> Path:
        pack = self.folder / name
        self.figures("--write-pack", pack, "--signing-key-file", self.key, "--least-profiles", 1, *arguments)
        return pack

    def measure(self, pack: Path, *arguments: object) -> tuple[float, float]:
        found = self.figures("--pack", pack, "--trust", self.public_key, *arguments)
        return found["eval.loo.recall10"], found["eval.loo.ndcg10"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("command", "data"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    for name in ("encoder", "store", "runtime", "sequence"):
        parser.add_argument(f"--{name}", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measurement = Measurement(options, Path(folder))
        everybody, without = measurement.write("everybody"), measurement.write("without", "--held-out")
        print(f"figure pack.bytes {everybody.stat().st_size}", flush=True)
        recall, ndcg = measurement.measure(everybody)
        print(f"figure pack.loo.recall10 {recall:.4f}\nfigure pack.loo.ndcg10 {ndcg:.4f}", flush=True)
        large = measurement.write("large", *LARGE)
        print(f"figure pack.large.bytes {large.stat().st_size}", flush=True)
        recall, ndcg = measurement.measure(large)
        print(f"figure pack.large.loo.recall10 {recall:.4f}\nfigure pack.large.loo.ndcg10 {ndcg:.4f}", flush=True)
        _, seen = measurement.measure(everybody, "--held-out")
        _, unseen = measurement.measure(without, "--held-out")
        print(f"figure pack.unseen_users_loss {1 - unseen / seen:.4f}")


if __name__ == "__main__":
    main()
