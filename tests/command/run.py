"""The tests of the `vrec` command.

    run.py --command FILE --model FOLDER --runtime FILE [NAME...]

A NAME is a test as unittest names it, such as test_tour.Tour; without one, all are run.
"""

from __future__ import annotations

import argparse
import sys
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from support import Paths  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("command", "model", "runtime"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("names", nargs="*")
    given = parser.parse_args()
    for name in ("command", "model", "runtime"):
        setattr(Paths, name, getattr(given, name).resolve(strict=True))
    loader = unittest.defaultTestLoader
    suite = loader.loadTestsFromNames(given.names) if given.names else loader.discover(str(HERE))
    sys.exit(not unittest.TextTestRunner(verbosity=2).run(suite).wasSuccessful())


if __name__ == "__main__":
    main()
