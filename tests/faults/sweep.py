"""Every system call that fails: a short run of the workload makes a few hundred calls to the kernel, and each of
them is made to fail once with each of five errors, by strace, which counts calls and hits exactly the one meant.
Writes are also made to write half. The library has to answer with a clear code or to succeed; no signal, no hang,
nothing printed. The workload tries again, opens the store again if need be, and has to get through to its end with
everything it was told is done.

Left out are calls of memory, and questions to the kernel that cannot fail.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from common import (
    BUSY, CORRUPT, DISK_FULL, FAULTED, INTERNAL, IO, NOT_FOUND, PATIENCE, READ_ONLY, Options, Outcome, Server,
    Subject, again, describe_end, main, scratch,
)  # fmt: skip

ERRORS = ("EIO", "ENOSPC", "EROFS", "EINTR", "EMFILE")
# A store is made, filled, forgotten from, given another key and a pack, closed, opened, given another pack and the first
# one back, compacted and closed.
SCRIPT, OPERATIONS = "VeEvfkpoepbcE", 13
BASELINES = 3
LEFT_OUT = {
    "brk", "mmap", "munmap", "mprotect", "mremap", "madvise",
    "getpid", "geteuid", "gettid", "sched_get_priority_max",
}  # fmt: skip
MARKS = ("sched_get_priority_max(0x3e9", "sched_get_priority_max(0x3ea")
CLEAR = {IO, DISK_FULL, READ_ONLY}


@dataclass(frozen=True)
class Allowance:
    """An answer that is right for one call only; docs/faults.md says why."""

    call: str
    errors: tuple[str, ...]
    status: int
    words: str


ALLOWED = (
    Allowance("pread64", ("EIO",), CORRUPT, ""),
    Allowance("fcntl", ("EINTR",), BUSY, "locked"),
    Allowance("close", ERRORS, INTERNAL, "during closedir"),
    Allowance("getrandom", ERRORS, INTERNAL, "failed to generate random data"),
    # After one of the two above, until the store is opened again.
    Allowance("close", ERRORS, FAULTED, ""),
)


@dataclass(frozen=True)
class Fault:
    """One call that fails, or a write that is done in part."""

    call: str
    # Counted from the start of the process.
    number: int
    error: str
    # This and every later call.
    lasts: bool = False

    def __str__(self) -> str:
        return f"{self.call}:{self.number}:{self.error}{'+' if self.lasts else ''}"

    def command(self, log: Path) -> list[str]:
        if self.error == "short":
            return []
        when = f"{self.number}{'+' if self.lasts else ''}"
        inject = f"inject={self.call}:error={self.error}:when={when}"
        return ["strace", "-f", "--seccomp-bpf", "-qq", "-o", str(log), "-e", f"trace={self.call}", "-e", inject]

    def environment(self, options: Options, log: Path) -> dict[str, str]:
        if self.error != "short":
            return {}
        lie = f"short:{self.number}"
        return {"LD_PRELOAD": str(options.programs / "liar.so"), "LIAR": lie, "LIAR_FIRED": str(log)}


# --- what there is to fail -------------------------------------------------------------------------------


def workload_command(options: Options, subject: Subject) -> list[str]:
    return [options.workload, "stubborn", *subject.arguments(), "0", str(OPERATIONS)]


def calls_of_a_run(options: Options, folder: Path) -> dict[str, tuple[int, int]]:
    """For each system call how often it is made before the workload begins, and until it ends."""
    subject, log = Subject(folder / "baseline", options.seed, True, SCRIPT), folder / "baseline.log"
    command = ["strace", "-f", "-qq", "-o", str(log), *workload_command(options, subject)]
    try:
        done = subprocess.run(command, timeout=PATIENCE, capture_output=True, text=True)
    except FileNotFoundError:
        raise SystemExit("strace is needed to make system calls fail") from None
    if done.returncode != 0 or done.stdout.split()[:2] != ["done", str(OPERATIONS)]:
        raise SystemExit(f"the workload under strace fails without any fault: {done.stdout}{done.stderr}")
    before, until, where = Counter(), Counter(), 0
    for line in log.read_text(errors="replace").splitlines():
        line = line.split(maxsplit=1)[1]
        if where < len(MARKS) and line.startswith(MARKS[where]):
            where += 1
        name = re.match(r"\w*", line).group()
        before[name] += where == 0
        until[name] += where < len(MARKS)
    return {name: (before[name], until[name]) for name in until if name and name not in LEFT_OUT}


def calls_of_runs(options: Options, folder: Path) -> dict[str, tuple[int, int]]:
    """Those that each of some runs makes: a slow one commits once more, and no other would meet what fails there."""
    runs = []
    for number in range(BASELINES):
        of_run = folder / f"baseline-{number}"
        of_run.mkdir()
        runs.append(calls_of_a_run(options, of_run))
    names = set.intersection(*map(set, runs))
    return {name: (max(run[name][0] for run in runs), min(run[name][1] for run in runs)) for name in names}


def faults_of(calls: dict[str, tuple[int, int]], lasts: bool) -> list[Fault]:
    faults = [
        Fault(call, number, error, lasts)
        for call, (before, until) in sorted(calls.items())
        for number in range(before + 1, until + 1)
        for error in ERRORS
    ]
    before, until = calls["pwrite64"]
    # One in each call, which goes on with the rest.
    return faults + [Fault("pwrite64", number, "short") for number in range(before + 1, until + 1)]


# --- making it fail --------------------------------------------------------------------------------------


def judge_errors(fault: Fault, lines: list[str]) -> str:
    """What is wrong with the errors that calls of the library ended with."""
    for line in lines:
        _, kind, status, message = [*line.split(maxsplit=3), ""][:4]
        # A profile that was half forgotten is gone at the second try.
        is_clear = int(status) in CLEAR or (kind == "f" and int(status) == NOT_FOUND)
        if not message or not (is_clear or is_allowed(fault, int(status), message)):
            return f"no clear error: {line}"
    return ""


def is_allowed(fault: Fault, status: int, message: str) -> bool:
    return any(
        fault.call == allowed.call and fault.error in allowed.errors and status == allowed.status
        and allowed.words in message
        for allowed in ALLOWED
    )  # fmt: skip


def run_with(fault: Fault, options: Options, server: Server, folder: Path, before: str) -> tuple[bool, str]:
    """Whether the fault happened, and what went wrong."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    subject, log = Subject(folder / "store", options.seed, True, SCRIPT), folder / "log"
    environment = fault.environment(options, log)
    if before:
        environment = {"LD_PRELOAD": str(options.programs / "liar.so"), "LIAR": before}
    command = fault.command(log)
    for name, value in environment.items():
        command += ["-E", f"{name}={value}"] if command else []
    command += workload_command(options, subject)
    try:
        done = subprocess.run(command, timeout=PATIENCE, capture_output=True, text=True, errors="replace",
                              env=os.environ | ({} if fault.error != "short" else environment))  # fmt: skip
    except subprocess.TimeoutExpired:
        return True, "hangs"
    injected = log.read_text(errors="replace").count("(INJECTED)") if log.exists() else 0
    happened = log.exists() if fault.error == "short" else injected >= 1
    return happened, judge(fault, subject, server, done)


def judge(fault: Fault, subject: Subject, server: Server, done: subprocess.CompletedProcess) -> str:
    if done.returncode != 0 or done.stderr:
        return f"{describe_end(done.returncode)} {done.stderr}"
    *errors, last = done.stdout.splitlines()
    outcome, acknowledged, *why = last.split(maxsplit=2)
    if outcome == "bad" or outcome == "stuck" and not fault.lasts:
        return f"{last} after {errors}"
    wrong = judge_errors(fault, errors)
    if wrong:
        return wrong
    newest = int(acknowledged) + (outcome == "stuck")
    answer = server.ask(subject.request("check", int(acknowledged), newest))
    return "" if answer.startswith("ok") else f"{answer} after {errors}"


class Workers:
    """Makes faults on all cores; each thread has its own folder and its own server."""

    def __init__(self, options: Options, folder: Path, before: str) -> None:
        self._options, self._folder, self._before = options, folder, before
        self._own = threading.local()
        self._servers: list[Server] = []

    def _begin(self) -> None:
        self._own.server = Server(self._options)
        self._own.folder = self._folder / f"worker-{threading.get_ident()}"
        self._servers.append(self._own.server)

    def make(self, fault: Fault) -> tuple[Fault, bool, str]:
        if not hasattr(self._own, "server"):
            self._begin()
        happened, wrong = run_with(fault, self._options, self._own.server, self._own.folder, self._before)
        return fault, happened, wrong

    def close(self) -> str:
        return "".join(server.close() for server in self._servers)


def make_all(options: Options, faults: list[Fault], folder: Path, before: str = "") -> Outcome:
    outcome = Outcome()
    workers = Workers(options, folder, before)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for fault, happened, wrong in pool.map(workers.make, faults):
            outcome.made += happened
            wrong = wrong or ("" if happened else "did not happen")
            if wrong:
                outcome.bad.append(f"{fault}: {wrong}\n  " + again("sweep", options, str(fault)))
    printed = workers.close()
    if printed:
        outcome.bad.append(f"printed on standard error: {printed}")
    return outcome


def sweep(options: Options, control: str | None = None) -> Outcome:
    with scratch() as name:
        folder = Path(name)
        calls = calls_of_runs(options, folder)
        faults = faults_of(calls, False)
        if options.is_long:
            faults += [fault for fault in faults_of(calls, True) if fault.lasts]
        if control:
            return CONTROLS[control](options, faults, folder)
        if options.only:
            faults = [fault for fault in faults if str(fault) == options.only]
        return make_all(options, faults, folder)


# --- controls --------------------------------------------------------------------------------------------


def swallow_errors(options: Options, faults: list[Fault], folder: Path) -> Outcome:
    """Failed writes that nobody hears of: as if the library did not look at what a write returns."""
    writes = [fault for fault in faults if fault.call == "pwrite64" and fault.error == "EIO"]
    return make_all(options, writes[len(writes) // 2 :][:40], folder, "swallow")


def expect_one_too_many(options: Options, faults: list[Fault], folder: Path) -> Outcome:
    """A call that is never made cannot fail: it has to be missed."""
    return make_all(options, [Fault("pwrite64", 1_000_000, "EIO")], folder)


CONTROLS: dict[str, Callable[[Options, list[Fault], Path], Outcome]] = {
    "errors-swallowed": swallow_errors,
    "fault-not-fired": expect_one_too_many,
}


if __name__ == "__main__":
    main(sweep, __doc__)
