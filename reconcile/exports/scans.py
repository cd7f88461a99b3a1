"""Scanned pages: which are there, which are wrong, and which record each belongs to.

One record, one PDF, ``KS.2016.01.2016-03-15.052.pdf``; one book, one zip (công văn 1437/BTP-CNTT and practice).
"""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from reconcile.exports.corrections import wording
from reconcile.normalize.registers import book_stem, parse_pdf_name, pdf_name
from reconcile.problems import ReconcileError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SCANS = {
    "path": pl.String, "file": pl.String, "commune": pl.String, "register": pl.String, "opened": pl.Int64,
    "book": pl.Int64, "day": pl.Date, "number": pl.Int64, "number_text": pl.String, "years_fit": pl.Boolean,
    "size": pl.Int64,
}  # fmt: skip
"""One PDF found. ``path`` where it lies, ``file`` relative to the folder given, ``commune`` a folder's five digits."""

PROBLEMS = {
    "code": pl.String, "commune": pl.String, "register": pl.String, "book": pl.String, "number": pl.Int64,
    "file": pl.String, "expected": pl.String, "record_id": pl.String,
}  # fmt: skip
"""One thing wrong with the scans; ``expected`` is the name that the page should have."""

_COMMUNE = re.compile(r"\d{5}")
_TAIL = 2048
_KEY = ("register", "opened", "book", "number")


def find_scans(folders: Sequence[Path]) -> pl.DataFrame:
    """Return SCANS of all PDFs below the folders, by file name. Raises ReconcileError where a folder is not there."""
    missing = [str(folder) for folder in folders if not folder.is_dir()]
    if missing:
        raise ReconcileError(f"There is no such folder of scans: {', '.join(missing)}. Check the path.")
    rows = []
    for folder in folders:
        for path in _pdfs(folder):
            file = path.relative_to(folder).as_posix()
            name = parse_pdf_name(path.name)
            communes = [part for part in path.absolute().parent.parts if _COMMUNE.fullmatch(part)]
            rows.append(
                {
                    "path": str(path), "file": file, "commune": communes[-1] if communes else None,
                    "register": name and name.register, "opened": name and name.opened,
                    "book": name and name.book, "day": name and name.day, "number": name and name.number,
                    "number_text": name and name.number_text, "years_fit": name and name.years_fit,
                    "size": path.stat().st_size,
                }
            )  # fmt: skip
    return pl.DataFrame(rows, schema=SCANS).sort("file", "path")


def _pdfs(folder: Path) -> Iterator[Path]:
    for current, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if name.casefold().endswith(".pdf") and not name.startswith((".", "~")):
                yield Path(current) / name


def fault(path: str | Path) -> str | None:
    """Return why a PDF can't be opened by a reader (EMPTY NOT_PDF TRUNCATED LOCKED NO_PERMISSION), None where it can.

    Looks at head and tail only: the mark at the front, the end mark and the cross-reference it points to.
    """
    try:
        with Path(path).open("rb") as handle:
            head = handle.read(1024)
            size = handle.seek(0, os.SEEK_END)
            if size == 0:
                return "EMPTY"
            if b"%PDF-" not in head:
                return "NOT_PDF"
            handle.seek(max(0, size - _TAIL))
            tail = handle.read()
            start = re.findall(rb"startxref\s+(\d+)\s+%%EOF", tail)
            if not start or int(start[-1]) >= size:
                return "TRUNCATED"
            handle.seek(int(start[-1]))
            table = handle.read(64).lstrip()
            if not (table.startswith(b"xref") or re.match(rb"\d+\s+\d+\s+obj", table)):
                return "TRUNCATED"
            if b"/Encrypt" in tail:
                return "LOCKED"
    except PermissionError:
        return "NO_PERMISSION"
    return None


def expected_names(records: pl.DataFrame) -> pl.Series:
    """Return the name of each record's page, null where register, book, year, day or number is unknown."""
    known = records.select(
        "register", "book_year", "book", "registered_earliest", "registered_latest", "number"
    )
    names: list[str | None] = [
        pdf_name(register, opened, book, first, number)
        if None not in (opened, book, first, number) and first == last
        else None
        for register, opened, book, first, last, number in known.iter_rows()
    ]
    return pl.Series("expected", names, dtype=pl.String)


def match_scans(records: pl.DataFrame, scans: pl.DataFrame) -> pl.DataFrame:
    """Return ``record_id``, ``expected``, ``path``, ``file``, ``scan_name`` and ``code``, one row per record.

    ``records`` from ``normalize_records``. A page belongs to a record when register, book, number and day agree and
    the folder's commune, if it names one, is the record's. ``path`` is null where there is none or several fit;
    ``code`` then is MISSING, OTHER_DAY or DUPLICATED; ``scan_name`` is the page's official name.
    """
    asked = records.unique("record_id", keep="first", maintain_order=True)
    asked = asked.with_columns(expected_names(asked)).select(
        "record_id", "commune_code", "expected", "register", "book", "number",
        opened="book_year", on_day="registered_earliest",
    )  # fmt: skip
    found = asked.join(
        scans.drop_nulls(list(_KEY)), on=list(_KEY), how="inner", maintain_order="left"
    ).filter(pl.col("commune").is_null() | (pl.col("commune") == pl.col("commune_code")))
    several = scans.filter(pl.col("commune").is_null()).height and asked["commune_code"].n_unique() > 1
    if several:  # a page in a folder of no commune fits records of several: it is nobody's
        found = found.filter(
            pl.col("commune").is_not_null() | (pl.col("record_id").n_unique().over("path") == 1)
        )
    told = found.group_by("record_id").agg(
        same_day=(pl.col("day") == pl.col("on_day")).fill_null(value=False).sum(),
        path=pl.col("path").filter((pl.col("day") == pl.col("on_day")).fill_null(value=False)).first(),
        file=pl.col("file").sort_by("file").str.join(", "),
        width=pl.col("number_text")
        .filter((pl.col("day") == pl.col("on_day")).fill_null(value=False))
        .first(),
    )
    result = asked.join(told, on="record_id", how="left", maintain_order="left").with_columns(
        pl.when(pl.col("same_day").is_null())
        .then(pl.lit("MISSING"))
        .when(pl.col("same_day") == 0)
        .then(pl.lit("OTHER_DAY"))
        .when(pl.col("same_day") > 1)
        .then(pl.lit("DUPLICATED"))
        .alias("code")
    )
    official = pl.col("expected").str.replace(r"\.\d+\.pdf$", "") + "." + pl.col("width") + ".pdf"
    return result.select(
        "record_id",
        "expected",
        pl.when(pl.col("code").is_null()).then("path").alias("path"),
        "file",
        pl.when(pl.col("code").is_null()).then(official).alias("scan_name"),
        "code",
    )


def check_scans(scans: pl.DataFrame, records: pl.DataFrame | None = None) -> pl.DataFrame:
    """Return PROBLEMS of the scans: misnamed, unreadable, twice there; and against ``records`` or, without them,
    against the unbroken run of numbers in a year (TT 04/2020 Điều 29), what is missing.
    """
    parts = [pl.DataFrame(schema=PROBLEMS), _faults(scans), _misnamed(scans), _twice(scans), _copies(scans)]
    parts.append(_gaps(scans) if records is None else _against(scans, records))
    order = pl.col("code").replace_strict(
        {c: n for n, c in enumerate(wording()["scan"])}, return_dtype=pl.Int32
    )
    place = ["commune", "register", "book", "number", "file", "expected", "record_id"]
    return pl.concat(parts).sort([pl.col("commune"), order, *place[1:]], nulls_last=True)


def _problems(frame: pl.DataFrame, code: str | pl.Expr) -> pl.DataFrame:
    present = set(frame.columns)
    stem = pl.format("{}.{}.{}", "register", "opened", pl.col("book").cast(pl.String).str.zfill(2))
    made = frame.with_columns(
        (pl.lit(code) if isinstance(code, str) else code).alias("code"), stem.alias("stem")
    )
    return made.select(
        "code", "commune", "register", pl.col("stem").alias("book"), "number",
        *((pl.col(c) if c in present else pl.lit(None, pl.String)).alias(c) for c in ("file", "expected", "record_id")),
    ).select(pl.col(name).cast(dtype) for name, dtype in PROBLEMS.items())  # fmt: skip


def _faults(scans: pl.DataFrame) -> pl.DataFrame:
    codes = pl.Series("fault", [fault(path) for path in scans["path"].to_list()], dtype=pl.String)
    return _problems(scans.with_columns(codes).filter(pl.col("fault").is_not_null()), pl.col("fault"))


def _misnamed(scans: pl.DataFrame) -> pl.DataFrame:
    return pl.concat(
        [
            _problems(scans.filter(pl.col("register").is_null()), "MISNAMED"),
            _problems(scans.filter(~pl.col("years_fit").fill_null(value=True)), "YEARS"),
        ]
    )


def _twice(scans: pl.DataFrame) -> pl.DataFrame:
    named = scans.drop_nulls(list(_KEY))
    same = pl.struct("commune", *_KEY, "day").is_duplicated()
    return _problems(named.filter(same), "DUPLICATED")


def _copies(scans: pl.DataFrame) -> pl.DataFrame:
    """Return files of one content under the names of different records; only files of equal size are read in full."""
    rivals = scans.filter((pl.col("size") > 0) & pl.col("size").is_duplicated())
    digests = [_digest(path) for path in rivals["path"].to_list()]
    rivals = rivals.with_columns(pl.Series("digest", digests, dtype=pl.String)).drop_nulls("digest")
    copies = pl.col("digest").is_duplicated() & (pl.struct(*_KEY).n_unique().over("digest") > 1)
    return _problems(rivals.filter(copies), "SAME_CONTENT")


def _digest(path: str) -> str | None:
    try:
        with Path(path).open("rb") as handle:
            return hashlib.file_digest(handle, "blake2b").hexdigest()
    except OSError:
        return None


def _gaps(scans: pl.DataFrame) -> pl.DataFrame:
    """Return numbers that no page has between the first and the last of a year (commune, register, year of day)."""
    named = scans.drop_nulls([*_KEY, "day"]).with_columns(pl.col("day").dt.year().alias("year"))
    group = ["commune", "register", "year"]
    spans = named.group_by(group).agg(
        pl.int_ranges(pl.lit(1), pl.col("number").max() + 1).first().alias("number"),
    )
    wanted = spans.explode("number").with_columns(pl.col("number").cast(pl.Int64))
    gone = wanted.join(named, on=[*group, "number"], how="anti", nulls_equal=True)
    return _problems(
        gone.with_columns(pl.col("year").cast(pl.Int64).alias("opened"), pl.lit(None, pl.Int64).alias("book"))
        .with_columns(pl.format("{}.{}.…{}", "register", "year", "number").alias("expected")),
        "GAP",
    )  # fmt: skip


def _against(scans: pl.DataFrame, records: pl.DataFrame) -> pl.DataFrame:
    matched = match_scans(records, scans)
    address = records.unique("record_id", keep="first", maintain_order=True).select(
        "record_id", "register", "book", "number", commune="commune_code", opened="book_year"
    )
    bad = matched.filter(pl.col("code").is_not_null()).join(address, on="record_id", maintain_order="left")
    told = [_problems(bad, pl.col("code"))]
    known = address.select(*_KEY).unique()
    named = scans.drop_nulls(list(_KEY))
    told.append(_problems(named.join(known, on=list(_KEY), how="anti", maintain_order="left"), "NO_RECORD"))
    return pl.concat(told)


def zip_name(register: str, opened: int, book: int) -> str:
    """Return the name of a book's zip."""
    return f"{book_stem(register, opened, book)}.zip"
