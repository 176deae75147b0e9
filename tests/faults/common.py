"""What all fault harnesses share: the workload and its server, folders to work in, and how a run is judged.

A harness is a function that takes an `Options` and returns an `Outcome`: how many faults it made, and a line for
each that went wrong, with the command that makes it go wrong again.
"""

from __future__ import annotations

import argparse
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

# Seconds after which something counts as hanging. Most things take milliseconds.
PATIENCE = 30.0

# Negative statuses of include/vrec.h.
CORRUPT, KEY, BUSY, IO, DISK_FULL, READ_ONLY = -23, -24, -25, -26, -27, -28
TOO_NEW, NOT_FOUND, FAULTED, INTERNAL = -5, -2, -9, -10


@dataclass
class Options:
    """How a harness is run."""

    programs: Path
    seed: int = 1
    is_long: bool = False
    # None: as many as the harness does by itself.
    count: int | None = None
    # The one case to look at, as a failure names it.
    only: str | None = None

    @property
    def workload(self) -> str:
        return str(self.programs / "workload")


@dataclass
class Outcome:
    """What a harness found."""

    made: int = 0
    bad: list[str] = field(default_factory=list)
    # Numbers worth a line of their own.
    notes: list[str] = field(default_factory=list)

    def add(self, other: Outcome) -> None:
        self.made += other.made
        self.bad += other.bad
        self.notes += other.notes


@dataclass(frozen=True)
class Subject:
    """A store and the sequence of operations done on it; see model.h."""

    path: Path
    seed: int
    keyed: bool
    script: str = "-"

    def arguments(self) -> list[str]:
        return [str(self.path), str(self.seed), self.script, "1" if self.keyed else "0"]

    def request(self, command: str, *numbers: int) -> str:
        return " ".join([command, *self.arguments(), *map(str, numbers)])


def scratch() -> tempfile.TemporaryDirectory:
    """A folder in memory where there is one with room, so that nothing waits for a disk that no fault is made on."""
    memory = Path("/dev/shm")
    has_room = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 256 << 20
    return tempfile.TemporaryDirectory(prefix="vrec-faults-", dir=memory if has_room else None)


def describe_end(status: int) -> str:
    return f"signal {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"


class Server:
    """`workload serve`: one process that looks at many stores. A hang or a signal is an answer, too, a bad one."""

    def __init__(self, options: Options) -> None:
        self._command = [options.workload, "serve"]
        self._errors = tempfile.TemporaryFile()
        self._start()

    def _start(self) -> None:
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, bufsize=0
        )

    def ask(self, request: str) -> str:
        self._process.stdin.write(request.encode() + b"\n")
        answer = b""
        while not answer.endswith(b"\n"):
            ready, _, _ = select.select([self._process.stdout], [], [], PATIENCE)
            if not ready:
                self._process.kill()
                self._process.wait()
                self._start()
                return "bad hangs"
            read = os.read(self._process.stdout.fileno(), 1 << 16)
            if not read:
                status = self._process.wait()
                self._start()
                return f"bad {describe_end(status)}"
            answer += read
        return answer.decode(errors="replace").rstrip("\n")

    def close(self) -> str:
        """Ends it; returns what was printed on its standard error, where nothing belongs."""
        self._process.stdin.close()
        self._process.wait(PATIENCE)
        self._errors.seek(0)
        return self._errors.read().decode(errors="replace")

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        printed = self.close()
        if printed and sys.exc_info()[0] is None:
            raise SystemExit(f"the workload printed on its standard error: {printed}")


def run_workload(options: Options, command: str, subject: Subject, *rest: object, **how: object) -> subprocess.Popen:
    """Starts the workload on a store."""
    arguments = [options.workload, command, *subject.arguments(), *map(str, rest)]
    return subprocess.Popen(arguments, **how)


def read_acknowledgements(data: bytes) -> int | None:
    """The last whole line's number; none when nothing was acknowledged."""
    lines = data.split(b"\n")[:-1]
    return int(lines[-1].split()[1]) if lines else None


def again(harness: str, options: Options, case: str) -> str:
    """The command that makes one case again."""
    return f"python3 tests/faults/{harness}.py --programs {options.programs} --seed {options.seed} --only '{case}'"


def main(harness: Callable[[Options], Outcome], about: str | None) -> None:
    """Runs one harness by itself."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--programs", type=Path, required=True, help="where tests/faults/Makefile puts programs")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int)
    parser.add_argument("--long", action="store_true", dest="is_long")
    parser.add_argument("--only")
    options = Options(**vars(parser.parse_args()))
    outcome = harness(options)
    for line in outcome.notes + outcome.bad:
        print(line)
    print(f"{outcome.made} made, {len(outcome.bad)} bad, seed {options.seed}")
    sys.exit(1 if outcome.bad or outcome.made == 0 else 0)
