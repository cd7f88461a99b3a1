"""Who reported the death? The applicant's name among the relatives that the extract itself knows of a resident."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from reconcile.match.columns import Columns
    from reconcile.match.names import Names
    from reconcile.match.side import Side

SPOUSE, PARENT, CHILD, OTHER = 1, 2, 4, 8
RELATIONS = {"spouse": SPOUSE, "parent": PARENT, "child": CHILD, "other": OTHER}
"""Relation of the applicant to the dead → bit. Not said: 0, then any relative will do."""
_ANY = SPOUSE | PARENT | CHILD | OTHER
CLAIM = 2**32
"""scope · CLAIM + row of the resident: one number for a resident as the mentions of one scope see him."""


def compare_applicants(left: Side, right: Side, m: pl.Series, r: pl.Series) -> pl.Series:
    """Return the level of the applicant's name (u8) for pairs (m, r); null without an applicant or without known relatives.

    0 the child or spouse that was said has this name, 1 the father or mother (whom brothers and sisters share), 2 a
    name that sounds alike, 3 another relative or a member of the household has it, 4 a relation that the extract need
    not know, and nobody has it, 5 the relatives of the said kind are known and none has it.
    """
    named = left.table.select("applicant", "applicant_kind").with_row_index("m").drop_nulls("applicant")
    pairs = pl.DataFrame({"m": m, "r": r}).with_row_index("i").join(named, on="m", maintain_order="left")
    out = pl.DataFrame({"i": pl.int_range(0, m.len(), dtype=pl.UInt32, eager=True)})
    if pairs.is_empty():
        return pl.Series("level", [None], dtype=pl.UInt8).new_from_index(0, m.len())
    pairs = pairs.with_columns(heard=right.names.part("phonetic", pairs["applicant"]))
    kin = relatives(right.table, pairs["r"].unique())
    kin = kin.with_columns(heard=right.names.part("phonetic", kin["name"]))
    bits = pl.col("kind").bitwise_or()
    pairs = (
        pairs.join(kin.group_by("r", "name").agg(same=bits), left_on=["r", "applicant"], right_on=["r", "name"],
                   how="left")
        .join(kin.group_by("r", "heard").agg(alike=bits), on=["r", "heard"], how="left")
        .join(kin.group_by("r").agg(known=bits), on="r", how="left")
    )  # fmt: skip
    pairs = _with_told(pairs, left, right).with_columns(pl.col("same", "alike", "known").fill_null(0))
    wanted = pl.when(pl.col("applicant_kind") == 0).then(_ANY).otherwise("applicant_kind").cast(pl.UInt8)
    firm = pl.col("applicant_kind").is_in([SPOUSE, PARENT, CHILD])
    level = (
        pl.when(pl.col("same") & wanted & ~pl.lit(PARENT, pl.UInt8) > 0).then(0)
        .when(pl.col("same") & wanted > 0).then(1)
        .when(pl.col("alike") & wanted > 0).then(2)
        .when(pl.col("alike") > 0).then(3)
        .when(firm & (pl.col("known") & wanted > 0)).then(5)
        .when(~firm & (pl.col("known") > 0)).then(4)
    )  # fmt: skip
    return out.join(pairs.select("i", level.cast(pl.UInt8).alias("level")), on="i", how="left", maintain_order="left")[
        "level"
    ]  # fmt: skip


def _with_told(pairs: pl.DataFrame, left: Side, right: Side) -> pl.DataFrame:
    """Add to the bits ``same`` and ``alike`` whom the books name as a relative (``household.with_kin_told``).

    They add nothing to ``known``: a book of births names one child, the applicant may be another one.
    """
    told = left.told.get("kin")
    if told is None:
        return pairs
    scope = left.table["family"].gather(pairs["m"]).cast(pl.UInt64)
    pairs = pairs.with_columns(claim=pl.lit(scope) * CLAIM + pl.col("r"))
    kin = told.join(pairs.select("claim").unique(), on="claim", how="semi")
    kin = kin.with_columns(heard=right.names.part("phonetic", kin["name"]))
    bits = pl.col("kind").bitwise_or()
    return (
        pairs.join(kin.group_by("claim", "name").agg(told=bits), left_on=["claim", "applicant"],
                   right_on=["claim", "name"], how="left")
        .join(kin.group_by("claim", "heard").agg(told_alike=bits), on=["claim", "heard"], how="left")
        .with_columns(
            same=pl.col("same").fill_null(0) | pl.col("told").fill_null(0),
            alike=pl.col("alike").fill_null(0) | pl.col("told_alike").fill_null(0),
        )
    )  # fmt: skip


def relatives(residents: pl.DataFrame, wanted: pl.Series) -> pl.DataFrame:
    """Return r, name (code), kind (bit): whom the extract knows as relatives of the residents ``wanted`` (rows).

    Spouse and parents as the resident's own row names them; children, brothers and sisters, grandchildren and children-in-law
    by the numbers in their rows; brothers and sisters by the names of both parents and the home they share as well, since
    parents of the old have no number; everybody of the household.
    """
    table = residents.select(
        "name", "number", "father", "mother", "spouse", "father_number", "mother_number", "spouse_number", "household", "home"
    ).with_row_index("r")  # fmt: skip
    here = table.filter(pl.col("r").is_in(wanted.implode()))
    parts = [
        here.select("r", name=column, kind=pl.lit(kind, pl.UInt8))
        for column, kind in (("spouse", SPOUSE), ("father", PARENT), ("mother", PARENT))
    ]
    numbers = here.select("r", "number").drop_nulls()
    children = []
    for parent in ("father_number", "mother_number"):
        known = table.filter(pl.col(parent).is_in(numbers["number"].implode()))
        children.append(
            numbers.join(
                known.select(pl.col(parent).alias("number"), "name", "spouse", own="number", child="r"),
                on="number",
            )
        )
    child = pl.concat(children).filter(pl.col("r") != pl.col("child"))
    parts.append(child.select("r", "name", kind=pl.lit(CHILD, pl.UInt8)))
    parts.append(child.select("r", name="spouse", kind=pl.lit(OTHER, pl.UInt8)))
    wed = table.select(number="spouse_number", name="name").drop_nulls()
    parts.append(numbers.join(wed, on="number").select("r", "name", kind=pl.lit(SPOUSE, pl.UInt8)))
    people = [(child.select("r", key="own"), parent) for parent in ("father_number", "mother_number")]
    people.append((here.select("r", key="mother_number"), "mother_number"))
    people.append((here.select("r", key="household"), "household"))
    for mine, column in people:
        mine = mine.drop_nulls()
        others = table.select("name", pl.col(column).alias("key"), other="r").drop_nulls()
        others = others.join(mine.select("key").unique(), on="key", how="semi")
        joined = mine.join(others, on="key").filter(pl.col("r") != pl.col("other"))
        parts.append(joined.select("r", "name", kind=pl.lit(OTHER, pl.UInt8)))
    same = ["father", "mother", "home"]
    mine = here.select("r", *same).drop_nulls()
    others = (
        table.select("name", *same, other="r")
        .drop_nulls()
        .join(mine.select(same).unique(), on=same, how="semi")
    )
    siblings = mine.join(others, on=same).filter(pl.col("r") != pl.col("other"))
    parts.append(siblings.select("r", "name", kind=pl.lit(OTHER, pl.UInt8)))
    return pl.concat(parts).drop_nulls()


def applicant_columns(mentions: Columns, names: Names) -> list[pl.Series]:
    """Return ``applicant`` (name code) and ``applicant_kind`` (bit, 0 = not said) of each mention."""
    kind = mentions["applicant_relation"].replace_strict(RELATIONS, default=0, return_dtype=pl.UInt8)
    return [
        names.code(mentions["applicant_key"]).alias("applicant"),
        kind.fill_null(0).alias("applicant_kind"),
    ]


def bereaved(residents: Columns) -> pl.Series:
    """Return whether the extract calls the resident's spouse widowed: it knows then that the resident is dead."""
    table = residents.select("marital_status", number=pl.col("personal_id"), spouse=pl.col("spouse_id"))
    widowed = table.filter(pl.col("marital_status") == "widowed")
    named = widowed["spouse"].drop_nulls().unique().implode()
    widows = widowed["number"].drop_nulls().unique().implode()
    return table.select(
        bereaved=(pl.col("number").is_in(named) | pl.col("spouse").is_in(widows)).fill_null(value=False)
    )["bereaved"]
