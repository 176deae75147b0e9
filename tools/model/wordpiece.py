"""A `tokenizer.json` from a WordPiece vocabulary, the kind that BERT models have.

For checkpoints that come with nothing but a vocab.txt, and for the tiny test model.
"""

from __future__ import annotations

SPECIAL_PIECES = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")


def tokenizer(
    vocabulary: list[str],
    lowercase: bool = True,
    strip_accents: bool | None = None,
    split_chinese: bool = True,
) -> dict:
    """`strip_accents` left at None follows `lowercase`, as BERT's own tokenizer does."""
    numbers = {piece: number for number, piece in enumerate(vocabulary)}
    missing = [piece for piece in SPECIAL_PIECES if piece not in numbers]
    if missing:
        raise ValueError(f"the vocabulary has no {', '.join(missing)}")
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [_special_token(numbers[piece], piece) for piece in SPECIAL_PIECES],
        "normalizer": {
            "type": "BertNormalizer",
            "clean_text": True,
            "handle_chinese_chars": split_chinese,
            "strip_accents": strip_accents,
            "lowercase": lowercase,
        },
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": _wrap_in(numbers),
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": {
            "type": "WordPiece",
            "unk_token": "[UNK]",
            "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100,
            "vocab": numbers,
        },
    }


def _special_token(number: int, piece: str) -> dict:
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    return {"id": number, "content": piece, **flags}


def _wrap_in(numbers: dict[str, int]) -> dict:
    def special(piece: str, type_id: int) -> dict:
        return {"SpecialToken": {"id": piece, "type_id": type_id}}

    def text(name: str, type_id: int) -> dict:
        return {"Sequence": {"id": name, "type_id": type_id}}

    single = [special("[CLS]", 0), text("A", 0), special("[SEP]", 0)]
    return {
        "type": "TemplateProcessing",
        "single": single,
        "pair": [*single, text("B", 1), special("[SEP]", 1)],
        "special_tokens": {
            piece: {"id": piece, "ids": [numbers[piece]], "tokens": [piece]} for piece in ("[CLS]", "[SEP]")
        },
    }
