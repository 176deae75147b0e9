"""Python environments whose packages are pinned by version and SHA-256 in a requirements.lock.

A lock names every package, dependencies too, for Python 3.11 to 3.13 on x86-64 Linux. Programs that make such an
environment say what they want and where; `command` is their command line. Uses the standard library only.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fetch import FetchError, pip_environment

PYTHONS = ("3.11", "3.12", "3.13")
PLATFORMS = [f"manylinux_2_{minor}_x86_64" for minor in range(28, 4, -1)] + ["manylinux2014_x86_64"]
QUIET = ["--quiet", "--no-input", "--disable-pip-version-check"]


class SetUpError(Exception):
    """Something went wrong that the message explains."""


def run(command: list[str], failure: str, environment: dict[str, str] | None = None) -> None:
    result = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, check=False)
    if result.returncode != 0:
        raise SetUpError(f"{failure} (exit status {result.returncode}); see above")


@dataclass(frozen=True)
class Environment:
    """A virtual environment and its lock. `size` is what a user is told of the download."""

    lock: Path
    venv: Path
    size: str = ""
    leaves_out: Callable[[str], bool] = lambda requirement: False

    def make(self, install: Callable[[], None] | None = None) -> None:
        """Does nothing where the lock's environment is there. `install` may put packages into it its own way."""
        version = "%d.%d" % sys.version_info[:2]
        if platform.machine() != "x86_64" or version not in PYTHONS:
            raise SetUpError(
                f"{self.lock} is for Python {', '.join(PYTHONS)} on x86-64; this is {version} on {platform.machine()}"
            )
        stamp = self.venv / "vrec.stamp"
        wanted = f"{hashlib.sha256(self.lock.read_bytes()).hexdigest()} {version}\n"
        if stamp.is_file() and stamp.read_text() == wanted:
            print(f"environment: {self.venv} already there", flush=True)
            return
        print(f"environment: making {self.venv}{self.size and f' ({self.size} to download)'}", flush=True)
        shutil.rmtree(self.venv, ignore_errors=True)
        run([sys.executable, "-m", "venv", str(self.venv)], "no virtual environment could be made")
        if install is None:
            self.install(self.lock, "the packages", ["--only-binary=:all:"])
        else:
            install()
        stamp.write_text(wanted)

    def install(self, requirements: Path, what: str, options: list[str]) -> None:
        # Every package is in the lock; following dependencies could only bring others.
        command = [str(self.venv / "bin" / "python"), "-m", "pip", "install", *QUIET, "--no-deps", "--no-cache-dir"]
        command += [*options, "--require-hashes", "--requirement", str(requirements)]
        run(command, f"installing {what} failed", pip_environment())

    def pin(self, wanted: Sequence[str], source_only: Sequence[str] = ()) -> None:
        """Asks pip what these and all they need come to, and for the hashes of that for every Python."""
        requirements = [
            requirement for requirement in map(requirement_of, resolved(wanted, [])) if not self.leaves_out(requirement)
        ]
        packages = []
        for python in PYTHONS:
            chosen = ["--no-deps", "--implementation", "cp", "--python-version", python]
            for name in PLATFORMS:
                chosen += ["--platform", name]
            packages += resolved(requirements, chosen)
        for requirement in source_only:
            packages += resolved([requirement], ["--no-deps", f"--no-binary={name_of(requirement)}"])
        hashes: dict[str, set[str]] = {}
        for package in packages:
            found = package["download_info"]["archive_info"]["hashes"]["sha256"]
            hashes.setdefault(requirement_of(package), set()).add(found)
        lines = [
            " \\\n    ".join([requirement, *(f"--hash=sha256:{found}" for found in sorted(hashes[requirement]))])
            for requirement in sorted(hashes)
        ]
        heading = f"# Written by {Path(sys.argv[0]).name} --pin. For pip install --no-deps --require-hashes.\n"
        self.lock.write_text(heading + "\n".join(lines) + "\n", encoding="utf-8")


def name_of(requirement: str) -> str:
    return requirement.split("==")[0]


def requirement_of(package: dict) -> str:
    metadata = package["metadata"]
    return f"{metadata['name'].lower().replace('_', '-')}=={metadata['version']}"


def resolved(requirements: Sequence[str], options: list[str]) -> list[dict]:
    """The packages that pip would install, without installing them; wheels unless the options say otherwise."""
    print("resolving", *options[:5], flush=True)
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        command = [sys.executable, "-m", "pip", "install", *QUIET, "--dry-run", "--ignore-installed"]
        command += ["--target", folder, "--report", str(report)]
        if not any(option.startswith("--no-binary") for option in options):
            command.append("--only-binary=:all:")
        run([*command, *options, *requirements], "pip found no versions", pip_environment())
        return json.loads(report.read_text(encoding="utf-8"))["install"]


def command(description: str, make: Callable[[], None], pin: Callable[[], None]) -> int:
    """The command line of a program that makes an environment: `--pin` rewrites its lock."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--pin", action="store_true", help="rewrite requirements.lock")
    try:
        (pin if parser.parse_args().pin else make)()
    except (SetUpError, FetchError) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 1
    return 0
