"""Whom the extract itself knows as a resident's relatives, and whom as a widow's or widower's dead."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from reconcile.match.columns import Columns
    from reconcile.match.levels import Array
    from reconcile.match.side import Side

SPOUSE, PARENT, CHILD, OTHER = 1, 2, 4, 8
RELATIONS = {"spouse": SPOUSE, "parent": PARENT, "child": CHILD, "other": OTHER}
"""Relation of somebody to a resident → bit."""


_PARENTS = (("father_number",), ("mother_number",))
_SPOUSE = ("spouse_number",)
_SHARED = (("mother_number",), ("household",), ("father", "mother", "home"))
"""What brothers and sisters, and those of one household, have in common."""

KEYS = frozenset({*_PARENTS, _SPOUSE, *_SHARED})
"""What residents are looked up by as somebody's relatives."""


def relatives(residents: Side, wanted: pl.Series) -> pl.DataFrame:
    """Return r, name (code), kind (bit): whom the extract knows as relatives of the residents ``wanted`` (rows).

    Spouse and parents as the resident's own row names them; children, brothers and sisters, grandchildren and children-in-law
    by the numbers in their rows; brothers and sisters by the names of both parents and the home they share as well, since
    parents of the old have no number; everybody of the household.
    """
    rows = wanted.to_numpy()
    names = residents.table["name"]
    found = [
        _told(wanted, residents.table[column].gather(wanted), kind)
        for column, kind in (("spouse", SPOUSE), ("father", PARENT), ("mother", PARENT))
    ]
    number = ("number",)
    children = pl.concat([_bearing(residents, number, rows, parent) for parent in _PARENTS])
    child = children["other"].to_numpy()
    found.append(_told(children["r"], names.gather(children["other"]), CHILD))
    found.append(_told(children["r"], residents.table["spouse"].gather(children["other"]), OTHER))
    wed = _bearing(residents, number, rows, _SPOUSE)
    found.append(_told(wed["r"], names.gather(wed["other"]), SPOUSE))
    others = [_bearing(residents, number, child, parent, children["r"].to_numpy()) for parent in _PARENTS]
    others += [_bearing(residents, shared, rows, shared) for shared in _SHARED]
    found += [_told(pairs["r"], names.gather(pairs["other"]), OTHER) for pairs in others]
    return pl.concat(found).drop_nulls()


def _told(r: pl.Series, names: pl.Series, kind: int) -> pl.DataFrame:
    return pl.DataFrame({"r": r, "name": names}).with_columns(kind=pl.lit(kind, pl.UInt8))


def _bearing(
    residents: Side, own: tuple[str, ...], rows: Array, held: tuple[str, ...], of: Array | None = None
) -> pl.DataFrame:
    """Return r and ``other``: other residents whose key ``held`` is the key ``own`` of one of ``rows``.

    ``of``: for each of ``rows`` the r that it stands for (itself by default).
    """
    mine = residents.keys(own, rows)
    theirs = residents.holders(held).meeting(mine.key)
    r = (rows if of is None else of)[mine.rows].astype(np.uint32)
    pairs = pl.DataFrame({"key": mine.key, "r": r}).join(
        pl.DataFrame({"key": theirs.key, "other": theirs.rows.astype(np.uint32)}), on="key"
    )
    return pairs.filter(pl.col("r") != pl.col("other")).select("r", "other")


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
