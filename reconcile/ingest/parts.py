"""One register file → its parts: one per table, with rows by field or the reason why there are none."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import polars as pl

from reconcile.ingest.files import FileReport, Found
from reconcile.ingest.mapping import Mapped, map_table
from reconcile.ingest.reading import read_tables
from reconcile.ingest.rejects import FileProblem, as_rejected, problem, reject_rows, wordings
from reconcile.ingest.sheets import choose_tables
from reconcile.publishing import file_sha256

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from reconcile.ingest.profiles import Profile
    from reconcile.ingest.table import RawTable


@dataclass(slots=True)
class Part:
    """One table of one file: its report, its rows (None: not read), REJECTED frames, field → header as written."""

    report: FileReport
    rows: pl.DataFrame | None
    rejected: list[pl.DataFrame] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)


def read_parts(found: Found, profiles: Sequence[Profile], others: Sequence[Profile] = ()) -> list[Part]:
    """Return the parts of one register file, their cells not yet checked (``checks.check_parts``).

    Whatever goes wrong stays inside this file.
    """
    return guarded(found, profiles, others, _civil_part)


def guarded(
    found: Found,
    profiles: Sequence[Profile],
    others: Sequence[Profile],
    read: Callable[[Found, RawTable, str | None, Mapped], Part],
) -> list[Part]:
    """Read a file's tables with ``read``; a failure becomes a part that says so, without a traceback."""
    digest: str | None = None
    try:
        digest = file_sha256(found.path)
        chosen = choose_tables(read_tables(found.path, found.name), profiles, others)
    except FileProblem as error:
        return [failed(found, None, digest, error)]
    except PermissionError:
        return [failed(found, None, digest, FileProblem("NO_PERMISSION"))]
    except Exception as error:  # noqa: BLE001 - the boundary of one file: the others go on
        return [failed(found, None, digest, FileProblem("UNREADABLE", kind=type(error).__name__))]
    parts: list[Part] = []
    for choice in chosen:
        table = choice.table
        try:
            if choice.fit is None:
                raise choice.problem or FileProblem("EMPTY_FILE")
            part = read(found, table, digest, map_table(table, choice.fit))
        except FileProblem as error:
            part = failed(found, table.sheet, digest, error)
        except Exception as error:  # noqa: BLE001 - as above
            part = failed(found, table.sheet, digest, FileProblem("UNREADABLE", kind=type(error).__name__))
        parts.append(part)
    return parts


def failed(found: Found, sheet: str | None, digest: str | None, error: FileProblem) -> Part:
    """Return the part of a file or sheet that can't be used."""
    rows = error.words.get("rows", 0)
    count = rows if isinstance(rows, int) else 0
    report = FileReport(found.name, sheet, digest, rows_read=count, rows_rejected=count, problem=error.code)
    told = as_rejected([error.told(found.name, sheet)])
    return Part(
        report, None, [told.with_columns(pl.lit(found.folder_commune, pl.String).alias("commune_code"))]
    )


def located(found: Found, table: RawTable, mapped: Mapped) -> pl.DataFrame:
    """Return the rows with the columns that say where each comes from."""
    return mapped.frame.with_columns(
        pl.lit(found.name).alias("source_file"),
        pl.lit(mapped.fit.layout.register_).alias("register"),
        pl.lit(table.sheet, pl.String).alias("source_sheet"),
        pl.lit(mapped.fit.profile.name).alias("profile"),
        pl.lit(found.folder_commune, pl.String).alias("folder_commune"),
    )


def outside(found: Found, table: RawTable, mapped: Mapped) -> tuple[list[pl.DataFrame], int]:
    """Return REJECTED frames of rows that never became a row of fields, and how many rows that are."""
    register = mapped.fit.layout.register_
    again = [
        problem("REPEATED_HEADER", found.name, sheet=table.sheet, row=row)
        for row in mapped.repeated.to_list()
    ]
    above = [
        problem("ROW_ABOVE_HEADER", found.name, sheet=table.sheet, row=row) for row in mapped.above.to_list()
    ]
    told = [*table.problems, *above, *again]
    if mapped.frame.is_empty() and not told:
        told.append(problem("NO_ROWS", found.name, sheet=table.sheet))
    rows = sum(1 for p in told if p.row is not None and wordings()[p.code].fatal)
    frame = as_rejected(told, register)
    return [frame.with_columns(pl.lit(found.folder_commune, pl.String).alias("commune_code"))], rows


def reported(
    found: Found, table: RawTable, digest: str | None, mapped: Mapped, *, read: int, used: int
) -> FileReport:
    """Return the report of a table that was read."""
    fit = mapped.fit
    columns = sum(len(places) for places in fit.fields.values())
    return FileReport(
        found.name,
        table.sheet,
        digest,
        profile=fit.profile.name,
        register=fit.layout.register_,
        rows_read=read,
        rows_used=used,
        rows_rejected=read - used,
        rows_blank=mapped.blank,
        columns_used=columns,
        columns_other=fit.filled - columns,
    )


def doubted(rows: pl.DataFrame, mapped: Mapped) -> list[pl.DataFrame]:
    """Return REJECTED notes for the cells whose encoding is not certain."""
    return [
        reject_rows(
            rows,
            pl.col("source_row").is_in(at.implode()),
            "DOUBTFUL_ENCODING",
            column=mapped.headers[field],
            value=field,
        )
        for field, at in mapped.doubts.items()
    ]


def _civil_part(found: Found, table: RawTable, digest: str | None, mapped: Mapped) -> Part:
    rejected, lost = outside(found, table, mapped)
    rows = located(found, table, mapped)
    report = reported(found, table, digest, mapped, read=rows.height + lost, used=rows.height)
    return Part(report, rows, [*rejected, *doubted(rows, mapped)], mapped.headers)


def without(part: Part, dropped: int) -> FileReport:
    """Return the report of a part of which ``dropped`` further rows were taken out."""
    report = part.report
    return replace(report, rows_used=report.rows_used - dropped, rows_rejected=report.rows_rejected + dropped)
