"""Turns an ONNX graph that was exported elsewhere, and its tokenizer, into a model folder.

    python from_onnx.py encoder.onnx --tokenizer tokenizer.json --pooling mean --max-tokens 512 \\
        --licence MIT --output ../../build/own-model

The graph is taken as it is. Before the folder is written, the graph is run on a text
alone and with padding, which shows exports that froze a size or ignore the mask; and
its inputs and its output are compared with what the library gives and expects.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

import foreign_model
import hugging_face
from foreign_model import ConversionError
from reference import ReferenceEncoder

INPUTS = ("input_ids", "attention_mask", "token_type_ids")
PADDING_TOLERANCE = 1e-3
OUTPUT_TYPES = ("tensor(float)", "tensor(float16)")


def checked_output(graph: bytes, wanted: str | None, pooling: str) -> str:
    """The output's name, after the graph was found to be what the library can run."""
    if any(each.external_data for each in onnx.load_from_string(graph).graph.initializer):
        raise ConversionError("the graph keeps tensors in other files: store them inside it")
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    _check_inputs(session)
    outputs = {each.name: each for each in session.get_outputs()}
    name = wanted or next(iter(outputs))
    if name not in outputs:
        raise ConversionError(f"the graph has no output {name}, only {', '.join(outputs)}")
    if outputs[name].type not in OUTPUT_TYPES:
        raise ConversionError(f"output {name} is {outputs[name].type}, not float32 or float16")
    _check_padding(session, name, pooling)
    return name


def _check_inputs(session: onnxruntime.InferenceSession) -> None:
    found = {each.name: each.type for each in session.get_inputs()}
    missing = [name for name in INPUTS[:2] if name not in found]
    unknown = [name for name in found if name not in INPUTS]
    if missing or unknown:
        raise ConversionError(
            f"the graph's inputs are {', '.join(found)}; it needs input_ids and attention_mask, "
            "may have token_type_ids, and nothing else"
        )
    if set(found.values()) != {"tensor(int64)"}:
        raise ConversionError(f"the graph's inputs are {found}; all must be int64")


def _check_padding(session: onnxruntime.InferenceSession, output: str, pooling: str) -> None:
    """A text must have the same vector alone and beside a longer one."""
    short, long = [1, 2, 3, 2, 1], [1, 3, 2, 3, 2, 1, 2, 3, 1]
    padded = np.array([short + [0] * (len(long) - len(short)), long], np.int64)
    mask = np.array([[1] * len(short) + [0] * (len(long) - len(short)), [1] * len(long)], np.int64)
    alone = np.array([short], np.int64)
    try:
        one = _run(session, output, alone, np.ones_like(alone))
        two = _run(session, output, padded, mask)
    except Exception as problem:  # the runtime's exceptions have no common class that it shows
        raise ConversionError(f"the graph does not run on texts of any sizes: {problem}") from problem
    rank = 2 if pooling == "none" else 3
    if one.ndim != rank or one.shape[:-1] != alone.shape[: rank - 1] or two.shape[:-1] != padded.shape[: rank - 1]:
        raise ConversionError(f"output {output} has shape {one.shape}, which does not go with pooling {pooling}")
    same = two[0] if pooling == "none" else two[0, : len(short)]
    # Written this way round because a comparison with what is not a number is false.
    if not np.abs(same - one[0]).max() <= PADDING_TOLERANCE * np.abs(one).max():
        raise ConversionError("a text has another vector when it is padded: the graph does not mind attention_mask")


def _run(session: onnxruntime.InferenceSession, output: str, ids: np.ndarray, mask: np.ndarray) -> np.ndarray:
    given = dict(zip(INPUTS, (ids, mask, np.zeros_like(ids))))
    names = [each.name for each in session.get_inputs()]
    return session.run([output], {name: given[name] for name in names})[0].astype(np.float32)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Make a model folder from an ONNX graph and a tokenizer.json.")
    parser.add_argument("graph", type=Path, help="an ONNX file that holds all its tensors")
    parser.add_argument("--tokenizer", type=Path, required=True, help="tokenizer.json")
    parser.add_argument("--max-tokens", type=int, required=True, help="the graph's longest input")
    parser.add_argument("--pooling", choices=("mean", "cls", "none"), required=True, help="none: the graph pools")
    parser.add_argument("--output-name", help="which output; default: the first")
    foreign_model.add_arguments(parser)
    return parser.parse_args()


def main() -> int:
    arguments = _arguments()
    try:
        graph = arguments.graph.read_bytes()
        output = checked_output(graph, arguments.output_name, arguments.pooling)
        tokenizer = hugging_face.tokenizer_text(arguments.tokenizer)
        settings = foreign_model.settings(
            arguments, arguments.pooling, arguments.prefix or "", arguments.max_tokens, usual_tokens=None
        )
        name = arguments.name or arguments.graph.stem
        encoder = ReferenceEncoder(graph, tokenizer, settings, output=output)
        files = foreign_model.files(
            arguments, graph=graph, tokenizer=tokenizer, settings=settings, name=name,
            source="graph exported elsewhere", encoder=encoder, output=output,
        )
    except (OSError, ValueError, KeyError, hugging_face.CheckpointError, ConversionError) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 1
    foreign_model.write(arguments.output, files)
    return 0


if __name__ == "__main__":
    sys.exit(main())
