"""Distinct names of both sides, numbered once: every later step works on the numbers.

A *name table* has one row per distinct ``name_key``; its row number is the name's code, in the order of meeting. Part
columns (``plain``, ``phonetic``, ``given`` …) are numbers too: equal number = equal text. Those whose spelling is compared
are numbered, the others are the text's 64-bit hash (among a million names two share one by a chance of 3 in 10⁸).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from reconcile.match.levels import UNKNOWN, first_that_holds
from reconcile.match.numbers import ODD, Numbers
from reconcile.match.spelling import LACKS_WORDS, ONE_LETTER, Spelling

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reconcile.match.levels import Array

SPELLED = ("given_plain", "family_plain", "middle_plain")
"""Parts whose spelling is compared."""

LEVELS = (
    "exact",
    "no_marks",
    "marks",
    "dialect",
    "spelling",
    "spelling_given",
    "order",
    "middle_missing",
    "middle",
    "family",
    "given",
    "different",
)
"""Comparison levels of two names, best first; the same list as ``evidence.ho_ten`` in rules/matching.toml."""
_DIFFERENT = LEVELS.index("different")


@dataclass(frozen=True, slots=True)
class Names:
    """The name table: ``keys`` and ``table`` (row = name) with its parts, ``spelled`` the texts of ``SPELLED``."""

    keys: pl.Series
    table: pl.DataFrame
    spelled: dict[str, Spelling]
    numbers: Numbers
    _arrays: dict[str, Array] = field(default_factory=dict, compare=False)

    def array(self, part: str) -> Array:
        """Return one part of all names in the order of their codes."""
        if part not in self._arrays:
            self._arrays[part] = self.table[part].to_numpy()
        return self._arrays[part]

    @property
    def codes(self) -> pl.Series:
        """All codes in order."""
        return pl.int_range(0, self.table.height, dtype=pl.UInt32, eager=True)

    def code(self, keys: pl.Series) -> pl.Series:
        """Return the codes (u32) of a column of ``name_key``, null for names that are not in the table."""
        return self.numbers.known(keys)

    def part(self, part: str, codes: pl.Series) -> pl.Series:
        """Return one part for a column of name codes."""
        return codes if part == "name" else self.table[part].gather(codes)


def number_names(
    columns: Iterable[Sequence[pl.Series]], known: Names | None = None
) -> tuple[Names, list[pl.Series]]:
    """Number all names of ``columns``, each a column of name_key, name_plain, name_phonetic.

    ``known``: names that keep their codes; new ones follow. Returns the names and the codes (u32, null where null) of
    each column.
    """
    numbers = known.numbers.copy() if known else Numbers()
    codes = []
    found = []
    for texts in columns:
        of, rows = numbers.meet(texts[0])
        codes.append(of)
        found.append(
            pl.DataFrame([text.gather(rows).alias(n) for n, text in zip(_TEXTS, texts, strict=True)])
        )
    table = pl.concat(found).with_columns(pl.col("plain", "phonetic").fill_null(""))
    return _with_parts(table, known or _no_names(numbers), numbers), codes


def _no_names(numbers: Numbers) -> Names:
    nothing = pl.Series(dtype=pl.String)
    return Names(nothing, pl.DataFrame(), {part: Spelling.of(nothing) for part in SPELLED}, numbers)


def _with_parts(table: pl.DataFrame, known: Names, numbers: Numbers) -> Names:
    """Return ``known`` with the further names of ``table`` (key, plain, phonetic) behind."""
    col = pl.col
    words = table.select(
        "plain",
        words=col("plain").str.split(" "),
        heard=col("phonetic").str.split(" "),
    )
    texts = words.select(
        given_plain=col("words").list.last(),
        family_plain=col("words").list.first(),
        middle_plain=col("words")
        .list.slice(1, pl.max_horizontal(col("words").list.len().cast(pl.Int64) - 2, 0))
        .list.join(" "),
    )
    spelled = {}
    numbered = {}
    for part in SPELLED:
        before = known.spelled[part].texts
        numbered[part], new = Numbers(before).meet(texts[part])
        spelled[part] = known.spelled[part].longer(texts[part].gather(new))
    given_heard, family_heard = (words["heard"].list.get(place).hash(0) for place in (-1, 0))
    heard = pl.DataFrame({"given": given_heard, "family": family_heard})
    parts = table.select(
        plain=col("plain").hash(0),
        phonetic=col("phonetic").hash(0),
        given=col("key").str.split(" ").list.last().hash(0),
        marked=col("key") != col("plain"),
        # the same for the same words in any order: cheaper than sorting each list
        bag=words["words"].list.eval(pl.element().hash(0) // 64).list.sum(),
    ).hstack(pl.DataFrame(numbered))
    parts = parts.with_columns(
        given_phonetic=heard["given"],
        outer=col("family_plain").cast(pl.UInt64) * 2**32 + col("given_plain"),
        outer_phonetic=heard.select(col("family") * ODD + col("given")).to_series(),
    )
    return Names(
        table["key"] if known.keys.is_empty() else pl.concat([known.keys, table["key"]]),
        parts
        if known.table.is_empty()
        else pl.concat([known.table, parts.select(known.table.columns)], rechunk=True),
        spelled,
        numbers,
    )


_TEXTS = ("key", "plain", "phonetic")


def compare_names(left: Array, right: Array, names: Names, *, kin: bool = False) -> Array:
    """Return the comparison level (index into ``LEVELS``, ``UNKNOWN`` where one is no name) of two arrays of codes.

    ``kin``: names of relatives, where nothing beyond another middle name is told apart: all further levels are the last.
    """
    level = np.where(left == right, np.uint8(0), np.uint8(_DIFFERENT))
    size = names.table.height
    level[(left >= size) | (right >= size)] = UNKNOWN
    rows = np.flatnonzero(level == _DIFFERENT)
    rows = rows[_alike(left[rows], right[rows], names, kin=kin)]
    if rows.size:
        level[rows] = _levels(left[rows], right[rows], names)
    return level


def _alike(left: Array, right: Array, names: Names, *, kin: bool) -> Array:
    """Whether two names can be more than different: one look at numbers, before anything is spelled."""
    alike = np.zeros(left.size, bool)
    for part in ("given_plain", "given_phonetic", "bag", *(() if kin else ("family_plain",))):
        values = names.array(part)
        a, b = values[left], values[right]
        alike |= a == b
        if part in SPELLED:
            alike |= names.spelled[part].near(a, b)
    return alike


def _levels(left: Array, right: Array, names: Names) -> Array:
    """Level of two different names; the spelling of parts is looked at only where it can matter."""

    def same(part: str) -> Array:
        values = names.array(part)
        equal: Array = values[left] == values[right]
        return equal

    plain, phonetic = same("plain"), same("phonetic")
    given, family = same("given_plain") | same("given_phonetic"), same("family_plain")
    open_ = ~phonetic & ~plain
    family_like = family | _near("family_plain", left, right, names, open_ & ~family)
    given_near = _near("given_plain", left, right, names, open_ & ~given & family_like)
    # without a like given or family name nothing but the order of words can be the same
    asked = open_ & ~same("middle_plain") & (given | family_like)
    middle = np.zeros(left.size, np.uint8)
    middle[asked] = _relation("middle_plain", left[asked], right[asked], names, words=True)
    middle_like = middle <= ONE_LETTER
    rules = [
        ("marks", plain),
        ("dialect", phonetic),
        ("spelling", given & family_like & middle_like),
        ("spelling_given", given_near & family_like & middle_like),
        ("order", same("bag")),
        ("middle_missing", given & family_like & (middle == LACKS_WORDS)),
        ("middle", given & family_like),
        ("family", given & middle_like),
        ("given", family_like & middle_like),
    ]
    level = first_that_holds([(LEVELS.index(code), holds) for code, holds in rules], _DIFFERENT)
    marked = names.array("marked")
    level[plain & ~(marked[left] & marked[right])] = LEVELS.index("no_marks")
    return level


def _relation(part: str, left: Array, right: Array, names: Names, *, words: bool = False) -> Array:
    codes = names.array(part)
    return names.spelled[part].relate(codes[left], codes[right], words=words)


def _near(part: str, left: Array, right: Array, names: Names, asked: Array) -> Array:
    """Return whether two parts are at most one letter (or one swap of neighbours) apart; false where not ``asked``."""
    near = np.zeros(left.size, bool)
    near[asked] = _relation(part, left[asked], right[asked], names) == ONE_LETTER
    return near
