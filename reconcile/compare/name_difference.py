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
    DIFFERENT,
    EQUAL,
    GIVEN,
    I_Y,
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
    if found.kind == DIFFERENT:
        return NameDifference(GIVEN, "whole", evidence=evidence)
    return NameDifference(found.kind, _variant(found, evidence), _detail(found), evidence)


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
    letters = [w for w in found.words if w.kind == SPELLING and w.a is not None and w.b is not None]
    if found.kind == SPELLING and all(is_syllable(w.a or "") and is_syllable(w.b or "") for w in letters):
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
