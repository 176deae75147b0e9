"""What a viewer says of suggestions and what a service wants of them, by the command."""

from __future__ import annotations

from support import BAD_INPUT, OTHER, USAGE, Case

NOW = "2026-01-31T20:00:00Z"


def video(name: str, *vector: float, **more: object) -> dict:
    return {"id": name, "title": name, "vector": list(vector)} | more


class Feedback(Case):
    def setUp(self) -> None:
        super().setUp()
        self.done("init")
        videos = [video("seen", 1, 0), video("e1", 1, 0.05, series_id="a series", tags=["science"]), video("near", 1, 0.3),
                  video("far", 0, 1, tags=["nature"]), video("farther", -1, 0.2)]
        self.done("import", self.write("videos.jsonl", videos))
        self.done("watch", "--at", NOW, "seen")

    def listed(self, *options: object) -> str:
        return " ".join(row["id"] for row in self.done("recommend", *options).objects())

    def test_a_series_is_hidden_and_shown_again(self) -> None:
        self.assertEqual(self.listed(), "e1 near far farther")
        self.done("hide", "--series", "e1")
        self.assertEqual(self.listed(), "near far farther")
        self.done("unhide", "--series", "e1")
        self.assertEqual(self.listed(), "e1 near far farther")
        self.assertIn("belongs to no series", self.fails(USAGE, "hide", "--series", "near"))
        self.fails(USAGE, "hide", "--series", "--seed", "e1")

    def test_a_hidden_seed_inspires_nothing(self) -> None:
        self.done("hide", "--seed", "seen")
        self.assertEqual(self.listed(), "")
        self.done("unhide", "--seed", "seen")
        self.assertEqual(self.listed(), "e1 near far farther")

    def test_a_snooze_ends(self) -> None:
        row = self.done("snooze", "--for", "7d", "--at", NOW, "far").objects()[0]
        self.assertEqual((row["recorded"], row["until_utc_ms"] - row["time_utc_ms"]), ("snooze", 7 * 86_400_000))
        self.assertEqual(self.listed(), "e1 near farther")
        self.assertEqual(self.listed("--at", "2026-02-07T19:59:59Z"), "e1 near farther")
        self.assertEqual(self.listed("--at", "2026-02-07T20:00:00Z"), "e1 near far farther")
        self.assertIn("until_utc_ms", self.fails(USAGE, "snooze", "--until", "2026-01-01", "--at", NOW, "far"))
        self.fails(USAGE, "snooze", "far")
        exported = self.done("export", "--profile", "default").out
        self.done("forget", "--profile", "default", "--yes")
        self.done("import", "--events", self.write("events.jsonl", []), text="")
        path = self.folder / "exported.jsonl"
        path.write_text(exported)
        self.done("import", "--events", path)
        self.assertEqual(self.listed("--at", "2026-02-07T19:59:59Z"), "e1 near farther")

    def test_what_is_shown_sinks_and_rules_adjust(self) -> None:
        shown = {"kind": "impression", "video_id": "e1", "time_utc_ms": 1769889600000}
        self.done("import", "--events", self.write("events.jsonl", [shown] * 5))
        self.assertEqual(self.listed(), "near e1 far farther")
        self.assertEqual(self.listed("--impression-strength", "0"), "e1 near far farther")
        self.assertEqual(self.listed("--impression-half-life", "1h", "--at", "2026-02-28"), "e1 near far farther")
        self.assertEqual(self.listed("--pin", "1=farther", "--bury", "series:a series=5"), "farther near far e1")
        self.assertEqual(self.listed("--boost", "tag:nature=9", "-n", "2"), "far near")
        self.assertEqual(self.listed("--rotation-seed", "7"), self.listed("--rotation-seed", "7"))
        self.assertIn("POSITION=VIDEO", self.fails(USAGE, "recommend", "--pin", "farther"))
        self.assertIn("rules[0]", self.fails(USAGE, "recommend", "--pin", "11=farther"))
