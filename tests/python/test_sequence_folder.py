"""What tools/train writes, and what it leaves alone."""

from __future__ import annotations

import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2] / "tools" / "train"))
import sequence_folder

WIDTH = 4


def write(folder: Path, name: str) -> None:
    thirds = 3 * WIDTH
    gru = sequence_folder.Gru(np.zeros((thirds, WIDTH)), np.zeros((thirds, WIDTH)), np.zeros(thirds), np.zeros(thirds))
    sequence_folder.write(folder, name, gru, ["a"], np.zeros((1, WIDTH)), np.zeros((WIDTH, 2)))


class SequenceFolder(unittest.TestCase):
    def test_only_a_network_is_replaced(self) -> None:
        with tempfile.TemporaryDirectory() as outer:
            folder = Path(outer) / "model"
            write(folder, "first")
            write(folder, "second")
            self.assertIn('"second"', (folder / sequence_folder.MANIFEST).read_text(encoding="utf-8"))
            other = Path(outer) / "other"
            other.mkdir()
            write(other, "an empty folder")
            (other / sequence_folder.MANIFEST).rename(other / "letters")
            with self.assertRaisesRegex(FileExistsError, "not replaced"):
                write(other, "third")
            self.assertTrue((other / "letters").is_file())


if __name__ == "__main__":
    unittest.main()
