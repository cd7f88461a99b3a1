"""The population extract → residents."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from reconcile.ingest.civil import in_order
from reconcile.ingest.files import find_files
from reconcile.ingest.parts import Part, doubted, failed, guarded, located, outside, reported
from reconcile.ingest.profiles import POPULATION, choose_profiles
from reconcile.ingest.rejects import FileProblem, as_rejected, problem, reject_rows
from reconcile.ingest.row_checks import check_cells, named
from reconcile.normalize.columns_dates import dates
from reconcile.normalize.columns_ids import ids
from reconcile.schema import REJECTED, RESIDENTS

if TYPE_CHECKING:
    from reconcile.ingest.files import Found
    from reconcile.ingest.mapping import Mapped
    from reconcile.ingest.table import RawTable


@dataclass(frozen=True, slots=True)
class PopulationInput:
    """What the extract holds: RESIDENTS, REJECTED, one report per table."""

    residents: pl.DataFrame
    rejected: pl.DataFrame
    files: list[dict[str, Any]]


def read_population(path: str | Path, *, profile: str | None = None) -> PopulationInput:
    """Read the population extract: a file, or a folder of which the newest file counts.

    A row without name or date of birth is rejected. A number that repeats stays with its first row, the
    others get ``row:<n>``. Problems with the file are told in ``rejected``, never raised; only a wrong
    ``profile`` raises ReconcileError.
    """
    profiles = choose_profiles("population", profile)
    others = () if profile else choose_profiles("civil")
    given = Path(path)
    found = find_files([given])
    if given.is_dir() and found:
        found = [max(found, key=lambda f: (f.path.stat().st_mtime_ns, f.name))]
    if not found:
        told = as_rejected([problem("EMPTY_FILE", given.as_posix())], POPULATION)
        return PopulationInput(RESIDENTS.empty(), told, [])
    parts = guarded(found[0], profiles, others, _population_part)
    read = [part for part in parts if part.rows is not None]
    for extra in read[1:]:
        words = {"rows": extra.report.rows_read, "first": read[0].report.sheet}
        error = FileProblem("EXTRA_SHEET", **words)
        parts[parts.index(extra)] = failed(found[0], extra.report.sheet, extra.report.sha256, error)
    rejected = [frame for part in parts for frame in part.rejected]
    rows = read[0].rows if read else None
    told = in_order(pl.concat([REJECTED.empty(), *rejected]))
    return PopulationInput(
        RESIDENTS.conform(rows).select(RESIDENTS.names) if rows is not None else RESIDENTS.empty(),
        told.with_columns(pl.col("register").fill_null(POPULATION)),
        [part.report.as_dict() for part in parts],
    )


def _population_part(found: Found, table: RawTable, digest: str | None, mapped: Mapped) -> Part:
    rejected, lost = outside(found, table, mapped)
    rows = located(found, table, mapped)
    read = rows.height + lost
    rows, unusable = _usable(rows, mapped.headers)
    rows, repeats = _identified(rows, mapped.headers)
    rejected += [
        *unusable,
        *repeats,
        *check_cells(rows, POPULATION, {"ngay_sinh": mapped.headers["ngay_sinh"]}),
    ]
    rejected += doubted(rows, mapped)
    report = reported(found, table, digest, mapped, read=read, used=rows.height)
    return Part(report, rows, rejected)


def _usable(rows: pl.DataFrame, headers: dict[str, str]) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """Take out the rows without name or date of birth."""
    births = rows["ngay_sinh"].unique().drop_nulls().sort()
    none = births.filter(dates(births)["notes"].list.contains("BLANK"))
    birthless = pl.col("ngay_sinh").is_null() | pl.col("ngay_sinh").is_in(none.implode())
    flags = rows.select(named("ho_ten").alias("named"), birthless.alias("birthless"))
    if flags["named"].all() and not flags["birthless"].any():
        return rows, []
    marked = rows.with_columns(flags.get_columns())
    nameless = ~pl.col("named")
    empty = pl.col("ho_ten").is_null()
    who = "công dân"
    rejected = [
        reject_rows(marked, nameless & empty, "MISSING_NAME", column=headers["ho_ten"], who=who),
        reject_rows(
            marked, nameless & ~empty, "NAME_NOT_TEXT", column=headers["ho_ten"], value="ho_ten", who=who
        ),
        reject_rows(
            marked,
            pl.col("named") & pl.col("birthless"),
            "MISSING_BIRTH_DATE",
            column=headers["ngay_sinh"],
            value="ngay_sinh",
        ),
    ]
    return marked.filter(~nameless & ~pl.col("birthless")).select(rows.columns), rejected


def _identified(rows: pl.DataFrame, headers: dict[str, str]) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """Give each person a ``resident_id`` and the row; a number counts for the first row that has it."""
    notes: list[pl.DataFrame] = []
    if "so_dinh_danh" in rows.columns:
        read = ids(rows["so_dinh_danh"], ("value", "old", "notes"))
        number = read["value"]
        unread = number.is_null() & read["old"].is_null() & rows["so_dinh_danh"].is_not_null()
        if unread.any():
            blank = read["notes"].list.contains("BLANK").fill_null(value=True)
            header = headers["so_dinh_danh"]
            notes.append(
                reject_rows(
                    rows.filter(unread & ~blank),
                    pl.lit(value=True),
                    "NUMBER_NOT_DIGITS",
                    column=header,
                    value="so_dinh_danh",
                    what=header,
                )
            )
    else:
        number = pl.repeat(None, rows.height, dtype=pl.String, eager=True)
    rows = rows.with_columns(number.alias("resident_id"))
    again = ~number.is_first_distinct() & number.is_not_null()
    if again.any():
        first = rows.filter(number.is_first_distinct()).select("resident_id", first_row="source_row")
        twins = rows.filter(again).join(first, on="resident_id", maintain_order="left")
        notes.append(
            reject_rows(
                twins,
                pl.lit(value=True),
                "REPEATED_ID",
                column=headers["so_dinh_danh"],
                value="so_dinh_danh",
                row=pl.col("first_row"),
            )
        )
    own = pl.when(~again).then("resident_id")
    return rows.with_columns(
        pl.coalesce(own, pl.format("row:{}", "source_row")).alias("resident_id"),
        pl.col("source_row").alias("population_row"),
    ), notes
