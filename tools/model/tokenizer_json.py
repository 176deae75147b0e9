"""Writes the SentencePiece vocabulary as a `tokenizer.json`, the file the tokenizers crate reads.

The steps of the original tokenizer, in order: characters are unified (NFKC with
a few additions), runs of spaces become one, spaces become the piece mark "▁", and
the unigram model picks the likeliest split. `<s>` goes before a text and `</s>`
after it.

Truncation and padding are left unset: the library decides both, and a setting in
the file would silently cut long texts.
"""

from __future__ import annotations

import base64
import itertools
import json
import re
from collections.abc import Iterable

import sentencepiece
import tokenizers
from sentencepiece import sentencepiece_model_pb2

from e5s1 import Vocabulary

SPACE_MARK = "▁"
ZERO_WIDTH_JOINER = "\u200d"
KNOWN_DIFFERENCES = 173
BEGIN, PADDING, END, UNKNOWN, MASK = "<s>", "<pad>", "</s>", "<unk>", "<mask>"


class NormaliserError(Exception):
    """The installed SentencePiece treats characters in another way than the model expects."""


def build(vocabulary: Vocabulary, kept: list[int]) -> dict:
    """The tokenizer of the kept pieces, whose new numbers are their places in `kept`."""
    pieces = [[vocabulary.pieces[number], vocabulary.scores[number]] for number in kept]
    numbers = {piece: number for number, (piece, _) in enumerate(pieces)}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [
            _special_token(numbers[piece], piece, strip_left=piece == MASK)
            for piece in (BEGIN, PADDING, END, UNKNOWN, MASK)
        ],
        "normalizer": _normaliser(),
        "pre_tokenizer": _space_marks(),
        "post_processor": _wrap_in(numbers),
        "decoder": _space_marks(),
        "model": {"type": "Unigram", "unk_id": numbers[UNKNOWN], "vocab": pieces, "byte_fallback": False},
    }


def check_normaliser(tokenizer: dict, table: dict[int, str]) -> None:
    """Compares the normaliser with the checkpoint's own table, character by character.

    The compiled rules come from today's SentencePiece, the table from the one the
    model was trained with: they may differ only in characters that came to Unicode
    since then, and in one invisible mark.
    """
    text = json.dumps({**tokenizer, "model": {"type": "WordLevel", "vocab": {}, "unk_token": UNKNOWN}})
    normalise = tokenizers.Tokenizer.from_str(text).normalizer.normalize_str
    differing = [
        code_point
        for code_point in _characters()
        if normalise(chr(code_point)) != re.sub(" {2,}", " ", table.get(code_point, chr(code_point)))
    ]
    unexpected = [code_point for code_point in differing if code_point in table]
    if unexpected or len(differing) > KNOWN_DIFFERENCES:
        shown = ", ".join(f"U+{code_point:04X}" for code_point in (unexpected or differing)[:10])
        raise NormaliserError(
            f"the normaliser differs from the checkpoint's in {len(differing)} characters: {shown}; "
            "use the sentencepiece version that wheels.lock.json pins"
        )


def _characters() -> Iterable[int]:
    """All code points of the planes in use, without the surrogates, which are not characters."""
    return itertools.chain(range(1, 0xD800), range(0xE000, 0x30000))


def _special_token(number: int, piece: str, strip_left: bool) -> dict:
    return {
        "id": number,
        "content": piece,
        "single_word": False,
        "lstrip": strip_left,
        "rstrip": False,
        "normalized": False,
        "special": True,
    }


def _normaliser() -> dict:
    charsmap = base64.b64encode(_character_map()).decode("ascii")
    return {
        "type": "Sequence",
        "normalizers": [
            # The checkpoint turns the joiner inside emoji into a space; newer maps keep it.
            {"type": "Replace", "pattern": {"String": ZERO_WIDTH_JOINER}, "content": " "},
            {"type": "Precompiled", "precompiled_charsmap": charsmap},
            {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "},
        ],
    }


def _character_map() -> bytes:
    """SentencePiece's compiled nmt_nfkc rules, which the checkpoint does not carry itself."""
    normaliser = sentencepiece.SentencePieceNormalizer(rule_name="nmt_nfkc")
    model = sentencepiece_model_pb2.ModelProto.FromString(normaliser.serialized_model_proto())
    return model.normalizer_spec.precompiled_charsmap


def _space_marks() -> dict:
    return {"type": "Metaspace", "replacement": SPACE_MARK, "prepend_scheme": "always", "split": True}


def _wrap_in(numbers: dict[str, int]) -> dict:
    begin, end = _special(BEGIN), _special(END)
    first, second = _sequence("A"), _sequence("B")
    return {
        "type": "TemplateProcessing",
        "single": [begin, first, end],
        "pair": [begin, first, end, end, second, end],
        "special_tokens": {
            piece: {"id": piece, "ids": [numbers[piece]], "tokens": [piece]} for piece in (BEGIN, END)
        },
    }


def _special(piece: str) -> dict:
    return {"SpecialToken": {"id": piece, "type_id": 0}}


def _sequence(name: str) -> dict:
    return {"Sequence": {"id": name, "type_id": 0}}
