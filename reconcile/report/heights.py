"""How many lines each row of a sheet needs."""

from __future__ import annotations

from math import ceil

import polars as pl

from reconcile.report.typeface import wrapped_lines

MOST_LINES = 12

_SURE = 0.7
"""Text shorter than this share of a column's width is on one line, even in capitals."""


def lines_of(rows: pl.DataFrame, widths: list[tuple[str, float]]) -> pl.Series:
    """Estimate how many lines the tallest cell of each row needs, words not being cut, at most MOST_LINES.

    ``widths``: the columns and their widths in characters. A distinct text is measured once, and only where it has
    a piece that may not fit one line.
    """
    pieces = rows.select((pl.col(key).str.count_matches("\n", literal=True) + 1) for key, _ in widths)
    long = rows.select(pl.col(key).str.contains(_may_wrap(width)) for key, width in widths)
    measured = [
        _measured(rows[key], long[key], pieces[key], width) if some else pieces[key]
        for (key, width), some in zip(widths, long.select(pl.all().any()).row(0), strict=True)
    ]
    return pl.DataFrame(measured).select(pl.max_horizontal(pl.all()).clip(1, MOST_LINES)).to_series()


def _may_wrap(width: float) -> str:
    """Return the pattern of a text with a piece that may need more than one line."""
    return f"[^\n]{{{ceil(_SURE * width)},}}"


def _measured(texts: pl.Series, long: pl.Series, pieces: pl.Series, width: float) -> pl.Series:
    """Return the lines of each text; those that are not ``long`` have one per piece."""
    frame = pl.DataFrame({"text": texts, "pieces": pieces})
    distinct = frame["text"].filter(long).unique(maintain_order=True)
    known = pl.DataFrame(
        {"text": distinct, "lines": [_needed(one, width) for one in distinct.to_list()]},
        schema={"text": pl.String, "lines": pl.UInt32},
    )
    found = frame.join(known, on="text", how="left", maintain_order="left")
    return found.select(pl.coalesce("lines", "pieces")).to_series().alias(texts.name)


def _needed(text: str, width: float) -> int:
    if "\n" not in text:
        return wrapped_lines.__wrapped__(text, width)  # distinct already: nothing to remember
    return sum(1 if len(p) < _SURE * width else wrapped_lines(p, width) for p in text.split("\n"))
