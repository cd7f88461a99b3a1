"""What a clerk is told about two names that differ: the kind, the words concerned, and what one side proves wrong.

The kind itself comes from ``normalize.distance``; here it becomes a code of the catalogue with its light
(``variant``), the words for the sentence and the evidence for the owner rules.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from reconcile.normalize.alphabet import plain
from reconcile.normalize.distance import (
    DIACRITICS,
    DIFFERENT,
    EQUAL,
    FAMILY,
    GIVEN,
    I_Y,
    MIDDLE,
    MIDDLE_MISSING,
    SPELLING,
    TONE_PLACEMENT,
    NameComparison,
    compare_names,
)
from reconcile.normalize.syllables import is_syllable

SMALL = frozenset({"NAME_TONE", "NAME_DIACRITICS", "NAME_DIALECT", "NAME_SPELLING", "NAME_MIDDLE_MISSING", "NAME_ORDER"})  # fmt: skip
"""Codes of a slip of the pen rather than of another name."""


@dataclass(frozen=True, slots=True)
class NameDifference:
    """How two names differ. ``detail``: the words for the sentence; ``evidence``: see ``catalogue.EVIDENCE``."""

    code: str
    variant: str | None = None
    detail: str | None = None
    evidence: str | None = None


@lru_cache(maxsize=65_536)
def name_difference(civil: str, population: str) -> NameDifference | None:
    """Compare two comparable names (``name_key``); None where they are the same name."""
    civil, population = _without_keys(_composed(civil), _composed(population))
    if civil.replace(" ", "") == population.replace(" ", ""):
        return None
    found = compare_names(civil, population)
    if found.kind in {EQUAL, TONE_PLACEMENT}:
        return None
    evidence = _evidence(civil.split(), population.split())
    if found.kind == SPELLING and plain(civil) == plain(population):
        return NameDifference("NAME_DIACRITICS", _bare(evidence), _detail(found), evidence)
    if found.kind == SPELLING and (another := _another_word(found)) is not None:
        return NameDifference(another, None, _detail(found), evidence)
    if found.kind in {DIACRITICS, SPELLING} and any(_abbreviated(w.a, w.b) for w in found.words):
        return NameDifference(SPELLING, "abbreviated", _detail(found), evidence)
    if found.kind == DIFFERENT:
        return NameDifference(GIVEN, "whole", evidence=evidence)
    return NameDifference(found.kind, _variant(found, evidence), _detail(found), evidence)


_USUAL_MIDDLE = frozenset({"thị", "thế", "thu", "văn", "đình", "minh", "bá", "bảo", "công", "đăng", "tú", "đức", "hữu", "ngọc", "xuân", "quang", "quốc", "hồng", "kim", "duy", "mạnh", "trọng", "thanh", "anh"})  # fmt: skip
"""Middle words so usual that one is not a slip for another, though a letter apart: Thị and Thế, Đình and Minh."""

_ONE_LETTER = 0.65
"""Similarity below which two syllables differ in more than one letter or mark (see ``normalize.distance.COST``).

With another beginning too it is another word: *Vĩnh* and *Minh*; *Giàu* and *Giao* stay a slip of the pen.
"""


def _another_word(found: NameComparison) -> str | None:
    """Return the code of names in which a word became another one, where letters alone look like a slip."""
    last = len(found.words) - 1
    for at, word in enumerate(found.words):
        a, b = word.a or "", word.b or ""
        if word.kind != SPELLING or not (is_syllable(a, marked=True) and is_syllable(b, marked=True)):
            continue
        usual = 0 < at < last and {a, b} <= _USUAL_MIDDLE
        if usual or (word.similarity < _ONE_LETTER and plain(a)[0] != plain(b)[0]):
            return GIVEN if at == last else MIDDLE if at else FAMILY
    return None


def _abbreviated(a: str | None, b: str | None) -> bool:
    """Tell whether one word is the beginning of the other without its vowel: Th for Thị, Ng for Nguyễn."""
    if not a or not b or a == b:
        return False
    short, long = sorted((plain(a), plain(b)), key=len)
    return len(short) < len(long) and long.startswith(short) and not set(short) & set("aeiouy")


_LETTER_MARKS = "\N{COMBINING CIRCUMFLEX ACCENT}\N{COMBINING BREVE}\N{COMBINING HORN}"
_TELEX = {
    "\N{COMBINING BREVE}": "w",
    "\N{COMBINING HORN}": "w",
    "\N{COMBINING ACUTE ACCENT}": "s",
    "\N{COMBINING GRAVE ACCENT}": "f",
    "\N{COMBINING HOOK ABOVE}": "r",
    "\N{COMBINING TILDE}": "x",
    "\N{COMBINING DOT BELOW}": "j",
}


def _composed(name: str) -> str:
    """Put the mark of the letter before the tone, so that *ẻ* with a loose hat behind it is the one letter *ể*."""
    if not any(unicodedata.combining(c) for c in name):
        return name
    loose = unicodedata.normalize("NFD", name)
    out: list[str] = []
    for c in loose:
        at = len(out)
        if c in _LETTER_MARKS:
            while unicodedata.combining(out[at - 1]) and at > 1:
                at -= 1
        out.insert(at, c)
    return unicodedata.normalize("NFC", "".join(out))


def _without_keys(a: str, b: str) -> tuple[str, str]:
    """Read a word as the other side's where it is that word with its Telex keys left in: *hoongf* for *hồng*.

    Alone such a word may mean several (*hoòng*, *hồng*); the other side tells which.
    """
    left, right = a.split(), b.split()
    if len(left) != len(right):
        return a, b
    for at, (x, y) in enumerate(zip(left, right, strict=True)):
        if x != y and _telex(y) == sorted(x):
            left[at] = y
        elif x != y and _telex(x) == sorted(y):
            right[at] = x
    return " ".join(left), " ".join(right)


@lru_cache(maxsize=65_536)
def _telex(word: str) -> list[str] | None:
    """Return the keys that type a word, sorted; None where it has no mark to type."""
    if word.isascii():
        return None
    keys: list[str] = []
    for c in unicodedata.normalize("NFD", word):
        if c == "\N{COMBINING CIRCUMFLEX ACCENT}":
            keys.append(next((k for k in reversed(keys) if k in "aeo"), c))
        else:
            keys.append("dd" if c == "đ" else _TELEX.get(c, c))
    return sorted("".join(keys))


def _variant(found: NameComparison, evidence: str | None) -> str | None:
    changed = [(w.a, w.b) for w in found.words if w.a is not None and w.b is not None and w.kind != EQUAL]
    if found.kind == "NAME_DIACRITICS":
        return _bare(evidence)
    if found.kind == I_Y and any({a, b} == {"vy", "vi"} for a, b in changed):
        return "own_names"
    if found.kind == MIDDLE_MISSING:
        return "register" if any(w.a is None for w in found.words) else "population"
    letters = [w for w in found.words if w.kind == SPELLING and w.a is not None and w.b is not None]
    # Tị for Thị in the middle is a slip, though a syllable: nobody is called so
    slips = [w for w in found.words[1:-1] if w.kind == SPELLING and {w.a, w.b} & {"thị", "văn"}]
    real = all(is_syllable(w.a or "") and is_syllable(w.b or "") for w in letters)
    if found.kind == SPELLING and real and not slips:
        return "two_names"
    return None


def _bare(evidence: str | None) -> str | None:
    return {"register_without_marks": "register_bare", "population_without_marks": "population_bare"}.get(
        evidence or ""
    )


def _detail(found: NameComparison) -> str | None:
    if found.kind == MIDDLE_MISSING:
        lost = [w.a or w.b or "" for w in found.words if w.a is None or w.b is None]
        return "“" + " ".join(word.capitalize() for word in lost) + "”"
    changed = [f"“{w.a.capitalize()}/{w.b.capitalize()}”" for w in found.words if w.a and w.b and w.a != w.b]
    return ", ".join(changed) or None


def _evidence(a: list[str], b: list[str]) -> str | None:
    """Find what one side proves against itself: no marks at all, or words that are no syllables.

    A highland or foreign name is no syllable either, so only a side whose words are broken *alone* is named.
    """
    for words, others, side in ((a, b, "register"), (b, a, "population")):
        bare = all(word.isascii() for word in words)
        if bare and sum(x != plain(x) for x in others) >= 2 and not all(x.isascii() for x in others):
            return f"{side}_without_marks"
    broken = [any(len(word) > 1 and not is_syllable(word, marked=True) for word in words) for words in (a, b)]
    if broken[0] != broken[1]:
        return "register_broken_text" if broken[0] else "population_broken_text"
    return None
