"""Distinct names of both sides, numbered once: every later step works on the numbers.

A *name table* has one row per distinct ``name_key``; its row number is the name's code, in the order of meeting. Part
columns (``plain``, ``phonetic``, ``given`` …) are numbers too: equal number = equal text. Those whose spelling is compared
are numbered, the others are the text's 64-bit hash (among a million names two share one by a chance of 3 in 10⁸).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from reconcile.match.numbers import ODD, Numbers, first_met
from reconcile.match.spelling import ONE_LETTER, Spelling

if TYPE_CHECKING:
    from collections.abc import Sequence

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


@dataclass(frozen=True, slots=True)
class Names:
    """The name table: ``keys`` and ``table`` (row = name) with its parts, ``spelled`` the texts of ``SPELLED``."""

    keys: pl.Series
    table: pl.DataFrame
    spelled: dict[str, Spelling]
    numbers: Numbers

    @property
    def codes(self) -> pl.Series:
        """All codes in order."""
        return pl.int_range(0, self.table.height, dtype=pl.UInt32, eager=True)

    def code(self, keys: pl.Series) -> pl.Series:
        """Return the codes (u32) of a column of ``name_key``, null for names that are not in the table."""
        codes = self.numbers.number(keys).to_frame("code")
        return codes.select(pl.when(pl.col("code") < self.table.height).then("code"))["code"]

    def part(self, part: str, codes: pl.Series) -> pl.Series:
        """Return one part for a column of name codes."""
        return codes if part == "name" else self.table[part].gather(codes)


def number_names(
    columns: Sequence[tuple[pl.Series, pl.Series, pl.Series]], known: Names | None = None
) -> tuple[Names, list[pl.Series]]:
    """Number all names of ``columns``, each a column of name_key, name_plain, name_phonetic.

    ``known``: names that keep their codes; new ones follow. Returns the names and the codes (u32, null where null) of
    each column.
    """
    numbers = Numbers(known.keys if known else None)
    met = known.table.height if known else 0
    codes = []
    found = []
    for texts in columns:
        of = numbers.number(texts[0])
        codes.append(of)
        rows = first_met(of, met)
        met += rows.len()
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
        numbered[part] = Numbers(before).number(texts[part])
        spelled[part] = known.spelled[part].longer(
            texts[part].gather(first_met(numbered[part], before.len()))
        )
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
        parts if known.table.is_empty() else pl.concat([known.table, parts.select(known.table.columns)]),
        spelled,
        numbers,
    )


_TEXTS = ("key", "plain", "phonetic")


def compare_names(left: pl.Series, right: pl.Series, names: Names, *, kin: bool = False) -> pl.Series:
    """Return the comparison level (index into ``LEVELS``, null where a name is missing) of two columns of codes.

    ``kin``: names of relatives, where nothing beyond another middle name is told apart: all further levels are the last.
    """
    pairs = pl.DataFrame({"a": left, "b": right})
    unequal = pl.col("a") != pl.col("b")
    level = pairs.select(
        level=pl.when(unequal)
        .then(pl.lit(LEVELS.index("different"), pl.UInt8))
        .when(~unequal)
        .then(pl.lit(0, pl.UInt8))
    )["level"]
    rows = pairs.select(unequal.fill_null(value=False).arg_true()).to_series()
    rows = rows.filter(_alike(left.gather(rows), right.gather(rows), names, kin=kin))
    if rows.is_empty():
        return level
    return level.scatter(rows, _levels(left.gather(rows), right.gather(rows), names))


def _alike(left: pl.Series, right: pl.Series, names: Names, *, kin: bool) -> pl.Series:
    """Whether two names can be more than different: one look at numbers, before anything is spelled."""
    table, col = names.table, pl.col
    parts = ("given_plain", "given_phonetic", "bag", *(() if kin else ("family_plain",)))
    spelled = [part for part in parts if part in SPELLED]
    frame = pl.DataFrame(
        {f"a_{p}": table[p].gather(left) for p in parts} | {f"b_{p}": table[p].gather(right) for p in parts}
    )
    near = [names.spelled[p].near(col(f"a_{p}"), col(f"b_{p}")) for p in spelled]
    return frame.select(
        pl.any_horizontal(*(col(f"a_{p}") == col(f"b_{p}") for p in parts), *near)
    ).to_series()


def _levels(left: pl.Series, right: pl.Series, names: Names) -> pl.Series:
    """Level of two different names; the spelling of parts is looked at only where it can matter."""
    table = names.table
    col = pl.col
    same = ("plain", "phonetic", "given_plain", "given_phonetic", "family_plain", "middle_plain", "bag")
    frame = pl.DataFrame(
        {part: table[part].gather(left) == table[part].gather(right) for part in same}
    ).select(
        "plain",
        "phonetic",
        "bag",
        given=col("given_plain") | col("given_phonetic"),
        family="family_plain",
        middle="middle_plain",
    )
    open_ = ~col("phonetic") & ~col("plain")
    family_near = _near("family_plain", left, right, names, frame.select(open_ & ~col("family")).to_series())
    frame = frame.with_columns(family_like=col("family") | family_near)
    given_near = _near(
        "given_plain",
        left,
        right,
        names,
        frame.select(open_ & ~col("given") & col("family_like")).to_series(),
    )
    # without a like given or family name nothing but the order of words can be the same
    asked = frame.select(open_ & ~col("middle") & (col("given") | col("family_like"))).to_series()
    middle = _middle(left, right, names, asked)
    frame = frame.with_columns(given_near=given_near, middle=middle)
    middle_like = col("middle") <= 1
    rules = [
        ("marks", col("plain")),
        ("dialect", col("phonetic")),
        ("spelling", col("given") & col("family_like") & middle_like),
        ("spelling_given", col("given_near") & col("family_like") & middle_like),
        ("order", col("bag")),
        ("middle_missing", col("given") & col("family_like") & (col("middle") == 2)),
        ("middle", col("given") & col("family_like")),
        ("family", col("given") & middle_like),
        ("given", col("family_like") & middle_like),
    ]
    level = pl.lit(LEVELS.index("different"), pl.UInt8)
    for code, holds in reversed(rules):
        level = pl.when(holds).then(pl.lit(LEVELS.index(code), pl.UInt8)).otherwise(level)
    found = frame.select(level.alias("level"))["level"]
    unmarked = frame.select(col("plain").arg_true()).to_series()
    if unmarked.is_empty():
        return found
    a, b = (table["marked"].gather(side.gather(unmarked)) for side in (left, right))
    bare = unmarked.filter(~(a & b))
    return found.scatter(bare, LEVELS.index("no_marks")) if bare.len() else found


def _near(part: str, left: pl.Series, right: pl.Series, names: Names, asked: pl.Series) -> pl.Series:
    """Return whether two parts are at most one letter (or one swap of neighbours) apart; false where not ``asked``."""
    rows = asked.arg_true()
    codes = names.table[part]
    near = names.spelled[part].relate(codes.gather(left.gather(rows)), codes.gather(right.gather(rows)))
    return pl.repeat(False, asked.len(), eager=True).scatter(rows.filter(near == ONE_LETTER), True)


def _middle(left: pl.Series, right: pl.Series, names: Names, asked: pl.Series) -> pl.Series:
    """0 equal, 1 one letter apart, 2 one side lacks words of the other, 3 other words; 0 where not ``asked``."""
    rows = asked.arg_true()
    codes = names.table["middle_plain"]
    found = names.spelled["middle_plain"].relate(
        codes.gather(left.gather(rows)), codes.gather(right.gather(rows)), words=True
    )
    return pl.repeat(0, asked.len(), dtype=pl.UInt8, eager=True).scatter(rows, found)
