"""The example of a service and three sets, from its events to its packs and back."""

from __future__ import annotations

import json
import subprocess
import sys

from support import ROOT, TINY_MODEL, Case, Paths


class EdgeCloud(Case):
    def test_sets_know_what_the_service_knows_and_it_learns_what_they_share(self) -> None:
        line = [
            sys.executable, "-B", ROOT / "examples" / "edge_cloud" / "walkthrough.py",
            "--command", Paths.command, "--catalog", ROOT / "examples" / "data" / "catalog.jsonl",
            "--folder", self.folder / "walkthrough", "--model", TINY_MODEL, "--runtime", Paths.runtime,
        ]
        ended = subprocess.run(list(map(str, line)), check=True, text=True, stdout=subprocess.PIPE)
        found = json.loads(ended.stdout.splitlines()[-1])
        self.assertEqual(len(found["households"]), 3)
        for household in found["households"].values():
            self.assertIn(household["next"], household["with_pack"])
            self.assertNotIn(household["next"], household["alone"])
        self.assertNotIn(found["discovery"], found["before"])
        self.assertIn(found["discovery"], found["after"])
        # A delta, though it knows more.
        self.assertLess(found["second_pack_bytes"], found["first_pack_bytes"])
