"""A raw table and the fit of its header → a frame of canonical fields, one row per record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from reconcile.ingest.headers import Fit, find_header, is_column_numbers, nearest
from reconcile.ingest.rejects import FileProblem
from reconcile.ingest.table import BLANK_PATTERN, RawTable, blank_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconcile.ingest.profiles import Profile

_SHOWN_COLUMNS = 30


@dataclass(frozen=True, slots=True)
class Mapped:
    """The data rows of one table by canonical field.

    ``frame`` columns ``source_row`` and one per field that the file has (as written, null where blank);
    ``headers`` field → header text as written; ``blank`` rows without any content; ``repeated`` row numbers
    of repeated headers.
    """

    fit: Fit
    frame: pl.DataFrame
    headers: dict[str, str]
    blank: int
    repeated: pl.Series


def recognise(table: RawTable, profiles: Sequence[Profile]) -> Fit:
    """Return the header of the table. Raises FileProblem UNKNOWN_LAYOUT where no layout fits."""
    head = table.head(max(p.header_search for p in profiles) + 1)
    fit = find_header(head, profiles)
    if fit is not None and fit.plausible:
        return fit
    shown = max(head, key=lambda cells: sum(1 for c in cells if c and c.strip()), default=())
    closest = fit.profile if fit else nearest(shown, profiles)
    names = [c.strip().replace("\n", " ") for c in shown if c and c.strip()]
    listed = ", ".join(name[:40] for name in names[:_SHOWN_COLUMNS]) or "(không có)"
    if len(names) > _SHOWN_COLUMNS:
        listed += f" … (tất cả {len(names)} cột)"
    raise FileProblem("UNKNOWN_LAYOUT", columns=listed, nearest=closest.name if closest else "không có")


def map_table(table: RawTable, fit: Fit) -> Mapped:
    """Return the rows under the header of ``fit`` by canonical field.

    Raises FileProblem MISSING_COLUMN where a required field has no column.
    """
    start = fit.row + 1
    head = table.head(start + 1)
    if len(head) > start and is_column_numbers(head[start]):
        start += 1
    body = table.cells.slice(start)
    rows = table.rows.slice(start)
    ordinal = {i for i, cell in enumerate(head[fit.row]) if cell and cell.strip().casefold() in {"stt", "tt"}}
    content = body.select([c for i, c in enumerate(body.columns) if i not in ordinal])
    blank = blank_rows(content)
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
    header = [cell or "" for cell in head[fit.row]]
    first = fit.fields[fit.layout.required[0]][0]
    repeated = (body.get_column(f"c{first}") == header[first]).fill_null(value=False)
    if repeated.any():
        same = pl.all_horizontal([pl.col(f"c{n}").eq_missing(pl.lit(header[n])) for n in names])
        repeated = repeated & body.select(same.alias("same"))["same"]
    frame = body.select(
        rows.alias("source_row"),
        *[
            pl.coalesce([_filled(f"c{place}") for place in places]).alias(field)
            for field, places in fit.fields.items()
        ],
    )
    return Mapped(
        fit=fit,
        frame=frame.filter(~blank & ~repeated),
        headers={field: header[places[0]].strip() for field, places in fit.fields.items()},
        blank=int(blank.sum()) + table.blank,
        repeated=rows.filter(repeated & ~blank),
    )


def _filled(column: str) -> pl.Expr:
    return pl.when(~pl.col(column).str.contains(BLANK_PATTERN)).then(pl.col(column))
