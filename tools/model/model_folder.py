"""Writes a model folder: the graph, the tokenizer and the manifest that describes them.

The folder appears all at once: its files are written to a folder beside it, which
is then renamed. An interrupted run leaves the old folder, or none.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from reference import Settings

MANIFEST = "vrec-model.json"
MODEL = "model.onnx"
TOKENIZER = "tokenizer.json"

Files = dict[str, bytes]
Pins = dict[str, dict[str, object]]


def manifest(
    files: Files,
    *,
    name: str,
    version: str,
    licence: str,
    source: str,
    dimensions: int,
    settings: Settings,
    means: Mapping[str, Mapping[str, Sequence[float]]],
    output: str = "last_hidden_state",
) -> bytes:
    """The manifest's bytes; `means` are by language and field."""
    content = {
        "format": 1,
        "name": name,
        "version": version,
        "licence": licence,
        "source": source,
        "files": {
            "model": {"name": MODEL, **pin(files[MODEL])},
            "tokenizer": {"name": TOKENIZER, **pin(files[TOKENIZER])},
        },
        "dimensions": dimensions,
        "output": output,
        "pooling": settings.pooling,
        "prefix": settings.prefix,
        "max_tokens": settings.max_tokens,
        "window_tokens": settings.window_tokens,
        "window_overlap_tokens": settings.window_overlap_tokens,
        "languages": [{"language": language, "means": means[language]} for language in sorted(means)],
    }
    return (json.dumps(content, ensure_ascii=False, separators=(",", ":")) + "\n").encode("utf-8")


def pin(content: bytes) -> dict[str, object]:
    return {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def pins(files: Files) -> Pins:
    return {name: pin(content) for name, content in sorted(files.items())}


def write(folder: Path, files: Files) -> None:
    unfinished = folder.with_name(f".{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)  # of a run that was interrupted
    unfinished.mkdir(parents=True)
    for name, content in files.items():
        (unfinished / name).write_bytes(content)
    if folder.exists():
        shutil.rmtree(folder)
    unfinished.rename(folder)
