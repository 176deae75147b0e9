"""kill -9: a process that writes is killed at a random moment, again and again on the same store. After each kill
everything it acknowledged has to be there, the operation under way wholly or not at all, and the next process goes on
from there. What was forgotten, and keys that were replaced, may stand in no file afterwards.
"""

from __future__ import annotations

import random
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from common import PATIENCE, Options, Outcome, Server, Subject, again, describe_end, main, read_acknowledgements, scratch

CYCLES = 300
# Cycles of one store; so many stores are begun.
CYCLES_OF_A_STORE = 60
# Milliseconds in which a process starts, and most that it is left to work.
STARTING, WORKING = 12.0, 40.0
# Far more operations than a process can do in that time.
FAR = 1_000_000


@dataclass
class Traces:
    """Sealed records that were in the store, to be looked for after they are gone."""

    keys: set[bytes] = field(default_factory=set)
    events: set[bytes] = field(default_factory=set)
    # Rows of events that are still in the file, though nothing reads them any more and their keys are gone.
    left: set[bytes] = field(default_factory=set)

    def check(self, store: Path) -> str | None:
        """Reads a store that is closed; says whether a key that is gone can still be found."""
        database = sqlite3.connect(f"file:{store}/store.sqlite?mode=ro&immutable=1", uri=True)
        keys = {bytes(row[0]) for row in database.execute("SELECT sealed FROM keys")}
        events = {bytes(row[0]) for row in database.execute("SELECT sealed FROM events")}
        database.close()
        content = b"".join(path.read_bytes() for path in store.rglob("*") if path.is_file())
        self.left |= {sealed for sealed in self.events - events if sealed in content}
        is_key_left = any(sealed in content for sealed in self.keys - keys)
        self.keys |= keys
        self.events |= events
        return "a key that should be gone can be found in a file" if is_key_left else None


def kill_once(options: Options, subject: Subject, done: int, generator: random.Random, early: bool) -> tuple[int, str]:
    """Starts a writer and kills it; returns what it acknowledged, and what went wrong with itself."""
    with tempfile.TemporaryFile() as told, tempfile.TemporaryFile() as errors:
        command = ["sh", "-c", 'exec "$@" 3>&1 >/dev/null', "sh", options.workload, "run", *subject.arguments()]
        command += [str(done), str(FAR), *(["early"] if early else [])]
        process = subprocess.Popen(command, stdout=told, stderr=errors)
        # A third while it starts and opens the store, the rest while it works.
        longest = STARTING if generator.random() < 1 / 3 else STARTING + WORKING
        time.sleep(generator.uniform(0, longest) / 1000)
        process.kill()
        try:
            status = process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            return done, "does not end after kill -9"
        told.seek(0)
        errors.seek(0)
        acknowledged = read_acknowledgements(told.read())
        printed = errors.read().decode(errors="replace")
    trouble = "" if status == -signal.SIGKILL and not printed else f"{describe_end(status)} {printed}"
    return done if acknowledged is None else acknowledged, trouble


# Controls: writers that acknowledge before they write, and an old copy of the database that stays in the folder.
EARLY, OLD_COPY = "acknowledged-early", "old-copy"
CONTROLS = (EARLY, OLD_COPY)


def kill_again_and_again(options: Options, store: int, cycles: int, folder: Path, control: str | None) -> Outcome:
    """Many cycles on one store; even numbers have a device key."""
    outcome, traces, done = Outcome(), Traces(), 0
    subject = Subject(folder / f"store-{store}", options.seed * 1000 + store, store % 2 == 0)
    generator = random.Random(f"{options.seed} {store}")
    with Server(options) as server:
        for cycle in range(cycles):
            acknowledged, trouble = kill_once(options, subject, done, generator, control == EARLY)
            outcome.made += 1
            answer = trouble or server.ask(subject.request("check", acknowledged, acknowledged + 1))
            if control == OLD_COPY and cycle == 1:
                shutil.copyfile(subject.path / "store.sqlite", subject.path / "copy")
            if answer.startswith("ok"):
                done = int(answer.split()[2])
                answer = traces.check(subject.path) or answer
            if not answer.startswith("ok"):
                outcome.bad.append(f"kill {store}/{cycle}, {acknowledged} acknowledged: {answer}\n  "
                                   + again("kill9", options, str(store)))  # fmt: skip
                break
    left = f"{len(traces.left)} of {len(traces.events)} rows of events left in unused space"
    outcome.notes.append(f"store {store}: {outcome.made} kills, {done} operations, {left}")
    return outcome


def kills(options: Options, control: str | None = None) -> Outcome:
    count = options.count or (CYCLES * 10 if options.is_long else CYCLES)
    outcome, store = Outcome(), 0
    with scratch() as name:
        while outcome.made < count and len(outcome.bad) < (1 if control else 5):
            if options.only is None or options.only == str(store):
                cycles = min(CYCLES_OF_A_STORE, count - outcome.made)
                outcome.add(kill_again_and_again(options, store, cycles, Path(name), control))
            store += 1
            if options.only and store > int(options.only):
                break
    return outcome


if __name__ == "__main__":
    main(kills, __doc__)
