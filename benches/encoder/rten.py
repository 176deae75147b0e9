"""The cosine between the library's two backends on the same model files.

Needs a build of the library with the feature `rten`; the same build runs both backends where it has
both, otherwise the ONNX Runtime's vectors come from the first library.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from library import BACKEND_ONNX_RUNTIME, BACKEND_RTEN, Engine, Setting, TextBlock


def vectors(library: Path, setting: Setting, texts: Sequence[str]) -> np.ndarray:
    engine = Engine(library, setting)
    try:
        block = TextBlock(texts)
        found = engine.new_vectors(block.count)
        engine.embed_into(block, found)
        return np.frombuffer(found, np.float32).reshape(block.count, engine.dimensions).copy()
    finally:
        engine.close()


def smallest_cosine(library: Path, rten_library: Path, model: Path, runtime: Path, texts: Sequence[str]) -> float:
    """Raises Failure when a backend is not in its library or cannot run the model."""
    expected = vectors(library, Setting(model, runtime, backend=BACKEND_ONNX_RUNTIME), texts)
    found = vectors(rten_library, Setting(model, backend=BACKEND_RTEN), texts)
    cosine = float((expected * found).sum(axis=1).min())
    if not np.isfinite(cosine):
        raise ArithmeticError("a vector of one of the backends is not finite")
    return cosine
