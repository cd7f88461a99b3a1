"""What a canonical table is: its columns, their dtypes and meanings, and how a frame is brought into its shape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, Polars dtype and meaning."""

    name: str
    dtype: pl.DataType | type[pl.DataType]
    meaning: str


@dataclass(frozen=True, slots=True)
class Table:
    """A canonical table: what one row is, and its columns in order."""

    name: str
    row: str
    columns: tuple[Column, ...]

    @property
    def names(self) -> list[str]:
        """Column names in order."""
        return [c.name for c in self.columns]

    @property
    def polars(self) -> dict[str, pl.DataType | type[pl.DataType]]:
        """Column name → dtype, as Polars wants a schema."""
        return {c.name: c.dtype for c in self.columns}

    def empty(self) -> pl.DataFrame:
        """Return a frame with these columns and no row."""
        return pl.DataFrame(schema=self.polars)

    def conform(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return ``frame`` with these columns first, in order and dtype; absent ones null, further ones behind."""
        present, known = frame.schema, self.polars
        rest = [name for name in present if name not in known]
        if all(present.get(name) == dtype for name, dtype in known.items()):
            order = [*known, *rest]
            return frame if order == frame.columns else frame.select(order)
        wanted = [
            (pl.col(name) if name in present else pl.lit(None)).cast(dtype).alias(name)
            for name, dtype in known.items()
        ]
        return frame.select(*wanted, *rest)


def columns(rows: Iterable[tuple[str, pl.DataType | type[pl.DataType], str]]) -> tuple[Column, ...]:
    """Return columns from (name, dtype, meaning)."""
    return tuple(Column(*row) for row in rows)
