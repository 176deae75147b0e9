"""The profiles of a household, from a terminal."""

from __future__ import annotations

from support import EXISTS, NOT_FOUND, USAGE, Case


class Profiles(Case):
    def setUp(self) -> None:
        super().setUp()
        self.done("init")
        ages = {"seed": 0, "young": 6, "old": 18, "unknown": None}
        videos = [{"id": name, "title": f"Story {name}", "vector": [1, number], "min_age": age, "kind": "movie",
                   "duration_ms": 3_600_000} for number, (name, age) in enumerate(ages.items())]
        self.done("import", self.write("videos.jsonl", videos))

    def profiles(self) -> list[tuple]:
        rows = self.done("profile", "list").objects()
        return [(row["profile"], row["kind"], row["age_limit"], row["current"]) for row in rows]

    def test_a_household_is_set_up_and_kept(self) -> None:
        self.assertEqual(self.profiles(), [])
        self.assertIn("no profile", self.done("profile", "list", "--format", "table").err)
        self.done("like", "seed")
        self.assertEqual(self.profiles(), [("default", "adult", None, True)])
        made = self.done("profile", "create", "tom", "--name", "汤姆", "--kind", "child").objects()
        self.assertEqual(made, [{"profile": "tom", "name": "汤姆", "kind": "child", "age_limit": 8, "current": False}])
        self.done("profile", "create", "mia", "--kind", "teen", "--age-limit", "14")
        self.done("profile", "create", "kim", "--kind", "teen", "--no-age-limit")
        self.done("profile", "create", "all", "--kind", "everyone")
        self.done("profile", "switch", "mia")
        self.done("profile", "rename", "tom", "Tommy")
        said = self.done("profile", "set-kind", "tom", "child", "--age-limit", "6", "--format", "table").out
        self.assertEqual(said, "Profile tom is changed: child, up to 6 years.\n")
        expected = [("tom", "child", 6, False), ("mia", "teen", 14, True), ("kim", "teen", None, False),
                    ("all", "everyone", 6, False), ("default", "adult", None, False)]
        self.assertEqual(self.profiles(), expected)
        shown = self.done("profile", "list", "--format", "table").out
        for text in ("Age limit", "Tommy", "everyone", "14", "none", "yes"):
            self.assertIn(text, shown)
        self.assertIn("Intact", self.done("verify", "--format", "table").out)
        self.done("profile", "forget", "mia", "--yes")
        self.done("profile", "erase", "kim", "--yes")
        self.assertEqual([row[0] for row in self.profiles()], ["tom", "all", "default"])

    def test_what_is_not_named_is_the_current_ones(self) -> None:
        self.done("profile", "create", "tom", "--kind", "child")
        self.assertIn("vrec profile switch", self.fails(NOT_FOUND, "recommend"))
        self.assertIn("vrec profile switch", self.fails(NOT_FOUND, "like", "seed"))
        self.assertIn("nobody", self.fails(NOT_FOUND, "like", "-p", "nobody", "seed"))
        self.assertIn("nobody", self.fails(NOT_FOUND, "recommend", "-p", "nobody"))
        self.done("profile", "switch", "tom")
        self.assertEqual(self.done("like", "seed").objects()[0]["profile"], "tom")
        self.done("watch", "--position", "30m", "old")
        self.done("watch", "--position", "30m", "young")
        events = [{"kind": "like", "video_id": "unknown", "time_utc_ms": 1}]
        self.done("import", "--events", self.write("events.jsonl", events))
        exported = self.done("export", "-p", "tom").objects()
        self.assertEqual(exported[0], {"record": "profile", "format": 1, "id": "tom", "name": "tom", "kind": "child",
                                       "age_limit": 8})
        self.assertEqual([line["video_id"] for line in exported if line["record"] == "event"],
                         ["seed", "old", "young", "unknown"])
        ids = lambda *command: sorted(row["id"] for row in self.done(*command).objects())  # noqa: E731
        self.assertEqual(ids("recommend", "--include-watched"), ["seed", "young"])
        self.assertEqual(ids("recommend", "--include-watched", "--max-age", "99"), ["seed", "young"])
        self.assertEqual(ids("similar", "seed"), ["young"])
        self.assertEqual(ids("search", "--titles", "story"), ["seed", "young"])
        self.assertEqual(ids("watching"), ["young"])

    def test_what_is_out_of_place_is_told(self) -> None:
        self.done("profile", "create", "tom", "--kind", "child")
        self.assertIn("tom", self.fails(USAGE, "profile", "create", "tom"))
        self.assertIn("guest", self.fails(USAGE, "profile", "create", "g", "--kind", "guest"))
        self.assertIn("age_limit", self.fails(USAGE, "profile", "create", "g", "--age-limit", "100"))
        self.assertIn("a child", self.fails(USAGE, "profile", "set-kind", "tom", "child", "--no-age-limit"))
        self.fails(USAGE, "profile", "create", "g", "--age-limit", "3", "--no-age-limit")
        self.fails(USAGE, "profile")
        for command in (["switch", "g"], ["rename", "g", "G"], ["set-kind", "g", "adult"], ["forget", "g", "--yes"]):
            self.assertIn('"g"', self.fails(NOT_FOUND, "profile", *command))
        self.assertIn("Add --yes", self.fails(USAGE, "profile", "forget", "tom"))
        self.fails(EXISTS, "init")
