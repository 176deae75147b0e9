"""What the command looks like: tables and colours on a terminal, JSON and quiet pipes elsewhere, help whose
examples work."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import unicodedata
from pathlib import Path

from support import DISK, ROOT, TINY_MODEL, USAGE, Case, Paths, write_data

COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def place(text: str, column: int) -> str:
    """What stands from a column on."""
    taken = 0
    for index, letter in enumerate(text):
        if taken >= column:
            return text[index:]
        taken += width(letter)
    return ""


class Terminal(Case):
    def test_chinese_and_english_titles_align(self) -> None:
        self.small_store()
        for columns in (80, 200):
            shown = self.on_terminal("recommend", "--include-watched", columns=columns)
            self.assertEqual(shown.code, 0)
            lines = COLOUR.sub("", shown.out).rstrip("\n").split("\n")
            self.assertTrue(all(width(line) <= columns for line in lines), lines)
            head, line, *rows = lines
            self.assertEqual(set(line.strip()), {"─"})
            where = head.index("Id")
            ids = [place(row, where) for row in rows if row.strip()[0].isdigit()]
            self.assertEqual(ids, ["a", "b", "c"])
            title = head.index("Title")
            self.assertTrue(place(rows[0], title).startswith("流浪地球"))

    def test_colours_stand_on_a_terminal_only(self) -> None:
        self.small_store()
        self.assertRegex(self.on_terminal("recommend").out, COLOUR)
        self.assertNotRegex(self.on_terminal("recommend", NO_COLOR="1").out, COLOUR)
        self.assertNotRegex(self.done("recommend", "--format", "table").out, COLOUR)
        self.assertNotRegex(self.vrec("watch", "none").err, COLOUR)
        self.assertRegex(self.on_terminal("watch", "none").out, COLOUR)

    def test_json_is_for_pipes_and_on_request(self) -> None:
        self.small_store()
        rows = self.done("recommend").objects()
        self.assertEqual(list(rows[0])[:4], ["rank", "id", "title", "score"])
        asked = self.on_terminal("recommend", "--format", "json")
        self.assertEqual([json.loads(line) for line in asked.out.splitlines()], rows)
        for command in (["stats"], ["verify"], ["watch", "b"], ["compact"]):
            for found in self.done(*command).objects():
                self.assertIsInstance(found, dict)

    def test_quiet_says_nothing_but_results(self) -> None:
        self.small_store()
        done = self.done("like", "a", "--quiet", "--format", "table")
        self.assertEqual((done.out, done.err), ("", ""))
        self.assertNotEqual(self.done("recommend", "--quiet", "--format", "table").out, "")

    def test_a_title_cannot_steer_the_terminal(self) -> None:
        self.done("init")
        title = "evil\x1b]0;owned\x07\x1b[31m\nsecond\u202eline"
        video = {"id": "a\x1b[2J", "title": title, "vector": [1, 2]}
        self.done("import", self.write("evil.jsonl", [video, {"id": "b", "vector": [1, 1]}]))
        shown = self.on_terminal("similar", "b", NO_COLOR="1").out
        self.assertNotIn("\x1b", shown)
        self.assertNotIn("\u202e", shown)
        self.assertIn("evil", shown)
        self.assertEqual(self.done("similar", "b").objects()[0]["title"], title)
        self.assertNotIn("\x1b", self.vrec("watch", "no\x1b[31m").err)

    def test_progress_is_shown_on_a_terminal_and_nowhere_else(self) -> None:
        self.done("init")
        videos = self.write("many.jsonl", [{"id": f"v{number}", "vector": [1, number]} for number in range(2000)])
        shown = self.on_terminal("import", videos)
        self.assertIn("%", shown.out)
        self.assertTrue(shown.out.rstrip("\n").endswith("so nothing was embedded."), shown.out[-200:])
        self.assertEqual(self.done("import", videos).err, "")
        self.assertNotIn("%", self.on_terminal("import", "--quiet", videos).out)


class Pipes(Case):
    def test_a_reader_who_has_enough_is_no_failure(self) -> None:
        self.done("init")
        videos = [{"id": f"video number {number}", "vector": [1, number + 1]} for number in range(3000)]
        self.done("import", self.write("many.jsonl", videos))
        process = subprocess.Popen(
            [Paths.command, "similar", "video number 1", "--limit", "3000"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self.environment(),
        )
        self.assertEqual(json.loads(process.stdout.readline())["rank"], 1)
        process.stdout.close()
        self.assertEqual((process.wait(60), process.stderr.read()), (0, b""))
        process.stderr.close()

    def test_output_that_cannot_be_written_is_a_failure(self) -> None:
        self.small_store()
        with open("/dev/full", "wb") as full:
            command = [Paths.command, "recommend"]
            ended = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, env=self.environment())
        self.assertEqual(ended.returncode, DISK)
        self.assertIn(b"writing the output", ended.stderr)

    def test_closed_streams_are_no_panic(self) -> None:
        self.small_store()
        reader, writer = os.pipe()
        os.close(reader)
        for command in (["watch", "none"], ["import", "--skip-bad", "-"], ["recommend", "-p", "nobody"]):
            ended = subprocess.run([Paths.command, *command], stdout=writer, stderr=writer, input=b"{\n", env=self.environment())
            self.assertIn(ended.returncode, (0, 3))
        os.close(writer)


class Help(Case):
    def commands(self) -> list[str]:
        listed = self.done("--help").out.split("Commands:")[1].split("Options:")[0]
        names = re.findall(r"^  ([a-z-]+)", listed, re.MULTILINE)
        return [name for name in names if name != "help"]

    def test_every_command_has_help_with_examples(self) -> None:
        names = self.commands()
        self.assertGreater(len(names), 12)
        self.assertIn("A quick tour", self.done("help").out)
        for name in names:
            text = self.done("help", name).out
            self.assertIn("Examples:\n  ", text, name)
            self.assertLessEqual(max(map(len, text.splitlines())), 110, name)
        self.assertRegex(self.done("--version").out, r"^vrec \d+\.\d+\.\d+\n$")
        self.assertIn("Usage:", self.fails(USAGE))

    def test_exit_codes_stand_in_the_help_and_the_manual(self) -> None:
        manual = (ROOT / "docs" / "command.md").read_text(encoding="utf-8")
        listed = self.done("--help").out.split("Exit codes:")[1]
        for code in range(11):
            self.assertRegex(listed, rf"(?m)(^|  ) ?{code}  [a-z]")
            self.assertRegex(manual, rf"(?m)^\| {code} \|")
        for name in self.commands():
            self.assertIn(f"`{name}`", manual)
        for variable in set(re.findall(r"VREC_[A-Z_]+", self.done("--help").out)):
            self.assertIn(f"`{variable}`", manual)

    def prepared(self) -> Path:
        """A folder with everything the examples name."""
        place = self.folder / "prepared"
        (place / "build" / "runtime").mkdir(parents=True)
        (place / "bin").mkdir()
        (place / "bin" / "vrec").symlink_to(Paths.command)
        (place / "examples").symlink_to(ROOT / "examples")
        (place / "build" / "model").symlink_to(TINY_MODEL)
        (place / "build" / "sequence").symlink_to(ROOT / "tests" / "data" / "tiny-sequence")
        (place / "build" / "runtime" / "libonnxruntime.so.1").symlink_to(Paths.runtime)
        (place / "videos.jsonl").write_text('{"id": "v1", "title": "One"}\n{"id": "v2", "title": "Two"}\n')
        (place / "events.jsonl").write_text('{"kind": "like", "video_id": "v1", "time_utc_ms": 1}\n')
        for name in ("2026-01.csv", "all.csv"):
            (place / name).write_text("user,video,time_utc_ms\na,v1,1\na,v2,2\nb,v1,1\n")
        (place / "2026-02.jsonl").write_text('{"user": "b", "video": "v2", "time_utc_ms": 2}\n')
        (place / "key").write_bytes(bytes(range(32)))
        (place / "salt").write_bytes(bytes(range(32)))
        write_data(place / "dev")
        script = """
            vrec init
            vrec import videos.jsonl
            vrec import --ignore-unknown examples/data/catalog.jsonl
            vrec like --profile mia film-interstellar-2014
            vrec export --profile mia --output exported-profile.jsonl
        """
        self.run_script(place, script)
        shown = {"record": "event", "kind": "impression", "video_id": "v1", "time_utc_ms": 1, "propensity": 0.5}
        (place / "showings.jsonl").write_text(json.dumps(shown) + "\n")
        return place

    def run_script(self, place: Path, script: str) -> subprocess.CompletedProcess:
        variables = self.with_model(TINY_MODEL) | {"VREC_STORE": str(place / "store")}
        environment = self.environment(**variables)
        environment["PATH"] = f"{place / 'bin'}:{environment['PATH']}"
        command = ["bash", "-euo", "pipefail", "-c", script]
        ended = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        self.assertEqual(ended.returncode, 0, f"{script}: {ended.stderr}")
        return ended

    def test_the_examples_work(self) -> None:
        prepared = self.prepared()
        tried = 0
        for name in self.commands():
            examples = self.done("help", name).out.split("Examples:\n")[1].split("\n\n")[0]
            lines = [line.strip() for line in examples.splitlines()]
            if name == "pack":
                # One after the other: what the one makes the next takes.
                lines = ["\n".join(lines)]
            for line in lines:
                if "jq" in line and shutil.which("jq") is None:
                    continue
                place = self.folder / f"example {tried}"
                shutil.copytree(prepared, place, symlinks=True)
                if name == "rotate-key":
                    self.run_script(place, "vrec rotate-key --new-key-file key")
                if name == "verify":
                    line = line.replace("./my-store", "./store")
                # Nobody is there to be asked.
                self.run_script(place, line if name != "forget" or "--yes" in line else f"{line} --yes")
                shutil.rmtree(place)
                tried += 1
        self.assertGreater(tried, 20)

    def test_the_tour_works(self) -> None:
        place = self.folder / "tour"
        (place / "build" / "runtime").mkdir(parents=True)
        (place / "bin").mkdir()
        (place / "bin" / "vrec").symlink_to(Paths.command)
        (place / "examples").symlink_to(ROOT / "examples")
        (place / "build" / "model").symlink_to(TINY_MODEL)
        (place / "build" / "runtime" / "libonnxruntime.so.1").symlink_to(Paths.runtime)
        tour = self.done("help").out.split("A quick tour:\n")[1].split("\n\n")[0]
        last = self.run_script(place, tour).stdout.splitlines()[-1]
        self.assertEqual(json.loads(last)["rank"], 10)
