"""Time of several contestants side by side, so that whatever else the machine does falls on all.

In a round each contestant answers all queries, one call after the other, and rounds begin with another
contestant each time. Of every query the least time counts; a contestant's figure is the mean of these.
One-thread figures are time of the processor, which programs beside take little part in; with several
threads only the clock on the wall says anything.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping

import numpy as np

LEAST_ROUNDS = 4
MOST_ROUNDS = 400

Work = Callable[[int], object]


def race(contestants: Mapping[str, Work], queries: int, seconds: float,
         clock: Callable[[], float] = time.process_time) -> dict[str, np.ndarray]:
    """The least seconds of each query, by contestant, after rounds of `seconds` in all."""
    least = {name: np.full(queries, np.inf) for name in contestants}
    names = list(contestants)
    for name in names:
        contestants[name](0)
    collecting = gc.isenabled()
    gc.disable()
    try:
        end = time.perf_counter() + seconds
        for number in range(MOST_ROUNDS):
            if number >= LEAST_ROUNDS and time.perf_counter() >= end:
                break
            turn = number % len(names)
            for name in names[turn:] + names[:turn]:
                _round(contestants[name], least[name], clock)
    finally:
        if collecting:
            gc.enable()
    return least


def _round(work: Work, least: np.ndarray, clock: Callable[[], float]) -> None:
    for query in range(len(least)):
        start = clock()
        work(query)
        took = clock() - start
        if took < least[query]:
            least[query] = took
