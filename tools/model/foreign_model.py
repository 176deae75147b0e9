"""What from_safetensors.py and from_onnx.py share: their options, the windows, the files of the folder."""

from __future__ import annotations

import argparse
from pathlib import Path

import language_means
import model_folder
from reference import ReferenceEncoder, Settings

WINDOW_TOKENS = 256
OVERLAP_SHARE = 8  # an eighth of a window


class ConversionError(Exception):
    """The files were read, but what came out of them is of no use."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--output", type=Path, required=True, help="the folder to make")
    parser.add_argument("--licence", required=True, help="the model's licence, such as MIT")
    parser.add_argument("--licence-file", type=Path, help="its text, copied into the folder")
    parser.add_argument("--name", help="default: that of the folder it was read from")
    parser.add_argument("--model-version", default="1", help="default: 1")
    parser.add_argument("--source", help="where the model comes from, in a sentence")
    parser.add_argument("--prefix", help="put before every text; default: as the folder says, or nothing")
    parser.add_argument("--window-tokens", type=int, help=f"default: at most {WINDOW_TOKENS}")
    parser.add_argument(
        "--means", type=_language_and_path, action="append", default=[], metavar="LANGUAGE=FILE",
        help="compute the language's mean vectors from these texts",
    )


def _language_and_path(text: str) -> tuple[str, Path]:
    language, separator, path = text.partition("=")
    if not language or not separator or not path:
        raise argparse.ArgumentTypeError(f"{text!r} is not LANGUAGE=FILE")
    return language, Path(path)


def settings(
    arguments: argparse.Namespace, pooling: str, prefix: str, max_tokens: int, usual_tokens: int | None
) -> Settings:
    window = arguments.window_tokens or min(WINDOW_TOKENS, usual_tokens or WINDOW_TOKENS)
    window = min(window, max_tokens)
    return Settings(pooling, prefix, max_tokens, window, window_overlap_tokens=window // OVERLAP_SHARE)


def files(
    arguments: argparse.Namespace,
    *,
    graph: bytes,
    tokenizer: str,
    settings: Settings,
    name: str,
    source: str,
    encoder: ReferenceEncoder,
    output: str = "last_hidden_state",
) -> model_folder.Files:
    """All files of the folder by name; `encoder` is what the languages' means are computed with."""
    content = {model_folder.MODEL: graph, model_folder.TOKENIZER: tokenizer.encode("utf-8")}
    if arguments.licence_file:
        content["LICENSE.txt"] = arguments.licence_file.read_bytes()
    content[model_folder.MANIFEST] = model_folder.manifest(
        content,
        name=name,
        version=arguments.model_version,
        licence=arguments.licence,
        source=f"{arguments.source or name}; {source}",
        dimensions=len(encoder.encode("a")),
        settings=settings,
        means={language: _means(encoder, path) for language, path in arguments.means},
        output=output,
    )
    return content


def _means(encoder: ReferenceEncoder, path: Path) -> dict[str, list[float]]:
    texts = language_means.read_file(path)
    empty = [field for field, found in texts.items() if not found]
    if empty:
        raise ConversionError(f"{path} has no texts of the fields {', '.join(empty)}")
    return language_means.means_by_field(encoder, texts)


def write(folder: Path, content: model_folder.Files) -> None:
    model_folder.write(folder, content)
    for name, pinned in model_folder.pins(content).items():
        print(f"  {name}: {pinned['bytes'] / 1e6:.2f} MB, SHA-256 {pinned['sha256']}")
