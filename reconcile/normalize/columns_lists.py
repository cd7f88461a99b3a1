"""Whole columns of list entries: each distinct text is read once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconcile.normalize import lists
from reconcile.normalize.distinct import distinct

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl


def _values(column: pl.Series, read: Callable[[str], Any], dtype: Any) -> pl.Series:
    import polars as pl

    if column.dtype.is_numeric():
        column = column.cast(pl.Int64, strict=False).cast(pl.String)
    split = distinct(column)
    answers = pl.Series(column.name, [read(text).value for text in split.values], dtype=dtype)
    return answers.gather(split.codes)


def sexes(column: pl.Series) -> pl.Series:
    """Read a column of sexes → Int8: 1 male, 2 female, null."""
    import polars as pl

    return _values(column, lists.read_sex, pl.Int8)


def ethnicities(column: pl.Series) -> pl.Series:
    """Read a column of peoples → codes of 2008."""
    import polars as pl

    return _values(column, lists.read_ethnicity, pl.String)


def nationalities(column: pl.Series) -> pl.Series:
    """Read a column of nationalities → two letters."""
    import polars as pl

    return _values(column, lists.read_nationality, pl.String)


def marital_statuses(column: pl.Series) -> pl.Series:
    """Read a column of marital statuses → single, married, divorced, widowed."""
    import polars as pl

    return _values(column, lists.read_marital_status, pl.String)


_APPLICANT = {
    **dict.fromkeys(("spouse", "wife", "husband"), "spouse"),
    **dict.fromkeys(("father", "mother", "adoptive_father", "adoptive_mother"), "parent"),
    **dict.fromkeys(("child", "son", "daughter", "adopted_child"), "child"),
}


def applicant_relations(column: pl.Series) -> pl.Series:
    """Read what an applicant is to the person of the record → spouse, parent, child, other; null where not understood."""
    import polars as pl

    meanings = _values(column, lists.read_household_relation, pl.String)
    return meanings.replace_strict(_APPLICANT, default="other", return_dtype=pl.String).set(
        meanings.is_null(), None
    )
