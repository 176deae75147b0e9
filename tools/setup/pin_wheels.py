#!/usr/bin/env python3
"""Rewrites wheels.lock.json: the wheels of every Python and machine, with their SHA-256.

To move to other versions, edit the `packages` part of wheels.lock.json and run
this script; it downloads every wheel into a temporary folder and replaces the
rest of the file. Look at the difference before committing it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from fetch import LOCK_FILE, pip_environment, sha256_of

PYTHONS = ("3.11", "3.12", "3.13")
MACHINES = ("x86_64", "aarch64")
PLATFORMS = ("manylinux_2_28", "manylinux_2_27", "manylinux_2_17", "manylinux2014")
RUNTIME_MEMBER = "onnxruntime/capi/libonnxruntime.so."


def download_all(packages: dict[str, dict], folder: Path) -> None:
    environment = pip_environment()
    for name, package in packages.items():
        machines = MACHINES if package["install"] else MACHINES[:1]
        pythons = PYTHONS if package["install"] else PYTHONS[:1]
        for machine in machines:
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


def describe(path: Path) -> dict[str, object]:
    package = path.name.split("-")[0]
    return {"package": package, "file": path.name, "bytes": path.stat().st_size, "sha256": sha256_of(path)}


def runtime_libraries(wheels: list[Path], folder: Path) -> dict[str, dict]:
    """For each machine the ONNX Runtime library, which must not differ between Pythons."""
    found: dict[str, dict] = {}
    for path in wheels:
        if not path.name.startswith("onnxruntime-"):
            continue
        machine = next(machine for machine in MACHINES if path.name.endswith(f"_{machine}.whl"))
        with zipfile.ZipFile(path) as archive:
            member = next(name for name in archive.namelist() if name.startswith(RUNTIME_MEMBER))
            library = Path(archive.extract(member, folder))
        entry = {"member": member, "bytes": library.stat().st_size, "sha256": sha256_of(library)}
        if found.setdefault(machine, entry) != entry:
            raise SystemExit(f"{path.name} holds another library than the wheels of other Pythons")
    return found


def main() -> None:
    lock = json.loads(LOCK_FILE.read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as temporary:
        folder, scratch = Path(temporary, "wheels"), Path(temporary, "scratch")
        download_all(lock["packages"], folder)
        wheels = sorted(folder.glob("*.whl"))
        lock["wheels"] = [describe(path) for path in wheels]
        lock["runtime"] = runtime_libraries(wheels, scratch)
    LOCK_FILE.write_text(json.dumps(lock, indent=2) + "\n", encoding="utf-8")
    print(f"{len(lock['wheels'])} wheels in {LOCK_FILE}")


if __name__ == "__main__":
    main()
