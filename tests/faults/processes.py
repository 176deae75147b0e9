"""Two processes on one store. Beside a writer nobody else opens it: the answer is VREC_E_BUSY, at once and in words.
Several may read it, and then nobody writes. A forked child may do nothing with it. When the one that has it is killed,
the next one can open it at once.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from common import BUSY, PATIENCE, Options, Outcome, Server, Subject, main, scratch

# Milliseconds within which the answer has to come; opening takes a few.
AT_ONCE = 100.0
ROUNDS = 10
# No reopening and no new key: the writer has the store all the time, and others know its key.
SCRIPT = "VeEvreEfcvE"
FAR = 1_000_000
CONTROLS = ("locks-that-always-succeed",)


class Situation:
    """A store, and processes that want it."""

    def __init__(self, options: Options, subject: Subject, control: str | None) -> None:
        self.options, self.subject = options, subject
        self.outcome = Outcome()
        lie = {"LD_PRELOAD": str(options.programs / "liar.so"), "LIAR": "unlocked"}
        self.environment = os.environ | (lie if control else {})

    def start(self, command: str, done: int, *rest: object, told: str = "") -> subprocess.Popen:
        arguments = [self.options.workload, command, *self.subject.arguments(), str(done), *map(str, rest)]
        return subprocess.Popen(
            ["sh", "-c", f'exec "$@" 3>{told or "/dev/null"}', "sh", *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=self.environment,
        )  # fmt: skip

    def ask(self, command: str, done: int) -> str:
        process = self.start(command, done)
        answer, _ = process.communicate(timeout=PATIENCE)
        return answer.strip() if process.returncode == 0 else f"bad exit status {process.returncode} {answer}"

    def expect(self, what: str, is_right: bool, found: object) -> None:
        self.outcome.made += 1
        if not is_right:
            self.outcome.bad.append(f"{what}: {found}")

    def expect_busy(self, what: str, command: str, done: int) -> None:
        answer = self.ask(command, done)
        status, milliseconds, message = [*answer.split(maxsplit=2), "", ""][:3]
        is_right = status == str(BUSY) and "open elsewhere" in message and float(milliseconds) < AT_ONCE
        self.expect(what, is_right, answer)

    def expect_open(self, what: str, command: str, done: int) -> None:
        answer = self.ask(command, done)
        self.expect(what, answer.split()[0] == "0", answer)


def acknowledged_in(path: Path) -> int:
    lines = path.read_text().split("\n")[:-1] if path.exists() else []
    return int(lines[-1].split()[1]) if lines else -1


def beside_a_writer(situation: Situation, folder: Path) -> int:
    """Returns how many operations the writer acknowledged before it was killed."""
    told = folder / "acknowledged"
    writer = situation.start("run", 0, FAR, told=str(told))
    deadline = time.monotonic() + PATIENCE
    while acknowledged_in(told) < 20 and time.monotonic() < deadline:
        time.sleep(0.002)
    situation.expect_busy("a second writer", "try", 0)
    situation.expect_busy("a reader beside a writer", "try-reading", 0)
    before = acknowledged_in(told)
    time.sleep(0.01)
    situation.expect("the writer goes on", writer.poll() is None and acknowledged_in(told) > before, writer.poll())
    writer.send_signal(signal.SIGKILL)
    writer.communicate()
    return acknowledged_in(told)


def after_the_kill(situation: Situation, acknowledged: int) -> int:
    with Server(situation.options) as server:
        answer = server.ask(situation.subject.request("check", acknowledged, acknowledged + 1))
    situation.expect("what the killed writer did is there", answer.startswith("ok"), answer)
    return int(answer.split()[2]) if answer.startswith("ok") else acknowledged


def readers(situation: Situation, done: int) -> None:
    several = [situation.start("read", done) for _ in range(3)]
    for reader in several:
        answer = reader.stdout.readline().strip()
        situation.expect("a reader beside readers", answer == "ok", answer)
    situation.expect_busy("a writer beside readers", "try", done)
    for reader in several:
        reader.communicate()


def forked(situation: Situation, done: int) -> None:
    answer = situation.ask("fork", done)
    situation.expect("a forked child", answer == "ok", answer)


def one_round(options: Options, number: int, folder: Path, control: str | None) -> Outcome:
    subject = Subject(folder / f"store-{number}", options.seed * 1000 + number, number % 2 == 0, SCRIPT)
    situation = Situation(options, subject, control)
    (folder / "acknowledged").unlink(missing_ok=True)
    acknowledged = beside_a_writer(situation, folder)
    if control:
        return situation.outcome
    done = after_the_kill(situation, acknowledged)
    readers(situation, done)
    forked(situation, done)
    return situation.outcome


def two_processes(options: Options, control: str | None = None) -> Outcome:
    rounds = options.count or (ROUNDS * 10 if options.is_long else ROUNDS)
    outcome = Outcome()
    with scratch() as name:
        for number in range(1 if control else rounds):
            outcome.add(one_round(options, number, Path(name), control))
    return outcome


if __name__ == "__main__":
    main(two_processes, __doc__)
