"""How much room text takes in Arial, so that rows are as high as their text and no higher."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

import polars as pl

LINE_HEIGHT = 12.75
"""Height of one line of Arial 10, in points."""

_DIGIT = 556
"""Width of a digit, the unit of a column's width; in thousandths of the type size, as all widths here."""

_WIDTHS = (
    (191, "'"), (222, "ijl‘’"), (278, " !,./:;I[]\\ft|"), (333, "()-r“”`"), (355, '"'), (389, "*"), (500, "ckvxyszJ"),
    (556, "abdeghnopquL?#$_0123456789–đ"), (584, "+<=>~"), (600, "ơư"), (611, "FTZ"), (667, "ABEKPSVXY&"),
    (722, "CDHNRUwĐƯ"), (778, "GOQƠ"), (833, "mM"), (889, "%"), (944, "W"), (1000, "…"), (1015, "@"),
)  # fmt: skip
_OF_LETTER = {letter: width for width, letters in _WIDTHS for letter in letters}
_UNKNOWN = 722
_BEYOND = 0x3000
"""From here on no letter is one of the above, nor one of them with marks."""


def letter_width(letter: str) -> int:
    """Return the width of a letter: that of the letter without its marks."""
    width = _OF_LETTER.get(letter)
    return _OF_LETTER.get(unicodedata.normalize("NFD", letter)[0], _UNKNOWN) if width is None else width


@lru_cache(maxsize=1)
def _by_number() -> pl.Series:
    return pl.Series([letter_width(chr(code)) for code in range(_BEYOND)] + [_UNKNOWN], dtype=pl.Int64)


def letter_widths(codes: pl.Series) -> pl.Series:
    """Return ``letter_width`` of letters told by their code points (u32)."""
    return _by_number().gather(codes.clip(upper_bound=_BEYOND))


def room_of(width: float) -> float:
    """Return how much room a column of ``width`` characters has."""
    return width * _DIGIT


@lru_cache(maxsize=50_000)
def text_width(word: str) -> int:
    """Return the width of a word; a letter is as wide as without its marks.

    >>> text_width("Hoà") == text_width("Hoa") < text_width("HOÀ")
    True
    """
    return sum(map(letter_width, word))


@lru_cache(maxsize=50_000)
def wrapped_lines(text: str, width: float) -> int:
    """Count the lines of one paragraph in a column of ``width`` characters, broken at blanks and within long words.

    >>> wrapped_lines("NGUYỄN THỊ NHUNG", 17), wrapped_lines("Nguyễn Thị Nhung", 17)
    (2, 1)
    """
    room = room_of(width)
    blank = _OF_LETTER[" "]
    lines, used = 1, 0.0
    for need in map(text_width, text.split(" ")):
        if used and used + blank + need > room:
            lines, used = lines + 1, float(need)
        else:
            used += need + (blank if used else 0)
        if used > room:
            lines, used = lines + int(used // room), used % room
    return lines
