"""Chooses which pieces of the multilingual vocabulary the Chinese + English model keeps.

The checkpoint knows 250,002 pieces of a hundred scripts; two fifths of them
write Chinese, English, digits, punctuation and emoji. Dropping the others halves
the model's file and, above all, the memory that the tokenizer takes.

A piece stays when each of its characters stands in a kept range. Pieces of other
languages in plain Latin letters stay too: titles are full of foreign names. Of
accented Latin letters and Japanese kana only the pieces of one character stay:
enough that a "café" or a "の" in a title does not become an unknown token.
"""

from __future__ import annotations

import unicodedata

SPECIAL_PIECES = 4  # <s>, <pad>, </s>, <unk> stand first
SPACE_MARK = "▁"

KEPT_RANGES = (
    (0x0000, 0x007F),  # ASCII
    (0x2000, 0x2BFF),  # punctuation, currency, arrows, symbols, dingbats, the space mark
    (0x3000, 0x303F),  # Chinese punctuation
    (0x3400, 0x4DBF),  # Chinese, extension A
    (0x4E00, 0x9FFF),  # Chinese
    (0xFF00, 0xFFEF),  # half- and full-width forms
    (0x1F000, 0x1FAFF),  # emoji
)
RANGES_KEPT_SINGLY = (
    (0x00C0, 0x024F),  # accented Latin letters
    (0x3040, 0x30FF),  # hiragana, katakana
)
LATIN_SIGNS = (0x00A0, 0x017F)  # of this range, what is not a letter, such as the degree sign


def kept_pieces(pieces: list[str]) -> list[int]:
    """The old numbers of the pieces that stay, in order; the last one is the mask."""
    last = len(pieces) - 1
    return [
        number
        for number, piece in enumerate(pieces)
        if number < SPECIAL_PIECES or number == last or _is_kept(piece)
    ]


def _is_kept(piece: str) -> bool:
    written = piece.removeprefix(SPACE_MARK)
    if len(written) == 1 and _in_ranges(written, RANGES_KEPT_SINGLY):
        return True
    return all(_in_ranges(character, KEPT_RANGES) or _is_latin_sign(character) for character in piece)


def _is_latin_sign(character: str) -> bool:
    return _in_ranges(character, (LATIN_SIGNS,)) and not unicodedata.category(character).startswith("L")


def _in_ranges(character: str, ranges: tuple[tuple[int, int], ...]) -> bool:
    return any(first <= ord(character) <= final for first, final in ranges)
