"""The library's structs, laid out as abi/layout-lp64.txt says, which a test holds to the header.

Fields are numbers of 4 or 8 bytes; a pointer is an address. Only structs whose floats stay at their
defaults, or come as arrays, are used here, so no field needs to be known as one.
"""

from __future__ import annotations

import ctypes
from ctypes import c_uint32, c_uint64
from dataclasses import dataclass
from pathlib import Path

import numpy as np

SNAPSHOT = Path(__file__).resolve().parents[2] / "abi" / "layout-lp64.txt"


@dataclass(frozen=True)
class Field:
    name: str
    offset: int
    size: int


def fields_of(struct: str) -> list[Field]:
    found = []
    for line in SNAPSHOT.read_text(encoding="utf-8").splitlines():
        if line.startswith(f"{struct}."):
            name, offset, size = line.split()
            found.append(Field(name.removeprefix(f"{struct}."), int(offset), int(size)))
    if not found:
        raise LookupError(f"{SNAPSHOT} has no struct {struct}")
    return found


def structure(struct: str) -> type[ctypes.Structure]:
    fields = fields_of(struct)
    types = {4: c_uint32, 8: c_uint64}
    made = type(struct, (ctypes.Structure,), {"_fields_": [(field.name, types[field.size]) for field in fields]})
    if any(getattr(made, field.name).offset != field.offset for field in fields):
        raise ValueError(f"{struct} is not laid out by natural alignment")
    return made


def new(kind: type[ctypes.Structure], **values: int) -> ctypes.Structure:
    """One with its size and these fields set. A field that the library lacks must be left at 0."""
    known = {name for name, *_ in kind._fields_}
    missing = sorted(name for name, value in values.items() if name not in known and value)
    if missing:
        raise AttributeError(f"{kind.__name__} has no {', '.join(missing)}")
    return kind(struct_size=ctypes.sizeof(kind), **{name: value for name, value in values.items() if name in known})


def array_type(struct: str) -> np.dtype:
    """The same for numpy, so that many are filled by columns."""
    fields = fields_of(struct)
    formats = {4: np.uint32, 8: np.uint64}
    return np.dtype({
        "names": [field.name for field in fields], "formats": [formats[field.size] for field in fields],
        "offsets": [field.offset for field in fields], "itemsize": fields[-1].offset + fields[-1].size,
    })
