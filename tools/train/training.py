"""Trains the network: how many epochs on the validation part, then on all that may be learned from."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from histories import Catalogue, Histories
from network import SequenceNetwork, Softmax
from torch_here import torch

# Lists that are looked at, and their places.
PLACES = 10
PROFILES_AT_ONCE = 64
LEAST_WATCHES = 3


@dataclass(frozen=True)
class Settings:
    most_epochs: int = 12
    # Epochs without a better nDCG@10 after which there is no hope.
    patience: int = 4
    profiles_per_step: int = 2
    # Watches of one profile in an epoch: a stretch drawn anew each time.
    window: int = 200
    # Videos drawn at each step to tell the next ones from, beside those of the step's stretches; 0: the whole catalogue.
    others: int = 0
    learning_rate: float = 3e-3
    weight_decay: float = 0.0
    item_dropout: float = 0.2
    state_dropout: float = 0.3
    label_smoothing: float = 0.0
    seed: int = 1


@dataclass(frozen=True)
class Measured:
    recall: float
    ndcg: float


class Trainer:
    """A network on its way, on the device where it is trained."""

    def __init__(self, catalogue: Catalogue, histories: list[np.ndarray], settings: Settings, device: str) -> None:
        torch.manual_seed(settings.seed)
        self.histories = [history for history in histories if len(history) >= 2]
        self.random = np.random.default_rng(settings.seed)
        self.settings, self.device = settings, torch.device(device)
        network = SequenceNetwork(catalogue.vectors, settings.item_dropout, settings.state_dropout)
        self.network = network.to(self.device)
        self.optimiser = torch.optim.AdamW(
            self.network.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay
        )
        # The rate falls to a tenth by the last epoch of the longest run: one that ends earlier has seen the same rates.
        fall = lambda epoch: 0.1 + 0.9 * 0.5 * (1 + np.cos(np.pi * epoch / settings.most_epochs))  # noqa: E731
        self.rates = torch.optim.lr_scheduler.LambdaLR(self.optimiser, fall)

    def epoch(self) -> float:
        """One look at every profile with two watches or more; gives the mean loss of a watch."""
        self.network.train()
        order = self.random.permutation(len(self.histories))
        loss, places = 0.0, 0
        for start in range(0, len(order), self.settings.profiles_per_step):
            stretches = [self.stretch(self.histories[place]) for place in order[start : start + self.settings.profiles_per_step]]
            step_loss, step_places = self.step(stretches)
            loss, places = loss + step_loss, places + step_places
        self.rates.step()
        return loss / max(places, 1)

    def stretch(self, history: np.ndarray) -> np.ndarray:
        room = len(history) - self.settings.window - 1
        start = int(self.random.integers(0, room + 1)) if room > 0 else 0
        return history[start : start + self.settings.window + 1]

    def step(self, stretches: list[np.ndarray]) -> tuple[float, int]:
        videos, offsets, stretches = self.told_apart(stretches)
        longest = max(map(len, stretches)) - 1
        inputs = torch.zeros((len(stretches), longest), dtype=torch.int64)
        kept = torch.zeros((len(stretches), longest), dtype=torch.bool)
        for row, stretch in enumerate(stretches):
            inputs[row, : len(stretch) - 1] = torch.from_numpy(stretch[:-1])
            kept[row, : len(stretch) - 1] = True
        targets = torch.from_numpy(np.concatenate([stretch[1:] for stretch in stretches])).to(self.device)
        items = self.network.items(None if videos is None else videos.to(self.device))
        states = self.network.states(items, inputs.to(self.device))[kept.to(self.device)]
        watched = tuple(side.to(self.device) for side in watched_before(stretches))
        loss = Softmax.apply(
            self.network.state_dropout(states),
            items,
            offsets.to(self.device),
            targets,
            watched,
            self.settings.label_smoothing,
        )
        self.optimiser.zero_grad(set_to_none=True)
        (loss / len(targets)).backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimiser.step()
        return loss.item(), len(targets)

    def told_apart(self, stretches: list[np.ndarray]) -> tuple[torch.Tensor | None, torch.Tensor, list[np.ndarray]]:
        """The videos that a step tells apart (none: all), what is added to their scores, and the stretches in their
        places among them.

        Each video that was drawn stands for several, and the logarithm of how many is added to its score: the sum that the
        softmax divides by is, in the mean over draws, that over all videos.
        """
        count = len(self.network.own)
        watched = np.unique(np.concatenate(stretches))
        if not 0 < self.settings.others < count - len(watched):
            return None, torch.zeros(count), stretches
        rest = np.setdiff1d(np.arange(count), watched, assume_unique=True)
        drawn = self.random.choice(rest, self.settings.others, replace=False)
        offsets = torch.zeros(len(watched) + len(drawn))
        offsets[len(watched) :] = float(np.log(len(rest) / len(drawn)))
        places = [np.searchsorted(watched, stretch) for stretch in stretches]
        return torch.from_numpy(np.concatenate([watched, drawn])), offsets, places


def watched_before(stretches: list[np.ndarray]) -> tuple[torch.Tensor, torch.Tensor]:
    """For each place of each stretch the videos of it up to there: numbers of places, rising, and of videos."""
    places, videos, start = [], [], 0
    for stretch in stretches:
        count = len(stretch) - 1
        later, earlier = np.tril_indices(count)
        places.append(later + start)
        videos.append(stretch[:-1][earlier])
        start += count
    return torch.from_numpy(np.concatenate(places)), torch.from_numpy(np.concatenate(videos))


@torch.no_grad()
def last_states(network: SequenceNetwork, items: torch.Tensor, histories: list[np.ndarray]) -> torch.Tensor:
    """The state of each profile after its last watch, [profiles, WIDTH]."""
    network.eval()
    found = torch.zeros((len(histories), items.shape[1]), device=items.device)
    order = sorted(range(len(histories)), key=lambda profile: len(histories[profile]))
    for start in range(0, len(order), PROFILES_AT_ONCE):
        profiles = order[start : start + PROFILES_AT_ONCE]
        longest = max(len(histories[profile]) for profile in profiles)
        inputs = torch.zeros((len(profiles), longest), dtype=torch.int64)
        for row, profile in enumerate(profiles):
            inputs[row, : len(histories[profile])] = torch.from_numpy(histories[profile])
        states = network.states(items, inputs.to(items.device))
        ends = torch.tensor([len(histories[profile]) - 1 for profile in profiles], device=items.device)
        found[profiles] = states[torch.arange(len(profiles), device=items.device), ends]
    return found


@torch.no_grad()
def measured(network: SequenceNetwork, histories: Histories) -> Measured:
    """How good lists of the network alone are: the first valid video of each profile, among all it had not watched."""
    items = network.items()
    asked = [
        (train, valid[0])
        for train, valid in zip(histories.train, histories.valid, strict=True)
        if len(train) >= LEAST_WATCHES and len(valid) > 0 and valid[0] not in train
    ]
    states = last_states(network, items, [train for train, _ in asked])
    hits, gain = 0, 0.0
    for state, (train, wanted) in zip(states, asked, strict=True):
        scores = items @ state
        scores[torch.from_numpy(train).to(items.device)] = -torch.inf
        place = int((scores > scores[wanted]).sum())
        if place < PLACES:
            hits += 1
            gain += 1 / np.log2(place + 2)
    return Measured(hits / max(len(asked), 1), gain / max(len(asked), 1))


def choose_epochs(catalogue: Catalogue, histories: Histories, settings: Settings, device: str, say) -> int:
    """The number of epochs with the best nDCG@10 on the valid part, for a network trained on the train part."""
    trainer = Trainer(catalogue, histories.train, settings, device)
    best, best_epoch = Measured(0.0, -1.0), 0
    for epoch in range(1, settings.most_epochs + 1):
        started = time.monotonic()
        loss = trainer.epoch()
        found = measured(trainer.network, histories)
        spent = time.monotonic() - started
        say(f"epoch {epoch}: loss {loss:.3f}, valid recall@10 {found.recall:.4f}, nDCG@10 {found.ndcg:.4f}, {spent:.0f} s")
        if found.ndcg > best.ndcg:
            best, best_epoch = found, epoch
        elif epoch - best_epoch >= settings.patience:
            break
    return best_epoch


def refit(
    catalogue: Catalogue, histories: list[np.ndarray], settings: Settings, epochs: int, device: str, say
) -> SequenceNetwork:
    """A network trained anew for so many epochs, with the rates that the choice of them saw."""
    trainer = Trainer(catalogue, histories, settings, device)
    for epoch in range(1, epochs + 1):
        say(f"refit, epoch {epoch} of {epochs}: loss {trainer.epoch():.3f}")
    return trainer.network
