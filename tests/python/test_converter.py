"""Models converted from safetensors give the vectors of a numpy encoder, and what cannot be converted is refused.

Two small random checkpoints are written as Hugging Face folders: a BERT with vocab.txt, the first token's
vector and the old names of the norms; and a RoBERTa with tokenizer.json, the mean, a prefix, shifted
positions and bfloat16. Each is converted to every kind of weights and style, and read by ONNX Runtime in
Python and by the library, one text at a time and as a batch. Then graphs as other tools export them, one
that pools by itself among them, and graphs with the mistakes that such exports have. With --folder a real
checkpoint is compared in the first way instead.
"""

from __future__ import annotations

import argparse
import json
import struct
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer
from tokenizers.implementations import BertWordPieceTokenizer

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / "tools" / "model"
sys.path.insert(0, str(ROOT / "tools" / "model"))
sys.path.insert(0, str(ROOT / "benches" / "embed"))

import reference  # noqa: E402
from library import Engine  # noqa: E402
from numpy_bert import NumpyBert  # noqa: E402

# Kind of weights -> the smallest cosine to numpy that is accepted.
LEAST = {"float32": 0.99999, "float16": 0.9999, "int8": 0.999}
STYLES = ("fused", "plain")
TEXTS = [
    "the night train to the sea",
    "a",
    "two brothers, one farm, one long summer",
    "海边的夏天 the last film",
    "a cat sleeps on the warm stone while the children of the village look for it",
    "train night the sea the to",
]
HIDDEN, LAYERS, HEADS, WIDE, POSITIONS = 48, 3, 4, 96, 90
LETTERS = "abcdefghijklmnopqrstuvwxyz"
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
WORDS = "the night train sea two one long summer cat stone 海 边 的 夏 天".split()
VOCABULARY = [*SPECIAL, *WORDS, ",", *LETTERS, *("##" + letter for letter in LETTERS)]


class Checks:
    """Counts what passed, and says what did not."""

    def __init__(self) -> None:
        self.passed = self.failed = 0

    def check(self, holds: bool, name: str) -> None:
        self.passed += bool(holds)
        self.failed += not holds
        print(f"{'ok' if holds else 'FAILED'} {name}", flush=True)


# Checkpoints made for the test


def random_tensors(seed: int, types: int, norm_names: tuple[str, str]) -> dict[str, np.ndarray]:
    stream = np.random.RandomState(seed)

    def drawn(spread: float, *shape: int) -> np.ndarray:
        return (spread * stream.standard_normal(shape)).astype(np.float32)

    def norm(name: str) -> dict[str, np.ndarray]:
        scale, shift = norm_names
        return {f"{name}.{scale}": 1 + drawn(0.2, HIDDEN), f"{name}.{shift}": drawn(0.2, HIDDEN)}

    tensors = {
        "embeddings.word_embeddings.weight": drawn(1, len(VOCABULARY), HIDDEN),
        "embeddings.position_embeddings.weight": drawn(0.5, POSITIONS, HIDDEN),
        "embeddings.token_type_embeddings.weight": drawn(0.5, types, HIDDEN),
        **norm("embeddings.LayerNorm"),
    }
    tensors["embeddings.word_embeddings.weight"][0] = 0  # as trained checkpoints have it for padding
    for layer in range(LAYERS):
        at = f"encoder.layer.{layer}."
        sizes = {
            **{f"attention.self.{part}": (HIDDEN, HIDDEN) for part in ("query", "key", "value")},
            "attention.output.dense": (HIDDEN, HIDDEN),
            "intermediate.dense": (WIDE, HIDDEN),
            "output.dense": (HIDDEN, WIDE),
        }
        for name, (outputs, inputs) in sizes.items():
            tensors[f"{at}{name}.weight"] = drawn(1 / np.sqrt(inputs), outputs, inputs)
            tensors[f"{at}{name}.bias"] = drawn(0.2, outputs)
        tensors.update(norm(at + "attention.output.LayerNorm"))
        tensors.update(norm(at + "output.LayerNorm"))
    return tensors


def write_safetensors(path: Path, tensors: dict[str, np.ndarray], kind: str) -> None:
    header, body = {"__metadata__": {"format": "pt"}}, b""
    ids = np.arange(POSITIONS, dtype="<i8").tobytes()
    header["embeddings.position_ids"] = {"dtype": "I64", "shape": [1, POSITIONS], "data_offsets": [0, len(ids)]}
    body += ids
    for name, tensor in tensors.items():
        content = tensor.astype("<f4").tobytes()
        if kind == "BF16":
            content = (np.frombuffer(content, "<u4") >> 16).astype("<u2").tobytes()
        header[name] = {"dtype": kind, "shape": tensor.shape, "data_offsets": [len(body), len(body) + len(content)]}
        body += content
    text = json.dumps(header).encode("utf-8")
    path.write_bytes(struct.pack("<Q", len(text)) + text + body)


def write_json(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def write_config(folder: Path, **changes: object) -> None:
    config = {
        "model_type": "bert", "hidden_act": "gelu", "hidden_size": HIDDEN, "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS, "intermediate_size": WIDE, "layer_norm_eps": 1e-12, "pad_token_id": 0,
    }
    write_json(folder / "config.json", {**config, **changes})


def write_bert(folder: Path) -> None:
    write_config(folder)
    tensors = random_tensors(1, 2, ("gamma", "beta"))
    write_safetensors(folder / "model.safetensors", {"bert." + name: each for name, each in tensors.items()}, "F32")
    (folder / "vocab.txt").write_text("\n".join(VOCABULARY) + "\n", encoding="utf-8")
    pooling = {"word_embedding_dimension": HIDDEN, "pooling_mode_cls_token": True}
    write_json(folder / "1_Pooling" / "config.json", pooling)


def write_roberta(folder: Path) -> None:
    write_config(folder, model_type="roberta", pad_token_id=1, layer_norm_eps=1e-5)
    write_safetensors(folder / "model.safetensors", random_tensors(2, 1, ("weight", "bias")), "BF16")
    tokenizer = _word_piece_tokenizer()
    tokenizer.enable_truncation(8)
    tokenizer.enable_padding(length=8)
    tokenizer.save(str(folder / "tokenizer.json"))
    write_json(folder / "modules.json", [{"type": "sentence_transformers.models.Pooling"}])
    pooling = {"pooling_mode_mean_tokens": True, "pooling_mode_cls_token": False}
    write_json(folder / "1_Pooling" / "config.json", pooling)
    write_json(
        folder / "config_sentence_transformers.json", {"prompts": {"find": "the sea, "}, "default_prompt_name": "find"}
    )
    write_json(folder / "sentence_bert_config.json", {"max_seq_length": 80})


def _word_piece_tokenizer() -> BertWordPieceTokenizer:
    return BertWordPieceTokenizer({piece: number for number, piece in enumerate(VOCABULARY)}, lowercase=True)


# What must hold


def convert(
    source: Path, output: Path, *options: str, tool: str = "from_safetensors.py"
) -> subprocess.CompletedProcess:
    command = [sys.executable, "-B", str(TOOLS / tool), str(source), "--output", str(output), "--licence", "MIT"]
    return subprocess.run([*command, *options], capture_output=True, text=True, check=False)


def is_refusal(done: subprocess.CompletedProcess, says: str, output: Path) -> bool:
    explained = says in done.stderr and "Traceback" not in done.stderr
    return done.returncode == 1 and explained and not output.exists()


class Comparison:
    """Converts one checkpoint to every variant and compares vectors with numpy's."""

    def __init__(self, checks: Checks, library: Path, runtime: Path, work: Path) -> None:
        self.checks = checks
        self.library, self.runtime, self.work = library, runtime, work

    def run(self, folder: Path, expected: np.ndarray, texts: list[str], least: dict[str, float]) -> None:
        for weights, smallest in least.items():
            for style in STYLES:
                name = f"{folder.name} {weights} {style}"
                output = self.work / name.replace(" ", "-")
                done = convert(folder, output, "--weights", weights, "--style", style)
                self.checks.check(done.returncode == 0, f"{name} is converted {done.stderr}")
                if done.returncode == 0:
                    self.compare(name, output, expected, texts, smallest)

    def compare(self, name: str, model: Path, expected: np.ndarray, texts: list[str], smallest: float) -> None:
        engine = Engine(self.library, model, self.runtime)
        found = {
            "in Python": reference.open_folder(model).encode_all(texts),
            "by the library": np.stack([engine.embed(text) for text in texts]),
            "by the library, as a batch": engine.embed_batch(texts),
        }
        engine.close()
        for how, vectors in found.items():
            least = float((vectors * expected).sum(axis=1).min())
            self.checks.check(least >= smallest, f"{name} {how}: smallest cosine to numpy {least:.7f}")


def numpy_vectors(folder: Path, pooling: str, prefix: str, encode: Callable[[str], list[int]], texts: list[str]):
    encoder = NumpyBert(folder, pooling)
    return np.stack([encoder.encode(encode(prefix + text)) for text in texts])


def small_models(checks: Checks, comparison: Comparison, work: Path) -> None:
    tokenizer = _word_piece_tokenizer()
    kinds = (("bert", write_bert, "cls", ""), ("roberta", write_roberta, "mean", "the sea, "))
    for name, write, pooling, prefix in kinds:
        folder = work / name
        folder.mkdir()
        write(folder)
        expected = numpy_vectors(folder, pooling, prefix, lambda text: tokenizer.encode(text).ids, TEXTS)
        others = expected @ expected.T - np.eye(len(TEXTS))
        checks.check(others.max() < 0.995, f"{name}: no two texts have one vector, largest cosine {others.max():.3f}")
        comparison.run(folder, expected, TEXTS, LEAST)
    _manifest(checks, work)


def _manifest(checks: Checks, work: Path) -> None:
    manifest = json.loads((work / "roberta-int8-fused" / "vrec-model.json").read_text(encoding="utf-8"))
    checks.check(manifest["max_tokens"] == POSITIONS - 2, "positions before the first one are not counted")
    checks.check(manifest["window_tokens"] == 80, "the window is as long as the folder says")
    checks.check(manifest["languages"] == [], "no languages without --means")
    means = ROOT / "tools" / "model" / "texts" / "en.jsonl"
    outputs = [work / "once", work / "again"]
    for output in outputs:
        convert(work / "bert", output, "--means", f"en={means}")
    names = ("model.onnx", "tokenizer.json", "vrec-model.json")
    same = all((outputs[0] / name).read_bytes() == (outputs[1] / name).read_bytes() for name in names)
    checks.check(same, "the same folder gives the same bytes")
    languages = json.loads((outputs[0] / "vrec-model.json").read_text(encoding="utf-8"))["languages"]
    checks.check([each["language"] for each in languages] == ["en"], "with --means the language is in the manifest")


def refusals(checks: Checks, work: Path) -> None:
    def cut(folder: Path) -> None:
        content = (folder / "model.safetensors").read_bytes()
        (folder / "model.safetensors").write_bytes(content[:-100])

    def without_tensor(folder: Path) -> None:
        tensors = random_tensors(1, 2, ("weight", "bias"))
        del tensors["encoder.layer.1.output.dense.bias"]
        write_safetensors(folder / "model.safetensors", tensors, "F32")

    def too_large_for_half(folder: Path) -> None:
        tensors = random_tensors(1, 2, ("weight", "bias"))
        tensors["encoder.layer.1.output.dense.weight"] *= 1e6
        write_safetensors(folder / "model.safetensors", tensors, "F32")

    def maximum_pooling(folder: Path) -> None:
        write_json(folder / "1_Pooling" / "config.json", {"pooling_mode_max_tokens": True})

    damages: list[tuple[str, Callable[[Path], object], str]] = [
        ("relative positions", lambda at: write_config(at, position_embedding_type="relative_key"), "relative_key"),
        ("another network", lambda at: write_config(at, model_type="mpnet"), "model_type"),
        ("another activation", lambda at: write_config(at, hidden_act="relu"), "hidden_act"),
        ("a layer behind the pooling", lambda at: write_json(at / "modules.json", [{"type": "models.Dense"}]), "Dense"),
        ("maximum pooling", maximum_pooling, "max"),
        ("another size than its tensors", lambda at: write_config(at, intermediate_size=WIDE + 1), "shape"),
        ("more layers than tensors", lambda at: write_config(at, num_hidden_layers=LAYERS + 1), "no tensor"),
        ("a missing tensor", without_tensor, "no tensor"),
        ("a cut file", cut, "lie within"),
        ("no vocabulary", lambda at: (at / "vocab.txt").unlink(), "vocab.txt"),
        ("a vocabulary without special pieces", lambda at: (at / "vocab.txt").write_text("a\nb\n"), "[CLS]"),
        ("weights too large for float16", too_large_for_half, "float16"),
    ]
    for number, (name, damage, says) in enumerate(damages):
        folder, output = work / f"damaged{number}", work / f"refused{number}"
        folder.mkdir()
        write_bert(folder)
        damage(folder)
        done = convert(folder, output, "--weights", "float16")
        checks.check(is_refusal(done, says, output), f"refused: {name}: {done.stderr.strip()}")


# Graphs exported elsewhere


def exported_graphs(checks: Checks, comparison: Comparison, work: Path) -> None:
    folder = work / "bert"
    tokenizer = _word_piece_tokenizer()
    path = work / "exported-tokenizer.json"
    tokenizer.save(str(path))
    plain = onnx.load(work / "bert-float32-plain" / "model.onnx")
    for pooling, graph in (("cls", plain), ("none", pooled_by_itself(plain))):
        expected = numpy_vectors(folder, "cls", "", lambda text: tokenizer.encode(text).ids, TEXTS)
        output = work / f"exported-{pooling}"
        done = convert_graph(work, graph, path, output, pooling)
        checks.check(done.returncode == 0, f"a graph with pooling {pooling} is taken {done.stderr}")
        if done.returncode == 0:
            comparison.compare(output.name, output, expected, TEXTS, LEAST["float32"])
    for name, damage, pooling, says in DAMAGED_GRAPHS:
        graph = onnx.ModelProto.FromString(plain.SerializeToString())
        damage(graph.graph)
        output = work / "refused-graph"
        done = convert_graph(work, graph, path, output, pooling)
        checks.check(is_refusal(done, says, output), f"refused: a graph {name}: {done.stderr.strip()[:200]}")


def convert_graph(work: Path, graph: onnx.ModelProto, tokenizer: Path, output: Path, pooling: str):
    path = work / "exported.onnx"
    path.write_bytes(graph.SerializeToString())
    options = ("--tokenizer", str(tokenizer), "--pooling", pooling, "--max-tokens", str(POSITIONS))
    return convert(path, output, *options, tool="from_onnx.py")


def pooled_by_itself(plain: onnx.ModelProto) -> onnx.ModelProto:
    """The same graph with the first token's vector as its output, in float16."""
    model = onnx.ModelProto.FromString(plain.SerializeToString())
    first = numpy_helper.from_array(np.array(0, np.int64), "first_token")
    model.graph.initializer.append(first)
    model.graph.node.append(helper.make_node("Gather", ["last_hidden_state", "first_token"], ["first"], axis=1))
    model.graph.node.append(helper.make_node("Cast", ["first"], ["sentence_embedding"], to=TensorProto.FLOAT16))
    del model.graph.output[:]
    described = helper.make_tensor_value_info("sentence_embedding", TensorProto.FLOAT16, ["batch", HIDDEN])
    model.graph.output.append(described)
    return model


def _rename_input(graph: onnx.GraphProto) -> None:
    graph.input[0].name = "tokens"
    for node in graph.node:
        node.input[:] = ["tokens" if name == "input_ids" else name for name in node.input]


def _ignore_mask(graph: onnx.GraphProto) -> None:
    """All padding is looked at: the additive mask is multiplied by nothing instead of a very low score."""
    score = next(each for each in graph.initializer if each.name == "masked_score")
    score.CopyFrom(numpy_helper.from_array(np.array(0, np.float32), "masked_score"))


def _freeze_sizes(graph: onnx.GraphProto) -> None:
    for each in graph.input:
        each.type.tensor_type.shape.dim[1].dim_value = 16


def _store_outside(graph: onnx.GraphProto) -> None:
    entry = graph.initializer[0].external_data.add()
    entry.key, entry.value = "location", "weights.bin"
    graph.initializer[0].data_location = TensorProto.EXTERNAL


DAMAGED_GRAPHS = (
    ("with another input", _rename_input, "cls", "inputs"),
    ("that ignores the mask", _ignore_mask, "cls", "attention_mask"),
    ("of a frozen size", _freeze_sizes, "cls", "sizes"),
    ("with tensors in other files", _store_outside, "cls", "other files"),
    ("whose output does not go with the pooling", lambda graph: None, "none", "pooling"),
)


def real_model(comparison: Comparison, folder: Path, pooling: str) -> None:
    texts = json.loads((ROOT / "tools/model/reference_texts.json").read_text(encoding="utf-8"))
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    texts = [text for text in texts if len(tokenizer.encode(text).ids) <= 128]
    expected = numpy_vectors(folder, pooling, "", lambda text: tokenizer.encode(text).ids, texts)
    # Seven-bit weights: how much they cost a ranking is what ranking_check.py measures.
    comparison.run(folder, expected, texts, {**LEAST, "float16": 0.99999, "int8": 0.98})


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("library", "runtime"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--folder", type=Path, help="a real checkpoint to compare instead of the small ones")
    parser.add_argument("--pooling", choices=("mean", "cls"), default="mean", help="of --folder")
    arguments = parser.parse_args()
    checks = Checks()
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        comparison = Comparison(checks, arguments.library, arguments.runtime, work)
        if arguments.folder:
            real_model(comparison, arguments.folder, arguments.pooling)
        else:
            small_models(checks, comparison, work)
            refusals(checks, work)
            exported_graphs(checks, comparison, work)
    print(f"{checks.passed} passed, {checks.failed} failed")
    sys.exit(checks.failed > 0)


if __name__ == "__main__":
    main()
