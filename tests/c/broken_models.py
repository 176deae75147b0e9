"""Makes model folders that are each broken in one way, for model_errors.c to open.

Each starts as a copy of a good folder. Where a file is made worse but its manifest shall agree with
it, the manifest is written anew with the file's size and SHA-256.

    python3 broken_models.py GOOD_FOLDER OUTPUT_FOLDER
"""

import hashlib
import json
import os
import shutil
import sys
from pathlib import Path

MANIFEST = "vrec-model.json"
MODEL = "model.onnx"
TOKENIZER = "tokenizer.json"


class Folder:
    """A copy of the good folder, to be broken."""

    def __init__(self, good: Path, path: Path):
        shutil.copytree(good, path)
        self.path = path

    def file(self, name: str) -> Path:
        return self.path / name

    def write(self, name: str, contents: bytes | str) -> None:
        self.file(name).write_bytes(contents.encode() if isinstance(contents, str) else contents)

    def manifest(self) -> dict:
        return json.loads(self.file(MANIFEST).read_text(encoding="utf-8"))

    def change_manifest(self, change) -> None:
        manifest = self.manifest()
        change(manifest)
        self.write(MANIFEST, json.dumps(manifest))

    def write_with_right_hash(self, role: str, name: str, contents: bytes | str) -> None:
        self.write(name, contents)
        found = self.file(name).read_bytes()
        description = {"name": name, "bytes": len(found), "sha256": hashlib.sha256(found).hexdigest()}
        self.change_manifest(lambda manifest: manifest["files"].update({role: description}))

    def replace(self, name: str, make) -> None:
        """Puts something else in a file's place, made by a function of its path."""
        self.file(name).unlink()
        make(self.file(name))


# --- ONNX, as far as it is needed (field numbers of onnx.proto) -------------------------------------


def varint(number: int) -> bytes:
    encoded = bytearray()
    while number > 127:
        encoded.append(number & 127 | 128)
        number >>= 7
    return bytes(encoded) + bytes([number])


def field(number: int, value: int | bytes | str) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    payload = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(payload)) + payload


def value_info(name: str, element_type: int) -> bytes:
    dimension = field(1, field(2, "n"))
    tensor_type = field(1, element_type) + field(2, dimension + dimension)
    return field(1, name) + field(2, field(1, tensor_type))


INT64 = 7
EXTERNAL = 1


def onnx_model(graph: bytes) -> bytes:
    return field(1, 8) + field(8, field(2, 17)) + field(7, graph)


def identity_graph(inputs: list[str], output: str) -> bytes:
    """A graph that gives its first input as its output."""
    node = field(1, inputs[0]) + field(2, output) + field(4, "Identity")
    declared = b"".join(field(11, value_info(name, INT64)) for name in inputs)
    return field(1, node) + field(2, "graph") + declared + field(12, value_info(output, INT64))


def external_tensor() -> bytes:
    place = field(1, "location") + field(2, "../secret.bin")
    return field(1, 1) + field(2, 1) + field(8, "weights") + field(13, place) + field(14, EXTERNAL)


def good_inputs() -> bytes:
    return identity_graph(["input_ids", "attention_mask"], "last_hidden_state")


def external_initializer() -> bytes:
    return onnx_model(good_inputs() + field(5, external_tensor()))


def external_constant() -> bytes:
    """The tensor hides in an attribute of a node of a subgraph."""
    constant = field(2, "c") + field(4, "Constant") + field(5, field(1, "value") + field(5, external_tensor()))
    branch = field(1, "then_branch") + field(6, field(1, constant))
    return onnx_model(good_inputs() + field(1, field(2, "d") + field(4, "If") + field(5, branch)))


# --- the ways to be broken ---------------------------------------------------------------------------


def manifest_changes() -> dict:
    """Manifests that are JSON but not acceptable, by the name of their folder."""

    def rename(role, name):
        return lambda manifest: manifest["files"][role].update(name=name)

    def put(key, value):
        return lambda manifest: manifest.update({key: value})

    def first_means(change):
        return lambda manifest: change(manifest["languages"][0]["means"])

    return {
        "names-parent-folder": rename("model", "../x"),
        "names-parent-itself": rename("tokenizer", ".."),
        "names-absolute-path": rename("model", "/etc/hostname"),
        "names-subfolder": rename("tokenizer", "sub/x"),
        "names-nothing": rename("model", ""),
        "names-nul": rename("model", "a\0b"),
        "newer-format": put("format", 2),
        "unknown-field": put("surprise", True),
        "no-dimensions": put("dimensions", 0),
        "huge-dimensions": put("dimensions", 1 << 40),
        "negative-dimensions": put("dimensions", -1),
        "other-pooling": put("pooling", "sum"),
        "tiny-window": put("window_tokens", 1),
        "window-past-model": put("window_tokens", 1000),
        "wide-overlap": put("window_overlap_tokens", 31),
        "endless-prefix": put("prefix", "p" * 1000),
        "short-mean": first_means(lambda means: means["title"].pop()),
        "infinite-mean": first_means(lambda means: means["text"].__setitem__(0, 1e300)),
        "language-twice": lambda manifest: manifest["languages"].append(manifest["languages"][0]),
        "short-hash": lambda manifest: manifest["files"]["model"].update(sha256="00"),
        "endless-model": lambda manifest: manifest["files"]["model"].update(bytes=1 << 62),
    }


def raw_manifests() -> dict:
    """Manifests that are no manifests at all."""
    return {
        "empty": b"",
        "not-json": b"model: yes",
        "cut": b'{"format":1,"name":"ti',
        "list": b"[]",
        "nested": b"[" * 200_000,
        "not-utf8": b'{"format":1,"name":"\xff\xfe"}',
        "number-past-all": b'{"format":1e999}',
    }


def tokenizers() -> dict:
    """Tokenizer files that parse badly or, some of them, make the parser panic."""

    def with_model(model, **more):
        return json.dumps({"version": "1.0", "added_tokens": [], "model": model, **more})

    pieces = {"[UNK]": 0, "a": 1}
    return {
        "garbage": b"\x00\x01\x02 no tokenizer",
        "empty": b"",
        "empty-object": b"{}",
        "list": b"[1, 2]",
        "nested": b"[" * 200_000,
        "unknown-model": with_model({"type": "Oracle"}),
        "unigram-without-pieces": with_model({"type": "Unigram", "unk_id": 7, "vocab": []}),
        "bpe-merges-of-nothing": with_model({"type": "BPE", "vocab": {"a": 0}, "merges": [["x", "y"]]}),
        "charsmap-cut": with_model(
            {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
             "max_input_chars_per_word": 100, "vocab": pieces},
            normalizer={"type": "Precompiled", "precompiled_charsmap": "/w=="},
        ),
        "regex-broken": with_model(
            {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
             "max_input_chars_per_word": 100, "vocab": pieces},
            pre_tokenizer={"type": "Split", "pattern": {"Regex": "(((("}, "behavior": "Isolated", "invert": False},
        ),
    }


def models() -> dict:
    """Graphs that are whole files but no usable encoders."""
    return {
        "garbage": b"\x00\x01\x02 no model",
        "empty": b"",
        "without-graph": field(1, 8),
        "external-initializer": external_initializer(),
        "external-constant": external_constant(),
        "other-inputs": onnx_model(identity_graph(["pixels"], "last_hidden_state")),
        "one-input-more": onnx_model(
            identity_graph(["input_ids", "attention_mask", "pixels"], "last_hidden_state")),
        "other-output": onnx_model(identity_graph(["input_ids", "attention_mask"], "logits")),
        "whole-numbers": onnx_model(good_inputs()),
        "nested": nested_graphs(2_000),
    }


def nested_graphs(depth: int) -> bytes:
    graph = b""
    for _ in range(depth):
        graph = field(1, field(5, field(6, graph)))
    return field(1, 8) + field(7, graph)


def flip_last_byte(path: Path) -> None:
    contents = bytearray(path.read_bytes())
    contents[-1] ^= 1
    path.write_bytes(contents)


def make_enormous(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(17 << 20)


def make_loop(path: Path) -> None:
    path.symlink_to(path.name)


def make_dangling_link(path: Path) -> None:
    path.symlink_to("nowhere")


REPLACEMENTS = {
    "missing": lambda path: None,
    "folder": Path.mkdir,
    "pipe": os.mkfifo,
    "loop": make_loop,
    "dangling-link": make_dangling_link,
}


def halve_dimensions(manifest: dict) -> None:
    """A manifest that is sound in itself, but of another model."""
    manifest["dimensions"] //= 2
    for language in manifest["languages"]:
        for mean in language["means"].values():
            del mean[manifest["dimensions"]:]


def make_all(good: Path, output: Path) -> None:
    def folder(name: str) -> Folder:
        return Folder(good, output / name)

    (output / "no-files").mkdir(parents=True)
    for name, contents in raw_manifests().items():
        folder(f"manifest-{name}").write(MANIFEST, contents)
    for name, change in manifest_changes().items():
        folder(f"manifest-{name}").change_manifest(change)
    for part, file in (("manifest", MANIFEST), ("model", MODEL), ("tokenizer", TOKENIZER)):
        for name, make in REPLACEMENTS.items():
            folder(f"{part}-{name}").replace(file, make)
    make_enormous(folder("manifest-enormous").file(MANIFEST))
    for part, file in (("model", MODEL), ("tokenizer", TOKENIZER)):
        whole = (good / file).read_bytes()
        folder(f"{part}-cut").write(file, whole[:-1])
        folder(f"{part}-longer").write(file, whole + b" ")
        folder(f"{part}-gone-empty").write(file, b"")
        flip_last_byte(folder(f"{part}-flipped").file(file))
    for name, contents in tokenizers().items():
        folder(f"tokenizer-{name}").write_with_right_hash("tokenizer", TOKENIZER, contents)
    for name, contents in models().items():
        folder(f"model-{name}").write_with_right_hash("model", MODEL, contents)
    folder("manifest-of-another-model").change_manifest(halve_dimensions)
    folder("line\nbreak").replace(MODEL, REPLACEMENTS["missing"])


def main() -> None:
    good, output = Path(sys.argv[1]), Path(sys.argv[2])
    shutil.rmtree(output, ignore_errors=True)
    make_all(good, output)


if __name__ == "__main__":
    main()
