#!/usr/bin/env python3
"""Says whether this machine has an NVIDIA card that `make gpu-check` can run on.

Asked before anything large is fetched: the exit status is 0 and the cards are listed, or it is 2
and the message says what is missing. Uses the standard library only.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass

# onnxruntime-gpu 1.28.0 is built with CUDA 13: its libraries need this driver and, since that
# release left the older cards behind, this generation.
DRIVER_MINIMUM = 580
CAPABILITY_MINIMUM = (7, 5)
FIELDS = "name,driver_version,compute_cap,memory.total"
EXIT_NO_CARD = 2


class NoCard(Exception):
    """There is no card that can be used; the message says why."""


@dataclass(frozen=True)
class Card:
    name: str
    driver: str
    capability: tuple[int, ...]
    memory_mib: int

    def why_not(self) -> str | None:
        if int(self.driver.split(".")[0]) < DRIVER_MINIMUM:
            return f"its driver is {self.driver}, {DRIVER_MINIMUM} or newer is needed for CUDA 13"
        if self.capability < CAPABILITY_MINIMUM:
            return f"its compute capability is {_dotted(self.capability)}, {_dotted(CAPABILITY_MINIMUM)} is needed"
        return None

    def __str__(self) -> str:
        return f"{self.name}, {self.memory_mib} MiB, driver {self.driver}, capability {_dotted(self.capability)}"


def _dotted(numbers: tuple[int, ...]) -> str:
    return ".".join(map(str, numbers))


def read_cards(listing: str) -> list[Card]:
    cards = []
    for line in filter(str.strip, listing.splitlines()):
        name, driver, capability, memory = (part.strip() for part in line.rsplit(",", 3))
        cards.append(Card(name, driver, tuple(map(int, capability.split("."))), int(memory)))
    return cards


def usable_card() -> Card:
    """The card with the index 0, which is the one that the check runs on."""
    if shutil.which("nvidia-smi") is None:
        raise NoCard("nvidia-smi is not there: this machine has no NVIDIA card, or no driver for it")
    command = ["nvidia-smi", f"--query-gpu={FIELDS}", "--format=csv,noheader,nounits"]
    result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise NoCard(f"nvidia-smi failed: {(result.stderr or result.stdout).strip()}")
    try:
        cards = read_cards(result.stdout)
    except ValueError as error:
        raise NoCard(f"nvidia-smi gave what cannot be read ({error}): {result.stdout.strip()}") from error
    if not cards:
        raise NoCard("nvidia-smi lists no card")
    why_not = cards[0].why_not()
    if why_not is not None:
        raise NoCard(f"{cards[0].name} cannot be used: {why_not}")
    return cards[0]


def main() -> int:
    try:
        print(usable_card())
    except NoCard as error:
        print(f"error: no GPU check here: {error}", file=sys.stderr)
        return EXIT_NO_CARD
    return 0


if __name__ == "__main__":
    sys.exit(main())
