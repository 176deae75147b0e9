#!/usr/bin/env python3
"""Trains the network that vrec_load_sequence takes.

    train.py --events splits.csv --split loo --vectors VECTORS --output build/sequence
    train.py --events events.jsonl --vectors VECTORS --device cuda --output build/sequence

VECTORS is what `vrec vectors` wrote of a store with the catalogue. The number of epochs is chosen on the valid part, by
a network that learns from the train part alone; then one is trained anew on both. The seed fixes everything but what the
device's own arithmetic decides: the same machine gives the same bytes on one thread. Prints figures as
`figure NAME VALUE`. docs/sequence.md tells more.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import fields, replace
from pathlib import Path

import sequence_folder
import numpy as np
from histories import Catalogue, DataError, read_catalogue, read_histories
from network import SequenceNetwork
from torch_here import torch
from training import Settings, choose_epochs, measured, refit


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Train the network that vrec_load_sequence takes.")
    parser.add_argument("--events", type=Path, required=True, help="CSV or JSON Lines, plain or gzipped")
    parser.add_argument("--split", default="split", help="the column that tells train, valid, test and drop")
    parser.add_argument("--vectors", type=Path, required=True, help="the folder that `vrec vectors` wrote")
    parser.add_argument("--output", type=Path, required=True, help="the folder of the model; one that is there is replaced if it holds one")
    parser.add_argument("--name", default="gru", help="the model's name in logs")
    parser.add_argument("--device", default="cpu", help="cpu, cuda, or what else torch knows")
    parser.add_argument("--threads", type=int, default=1, help="of the CPU")
    parser.add_argument("--epochs", type=int, default=0, help="0: chosen on the valid part")
    parser.add_argument("--without-valid", action="store_true", help="train on the train part alone, to measure on valid")
    for setting in fields(Settings):
        name = "--" + setting.name.replace("_", "-")
        parser.add_argument(name, type=type(setting.default), default=setting.default, help=f"{setting.default}")
    return parser.parse_args()


def export(network: SequenceNetwork, catalogue: Catalogue, name: str, folder: Path) -> None:
    array = lambda tensor: tensor.detach().cpu().numpy()  # noqa: E731
    gru = network.gru
    weights = sequence_folder.Gru(
        array(gru.weight_ih_l0), array(gru.weight_hh_l0), array(gru.bias_ih_l0), array(gru.bias_hh_l0)
    )
    with torch.no_grad():
        vectors = array(network.items())
    sequence_folder.write(folder, name, weights, catalogue.ids, vectors, array(network.projection.weight))


def quantised(network: SequenceNetwork) -> None:
    """Puts in the place of the videos' vectors what the 8-bit table keeps of them."""
    with torch.no_grad():
        vectors = network.items()
        steps, codes = sequence_folder.item_codes(vectors.cpu().numpy())
        kept = torch.from_numpy(codes.astype(np.float32) * steps[:, None]).to(vectors.device)
        network.own += kept - vectors


def say(line: str) -> None:
    print(line, flush=True)


def main() -> int:
    given = arguments()
    torch.set_num_threads(given.threads)
    torch.use_deterministic_algorithms(True, warn_only=True)
    settings = replace(Settings(), **{setting.name: getattr(given, setting.name) for setting in fields(Settings)})
    try:
        sequence_folder.check_replaceable(given.output)
        catalogue = read_catalogue(given.vectors)
        histories = read_histories(given.events, given.split, catalogue)
    except (DataError, OSError, KeyError, ValueError) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 1
    epochs = given.epochs or choose_epochs(catalogue, histories, settings, given.device, say)
    say(f"figure sequence.epochs {epochs}")
    learned = histories.train if given.without_valid else histories.with_valid()
    started = time.process_time()
    network = refit(catalogue, learned, settings, epochs, given.device, say)
    say(f"figure sequence.refit.cpu_seconds {time.process_time() - started:.0f}")
    export(network, catalogue, given.name, given.output)
    if given.without_valid:
        exact = measured(network, histories)
        quantised(network)
        coded = measured(network, histories)
        say(f"figure sequence.valid.recall10 {coded.recall:.4f}")
        say(f"figure sequence.valid.ndcg10 {coded.ndcg:.4f}")
        say(f"figure sequence.int8_loss {1 - coded.ndcg / max(exact.ndcg, 1e-9):.4f}")
    say(f"the model stands in {given.output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
