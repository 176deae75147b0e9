"""Writes the folder that the library reads: the manifest and the files it names, all at once or not at all.

The format is told in src/learning/sequence/model.rs. Needs numpy and onnx, and no torch.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

MANIFEST = "vrec-sequence.json"
FORMAT = 1
# What ONNX Runtime 1.24 and rten read.
OPSET, IR_VERSION = 17, 8


@dataclass(frozen=True)
class Gru:
    """The weights of one layer, in torch's order and with its meaning: reset, update and new, by rows."""

    input_weights: np.ndarray
    state_weights: np.ndarray
    input_bias: np.ndarray
    state_bias: np.ndarray

    @property
    def width(self) -> int:
        return self.state_weights.shape[1]


def step_graph(gru: Gru) -> bytes:
    """One step: `state` and `item`, each [1, width], give `next`. Standard operators only, so that any backend runs it."""
    width = gru.width
    constants = {
        "input_weights": gru.input_weights, "state_weights": gru.state_weights,
        "input_bias": gru.input_bias, "state_bias": gru.state_bias,
    }
    node = helper.make_node
    nodes = [
        node("Gemm", ["item", "input_weights", "input_bias"], ["of_item"], transB=1),
        node("Gemm", ["state", "state_weights", "state_bias"], ["of_state"], transB=1),
        node("Split", ["of_item", "thirds"], ["item_reset", "item_update", "item_new"], axis=1),
        node("Split", ["of_state", "thirds"], ["state_reset", "state_update", "state_new"], axis=1),
        node("Add", ["item_reset", "state_reset"], ["reset_sum"]),
        node("Sigmoid", ["reset_sum"], ["reset"]),
        node("Add", ["item_update", "state_update"], ["update_sum"]),
        node("Sigmoid", ["update_sum"], ["update"]),
        node("Mul", ["reset", "state_new"], ["kept"]),
        node("Add", ["item_new", "kept"], ["new_sum"]),
        node("Tanh", ["new_sum"], ["new"]),
        # next = new + update · (state − new)
        node("Sub", ["state", "new"], ["change"]),
        node("Mul", ["update", "change"], ["held"]),
        node("Add", ["new", "held"], ["next"]),
    ]
    initializers = [numpy_helper.from_array(value.astype(np.float32), name) for name, value in constants.items()]
    initializers.append(numpy_helper.from_array(np.full(3, width, dtype=np.int64), "thirds"))
    tensor = lambda name: helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, width])  # noqa: E731
    graph = helper.make_graph(nodes, "step", [tensor("state"), tensor("item")], [tensor("next")], initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    onnx.checker.check_model(model)
    return model.SerializeToString(deterministic=True)


def item_codes(vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of each row its step, the largest magnitude / 127, and its codes."""
    steps = (np.abs(vectors).max(axis=1) / 127).astype(np.float32)
    codes = np.rint(vectors / np.where(steps > 0, steps, 1)[:, None]).clip(-127, 127).astype(np.int8)
    return steps, codes


def item_table(ids: list[str], vectors: np.ndarray) -> bytes:
    steps, codes = item_codes(vectors)
    parts = [struct.pack("<I", len(ids))]
    for video, step, code in zip(ids, steps, codes, strict=True):
        name = video.encode("utf-8")
        parts += [struct.pack("<I", len(name)), filled(name), struct.pack("<f", step), filled(code.tobytes())]
    return b"".join(parts)


def filled(content: bytes) -> bytes:
    return content + bytes(-len(content) % 4)


def check_replaceable(folder: Path) -> None:
    """Refuses a folder that holds something else than a network: all of it would be deleted."""
    if folder.exists() and not (folder / MANIFEST).is_file() and (not folder.is_dir() or any(folder.iterdir())):
        raise FileExistsError(f"{folder} is there and has no {MANIFEST}; it is not replaced")


def write(folder: Path, name: str, gru: Gru, ids: list[str], vectors: np.ndarray, projection: np.ndarray) -> None:
    """`vectors` are [videos, width], `projection` is [width, text dimensions]. See check_replaceable."""
    check_replaceable(folder)
    files = {
        "step": ("step.onnx", step_graph(gru)),
        "items": ("items.bin", item_table(ids, vectors)),
        "projection": ("projection.bin", projection.astype("<f4").tobytes()),
    }
    described = {
        role: {"name": file, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for role, (file, content) in files.items()
    }
    manifest = {
        "format": FORMAT, "name": name, "width": gru.width, "text_dimensions": projection.shape[1], "files": described,
    }
    unfinished = folder.with_name(f".{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)  # of a run that was interrupted
    unfinished.mkdir(parents=True)
    for file, content in files.values():
        (unfinished / file).write_bytes(content)
    (unfinished / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    unfinished.rename(folder)
