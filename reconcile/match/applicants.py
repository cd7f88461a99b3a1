"""Who reported the death? The applicant's name among the relatives that the extract or the books know of a resident."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from reconcile.match.household import claim
from reconcile.match.kinfolk import CHILD, OTHER, PARENT, RELATIONS, SPOUSE, relatives

if TYPE_CHECKING:
    from reconcile.match.columns import Columns
    from reconcile.match.side import Side

LEVELS = (
    "relative",
    "common_name",
    "parent",
    "alike",
    "other_relative",
    "surname",
    "unsettled",
    "absent",
    "other_surname",
)
"""Levels of the applicant; the same list as ``evidence.nguoi_khai`` in rules/matching.toml.

``relative``: the child or spouse that was said has this name; ``common_name``: so it is, but many people have it; ``parent``:
the father or mother, whom brothers and sisters share; ``alike``: a name that sounds alike; ``other_relative``: another relative
or a member of the household; ``surname``: no child of this woman is known by it, but it bears a husband's family name;
``unsettled``: nobody has it, but the relation is one that the extract need not know; ``absent``: relatives of the said kind
are known and none has it; ``other_surname``: nor does the child bear a husband's family name.
"""
NOT_SAID = 0
"""Relation that the record does not say: then any relative will do."""
_ANY = SPOUSE | PARENT | CHILD | OTHER
_COMMON = 10_000
"""A name is common if more than one in so many residents has it."""


def applicant_kinds(mentions: Columns) -> pl.Series:
    """Return how the applicant is related to each mention (bit of ``kinfolk`` or ``NOT_SAID``)."""
    kind = mentions["applicant_relation"].replace_strict(RELATIONS, default=NOT_SAID, return_dtype=pl.UInt8)
    return kind.fill_null(NOT_SAID)


def compare_applicants(left: Side, right: Side, m: pl.Series, r: pl.Series) -> pl.Series:
    """Return the level of the applicant (u8, index into ``LEVELS``) for pairs (m, r); null without an applicant or where
    nothing is known of relatives of that kind.
    """
    named = left.table.select("applicant", kind="applicant_kind").with_row_index("m").drop_nulls("applicant")
    pairs = pl.DataFrame({"m": m, "r": r}).with_row_index("i").join(named, on="m", maintain_order="left")
    nothing = pl.Series("level", [None], dtype=pl.UInt8).new_from_index(0, m.len())
    if pairs.is_empty():
        return nothing
    pairs = pairs.with_columns(heard=right.names.part("phonetic", pairs["applicant"]))
    kin = relatives(right, pairs["r"].unique()).rename({"name": "applicant"})
    kin = kin.with_columns(heard=right.names.part("phonetic", kin["applicant"]))
    pairs = _with_kinds(pairs, kin, "same", "r", "applicant")
    pairs = _with_kinds(pairs, kin, "alike", "r", "heard")
    pairs = _with_kinds(pairs, kin, "known", "r")
    pairs = _with_told(pairs, left, right)
    pairs = _with_surnames(pairs, right, kin)
    common = _common(right.table["name"], pairs["applicant"])
    col, kind = pl.col, pl.col("kind")
    wanted = pl.when(kind == NOT_SAID).then(_ANY).otherwise(kind).cast(pl.UInt8)
    settled = kind != OTHER
    close = col("same") & wanted & ~pl.lit(PARENT, pl.UInt8) > 0
    rules = [
        ("relative", close & ~col("applicant").is_in(common.implode())),
        ("common_name", close),
        ("parent", col("same") & wanted > 0),
        ("alike", col("alike") & wanted > 0),
        ("other_relative", col("alike") > 0),
        ("surname", (kind == CHILD) & col("surname")),
        ("other_surname", (kind == CHILD) & ~col("surname")),
        ("absent", settled & (col("known") & wanted > 0)),
        ("unsettled", ~settled & (col("known") > 0)),
    ]
    level = pl.lit(None, pl.UInt8)
    for code, holds in reversed(rules):
        level = pl.when(holds).then(pl.lit(LEVELS.index(code), pl.UInt8)).otherwise(level)
    found = pairs.select("i", level.alias("level"))
    return nothing.scatter(found["i"], found["level"])


def _with_kinds(pairs: pl.DataFrame, kin: pl.DataFrame, name: str, *key: str) -> pl.DataFrame:
    """Add to ``pairs``, as bits in the column ``name``, what those of ``kin`` with the same ``key`` are to the resident; 0: no relative."""
    met = kin.select(*key, "kind").join(pairs.select(key).unique(), on=key, how="semi").unique()
    # different bits: their sum is their union, and many times as fast as bitwise_or
    kinds = met.group_by(key).agg(pl.col("kind").sum().cast(pl.UInt8).alias(name))
    return pairs.join(kinds, on=key, how="left").with_columns(pl.col(name).fill_null(0))


def _with_told(pairs: pl.DataFrame, left: Side, right: Side) -> pl.DataFrame:
    """Add to the bits ``same`` and ``alike`` whom the books name as a relative (``household.with_kin_told``).

    They add nothing to ``known``: a book of births names one child, the applicant may be another one.
    """
    told = left.told.get("kin")
    if told is None:
        return pairs
    family = left.table["family"].gather(pairs["m"])
    pairs = pairs.with_columns(claim=claim(pl.lit(family), pl.col("r")))
    kin = told.join(pairs.select("claim").unique(), on="claim", how="semi").rename({"name": "applicant"})
    kin = kin.with_columns(heard=right.names.part("phonetic", kin["applicant"]))
    pairs = _with_kinds(pairs, kin, "told", "claim", "applicant")
    pairs = _with_kinds(pairs, kin, "told_alike", "claim", "heard")
    return pairs.with_columns(
        same=pl.col("same") | pl.col("told"), alike=pl.col("alike") | pl.col("told_alike")
    )


def _with_surnames(pairs: pl.DataFrame, right: Side, kin: pl.DataFrame) -> pl.DataFrame:
    """Add ``surname``: whether the applicant bears the family name of a husband of r; null unless r is a woman whose
    husband is known. A child bears the father's family name; of a man it repeats what his own name says.
    """
    women = right.table["sex"].gather(pairs["r"]) == 2
    family = right.names.part("family_plain", pairs["applicant"])
    husbands = kin.filter(kind=SPOUSE).select("r", "applicant")
    husbands = husbands.select("r", family=right.names.part("family_plain", husbands["applicant"])).unique()
    pairs = pairs.with_columns(family=family, woman=women)
    pairs = pairs.join(husbands.with_columns(same_family=True), on=["r", "family"], how="left")
    pairs = pairs.join(husbands.select("r", married=True).unique(), on="r", how="left")
    surname = pl.when(pl.col("woman") & pl.col("married")).then(pl.col("same_family").fill_null(value=False))
    return pairs.with_columns(surname=surname)


def _common(names: pl.Series, asked: pl.Series) -> pl.Series:
    """Return those of the names ``asked`` that are common among the residents' ``names``."""
    held = names.to_frame("name").filter(pl.col("name").is_in(asked.unique().implode()))
    counted = held.group_by("name").agg(n=pl.len())
    return counted.filter(pl.col("n") > 1 + names.len() / _COMMON)["name"]
