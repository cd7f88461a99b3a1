"""A sheet, CSV or Parquet file as a table of text, each row with the number that Excel shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from reconcile.problems import Problem

BLANK_PATTERN = r"^[\s\u00a0\u200b\ufeff]*$"
"""A cell that holds nothing to read."""


@dataclass(frozen=True, slots=True)
class RawTable:
    """All cells of one table as text.

    ``cells`` columns ``c0``, ``c1`` …, all String, the header row and the lines above it included;
    ``rows`` the row number of each row of ``cells`` as Excel shows it; ``sheet`` null outside workbooks;
    ``problems`` rows that could not even be split into cells; ``blank`` rows left out because they hold
    nothing; ``legacy`` which rows come from lines of a text file that were not UTF-8; ``doubts`` column →
    which of its cells were decoded with a doubt.
    """

    sheet: str | None
    cells: pl.DataFrame
    rows: pl.Series
    problems: tuple[Problem, ...] = ()
    blank: int = 0
    hidden: bool = False
    legacy: pl.Series | None = None
    doubts: dict[str, pl.Series] = field(default_factory=dict)

    def head(self, count: int) -> list[tuple[str | None, ...]]:
        """Return the first ``count`` rows as tuples of cells."""
        return self.cells.head(count).rows()


def row_numbers(first: int, count: int) -> pl.Series:
    """Return ``count`` row numbers beginning with ``first``."""
    return pl.int_range(first, first + count, eager=True, dtype=pl.UInt32).alias("row")


def positional(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with its columns named ``c0``, ``c1`` … by position."""
    return frame.rename({name: f"c{n}" for n, name in enumerate(frame.columns)}) if frame.width else frame


def blank_rows(frame: pl.DataFrame) -> pl.Series:
    """Return true for each row in which every cell is null or holds blanks only."""
    if frame.width == 0:
        return pl.repeat(value=True, n=frame.height, dtype=pl.Boolean, eager=True)
    filled = frame.select(
        pl.any_horizontal(
            [pl.col(c).is_not_null() & ~pl.col(c).str.contains(BLANK_PATTERN) for c in frame.columns]
        ).alias("filled")
    )["filled"]
    return ~filled
