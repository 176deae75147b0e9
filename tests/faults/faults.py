"""Every fault on the store, and for every kind of fault a store that is wrong on purpose and has to be found out.

Ends with figures, and with an error when a bar is missed: too few faults, anything lost or bad, or a control that
stays green.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import flips
import kill9
import powercut
import processes
import small_disk
import sweep
from common import Options, Outcome


@dataclass(frozen=True)
class Harness:
    """A kind of fault: who makes it, what its figures are called, and how many there have to be."""

    run: Callable[..., Outcome]
    controls: tuple[str, ...]
    made: str
    bad: str
    least: int


HARNESSES = {
    "kill -9": Harness(kill9.kills, kill9.CONTROLS, "kill9_cycles", "kill9_lost", 300),
    "power cuts": Harness(powercut.power_cuts, tuple(powercut.CONTROLS), "powercut_states", "powercut_bad", 1_000),
    "flips and truncations": Harness(flips.flips, flips.CONTROLS, "flips", "flips_silent", 1_000),
    "small disks": Harness(small_disk.small_disks, small_disk.CONTROLS, "small_disks", "small_disks_bad", 11),
    "two processes": Harness(processes.two_processes, processes.CONTROLS, "two_processes", "two_processes_bad", 90),
    # Uses all cores by itself, so it comes last and alone.
    "system calls": Harness(sweep.sweep, tuple(sweep.CONTROLS), "syscall_faults_fired", "syscall_faults_bad", 2_000),
}
ALONE = "system calls"


def timed(name: str, options: Options, control: str | None) -> tuple[Outcome, float]:
    begin = time.monotonic()
    outcome = HARNESSES[name].run(options, control) if control else HARNESSES[name].run(options)
    return outcome, time.monotonic() - begin


def run_all(options: Options) -> dict[tuple[str, str | None], Outcome]:
    """The outcome of each harness, and of each with each of its controls."""
    tasks = [(name, control) for name, harness in HARNESSES.items() for control in (None, *harness.controls)]
    outcomes = {}
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        started = {(name, control): pool.submit(timed, name, options, control)
                   for name, control in tasks if name != ALONE}  # fmt: skip
        for task, future in started.items():
            outcomes[task] = tell(*task, *future.result())
    for task in tasks:
        if task[0] == ALONE:
            outcomes[task] = tell(*task, *timed(task[0], options, task[1]))
    return outcomes


def tell(name: str, control: str | None, outcome: Outcome, seconds: float) -> Outcome:
    if control:
        state = "red" if outcome.bad else "GREEN, so the harness sees nothing"
        print(f"control {control} of {name}: {state} after {outcome.made} ({seconds:.0f} s)", flush=True)
    else:
        print(f"{name}: {outcome.made} made, {len(outcome.bad)} bad ({seconds:.0f} s)", flush=True)
        for line in [*outcome.notes, *outcome.bad]:
            print(f"  {line}", flush=True)
    return outcome


def print_figures(outcomes: dict[tuple[str, str | None], Outcome]) -> bool:
    """Whether every bar is met."""
    is_good = True
    for name, harness in HARNESSES.items():
        outcome = outcomes[name, None]
        print(f"figure store.{harness.made} {outcome.made}")
        print(f"figure store.{harness.bad} {len(outcome.bad)}")
        is_good &= outcome.made >= harness.least and not outcome.bad
    controls = [outcome for (_, control), outcome in outcomes.items() if control]
    red = sum(bool(outcome.bad) for outcome in controls)
    print(f"figure store.mutation_controls_red {red}/{len(controls)}")
    return is_good and red == len(controls)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--programs", type=Path, required=True, help="where tests/faults/Makefile puts programs")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--long", action="store_true", dest="is_long")
    options = Options(**vars(parser.parse_args()))
    with tempfile.TemporaryDirectory() as probe:
        if not small_disk.can_mount(Path(probe)):
            small_disk.enter_namespace()
    print(f"faults on the store, seed {options.seed}", flush=True)
    sys.exit(0 if print_figures(run_all(options)) else 1)


if __name__ == "__main__":
    main()
