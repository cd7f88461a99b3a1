"""What the cells of a commune's sheets need, worked out for whole sheets before they are cut into workbooks."""

from __future__ import annotations

import polars as pl

from reconcile.report import layout
from reconcile.report.fingerprints import cell_texts, fingerprints
from reconcile.report.heights import lines_of

CELL = "cell:"
"""Prefix of the columns that hold a column's texts as cells hold them, and the fingerprint of each row."""

LINES = "cell:lines"
"""How many lines the tallest cell of the row needs."""


def readied(rows: dict[str, pl.DataFrame | None]) -> dict[str, pl.DataFrame | None]:
    """Return the rows of each sheet (key → rows) with the columns ``CELL`` and ``LINES``; a sheet without rows as it is."""
    filled = {
        sheet: frame
        for sheet in layout.ROW_SHEETS
        if (frame := rows.get(sheet.key)) is not None and not frame.is_empty()
    }
    lines = lines_of(
        [
            (frame, [(c.key, c.width) for c in sheet.columns if c.kind in ("shown", "marked")])
            for sheet, frame in filled.items()
        ]
    )
    made = dict(rows)
    for (sheet, frame), own in zip(filled.items(), lines, strict=True):
        cells = cell_texts(frame.select(layout.ID_KEY, *sheet.fingerprinted))
        prints = pl.Series(fingerprints(sheet, cells), dtype=pl.String)
        cells = cells.with_columns(prints.alias(layout.FINGERPRINT_KEY))
        made[sheet.key] = frame.hstack(cells.select(pl.all().name.prefix(CELL))).hstack([own.alias(LINES)])
    return made
