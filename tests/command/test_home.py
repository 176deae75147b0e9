"""A home screen on the command line: titled rows."""

from __future__ import annotations

from support import NOT_FOUND, USAGE, Case

HOUR = 3_600_000


class Home(Case):
    def setUp(self) -> None:
        super().setUp()
        self.done("init")
        film = lambda id, angle: {  # noqa: E731
            "id": id, "title": f"Film {id}", "kind": "movie", "vector": [1, angle, 0], "duration_ms": HOUR,
        }
        episode = lambda number: {  # noqa: E731
            "id": f"e{number}", "title": f"Episode {number}", "kind": "episode", "vector": [0, 0, 1],
            "series_id": "a series", "season_number": 1, "episode_number": number, "duration_ms": HOUR,
        }
        videos = [film("a", 0.1), film("b", 0.2), film("c", 4), episode(1), episode(2)]
        self.done("import", self.write("videos.jsonl", videos))
        self.done("watch", "e1")
        self.done("watch", "--position", "15m", "c")
        self.done("watch", "a")

    def test_rows_come_with_their_titles(self) -> None:
        rows = self.done("home").objects()
        ids = [(row["row"], [item["id"] for item in row["items"]]) for row in rows]
        self.assertEqual(ids, [("continue_watching", ["c"]), ("next_up", ["e2"]), ("because_you_watched", ["b"])])
        self.assertEqual((rows[0]["items"][0]["card"], rows[0]["items"][0]["position_ms"]), ("continue", 900_000))
        self.assertEqual((rows[2]["title_zh"], rows[2]["seed_id"]), ("因为你看过《Film a》", "a"))
        shown = self.done("home", "--format", "table").out
        for text in ("Continue watching", "continue at 0:15:00", "a series 1×02", "Because you watched “Film a”"):
            self.assertIn(text, shown)
        self.assertIn("继续观看", self.done("home", "--chinese", "--format", "table").out)

    def test_reasons_are_shown_where_they_are_asked_for(self) -> None:
        for row in self.done("home", "--reasons").objects():
            for item in row["items"]:
                total = sum(reason["weight"] for reason in item["reasons"])
                self.assertAlmostEqual(total, item["score"], places=4)
        rows = {row["row"]: row["items"] for row in self.done("home", "--reasons").objects()}
        self.assertEqual(rows["next_up"][0]["reasons"][0]["english"], "The next one after “Episode 1”")
        self.assertEqual(rows["next_up"][0]["reasons"][0]["chinese"], "《Episode 1》之后的下一集")
        self.assertNotIn("reasons", self.done("home").objects()[0]["items"][0])
        shown = self.done("home", "--reasons", "--format", "table").out
        for text in ("Because you watched “Film a”", "The next one after “Episode 1”", "Weight"):
            self.assertIn(text, shown)

    def test_rows_are_those_asked_for(self) -> None:
        asked = ["--row", "more_like_this=c", "--row", "explore", "--size", "1"]
        rows = self.done("home", *asked).objects()
        self.assertEqual([(row["row"], len(row["items"])) for row in rows], [("more_like_this", 1), ("explore", 1)])
        self.assertEqual(rows[0]["seed_title"], "Film c")
        self.assertEqual(len(self.done("home", *asked, "--rows", "1").objects()), 1)
        self.assertIn("no video and no series", self.fails(NOT_FOUND, "home", "--row", "more_like_this=nobody"))
        self.fails(USAGE, "home", "--row", "popularity")
        self.assertIn("empty", self.done("home", "--profile", "mia", "--row", "for_you").err)
