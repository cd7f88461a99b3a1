"""The clerk's workbook: one file per commune, holding that commune's records alone."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import TYPE_CHECKING, Any

import polars as pl

from reconcile.protection.files import new_office_file, xlsx_options
from reconcile.report import layout
from reconcile.report.facts import NO_BOOK, Shown
from reconcile.report.overview import write_guide, write_hidden, write_overview
from reconcile.report.readied import readied
from reconcile.report.responsible import unit_name
from reconcile.report.rows_discrepancies import discrepancies
from reconcile.report.rows_people import not_found, review, without_birth
from reconcile.report.rows_registers import book_faults, duplicates, unreadable
from reconcile.report.scans import Scans
from reconcile.report.shared_strings import RowBook
from reconcile.report.sheets import SheetWriter
from reconcile.report.styles import Styles
from reconcile.report.tally import tally

if TYPE_CHECKING:
    from pathlib import Path

    from reconcile.report.tables import ReportTables


def _options() -> dict[str, Any]:
    """Return XlsxWriter's options, a new dictionary each time since it writes into them."""
    return {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "in_memory": True,
        "default_format_properties": {"font_name": "Arial", "font_size": 10},
    }


def write_workbooks(
    out_dir: Path,
    tables: ReportTables,
    *,
    run_id: str,
    as_of: dt.date,
    scans: Path | None = None,
    max_rows: int = 5000,
    seen_from: Path | None = None,
) -> list[Path]:
    """Write one workbook per commune into ``out_dir``; return the paths in order of their names.

    ``doi-soat_<commune code>_<yyyymmdd>.xlsx``, code ``khong-ro`` where the commune is unknown. A commune with
    more than ``max_rows`` rows over all sheets gets several files split by book, ``…_phan-1.xlsx`` and so on.
    ``scans`` is a folder of scanned pages that the rows link to; ``seen_from`` the folder from which the links lead
    (default ``out_dir``), where the workbooks are moved later. Same input, same bytes.
    """
    sheets = prepare(tables)
    facts = commune_facts(tables, as_of)
    linked = Scans(scans, seen_from or out_dir)
    communes = sorted(set(facts) | {c for frame in sheets.values() for c in frame})
    written: list[Path] = []
    for commune in communes:
        rows = {sheet.key: sheets[sheet.key].get(commune) for sheet in layout.ROW_SHEETS}
        parts = split(readied(rows), max_rows)
        for number, part in enumerate(parts, start=1):
            suffix = f"_phan-{number}" if len(parts) > 1 else ""
            path = out_dir / f"doi-soat_{commune}_{as_of:%Y%m%d}{suffix}.xlsx"
            said = f"phần {number}/{len(parts)}" if len(parts) > 1 else ""
            write_one(path, part, facts.get(commune), commune, run_id, as_of, said, linked)
            written.append(path)
    return written


Rows = dict[str, pl.DataFrame]


def prepare(tables: ReportTables) -> dict[str, dict[str, pl.DataFrame]]:
    """Return sheet key → commune → rows, each table gone through once for all communes."""
    shown = Shown.of(still_asked(tables))
    differences, groups = discrepancies(shown)
    frames = {
        layout.DISCREPANCIES.key: differences,
        layout.GROUP_ROWS.key: groups,
        layout.REVIEW.key: review(shown),
        layout.NOT_FOUND.key: not_found(shown),
        layout.WITHOUT_BIRTH.key: without_birth(shown),
        layout.DUPLICATES.key: duplicates(shown),
        layout.BOOK_FAULTS.key: book_faults(shown),
        layout.UNREADABLE.key: unreadable(shown),
    }
    return {
        key: {
            str(commune[0]): rows
            for commune, rows in _still_asked_rows(key, frame, tables)
            .with_columns(pl.col("commune").fill_null(layout.UNKNOWN_COMMUNE))
            .partition_by("commune", as_dict=True, maintain_order=True)
            .items()
        }
        for key, frame in frames.items()
    }


def still_asked(tables: ReportTables) -> ReportTables:
    """Return the tables without the differences that were settled, and with the remark on those asked again."""
    if tables.standing is None or tables.standing.is_empty():
        return tables
    found = tables.discrepancies.join(
        tables.standing.select(discrepancy_id="case_id", standing="standing", remark="remark"),
        on="discrepancy_id",
        how="left",
        maintain_order="left",
    )
    asked = found.filter(pl.col("standing").ne_missing("settled")).with_columns(
        message=pl.concat_str("message", "remark", separator=" ", ignore_nulls=True)
    )
    return dataclasses.replace(tables, discrepancies=asked.drop("standing", "remark"))


_REMARKED = {
    layout.REVIEW.key: "ly_do",
    layout.NOT_FOUND.key: "giai_thich",
    layout.WITHOUT_BIRTH.key: "giai_thich",
    layout.DUPLICATES.key: "giai_thich",
    layout.BOOK_FAULTS.key: "giai_thich",
}
"""Sheets whose rows are settled by their own id → the column in which a remark is told."""


def _still_asked_rows(key: str, frame: pl.DataFrame, tables: ReportTables) -> pl.DataFrame:
    if key not in _REMARKED or tables.standing is None or tables.standing.is_empty():
        return frame
    column = _REMARKED[key]
    joined = frame.join(
        tables.standing.select(ma="case_id", standing="standing", remark="remark"),
        on="ma",
        how="left",
        maintain_order="left",
    )
    return (
        joined.filter(pl.col("standing").ne_missing("settled"))
        .with_columns(pl.concat_str(column, "remark", separator="\n", ignore_nulls=True).alias(column))
        .drop("standing", "remark")
    )


def split(rows: dict[str, pl.DataFrame | None], max_rows: int) -> list[dict[str, pl.DataFrame | None]]:
    """Cut a commune's rows into parts of at most ``max_rows``, a book staying in one part where it fits."""
    unbound = pl.format("~{}", (pl.int_range(pl.len()) // max_rows).cast(pl.String).str.zfill(6))
    present = {
        key: frame.with_columns(
            book_order=pl.when(pl.col("book_order").fill_null(NO_BOOK) == NO_BOOK)
            .then(unbound)
            .otherwise("book_order")
        )
        for key, frame in rows.items()
        if frame is not None
    }
    if sum(f.height for f in present.values()) <= max_rows:
        return [rows]
    sizes = (
        pl.concat([f.select("book_order") for f in present.values()])
        .group_by("book_order")
        .len()
        .sort("book_order")
    )
    part_of: dict[str, int] = {}
    part, filled = 0, 0
    for book, size in sizes.iter_rows():
        if filled and filled + size > max_rows:
            part, filled = part + 1, 0
        part_of[book] = part
        filled += size
    parts: list[dict[str, pl.DataFrame | None]] = []
    for number in range(part + 1):
        books = [book for book, its in part_of.items() if its == number]
        parts.append({key: frame.filter(pl.col("book_order").is_in(books)) for key, frame in present.items()})
    return parts


def commune_facts(tables: ReportTables, as_of: dt.date) -> dict[str, dict[str, Any]]:
    """Return commune → its name on that day, else as its records write it, and the counts of the first sheet."""
    commune = pl.col("commune_code").fill_null(layout.UNKNOWN_COMMUNE).alias("commune")
    records = tables.records.select("record_id", "register", "noi_dang_ky", commune)
    facts: dict[str, dict[str, Any]] = {
        code: {"name": unit_name(code, as_of) or "", "registers": {}, "tiers": {}}
        for code in records["commune"].unique().sort()
    }
    names = (
        records.drop_nulls("noi_dang_ky")
        .group_by("commune", "noi_dang_ky")
        .len()
        .sort(["len", "noi_dang_ky"], descending=[True, False])
    )
    for code, name, _ in names.iter_rows():
        facts[code]["name"] = facts[code]["name"] or name
    for code, register, count in records.group_by("commune", "register").len().iter_rows():
        facts[code]["registers"][register] = count
    tiers = tables.links.join(records.select("record_id", "commune"), on="record_id", how="inner")
    for code, tier, count in tiers.group_by("commune", "tier").len().iter_rows():
        facts[code]["tiers"][tier] = count
    return facts


def write_one(
    path: Path,
    rows: dict[str, pl.DataFrame | None],
    facts: dict[str, Any] | None,
    commune: str,
    run_id: str,
    as_of: dt.date,
    part: str,
    scans: Scans,
) -> None:
    """Write one workbook."""
    empty = pl.DataFrame()
    frames = {s.key: frame if (frame := rows.get(s.key)) is not None else empty for s in layout.ROW_SHEETS}
    code = "" if commune == layout.UNKNOWN_COMMUNE else f"mã xã {commune}"
    caption = "  ·  ".join(t for t in (code, f"ngày lập {as_of:%d/%m/%Y}", f"lần chạy {run_id}", part) if t)
    told = tally(frames, facts or {}, caption, f"Lần chạy {run_id}")
    options = _options() | xlsx_options(path)
    with new_office_file(path) as target, RowBook(target, options) as book:
        book.set_properties(
            {
                "title": f"Đối chiếu hộ tịch – dân cư {commune} {as_of:%d/%m/%Y}",
                "author": "reconcile",
                "created": dt.datetime(as_of.year, as_of.month, as_of.day),  # noqa: DTZ001 - a fixed stamp, not a time
            }
        )
        book.set_size(1366 * 15, 768 * 15)
        styles = Styles(book)
        write_overview(book, styles, told)
        writer = SheetWriter(book, styles, scans, told.footer)
        fingerprints: list[str] = []
        for sheet in layout.ROW_SHEETS:
            if sheet.optional and not told.rows[sheet.key]:
                continue
            fingerprints += writer.write(sheet, frames[sheet.key], told.heading)
        write_guide(book, styles)
        check = layout.checksum(run_id, commune, fingerprints)
        write_hidden(book, layout.stamp(run_id, commune, as_of.isoformat(), told.rows, check))
