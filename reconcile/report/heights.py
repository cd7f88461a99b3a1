"""How many lines each row of a sheet needs."""

from __future__ import annotations

import polars as pl

from reconcile.report.typeface import wrapped_lines

MOST_LINES = 12

_SURE = 0.7
"""Text shorter than this share of a column's width is on one line, even in capitals."""


def lines_of(rows: pl.DataFrame, widths: list[tuple[str, float]]) -> pl.Series:
    """Estimate how many lines the tallest cell of each row needs, words not being cut, at most MOST_LINES.

    ``widths``: the columns and their widths in characters. A distinct text is measured once.
    """
    measured = [_lines(rows[key], width) for key, width in widths]
    frame = pl.DataFrame([column.alias(str(at)) for at, column in enumerate(measured)])
    return frame.select(pl.max_horizontal(pl.all()).clip(1, MOST_LINES)).to_series()


def _lines(texts: pl.Series, width: float) -> pl.Series:
    text = pl.col("text")
    long = (text.str.len_chars() >= _SURE * width) | text.str.contains("\n", literal=True)
    frame = texts.alias("text").to_frame()
    distinct = frame.filter(long)["text"].unique(maintain_order=True)
    if distinct.is_empty():
        return pl.repeat(1, texts.len(), dtype=pl.Int64, eager=True)
    known = pl.DataFrame(
        {"text": distinct, "lines": [_needed(one, width) for one in distinct.to_list()]},
        schema={"text": pl.String, "lines": pl.Int64},
    )
    found = frame.join(known, on="text", how="left", maintain_order="left")
    return found["lines"].fill_null(1)


def _needed(text: str, width: float) -> int:
    lines = 0
    for piece in text.split("\n"):
        lines += 1 if len(piece) < _SURE * width else wrapped_lines(piece, width)
    return lines
