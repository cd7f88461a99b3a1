"""Personal numbers in reports shown as ``030•••••1234``: enough to compare with a paper in the hand, too little to copy.

It covers what is seen and printed. The hidden columns that carry a workbook back keep the ids, else no decision could
be read back; whoever must not have the numbers must not be given the file.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from reconcile.report.tables import ReportTables

NUMBER = r"(\d{3})\d{2,5}(\d{4})"
"""A run of 9 to 12 digits: its first three and last four are shown."""

_TOLD = ("civil_value", "population_value", "message", "owner_reason")


def masked(texts: pl.Expr) -> pl.Expr:
    """Return texts with the middle of every number of 9 to 12 digits hidden."""
    return texts.str.replace_all(rf"\b{NUMBER}\b", "${1}•••••${2}")


def mask(tables: ReportTables) -> ReportTables:
    """Return the tables with all numbers that a workbook shows masked; ids stay."""
    return replace(
        tables,
        mentions=_columns(tables.mentions, [c for c in tables.mentions.columns if c.startswith("so_")]),
        residents=_columns(tables.residents, [c for c in tables.residents.columns if c.startswith("so_")]),
        discrepancies=_columns(tables.discrepancies, _TOLD),
        rejected=_columns(tables.rejected, ["value"]),
        validation=_columns(tables.validation, ["value", "message"]),
    )


def _columns(frame: pl.DataFrame, names: list[str] | tuple[str, ...]) -> pl.DataFrame:
    return frame.with_columns(masked(pl.col(n)) for n in names if n in frame.columns)
