"""Read each distinct text once: a column as its distinct values and one code per row."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import polars as pl


class Distinct(NamedTuple):
    """``values``: the distinct non-null texts; ``codes``: per row the index into them (null for null)."""

    values: pl.Series
    codes: pl.Series

    def spread(self, answers: pl.DataFrame) -> pl.DataFrame:
        """Give every row the answer of its value; a null row gets nulls."""
        import polars as pl

        return answers.select(pl.all().gather(self.codes))


def distinct(column: pl.Series) -> Distinct:
    """Split a text column into distinct values and codes. 40 ms per million rows with few values.

    The order of ``values`` is of no meaning: answers go back by code, so results never depend on it.
    """
    import polars as pl

    text = column.cast(pl.String)
    dictionary = text.cast(pl.Categorical(pl.Categories.random()))
    codes = dictionary.to_physical().alias("code")
    found = dictionary.unique().drop_nulls()
    values = pl.DataFrame({"value": found, "code": found.to_physical()}).sort("code")["value"].cast(pl.String)
    if values.len() and codes.max() != values.len() - 1:  # codes of an engine that does not number densely
        order = pl.DataFrame({"value": values}).with_row_index("code")
        codes = pl.DataFrame({"value": text}).join(order, on="value", how="left", maintain_order="left")[
            "code"
        ]
    return Distinct(values.alias("value"), codes)
