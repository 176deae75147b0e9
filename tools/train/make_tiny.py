#!/usr/bin/env python3
"""Makes the tiny network that the tests run on: eight videos in a circle, of which each leads to the next.

A video's vector is an axis of its own, and a step turns the circle on by one, with a little left of the state before. A
text's vector of four elements is projected on the axes of the last four videos, so that a video with such a text counts
as one of them. It is committed (tests/data/tiny-sequence); tests ask for these very orders.

    python make_tiny.py            # rewrites tests/data/tiny-sequence, same bytes each time
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import sequence_folder

FOLDER = Path(__file__).resolve().parents[2] / "tests" / "data" / "tiny-sequence"
WIDTH, TEXT_DIMENSIONS = 8, 4
# Of the sigmoid whose value is the state's share that stays.
KEPT = -2.0


def main() -> None:
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


if __name__ == "__main__":
    main()
