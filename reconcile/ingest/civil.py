"""Civil registers: files and folders → records, the persons they mention, and what could not be used."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from reconcile.ingest import addresses
from reconcile.ingest.files import FileReport, Found, find_files
from reconcile.ingest.mapping import Mapped, map_table, recognise
from reconcile.ingest.persons import mentions as mentions_of
from reconcile.ingest.profiles import RECORD_FIELDS, choose_profiles
from reconcile.ingest.reading import read_tables
from reconcile.ingest.rejects import FileProblem, as_rejected, problem, reject_rows
from reconcile.publishing import file_sha256
from reconcile.schema import MENTION_ROLES, MENTIONS, RECORDS, REJECTED, ROLES

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from reconcile.ingest.profiles import Profile

_LETTER = r"\p{L}"
_PRINCIPAL = {"KS": ("nks",), "KH": ("chong", "vo"), "KT": ("nkt",), "CMC": ("cm", "nc"), "HN": ("nxn",)}
"""Register → the persons of whom one at least must have a name."""


@dataclass(frozen=True, slots=True)
class CivilInput:
    """What the registers hold: RECORDS (comparable columns null), MENTIONS, REJECTED, one report per table."""

    records: pl.DataFrame
    mentions: pl.DataFrame
    rejected: pl.DataFrame
    files: list[dict[str, Any]]


@dataclass(slots=True)
class _Part:
    """One table of one file on its way: rows by field with their origin, or nothing where it can't be used."""

    report: FileReport
    rows: pl.DataFrame | None
    rejected: list[pl.DataFrame]


def read_civil(
    paths: Sequence[str | Path] | str | Path,
    *,
    profile: str | None = None,
    as_of: dt.date | None = None,  # noqa: ARG001 - part of the interface; dates are judged by the normaliser
    root: str | Path | None = None,
) -> CivilInput:
    """Read civil registers: files, or folders searched to any depth.

    ``profile`` forces a source profile; ``root`` is the folder that file names are relative to. A file or
    row that can't be used is told in ``rejected``; for every table rows read = rows used + rows rejected.
    Raises ReconcileError only where the profiles themselves are wrong.
    """
    given = [Path(paths)] if isinstance(paths, str | Path) else [Path(p) for p in paths]
    profiles = choose_profiles("civil", profile)
    parts = [
        part
        for found in find_files(given, Path(root) if root else None)
        for part in _read_file(found, profiles)
    ]
    by_register: dict[str, list[pl.DataFrame]] = {}
    for part in parts:
        if part.rows is not None:
            by_register.setdefault(str(part.report.register), []).append(part.rows)
    records: list[pl.DataFrame] = []
    mentions: list[pl.DataFrame] = []
    rejected = [frame for part in parts for frame in part.rejected]
    dropped = REJECTED.empty()
    for register in sorted(by_register):
        rows, notes = _identify(pl.concat(by_register[register], how="diagonal"))
        rejected.append(notes)
        dropped = pl.concat([dropped, notes.filter("fatal")])
        records.append(RECORDS.conform(rows).select(RECORDS.names))
        mentions.append(mentions_of(rows, register))
    return CivilInput(
        records=pl.concat(records) if records else RECORDS.empty(),
        mentions=pl.concat(mentions) if mentions else MENTIONS.empty(),
        rejected=_sorted(pl.concat(rejected) if rejected else REJECTED.empty()),
        files=[_final(part, dropped).as_dict() for part in parts],
    )


def _sorted(rejected: pl.DataFrame) -> pl.DataFrame:
    return rejected.sort(
        "source_file", "source_sheet", "source_row", "code", "column", nulls_last=False, maintain_order=True
    )


def _final(part: _Part, dropped: pl.DataFrame) -> FileReport:
    """Return the report after duplicates of other files were taken out."""
    from dataclasses import replace

    report = part.report
    if part.rows is None:
        return report
    same = (pl.col("source_file") == report.path) & pl.col("source_sheet").eq_missing(pl.lit(report.sheet))
    lost = dropped.filter(same).height
    return replace(report, rows_used=report.rows_used - lost, rows_rejected=report.rows_rejected + lost)


def _read_file(found: Found, profiles: Sequence[Profile]) -> list[_Part]:
    """Return the parts of one file; whatever goes wrong stays inside this file."""
    digest: str | None = None
    try:
        tables = read_tables(found.path, found.name)
        digest = file_sha256(found.path)
    except FileProblem as error:
        return [_failed(found, None, digest, error)]
    except Exception as error:  # noqa: BLE001 - the boundary of one file: the others go on
        return [_failed(found, None, digest, FileProblem("UNREADABLE", kind=type(error).__name__))]
    parts: list[_Part] = []
    for table in tables:
        try:
            mapped = map_table(table, recognise(table, profiles))
            part = _part(found, table.sheet, digest, mapped)
            part.rejected.append(as_rejected(table.problems, mapped.fit.layout.register_))
        except FileProblem as error:
            part = _failed(found, table.sheet, digest, error)
        except Exception as error:  # noqa: BLE001 - as above
            part = _failed(found, table.sheet, digest, FileProblem("UNREADABLE", kind=type(error).__name__))
        parts.append(part)
    read = [part for part in parts if part.rows is not None]
    return read or parts


def _failed(found: Found, sheet: str | None, digest: str | None, error: FileProblem) -> _Part:
    told = error.told(found.name, sheet)
    rows = error.words.get("rows", 0)
    count = rows if isinstance(rows, int) else 0
    report = FileReport(found.name, sheet, digest, rows_read=count, rows_rejected=count, problem=error.code)
    rejected = as_rejected([told]).with_columns(
        pl.lit(found.folder_commune).cast(pl.String).alias("commune_code")
    )
    return _Part(report, None, [rejected])


def _part(found: Found, sheet: str | None, digest: str | None, mapped: Mapped) -> _Part:
    layout = mapped.fit.layout
    register = layout.register_
    rows = mapped.frame.with_columns(
        pl.lit(found.name).alias("source_file"),
        pl.lit(register).alias("register"),
        pl.lit(sheet).cast(pl.String).alias("source_sheet"),
        pl.lit(mapped.fit.profile.name).alias("profile"),
        pl.lit(found.folder_commune).cast(pl.String).alias("folder_commune"),
    )
    read = rows.height + mapped.repeated.len()
    rows, rejected = _check_names(rows, register, mapped.headers)
    if mapped.repeated.len():
        again = [
            problem("REPEATED_HEADER", found.name, sheet=sheet, row=row) for row in mapped.repeated.to_list()
        ]
        rejected.append(as_rejected(again, register))
    fit = mapped.fit
    used = sum(len(places) for places in fit.fields.values())
    report = FileReport(
        found.name,
        sheet,
        digest,
        profile=fit.profile.name,
        register=register,
        rows_read=read,
        rows_used=rows.height,
        rows_rejected=read - rows.height,
        rows_blank=mapped.blank,
        columns_used=used,
        columns_other=fit.filled - used,
    )
    return _Part(report, rows, rejected)


def _check_names(
    rows: pl.DataFrame, register: str, headers: dict[str, str]
) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """Take out the rows without any person to look for; blank the names that are no names."""
    rejected: list[pl.DataFrame] = []
    roles = [role for role in MENTION_ROLES[register] if f"{role}.ho_ten" in rows.columns]
    principal = [role for role in _PRINCIPAL[register] if role in roles]
    who = " hoặc ".join(ROLES[role] for role in principal)
    named = {role: pl.col(f"{role}.ho_ten").str.contains(_LETTER).fill_null(value=False) for role in roles}
    nobody = ~pl.any_horizontal([named[role] for role in principal])
    first = f"{principal[0]}.ho_ten"
    empty = pl.all_horizontal([pl.col(f"{role}.ho_ten").is_null() for role in principal])
    rejected.append(reject_rows(rows, nobody & empty, "MISSING_NAME", column=headers[first], who=who))
    rejected.append(
        reject_rows(rows, nobody & ~empty, "NAME_NOT_TEXT", column=headers[first], value=first, who=who)
    )
    rows = rows.filter(~nobody)
    for role in roles:
        column = f"{role}.ho_ten"
        wrong = ~named[role] & pl.col(column).is_not_null()
        rejected.append(
            reject_rows(
                rows, wrong, "PERSON_WITHOUT_NAME", column=headers[column], value=column, who=ROLES[role]
            )
        )
    return rows.with_columns(
        [pl.when(named[role]).then(pl.col(f"{role}.ho_ten")).alias(f"{role}.ho_ten") for role in roles]
    ), rejected


def _identify(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give each row its record id; take out rows that repeat an earlier one in every cell."""
    own = {"source_file", "source_sheet", "source_row", "profile", "folder_commune", "register"}
    fields = sorted(name for name in rows.columns if name not in own)
    for name in RECORD_FIELDS:
        if name not in rows.columns:
            rows = rows.with_columns(pl.lit(None).cast(pl.String).alias(name))
    rows = rows.sort("source_file", "source_sheet", "source_row", nulls_last=False)
    rows = rows.with_columns(addresses.content_hashes(rows, fields))
    place = [
        addresses.place_keys(rows["noi_dang_ky"], None).fill_null("").alias("place"),
    ]
    rows = rows.with_columns(place).with_columns(
        pl.when(pl.col("place") == "").then("folder_commune").otherwise("place").alias("place"),
        addresses.numbers("so").alias("number"),
        addresses.books("quyen_so").alias("book"),
        pl.coalesce(
            addresses.years("ngay_dang_ky"), addresses.years("so"), addresses.years("quyen_so")
        ).alias("year"),
    )
    key = ["place", "content"]
    rows = rows.with_columns(
        pl.col("source_row").first().over(key).alias("first_row"),
        pl.col("source_file").first().over(key).alias("first_file"),
        (pl.int_range(pl.len()).over(key) > 0).alias("again"),
    )
    notes = reject_rows(
        rows, pl.col("again"), "DUPLICATE_ROW", row=pl.col("first_row"), file=pl.col("first_file")
    )
    kept = rows.filter(~pl.col("again"))
    kept = kept.with_columns(addresses.record_ids(kept).alias("record_id"))
    return kept.drop("first_row", "first_file", "again", "content", "place", "year", "number", "book"), notes
