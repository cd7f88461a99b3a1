"""One Excel file and one zip of pages per book, under their official names."""

from __future__ import annotations

import re
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from reconcile.exports.convert import CELL_PROBLEMS, OWN_PROFILE
from reconcile.exports.pages import write_plain
from reconcile.exports.scans import fault
from reconcile.exports.templates import newest
from reconcile.normalize.registers import book_stem
from reconcile.protection.files import for_people, new_file
from reconcile.report.layout import UNKNOWN_COMMUNE

if TYPE_CHECKING:
    from reconcile.exports.convert import Converted
    from reconcile.exports.templates import Template

_DATE_IN_ZIP = (1980, 1, 1, 0, 0, 0)
_UNSAFE = re.compile(r"[^0-9A-Za-z.-]")


@dataclass(frozen=True, slots=True)
class Book:
    """One book: the rows of its Excel file, and its pages as (official name, path).

    ``keeper``: the commune that keeps it today; ``commune``: the one that registered, whose codes its rows carry.
    """

    keeper: str
    commune: str
    stem: str
    template: Template
    rows: pl.DataFrame
    pages: tuple[tuple[str, str], ...]

    @property
    def folder(self) -> str:
        """The keeper's folder; within it one for each commune that merged into it, whose books bear the same names."""
        names = [self.keeper] if self.keeper == self.commune else [self.keeper, self.commune]
        return "/".join(_UNSAFE.sub("_", name) for name in names)


def make_books(
    tables: list[Converted], records: pl.DataFrame, scans: pl.DataFrame | None
) -> tuple[list[Book], pl.DataFrame]:
    """Return the books of the converted rows, by commune and name, and further CELL_PROBLEMS.

    ``records`` from ``normalize_records``, with ``keeper``; ``scans`` from ``match_scans``, None where there is no folder of scans.
    A book whose rows come in two versions of the template is written in the newer one, which has all columns.
    """
    address = records.unique(["record_id", "source_file", "source_row"], keep="first", maintain_order=True)
    address = address.select(
        "record_id", "source_file", "source_row", "keeper", "commune_code", "register", "book", "book_year", "number",
        "registered_earliest", "profile",
    )  # fmt: skip
    problems = [pl.DataFrame(schema=CELL_PROBLEMS)]
    parts: dict[tuple[str, str, str], list[tuple[Template, pl.DataFrame]]] = {}
    for table in tables:
        rows = table.rows.join(
            address, on=["record_id", "source_file", "source_row"], how="left", maintain_order="left"
        )
        rows, told = _with_year(rows)
        problems += [told, _without_book(rows)]
        for (keeper, commune, register, year, book), part in rows.group_by(
            "keeper", "commune_code", "register", "book_year", "book", maintain_order=True
        ):
            key = (
                str(keeper or UNKNOWN_COMMUNE),
                str(commune or UNKNOWN_COMMUNE),
                _stem(str(register), year, book),
            )
            parts.setdefault(key, []).append((table.template, part))
    books = [_book(*key, found, scans) for key, found in sorted(parts.items(), key=lambda part: part[0])]
    return books, pl.concat(problems)


def _stem(register: str, year: object, book: object) -> str:
    if isinstance(year, int) and isinstance(book, int):
        return book_stem(register, year, book)
    return f"{register}.{year}.khong-ro" if isinstance(year, int) else f"{register}.khong-ro"


def _with_year(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give books of converted sources their year, which the template wants in ``quyenSo``; tell it once per file.

    The place of registration is not filled in from the folder's code: codes were given to other units over time.
    """
    converted = pl.col("profile") != OWN_PROFILE
    bare = (
        converted
        & pl.col("book").is_not_null()
        & pl.col("book_year").is_not_null()
        & ~pl.col("quyenSo").str.contains(r"\d{4}").fill_null(value=True)
    )
    place = "noiCap" if "noiCap" in rows.columns else "noiDangKy"
    told = pl.concat(
        [
            _once(rows.filter(bare), "quyenSo", "YEAR_OF_REGISTRATION"),
            _once(rows.filter(converted & pl.col(place).is_null()), place, "NO_REGISTRATION_PLACE"),
        ]
    )
    named = pl.format("{}/{}", pl.col("book").cast(pl.String).str.zfill(2), "book_year")
    return rows.with_columns(pl.when(bare).then(named).otherwise("quyenSo").alias("quyenSo")), told


def _once(rows: pl.DataFrame, column: str, why: str) -> pl.DataFrame:
    """Return one problem per source file for what all these rows share: the first row, and how many there are."""
    return (
        rows.group_by("source_file", maintain_order=True)
        .agg(pl.col("record_id").first(), pl.col("source_row").first(), pl.len().alias("rows"))
        .select(
            "record_id", "source_file", "source_row", pl.lit(column).alias("column"),
            pl.format("{} dòng của tệp", "rows").alias("value"), pl.lit(why).alias("why"),
        )
    )  # fmt: skip


def _without_book(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.filter(pl.col("book").is_null() | pl.col("book_year").is_null()).select(
        "record_id", "source_file", "source_row", pl.lit("quyenSo").alias("column"), pl.col("quyenSo").alias("value"),
        pl.lit("NO_BOOK").alias("why"),
    )  # fmt: skip


def _book(
    keeper: str,
    commune: str,
    stem: str,
    found: list[tuple[Template, pl.DataFrame]],
    scans: pl.DataFrame | None,
) -> Book:
    template = found[0][0]
    if any(other.columns != template.columns for other, _ in found):
        template = newest(template.register).with_optional(c for other, _ in found for c in other.columns)
    rows = pl.concat([part for _, part in found], how="diagonal").sort(
        "registered_earliest", "number", "source_file", "source_row", nulls_last=True
    )
    pages: list[tuple[str, str]] = []
    if scans is not None:
        pages = sorted(
            rows.select("record_id")
            .unique()
            .join(scans.filter(pl.col("path").is_not_null()), on="record_id")
            .select("scan_name", "path")
            .iter_rows()
        )
    written = rows.select(
        (pl.col(c) if c in rows.columns else pl.lit(None, pl.String)).alias(c) for c in template.columns
    )
    if "STT" in template.columns:
        written = written.with_columns(pl.int_range(1, pl.len() + 1).cast(pl.String).alias("STT"))
    return Book(keeper, commune, stem, template, written, tuple(pages))


def write_book(folder: Path, book: Book) -> tuple[list[Path], list[tuple[str, str]]]:
    """Write a book's Excel file and, where it has pages, its zip. Returns the files and the pages that can't be
    opened as (path, fault): they stay out of the zip.
    """
    place = folder / book.folder
    place.mkdir(parents=True, exist_ok=True)
    excel = place / f"{book.stem}.xlsx"
    write_plain(excel, book.template.sheet, book.template.columns, book.rows.rows())
    good, bad = [], []
    for name, path in book.pages:
        why = fault(path)
        if why is None:
            good.append((name, path))
        else:
            bad.append((path, why))
    if not good:
        return [excel], bad
    archive = for_people(place / f"{book.stem}.zip")
    with new_file(archive) as made, zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as packed:
        for name, path in good:
            entry = zipfile.ZipInfo(name, _DATE_IN_ZIP)
            entry.external_attr = 0o600 << 16
            entry.file_size = Path(path).stat().st_size
            with Path(path).open("rb") as source, packed.open(entry, "w") as target:
                shutil.copyfileobj(source, target, 1 << 20)
    return [excel, archive], bad
