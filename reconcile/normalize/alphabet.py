"""The Vietnamese alphabet: 12 vowels × 6 tones, Đ, and what the same letter looks like in damaged Unicode."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

VOWELS = "aăâeêioôơuưy"
TONES = ("", "\u0301", "\u0300", "\u0309", "\u0303", "\u0323")
"""Combining mark of each tone: 0 ngang, 1 sắc, 2 huyền, 3 hỏi, 4 ngã, 5 nặng."""

NGANG, SAC, HUYEN, HOI, NGA, NANG = range(6)

TONED = {
    (vowel, tone): unicodedata.normalize("NFC", vowel + mark)
    for vowel in VOWELS
    for tone, mark in enumerate(TONES)
}
"""(vowel, tone number) → letter."""

UNTONED = {letter: pair for pair, letter in TONED.items()}
"""Letter → (vowel, tone number)."""

LETTERS = "".join(sorted({*TONED.values(), *"bcdđghklmnpqrstvx"}))
"""All lower-case letters of the alphabet, 72 + 17."""

# ETH and AFRICAN D stand for Đ in real lists (U+00D0 in 181 of the 214 Đ of one public list)
STROKED_D = {0x00D0: "Đ", 0x0189: "Đ", 0x00F0: "đ", 0x0256: "đ"}
# what a reader does not see: zero-width characters, byte-order mark, soft hyphen, variation selectors
_INVISIBLE = dict.fromkeys([0x00AD, 0x034F, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x2060, 0xFEFF, 0xFE0F])
_LOOKALIKE = str.maketrans(
    {
        "\u2019": "'",
        "\u2018": "'",
        "\u02bc": "'",
        "\u00b4": "'",
        "\u0060": "'",
        "\u02b9": "'",
        "\u2010": "-",
        "\u2011": "-",
    }
)
# marks that differ from the Vietnamese ones in code only: \u0340, \u0341 are the deprecated grave and acute
_MARKS = {0x0340: "\u0300", 0x0341: "\u0301"}
_BLANKS = re.compile(r"\s+")


def compose(text: str) -> str:
    """Return NFC with Ð/Ɖ/ð/ɖ as Đ/đ. Only for text that is Unicode already: in TCVN3 the byte D0 is é."""
    return unicodedata.normalize("NFC", text.translate(_MARKS)).translate(STROKED_D)


def tidy(text: str) -> str:
    """Compose, drop invisible characters, make every run of blanks one blank, trim; apostrophes and hyphens plain."""
    if text.isascii():
        return _BLANKS.sub(" ", text.translate(_LOOKALIKE)).strip()
    return _BLANKS.sub(" ", compose(text.translate(_INVISIBLE)).translate(_LOOKALIKE)).strip()


@lru_cache(maxsize=65_536)
def plain(text: str) -> str:
    """Return lower-case ASCII: ``Đặng Thị Hòa`` → ``dang thi hoa``. Đ is mapped first, the rest is Unidecode's."""
    from unidecode import unidecode

    return _BLANKS.sub(" ", unidecode(compose(text))).strip().lower()


def tone_of(word: str) -> tuple[str, int, int]:
    """Take the tone out of a lower-case NFC word: (word without tone, tone number, how many toned letters)."""
    letters, tone, marks = [], 0, 0
    for letter in word:
        vowel, number = UNTONED.get(letter, (letter, 0))
        letters.append(vowel)
        if number:
            tone, marks = number, marks + 1
    return "".join(letters), tone, marks
