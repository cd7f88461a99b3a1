"""A raw table and the fit of its header → a frame of canonical fields, one row per record."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from reconcile.ingest.headers import (
    Fit,
    first_row_fit,
    fits,
    header_rows,
    is_column_numbers,
    second_header_row,
)
from reconcile.ingest.rejects import FileProblem
from reconcile.ingest.table import BLANK_PATTERN, RawTable, blank_rows
from reconcile.normalize.family_names import family_names, plain_family_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconcile.ingest.profiles import Profile

_SHOWN_COLUMNS = 30
_DIGITS = re.compile(r"\d{4}")


@dataclass(frozen=True, slots=True)
class Mapped:
    """The data rows of one table by canonical field.

    ``frame`` columns ``source_row`` and one per field that the file has (as written, null where blank);
    ``headers`` field → header text as written; ``blank`` rows without any content; ``repeated`` row numbers
    of repeated headers; ``above`` row numbers of rows above the header that are as full as a record;
    ``doubts`` field → row numbers of cells whose encoding is not certain.
    """

    fit: Fit
    frame: pl.DataFrame
    headers: dict[str, str]
    blank: int
    repeated: pl.Series
    above: pl.Series
    doubts: dict[str, pl.Series]


def recognise(table: RawTable, profiles: Sequence[Profile], others: Sequence[Profile] = ()) -> Fit:
    """Return the header of the table.

    ``others``: profiles of the other kind of input. Raises FileProblem UNKNOWN_LAYOUT where no layout fits,
    OTHER_KIND where one of ``others`` fits better.
    """
    top = table.head(2)
    if top and (len(top) < 2 or not second_header_row(top[1], profiles)):
        sure = first_row_fit(top[0], table.sheet or "", tuple(profiles), tuple(others))
        if sure is not None:
            return sure
    count = max(p.header_search for p in profiles)
    head = table.head(count)
    rows = header_rows(head, count, table.sheet or "")
    found = fits(rows, profiles)
    if found and found[0].plausible:
        rivals = fits(rows, others)
        if rivals and rivals[0].plausible and rivals[0].rank() > found[0].rank():
            raise FileProblem("OTHER_KIND", what=rivals[0].profile.title)
        return found[0]
    shown = max(head, key=lambda cells: sum(1 for c in cells if c and c.strip()), default=())
    closest = found[0].profile if found else None
    raise FileProblem("UNKNOWN_LAYOUT", columns=_told(shown), nearest=closest.name if closest else "không có")


def _told(row: Sequence[str | None]) -> str:
    """Return the cells of a row that may be a header; only their number where it may as well be a person."""
    names = [c.strip().replace("\n", " ") for c in row if c and c.strip()]
    if any(_may_be_personal(name) for name in names):
        return f"({len(names)} cột; không kể ra vì dòng đầu giống một bản ghi hơn là tiêu đề)"
    listed = ", ".join(name[:40] for name in names[:_SHOWN_COLUMNS]) or "(không có)"
    return listed + (f" … (tất cả {len(names)} cột)" if len(names) > _SHOWN_COLUMNS else "")


def _may_be_personal(cell: str) -> bool:
    """Whether a cell holds a date or number, or capitalised words of which the first is a family name."""
    words = cell.split()
    families = plain_family_names() if cell.isascii() else family_names()
    named = len(words) > 1 and words[0].lower() in families and all(w[0].isupper() for w in words)
    return named or _DIGITS.search(cell) is not None


def map_table(table: RawTable, fit: Fit) -> Mapped:
    """Return the rows under the header of ``fit`` by canonical field.

    Raises FileProblem MISSING_COLUMN where a required field has no column.
    """
    start = fit.header.row + 1
    header = [cell or "" for cell in fit.header.cells]
    below = table.cells.slice(start, 1).rows()
    if below and is_column_numbers(below[0]):
        start += 1
    body = table.cells.slice(start)
    rows = table.rows.slice(start)
    ordinal = {i for i, cell in enumerate(header) if cell.strip().casefold() in {"stt", "tt"}}
    content = body.select([c for i, c in enumerate(body.columns) if i not in ordinal])
    blank = _blank(content, fit)
    if fit.missing:
        codes = {field: code for code, field in reversed(fit.layout.columns.items())}
        raise FileProblem(
            "MISSING_COLUMN",
            columns=", ".join(codes.get(f) or fit.layout.aliases.get(f, (f,))[0] for f in fit.missing),
            profile=fit.profile.name,
            label=fit.layout.label,
            rows=int((~blank).sum()),
        )
    names = [c for places in fit.fields.values() for c in places]
    first = fit.fields[fit.layout.required[0]][0]
    repeated = (body.get_column(f"c{first}") == header[first]).fill_null(value=False)
    if repeated.any():
        same = pl.all_horizontal([pl.col(f"c{n}").eq_missing(pl.lit(header[n])) for n in names])
        repeated = repeated & body.select(same.alias("same"))["same"]
    dirty = _dirty(body, names)
    frame = body.select(
        rows.alias("source_row"),
        *[
            pl.coalesce([_filled(f"c{place}", dirty) for place in places]).alias(field)
            for field, places in fit.fields.items()
        ],
    )
    away = blank | repeated
    return Mapped(
        fit=fit,
        frame=frame.filter(~away) if away.any() else frame,
        headers={field: header[places[0]].strip() for field, places in fit.fields.items()},
        blank=int(blank.sum()) + table.blank,
        repeated=rows.filter(repeated & ~blank),
        above=_above(table, fit),
        doubts=_doubts(table, fit, start),
    )


def _above(table: RawTable, fit: Fit) -> pl.Series:
    """Return the row numbers of rows above the header that are no title line: sorting may have moved the header."""
    count = fit.header.row - bool(fit.header.groups)
    least = max(4, fit.filled // 2)
    full = [
        n
        for n, cells in enumerate(table.head(max(count, 0)))
        if sum(1 for cell in cells if cell and cell.strip()) >= least and not is_column_numbers(cells)
    ]
    return table.rows.gather(full)


def _doubts(table: RawTable, fit: Fit, start: int) -> dict[str, pl.Series]:
    """Return field → row numbers of the cells that were decoded with a doubt."""
    found = {
        field: table.rows.slice(start).filter(table.doubts[f"c{places[0]}"].slice(start))
        for field, places in fit.fields.items()
        if f"c{places[0]}" in table.doubts
    }
    return {field: rows for field, rows in found.items() if rows.len()}


def _blank(content: pl.DataFrame, fit: Fit) -> pl.Series:
    """Return which rows hold nothing; only rows without the first required field are looked at in full."""
    key = next((f"c{p}" for name in fit.layout.required for p in fit.fields.get(name, ())), None)
    if key is None or key not in content.columns:
        return blank_rows(content)
    suspect = content.select((pl.col(key).is_null() | pl.col(key).str.contains(BLANK_PATTERN)).alias("b"))[
        "b"
    ]
    if not suspect.any():
        return suspect
    at = suspect.arg_true()
    return suspect.scatter(at, blank_rows(content[at]))


def _dirty(body: pl.DataFrame, places: list[int]) -> set[str]:
    """Return the columns with cells that hold blanks only; the others can stay as they are."""
    found = body.select([pl.col(f"c{n}").str.contains(BLANK_PATTERN).any() for n in dict.fromkeys(places)])
    return {name for name in found.columns if found[name].item()}


def _filled(column: str, dirty: set[str]) -> pl.Expr:
    if column not in dirty:
        return pl.col(column)
    return pl.when(~pl.col(column).str.contains(BLANK_PATTERN)).then(pl.col(column))
