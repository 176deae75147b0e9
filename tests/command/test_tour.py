"""What people use the command for, from an empty directory to a list, with the default model."""

from __future__ import annotations

import json
import shutil
import subprocess

from support import NO_MODEL, NOT_FOUND, ROOT, Case, Paths

TITLES = ["人工智能入门", "深度学习基础", "计算机视觉入门", "如何制作红烧肉", "Yoga for beginners"]


class Tour(Case):
    def setUp(self) -> None:
        super().setUp()
        self.model = self.with_model()
        self.videos = self.write("videos.jsonl", [{"id": f"v{n}", "title": title} for n, title in enumerate(TITLES)])
        self.done("init")

    def imported(self) -> dict:
        return self.done("import", self.videos, **self.model).objects()[0]

    def test_who_watched_two_beginners_courses_is_offered_the_third(self) -> None:
        counts = self.imported()
        self.assertEqual((counts["videos"], counts["new"], counts["replaced"], counts["texts_embedded"]), (5, 5, 0, 5))
        self.assertEqual([event["recorded"] for event in self.done("watch", "v0", "v1").objects()], ["complete"] * 2)
        rows = self.done("recommend", **self.model).objects()
        self.assertEqual([row["rank"] for row in rows], [1, 2, 3])
        self.assertEqual(rows[0]["title"], "计算机视觉入门")
        self.assertIn(rows[0]["because_title"], TITLES[:2])
        self.assertEqual(rows[0]["reason"], f"because of {rows[0]['because_title']}; its title is close")
        self.assertGreater(rows[0]["score"], rows[1]["score"])
        everything = self.done("recommend", "--include-watched", **self.model).objects()
        self.assertEqual(len(everything), 5)
        self.assertEqual(len(self.done("recommend", "--exclude", "v2", "-n", 1, **self.model).objects()), 1)

    def test_reasons_sum_to_the_score_and_any_video_is_explained(self) -> None:
        self.imported()
        self.done("watch", "v0", "v1")
        self.assertNotIn("reasons", self.done("recommend", **self.model).objects()[0])
        for ranking in ("taste", "blend"):
            rows = self.done("recommend", "--reasons", "--ranking", ranking, **self.model).objects()
            for row in rows:
                self.assertAlmostEqual(sum(reason["weight"] for reason in row["reasons"]), row["score"], places=4)
            first = rows[0]["reasons"][0]
            self.assertEqual((first["kind"], first["video_id"]), ("taste", rows[0]["because_id"]))
            self.assertEqual(first["english"], f"Because you watched “{rows[0]['because_title']}”")
            self.assertEqual(first["chinese"], f"因为你看过《{rows[0]['because_title']}》")
            found = self.done("explain", rows[1]["id"], "--ranking", ranking, **self.model).objects()[0]
            self.assertEqual((found["rank"], found["allowed"], found["blocks"]), (2, 3, []))
            self.assertAlmostEqual(found["score"], rows[1]["score"], places=6)
        table = self.done("recommend", "--reasons", "--format", "table", **self.model).out
        self.assertIn("Because you watched", table)
        blocked = self.done("explain", "v0", "--max-age", "12", "--exclude", "v0", **self.model).objects()[0]
        self.assertEqual([block["kind"] for block in blocked["blocks"]], ["age_unknown", "excluded", "watched"])
        self.assertIsNone(blocked["rank"])
        self.assertIn("Blocked: ", self.done("explain", "v0", "--format", "table", **self.model).out)
        self.assertIn("search", self.fails(NOT_FOUND, "explain", "nowhere", **self.model))

    def test_a_search_crosses_languages(self) -> None:
        self.imported()
        rows = self.done("search", "how", "to", "cook", "pork", **self.model).objects()
        self.assertEqual(rows[0]["title"], "如何制作红烧肉")
        self.assertEqual((rows[0]["because_id"], rows[0]["matched_field"]), (None, "title"))
        near = self.done("similar", "v0", **self.model).objects()
        self.assertEqual(len(near), 4)
        self.assertIn(near[0]["id"], ("v1", "v2"))

    def test_importing_again_embeds_nothing(self) -> None:
        self.imported()
        counts = self.imported()
        self.assertEqual((counts["new"], counts["replaced"], counts["texts_embedded"]), (0, 5, 0))
        lines = self.videos.read_text(encoding="utf-8").replace("Yoga for beginners", "Tennis")
        counts = self.done("import", "-", text=lines, **self.model).objects()[0]
        self.assertEqual((counts["replaced"], counts["texts_embedded"]), (5, 1))
        said = self.done("import", "--format", "table", "-", text=lines, **self.model).out
        self.assertEqual(said, "5 videos of standard input: 0 new, 5 replaced; no text was new, so nothing was embedded.\n")

    def test_without_the_model_it_says_what_is_missing(self) -> None:
        self.imported()
        self.done("watch", "v0")
        ended = self.done("recommend")
        self.assertEqual(ended.out, "")
        self.assertIn("--model", ended.err)
        self.assertIn("--model", self.fails(NO_MODEL, "search", "courses"))
        self.assertEqual(self.done("search", "--titles", "no such title").objects(), [])
        self.assertEqual(self.done("search", "--titles", "rgzn").objects()[0]["title"], "人工智能入门")
        self.assertIn("--model", self.fails(NO_MODEL, "import", "-", text='{"id": "w", "title": "New"}'))
        missing = {**self.model, "VREC_MODEL": str(self.folder)}
        self.assertIn("vrec-model.json", self.fails(NO_MODEL, "recommend", **missing))
        missing = {**self.model, "VREC_RUNTIME": str(self.folder / "none.so")}
        self.assertIn("--runtime", self.fails(NO_MODEL, "search", "courses", **missing))
        # What was embedded is still there, and so is what was watched.
        self.assertEqual(self.done("recommend", **self.model).objects()[0]["because_title"], "人工智能入门")

    def test_options_take_the_place_of_variables(self) -> None:
        self.imported()
        options = ["--model", Paths.model, "--runtime", Paths.runtime, "--store", self.store]
        rows = self.done("search", "yoga", *options, VREC_STORE="", VREC_MODEL="", VREC_RUNTIME="").objects()
        self.assertEqual(rows[0]["id"], "v4")

    def test_an_installed_command_finds_its_model(self) -> None:
        self.imported()
        (self.folder / "bin").mkdir()
        installed = shutil.copy(Paths.command, self.folder / "bin" / "vrec")
        share = self.folder / "share" / "vrec"
        share.mkdir(parents=True)
        (share / "model").symlink_to(Paths.model)
        (share / "libonnxruntime.so.1").symlink_to(Paths.runtime)
        ended = subprocess.run([installed, "search", "yoga"], env=self.environment(), capture_output=True, check=True)
        self.assertEqual(json.loads(ended.stdout.splitlines()[0])["id"], "v4")

    def test_what_is_hidden_or_disliked_goes(self) -> None:
        self.imported()
        self.done("like", "v0", "v1")
        self.done("hide", "v2")
        self.assertNotIn("v2", [row["id"] for row in self.done("recommend", **self.model).objects()])
        self.done("unhide", "v2")
        # Liked last.
        self.assertEqual(self.done("recommend", **self.model).objects()[0]["id"], "v1")
        self.done("dislike", "v0")
        self.done("rate", "v0", "0.5")
        scores = {row["id"]: row["score"] for row in self.done("recommend", **self.model).objects()}
        self.assertLess(scores["v0"], scores["v2"])
        self.assertIn("vrec search", self.fails(NOT_FOUND, "like", "nothing"))


class WholeCatalogue(Case):
    def test_the_examples_catalogue_keeps_the_rules_of_its_videos(self) -> None:
        self.done("init")
        lines = (ROOT / "examples" / "data" / "catalog.jsonl").read_text(encoding="utf-8").splitlines()
        films = [line for line in lines if json.loads(line)["kind"] == "movie"][:40]
        courses = [line for line in lines if json.loads(line)["kind"] == "course"][:20]
        text = "\n".join(films + courses)
        counts = self.done("import", "--ignore-unknown", "-", text=text, **self.with_model()).objects()[0]
        self.assertEqual((counts["videos"], counts["skipped"]), (60, 0))
        rows = self.done("search", "space", "--kind", "movie", "--max-age", 8, "-n", 60, **self.with_model()).objects()
        known = {video["id"]: video for video in map(json.loads, films + courses)}
        expected = {id for id, video in known.items() if video["kind"] == "movie" and video.get("min_age", 99) <= 8}
        self.assertEqual({row["id"] for row in rows}, expected)
        self.assertTrue(expected, "the test's films have some for children")
