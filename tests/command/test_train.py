"""`vrec train --events`: files of a service in every form, bad lines, and going on after it was cut."""

from __future__ import annotations

import gzip
import json
import random
import shutil
import subprocess
import time
import unittest
from pathlib import Path

from support import BAD_INPUT, EXISTS, NOT_FOUND, USAGE, Case, Paths, files_of

PARTS = ["content", "ease", "histories"]


class Training(Case):
    def setUp(self) -> None:
        super().setUp()
        draw = random.Random(5)
        self.videos = [
            {"id": f"v{number}", "title": f"Video {number}", "tags": [f"genre {number % 6}"],
             "vector": [draw.random() - 0.5 for _ in range(8)]}
            for number in range(60)
        ]
        self.rows = []
        for user in range(120):
            liked = [video for video in range(60) if video % 6 == user % 6 or draw.random() < 0.1]
            watched = draw.sample(liked, 8)
            self.rows += [(f"u{user}", f"v{video}", 1_700_000_000 + 60 * (9 * user + at)) for at, video in enumerate(watched)]
        draw.shuffle(self.rows)
        self.done("init")
        self.done("import", self.write("videos.jsonl", self.videos))

    def csv(self, name: str = "events.csv") -> Path:
        path = self.folder / name
        lines = [f"{user},{video},{seconds}" for user, video, seconds in self.rows]
        path.write_text("\n".join(["userId,movieId,timestamp", *lines]) + "\n", encoding="utf-8")
        return path

    def listed(self) -> list[str]:
        lines = self.done("recommend", "--profile", "zoe", "--ranking", "blend", "--feature-weight", "ease=1").objects()
        return [(line["id"], line["score"]) for line in lines]

    def test_files_in_every_form_teach_the_same(self) -> None:
        self.done("watch", "--profile", "zoe", "v0")
        said = self.done("train", "--events", self.csv()).objects()
        self.assertEqual(said, [{"trained": ["ease", "content"], "events": 960, "bad_lines": 0, "users": 120}])
        expected = self.listed()
        self.assertTrue(all(int(video[1:]) % 6 == 0 for video, _ in expected[:3]), expected)
        lines = [{"user": user, "video_id": video, "kind": "complete", "time_utc_ms": 1000 * seconds, "more": {}}
                 for user, video, seconds in self.rows]
        packed = self.folder / "events.jsonl.gz"
        packed.write_bytes(gzip.compress(self.write("events.jsonl", lines).read_bytes()))
        half = len(self.rows) // 2
        tabs = self.folder / "second.tsv"
        tabs.write_text("".join("\t".join(map(str, row)) + "\n" for row in [("viewer", "item", "time"), *self.rows[half:]]))
        first = self.write("first.ndjson", lines[:half])
        marked = self.folder / "marked.csv"
        marked.write_bytes(b"\xef\xbb\xbf" + self.csv().read_bytes())
        for files in ([packed], [first, tabs], [marked], [self.csv(), "--threads", "3"]):
            self.done("train", "--events", *files)
            self.assertEqual(self.listed(), expected, files)

    def test_nothing_is_left_of_the_users(self) -> None:
        self.done("train", "--events", self.csv())
        self.assertEqual(self.done("stats").objects()[0]["profiles"], 0)
        self.assertEqual(self.done("profile", "list").objects(), [])
        for path, found in files_of(self.store).items():
            self.assertNotIn(b"u117", found, path)

    def test_bad_lines_are_named_and_counted(self) -> None:
        with self.csv().open("a", encoding="utf-8") as file:
            file.write("u1,,5\nu1,v1,soon\n,v1,5\nu1,v1\n")
        ended = self.done("train", "--events", "events.csv")
        self.assertEqual(ended.objects()[0]["bad_lines"], 4)
        for said in ("events.csv:962: video_id is empty", "events.csv:963: column time", "events.csv:964: the user is missing"):
            self.assertIn(said, ended.err)
        bad = self.folder / "bad.csv"
        bad.write_text("user,video,time\nu,v,never\n")
        self.assertIn("no line of the files is an event", self.fails(BAD_INPUT, "train", "--events", bad))
        bad.write_text("who,what\nu,v\n")
        self.assertIn("has no column user", self.fails(BAD_INPUT, "train", "--events", bad))
        bad.rename(self.folder / "bad.xml")
        self.assertIn(".parquet", self.fails(USAGE, "train", "--events", "bad.xml"))
        self.fails(NOT_FOUND, "train", "--events", "nothing.csv")
        (self.folder / "bad.parquet").write_bytes(b"PAR1 no table PAR1")
        self.fails(BAD_INPUT, "train", "--events", "bad.parquet")
        self.assertIn("memory_limit_bytes", self.fails(1, "train", "--events", "events.csv", "--memory-limit", "2K"))
        self.fails(USAGE, "train", "--events", "events.csv", "--threads", "65")
        self.fails(USAGE, "train", "--checkpoint", "folder")

    def test_a_checkpoint_of_other_inputs_is_refused_and_a_damaged_one_made_anew(self) -> None:
        self.csv()
        train = ["train", "--events", "events.csv", "--checkpoint", "half"]
        self.done(*train)
        half = self.folder / "half"
        self.assertEqual(sorted(path.name for path in half.iterdir()), PARTS)
        whole = files_of(half)
        damaged = bytearray((half / "ease").read_bytes())
        damaged[-1] ^= 1
        (half / "ease").write_bytes(damaged)
        (half / "content").write_bytes((half / "content").read_bytes()[:50])
        self.done(*train)
        self.assertEqual(files_of(half), whole)
        self.assertIn("other files", self.fails(EXISTS, *train, "--feature-weight", "ease=1"))
        with (self.folder / "events.csv").open("a") as file:
            file.write("u1,v5,1800000000\n")
        self.assertIn("other files", self.fails(EXISTS, *train))
        self.assertEqual(files_of(half), whole)

    def packed(self, path: Path) -> bytes:
        """The sections of a pack, as they stand behind its header."""
        bytes_of = path.read_bytes()
        return bytes_of[80 + int.from_bytes(bytes_of[12:16], "little"):]

    def make_pack(self, *command: object) -> list[str]:
        key = self.folder / "signing-key"
        key.write_bytes(bytes(range(1, 33)))
        return [*map(str, command), "--line", "films", "--number", "1", "--signing-key-file", str(key)]

    def test_a_pack_of_events_holds_what_that_of_profiles_does(self) -> None:
        self.rows.sort(key=lambda row: row[2])
        before = files_of(self.store)
        pack, least = self.folder / "events.pack", ("--least-profiles", "2")
        ended = self.done(*self.make_pack("train", "--events", self.csv(), "--pack", pack), *least).objects()[0]
        self.assertEqual((ended["users"], ended["pack"]["number"], ended["pack"]["bytes"]), (120, 1, pack.stat().st_size))
        self.assertEqual(files_of(self.store), before, "the store is as it was")
        # Also taken up from a checkpoint, and on several threads.
        again = self.folder / "again.pack"
        for _ in range(2):
            self.done(*self.make_pack("train", "--events", "events.csv", "--pack", again), *least, "--threads", "2",
                      "--checkpoint", "half")
            self.assertEqual(self.packed(again), self.packed(pack))

        home = self.folder / "profiles"
        events = [{"kind": "complete", "profile": user, "video_id": video, "time_utc_ms": 1000 * seconds}
                  for user, video, seconds in self.rows]
        self.done("init", "--store", home)
        self.done("import", "--store", home, self.write("videos.jsonl", self.videos))
        self.done("import", "--store", home, "--events", self.write("profiles.jsonl", events))
        self.done("train", "--store", home)
        expected = self.folder / "profiles.pack"
        self.done(*self.make_pack("pack", "export", "--store", home, expected), *least)
        self.assertEqual(self.packed(pack), self.packed(expected))

        trusted = self.folder / "trusted"
        trusted.write_text(self.done("pack", "public-key", "--signing-key-file", "signing-key").out)
        told = self.done("pack", "info", pack, "--trust", trusted).objects()[0]
        self.assertEqual((told["videos"], told["has_sequence"], told["noise"]), (60, False, None))
        self.done("pack", "import", pack, "--trust", trusted)
        # It says so before it reads a file, or keeps anything of the training.
        refused = self.fails(USAGE, "train", "--events", "there-is-none.csv", "--checkpoint", "parts")
        self.assertIn("revert it first", refused)
        self.assertFalse((self.folder / "parts").exists())
        self.assertIn("revert it first", self.fails(USAGE, "train"))
        self.assertIn("revert the pack", self.fails(USAGE, *self.make_pack("pack", "export", "other.pack")))
        delta = self.folder / "2.pack"
        self.done("train", "--events", "events.csv", "--pack", delta, "--line", "films", "--number", "2", "--base", pack,
                  "--signing-key-file", "signing-key", *least)
        self.assertLess(delta.stat().st_size, pack.stat().st_size)
        self.done("pack", "import", delta, "--trust", trusted)

    def test_a_pack_of_events_needs_all_that_a_pack_needs(self) -> None:
        self.csv()
        train = self.make_pack("train", "--events", "events.csv")
        self.assertIn("--pack", self.fails(USAGE, *train))
        self.assertIn("--line", self.fails(USAGE, "train", "--events", "events.csv", "--pack", "1.pack"))
        self.assertIn("--events", self.fails(USAGE, *self.make_pack("train", "--pack", "1.pack")))
        self.assertIn("--delta", self.fails(USAGE, *train, "--pack", "1.pack", "--epsilon", "8"))
        self.assertFalse((self.folder / "1.pack").exists())
        counted = self.done(*train, "--pack", "1.pack", "--feature-weight", "transitions=1").objects()[0]
        self.assertEqual(counted["trained"], [])
        self.done(*train, "--pack", "1.pack", "--epsilon", "8", "--delta", "0.001", "--most-watches", "4")

    def weights_of(self, name: str, users: int, *, is_cut: bool = False) -> tuple[dict, bytes]:
        """What training tells and packs: its users go by the numbers of thirty videos, but for some that are left out."""
        draw = random.Random(7)
        self.rows = []
        for user in range(users):
            turn = draw.randrange(30)
            watched = sorted(draw.sample(range(30), 12), key=lambda video: (video + turn) % 30)
            self.rows += [(f"u{user}", f"v{video}", 1_700_000_000 + 86_400 * at) for at, video in enumerate(watched)]
        pack = self.folder / f"{name}.pack"
        train = self.make_pack("train", "--events", self.csv(f"{name}.csv"), "--pack", pack, "--learn-weights")
        train += ["--checkpoint", f"{name}-half", "--least-profiles", "1"]
        train += [f"--feature-weight={weight}" for weight in ("transitions=0.1", "item_neighbours=1", "taste=0.4")]
        half = self.folder / f"{name}-half"
        if is_cut:
            process = subprocess.Popen([Paths.command, *train], cwd=self.folder, env=self.environment(),
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            while process.poll() is None and not (half / "histories").exists():
                time.sleep(0.001)
            process.kill()
            process.wait()
            self.assertFalse((half / "weights").exists(), "it was cut while weights were learned")
        said = self.done(*train).objects()[0]
        kept = files_of(half)
        self.assertEqual(sorted(path.name for path in half.iterdir()), ["histories", "weights"])
        again = self.done(*train).objects()[0]
        self.assertEqual((again["learned_weights"], files_of(half)), (said["learned_weights"], kept))
        if not is_cut:
            other = [argument for argument in train if argument != "--learn-weights"]
            self.assertIn("other files, features or videos", self.fails(EXISTS, *other))
        return said["learned_weights"], self.packed(pack)

    def test_weights_are_learned_and_a_pack_brings_them(self) -> None:
        learned, packed = self.weights_of("events", 52)
        weights = learned["weights"]
        self.assertEqual(learned["outcome"], "learned")
        self.assertGreater(weights["transitions"], 0.2 * weights.get("item_neighbours", 0))
        self.assertGreater(learned["gain"], learned["plus_minus"])
        self.assertEqual((learned["choosing_lists"], learned["confirming_lists"]), (104, 104))
        self.assertEqual(self.weights_of("cut", 52, is_cut=True), (learned, packed))
        trusted = self.folder / "trusted"
        trusted.write_text(self.done("pack", "public-key", "--signing-key-file", "signing-key").out)
        self.done("pack", "import", self.folder / "events.pack", "--trust", trusted)
        self.done("watch", "--profile", "zoe", "v3")
        ranked = ["recommend", "--profile", "zoe", "--ranking", "blend", "--limit", "30"]
        said = [argument for name, weight in weights.items() for argument in ("--feature-weight", f"{name}={weight}")]
        self.assertEqual(self.done(*ranked).out, self.done(*ranked, *said).out)
        start = [argument for name in ("transitions=0.1", "item_neighbours=1", "taste=0.4")
                 for argument in ("--feature-weight", name)]
        self.assertNotEqual(self.done(*ranked).out, self.done(*ranked, *start).out)

    def test_few_watches_keep_the_weights_and_noise_does_not_account_for_them(self) -> None:
        learned, _ = self.weights_of("events", 9)
        self.assertEqual((learned["outcome"], learned["gain"], learned["choosing_lists"]), ("too_few", 0, 20))
        self.assertEqual(learned["weights"], {"transitions": 0.1, "item_neighbours": 1.0, "taste": 0.4})
        train = self.make_pack("train", "--events", "events.csv", "--learn-weights")
        self.assertIn("--pack", self.fails(USAGE, *train))
        noise = ("--epsilon", "8", "--delta", "0.001", "--most-watches", "4")
        self.assertIn("--epsilon", self.fails(USAGE, *train, "--pack", "2.pack", *noise))
        said = self.done(*train, "--pack", "2.pack", "--format", "table").out
        self.assertIn("Kept the weights: 36 lists, and 100 to choose by and 100 to confirm by are needed.", said)

    def test_a_cut_training_goes_on_to_the_same_bytes(self) -> None:
        self.csv()
        train = [Paths.command, "train", "--quiet", "--events", "events.csv", "--checkpoint"]
        subprocess.run([*train, "whole"], cwd=self.folder, env=self.environment(), check=True, capture_output=True)
        expected = {path.name: found for path, found in files_of(self.folder / "whole").items()}
        cut_at = set()
        for enough in range(len(expected) + 1):
            half = self.folder / f"half-{enough}"
            process = subprocess.Popen([*train, half], cwd=self.folder, env=self.environment(), stdout=subprocess.DEVNULL)
            while process.poll() is None and (len(list(half.iterdir())) if half.is_dir() else 0) < enough:
                time.sleep(0.001)
            process.kill()
            process.wait()
            there = sorted(path.name for path in half.iterdir()) if half.is_dir() else []
            cut_at.add(tuple(there))
            subprocess.run([*train, half], cwd=self.folder, env=self.environment(), check=True, capture_output=True)
            found = {path.name: found for path, found in files_of(half).items() if not path.name.endswith(".new")}
            self.assertEqual(found, expected, f"cut when there were {there}")
            shutil.rmtree(half)
        self.assertGreater(len(cut_at), 2, "it was cut at several places")


if __name__ == "__main__":
    unittest.main()
