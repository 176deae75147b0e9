"""Measuring recommendations on a data set."""

from __future__ import annotations

from support import BAD_INPUT, NOT_FOUND, Case, write_data


class Evaluation(Case):

    def setUp(self) -> None:
        super().setUp()
        self.data = self.folder / "data"
        write_data(self.data)

    def figures(self, *arguments: str) -> dict[str, float]:
        ended = self.done("eval", "--data", self.data, *arguments)
        lines = [line.split() for line in ended.out.splitlines() if line.startswith("figure ")]
        return {name: float(value) for _, name, value in lines}

    def test_what_everybody_watches_next_is_found(self) -> None:
        figures = self.figures()
        self.assertEqual(figures["eval.loo.recall10"], 1.0)
        self.assertGreater(figures["eval.loo.ndcg10"], 0.6)
        names = "recall10 ndcg10 recall20 ndcg20 mrr coverage10 fit_seconds ms_per_user"
        self.assertEqual(sorted(figures), sorted(f"eval.loo.{name}" for name in names.split()))

    def test_validation_learns_from_training_alone(self) -> None:
        self.assertGreater(self.figures("--valid")["eval.loo.ndcg10"], 0.6)

    def test_the_same_data_gives_the_same_figures(self) -> None:
        once, again = self.figures(), self.figures()
        for name in ("recall10", "ndcg10", "mrr", "coverage10"):
            self.assertEqual(once[f"eval.loo.{name}"], again[f"eval.loo.{name}"])

    def test_what_is_wrong_with_the_data_is_said(self) -> None:
        self.assertIn("splits.csv has no column \"t80\"", self.fails(BAD_INPUT, "eval", "--data", self.data, "--split", "t80"))
        with (self.data / "splits.csv").open("a", encoding="utf-8") as file:
            file.write("u1,nothing,4.0,9,train\n")
        self.assertIn("no video \"nothing\"", self.fails(BAD_INPUT, "eval", "--data", self.data))
        self.assertIn("videos.jsonl", self.fails(NOT_FOUND, "eval", "--data", self.folder / "elsewhere"))
