"""The list of books that the approving officer signs: written, signed by people, read back before it is written anew."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from reconcile.protection.files import new_office_file, read_office, xlsx_options
from reconcile.quality.words import word

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

SHEET = "Sẵn sàng phê duyệt"
APPROVED = "Phê duyệt"
ANSWERS = (APPROVED, "Chưa phê duyệt")
TITLES = (
    "Mã", "Dấu", "Loại sổ", "Quyển", "Năm", "Bản ghi", "Đủ điều kiện", "Cả quyển", "Vì sao chưa",
    "Phê duyệt", "Người phê duyệt", "Ghi chú",
)  # fmt: skip
FIRST_ANSWER = 9

Signature = tuple[str, str, str, str]
"""Fingerprint of the book when it was signed, answer, person, note."""


def book_id(row: dict[str, Any]) -> str:
    """Return the hidden id of a book."""
    return "|".join("" if row[k] is None else str(row[k]) for k in ("commune", "register", "year", "book"))


def write_readiness(path: Path, books: pl.DataFrame, *, unit: str, signed: dict[str, Signature]) -> int:
    """Write the list of one commune; return how many signatures still hold.

    A signature is kept while the book stays as it was signed; else the note says that the book changed since.
    """
    import xlsxwriter

    partial = path.with_name(f".{os.getpid()}-{path.name}")
    with new_office_file(partial) as target, xlsxwriter.Workbook(target, xlsx_options(partial)) as book:
        kept = _write_sheet(book, books, unit, signed)
    partial.chmod(0o600)
    partial.replace(path)
    return kept


def _write_sheet(book: Any, books: pl.DataFrame, unit: str, signed: dict[str, Signature]) -> int:
    sheet = book.add_worksheet(SHEET)
    head = book.add_format({"bold": True, "bg_color": "#17375E", "font_color": "#FFFFFF", "text_wrap": True})
    count = book.add_format({"num_format": "#,##0"})
    good = book.add_format({"font_color": "#1E6B45", "bold": True})
    bad = book.add_format({"font_color": "#A3241B"})
    edit = book.add_format({"bg_color": "#FFF8DC", "text_wrap": True})
    sheet.write_row(0, 0, TITLES, head)
    kept = 0
    for line, row in enumerate(books.iter_rows(named=True), start=1):
        whole = not row["why"]
        sheet.write_row(line, 0, [book_id(row), row["fingerprint"], word("register", row["register"])])
        sheet.write_row(line, 3, [row["book"], row["year"], row["records"], row["ready"]], count)
        sheet.write_string(line, 7, "Được" if whole else "Chưa được", good if whole else bad)
        sheet.write_string(line, 8, row["why"] or "")
        mark, answer, person, note = signed.get(book_id(row), ("", "", "", ""))
        if mark and mark != row["fingerprint"]:
            note = f"Quyển sổ đã thay đổi sau khi ký ({answer.lower()}, {person or 'không ghi tên'}); xem lại. {note}".strip()
            answer = person = ""
        elif answer:
            kept += 1
        sheet.write_row(line, FIRST_ANSWER, [answer, person, note], edit)
    last = max(1, books.height)
    sheet.data_validation(
        1,
        FIRST_ANSWER,
        last,
        FIRST_ANSWER,
        {"validate": "list", "source": list(ANSWERS), "ignore_blank": True},
    )
    sheet.set_column(0, 1, 4, None, {"hidden": True})
    for column, width in enumerate((20, 8, 8, 9, 13, 11, 60, 16, 20, 40), start=2):
        sheet.set_column(column, column, width)
    sheet.freeze_panes(1, 4)
    sheet.autofilter(0, 0, last, len(TITLES) - 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_header(f"&L{unit}&RDanh sách quyển sổ trình phê duyệt")
    return kept


def read_signatures(path: Path) -> dict[str, Signature]:
    """Return book id → what was signed, from a list that somebody filled in; empty where there is none.

    An answer that is not in the list counts as none: nothing is approved by a slip of the hand.
    """
    if not path.is_file():
        return {}
    import openpyxl

    book = openpyxl.load_workbook(read_office(path), read_only=True, data_only=True)
    found: dict[str, Signature] = {}
    try:
        for row in book[SHEET].iter_rows(min_row=2, max_col=len(TITLES), values_only=True):
            answer, person, note = (str(v).strip() if v is not None else "" for v in row[FIRST_ANSWER:])
            if answer not in ANSWERS:
                answer = ""
            if row[0] and answer:
                found[str(row[0])] = (str(row[1] or ""), answer, person, note)
    finally:
        book.close()
    return found
