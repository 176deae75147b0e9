"""Measuring recommendations on a data set, and choosing weights."""

from __future__ import annotations

import gzip
import json
import math
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from support import (
    BAD_INPUT,
    EXISTS,
    KEY,
    NOT_FOUND,
    TINY_MODEL,
    USAGE,
    Case,
    Paths,
    data_events,
    data_videos,
    write_data,
    write_splits,
)

LISTS = "recall10 ndcg10 recall20 ndcg20 mrr".split()
TIMED = ("fit_seconds", "ms_per_user", "peak_megabytes")


class WithData(Case):
    def setUp(self) -> None:
        super().setUp()
        self.data = self.folder / "data"
        write_data(self.data)

    def figures(self, *arguments: object, data: Path | None = None, **options) -> dict[str, float]:
        ended = self.done("eval", "--data", data or self.data, *arguments, **options)
        lines = [line.split() for line in ended.out.splitlines() if line.startswith("figure ")]
        return {name: float(value) for _, name, value in lines}

    def quality(self, *arguments: object, **options) -> dict[str, float]:
        """The figures that do not depend on the machine."""
        found = self.figures(*arguments, **options)
        return {name: value for name, value in found.items() if not name.endswith(TIMED)}


class Packs(WithData):
    def setUp(self) -> None:
        super().setUp()
        self.key, self.public = self.folder / "key", self.folder / "public-key"
        self.key.write_bytes(bytes(range(32)))
        self.public.write_text(self.done("pack", "public-key", "--signing-key-file", self.key).out)

    def write(self, name: str, *arguments: object) -> Path:
        pack = self.folder / name
        written = self.figures("--write-pack", pack, "--signing-key-file", self.key, "--least-profiles", 1, *arguments)
        self.assertEqual(written, {"eval.pack_bytes": pack.stat().st_size})
        return pack

    def test_a_household_on_a_pack_finds_what_everybody_watches_next(self) -> None:
        figures = self.figures("--pack", self.write("all"), "--trust", self.public)
        # What fewer than twenty users trained stays out of a pack, so that it finds half of what the service would.
        self.assertGreaterEqual(figures["eval.loo.recall10"], 0.375)
        self.assertEqual(figures["eval.loo.recall10"], figures["eval.loo.ndcg10"], "what is found is the first")

    def test_those_held_out_are_no_part_of_the_pack_and_the_only_ones_asked(self) -> None:
        without = self.write("without", "--held-out")
        self.assertNotEqual(without.read_bytes(), self.write("all").read_bytes())
        figures = self.figures("--pack", without, "--trust", self.public, "--held-out")
        self.assertGreater(figures["eval.loo.recall10"], 0)

    def test_a_pack_of_somebody_else_is_refused(self) -> None:
        other = self.folder / "other-key"
        other.write_bytes(bytes(range(1, 33)))
        public = self.folder / "other-public-key"
        public.write_text(self.done("pack", "public-key", "--signing-key-file", other).out)
        told = self.fails(KEY, "eval", "--data", self.data, "--pack", self.write("all"), "--trust", public)
        self.assertIn("signature", told)
        self.assertIn("--trust", self.fails(USAGE, "eval", "--data", self.data, "--pack", "all"))


class Evaluation(WithData):
    def test_what_everybody_watches_next_is_found(self) -> None:
        figures = self.figures()
        # The two of eight users who come to v6 are the first to watch it.
        self.assertGreaterEqual(figures["eval.loo.recall10"], 0.75)
        self.assertGreater(figures["eval.loo.ndcg10"], 0.6)
        others = "coverage10 novelty10 ties10 fit_seconds ms_per_user peak_megabytes bytes_per_user bytes_per_video"
        self.assertEqual(sorted(figures), sorted(f"eval.loo.{name}" for name in [*LISTS, *others.split()]))

    def test_validation_learns_from_training_alone(self) -> None:
        before = self.quality("--valid")
        self.assertGreater(before["eval.loo.ndcg10"], 0.6)
        changed = [(user, "v0" if part == "test" else video, seconds, part) for user, video, seconds, part in data_events()]
        write_splits(self.data, changed)
        self.assertEqual(self.quality("--valid"), before)
        self.assertNotEqual(self.quality(), before)

    def test_the_same_data_gives_the_same_figures(self) -> None:
        self.assertEqual(self.quality(), self.quality())

    def test_what_is_wrong_with_the_data_is_said(self) -> None:
        with (self.data / "splits.csv").open("a", encoding="utf-8") as file:
            file.write("u1,nothing,4.0,9,train\n")
        self.assertIn("splits.csv:42: no video \"nothing\"", self.fails(BAD_INPUT, "eval", "--data", self.data))
        self.assertIn("videos.jsonl", self.fails(NOT_FOUND, "eval", "--data", self.folder / "elsewhere"))
        write_splits(self.data, [("u1", "v1", "soon", "train")])
        self.assertIn("timestamp: \"soon\"", self.fails(BAD_INPUT, "eval", "--data", self.data))
        write_splits(self.data, [("u1", "v1", 4, "exam")])
        self.assertIn("part \"exam\"", self.fails(BAD_INPUT, "eval", "--data", self.data))
        (self.data / "splits.csv").write_text("user,film\nu1,v1\n", encoding="utf-8")
        self.assertIn("no column \"video\"", self.fails(BAD_INPUT, "eval", "--data", self.data))

    def test_model_means_what_makes_the_lists(self) -> None:
        variables = self.with_model(TINY_MODEL)
        named = self.quality("--model", "popularity", **variables)
        self.assertIn("eval.loo.diversity10", named)
        message = self.fails(USAGE, "eval", "--data", self.data, "--model", "item-knn")
        for name in ("blend", "graph_walk", "item_knn"):
            self.assertIn(name, message)
        self.done("init")
        self.done("import", self.write("one.jsonl", [{"id": "a", "title": "One"}]), **variables)
        folder = ["--model", TINY_MODEL]
        for search in (["search", "one", *folder], [*folder, "search", "one"]):
            self.assertEqual(len(self.done(*search, VREC_RUNTIME=str(Paths.runtime), VREC_MODEL="").objects()), 1)

    def test_a_part_of_the_blend_is_worth_what_the_ablation_says(self) -> None:
        found = self.quality("--ablation")
        self.assertIn("eval.loo.without_ease.ndcg10", found)
        for name in ("transitions", "popularity"):
            alone = self.quality("--model", name)["eval.loo.ndcg10"]
            self.assertEqual(found[f"eval.loo.only_{name}.ndcg10"], alone)
        self.fails(USAGE, "eval", "--data", self.data, "--ablation", "--model", "ease")

    def test_the_plot_is_svg_with_labelled_axes(self) -> None:
        self.figures("--plot", self.folder / "quality.svg")
        text = (self.folder / "quality.svg").read_text(encoding="utf-8")
        self.assertTrue(ElementTree.fromstring(text).tag.endswith("svg"))
        for label in ("days between", "watches before", "events of the user", "recall@10"):
            self.assertIn(label, text)


class Layouts(WithData):
    """One data set in every layout gives the same figures, by a baseline whose ties do not hang on ids."""

    def setUp(self) -> None:
        super().setUp()
        self.other = self.folder / "other"
        self.other.mkdir()
        self.expected = self.quality("--model", "item_knn")

    def write_other(self, name: str, lines: list[str], encoding: str = "utf-8") -> None:
        (self.other / name).write_bytes(("\n".join(lines) + "\n").encode(encoding))

    def check_other(self) -> None:
        self.assertEqual(self.quality("--model", "item_knn", data=self.other), self.expected)

    def numbers(self) -> list[tuple[str, str, int]]:
        return [(user[1:], str(1 + int(video[1:])), seconds) for user, video, seconds, _ in data_events()]

    def test_events_without_splits_are_cut_by_the_rules(self) -> None:
        self.write_other("videos.jsonl", [json.dumps(video) for video in data_videos()])
        rows = [f"{user},{video},{seconds}" for user, video, seconds, _ in data_events()]
        # Each user's events in another order: their times tell. Users keep their numbers.
        rows = [row for user in range(8) for row in reversed(rows[5 * user : 5 * user + 5])]
        self.write_other("events.csv", ["user,video,timestamp", *rows])
        self.check_other()

    def test_without_times_the_order_of_the_file_counts(self) -> None:
        self.write_other("videos.jsonl", [json.dumps(video) for video in data_videos()])
        for columns, rest in (("user,video", ""), ("user,video,timestamp", ","), ("user,video,timestamp", ",0")):
            rows = [f"{user},{video}{rest}" for user, video, _, _ in data_events()]
            (self.other / "events.csv.gz").write_bytes(gzip.compress("\n".join([columns, *rows]).encode()))
            self.check_other()

    def test_movielens_latest(self) -> None:
        titles = [f"{1 + number},Amélie: {number} (1990),Drama|Comedy" for number in range(12)]
        self.write_other("movies.csv", ["movieId,title,genres", *titles])
        rows = [f"{user},{video},4.0,{seconds}" for user, video, seconds in self.numbers()]
        self.write_other("ratings.csv", ["userId,movieId,rating,timestamp", *rows])
        self.check_other()

    def test_movielens_1m(self) -> None:
        self.write_other("movies.dat", [f"{1 + number}::Amélie {number} (1990)::Drama" for number in range(12)], "latin-1")
        self.write_other("ratings.dat", [f"{user}::{video}::4::{seconds}" for user, video, seconds in self.numbers()])
        self.check_other()

    def test_movielens_100k(self) -> None:
        genres = "|".join(["0"] * 19)
        items = [f"{1 + number}|Amélie {number} (1990)|01-Jan-1990||http://x|{genres}" for number in range(12)]
        self.write_other("u.item", items, "latin-1")
        self.write_other("u.data", [f"{user}\t{video}\t4\t{seconds}" for user, video, seconds in self.numbers()])
        self.check_other()

    def test_every_split_can_be_computed(self) -> None:
        for split in ("t80", "gt", "cold"):
            for more in ([], ["--valid"]):
                ended = self.vrec("eval", "--data", self.data, "--split", split, "--model", "item_knn", *more)
                if ended.code != 0:
                    self.assertEqual(ended.code, BAD_INPUT)
                    self.assertIn("has no user with 3 events", ended.err)
                else:
                    self.assertIn(f"figure eval.{split}.recall10 ", ended.out)
        self.assertEqual(self.quality("--split", "t80", "--model", "item_knn")["eval.t80.mrr"], self.expected["eval.loo.mrr"])


class Baselines(WithData):
    """Four groups of five users and five videos each. Each user misses another video of the group, and watches nothing
    else: what is right is known by hand."""

    def setUp(self) -> None:
        super().setUp()
        videos = [{"id": f"v{number}", "title": f"Video {number}"} for number in range(20)]
        text = "".join(json.dumps(video) + "\n" for video in videos)
        # With the mark that some editors put before the first line.
        (self.data / "videos.jsonl.gz").write_bytes(gzip.compress(b"\xef\xbb\xbf" + text.encode()))
        turn = [(group, user, place) for group in range(4) for user in range(5) for place in range(5)]
        self.events = [
            (f"g{group}u{user}", f"v{5 * group + (user + place) % 5}", 100 * user + place, "test" if place == 4 else "train")
            for group, user, place in turn
        ]
        write_splits(self.data, self.events)

    def test_neighbours_find_the_one_that_is_missing(self) -> None:
        for name in ("item_knn", "user_knn", "rp3beta", "ease_plain", "als_plain"):
            found = self.quality("--model", name)
            for measure in LISTS:
                self.assertEqual(found[f"eval.loo.{measure}"], 1.0, name)

    def test_popularity_ties_everything(self) -> None:
        found = self.quality("--model", "most_popular")
        self.assertEqual(found["eval.loo.ties10"], 1.0)
        # Four of twenty watched each video, once the fifth of its group is left out: log2(20 / 4).
        self.assertAlmostEqual(found["eval.loo.novelty10"], math.log2(5), places=3)
        self.assertEqual(found["eval.loo.recall20"], 1.0, "sixteen videos are left for everyone")
        self.assertLess(found["eval.loo.mrr"], 0.6)
        write_splits(self.data, [*self.events, *((f"h{user}", "v7", user, "train") for user in range(3))])
        found = self.quality("--model", "most_popular")
        # v7 is the first for all but the four who watched it, and right for the one who missed it.
        self.assertGreaterEqual(found["eval.loo.mrr"], 1 / 20)
        self.assertAlmostEqual(found["eval.loo.ties10"], (16 * 0.9 + 4) / 20, places=3)

    def test_cold_videos_are_ranked_among_all_and_alone(self) -> None:
        (self.data / "cold_videos.json").write_text(json.dumps(["v4", "v9", "v14"]), encoding="utf-8")
        rows = [f"{user},{video},{seconds}" for user, video, seconds, _ in self.events]
        (self.data / "splits.csv").write_text("\n".join(["user,video,timestamp", *rows]) + "\n", encoding="utf-8")
        found = self.quality("--split", "cold", "--model", "item_knn")
        self.assertEqual(found["eval.cold_only.recall10"], 1.0, "only three videos are cold")
        # The last ten of sixteen videos have no score at all: cold ones are no better than others.
        self.assertLess(found["eval.cold.ndcg10"], 0.6)
        blended = self.quality("--split", "cold", "--encoder", TINY_MODEL, "--runtime", Paths.runtime)
        self.assertIn("eval.cold_only.mrr", blended)
        self.assertLessEqual(blended["eval.cold.coverage10"], 1.0)


class Texts(WithData):
    def test_the_embedded_catalogue_is_kept_without_events(self) -> None:
        kept = self.folder / "embedded"
        arguments = ["--encoder", TINY_MODEL, "--runtime", Paths.runtime]
        first = self.quality(*arguments, "--store", kept)
        self.assertIn("eval.loo.diversity10", first)
        self.assertEqual(self.quality(*arguments, "--store", kept), first)
        self.assertEqual(self.quality(*arguments), first, "in memory it is the same")
        counted = self.done("stats", "--store", kept).objects()[0]
        self.assertEqual((counted["videos"], counted["profiles"], counted["events"]), (12, 0, 0))
        self.assertFalse(self.store.exists(), "VREC_STORE is for other commands")

    def test_a_store_of_somebody_is_refused(self) -> None:
        model = self.with_model(TINY_MODEL)
        self.done("init")
        self.done("import", self.write("one.jsonl", [{"id": "a", "title": "One"}]), **model)
        self.done("watch", "a", **model)
        arguments = ["eval", "--data", self.data, "--encoder", TINY_MODEL, "--runtime", Paths.runtime]
        self.assertIn("profiles", self.fails(EXISTS, *arguments, "--store", self.store))
        self.assertIn("needs a model", self.fails(USAGE, "eval", "--data", self.data, "--store", self.folder / "new"))
        self.assertFalse((self.folder / "new").exists())


class Tuning(WithData):
    def tuned(self, *arguments: object) -> str:
        return self.done("tune", "--data", self.data, *arguments).out

    def test_it_never_looks_at_the_test(self) -> None:
        before = self.tuned("--features", "transitions,ease,popularity", "--rounds", "1")
        changed = [
            (user, "v11" if part == "test" else video, 7 + seconds if part == "test" else seconds, part)
            for user, video, seconds, part in data_events()
        ]
        write_splits(self.data, changed)
        self.assertEqual(self.tuned("--features", "transitions,ease,popularity", "--rounds", "1"), before)
        self.assertEqual(self.tuned("--features", "transitions,ease,popularity", "--rounds", "1", "--threads", "3"), before)
        write_splits(self.data, [event for event in data_events() if event[3] != "test"])
        self.assertEqual(self.tuned("--features", "transitions,ease,popularity", "--rounds", "1"), before)

    def test_a_useless_start_is_left_for_what_is_right(self) -> None:
        out = self.tuned("--start", "popularity=1", "--features", "transitions,popularity")
        found = {line.split()[1]: float(line.split()[2]) for line in out.splitlines() if line.startswith("figure ")}
        self.assertGreater(found["tune.ndcg10"], found["tune.start.ndcg10"])
        self.assertGreater(found["tune.transitions"], 0.0)
        steps = [json.loads(line) for line in out.splitlines() if line.startswith("{")]
        self.assertEqual(steps[0]["feature"], "transitions")
        self.assertAlmostEqual(steps[0]["gain"], steps[0]["ndcg10"] - found["tune.start.ndcg10"], places=3)

    def test_wrong_names_and_weights_are_refused(self) -> None:
        self.assertIn("transitions", self.fails(USAGE, "tune", "--data", self.data, "--features", "nothing"))
        self.assertIn("number", self.fails(USAGE, "tune", "--data", self.data, "--start", "ease=much"))
