"""Stores that are missing, locked, sealed, damaged; profiles that are exported, thinned out and forgotten."""

from __future__ import annotations

import fcntl
import os
import shutil
import sqlite3
import stat

from support import BUSY, DAMAGED, DISK, EXISTS, KEY, NOT_FOUND, OTHER, USAGE, Case, files_of

HEX = "0123456789abcdef" * 4


class Stores(Case):
    def test_a_store_is_made_once_and_by_init_only(self) -> None:
        for command in (["stats"], ["verify"], ["recommend"], ["watch", "a"], ["train"], ["forget", "-p", "x", "--yes"], ["import", "-"]):
            message = self.fails(NOT_FOUND, *command)
            self.assertIn(f"no store at {self.store}", message)
            self.assertIn(f"vrec init --store {self.store}", message)
        self.assertFalse(self.store.exists())
        self.assertIn("VREC_STORE", self.fails(USAGE, "stats", VREC_STORE=""))
        self.assertEqual(self.done("init").objects(), [{"store": str(self.store)}])
        before = files_of(self.store)
        self.fails(EXISTS, "init")
        self.assertEqual(files_of(self.store), before)
        self.assertIn("directory of its own", self.fails(EXISTS, "init", "--store", self.folder))
        self.fails(DISK, "init", "--store", self.folder / "none" / "store")
        self.assertEqual(stat.S_IMODE(self.store.stat().st_mode), 0o700)

    def test_an_empty_store_gives_empty_lists(self) -> None:
        self.done("init")
        ended = self.done("recommend")
        self.assertEqual(ended.out, "")
        self.assertIn("list is empty", ended.err)
        self.assertEqual(self.done("recommend", "--quiet").err, "")
        self.fails(NOT_FOUND, "similar", "a")
        self.fails(NOT_FOUND, "forget", "-p", "nobody", "--yes")
        self.fails(NOT_FOUND, "export", "-p", "nobody")

    def test_many_read_and_one_writes(self) -> None:
        self.small_store()
        handle = os.open(self.store, os.O_RDONLY)
        self.addCleanup(os.close, handle)
        fcntl.flock(handle, fcntl.LOCK_SH)
        self.assertEqual(self.done("recommend").objects()[0]["id"], "b")
        self.done("stats")
        self.assertIn("open elsewhere", self.fails(BUSY, "watch", "b"))
        fcntl.flock(handle, fcntl.LOCK_EX)
        self.fails(BUSY, "recommend")
        self.fails(BUSY, "verify")
        fcntl.flock(handle, fcntl.LOCK_UN)
        self.done("watch", "b")

    def test_values_out_of_range_are_refused(self) -> None:
        self.small_store()
        for arguments in (
            ["recommend", "--limit", "0"],
            ["recommend", "--limit", "10001"],
            ["recommend", "--min-score", "2"],
            ["recommend", "--kind", "film"],
            ["recommend", "--audio", "zh_CN"],
            ["recommend", "--available-at", "soon"],
            ["recommend", "--include-watched", "--exclude-watched"],
            ["recommend", "--profile", ""],
            ["search", " "],
            ["rate", "a", "6"],
            ["rate", "a", "NaN"],
            ["watch", "a", "--share", "1.5"],
            ["watch", "a", "--share", "1", "--position", "1m"],
            ["watch", "a", "--duration", "1m"],
            ["watch", "a", "--position", "90"],
            ["recommend", "--ranking", "best"],
            ["recommend", "--ranking", "blend", "--min-score", "0.5"],
            ["recommend", "--ranking", "blend", "--feature-weight", "best=1"],
            ["recommend", "--ranking", "blend", "--feature-weight", "ease"],
            ["recommend", "--ranking", "blend", "--feature-weight", "ease=1001"],
            ["recommend", "--ranking", "blend", "--feature-weight", "ease=1", "--feature-weight", "ease=0"],
            ["recommend", "--feature-weight", "ease=1"],
            ["train", "--feature-weight", "taste=1"],
            ["train", "--feature-weight", "ease=0"],
            ["recommend", "--device", "television"],
            ["recommend", "--place", ""],
            ["recommend", "--company", "dog"],
            ["recommend", "--utc-offset-minutes", "841"],
            ["recommend", "--at", "soon"],
            ["similar", "a", "--ranking", "blend"],
            ["watch", "a", "--company", "Alone"],
            ["watch", "a", "--utc-offset-minutes", "+1:00"],
            ["retain"],
            ["retain", "--max-age", "0s"],
            ["retain", "--max-events", "0"],
            ["rotate-key"],
            ["export"],
            ["export", "-p", "default", "--salt-file", "x"],
            ["export", "-p", "default", "--anonymised", "--time-step", "5m"],
            ["no-such-command"],
            ["stats", "--format", "xml"],
        ):
            self.fails(USAGE, *arguments)

    def test_filters_and_scores(self) -> None:
        self.small_store()
        ids = lambda *options: [row["id"] for row in self.done("recommend", *options).objects()]  # noqa: E731
        self.assertEqual(ids(), ["b", "c"])
        self.assertEqual(ids("--kind", "course"), ["c"])
        self.assertEqual(ids("--max-age", "16"), ["b"])
        self.assertEqual(ids("--viewer-age", "15"), [])
        self.assertEqual(ids("--min-score", "0.5"), ["b"])
        self.assertEqual(ids("--include-watched"), ["a", "b", "c"])
        self.assertEqual(ids("--include-watched", "--exclude", "b", "--kind", "movie,course"), ["a", "c"])
        self.assertEqual(ids("-p", "nobody"), [])

    def test_a_blend_begins_with_what_others_watched_next(self) -> None:
        self.small_store()
        self.done("import", self.write("one.jsonl", [{"id": "d", "title": "长津湖", "vector": [0.8, 0, 0.6]}]))
        # Few of them would count less than the taste.
        others = [{"kind": "complete", "profile": f"o{number}", "video_id": id} for number in range(30) for id in "ad"]
        self.done("import", "--events", self.write("others.jsonl", [{**one, "time_utc_ms": 1} for one in others]))
        for other in ("tom", "mia"):
            self.done("watch", "-p", other, "--company", "friends", "a", "d")
        first = lambda *options: self.done("recommend", *options).objects()[0]  # noqa: E731
        self.assertEqual([first()["id"], first("--ranking", "taste")["id"]], ["b", "b"])
        self.assertEqual(first("--ranking", "blend")["id"], "d")
        self.assertEqual(first("--ranking", "blend")["because_id"], "a")
        told = ["--device", "tablet", "--place", "away", "--company", "alone", "--utc-offset-minutes", "-60", "--at", "now"]
        self.assertEqual(first("--ranking", "blend", *told)["id"], "d")
        recorded = self.done("like", "-p", "tom", "b", "--device", "phone", "--utc-offset-minutes", "480").objects()[0]
        self.assertEqual((recorded["device"], recorded["place"], recorded["utc_offset_minutes"]), ("phone", "unknown", 480))

    def test_a_blend_counts_what_it_is_told_and_what_was_trained(self) -> None:
        self.small_store()
        events = [
            {"kind": "complete", "profile": f"{group}{number}", "video_id": id, "time_utc_ms": 1, "device": device}
            for group, videos, device in (("x", "ac", "tv"), ("y", "b", "phone"))
            for number in range(4 if group == "x" else 9)
            for id in videos
        ]
        self.done("import", "--events", self.write("events.jsonl", events))

        def first(*weights: str, options: tuple[str, ...] = ()) -> str | None:
            given = [word for weight in weights for word in ("--feature-weight", weight)]
            rows = self.done("recommend", "--ranking", "blend", *given, *options).objects()
            return rows[0]["id"] if rows else None

        self.assertEqual([first("popularity=1"), first("transitions=1"), first("taste=-1")], ["b", "c", "c"])
        self.assertEqual(first("transitions=1", "popularity=100"), "b")
        self.assertEqual(first("context=1", options=("--at", "1", "--device", "tv")), "c")
        self.assertEqual(first("context=1", options=("--at", "1", "--device", "phone")), "b")
        self.assertEqual(first("ease=1"), None)
        self.assertEqual(self.done("train").objects(), [{"trained": ["ease", "content"], "profiles": 14}])
        self.assertEqual(first("ease=1"), "c")
        said = self.done("train", "--format", "table", "--feature-weight", "factors=1", "--feature-weight", "content=2").out
        self.assertEqual(said, "Trained factors, content on the histories of 14 profiles.\n")
        self.assertEqual(first("ease=1"), None)
        self.done("train")
        self.done("forget", "-p", "x3", "--yes")
        self.assertEqual(first("ease=1"), None)


class Keys(Case):
    def setUp(self) -> None:
        super().setUp()
        self.key = self.folder / "key"
        self.key.write_bytes(bytes(range(32)))
        self.other = self.folder / "other"
        self.other.write_text(HEX + "\n")

    def test_nobody_reads_without_the_key(self) -> None:
        self.small_store("--key-file", self.key, profile="mia")
        stored = b"".join(files_of(self.store).values())
        for plain in ("流浪地球", "Interstellar", "mia"):
            self.assertNotIn(plain.encode(), stored)
        for command in ("stats", "verify", "recommend"):
            self.assertIn("--key-file", self.fails(KEY, command))
            self.fails(KEY, command, "--key-file", self.other)
            self.done(command, VREC_KEY_FILE=str(self.key))

    def test_files_that_hold_no_key(self) -> None:
        for content in (b"", b"short", bytes(33), HEX.encode()[:-1], b"g" * 64):
            (self.folder / "bad").write_bytes(content)
            self.assertIn("32 bytes, or 64 hex digits", self.fails(KEY, "init", "--key-file", "bad"))
        (self.folder / "bad").write_bytes(bytes(32))
        self.assertIn("zeros", self.fails(USAGE, "init", "--key-file", "bad"))
        self.fails(NOT_FOUND, "init", "--key-file", "none")
        self.assertFalse(self.store.exists())

    def test_the_key_changes_and_goes(self) -> None:
        self.small_store()
        self.assertEqual(self.done("rotate-key", "--new-key-file", self.other).objects(), [{"key": True}])
        self.fails(KEY, "stats")
        self.done("rotate-key", "--key-file", self.other, "--new-key-file", self.key)
        self.fails(KEY, "stats", "--key-file", self.other)
        self.done("rotate-key", "--key-file", self.key, "--no-key")
        self.assertEqual(self.done("stats").objects()[0]["events"], 1)


class Damage(Case):
    def damaged_copies(self):
        """Copies of the store, each with one file cut short or one of its bits turned."""
        original = self.folder / "original"
        shutil.copytree(self.store, original)
        for path, content in files_of(original).items():
            for place in range(100, len(content), max(1, len(content) // 12)):
                yield path.name, content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
            yield path.name, content[: len(content) // 2]
            yield path.name, b""

    def restore(self, name: str, content: bytes) -> None:
        shutil.rmtree(self.store)
        shutil.copytree(self.folder / "original", self.store)
        (self.store / name).write_bytes(content)

    def test_damage_is_listed_and_nothing_is_changed(self) -> None:
        self.small_store(profile="mia")
        told = 0
        for name, content in self.damaged_copies():
            self.restore(name, content)
            before = files_of(self.store)
            ended = self.vrec("verify")
            self.assertIn(ended.code, (0, DAMAGED), ended.err)
            self.assertEqual(files_of(self.store), before)
            told += ended.code == DAMAGED
            if ended.code == DAMAGED and ended.out:
                report = ended.objects()[0]
                self.assertFalse(report["intact"])
                self.assertTrue(report["damage"] or report["database"] or report["unused_damaged_vectors"])
            self.assertIn(self.vrec("recommend").code, (0, DAMAGED))
        self.assertGreater(told, 5)

    def test_a_damaged_vector_can_be_set_aside(self) -> None:
        self.small_store()
        vectors = next(path for path in files_of(self.store) if path.suffix == ".vrec")
        content = bytearray(vectors.read_bytes())
        content[-40] ^= 0xFF
        vectors.write_bytes(content)
        message = self.fails(DAMAGED, "recommend")
        self.assertIn("vrec verify", message)
        self.assertIn("--quarantine", message)
        self.fails(DAMAGED, "verify", "--format", "table")
        table = self.vrec("verify", "--format", "table").out
        self.assertIn("missing or damaged vectors", table)
        self.assertIn("set aside", self.done("like", "a", "--quarantine").err)
        self.assertEqual(self.done("stats").objects()[0]["videos"], 3)


class Profiles(Case):
    def test_a_forgotten_profile_leaves_no_bytes(self) -> None:
        self.small_store(profile="tom")
        for number in range(20):
            self.done("watch", "-p", "mia", "--at", str(number), "b")
        database = sqlite3.connect(f"file:{self.store}/store.sqlite?mode=ro", uri=True)
        rows = "SELECT id >> 40, sealed FROM events UNION ALL SELECT id, sealed FROM keys"
        sealed = {}
        for profile, record in database.execute(rows):
            sealed.setdefault(profile, []).append(bytes(record))
        database.close()
        mia = max(sealed)
        self.assertEqual(len(sealed[mia]), 21, "twenty events and a key")
        self.assertIn("Add --yes", self.fails(USAGE, "forget", "-p", "mia"))
        self.assertEqual(self.done("forget", "-p", "mia", "--yes").objects(), [{"events": 20, "forgotten": "mia"}])
        self.fails(NOT_FOUND, "forget", "-p", "mia", "--yes")
        stored = b"".join(files_of(self.store).values())
        for record in sealed[mia]:
            for piece in range(0, len(record) - 16, 16):
                self.assertNotIn(record[piece : piece + 16], stored)
        self.assertTrue(all(record in stored for record in sealed[min(sealed.keys() - {0})]), "tom's are there")
        self.assertEqual(self.done("export", "-p", "tom").objects()[0]["id"], "tom")

    def test_forgetting_asks_on_a_terminal(self) -> None:
        self.small_store()
        refused = self.on_terminal("forget", "-p", "default", answer="n\n")
        self.assertEqual(refused.code, OTHER)
        self.assertIn("[y/N]", refused.out)
        self.assertEqual(self.done("stats").objects()[0]["profiles"], 1)
        agreed = self.on_terminal("forget", "-p", "default", answer="y\n")
        self.assertEqual(agreed.code, 0)
        self.assertIn("1 event are gone", agreed.out)
        self.assertEqual(self.done("stats").objects()[0]["profiles"], 0)

    def test_an_anonymised_export_names_nobody(self) -> None:
        self.small_store(profile="mia")
        salt = self.folder / "salt"
        salt.write_text(HEX)
        exports = [self.done("export", "-p", "mia", "--anonymised", "--salt-file", salt).objects() for _ in range(2)]
        self.assertEqual(exports[0][1:], exports[1][1:], "the salt makes the videos' names")
        self.assertNotEqual(exports[0][0]["pseudonym"], exports[1][0]["pseudonym"])
        without = self.done("export", "-p", "mia", "--anonymised").objects()
        self.assertNotEqual(without[1]["video"], exports[0][1]["video"])
        self.assertEqual(without[1]["time_utc_ms"] % 86_400_000, 0)
        for secret in ("mia", "流浪地球", '"a"'):
            self.assertNotIn(secret, str(exports + without).replace("'", '"'))

    def test_an_export_is_written_once_for_its_owner_only(self) -> None:
        self.small_store()
        path = self.folder / "mine.jsonl"
        self.assertEqual(self.done("export", "-p", "default", "-o", path).objects()[0]["file"], str(path))
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
        self.assertEqual(path.read_text(), self.done("export", "-p", "default").out)
        self.fails(EXISTS, "export", "-p", "default", "-o", path)
        self.fails(NOT_FOUND, "export", "-p", "default", "-o", self.folder / "none" / "mine")

    def test_old_events_and_unused_vectors_go(self) -> None:
        self.small_store()
        self.done("watch", "b")
        self.assertEqual(self.done("retain", "--max-age", "3650d").objects(), [{"dropped": 0, "events": 2}])
        self.done("watch", "--at", "2000-01-01", "-p", "old", "a")
        self.assertEqual(self.done("retain", "--max-age", "3650d").objects(), [{"dropped": 1, "events": 2}])
        self.assertEqual(self.done("retain", "--max-events", "1").objects(), [{"dropped": 1, "events": 1}])
        videos = [{"id": id, "vector": [1, 1, number + 1]} for number, id in enumerate("abc")]
        self.done("import", self.write("again.jsonl", videos))
        self.done("compact")
        found = self.done("stats").objects()[0]
        self.assertEqual((found["unused_vectors"], found["videos"], found["dimensions"]), (0, 3, 3))
        self.done("verify")
