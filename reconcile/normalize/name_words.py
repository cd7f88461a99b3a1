"""One word of a name: repaired where it is provably damaged, its tone mark in place, its case set."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from reconcile.normalize.alphabet import tone_of
from reconcile.normalize.keyboard import read_keys
from reconcile.normalize.syllables import canonical, is_syllable, parse, plain_syllables

_WORD_START = re.compile(r"(^|[^\w])(\w)", re.UNICODE)
# "Ng.", "Ph", "V": a piece of a word, never a syllable of its own
_INITIALS = re.compile(r"^(?:[bcdđghklmnpqrstvx]|ng|ngh|nh|ph|th|tr|ch|kh|gh|qu|ngt|đ)\.?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class WordReading:
    """A word as read: ``value`` for display, ``key`` for comparison, note codes, whether to doubt it."""

    value: str
    key: str
    notes: tuple[str, ...] = ()
    doubtful: bool = False


@lru_cache(maxsize=131_072)
def read_word(word: str, *, keys: bool = True) -> WordReading:
    """Read one word (NFC, no blanks). ``keys``: whether leftovers of Telex and VNI typing may be read.

    Repairs only what is no syllable and becomes one: a syllable is never changed but in the place of its tone.
    """
    lower = word.lower()
    syllable = parse(lower)
    if syllable is not None:
        key = syllable.spelled()
        notes = () if key == lower else ("NAME_TONE_PLACE",)
        return WordReading(_capital(key), key, notes)
    if lower in plain_syllables():
        return WordReading(_capital(lower), lower)
    if _INITIALS.match(word):
        bare = lower.rstrip(".")
        return WordReading(
            _capital(bare) + "." * word.endswith("."), bare, ("NAME_ABBREVIATED",), doubtful=True
        )
    if word.endswith(".") and len(word) > 1:
        return read_word(word.rstrip("."), keys=keys)
    horned = restore_horn(lower)
    if horned is not None:
        return WordReading(_capital(horned), horned, ("NAME_LOST_U",))
    if keys:
        typed = read_keys(lower)
        if typed is not None:
            # "Nam1" may be a second Nam; "Hoaf" can only be Hòa
            sure = not (lower[-1].isdigit() and lower[:-1].isalpha() and is_syllable(lower[:-1], marked=True))
            return WordReading(_capital(typed), typed, ("NAME_KEYS",), doubtful=not sure)
    if any(c.isdigit() for c in lower):
        return WordReading(_display(word), lower, ("NAME_HAS_DIGITS",), doubtful=True)
    note = "NAME_FOREIGN" if tone_of(lower)[2] < 2 else "NAME_NOT_A_SYLLABLE"
    return WordReading(_display(word), lower, (note,))


@lru_cache(maxsize=16_384)
def restore_horn(word: str) -> str | None:
    """Give a word back the ư that a program dropped as a soft hyphen: ``phơng`` → *phương*; None if it is no case.

    The rimes ơng, ơc are not Vietnamese, so "no syllable, and one with ư before the ơ" is safe.
    """
    if is_syllable(word):
        return None
    letters, _, marks = tone_of(word)
    at = letters.find("ơ")
    if marks > 1 or at < 0 or letters.count("ơ") != 1 or (at and letters[at - 1] in "ưu"):
        return None
    found = word[:at] + "ư" + word[at:]
    return canonical(found) if is_syllable(found, marked=True) else None


def _capital(lower: str) -> str:
    return lower[:1].upper() + lower[1:]


def _display(word: str) -> str:
    """Capitals at word starts (``H'HEN`` → *H'Hen*); a word with capitals of its own (``McLean``) stays."""
    if not (word.isupper() or word.islower()):
        return word if word[:1].isupper() else word[:1].upper() + word[1:]
    return _WORD_START.sub(lambda m: m[1] + m[2].upper(), word.lower())
