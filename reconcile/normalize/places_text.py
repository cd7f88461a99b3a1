"""How place names are written: one spelling for tables, one key for comparing, one plain form without marks."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_TONES = {"o": "òóỏõọ", "u": "ùúủũụ"}
_SECOND = {"a": "àáảãạ", "e": "èéẻẽẹ", "y": "ỳýỷỹỵ"}

OLD_TO_NEW = {
    first + second: base + toned
    for base, marks in _TONES.items()
    for second, toned_row in _SECOND.items()
    if (base, second) in {("o", "a"), ("o", "e"), ("u", "y")}
    for first, toned in zip(marks, toned_row, strict=True)
}
"""``òa → oà`` and the like: the two ways of placing the tone read as one (the key uses the second)."""

Y_TO_I = dict(zip("yỳýỷỹỵ", "iìíỉĩị", strict=True))
"""Quý/Quí, Kỳ/Kì: the key knows only ``i``."""

_NEW_AT_END = re.compile(r"(?<![qQ])(o[àáảãạèéẻẽẹ]|u[ỳýỷỹỵ])(?!\w)")
_NEW_TO_OLD = {new: old for old, new in OLD_TO_NEW.items()}
_LOWER_START = re.compile(r"(?<=[ ])([^\W\d_])")


def tidy_name(name: str) -> str:
    """Return a unit's official name in NFC, single blanks, *hòa, thủy* tone placement, capitals at word starts.

    Mends the scars of the published lists: ``Xã ái Quốc``, ``Hoà``/``Hòa``, double blanks, ``Phường 01``.
    """
    text = " ".join(unicodedata.normalize("NFC", name).split()).replace("’", "'")
    text = _NEW_AT_END.sub(lambda found: _NEW_TO_OLD[found[0]], text)
    text = _LOWER_START.sub(lambda found: found[1].upper(), text)
    for word in ("Thị Trấn", "Thị Xã", "Thành Phố", "Đặc Khu"):
        if text.startswith(word):
            text = word[: -len(word.split()[1])] + word.split()[1].lower() + text[len(word) :]
    return re.sub(r"\b0+(\d)", r"\1", text)


@lru_cache(maxsize=100_000)
def fold(text: str) -> str:
    """Return the key of a name part: lower-case NFC, one tone placement, ``i`` for ``y``, letters and digits only."""
    out = unicodedata.normalize("NFC", text).lower()
    for old, new in OLD_TO_NEW.items():
        if old in out:
            out = out.replace(old, new)
    for y, i in Y_TO_I.items():
        out = out.replace(y, i)
    return " ".join("".join(c if c.isalnum() else " " for c in out.replace("'", "")).split())


@lru_cache(maxsize=100_000)
def strip_marks(key: str) -> str:
    """Return a key without any diacritic, ``đ`` as ``d``: the form of unaccented typing."""
    parts = unicodedata.normalize("NFD", key.replace("đ", "d").replace("ð", "d"))
    return "".join(c for c in parts if not unicodedata.combining(c))


def bare_name(name: str, kind: str) -> str:
    """Return a unit's name without its level word (``Xã Cẩm Hưng`` → ``Cẩm Hưng``; ``Quận 1`` stays)."""
    rest = name[len(kind) :].strip() if name.casefold().startswith(kind.casefold()) else name
    return name if rest.isdigit() else rest
