#!/usr/bin/env python3
"""Makes the environment with implicit, whose ALS is timed beside vrec, in build/bench-recommend.

    environment.py          the virtual environment
    environment.py --pin    rewrites requirements.lock (after a change of WANTED)

Packages are pinned by version and SHA-256 in requirements.lock for Python 3.11 to 3.13 on x86-64
Linux. A step whose result is there does nothing. Uses the standard library only.
"""

from __future__ import annotations

import argparse
import hashlib
import platform
import shutil
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.append(str(ROOT / "benches" / "encoder"))

from set_up import PLATFORMS, PYTHONS, SetUpError, requirement_of, resolved, run  # noqa: E402
from fetch import pip_environment  # noqa: E402

LOCK = HERE / "requirements.lock"
VENV = ROOT / "build" / "bench-recommend" / "venv"
WANTED = ["numpy==2.4.6", "implicit==0.7.3"]


def make_environment() -> None:
    version = "%d.%d" % sys.version_info[:2]
    if platform.machine() != "x86_64" or version not in PYTHONS:
        raise SetUpError(
            f"the benchmark is pinned for Python {', '.join(PYTHONS)} on x86-64; this is {version} on {platform.machine()}"
        )
    stamp = VENV / "vrec.stamp"
    wanted = f"{hashlib.sha256(LOCK.read_bytes()).hexdigest()} {version}\n"
    if stamp.is_file() and stamp.read_text() == wanted:
        print(f"environment: {VENV} already there", flush=True)
        return
    print(f"environment: making {VENV}", flush=True)
    shutil.rmtree(VENV, ignore_errors=True)
    run([sys.executable, "-m", "venv", str(VENV)], "no virtual environment could be made")
    command = [str(VENV / "bin" / "python"), "-m", "pip", "install", "--quiet", "--no-input", "--no-deps"]
    command += ["--disable-pip-version-check", "--no-cache-dir", "--only-binary=:all:", "--require-hashes"]
    run(command + ["--requirement", str(LOCK)], "installing the packages failed", pip_environment())
    stamp.write_text(wanted)


def pin() -> None:
    """Asks pip what WANTED and all it needs come to, and for the hashes of that for every Python."""
    requirements = [requirement_of(package) for package in resolved(WANTED, [])]
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
    heading = "# Written by environment.py --pin. For pip install --no-deps --require-hashes.\n"
    LOCK.write_text(heading + "\n".join(lines) + "\n", encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description="Set up the benchmark of building.")
    parser.add_argument("--pin", action="store_true", help="rewrite requirements.lock")
    arguments = parser.parse_args()
    try:
        if arguments.pin:
            pin()
            return 0
        make_environment()
    except SetUpError as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
