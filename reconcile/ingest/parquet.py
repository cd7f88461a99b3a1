"""Parquet files → tables of text: row 1 is the header, so the first record is row 2."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from reconcile.ingest.limits import limits
from reconcile.ingest.rejects import FileProblem
from reconcile.ingest.table import RawTable, positional, row_numbers

if TYPE_CHECKING:
    from pathlib import Path


def _as_text(name: str, dtype: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if dtype == pl.String:
        return column
    if dtype.is_float():
        whole = column.is_finite() & (column == column.floor()) & (column.abs() < 1e15)
        return (
            pl.when(whole)
            .then(column.cast(pl.Int64, strict=False).cast(pl.String))
            .otherwise(column.cast(pl.String))
        )
    if isinstance(dtype, pl.Datetime):
        return column.dt.strftime("%Y-%m-%d %H:%M:%S").str.strip_suffix(" 00:00:00")
    if isinstance(dtype, pl.List):
        return column.cast(pl.List(pl.String)).list.join("; ")
    if dtype == pl.Binary:
        return column.cast(pl.String, strict=False)
    return column.cast(pl.String, strict=False)


def read_parquet(path: Path, columns: list[str] | None = None) -> RawTable:
    """Return the file as one table of text; ``columns`` limits it to those (the others stay unread).

    Raises FileProblem where the file is damaged or too large.
    """
    bounds = limits().text
    try:
        frame = pl.scan_parquet(path)
        schema = frame.collect_schema()
        wanted = [name for name in schema.names() if columns is None or name in columns]
        if len(schema) > bounds.max_columns:
            raise FileProblem("TOO_LARGE", what="số cột", found=len(schema), limit=bounds.max_columns)
        # Told by the footer, before anything is unpacked: a few bytes can stand for a billion rows.
        rows = int(frame.select(pl.len()).collect().item())
        if rows > bounds.max_rows:
            raise FileProblem("TOO_LARGE", what="số dòng", found=rows, limit=bounds.max_rows)
        body = frame.select([_as_text(name, schema[name]).alias(name) for name in wanted]).collect()
    except pl.exceptions.PolarsError as error:
        raise FileProblem("DAMAGED_PARQUET") from error
    header = pl.DataFrame({f"c{n}": [name] for n, name in enumerate(body.columns)})
    cells = pl.concat([header, positional(body)])
    return RawTable(None, cells, row_numbers(1, cells.height))
