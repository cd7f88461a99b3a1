"""The population extract → residents."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from reconcile.ingest.files import FileReport, Found, find_files
from reconcile.ingest.mapping import map_table, recognise
from reconcile.ingest.profiles import POPULATION, choose_profiles
from reconcile.ingest.reading import read_tables
from reconcile.ingest.rejects import FileProblem, as_rejected, problem, reject_rows
from reconcile.publishing import file_sha256
from reconcile.schema import REJECTED, RESIDENTS

if TYPE_CHECKING:
    from reconcile.ingest.mapping import Mapped


@dataclass(frozen=True, slots=True)
class PopulationInput:
    """What the extract holds: RESIDENTS, REJECTED, one report per table."""

    residents: pl.DataFrame
    rejected: pl.DataFrame
    files: list[dict[str, Any]]


def read_population(path: str | Path, *, profile: str | None = None) -> PopulationInput:
    """Read the population extract: a file, or a folder of which the newest file counts.

    A row without name or date of birth is rejected. A number that repeats stays with its first row; the
    others get ``row:<n>``. Problems with the file are told in ``rejected``, never raised.
    """
    given = Path(path)
    found = find_files([given])
    if given.is_dir() and found:
        newest = max(found, key=lambda f: (f.path.stat().st_mtime_ns, f.name))
        found = [newest]
    if not found:
        told = as_rejected([problem("EMPTY_FILE", given.as_posix())], POPULATION)
        return PopulationInput(RESIDENTS.empty(), told, [])
    return _read(found[0], profile)


def _read(found: Found, profile: str | None) -> PopulationInput:
    profiles = choose_profiles("population", profile)
    digest: str | None = None
    try:
        tables = read_tables(found.path, found.name)
        digest = file_sha256(found.path)
        failure: FileProblem | None = None
        for table in tables:
            try:
                mapped = map_table(table, recognise(table, profiles))
            except FileProblem as error:
                failure = failure or error
                continue
            result = _residents(found, table.sheet, digest, mapped)
            notes = as_rejected(table.problems, POPULATION)
            return PopulationInput(result.residents, pl.concat([result.rejected, notes]), result.files)
        raise failure or FileProblem("EMPTY_FILE")
    except FileProblem as error:
        told = error.told(found.name)
        report = FileReport(found.name, None, digest, problem=error.code)
    except Exception as error:  # noqa: BLE001 - the boundary of one file
        told = problem("UNREADABLE", found.name, kind=type(error).__name__)
        report = FileReport(found.name, None, digest, problem="UNREADABLE")
    return PopulationInput(RESIDENTS.empty(), as_rejected([told], POPULATION), [report.as_dict()])


def _residents(found: Found, sheet: str | None, digest: str, mapped: Mapped) -> PopulationInput:
    rows = mapped.frame.with_columns(
        pl.lit(found.name).alias("source_file"),
        pl.lit(sheet).cast(pl.String).alias("source_sheet"),
        pl.lit(POPULATION).alias("register"),
    )
    read = rows.height + mapped.repeated.len()
    headers = mapped.headers
    nameless = pl.col("ho_ten").is_null()
    not_text = ~pl.col("ho_ten").str.contains(r"\p{L}").fill_null(value=True)
    unborn = pl.col("ngay_sinh").is_null() & ~nameless & ~not_text
    who = "công dân"
    rejected = [
        reject_rows(rows, nameless, "MISSING_NAME", column=headers["ho_ten"], who=who),
        reject_rows(rows, not_text, "NAME_NOT_TEXT", column=headers["ho_ten"], value="ho_ten", who=who),
        reject_rows(rows, unborn, "MISSING_BIRTH_DATE", column=headers["ngay_sinh"]),
    ]
    if mapped.repeated.len():
        again = [
            problem("REPEATED_HEADER", found.name, sheet=sheet, row=row) for row in mapped.repeated.to_list()
        ]
        rejected.append(as_rejected(again, POPULATION))
    rows = rows.filter(~(nameless | not_text | unborn))
    rows = rows.with_columns(_twelve(rows).alias("resident_id"))
    rows = rows.with_columns(
        pl.col("source_row").first().over("resident_id").alias("first_row"),
    ).with_columns(
        (pl.col("resident_id").is_not_null() & (pl.col("source_row") != pl.col("first_row"))).alias("again")
    )
    if rows["again"].any():
        rejected.append(
            reject_rows(
                rows,
                pl.col("again"),
                "REPEATED_ID",
                column=headers.get("so_dinh_danh"),
                value="so_dinh_danh",
                row=pl.col("first_row"),
            )
        )
    number = pl.when(~pl.col("again")).then("resident_id")
    rows = rows.with_columns(
        pl.coalesce(number, pl.format("row:{}", "source_row")).alias("resident_id"),
        pl.col("source_row").alias("population_row"),
    )
    used = sum(len(places) for places in mapped.fit.fields.values())
    report = FileReport(
        found.name,
        sheet,
        digest,
        profile=mapped.fit.profile.name,
        register=POPULATION,
        rows_read=read,
        rows_used=rows.height,
        rows_rejected=read - rows.height,
        rows_blank=mapped.blank,
        columns_used=used,
        columns_other=mapped.fit.filled - used,
    )
    told = pl.concat(rejected).sort("source_row", "code", maintain_order=True)
    return PopulationInput(
        RESIDENTS.conform(rows).select(RESIDENTS.names),
        REJECTED.conform(told),
        [report.as_dict()],
    )


def _twelve(rows: pl.DataFrame) -> pl.Series:
    """Return the 12-digit number of each row, zeros that Excel took put back; null where there is none."""
    if "so_dinh_danh" not in rows.columns:
        return pl.repeat(None, rows.height, dtype=pl.String, eager=True)
    digits = pl.col("so_dinh_danh").str.replace(r"\.0+$", "").str.replace_all(r"[^0-9]", "")
    return rows.select(
        pl.when(digits.str.len_bytes().is_between(10, 12)).then(digits.str.zfill(12)).alias("id")
    )["id"]
