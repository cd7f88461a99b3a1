"""Legacy encodings of a table's cells → Unicode, before anything else touches the text.

The font decides where a workbook has one, else a vote of valid syllables over the column, which costs one
regular expression where the column is clean Unicode.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from reconcile.normalize.columns_texts import SUSPICIOUS, texts

if TYPE_CHECKING:
    from reconcile.ingest.table import RawTable

_SAMPLED_ABOVE = 200_000
_SAMPLE = 50_000
_HEADER_ROWS = 20
_NOT_ASCII = r"[^\x00-\x7f]"


def decode_table(table: RawTable, fonts: pl.DataFrame | None = None) -> RawTable:
    """Return the table with every cell in Unicode; cells that are read with a doubt are marked.

    ``fonts`` has the shape of the cells. Lines of a CSV that were not UTF-8 vote among themselves. A column
    of a very long table is looked at in full only where a sample of it looks suspicious.
    """
    columns: list[pl.Series] = []
    doubts: dict[str, pl.Series] = {}
    suspicious = _suspicious(table.cells)
    for name in table.cells.columns:
        cells = table.cells[name]
        font = fonts[name] if fonts is not None else None
        legacy_font = font is not None and font.null_count() < font.len()
        if not legacy_font and name not in suspicious:
            columns.append(cells)
            continue
        if table.legacy is not None and table.legacy.any() and not table.legacy.all():
            value, doubtful = _apart(cells, table.legacy)
        else:
            read = texts(cells, font if legacy_font else None)
            value, doubtful = read["value"], read["doubtful"]
        columns.append(value.alias(name))
        if doubtful.any():
            doubts[name] = doubtful
    if all(new is old for new, old in zip(columns, table.cells.get_columns(), strict=True)):
        return table
    if fonts is None:
        columns = _lone_cells(table.cells, columns)
    return replace(table, cells=pl.DataFrame(columns), doubts=doubts)


def _lone_cells(cells: pl.DataFrame, columns: list[pl.Series]) -> list[pl.Series]:
    """Decode header cells by the vote of their row where their column has no other letter to vote with.

    Over a column of figures stands ``Sè``: alone it may be *Sè* or the TCVN3 of *Số*; the other headers tell.
    """
    counted = cells.select(pl.all().str.contains(_NOT_ASCII).sum()).row(0)
    lone = [n for n, letters in enumerate(counted) if letters == 1]
    if not lone:
        return columns
    columns = list(columns)
    for at, row in enumerate(cells.head(_HEADER_ROWS).rows()):
        mine = [n for n in lone if row[n] is not None and not row[n].isascii() and columns[n][at] == row[n]]
        if not mine:
            continue
        read = texts(pl.Series(row, dtype=pl.String))["value"]
        for n in mine:
            if read[n] != row[n]:
                columns[n] = columns[n].scatter(at, read[n])
    return columns


def _suspicious(cells: pl.DataFrame) -> set[str]:
    """Return the columns with a cell that may not be clean Unicode, all looked at in one pass."""
    if cells.is_empty():
        return set()
    looked = cells.gather_every(cells.height // _SAMPLE) if cells.height > _SAMPLED_ABOVE else cells
    found = looked.select(pl.all().str.contains(SUSPICIOUS).any()).row(0)
    return {name for name, hit in zip(cells.columns, found, strict=True) if hit}


def _apart(cells: pl.Series, legacy: pl.Series) -> tuple[pl.Series, pl.Series]:
    at = pl.int_range(cells.len(), eager=True)
    parts = []
    for mask in (legacy, ~legacy):
        read = texts(cells.filter(mask))
        parts.append(read.select("value", "doubtful").with_columns(at.filter(mask).alias("at")))
    both = pl.concat(parts).sort("at")
    return both["value"], both["doubtful"]
