"""A small disk that is filled up: the operation that finds no room says VREC_E_DISK_FULL, recommending goes on, the store
opens as long as there is no room, and with room again the same engine, or the one that was opened, does that operation
and others, with everything acknowledged there when it is opened next. And a disk that allows reading only: VREC_E_READ_ONLY, and all is there for who opens the store to read.

The disk is a tmpfs, mounted by root or in a user namespace of its own. Where neither is allowed, a preloaded library
counts what files grow by, which is said, and the disk that can only be read is left out.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from common import PATIENCE, READ_ONLY, Options, Outcome, Server, Subject, describe_end, main

# Kibibytes before the disk is full, and a script: any operations, videos, events, or events and forgetting.
CASES = (
    (40, "V"), (100, "-"), (170, "-"), (300, "-"), (600, "-"), (200, "Vr"), (350, "Ve"), (1_000, "VEe"),
    (6_000, "VEEEEE"), (250, "VEEfkc"), (400, "VEEEEEEEEEEEf"),
)  # fmt: skip
# Kibibytes of ballast, which makes room enough for what follows.
BALLAST = 16_000
CONTROLS = ("errors-swallowed",)
IN_NAMESPACE = "FAULTS_IN_NAMESPACE"


def can_mount(folder: Path) -> bool:
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(folder)], capture_output=True)
    if done.returncode == 0:
        subprocess.run(["umount", str(folder)], check=True)
    return done.returncode == 0


def enter_namespace() -> None:
    """Runs this program again as the root of a user namespace, if there may be one; returns if not."""
    allowed = subprocess.run(["unshare", "-rm", "true"], capture_output=True).returncode == 0
    if allowed and IN_NAMESPACE not in os.environ:
        os.environ[IN_NAMESPACE] = "1"
        os.execvp("unshare", ["unshare", "-rm", sys.executable, "-B", *sys.argv])


@contextlib.contextmanager
def small_disk(folder: Path, kibibytes: int, mounts: bool) -> Iterator[Path]:
    if mounts:
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kibibytes}k", "none", str(folder)], check=True)
    try:
        yield folder
    finally:
        if mounts:
            subprocess.run(["umount", str(folder)], check=True)


class Disk:
    """One small disk with a store on it, nearly all of it taken by ballast."""

    def __init__(self, options: Options, folder: Path, case: tuple[int, str], number: int, mounts: bool) -> None:
        self.options, self.folder, self.mounts = options, folder, mounts
        self.kibibytes, script = case
        self.subject = Subject(folder / "store", options.seed * 1000 + number, number % 2 == 0, script)
        self.ballast = folder / "ballast"

    def lie(self, control: str | None) -> dict[str, str]:
        lie = "swallow" if control else "" if self.mounts else f"quota:{self.kibibytes << 10}:{BALLAST << 10}:{self.ballast}"
        return {"LD_PRELOAD": str(self.options.programs / "liar.so"), "LIAR": lie} if lie else {}

    def fill(self, control: str | None, command: str) -> str:
        """What is wrong, or nothing."""
        self.ballast.write_bytes(b"\0" * (BALLAST << 10 if self.mounts else 1))
        arguments = [self.options.workload, command, *self.subject.arguments(), "0", str(self.ballast)]
        try:
            done = subprocess.run(arguments, timeout=2 * PATIENCE, capture_output=True, text=True, errors="replace",
                                  env=os.environ | self.lie(control))  # fmt: skip
        except subprocess.TimeoutExpired:
            return "hangs"
        lines = done.stdout.splitlines() or [""]
        is_good = done.returncode == 0 and lines[-1] == "ok" and not done.stderr
        return "" if is_good else f"{describe_end(done.returncode)}, {' '.join(lines)} {done.stderr}"

    def read_only(self) -> Outcome:
        """The same disk, to be read only."""
        outcome = Outcome()
        command = [self.options.workload, "run", *self.subject.arguments(), "0", "30"]
        subprocess.run(["sh", "-c", 'exec "$@" 3>/dev/null', "sh", *command], check=True, timeout=PATIENCE)
        subprocess.run(["mount", "-o", "remount,ro", str(self.folder)], check=True)
        for command, expected in (("try", str(READ_ONLY)), ("read", "ok")):
            arguments = [self.options.workload, command, *self.subject.arguments(), "30"]
            answer = subprocess.run(arguments, capture_output=True, text=True, timeout=PATIENCE, input="").stdout
            outcome.made += 1
            if answer.split()[0] != expected:
                outcome.bad.append(f"{command} on a disk that can only be read: {answer}")
        subprocess.run(["mount", "-o", "remount,rw", str(self.folder)], check=True)
        with Server(self.options) as server:
            answer = server.ask(self.subject.request("check", 30, 30))
        if not answer.startswith("ok"):
            outcome.bad.append(f"on a disk that could only be read: {answer}")
        return outcome


def small_disks(options: Options, control: str | None = None) -> Outcome:
    outcome = Outcome()
    with tempfile.TemporaryDirectory(prefix="vrec-faults-") as name:
        folder = Path(name)
        mounts = can_mount(folder)
        if not mounts:
            outcome.notes.append("NO DISK COULD BE MOUNTED: its size is only simulated, and reading only left out")
        for number in range(len(CASES) * (10 if options.is_long else 1)):
            case = CASES[number % len(CASES)]
            for command in ("fill", "fill-reopened"):
                with tempfile.TemporaryDirectory(dir=folder) as own, small_disk(Path(own), case[0] + BALLAST, mounts) as mounted:
                    wrong = Disk(options, mounted, case, number, mounts).fill(control, command)
                outcome.made += 1
                if wrong:
                    outcome.bad.append(f"{command}: disk {number} with {case[0]} KiB, script {case[1]}: {wrong}")
                    if control:
                        return outcome
        if mounts and not control:
            with small_disk(folder, 4_000, mounts) as mounted:
                outcome.add(Disk(options, mounted, (4_000, "-"), 1, mounts).read_only())
    return outcome


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as probe:
        if not can_mount(Path(probe)):
            enter_namespace()
    main(small_disks, __doc__)
