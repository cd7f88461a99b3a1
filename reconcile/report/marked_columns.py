"""Two columns of values side by side, their differing letters marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from reconcile.report.facts import BLANK, SEE_ELSEWHERE
from reconcile.report.marking import differing_lines
from reconcile.report.row_xml import cell_content

if TYPE_CHECKING:
    from reconcile.report.marking import Parts
    from reconcile.report.row_xml import Runs

NO_VALUE = (BLANK, SEE_ELSEWHERE)
"""Cells that begin so stand in for a value: nothing is marked."""


Column = tuple[pl.Series, pl.Series]
"""Texts or runs of a column, and the style of each cell."""


def marked(
    cells: pl.DataFrame, shown: pl.DataFrame, runs: Runs, style: dict[str, int]
) -> tuple[Column, Column]:
    """Return two columns with their differing letters red, bold and underlined.

    ``cells``: the two columns of values; ``shown``: the same as cells take them. ``style``: formats ``text`` and
    ``differs_cell``, the one of a value that differs as a whole.
    """
    names = cells.columns
    both = cells.rename(dict(zip(names, ("left", "right"), strict=True)))
    compared = both.filter(
        pl.col("left") != pl.col("right"),
        *(pl.col(side) != "" for side in both.columns),
        *(~pl.col(side).str.starts_with(stands_in) for side in both.columns for stands_in in NO_VALUE),
    ).unique(maintain_order=True)
    told: list[tuple[str, int, str, int]] = []
    for a, b in compared.iter_rows():
        ours, theirs = differing_lines(a, b)
        told.append((*_cell(ours, runs, style), *_cell(theirs, runs, style)))
    kinds = {"a": pl.String, "style_a": pl.UInt32, "b": pl.String, "style_b": pl.UInt32}
    known = pl.concat([compared, pl.DataFrame(told, schema=kinds, orient="row")], how="horizontal")
    found = both.join(known, on=["left", "right"], how="left", maintain_order="left")
    sides = (
        found.with_columns(shown.select(ours=names[0], theirs=names[1]))
        .select(
            pl.coalesce("a", "ours"),
            pl.col("style_a").fill_null(style["text"]),
            pl.coalesce("b", "theirs"),
            pl.col("style_b").fill_null(style["text"]),
        )
        .get_columns()
    )
    return (sides[0], sides[1]), (sides[2], sides[3])


def _cell(parts: Parts, runs: Runs, style: dict[str, int]) -> tuple[str, int]:
    """Return the content of a cell and its format."""
    if len(parts) == 1:
        text, differs = parts[0]
        return cell_content(text), style["differs_cell" if differs else "text"]
    return runs.of(parts), style["text"]
