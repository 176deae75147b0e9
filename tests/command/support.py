"""How the tests use the built `vrec` command: as a person or a script would, in folders of their own."""

from __future__ import annotations

import gzip
import json
import os
import pty
import select
import shutil
import struct
import subprocess
import tempfile
import termios
import fcntl
import unittest
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TINY_MODEL = ROOT / "tests" / "data" / "tiny-model"
SECONDS = 300

OTHER, USAGE, NOT_FOUND, DAMAGED, KEY, BUSY, DISK, NO_MODEL, BAD_INPUT, EXISTS = range(1, 11)


class Paths:
    """Set once by run.py."""

    command: Path
    model: Path
    runtime: Path


@dataclass
class Ended:
    code: int
    out: str
    err: str

    def objects(self) -> list[dict]:
        """The output as JSON Lines."""
        return [json.loads(line) for line in self.out.splitlines()]


class Case(unittest.TestCase):
    """A test with a folder of its own."""

    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="vrec command "))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.store = self.folder / "the store"

    def environment(self, **more: str) -> dict[str, str]:
        known = {name: value for name, value in os.environ.items() if not name.startswith("VREC_")}
        for name in ("NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS"):
            known.pop(name, None)
        return known | {"VREC_STORE": str(self.store), "TERM": "xterm-256color"} | more

    def with_model(self, model: Path | None = None) -> dict[str, str]:
        return {"VREC_MODEL": str(model or Paths.model), "VREC_RUNTIME": str(Paths.runtime)}

    def vrec(self, *arguments: object, text: str | bytes = b"", **environment: str) -> Ended:
        given = text.encode() if isinstance(text, str) else text
        ended = subprocess.run(
            [Paths.command, *map(str, arguments)],
            input=given,
            capture_output=True,
            cwd=self.folder,
            env=self.environment(**environment),
            timeout=SECONDS,
        )
        found = Ended(ended.returncode, ended.stdout.decode(), ended.stderr.decode())
        self.assertNotIn("panicked", found.err)
        self.assertGreaterEqual(found.code, 0, "ended by a signal")
        return found

    def done(self, *arguments: object, **options) -> Ended:
        """Runs a command that has to succeed."""
        ended = self.vrec(*arguments, **options)
        self.assertEqual(ended.code, 0, f"{arguments}: {ended.err}")
        return ended

    def fails(self, code: int, *arguments: object, **options) -> str:
        """Runs a command that has to fail with this code, and returns its message."""
        ended = self.vrec(*arguments, **options)
        self.assertEqual(ended.code, code, f"{arguments}: {ended.out}{ended.err}")
        self.assertNotEqual(ended.err, "", "a failure says what to do")
        return ended.err

    def on_terminal(self, *arguments: object, answer: str = "", columns: int = 80, **environment: str) -> Ended:
        """Runs on a terminal of its own; what is shown there, both streams together, is the output."""
        controller, terminal = pty.openpty()
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        process = subprocess.Popen(
            [Paths.command, *map(str, arguments)],
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            cwd=self.folder,
            env=self.environment(**environment),
        )
        os.close(terminal)
        if answer:
            os.write(controller, answer.encode())
        shown = b""
        while select.select([controller], [], [], SECONDS)[0]:
            try:
                piece = os.read(controller, 65536)
            except OSError:  # Linux tells the end of a terminal like this.
                break
            if not piece:
                break
            shown += piece
        os.close(controller)
        return Ended(process.wait(SECONDS), shown.decode().replace("\r\n", "\n"), "")

    def write(self, name: str, lines: list[dict]) -> Path:
        path = self.folder / name
        path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
        return path

    def small_store(self, *options: object, profile: str = "default") -> None:
        """Three videos with vectors of their own, one of them watched; no model is needed."""
        self.done("init", *options)
        videos = [
            {"id": "a", "title": "流浪地球", "vector": [1, 0, 0], "kind": "movie", "min_age": 12},
            {"id": "b", "title": "Interstellar", "vector": [0.9, 0.4, 0], "kind": "movie", "min_age": 16},
            {"id": "c", "title": "红烧肉", "vector": [0, 0, 1], "kind": "course"},
        ]
        self.done("import", *options, self.write("small.jsonl", videos))
        self.done("watch", *options, "--profile", profile, "--at", "2026-01-31", "a")


def data_videos() -> list[dict]:
    return [{"id": f"v{number}", "title": f"Video {number}", "tags": ["Drama"], "year": 1990 + number} for number in range(12)]


def data_events() -> list[tuple[str, str, int, str]]:
    """User, video, seconds and part in the split loo: everybody watches in one order, the last video is to be found."""
    parts = {3: "valid", 4: "test"}
    return [
        (f"u{user}", f"v{user % 3 + place}", 1000 * user + place, parts.get(place, "train"))
        for user in range(8)
        for place in range(5)
    ]


def write_data(folder: Path) -> None:
    """A data set for `vrec eval` in the project's own layout."""
    folder.mkdir()
    videos = "".join(json.dumps(video) + "\n" for video in data_videos())
    (folder / "videos.jsonl.gz").write_bytes(gzip.compress(videos.encode()))
    write_splits(folder, data_events())


def write_splits(folder: Path, events: list[tuple[str, str, int, str]]) -> None:
    rows = [f"{user},{video},4.0,{seconds},{part}" for user, video, seconds, part in events]
    (folder / "splits.csv").write_text("\n".join(["user,video,rating,timestamp,loo", *rows]) + "\n", encoding="utf-8")


def files_of(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
