"""Flipped bits, cut and missing files: a file of a store is changed while nobody has it open. The store may open only
if it holds what it held before; otherwise it has to say so, with every file as it was. With leave to set damage aside
it serves nothing but what was true, takes writes and opens without a word from then on, or says why it cannot.
"""

from __future__ import annotations

import random
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from common import CORRUPT, PATIENCE, TOO_NEW, Options, Outcome, Server, Subject, again, main, scratch

CASES = 1_000
# Operations on a store before it is damaged.
OPERATIONS = 120
PAGE = 4096
# The store's statuses that say what is the matter.
TOLD = {str(CORRUPT), str(TOO_NEW)}
# What keeps a store from being served even with leave to set damage aside; docs/faults.md says it in words.
WITHOUT_REMEDY = (
    "the name and key check of store.sqlite are damaged", "the key of the catalogue is damaged",
    "reading the header in store.sqlite", "reading the tables in store.sqlite", "store.sqlite has version",
    "store.sqlite is no store of this library", "store.sqlite is missing or empty", "store.sqlite says it has version",
    "the tables of store.sqlite are not those of its version",
)  # fmt: skip


@dataclass(frozen=True)
class Base:
    """A store before it is damaged."""

    name: str
    subject: Subject
    files: dict[str, bytes]


def make_base(options: Options, folder: Path, number: int) -> Base:
    """Closed, or left by a kill with its log; with a device key, or without. Some have a log only."""
    is_dead, keyed = number % 2 == 1, number // 2 % 2 == 0
    operations = 6 if number % 5 == 4 else OPERATIONS
    subject = Subject(folder / f"base-{number}", options.seed * 1000 + number, keyed)
    command = [options.workload, "run", *subject.arguments(), "0", str(operations), *(["dead"] if is_dead else [])]
    subprocess.run(["sh", "-c", 'exec "$@" 3>/dev/null', "sh", *command], timeout=PATIENCE)
    return Base(f"{number}", subject, {path.name: path.read_bytes() for path in subject.path.iterdir()})


def operations_of(base: Base) -> int:
    return 6 if int(base.name) % 5 == 4 else OPERATIONS


# --- damage --------------------------------------------------------------------------------------------

Damage = Callable[[dict[str, bytes]], None]


def flip(name: str, bit: int) -> Damage:
    def change(files: dict[str, bytes]) -> None:
        content = bytearray(files[name])
        content[bit // 8] ^= 1 << bit % 8
        files[name] = bytes(content)

    return change


def cut(name: str, size: int) -> Damage:
    def change(files: dict[str, bytes]) -> None:
        files[name] = files[name][:size]

    return change


def remove(name: str) -> Damage:
    def change(files: dict[str, bytes]) -> None:
        del files[name]

    return change


def special_places(length: int) -> set[int]:
    """First and last bytes of the file and of its pages, as in the database's log, too."""
    places = set(range(min(100, length))) | {length - 1, length - 2, length // 2}
    for page in range(0, length, PAGE):
        places |= {page, page + 1, page + 8, page + PAGE - 1}
    for frame in range(32, length, PAGE + 24):
        places |= {frame, frame + 4, frame + 8, frame + 16, frame + 24}
    return {place for place in places if 0 <= place < length}


def damages(base: Base, generator: random.Random) -> Iterator[tuple[str, Damage]]:
    """Without end: one of each kind in turn."""
    names = sorted(base.files)
    special = {name: sorted(special_places(len(base.files[name]))) for name in names}
    for name in names:
        yield f"remove {name}", remove(name)
        yield f"cut {name} 0", cut(name, 0)
    # The log of a store that was killed right after it was emptied.
    names = [name for name in names if base.files[name]]
    while True:
        name = generator.choice(names)
        length = len(base.files[name])
        yield from _one_of_each(name, length, special[name], generator)


def _one_of_each(
    name: str, length: int, special: list[int], generator: random.Random
) -> Iterator[tuple[str, Damage]]:
    for bit in (generator.randrange(length * 8), generator.choice(special) * 8 + generator.randrange(8)):
        yield f"flip {name} {bit}", flip(name, bit)
    if generator.random() < 0.5:
        pages = range(0, length, PAGE)
        size = generator.choice(pages) if generator.random() < 0.5 else generator.randrange(length)
        yield f"cut {name} {size}", cut(name, size)


# --- looking -------------------------------------------------------------------------------------------


def read_files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def lay_out(files: dict[str, bytes], folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)


def look_at(server: Server, base: Base, files: dict[str, bytes], folder: Path) -> tuple[str, str]:
    """What became of a damaged store, in a word, and what is wrong with that."""
    subject = Subject(folder, base.subject.seed, base.subject.keyed)
    done = operations_of(base)
    lay_out(files, folder)
    answer = server.ask(subject.request("damaged", done))
    word, status, *_ = [*answer.split(maxsplit=2), "", ""]
    if word == "same":
        return "harmless", ""
    if word != "told" or status.rstrip(":") not in TOLD:
        return "silent", answer
    if read_files(folder) != files:
        return "changed", f"{answer}, but files were changed"
    served = server.ask(subject.request("quarantined", done))
    if served == "served":
        return "served", ""
    if served.startswith("refused") and any(words in served for words in WITHOUT_REMEDY):
        return "refused", ""
    return "not served", f"{answer}; with leave to set aside: {served}"


def flips(options: Options, control: str | None = None) -> Outcome:
    count = options.count or (CASES * 20 if options.is_long else CASES)
    outcome, found = Outcome(), Counter()
    with scratch() as name, Server(options) as server:
        number = 0
        while outcome.made < count and number < 100 and len(outcome.bad) < (1 if control else 20):
            base = make_base(options, Path(name), number)
            outcome.add(damage_base(options, server, base, max(1, count // 10), found, control))
            number += 1
            if options.only and number > int(options.only.split("/")[0]):
                break
    outcome.notes.append("damage: " + ", ".join(f"{number} {what}" for what, number in sorted(found.items())))
    return outcome


def damage_base(
    options: Options, server: Server, base: Base, count: int, found: Counter, control: str | None
) -> Outcome:
    outcome = Outcome()
    generator = random.Random(f"{options.seed} {base.name}")
    for index, (what, change) in enumerate(damages(base, generator)):
        if index >= count:
            break
        if options.only and options.only != f"{base.name}/{index}":
            continue
        files = dict(base.files)
        change(files)
        if control:
            files = older_files(options, base)
        result, wrong = look_at(server, base, files, base.subject.path.with_name("damaged"))
        outcome.made += 1
        found[result] += 1
        if wrong:
            outcome.bad.append(f"{what} in store {base.name}, {result}: {wrong}\n  "
                               + again("flips", options, f"{base.name}/{index}"))  # fmt: skip
            if control:
                break
    return outcome


# All files of a store replaced by older ones, together: what the store does not promise to notice.
CONTROLS = ("all-files-older",)


def older_files(options: Options, base: Base) -> dict[str, bytes]:
    older = base.subject.path.with_name("older")
    shutil.rmtree(older, ignore_errors=True)
    subject = Subject(older, base.subject.seed, base.subject.keyed)
    command = [options.workload, "run", *subject.arguments(), "0", str(operations_of(base) // 2)]
    subprocess.run(["sh", "-c", 'exec "$@" 3>/dev/null', "sh", *command], timeout=PATIENCE, check=True)
    return read_files(older)


if __name__ == "__main__":
    main(flips, __doc__)
