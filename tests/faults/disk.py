"""A disk that loses what was not synchronised: files and directories as a log of recorder.c left them, and what a
power cut at one moment of that log may leave of them.

Durable is what the last synchronisation of a file (its data and its size) and of its directory (its entries) made
so. Of all that came later each 512-byte sector of each write, each change of a size and each change of a directory
is kept or lost by itself, so that later changes may stay while earlier ones are gone, a write of several sectors may
stay in part, and a file may have its size but not its data. A sector may also be torn in the middle, and where a file
has grown without its data there are zeros or, as some file systems do it, what stood on the disk before. A file that
no entry leads to is gone.

Entries that were kept are applied in their order: for one name every order of a subset ends like some other subset in
its order, and no recorded change concerns two names but a rename, which is one change.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

SECTOR = 512


@dataclass(frozen=True)
class Record:
    """One change; `text` is a path or two, `data` what was written."""

    word: str
    numbers: tuple[int, ...]
    payload: bytes = b""

    @property
    def path(self) -> str:
        return self.payload.decode()


WITH_PAYLOAD = {"open", "write", "rename", "link", "unlink", "mkdir", "rmdir", "ack", "unsupported"}


def read_log(path: Path) -> list[Record]:
    data = path.read_bytes()
    records, at = [], 0
    while at < len(data):
        end = data.index(b"\n", at)
        word, *numbers = data[at:end].decode().split()
        values = tuple(map(int, numbers))
        at = end + 1
        length = values[-1] if word in WITH_PAYLOAD else 0
        records.append(Record(word, values, data[at : at + length]))
        at += length
    unsupported = [record.path for record in records if record.word == "unsupported"]
    if unsupported:
        raise SystemExit(f"the recorder does not understand {unsupported[0]}")
    return records


class Choice:
    """What of the changes that are not durable is kept."""

    def __init__(self, generator: random.Random, data: float, sizes: float, entries: float, torn: float, junk: float):
        self._random = generator
        self._chances = {"data": data, "size": sizes, "cut": sizes, "entry": entries}
        self._torn, self._junk = torn, junk

    def keeps(self, kind: str) -> bool:
        chance = self._chances[kind]
        return chance >= 1 or chance > 0 and self._random.random() < chance

    def tear(self, length: int) -> int:
        """How much of a sector that is kept is kept."""
        is_torn = self._torn > 0 and self._random.random() < self._torn
        return self._random.randrange(length) if is_torn else length

    def fill(self, length: int) -> bytes:
        """What stands where a file grew without its data."""
        is_junk = self._junk > 0 and self._random.random() < self._junk
        return self._random.randbytes(length) if is_junk else bytes(length)


NOTHING, EVERYTHING = (0, 0, 0, 0, 0), (1, 1, 1, 0, 0)
# Chances of data, sizes and entries to be kept, of torn sectors and of junk.
KINDS = {
    "nothing": NOTHING,
    "everything": EVERYTHING,
    "data": (1, 1, 0, 0, 0),
    "sizes": (0, 1, 1, 0, 1),
    "entries": (0, 0, 1, 0, 0),
    "half": (0.5, 0.5, 0.5, 0, 0),
    "few": (0.2, 0.5, 0.5, 0.1, 0.5),
    "most": (0.9, 0.9, 0.9, 0.1, 0.5),
    "torn": (0.7, 1, 1, 0.5, 0.5),
}


def choice_of(kind: str, generator: random.Random) -> Choice:
    return Choice(generator, *KINDS[kind])


class File:
    def __init__(self) -> None:
        self.durable = b""
        self.pending: list[tuple] = []
        self.size = 0

    def write(self, offset: int, data: bytes) -> None:
        if offset + len(data) > self.size:
            self.grow(offset + len(data))
        at = 0
        while at < len(data):
            end = min(len(data), at + SECTOR - (offset + at) % SECTOR)
            self.pending.append(("data", offset + at, data[at:end]))
            at = end

    def grow(self, size: int) -> None:
        if size > self.size:
            self.pending.append(("size", size))
            self.size = size

    def truncate(self, size: int) -> None:
        if size > self.size:
            self.grow(size)
        elif size < self.size:
            self.pending.append(("cut", size))
            self.size = size

    def sync(self) -> None:
        if self.pending:
            self.durable = self.content(choice_of("everything", random.Random()))
            self.pending = []

    def content(self, choice: Choice) -> bytes:
        data, size = bytearray(self.durable), len(self.durable)
        written = bytearray(b"\1" * size)
        for kind, *change in self.pending:
            if not choice.keeps(kind):
                continue
            if kind == "size":
                size = max(size, change[0])
            elif kind == "cut":
                size = change[0]
                del data[size:]
                del written[size:]
            else:
                self._put(data, written, *change, choice)
        del data[size:]
        for start, end in _gaps(written, size):
            data[start:end] = choice.fill(end - start)
        return bytes(data)

    @staticmethod
    def _put(data: bytearray, written: bytearray, offset: int, piece: bytes, choice: Choice) -> None:
        piece = piece[: choice.tear(len(piece))]
        end = offset + len(piece)
        if end > len(data):
            data.extend(bytes(end - len(data)))
            written.extend(bytes(end - len(written)))
        data[offset:end] = piece
        written[offset:end] = b"\1" * len(piece)


def _gaps(written: bytearray, size: int) -> Iterator[tuple[int, int]]:
    """Stretches below `size` that nothing was written to."""
    at = written.find(0, 0, size)
    while at != -1:
        end = written.find(1, at, size)
        end = min(len(written), size) if end == -1 else end
        yield at, end
        at = written.find(0, end, size)
    if size > len(written):
        yield len(written), size


class Directory:
    def __init__(self) -> None:
        self.durable: dict[str, File | Directory] = {}
        self.live: dict[str, File | Directory] = {}
        self.pending: list[tuple] = []

    def put(self, name: str, node: File | Directory) -> None:
        self.live[name] = node
        self.pending.append(("put", name, node))

    def drop(self, name: str) -> None:
        del self.live[name]
        self.pending.append(("drop", name))

    def rename(self, old: str, new: str) -> None:
        node = self.live.pop(old)
        self.live[new] = node
        self.pending.append(("rename", old, new, node))

    def sync(self) -> None:
        self.durable = dict(self.live)
        self.pending = []

    def entries(self, choice: Choice) -> dict[str, File | Directory]:
        entries = dict(self.durable)
        for kind, name, *rest in self.pending:
            if not choice.keeps("entry"):
                continue
            if kind == "put":
                entries[name] = rest[0]
            else:
                entries.pop(name, None)
            if kind == "rename":
                entries[rest[0]] = rest[1]
        return entries


@dataclass
class Disk:
    """The folder of a recorder, from the first record on."""

    root: str
    folder: Directory = field(default_factory=Directory)
    acknowledged: int | None = None
    _descriptors: dict[int, File | Directory] = field(default_factory=dict)

    def adopt(self, folder: Path) -> None:
        """Takes the files of a store that was there before the recording as durable."""
        store = Directory()
        for path in folder.iterdir():
            found = File()
            found.durable = path.read_bytes()
            found.size = len(found.durable)
            store.live[path.name] = found
        store.sync()
        self.folder.live[folder.name] = store
        self.folder.sync()

    def _find(self, path: str) -> tuple[Directory, str]:
        """The directory that a path is in, and its name there."""
        *parents, name = Path(path).relative_to(self.root).parts
        directory = self.folder
        for parent in parents:
            directory = directory.live[parent]
        return directory, name

    def _node(self, path: str) -> File | Directory:
        if path.rstrip("/") == self.root:
            return self.folder
        directory, name = self._find(path)
        return directory.live[name]

    def apply(self, record: Record) -> None:
        getattr(self, f"_{record.word}")(record)

    def _open(self, record: Record) -> None:
        descriptor, created, truncated, _, _ = record.numbers
        if created:
            directory, name = self._find(record.path)
            directory.put(name, File())
        node = self._node(record.path)
        if truncated and isinstance(node, File):
            node.truncate(0)
        self._descriptors[descriptor] = node

    def _write(self, record: Record) -> None:
        self._descriptors[record.numbers[0]].write(record.numbers[1], record.payload)

    def _truncate(self, record: Record) -> None:
        self._descriptors[record.numbers[0]].truncate(record.numbers[1])

    def _grow(self, record: Record) -> None:
        self._descriptors[record.numbers[0]].grow(record.numbers[1])

    def _sync(self, record: Record) -> None:
        self._descriptors[record.numbers[0]].sync()

    def _close(self, record: Record) -> None:
        del self._descriptors[record.numbers[0]]

    def _dup(self, record: Record) -> None:
        self._descriptors[record.numbers[1]] = self._descriptors[record.numbers[0]]

    def _mkdir(self, record: Record) -> None:
        directory, name = self._find(record.path)
        directory.put(name, Directory())

    def _unlink(self, record: Record) -> None:
        directory, name = self._find(record.path)
        directory.drop(name)

    _rmdir = _unlink

    def _rename(self, record: Record) -> None:
        old, new = record.path.split("\0")
        directory, name = self._find(old)
        other, new_name = self._find(new)
        if directory is not other:
            raise SystemExit("the store renames from one directory to another; disk.py does not know how")
        directory.rename(name, new_name)

    def _link(self, record: Record) -> None:
        old, new = record.path.split("\0")
        directory, name = self._find(new)
        directory.put(name, self._node(old))

    def _ack(self, record: Record) -> None:
        self.acknowledged = int(record.payload.split()[1])

    def after_cut(self, choice: Choice) -> dict[str, bytes | None]:
        """Files by their path below the root; directories have none."""
        found: dict[str, bytes | None] = {}

        def walk(directory: Directory, path: str) -> None:
            for name, node in sorted(directory.entries(choice).items()):
                if isinstance(node, Directory):
                    found[path + name] = None
                    walk(node, path + name + "/")
                else:
                    found[path + name] = node.content(choice)

        walk(self.folder, "")
        return found

