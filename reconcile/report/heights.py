"""How many lines each row of a sheet needs, worked out for whole columns: a commune's report has a hundred thousand cells."""

from __future__ import annotations

from itertools import accumulate
from math import ceil

import polars as pl
import pyarrow as pa

from reconcile.report.typeface import letter_widths, room_of, wrapped_lines

MOST_LINES = 12

_SURE = 0.7
"""Text shorter than this share of a column's width is on one line, even in capitals."""

_BLANK, _BREAK = ord(" "), ord("\n")


Widths = list[tuple[str, float]]
"""Columns of a sheet and their widths in characters."""


def lines_of(sheets: list[tuple[pl.DataFrame, Widths]]) -> list[pl.Series]:
    """Estimate how many lines the tallest cell of each row of each sheet needs, words not being cut, at most MOST_LINES.

    Only texts that may not fit one line are measured, each distinct one of all the sheets once.
    """
    least, cells, height = [], [], 0
    for rows, widths in sheets:
        pieces = rows.select(pl.col(key).str.count_matches("\n", literal=True) + 1 for key, _ in widths)
        long = rows.select(pl.col(key).str.len_chars() >= ceil(_SURE * width) for key, width in widths)
        for key, width in widths:
            at = long[key].arg_true()
            if at.len():
                text, count = rows[key].gather(at), pieces[key].gather(at)
                found = {"at": at + height, "text": text, "pieces": count}
                cells.append(pl.DataFrame(found).with_columns(width=pl.lit(float(width))))
        least.append(pieces.select(pl.max_horizontal(pl.all()).clip(1, MOST_LINES)).to_series())
        height += rows.height
    if not least:
        return []
    lines = pl.concat(least)
    if cells:
        distinct = pl.concat(cells).group_by("text", "pieces", "width").agg("at")
        told = distinct.select("at", lines=lines_of_texts(distinct)).explode("at")
        tallest = told.group_by("at").max()
        most = pl.max_horizontal(lines.gather(tallest["at"]), "lines").clip(1, MOST_LINES)
        lines = lines.scatter(tallest["at"], tallest.select(most).to_series())
    stops = list(accumulate(rows.height for rows, _ in sheets))
    return [lines[stop - rows.height : stop] for stop, (rows, _) in zip(stops, sheets, strict=True)]


def lines_of_texts(cells: pl.DataFrame) -> pl.Series:
    """Return how many lines each text needs, counted up to MOST_LINES for each of its pieces.

    ``cells``: ``text``; ``pieces``, between its line breaks; ``width`` of its column in characters. All texts lie behind
    each other as one, of which each letter's width is looked up and summed; where a line ends is then a search in the sums.
    """
    whole = cells["text"].str.join("\n").item() + "\n"
    letters = _letters(whole)
    widths = letter_widths(letters)
    sums = widths.cum_sum()
    stop = ((letters == _BLANK) | (letters == _BREAK)).arg_true()
    words = pl.DataFrame(
        {
            "stop": stop.cast(pl.Int64),
            "with": sums.gather(stop),
            "after": (sums - widths).gather(stop),
            "last": letters.gather(stop) == _BREAK,
        }
    ).with_columns(
        begin=pl.col("stop").shift(1, fill_value=-1) + 1,
        before=pl.col("with").shift(1, fill_value=0),
        piece=pl.col("last").cum_sum() - pl.col("last"),
    )
    pieces = _pieces(cells, words)
    too_wide = words["after"] - words["before"] > pieces["room"].gather(words["piece"])
    odd = words["piece"].filter(too_wide | (words["begin"] == words["stop"])).unique()
    by_itself = zip(*(pieces[name].gather(odd) for name in ("begin", "stop", "width")), strict=True)
    counted = [wrapped_lines(whole[begin:stop], width) for begin, stop, width in by_itself]
    lines = pl.repeat(1, pieces.height, dtype=pl.UInt32, eager=True).scatter(odd, counted)
    left = pieces.select("piece", "first", "last", "room").filter(~pl.col("piece").is_in(odd.implode()))
    for number in range(2, MOST_LINES + 1):
        full = words["before"].gather(left["first"]) + left["room"]
        next_word = words["after"].search_sorted(full, side="right").cast(pl.Int64)
        left = left.with_columns(first=next_word).filter(pl.col("first") <= pl.col("last"))
        if left.is_empty():
            break
        lines = lines.scatter(left["piece"], number)
    sure = pl.col("stop") - pl.col("begin") < pl.col("width") * _SURE
    told = pieces.select("cell", lines=pl.when(sure).then(1).otherwise(lines))
    return told.group_by("cell", maintain_order=True).sum()["lines"]


def _pieces(cells: pl.DataFrame, words: pl.DataFrame) -> pl.DataFrame:
    """Return the pieces between line breaks: their cell, first and last word, first letter and end, width and room."""
    room = {width: int(room_of(width)) for width in cells["width"].unique()}
    last = words["last"].arg_true().cast(pl.Int64)
    first = last.shift(1, fill_value=-1) + 1
    return (
        cells.select("width", "pieces", cell=pl.int_range(pl.len()))
        .select(pl.col("cell", "width").repeat_by("pieces").explode())
        .with_columns(
            first=first,
            last=last,
            begin=words["begin"].gather(first),
            stop=words["stop"].gather(last),
            room=pl.col("width").replace_strict(room, return_dtype=pl.Int64),
        )
        .with_row_index("piece")
    )


def _letters(text: str) -> pl.Series:
    code = pa.py_buffer(text.encode("utf-32-le"))
    found = pl.from_arrow(pa.Array.from_buffers(pa.uint32(), len(text), [None, code]))
    assert isinstance(found, pl.Series)
    return found
