"""Packs by the command: made from one store, taken by another, looked at, given back."""

from __future__ import annotations

from pathlib import Path

from support import DAMAGED, KEY, NOT_FOUND, OTHER, USAGE, Case


class Packs(Case):
    def setUp(self) -> None:
        super().setUp()
        self.secret, self.trusted = self.folder / "secret", self.folder / "trusted"
        self.secret.write_bytes(bytes(range(1, 33)))
        self.trusted.write_text(self.done("pack", "public-key", "--signing-key-file", self.secret).out)
        self.fill(self.folder / "service", profiles=30)

    def fill(self, store: Path, profiles: int) -> None:
        """A store whose profiles watch four of eight videos in a row."""
        videos = [{"id": f"v{number}", "title": f"Video {number}", "vector": [1, number]} for number in range(8)]
        events = [
            {"kind": "complete", "profile": f"p{profile}", "video_id": f"v{(profile % 4 + at) % 8}",
             "time_utc_ms": 1_700_000_000_000 + at}
            for profile in range(profiles) for at in range(4)
        ]
        self.done("init", "--store", store)
        self.done("import", "--store", store, self.write("videos.jsonl", videos))
        self.done("import", "--store", store, "--events", self.write("events.jsonl", events))

    def export(self, name: str, number: int, *options: object, line: str = "films") -> Path:
        path = self.folder / name
        self.done("pack", "export", "--store", self.folder / "service", path, "--line", line, "--number", number,
                  "--signing-key-file", self.secret, *options)
        return path

    def test_a_pack_is_made_taken_looked_at_and_given_back(self) -> None:
        first = self.export("1.pack", 1)
        second = self.export("2.pack", 2, "--base", first)
        home = self.folder / "home"
        self.fill(home, profiles=1)
        trust = ("--trust", self.trusted)
        self.assertIn("no pack is in use", self.fails(NOT_FOUND, "pack", "info", "--store", home))
        told = self.done("pack", "info", second, *trust).objects()[0]
        self.assertEqual((told["line"], told["number"], told["base"], told["noise"]), ("films", 2, 1, None))
        self.assertIsNone(told["home_share"])
        self.assertFalse(told["has_sequence"] or told["has_vectors"])
        self.assertEqual(told["key"], self.trusted.read_text().strip())
        self.assertIn("whole pack", self.fails(OTHER, "pack", "import", "--store", home, second, *trust))
        self.done("pack", "import", "--store", home, first, *trust)
        self.done("pack", "import", "--store", home, second, *trust)
        told = self.done("pack", "info", "--store", home).objects()[0]
        self.assertEqual((told["number"], told["before"], told["videos"]), (2, 1, 8))
        self.assertAlmostEqual(told["home_share"], 0.008)
        self.assertIn("number 2 is in use", self.fails(OTHER, "pack", "import", "--store", home, first, *trust))
        self.assertEqual(self.done("pack", "revert", "--store", home).objects()[0]["number"], 1)
        self.assertIsNone(self.done("pack", "revert", "--store", home).objects()[0]["number"])
        self.fails(NOT_FOUND, "pack", "revert", "--store", home)

    def test_what_is_not_trusted_is_refused(self) -> None:
        pack = self.export("1.pack", 1)
        home = self.folder / "home"
        self.fill(home, profiles=1)
        self.assertIn("trusted_keys is empty", self.fails(USAGE, "pack", "import", "--store", home, pack))
        self.secret.write_bytes(bytes(range(2, 34)))
        other = self.folder / "other"
        other.write_text(self.done("pack", "public-key", "--signing-key-file", self.secret).out)
        self.assertIn("--trust", self.fails(KEY, "pack", "import", "--store", home, pack, "--trust", other))
        cut = self.folder / "cut.pack"
        cut.write_bytes(pack.read_bytes()[:-1])
        self.assertIn("cut short", self.fails(DAMAGED, "pack", "info", cut, "--trust", self.trusted))
        self.fails(USAGE, "pack", "info", pack, "--trust", self.trusted, "--line", "series")
        self.fails(NOT_FOUND, "pack", "info", self.folder / "none", "--trust", self.trusted)

    def test_noise_is_told(self) -> None:
        pack = self.export("1.pack", 1, "--epsilon", 8, "--delta", 1e-3, "--most-watches", 4)
        told = self.done("pack", "info", pack, "--trust", self.trusted).objects()[0]
        self.assertEqual(told["noise"], {"epsilon": 8.0, "delta": 0.001, "most_watches": 4})
        self.fails(USAGE, "pack", "export", self.folder / "2.pack", "--line", "films", "--number", 2,
                   "--signing-key-file", self.secret, "--epsilon", 8)
