#!/usr/bin/env python3
"""Makes the tiny network that the tests run on: eight videos in a circle, of which each leads to the next.

A video's vector is an axis of its own, and a step turns the circle on by one, with a little left of the state before. A
text's vector of four elements is projected on the axes of the last four videos, so that a video with such a text counts
as one of them. It is committed (tests/data/tiny-sequence); tests ask for these very orders.

    python make_tiny.py            # rewrites tests/data/tiny-sequence, same bytes each time
    python make_tiny.py --random 10000 --output FOLDER    # random numbers in the shape of a real one, to time it
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import sequence_folder

FOLDER = Path(__file__).resolve().parents[2] / "tests" / "data" / "tiny-sequence"
WIDTH, TEXT_DIMENSIONS = 8, 4
# Of the sigmoid whose value is the state's share that stays.
KEPT = -2.0


# Of a real one.
REAL_WIDTH, REAL_TEXT_DIMENSIONS = 64, 384


def write_tiny() -> None:
    turn = np.roll(np.eye(WIDTH, dtype=np.float32), 1, axis=0)
    nothing = np.zeros((WIDTH, WIDTH), dtype=np.float32)
    bias = np.zeros(3 * WIDTH, dtype=np.float32)
    bias[WIDTH : 2 * WIDTH] = KEPT
    gru = sequence_folder.Gru(
        input_weights=np.concatenate([nothing, nothing, 2 * turn]),
        state_weights=np.concatenate([nothing, nothing, nothing]),
        input_bias=bias,
        state_bias=np.zeros(3 * WIDTH, dtype=np.float32),
    )
    ids = list("abcdefgh")
    projection = np.concatenate([np.zeros((4, 4), dtype=np.float32), np.eye(TEXT_DIMENSIONS, dtype=np.float32)])
    sequence_folder.write(FOLDER, "tiny-sequence", gru, ids, np.eye(WIDTH, dtype=np.float32), projection)


def write_random(videos: int, folder: Path) -> None:
    random = np.random.default_rng(1)
    drawn = lambda *shape: random.normal(0, 0.1, shape).astype(np.float32)  # noqa: E731
    thirds = 3 * REAL_WIDTH
    gru = sequence_folder.Gru(drawn(thirds, REAL_WIDTH), drawn(thirds, REAL_WIDTH), drawn(thirds), drawn(thirds))
    ids = [f"video-{number:05}" for number in range(videos)]
    vectors, projection = drawn(videos, REAL_WIDTH), drawn(REAL_WIDTH, REAL_TEXT_DIMENSIONS)
    sequence_folder.write(folder, "random", gru, ids, vectors, projection)


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the tiny network of the tests, or a random one.")
    parser.add_argument("--random", type=int, metavar="VIDEOS", help="a network of random numbers instead")
    parser.add_argument("--output", type=Path, default=FOLDER, help="where to")
    given = parser.parse_args()
    write_random(given.random, given.output) if given.random else write_tiny()


if __name__ == "__main__":
    main()
