"""Files of JSON Lines: what a bad line is told, what becomes of the lines around it, and what no line can do."""

from __future__ import annotations

import json
import random
import signal
import subprocess

from support import BAD_INPUT, DISK, EXISTS, NOT_FOUND, USAGE, Case, Paths

VECTOR = {"vector": [1, 2, 3]}


def lines_of(*objects: dict) -> str:
    return "".join(json.dumps(one) + "\n" for one in objects)


class Import(Case):
    def setUp(self) -> None:
        super().setUp()
        self.done("init")

    def videos(self) -> int:
        return self.done("stats").objects()[0]["videos"]

    def test_a_bad_line_is_named_with_its_field(self) -> None:
        good = json.dumps({"id": "good", **VECTOR})
        bad = [
            ("{", "no JSON object"),
            ("[]", "a line holds one JSON object, found []"),
            ('{"title": "t"}', "field id is missing"),
            ('{"id": 7}', "field id: expected a text, found 7"),
            ('{"id": ""}', "id is empty"),
            ('{"id": "%s"}' % ("x" * 256), "id, in bytes, is 256, the limit is 255"),
            ('{"id": "v", "tags": "one"}', 'field tags: expected a list of texts, found "one"'),
            ('{"id": "v", "tags": [null]}', "field tags: expected a list of texts, found [null]"),
            ('{"id": "v", "min_age": 1.5}', "field min_age: expected a whole number of years, found 1.5"),
            ('{"id": "v", "min_age": 100}', "min_age, in years, is 100, the limit is 99"),
            ('{"id": "v", "kind": "film"}', 'field kind: "film" is no kind of videos; there are movie'),
            ('{"id": "v", "vector": [1, "2"]}', 'field vector: expected a list of numbers, found [1,"2"]'),
            ('{"id": "v", "vector": [0, 0, 0]}', "the vector is zero"),
            ('{"id": "v", "vector": [1e39, 0, 0]}', "is not a finite number"),
            ('{"id": "v", "audio_languages": ["zh_CN"]}', "audio_languages[0]: "),
            ('{"id": "v", "available_from_utc_ms": 5, "available_until_utc_ms": 5}', "available_until_utc_ms is 5"),
            ('{"id": "v", "titel": "t"}', "field titel is unknown"),
            ('{"id": "good"}', 'id "good" stands on line 1 already'),
            ('{"id": "v"}', "neither a vector nor any text"),
            ('{"id": "v", "title": "\\ud800"}', "no JSON object"),
        ]
        for line, why in bad:
            message = self.fails(BAD_INPUT, "import", "-", text=f"{good}\n\n{line}\n")
            self.assertIn("standard input:3: ", message, line)
            self.assertIn(why, message)
            self.assertIn("--skip-bad", message)
        self.assertEqual(self.videos(), 0, "nothing of the batch was added")
        ended = self.done("import", "--skip-bad", "-", text="\n".join([good, *(line for line, _ in bad)]))
        self.assertEqual(ended.objects()[0]["skipped"], len(bad))
        self.assertEqual(len(ended.err.splitlines()), len(bad))
        self.assertEqual(self.videos(), 1)

    def test_batches_before_the_bad_line_stay(self) -> None:
        lines = [json.dumps({"id": f"v{number}", **VECTOR}) for number in range(100)]
        path = self.folder / "videos.jsonl"
        path.write_text("\n".join([*lines[:80], "nonsense", *lines[80:]]), encoding="utf-8")
        message = self.fails(BAD_INPUT, "import", path)
        self.assertIn(f"{path}:81: ", message)
        self.assertIn("The first 64 videos are in the store", message)
        self.assertEqual(self.videos(), 64)
        counts = self.done("import", "--skip-bad", path).objects()[0]
        self.assertEqual((counts["new"], counts["replaced"], counts["skipped"]), (36, 64, 1))

    def test_windows_files_and_overlong_lines_are_read(self) -> None:
        text = b"\xef\xbb\xbf" + lines_of({"id": "a", **VECTOR}).replace("\n", "\r\n").encode()
        text += b'{"id": "' + b"x" * (9 << 20) + b'"}\n' + lines_of({"id": "b", **VECTOR}).encode().rstrip()
        ended = self.done("import", "--skip-bad", "-", text=text)
        self.assertIn("standard input:2: the line is longer than", ended.err)
        self.assertEqual(self.videos(), 2)

    def test_events_are_imported_and_unknown_videos_named(self) -> None:
        self.done("import", "-", text=lines_of({"id": "a", **VECTOR}, {"id": "b", **VECTOR}))
        like = {"kind": "like", "video_id": "a", "time_utc_ms": 5, "profile": "mia"}
        rate = {"kind": "rate", "video_id": "b", "time_utc_ms": 6, "rating": 4.5}
        lost = {**like, "video_id": "zoo"}
        message = self.fails(BAD_INPUT, "import", "--events", "-", text=lines_of(like, lost, rate))
        self.assertIn('standard input:2: "zoo" is no video', message)
        self.assertEqual(self.done("stats").objects()[0]["events"], 0)
        bad = [{**like, "kind": "seen"}, {**rate, "rating": 9}, {"kind": "like", "video_id": "a"}, {**like, "position_ms": -1}]
        bad += [{**like, "device": "TV"}, {**like, "place": 1}, {**like, "company": ""}, {**like, "utc_offset_minutes": 841}]
        text = lines_of(like, lost, *bad, rate)
        counts = self.done("import", "--events", "--skip-bad", "-p", "tom", "-", text=text).objects()[0]
        self.assertEqual((counts["events"], counts["skipped"]), (2, 9))
        events = [line for line in self.done("export", "-p", "tom").objects() if line["record"] == "event"]
        self.assertEqual([(event["kind"], event["rating"]) for event in events], [("rate", 4.5)])

    def test_an_export_goes_back_in_through_a_pipe(self) -> None:
        self.done("import", "-", text=lines_of({"id": "a", "title": "A", **VECTOR}))
        self.done("watch", "-p", "mia", "--position", "12m", "--duration", "1h", "--at", "2026-01-31T20:15:00Z", "a")
        self.done("watch", "-p", "mia", "--share", "0.95", "--at", "5", "a")
        self.done("watch", "-p", "mia", "--share", "0", "--at", "6", "a")
        self.done("watch", "-p", "mia", "--position", "5m", "--at", "7", "a")
        circumstances = ["--device", "tv", "--place", "living_room", "--company", "children", "--utc-offset-minutes", "-210"]
        self.done("rate", "-p", "mia", "a", 5, "--at", "8", *circumstances)
        command = f'"{Paths.command}" export -p mia | "{Paths.command}" import --events -p tom -'
        subprocess.run(["bash", "-ec", command], env=self.environment(), check=True, stdout=subprocess.DEVNULL)
        mia, tom = self.done("export", "-p", "mia").objects(), self.done("export", "-p", "tom").objects()
        self.assertEqual(mia[1:], tom[1:])
        told = {"device": "tv", "place": "living_room", "company": "children", "utc_offset_minutes": -210}
        self.assertEqual({field: tom[5].get(field) for field in told}, told)
        self.assertFalse(told.keys() & tom[4].keys(), "what is unknown is left out")
        extents = [(event["kind"], event["time_utc_ms"], event["position_ms"], event["duration_ms"]) for event in mia[1:-1]]
        expected = [("progress", 1769890500000, 720000, 3600000), ("complete", 5, 3420000, 3600000), ("play", 6, 0, 3600000)]
        self.assertEqual(extents, [*expected, ("progress", 7, 300000, 0), ("rate", 8, 0, 0)])

    def test_files_that_cannot_be_read(self) -> None:
        self.assertIn("none.jsonl", self.fails(NOT_FOUND, "import", "none.jsonl"))
        self.assertIn("directory", self.fails(DISK, "import", self.folder))
        self.fails(USAGE, "import", "-p", "mia", "-")
        self.fails(EXISTS, "init")

    def test_nothing_that_a_line_says_ends_the_import(self) -> None:
        dice = random.Random(20260131)
        video = json.dumps({"id": "v", "title": "流浪地球", "tags": ["科幻"], "min_age": 12, **VECTOR}, ensure_ascii=False)
        lines = []
        for number in range(3000):
            line = bytearray(video.replace('"v"', f'"v{number}"').encode())
            for _ in range(dice.randrange(1, 4)):
                line[dice.randrange(len(line))] = dice.randrange(256)
            lines.append(bytes(line).replace(b"\n", b" "))
        lines.append(b"[" * 100_000)
        ended = self.done("import", "--skip-bad", "-", text=b"\n".join(lines))
        counts = ended.objects()[0]
        self.assertEqual(counts["videos"] + counts["skipped"], len(lines))
        self.assertGreater(counts["videos"], 0)
        self.done("verify")

    def test_an_interrupt_keeps_what_was_added(self) -> None:
        # A shell's background jobs ignore interrupts, and their children would, too.
        heed = lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)  # noqa: E731
        command = [Paths.command, "import", "-"]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, env=self.environment(), preexec_fn=heed)
        # Past what the pipe and the reader hold back, the lines before were taken, and their batches added.
        lines = "".join(lines_of({"id": f"v{number}", "title": "x" * 500, **VECTOR}) for number in range(1000))
        process.stdin.write(lines.encode())
        process.stdin.flush()
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(60), -signal.SIGINT)
        process.stdin.close()
        self.assertTrue(self.done("verify").objects()[0]["intact"])
        self.assertGreaterEqual(self.videos(), 64)
        self.assertEqual(self.videos() % 64, 0, "whole batches")
