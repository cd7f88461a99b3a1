"""Key parts: the comparable values that passes and blocks are made of, for both sides."""

from __future__ import annotations

PARTS = (
    "name",
    "plain",
    "phonetic",
    "given",
    "given_plain",
    "given_phonetic",
    "outer",
    "outer_phonetic",
    "birth",
    "birth_year",
    "birth_day_month",
    "birth_swapped",
    "number",
    "former_number",
    "old_number",
    "father",
    "father_plain",
    "father_phonetic",
    "mother",
    "mother_plain",
    "mother_phonetic",
    "spouse",
    "spouse_plain",
    "spouse_phonetic",
    "birthplace",
    "home",
    "residence",
    "expected",
)
"""Names that ``key`` of a pass or block may use in rules/matching.toml."""

NAME_PARTS = ("plain", "phonetic", "given", "given_plain", "given_phonetic", "outer", "outer_phonetic")
"""Parts read off the name table by the code in column ``name``."""

FIRST_YEAR, PERIOD_YEARS, PERIODS = 1900, 5, 33
DEPARTED = PERIODS - 1
"""Periods of registration: number 0 = unknown, 1 = up to 1904, then one per five years; the last one is that of the mentions
whose person the extract names without holding him (``departed``), whenever they were registered."""

VETOES = ("sex", "number", "birth_year", "father_plain", "mother_plain", "spouse_plain", "new_year")
"""What ``unless_differs`` of a pass may name; ``new_year``: the date is 1 January, so perhaps invented."""


def sides(key: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the parts of a key for the mention and for the resident: ``a~b`` is part a of the one and b of the other."""
    split = [part.partition("~") for part in key]
    return tuple(own for own, _, _ in split), tuple(other or own for own, _, other in split)
