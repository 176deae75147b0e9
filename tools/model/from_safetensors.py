"""Turns a Hugging Face folder with a BERT-like encoder into a model folder, without torch.

    python from_safetensors.py path/to/all-MiniLM-L6-v2 --output ../../build/minilm --licence Apache-2.0 \\
        --means en=texts/en.jsonl

hugging_face.py says which files are read and which networks are known; variants.py
what --weights and --style choose. The prefix, the pooling and the length of a window
come from the folder where it says them. With --means, the mean vectors of a language
are computed from a file of texts (one JSON object a line, `field` and `text`; see
texts/en.jsonl), so that the library can compare texts of several languages.

The same folder gives the same bytes. Before anything is written the new graph is
compared with the float32 one on a few texts; a result that is not finite or has
little in common with it is an error.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

import foreign_model
import hugging_face
import model_folder
import variants
from foreign_model import ConversionError
from hugging_face import Checkpoint
from reference import ReferenceEncoder, Settings
from variants import Variant

LEAST_COSINE = 0.9
SAMPLES = [
    "A",
    "How to cook braised pork belly",
    "Best goals of the football World Cup final",
    "深度学习基础",
    "An old lighthouse keeper finds a child on the shore and hides her from the men who come asking. " * 4,
]


def settings_of(checkpoint: Checkpoint, arguments: argparse.Namespace) -> Settings:
    pooling = arguments.pooling or checkpoint.pooling
    if pooling is None:
        raise ConversionError("the folder does not say how token vectors become one: give --pooling")
    prefix = checkpoint.prefix if arguments.prefix is None else arguments.prefix
    return foreign_model.settings(arguments, pooling, prefix, checkpoint.positions, checkpoint.usual_tokens)


def convert(checkpoint: Checkpoint, settings: Settings, arguments: argparse.Namespace) -> model_folder.Files:
    variant = Variant(arguments.weights, arguments.style)
    graph = _bytes(checkpoint, variant)
    exact = ReferenceEncoder(_bytes(checkpoint, Variant("float32", "plain")), checkpoint.tokenizer, settings)
    _compare(ReferenceEncoder(graph, checkpoint.tokenizer, settings), exact)
    return foreign_model.files(
        arguments,
        graph=graph,
        tokenizer=checkpoint.tokenizer,
        settings=settings,
        name=f"{arguments.name or arguments.folder.resolve().name}-{variant.suffix}",
        source=variant.description,
        encoder=exact,
    )


def _bytes(checkpoint: Checkpoint, variant: Variant) -> bytes:
    return variants.build(checkpoint.shape, checkpoint.weights, variant).SerializeToString(deterministic=True)


def _compare(encoder: ReferenceEncoder, exact: ReferenceEncoder) -> None:
    cosines = (encoder.encode_all(SAMPLES) * exact.encode_all(SAMPLES)).sum(axis=1)
    # Written this way round because a comparison with what is not a number is false.
    if not np.all(cosines >= LEAST_COSINE):
        raise ConversionError(f"the graph's vectors are not those of the float32 graph: cosines {cosines}")
    print(f"cosine to float32 over {len(SAMPLES)} texts: mean {cosines.mean():.6f}, least {cosines.min():.6f}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Make a model folder from a Hugging Face folder.")
    parser.add_argument("folder", type=Path, help="with config.json, model.safetensors and tokenizer.json or vocab.txt")
    foreign_model.add_arguments(parser)
    parser.add_argument("--weights", choices=variants.WEIGHTS, default="int8", help="default: int8")
    parser.add_argument("--style", choices=variants.STYLES, default="fused", help="default: fused")
    parser.add_argument("--pooling", choices=("mean", "cls"), help="default: as the folder says")
    return parser.parse_args()


def main() -> int:
    arguments = _arguments()
    try:
        checkpoint = hugging_face.read(arguments.folder)
        files = convert(checkpoint, settings_of(checkpoint, arguments), arguments)
    except (OSError, ValueError, KeyError, hugging_face.CheckpointError, ConversionError) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 1
    foreign_model.write(arguments.output, files)
    return 0


if __name__ == "__main__":
    sys.exit(main())
