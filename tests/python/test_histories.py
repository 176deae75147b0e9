"""What tools/train can choose the number of epochs by."""

from __future__ import annotations

import sys
import unittest
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2] / "tools" / "train"))
from histories import DataError, Histories


def histories(train: list[int], valid: list[int]) -> Histories:
    return Histories([np.array(train, dtype=np.int64)], [np.array(valid, dtype=np.int64)])


class Measurable(unittest.TestCase):
    def test_a_valid_event_is_needed(self) -> None:
        histories([1, 2, 3], [4]).check_measurable()
        for nothing in (histories([1, 2, 3], []), histories([1, 2, 3], [2]), histories([1, 2], [4]), Histories([], [])):
            with self.assertRaisesRegex(DataError, "--epochs"):
                nothing.check_measurable()


if __name__ == "__main__":
    unittest.main()
