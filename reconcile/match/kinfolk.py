"""Whom the extract itself knows as a resident's relatives, and whom as a widow's or widower's dead."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from reconcile.match.columns import Columns

SPOUSE, PARENT, CHILD, OTHER = 1, 2, 4, 8
RELATIONS = {"spouse": SPOUSE, "parent": PARENT, "child": CHILD, "other": OTHER}
"""Relation of somebody to a resident → bit."""


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


def told_by_spouses(residents: Columns) -> dict[str, pl.Series]:
    """Return ``bereaved``, whether the extract calls the resident's spouse widowed, so that it knows the resident to be dead, and
    ``wed``, whether it calls the spouse married still, so that he lives as far as it knows.
    """
    table = residents.select("marital_status", number="personal_id", spouse="spouse_id").with_row_index("r")
    told = {}
    for name, status in (("wed", "married"), ("bereaved", "widowed")):
        telling = table.filter(pl.col("marital_status") == status)
        # whom a spouse names, and who names a spouse
        named, naming = (telling[side].drop_nulls().unique().implode() for side in ("spouse", "number"))
        told[name] = table.select(
            (pl.col("number").is_in(named) | pl.col("spouse").is_in(naming))
            .fill_null(value=False)
            .alias(name)
        )[name]
    return told
