"""Does a smaller model still rank as the exact one does? Compares model folders by what they find.

    python ranking_check.py ../../build/model-float32 ../../build/model ../../build/model-gpu
    python ranking_check.py --ratings FOLDER ../../build/model-float32 ../../build/model

The first folder is the measure of the others. A cosine near 1 says little: what counts is
whether the right videos still come first. Vectors are compared as the library does it, after
a mean was subtracted: the language's own from the model, for videos that of their catalogue.

  translations  30 titles (texts/translations.jsonl) in English and in Chinese: how often the
                translation is the first, or among the first five, of the other language's; its
                mean rank among all titles of both languages
  paraphrases   the same Chinese titles in other words: is the right one first, among the first five
  catalogue     nDCG@10 of the videos most like each video of examples/data/catalog.jsonl within
                its language. Vectors are of title and description; the gain of a video is the
                number of tags it shares. The tags were written with the descriptions, for this
                demo: good enough to compare models on, no measure of what viewers want
  ratings       with --ratings, nDCG@10 of videos nobody has rated yet, for viewers with a history.
                FOLDER holds videos.jsonl.gz (id, title, description), splits.csv.gz (user, video,
                rating, timestamp, cold = train or test) and cold_videos.json (ids); a rating of 4
                or more counts as liked, a viewer is the mean of the last 10 videos liked

It ends with an error when a folder is worse than the first by more than MARGINS says.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import reference

HERE = Path(__file__).parent
CATALOGUE = HERE.parent.parent / "examples" / "data" / "catalog.jsonl"
LIKED = 4.0
HISTORY = 10
VIEWERS = 100
FOLD = 10  # nDCG@10

# How much worse than the first folder each figure may be. One of 30 titles is .033.
MARGINS = {
    "en>zh @1": 0.05, "en>zh @5": 0.05, "zh>en @1": 0.05, "zh>en @5": 0.05,
    "rank en>zh": 0.3, "rank zh>en": 0.3,
    "para @1": 0.05, "para @5": 0.05,
    "ndcg en": 0.01, "ndcg zh": 0.01, "ratings": 0.01,
}
LOWER_IS_BETTER = ("rank en>zh", "rank zh>en")

Figures = dict[str, float]


@dataclass(frozen=True)
class Video:
    title: str
    description: str
    tags: frozenset[str] = frozenset()


class Model:
    """A model folder's vectors, centred by language and field."""

    def __init__(self, folder: Path, threads: int) -> None:
        self._encoder = reference.open_folder(folder, threads)
        manifest = json.loads((folder / "vrec-model.json").read_text(encoding="utf-8"))
        self._means = {each["language"]: each["means"] for each in manifest["languages"]}

    def vectors(self, texts: Sequence[str], language: str, field: str) -> np.ndarray:
        return unit_rows(self._encoder.encode_all(texts) - self._mean(language, field))

    def videos(self, videos: Sequence[Video]) -> np.ndarray:
        """Title and description alike, each centred by the mean of this catalogue's."""
        vectors = self._centred([video.title for video in videos])
        described = [row for row, video in enumerate(videos) if video.description]
        vectors[described] += self._centred([videos[row].description for row in described])
        return unit_rows(vectors)

    def _centred(self, texts: Sequence[str]) -> np.ndarray:
        encoded = self._encoder.encode_all(texts)
        return unit_rows(encoded - encoded.mean(axis=0))

    def _mean(self, language: str, field: str) -> np.ndarray:
        """As the library: a language without means gets the mean of those that have some."""
        known = [self._means[language]] if language in self._means else list(self._means.values())
        return np.mean([means[field] for means in known], axis=0) if known else np.zeros(1)


def unit_rows(rows: np.ndarray) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


# Translations and paraphrases


def translations(model: Model) -> tuple[Figures, np.ndarray]:
    lines = (HERE / "texts" / "translations.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    english = model.vectors([row["en"] for row in rows], "en", "title")
    chinese = model.vectors([row["zh"] for row in rows], "zh", "title")
    other_words = model.vectors([row["paraphrase"] for row in rows], "zh", "title")
    figures = {}
    for name, asked, answers in (
        ("en>zh", english, chinese), ("zh>en", chinese, english), ("para", chinese, other_words)
    ):
        ranks = ranks_of_own(asked @ answers.T)
        figures[f"{name} @1"] = float((ranks == 1).mean())
        figures[f"{name} @5"] = float((ranks <= 5).mean())
    figures["rank en>zh"] = mean_rank_among_all(english, chinese)
    figures["rank zh>en"] = mean_rank_among_all(chinese, english)
    return figures, np.concatenate([english, chinese, other_words])


def ranks_of_own(scores: np.ndarray) -> np.ndarray:
    """Row i's own answer is column i; 1 is best, and a tie is lost."""
    return (scores >= np.diag(scores)[:, None]).sum(axis=1)


def mean_rank_among_all(asked: np.ndarray, answers: np.ndarray) -> float:
    same_language = asked @ asked.T
    np.fill_diagonal(same_language, -2)
    return float(ranks_of_own(np.concatenate([asked @ answers.T, same_language], axis=1)).mean())


# The catalogue


def read_catalogue() -> dict[str, list[Video]]:
    videos: dict[str, list[Video]] = {}
    for line in CATALOGUE.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        language = entry["language"].split("-")[0]
        video = Video(entry["title"], entry["description"], frozenset(entry["tags"]))
        videos.setdefault(language, []).append(video)
    return videos


def catalogue(model: Model, videos: dict[str, list[Video]]) -> tuple[Figures, np.ndarray]:
    figures, vectors = {}, []
    for language, listed in sorted(videos.items()):
        found = model.videos(listed)
        gains = np.array([[len(one.tags & other.tags) for other in listed] for one in listed], float)
        np.fill_diagonal(gains, -1)  # a video is not among its own answers
        figures[f"ndcg {language}"] = mean_ndcg(found @ found.T, gains)
        vectors.append(found)
    return figures, np.concatenate(vectors)


def mean_ndcg(scores: np.ndarray, gains: np.ndarray) -> float:
    """Over the rows that have anything to find; a gain of -1 takes a column out of its row."""
    discounts = 1 / np.log2(np.arange(2, FOLD + 2))
    scores = np.where(gains < 0, -np.inf, scores)
    gains = np.maximum(gains, 0)
    chosen = np.argsort(-scores, axis=1, kind="stable")[:, :FOLD]
    reached = (np.take_along_axis(gains, chosen, axis=1) * discounts).sum(axis=1)
    possible = (-np.sort(-gains, axis=1)[:, :FOLD] * discounts).sum(axis=1)
    return float((reached[possible > 0] / possible[possible > 0]).mean())


# Ratings


@dataclass(frozen=True)
class Ratings:
    videos: list[Video]  # those of the histories, then the new ones
    histories: list[list[int]]  # a viewer's, by number of the video
    gains: np.ndarray  # [viewers, new videos]
    first_new: int


def read_ratings(folder: Path) -> Ratings:
    with gzip.open(folder / "videos.jsonl.gz", "rt", encoding="utf-8") as file:
        entries = {entry["id"]: entry for entry in map(json.loads, file)}
    liked: dict[str, dict[str, list[tuple[int, str]]]] = {}
    with gzip.open(folder / "splits.csv.gz", "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if float(row["rating"]) >= LIKED and row["cold"] in ("train", "test"):
                parts = liked.setdefault(row["user"], {"train": [], "test": []})
                parts[row["cold"]].append((int(row["timestamp"]), row["video"]))
    viewers = [user for user, parts in sorted(liked.items()) if len(parts["train"]) >= 3 and parts["test"]]
    viewers = [viewers[i] for i in sorted(np.random.RandomState(1).permutation(len(viewers))[:VIEWERS])]
    histories = {user: [video for _, video in sorted(liked[user]["train"])[-HISTORY:]] for user in viewers}
    new = json.loads((folder / "cold_videos.json").read_text(encoding="utf-8"))
    known = sorted({video for history in histories.values() for video in history})
    numbers = {video: number for number, video in enumerate([*known, *new])}
    gains = np.zeros((len(viewers), len(new)))
    for row, user in enumerate(viewers):
        for _, video in liked[user]["test"]:
            gains[row, numbers[video] - len(known)] = 1
    videos = [Video(entries[name]["title"], entries[name].get("description") or "") for name in numbers]
    return Ratings(videos, [[numbers[video] for video in histories[user]] for user in viewers], gains, len(known))


def ratings(model: Model, data: Ratings) -> tuple[Figures, np.ndarray]:
    vectors = model.videos(data.videos)
    viewers = unit_rows(np.stack([vectors[history].mean(axis=0) for history in data.histories]))
    return {"ratings": mean_ndcg(viewers @ vectors[data.first_new :].T, data.gains)}, vectors


# The comparison


def measure(folder: Path, videos: dict[str, list[Video]], data: Ratings | None, threads: int):
    model = Model(folder, threads)
    parts = [translations(model), catalogue(model, videos)]
    if data is not None:
        parts.append(ratings(model, data))
    figures = {name: value for found, _ in parts for name, value in found.items()}
    return figures, np.concatenate([vectors for _, vectors in parts])


def losses(figures: Figures, exact: Figures) -> list[str]:
    """The figures that are worse than the first folder's by more than their margin."""
    found = []
    for name, value in figures.items():
        worse = value - exact[name] if name in LOWER_IS_BETTER else exact[name] - value
        # Written this way round because a comparison with what is not a number is false.
        if not worse <= MARGINS[name]:
            found.append(f"{name} is {value:.3f} instead of {exact[name]:.3f}, the margin is {MARGINS[name]}")
    return found


def row_of(name: str, figures: Figures, cosines: np.ndarray) -> str:
    shown = "  ".join(f"{value:{max(len(title), 5)}.3f}" for title, value in figures.items())
    return f"{name:24}  {shown}  {cosines.mean():.4f} / {cosines.min():.4f}"


def main() -> int:
    parser = argparse.ArgumentParser(description="Compare what model folders find with what the first one finds.")
    parser.add_argument("folders", type=Path, nargs="+", help="model folders, the exact one first")
    parser.add_argument("--ratings", type=Path, help="a folder with ratings and videos, see above")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    videos = read_catalogue()
    data = read_ratings(arguments.ratings) if arguments.ratings else None
    wrong: list[str] = []
    exact: tuple[Figures, np.ndarray] | None = None
    for folder in arguments.folders:
        figures, vectors = measure(folder, videos, data, arguments.threads)
        name = folder.resolve().name
        if exact is None:
            exact = figures, vectors
            titles = "  ".join(f"{title:>5}" for title in figures)
            print(f"{'':24}  {titles}  cosine to the first, centred: mean / least")
        print(row_of(name, figures, (vectors * exact[1]).sum(axis=1)), flush=True)
        wrong += [f"{name}: {loss}" for loss in losses(figures, exact[0])]
    print(*(wrong or ["every folder is within the margins"]), sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
