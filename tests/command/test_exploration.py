"""Places of a list that explore, and what a log of showings lets expect of a policy, by the command."""

from __future__ import annotations

import math

from support import BAD_INPUT, USAGE, Case

NOW = 1_700_000_000_000


class Exploration(Case):
    def setUp(self) -> None:
        super().setUp()
        self.done("init")
        angles = [number * math.tau / 60 for number in range(60)]
        videos = [
            {"id": f"v{number:02}", "title": f"Video {number}", "vector": [math.cos(angle), math.sin(angle)]}
            for number, angle in enumerate(angles)
        ]
        self.done("import", self.write("videos.jsonl", videos))
        self.done("watch", "v00")

    def listed(self, *options: object) -> list[dict]:
        return self.done("recommend", "--exploration-slots", 3, *options).objects()

    def test_a_seed_gives_a_list_with_probabilities(self) -> None:
        one = self.listed("--exploration", "thompson", "--seed", 7)
        self.assertEqual(one, self.listed("--exploration", "thompson", "--seed", 7))
        self.assertTrue(all(0 < row["propensity"] <= 1 for row in one))
        self.assertEqual([row["propensity"] for row in one if row["rank"] not in (4, 7, 10)], [1.0] * 7)
        lists = {" ".join(row["id"] for row in self.listed("--exploration", "linucb", "--seed", seed)) for seed in range(4)}
        self.assertGreater(len(lists), 1)
        self.assertEqual([row["propensity"] for row in self.listed()], [1.0] * 10)
        self.fails(USAGE, "recommend", "--exploration", "greedy")

    def test_a_home_screen_explores(self) -> None:
        row = ["home", "--row", "for_you", "--size", 10, "--exploration-slots", 3]
        plain = self.done(*row).objects()[0]["items"]
        self.assertEqual([item["propensity"] for item in plain], [1.0] * 10)
        screens = [
            self.done(*row, "--exploration", "linucb", "--seed", seed).objects()[0]["items"] for seed in range(4)
        ]
        self.assertEqual(screens[3], self.done(*row, "--exploration", "linucb", "--seed", 3).objects()[0]["items"])
        for items in screens:
            explored = [place for place, item in enumerate(items) if item["propensity"] < 1]
            self.assertLessEqual(set(explored), {3, 6, 9})
            self.assertTrue(explored)

    def test_a_log_of_showings_is_estimated(self) -> None:
        shown = [
            {"kind": "impression", "video_id": row["id"], "time_utc_ms": NOW, "propensity": row["propensity"]}
            for row in self.listed("--exploration", "thompson", "--seed", 7)
        ]
        select = {"kind": "select", "video_id": shown[0]["video_id"], "time_utc_ms": NOW + 1}
        self.done("import", "--events", "--profile", "mia", self.write("events.jsonl", [*shown, select]))
        exported = self.done("export", "-p", "mia").out
        log = self.folder / "log.jsonl"
        # As some editors write it.
        log.write_bytes(b"\xef\xbb\xbf" + exported.encode())
        text = self.done("eval", "--off-policy", log).out
        # Without another policy's probabilities it is the log's own value: one of ten was chosen.
        for name in ("ips", "snips", "doubly_robust"):
            self.assertIn(f"figure eval.off_policy.{name} 0.1000", text)
        self.assertIn('"showings":10', text)
        self.fails(BAD_INPUT, "eval", "--off-policy", self.write("none.jsonl", [select]))
        self.fails(USAGE, "eval", "--off-policy", log, "--data", ".")
        self.fails(USAGE, "eval")
