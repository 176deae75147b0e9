"""Power cuts: the workload's changes to its store are recorded with what it acknowledged, then what a cut at any
moment could leave on the disk (disk.py) is made and opened. Everything acknowledged has to be there, the operation
under way wholly or not at all; nothing may be called damaged; and the store has to take writes again.
"""

from __future__ import annotations

import hashlib
import random
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from common import PATIENCE, Options, Outcome, Server, Subject, again, main, scratch
from disk import KINDS, Disk, Record, choice_of, read_log

# Operations in a recording, and a script that has every kind of them in a few.
OPERATIONS = 90
# The same for one that begins with a store left by a kill.
OPERATIONS_BEFORE, LAST_OPERATION = 60, 120
SCRIPT = "VeEkVrpfEcoVpfvcbkfr"
STATES = 1_000


@dataclass(frozen=True)
class Recording:
    """What one run of the workload did."""

    name: str
    subject: Subject
    records: list[Record]
    # The store that was there before, if there was one.
    before: Path | None

    def begin(self) -> Disk:
        disk = Disk(str(self.subject.path.parent))
        if self.before:
            disk.adopt(self.before)
            disk.acknowledged = OPERATIONS_BEFORE
        return disk


# Ways in which the store could be wrong: records are changed as if it were. Which files' synchronisations are left
# out, by their name or how it begins; directories have none.
CONTROLS = {
    "no-log-syncs": "store.sqlite-wal",
    "no-database-syncs": "store.sqlite",
    "no-vector-syncs": "vectors-",
    "no-directory-syncs": "",
    "unlinks-before-commits": None,
}


def spoil(control: str, records: list[Record]) -> list[Record]:
    beginning = CONTROLS[control]
    return _unlinks_first(records) if beginning is None else _without_syncs(records, beginning)


def _without_syncs(records: list[Record], beginning: str) -> list[Record]:
    names: dict[int, str] = {}
    kept = []
    for record in records:
        if record.word == "open":
            is_directory = record.numbers[3]
            names[record.numbers[0]] = "" if is_directory else Path(record.path).name
        name = names[record.numbers[0]] if record.word == "sync" else None
        is_meant = name is not None and (name == beginning or beginning == "vectors-" and name.startswith(beginning))
        if not is_meant:
            kept.append(record)
    return kept


def _unlinks_first(records: list[Record]) -> list[Record]:
    """Old vector files go before the commit that makes the store do without them."""
    changed: list[Record] = []
    for record in records:
        if record.word == "unlink" and record.path.endswith(".vrec"):
            syncs = [at for at, earlier in enumerate(changed) if earlier.word == "sync"]
            changed[syncs[-1] : syncs[-1]] = [record]
        else:
            changed.append(record)
    return changed


def run(options: Options, subject: Subject, *rest: str, **environment: str) -> int:
    """The workload from start to end, its acknowledgements for nobody but the recorder."""
    command = ["sh", "-c", 'exec "$@" 3>/dev/null', "sh", options.workload, "run", *subject.arguments(), *rest]
    return subprocess.run(command, env=environment, timeout=PATIENCE).returncode


def record(options: Options, folder: Path, number: int) -> Recording:
    """Runs the workload under the recorder. Odd numbers have a device key; of four in a row two follow the script,
    and two open a store that was left by a kill."""
    keyed, scripted, is_left = number % 2 == 1, number % 4 < 2, number % 4 in (1, 2)
    root, log = folder / f"recorded-{number}", folder / f"log-{number}"
    root.mkdir()
    subject = Subject(root / "store", options.seed * 1000 + number, keyed, SCRIPT if scripted else "-")
    before = None
    if is_left:
        run(options, subject, "0", str(OPERATIONS_BEFORE), "dead")
        before = shutil.copytree(root, folder / f"before-{number}") / "store"
    preloaded = str(options.programs / "recorder.so")
    begin, end = (OPERATIONS_BEFORE, LAST_OPERATION) if is_left else (0, OPERATIONS)
    how = {"LD_PRELOAD": preloaded, "RECORDER_ROOT": str(root), "RECORDER_LOG": str(log)}
    if run(options, subject, str(begin), str(end), **how) != 0:
        raise SystemExit("the workload fails without any fault")
    recording = Recording(str(number), subject, read_log(log), before)
    check_recording(recording, root)
    return recording


def check_recording(recording: Recording, root: Path) -> None:
    """With everything kept, the records have to give what really is there: nothing was missed."""
    disk = recording.begin()
    for entry in recording.records:
        disk.apply(entry)
    found = disk.after_cut(choice_of("everything", random.Random()))
    real = {str(path.relative_to(root)): path.read_bytes() if path.is_file() else None for path in root.rglob("*")}
    if found != real:
        raise SystemExit(f"the recorder missed changes: {sorted(found)} is not {sorted(real)}, or their content")


def wanted_states(options: Options, length: int, count: int | None, number: int) -> dict[int, list[str]]:
    """Which kinds of choices at which prefixes; all of them without a count."""
    if options.only:
        only_number, at, kind, index = options.only.split("/")
        return {int(at): [kind] * (int(index) + 1)} if number == int(only_number) else {}
    if count is None:
        return {at: [*KINDS, "half", "most", "torn"] for at in range(1, length + 1)}
    generator = random.Random(options.seed * 7919 + number)
    wanted: dict[int, list[str]] = {}
    kinds = list(KINDS)
    for index in range(count):
        # One out of each stretch, so that the whole run is covered.
        first, last = index * length // count, max(index * length // count + 1, (index + 1) * length // count)
        wanted.setdefault(1 + generator.randrange(first, last), []).append(kinds[index % len(kinds)])
    return wanted


def states(recording: Recording, wanted: dict[int, list[str]], seed: int) -> Iterator[tuple[str, int | None, dict]]:
    """Each state with its name and what was acknowledged before the cut."""
    disk = recording.begin()
    for at, entry in enumerate(recording.records, start=1):
        disk.apply(entry)
        for index, kind in enumerate(wanted.get(at, ())):
            name = f"{recording.name}/{at}/{kind}/{wanted[at][:index].count(kind)}"
            generator = random.Random(f"{seed} {name}")
            yield name, disk.acknowledged, disk.after_cut(choice_of(kind, generator))


def lay_out(files: dict[str, bytes | None], root: Path) -> None:
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir()
    for name, content in files.items():
        if content is None:
            (root / name).mkdir()
        else:
            (root / name).write_bytes(content)


def look_at(server: Server, recording: Recording, acknowledged: int | None, files: dict, root: Path) -> str:
    """What the library makes of a state."""
    lay_out(files, root)
    oldest = acknowledged or 0
    subject = Subject(root / "store", recording.subject.seed, recording.subject.keyed, recording.subject.script)
    return server.ask(subject.request("check", oldest, oldest + 1))


def replay(options: Options, recording: Recording, wanted: dict[int, list[str]], folder: Path, stop: bool) -> Outcome:
    outcome, seen = Outcome(), set()
    root = folder / "state"
    with Server(options) as server:
        for name, acknowledged, files in states(recording, wanted, options.seed):
            if options.only and options.only != name:
                continue
            key = hashlib.sha256(repr((acknowledged, sorted(files.items()))).encode()).digest()
            if key in seen:
                continue
            seen.add(key)
            outcome.made += 1
            answer = look_at(server, recording, acknowledged, files, root)
            if not answer.startswith("ok"):
                outcome.bad.append(f"power cut {name}, {acknowledged} acknowledged: {answer}\n  "
                                   + again("powercut", options, name))  # fmt: skip
                if stop:
                    break
    return outcome


def power_cuts(options: Options, control: str | None = None) -> Outcome:
    """With a control, states are made until one is bad, from recordings changed by it."""
    target = options.count or STATES
    outcome, number = Outcome(), 0
    with scratch() as name:
        folder = Path(name)
        while outcome.made < target or options.is_long and number < 8:
            recording = record(options, folder, number)
            if control:
                recording = replace(recording, records=spoil(control, recording.records))
            length = len(recording.records)
            wanted = wanted_states(options, length, None if options.is_long else target // 3, number)
            outcome.add(replay(options, recording, wanted, folder, control is not None))
            number += 1
            if options.only and number > int(options.only.split("/")[0]) or control and (outcome.bad or number > 4):
                break
    return outcome


if __name__ == "__main__":
    main(power_cuts, __doc__)
