"""What a profile is in the middle of, from a catalogue with series to cards."""

from __future__ import annotations

from support import BAD_INPUT, USAGE, Case

HOUR = 3_600_000


def episode(number: int) -> dict:
    return {"id": f"e{number}", "title": f"Episode {number}", "kind": "episode", "series_id": "a series", "season_number": 1,
            "episode_number": number, "duration_ms": HOUR, "credits_start_ms": HOUR - 300_000, "vector": [1, number]}


class Watching(Case):
    def setUp(self) -> None:
        super().setUp()
        self.done("init")
        film = {"id": "film", "title": "A film", "kind": "movie", "duration_ms": 2 * HOUR, "vector": [1, 0]}
        self.done("import", self.write("videos.jsonl", [film, episode(1), episode(2)]))

    def cards(self, *options: str) -> list[tuple]:
        rows = self.done("watching", *options).objects()
        return [(row["card"], row["id"], row["position_ms"]) for row in rows]

    def test_cards_follow_what_was_watched(self) -> None:
        self.assertEqual(self.cards(), [])
        self.done("watch", "--position", "20m", "film")
        self.done("watch", "--position", "55m", "--at", "2026-01-31T20:15:00Z", "e1")
        self.assertEqual(self.cards(), [("next", "e2", 0), ("continue", "film", 1_200_000)])
        row = self.done("watching", "-n", "1").objects()[0]
        self.assertEqual((row["series_id"], row["season_number"], row["episode_number"]), ("a series", 1, 2))
        self.assertEqual((row["title"], row["duration_ms"], row["engaged_utc_ms"]), ("Episode 2", HOUR, 1769890500000))
        self.assertEqual(self.cards("--kind", "movie"), [("continue", "film", 1_200_000)])
        self.assertEqual(self.cards("--profile", "mia"), [])
        self.done("hide", "film")
        self.assertEqual(self.cards(), [("next", "e2", 0)])
        self.done("watch", "e2")
        self.assertEqual(self.cards(), [])
        self.done("import", self.write("more.jsonl", [episode(3)]))
        self.assertEqual(self.cards(), [("new", "e3", 0)])
        self.done("unwatch", "e2")
        self.assertEqual(self.cards(), [("next", "e2", 0)])

    def test_a_table_shows_where_to_go_on(self) -> None:
        said = self.done("watching", "--format", "table")
        self.assertIn("in the middle of nothing", said.err)
        self.done("watch", "--share", "0.25", "film")
        self.done("watch", "e1")
        shown = self.done("watching", "--format", "table").out
        for text in ("next", "a series 1×02", "Episode 2", "continue", "0:15:00", "A film"):
            self.assertIn(text, shown)

    def test_what_is_out_of_place_is_told(self) -> None:
        wrong = episode(4) | {"credits_start_ms": HOUR + 1}
        self.assertIn("credits_start_ms", self.fails(BAD_INPUT, "import", self.write("wrong.jsonl", [wrong])))
        wrong = episode(4) | {"episode_number": "four"}
        self.assertIn("field episode_number", self.fails(BAD_INPUT, "import", self.write("wrong.jsonl", [wrong])))
        self.fails(USAGE, "watching", "--at", "some day")
