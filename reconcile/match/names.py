"""Distinct names of both sides, numbered once: every later step works on the numbers.

A *name table* has one row per distinct ``name_key``; its row number is the name's code. Part columns
(``plain``, ``phonetic``, ``family`` …) are codes too: equal code = equal text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl
from rapidfuzz.distance import OSA

if TYPE_CHECKING:
    from collections.abc import Iterable

CODED = (
    "plain",
    "phonetic",
    "given",
    "given_plain",
    "given_phonetic",
    "family_plain",
    "middle_plain",
    "outer",
    "outer_phonetic",
)
"""Parts of a name that get a code of their own. ``outer`` = family + given name."""

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
    """The name table: ``table`` (row = name) with part codes, ``texts`` part → text per code."""

    table: pl.DataFrame
    texts: dict[str, pl.Series]

    def code(self, keys: pl.Series) -> pl.Series:
        """Return the name codes (u32, null where null) of a column of ``name_key``."""
        numbered = self.table.select("key").with_row_index("code")
        asked = keys.alias("key").to_frame()
        return asked.join(numbered, on="key", how="left", maintain_order="left")["code"]

    def part(self, part: str, codes: pl.Series) -> pl.Series:
        """Return the codes of one part for a column of name codes."""
        return codes if part == "name" else self.table[part].gather(codes)


def number_names(frames: Iterable[pl.DataFrame]) -> Names:
    """Number all names of ``frames``, each with columns name_key, name_plain, name_phonetic (in this order)."""
    columns = ["key", "plain", "phonetic"]
    distinct = [
        frame.rename(dict(zip(frame.columns, columns, strict=True)))
        .drop_nulls("key")
        .unique(subset="key", keep="any")
        for frame in frames
    ]
    table = pl.concat(distinct).unique(subset="key", keep="any").sort("key")
    words = pl.col("plain").str.split(" ")
    heard = pl.col("phonetic").str.split(" ")
    table = table.with_columns(pl.col("plain").fill_null(""), pl.col("phonetic").fill_null("")).with_columns(
        given=pl.col("key").str.split(" ").list.last(),
        given_plain=words.list.last(),
        given_phonetic=heard.list.last(),
        family_plain=words.list.first(),
        middle_plain=words.list.slice(1, pl.max_horizontal(words.list.len().cast(pl.Int64) - 2, 0)).list.join(
            " "
        ),
        outer=words.list.first() + " " + words.list.last(),
        outer_phonetic=heard.list.first() + " " + heard.list.last(),
        # the same for the same words in any order: cheaper than sorting each list
        bag=words.list.eval(pl.element().hash(0) // 64).list.sum(),
        marked=pl.col("key") != pl.col("plain"),
    )
    texts: dict[str, pl.Series] = {}
    coded = {}
    for part in CODED:
        texts[part] = table[part].unique().sort()
        coded[part] = table[part].cast(pl.Enum(texts[part])).to_physical().cast(pl.UInt32)
    return Names(table.select("key", "marked", "bag").with_columns(**coded), texts)


def compare_names(left: pl.Series, right: pl.Series, names: Names) -> pl.Series:
    """Return the comparison level (index into ``LEVELS``, null where a name is missing) of two columns of codes.

    Distinct pairs are compared once and joined back.
    """
    pairs = pl.DataFrame({"a": left, "b": right}).with_columns(
        pair=pl.col("a").cast(pl.UInt64) * 2**32 + pl.col("b")
    )
    distinct = pairs.filter(pl.col("a") != pl.col("b")).unique(subset="pair", keep="any").sort("pair")
    levels = distinct.select("pair", level=_levels(distinct["a"], distinct["b"], names))
    joined = pairs.join(levels, on="pair", how="left", maintain_order="left")
    return joined.select(
        pl.when(pl.col("a") == pl.col("b"))
        .then(pl.lit(0, pl.UInt8))
        .otherwise(pl.col("level"))
        .alias("level")
    )["level"]


def _levels(left: pl.Series, right: pl.Series, names: Names) -> pl.Series:
    table = names.table
    frame = pl.DataFrame(
        {
            "given_near": _near("given_plain", left, right, names),
            "family_near": _near("family_plain", left, right, names),
            "middle": _middle(left, right, names),
        }
        | {f"same_{part}": table[part].gather(left) == table[part].gather(right) for part in (*CODED, "bag")}
        | {"marked_a": table["marked"].gather(left), "marked_b": table["marked"].gather(right)}
    )
    col = pl.col
    given_like = col("same_given_plain") | col("same_given_phonetic")
    family_like = col("same_family_plain") | col("family_near")
    middle_like = col("middle") <= 1
    rules = [
        ("no_marks", col("same_plain") & ~(col("marked_a") & col("marked_b"))),
        ("marks", col("same_plain")),
        ("dialect", col("same_phonetic")),
        ("spelling", given_like & family_like & middle_like),
        ("spelling_given", col("given_near") & family_like & middle_like),
        ("order", col("same_bag")),
        ("middle_missing", given_like & family_like & (col("middle") == 2)),
        ("middle", given_like & family_like),
        ("family", given_like & middle_like),
        ("given", family_like & middle_like),
    ]
    level = pl.lit(LEVELS.index("different"), pl.UInt8)
    for code, holds in reversed(rules):
        level = pl.when(holds).then(pl.lit(LEVELS.index(code), pl.UInt8)).otherwise(level)
    return frame.select(level.alias("level"))["level"]


def _near(part: str, left: pl.Series, right: pl.Series, names: Names) -> pl.Series:
    """Return whether two parts are at most one letter (or one swap of neighbours) apart."""
    relation = _part_distance(
        names.table[part].gather(left), names.table[part].gather(right), names.texts[part]
    )
    return relation <= 1


def _middle(left: pl.Series, right: pl.Series, names: Names) -> pl.Series:
    """0 equal, 1 one letter apart, 2 one side lacks words of the other, 3 other words."""
    part = "middle_plain"
    a, b = names.table[part].gather(left), names.table[part].gather(right)
    texts = names.texts[part]
    pairs = pl.DataFrame({"a": a, "b": b, "distance": _part_distance(a, b, texts)})
    distinct = pairs.select("a", "b").unique().sort("a", "b")
    words = texts.str.split(" ").list.set_difference([""])
    subset = pl.DataFrame({"x": words.gather(distinct["a"]), "y": words.gather(distinct["b"])}).select(
        (pl.col("x").list.set_difference("y").list.len() == 0)
        | (pl.col("y").list.set_difference("x").list.len() == 0)
    )
    distinct = distinct.with_columns(subset.to_series().alias("subset"))
    joined = pairs.join(distinct, on=["a", "b"], how="left", maintain_order="left")
    return joined.select(
        pl.when(pl.col("a") == pl.col("b"))
        .then(0)
        .when(pl.col("subset"))
        .then(2)
        .when(pl.col("distance") <= 1)
        .then(1)
        .otherwise(3)
        .cast(pl.UInt8)
        .alias("middle")
    )["middle"]


def _part_distance(left: pl.Series, right: pl.Series, texts: pl.Series) -> pl.Series:
    """Return letters between two columns of part codes, counted to 2 (2 = two or more)."""
    pairs = pl.DataFrame({"a": left, "b": right}).with_columns(
        pair=pl.col("a").cast(pl.UInt64) * 2**32 + pl.col("b")
    )
    distinct = pairs.filter(pl.col("a") != pl.col("b")).unique(subset="pair", keep="any").sort("pair")
    a, b = texts.gather(distinct["a"]).to_list(), texts.gather(distinct["b"]).to_list()
    # rapidfuzz counts letters; the loop is C code over distinct pairs of parts, not over rows
    distance = [OSA.distance(x, y, score_cutoff=1) for x, y in zip(a, b, strict=True)]
    table = distinct.select("pair", pl.Series("distance", distance, dtype=pl.UInt8))
    joined = pairs.join(table, on="pair", how="left", maintain_order="left")
    return joined.select(
        pl.when(pl.col("a") == pl.col("b"))
        .then(pl.lit(0, pl.UInt8))
        .otherwise(pl.col("distance"))
        .alias("distance")
    )["distance"]
