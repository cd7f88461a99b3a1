"""A table whose columns are read as they are asked for: of a frame in memory, or of a file that is scanned."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Columns:
    """``frame``: a table in memory, or one that is read column by column, so that never all of it is held.

    A scanned table has to give its rows in the same order every time (``scan_parquet`` does).
    """

    frame: pl.DataFrame | pl.LazyFrame

    @classmethod
    def of(cls, frame: pl.DataFrame | pl.LazyFrame | Columns) -> Columns:
        """Return ``frame`` as columns."""
        return frame if isinstance(frame, Columns) else cls(frame)

    @cached_property
    def height(self) -> int:
        """How many rows there are."""
        return int(self.select(pl.len()).item())

    def __getitem__(self, name: str) -> pl.Series:
        """Return one column."""
        return self.frame[name] if isinstance(self.frame, pl.DataFrame) else self.select(name).to_series()

    def some(self, names: Sequence[str]) -> list[pl.Series]:
        """Return some columns, read together."""
        return self.select(names).get_columns()

    def select(self, *columns: Any, **named: Any) -> pl.DataFrame:
        """Return what ``DataFrame.select`` returns."""
        return (
            self.frame.lazy().select(*columns, **named).collect()
            if isinstance(self.frame, pl.LazyFrame)
            else self.frame.select(*columns, **named)
        )
