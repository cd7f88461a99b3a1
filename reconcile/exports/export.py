"""One export, readable as a list of steps: decisions and register files in, a folder per kind out, whole or not at all."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from reconcile.exports import lists
from reconcile.exports.books import make_books, write_book
from reconcile.exports.convert import CELL_PROBLEMS, convert
from reconcile.exports.corrections import corrections
from reconcile.exports.placing import CHANGES
from reconcile.exports.scans import PROBLEMS, expected_names, find_scans, match_scans
from reconcile.exports.templates import value_rules
from reconcile.ingest import read_civil, read_originals
from reconcile.normalize.tables import normalize_records
from reconcile.problems import ReconcileError
from reconcile.protection.files import for_people, write_text
from reconcile.publishing import MANIFEST, file_sha256, published
from reconcile.report.layout import UNKNOWN_COMMUNE
from reconcile.report.responsible import kept

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from reconcile.exports.convert import Converted
    from reconcile.ingest import CivilInput

KINDS = ("hotich", "dancu", "template")
"""What can be exported: changes to the register, changes for the police, corrected rows for re-import."""

ROWS = ("corrected", "books", "all")
"""Rows of a template export: the corrected ones; all of the books that hold one; every row."""


@dataclass(frozen=True, slots=True)
class ExportResult:
    """What an export wrote. ``summary`` is its ``summary.json``; ``files`` are below ``out``."""

    kind: str
    out: Path
    files: list[Path]
    summary: dict[str, Any]

    @property
    def exit_status(self) -> int:
        """0 done, 1 done, but something could not be written as decided."""
        return 1 if self.summary["counts"].get("not_placed") else 0


def export(
    kind: str,
    decisions: pl.DataFrame,
    civil: Sequence[str | Path] | str | Path,
    out: str | Path,
    *,
    scans: Sequence[str | Path] = (),
    discrepancies: pl.DataFrame | None = None,
    communes: Collection[str] = (),
    rows: str = "corrected",
    profile: str | None = None,
    root: str | Path | None = None,
    as_of: dt.date | None = None,
) -> ExportResult:
    """Write what the decisions ask of one office, one folder per commune below ``out``.

    ``decisions``: current decisions as the ledger gives them. ``civil``: the register files that were decided on.
    ``discrepancies``: of the run, to carry decisions on groups to their members. ``communes``: only these;
    none = all; as they are on ``as_of`` (default today): a commune keeps the books of those that merged into it. ``rows``: see ``ROWS`` (kind ``template``). Sources that were never in the template
    (``rules/templates/values.toml``, ``[sources]``) are converted whole whatever ``rows`` says.
    Raises ReconcileError where an argument is wrong or ``out`` holds something that an export did not write.
    """
    if kind not in KINDS:
        raise ReconcileError(f"{kind!r} can't be exported. Use one of: {', '.join(KINDS)}.")
    if rows not in ROWS:
        raise ReconcileError(f"--rows {rows!r} is not known. Use one of: {', '.join(ROWS)}.")
    day = as_of or dt.date.today()  # noqa: DTZ011 - the office's own calendar day
    books = read_civil(civil, profile=profile, root=root)
    records = normalize_records(books.records)
    records = records.with_columns(kept(records, "registered_earliest", day)["commune_code"].alias("keeper"))
    side = "dancu" if kind == "dancu" else "hotich"
    asked = corrections(side, decisions, records, books.mentions, discrepancies)
    found = find_scans([Path(folder) for folder in scans]) if scans else None
    if communes:
        _check_communes(communes, {*records["keeper"], *asked["commune"]} - {None})
        asked = asked.filter(pl.col("commune").is_in(list(communes)))
        records = records.filter(pl.col("keeper").is_in(list(communes)))
    with published(Path(out)) as folder:
        if kind == "dancu":
            counts = _write_dancu(folder, asked)
        else:
            wanted = _wanted(rows, records, asked) if kind == "template" else _corrected(records, asked)
            tables = _convert(civil, wanted, asked, profile, root)
            matched = (
                match_scans(records.join(wanted, on="record_id", how="semi"), found)
                if found is not None
                else None
            )
            told = _outcome(asked, tables, records)
            if kind == "hotich":
                counts = _write_hotich(folder, told)
            else:
                counts = _write_template(folder, told, tables, records, matched)
                counts["rows_left_out"] = records.height - wanted.height
        counts |= {"rejected_rows": _rejected(books)}
        return _publish(kind, Path(out), folder, counts)


def _check_communes(wanted: Collection[str], known: set[str]) -> None:
    """Raise where a commune has neither a record nor a correction."""
    strangers = sorted(set(wanted) - known)
    if strangers:
        raise ReconcileError(
            f"No record and no correction belongs to commune {', '.join(strangers)}. "
            f"Communes that keep the books today: {', '.join(sorted(known))}."
        )


def _rejected(books: CivilInput) -> int:
    return books.rejected.filter(pl.col("fatal") & pl.col("source_row").is_not_null()).height


def _corrected(records: pl.DataFrame, asked: pl.DataFrame) -> pl.DataFrame:
    return records.join(asked.select("record_id").unique(), on="record_id", how="semi", maintain_order="left")


def _wanted(rows: str, records: pl.DataFrame, asked: pl.DataFrame) -> pl.DataFrame:
    """Return the records whose rows go into the template."""
    named = pl.col("record_id").is_in(asked["record_id"].drop_nulls().unique().implode())
    if rows == "all":
        return records
    convert_all = pl.col("profile").is_in(value_rules()["sources"]["convert"])
    if rows == "books":
        book = ["commune_code", "register", "book_year", "book"]
        touched = records.filter(named).select(book).unique()
        whole = records.join(touched, on=book, how="semi", nulls_equal=True).select("record_id")
        named = pl.col("record_id").is_in(whole["record_id"].unique().implode())
    return records.filter(named | convert_all)


def _convert(
    civil: Sequence[str | Path] | str | Path,
    wanted: pl.DataFrame,
    asked: pl.DataFrame,
    profile: str | None,
    root: str | Path | None,
) -> list[Converted]:
    """Read the wanted rows' files again, with all their columns, and convert them."""
    files = set(wanted["source_file"].unique().to_list())
    made = []
    for table in read_originals(civil, profile=profile, root=root, only=files):
        here = wanted.filter(
            (pl.col("source_file") == table.source_file)
            & pl.col("source_sheet").eq_missing(pl.lit(table.source_sheet, pl.String))
        )
        if not here.is_empty():
            made.append(convert(table, here, asked))
    return made


def _outcome(asked: pl.DataFrame, tables: list[Converted], records: pl.DataFrame) -> pl.DataFrame:
    """Return the corrections with the column they went to, or ``why_not``."""
    changes = pl.concat([pl.DataFrame(schema=CHANGES), *(table.changes for table in tables)])
    done = changes.unique("decision_id", keep="first", maintain_order=True).select(
        "decision_id", "column", "why_not"
    )
    names = records.unique("record_id", keep="first").with_columns(
        expected_names(records.unique("record_id", keep="first"))
    )
    return (
        asked.join(done.with_columns(pl.lit(value=True).alias("met")), on="decision_id", how="left", maintain_order="left")
        .join(names.select("record_id", "expected"), on="record_id", how="left", maintain_order="left")
        .with_columns(pl.when(pl.col("record_id").is_null())
            .then(pl.lit("NOT_KEYED"))
            .when(pl.col("met").is_null()).then(pl.lit("NO_RECORD")).otherwise("why_not").alias("why_not"))
        .drop("met")
    )  # fmt: skip


def _write_hotich(folder: Path, told: pl.DataFrame) -> dict[str, int]:
    rows = lists.hotich_rows(told)
    for (commune,), part in rows.group_by("commune", maintain_order=True):
        place = folder / str(commune)
        place.mkdir()
        lists.write_hotich(place / f"sua-ho-tich_{commune}.xlsx", part)
    return {"corrections": told.height, "not_placed": told["why_not"].drop_nulls().len()}


def _write_dancu(folder: Path, asked: pl.DataFrame) -> dict[str, int]:
    rows = lists.dancu_rows(asked)
    for (commune,), part in rows.group_by("commune", maintain_order=True):
        place = folder / str(commune)
        place.mkdir()
        lists.write_dancu(place / f"sua-dan-cu_{commune}.xlsx", part)
    return {
        "corrections": asked.height,
        "without_value": asked.filter(pl.coalesce("should", "instead").is_null()).height,
    }


def _write_template(
    folder: Path,
    told: pl.DataFrame,
    tables: list[Converted],
    records: pl.DataFrame,
    matched: pl.DataFrame | None,
) -> dict[str, int]:
    books, further = make_books(tables, records, matched)
    unread: dict[str, str] = {}
    pages = 0
    for book in books:
        _, bad = write_book(folder, book)
        pages += len(book.pages) - len(bad)
        unread |= dict(bad)
    cells = pl.concat([pl.DataFrame(schema=CELL_PROBLEMS), *(table.cells for table in tables), further])
    faults = _scan_problems(records, tables, matched, unread)
    not_placed = lists.hotich_rows(told.filter(pl.col("why_not").is_not_null()))
    home = records.unique("record_id", keep="first").select(
        "record_id", pl.col("keeper").fill_null(UNKNOWN_COMMUNE).alias("commune")
    )
    cells = cells.join(home, on="record_id", how="left", maintain_order="left").sort(
        "commune", "source_file", "source_row", "column"
    )
    communes = sorted(
        {*not_placed["commune"], *cells["commune"], *faults["commune"].fill_null(UNKNOWN_COMMUNE)}
    )
    for commune in communes:
        here = pl.col("commune").fill_null(UNKNOWN_COMMUNE) == commune
        place = folder / commune
        place.mkdir(exist_ok=True)
        lists.write_checks(
            for_people(place / f"kiem-tra_{commune}.html"),
            not_placed.filter(here),
            cells.filter(here),
            faults.filter(here),
        )
    return {
        "corrections": told.height, "placed": told["why_not"].null_count(), "not_placed": not_placed.height,
        "books": len(books), "rows": sum(book.rows.height for book in books), "pages": pages,
        "cells_to_check": cells.height, "scan_problems": faults.height,
    }  # fmt: skip


def _scan_problems(
    records: pl.DataFrame,
    tables: list[Converted],
    matched: pl.DataFrame | None,
    unread: dict[str, str],
) -> pl.DataFrame:
    """Return scans.PROBLEMS of the exported rows; sources that never were scanned miss nothing."""
    if matched is None:
        return pl.DataFrame(schema=PROBLEMS)
    exported = (
        pl.concat([table.rows.select("record_id") for table in tables]).unique()
        if tables
        else pl.DataFrame(schema={"record_id": pl.String})
    )
    stem = pl.format("{}.{}.{}", "register", "book_year", pl.col("book").cast(pl.String).str.zfill(2))
    return (
        records.unique("record_id", keep="first", maintain_order=True)
        .join(exported, on="record_id", how="semi", maintain_order="left")
        .filter(~pl.col("profile").is_in(value_rules()["sources"]["without_scans"]))
        .select("record_id", "register", "number", stem.alias("book"), commune="keeper")
        .join(matched, on="record_id", how="inner", maintain_order="left")
        .with_columns(pl.coalesce("code", pl.col("path").replace_strict(unread, default=None, return_dtype=pl.String)).alias("code"))
        .filter(pl.col("code").is_not_null())
        .select(pl.col(name).cast(dtype) for name, dtype in PROBLEMS.items())
        .sort("commune", "book", "number", "record_id", nulls_last=True)
    )  # fmt: skip


def _publish(kind: str, out: Path, folder: Path, counts: dict[str, int]) -> ExportResult:
    files = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    summary = {
        "export": kind,
        "counts": counts,
        "outputs": {path.as_posix(): file_sha256(folder / path) for path in files},
    }
    write_text(folder / MANIFEST, json.dumps(summary, ensure_ascii=False, indent=1))
    return ExportResult(kind, out, [out / path for path in files], summary)
