"""The list of books that the approving officer signs: written from the ledger, signed by people, read back by apply."""

from __future__ import annotations

import hashlib
import io
import os
import unicodedata
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reconcile.ledger.reading import FileRefusedError, file_content
from reconcile.protection.files import new_office_file, passwords_for, xlsx_options
from reconcile.protection.office import is_encrypted
from reconcile.quality.approvals import ANSWERS, APPROVED, CONVERTED, DECLINED
from reconcile.quality.words import word
from reconcile.report.encryption import encrypt

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

SHEET = "Sẵn sàng phê duyệt"
TITLES = (
    "Mã", "Dấu", "Loại sổ", "Quyển", "Năm", "Bản ghi", "Đủ điều kiện", "Được làm gì", "Vì sao chưa", "Đã ghi nhận",
    "Phê duyệt", "Người phê duyệt", "Ghi chú",
)  # fmt: skip
SHOWN = TITLES[2:6]
"""Columns that say which book a row is: overwritten or sorted apart from the hidden ones, the row is refused."""
ANSWER, PERSON, NOTE = TITLES[-3:]
WHY = "Vì sao chưa nhận"
_HEADER_ROWS, _TEXT = 10, 500


@dataclass(frozen=True, slots=True)
class SignedRow:
    """One filled row of a returned list. ``fingerprint``: of the book when the list was made; ``intact``: see ``SHOWN``."""

    file: str
    sha256: str
    row: int
    case_id: str
    fingerprint: str
    intact: bool
    answer: str
    person: str
    note: str

    @property
    def content(self) -> str:
        """Return the digest of what was signed: the same row is taken once."""
        parts = (self.case_id, self.fingerprint, self.answer, self.person, self.note)
        return hashlib.blake2b("\x1f".join(parts).encode(), digest_size=12).hexdigest()


def _mark(case_id: str, fingerprint: str, shown: list[str]) -> str:
    text = "\x1f".join([case_id, fingerprint, *shown])
    return f"{fingerprint}.{hashlib.blake2b(text.encode(), digest_size=6).hexdigest()}"


def may(row: dict[str, Any]) -> str:
    """Return what the book may do next, as the list says it."""
    return word("book_state", row["state"])


def recorded(row: dict[str, Any]) -> str:
    """Return what the ledger holds about a book, empty where nothing was signed."""
    if not row["answer"]:
        return ""
    day = "/".join(reversed(str(row["signed_on"])[:10].split("-")))
    told = f"{row['answer']}: {row['person'] or 'không ghi tên'}, {day} [{row['decision_id']}]"
    return f"{told}. {word('signing', 'lapsed')}" if row["state"] == "lapsed" else told


def write_readiness(path: Path, books: pl.DataFrame, *, unit: str) -> int:
    """Write the list of one commune (``approvals.standing_of_books``); return how many approvals hold.

    A signature that holds stands in the yellow cells; one that lapsed is told beside them, and they are empty.
    """
    import xlsxwriter

    partial = path.with_name(f".{os.getpid()}-{path.name}")
    options = {"strings_to_formulas": False, "strings_to_urls": False} | xlsx_options(partial)
    with new_office_file(partial) as target, xlsxwriter.Workbook(target, options) as book:
        _write_sheet(book, books, unit)
    partial.chmod(0o600)
    partial.replace(path)
    return int(books["state"].is_in(["approved", "converted"]).sum())


def _write_sheet(book: Any, books: pl.DataFrame, unit: str) -> None:
    sheet = book.add_worksheet(SHEET)
    base = {
        "font_name": "Times New Roman",
        "font_size": 11,
        "valign": "top",
        "border": 1,
        "border_color": "#C8CFD8",
    }
    head = book.add_format(
        base | {"bold": True, "bg_color": "#17375E", "font_color": "#FFFFFF", "text_wrap": True}
    )
    text = book.add_format(base | {"text_wrap": True})
    count = book.add_format(base | {"num_format": "[$-42A]#,##0"})
    plain = book.add_format(base | {"num_format": "0"})
    edit = book.add_format(base | {"bg_color": "#FFF8DC", "text_wrap": True, "locked": False})
    colours = {"ready": "#1E6B45", "approved": "#1E6B45", "converted": "#1E6B45", "declined": "#7A5600"}
    states = {
        state: book.add_format(
            base | {"bold": True, "font_color": colours.get(state, "#A3241B"), "text_wrap": True}
        )
        for state in ("ready", "approved", "converted", "declined", "lapsed", "busy")
    }
    sheet.write_row(0, 0, TITLES, head)
    for line, row in enumerate(books.iter_rows(named=True), start=1):
        shown = [
            word("register", row["register"]),
            *("" if row[k] is None else str(row[k]) for k in ("book", "year", "records")),
        ]
        sheet.write_string(line, 0, row["case_id"])
        sheet.write_string(line, 1, _mark(row["case_id"], row["fingerprint"], shown))
        sheet.write_string(line, 2, shown[0], text)
        for column, key, style in (
            (3, "book", plain),
            (4, "year", plain),
            (5, "records", count),
            (6, "ready", count),
        ):
            if row[key] is None:
                sheet.write_blank(line, column, None, style)
            else:
                sheet.write_number(line, column, row[key], style)
        sheet.write_string(line, 7, may(row), states[row["state"]])
        sheet.write_string(line, 8, row["why"] or "", text)
        sheet.write_string(line, 9, recorded(row), text)
        held = row["state"] in ("approved", "converted", "declined")
        for column, key in ((10, "answer"), (11, "person"), (12, "note")):
            sheet.write(line, column, row[key] if held and row[key] else None, edit)
    last = max(1, books.height)
    sheet.data_validation(
        1, 10, last, 10, {"validate": "list", "source": list(ANSWERS), "ignore_blank": True}
    )
    sheet.set_column(0, 1, 4, None, {"hidden": True})
    for column, width in enumerate((18, 7, 7, 9, 10, 17, 42, 36, 16, 20, 28), start=2):
        sheet.set_column(column, column, width)
    sheet.set_row(0, 32)
    sheet.freeze_panes(1, 5)
    sheet.autofilter(0, 0, last, len(TITLES) - 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.set_margins(0.4, 0.4, 0.7, 0.6)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_header(f"&L{unit}&RDanh sách quyển sổ trình phê duyệt")
    sheet.set_footer("&CTrang &P/&N")


def is_list(path: Path, *, password: str | None = None) -> bool:
    """Tell whether a returned workbook is a list of books, whatever its file is called; False where it can't be read."""
    try:
        with zipfile.ZipFile(io.BytesIO(_content(path, password))) as archive:
            return f'name="{SHEET}"' in archive.read("xl/workbook.xml").decode("utf-8", "replace")
    except (FileRefusedError, KeyError, zipfile.BadZipFile):
        return False


def _content(path: Path, password: str | None) -> bytes:
    """Return the bytes of a list, whichever password of the office opens it."""
    refused: FileRefusedError | None = None
    for one in [password, *passwords_for(path)]:
        try:
            return file_content(path, one)
        except FileRefusedError as error:
            refused = refused or error
    assert refused is not None
    raise refused


def read_list(path: Path, *, password: str | None = None) -> list[SignedRow]:
    """Read the rows in which an officer answered. Raises FileRefusedError where the file can't be read.

    Columns are found by their titles, rows by their hidden ids: sorting, filtering and moving columns do no harm.
    """
    import openpyxl

    content = _content(path, password)
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    try:
        if SHEET not in book.sheetnames:
            raise FileRefusedError(word("signing", "no_sheet"))
        places: dict[str, int] = {}
        found: list[SignedRow] = []
        for number, cells in enumerate(book[SHEET].iter_rows(values_only=True), start=1):
            if not places:
                titles = {_text(value): at for at, value in enumerate(cells)}
                if set(TITLES) <= set(titles):
                    places = {title: titles[title] for title in TITLES}
                elif number >= _HEADER_ROWS:
                    break
                continue
            row = {title: _text(cells[at]) if at < len(cells) else "" for title, at in places.items()}
            if not row[ANSWER]:
                continue
            fingerprint = row["Dấu"].rpartition(".")[0]
            intact = bool(row["Mã"]) and row["Dấu"] == _mark(row["Mã"], fingerprint, [row[t] for t in SHOWN])
            found.append(
                SignedRow(
                    file=path.name,
                    sha256=sha256,
                    row=number,
                    case_id=row["Mã"],
                    fingerprint=fingerprint,
                    intact=intact,
                    answer=_answer(row[ANSWER]),
                    person=row[PERSON][:_TEXT],
                    note=row[NOTE][:_TEXT],
                )
            )
        if not places:
            raise FileRefusedError(word("signing", "no_header"))
        return found
    finally:
        book.close()


def _text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return " ".join(unicodedata.normalize("NFC", "" if value is None else str(value)).split())


def _answer(text: str) -> str:
    """Return the answer of the list that the text names, whatever its letter case; else the text itself."""
    return next((a for a in (APPROVED, CONVERTED, DECLINED) if a.casefold() == text.casefold()), text)


def write_refused(path: Path, reasons: dict[int, str], folder: Path, *, password: str | None = None) -> Path:
    """Write a copy of the list with the reason beside each row that was not taken (row number → reason)."""
    import openpyxl
    from openpyxl.styles import Alignment, Font, PatternFill

    book = openpyxl.load_workbook(io.BytesIO(_content(path, password)))
    page = book[SHEET]
    titles = [cell.value for cell in page[1]]
    column = titles.index(WHY) + 1 if WHY in titles else page.max_column + 1
    page.cell(1, column, WHY).font = Font(bold=True)
    page.column_dimensions[page.cell(1, column).column_letter].width = 60
    for row, why in sorted(reasons.items()):
        cell = page.cell(row, column, why)
        cell.fill = PatternFill("solid", fgColor="FFD9D9")
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    target = folder / f"{path.stem.removesuffix('_chua-nhan')}_chua-nhan.xlsx"
    partial = target.with_name(f".{os.getpid()}-{target.name}")
    with new_office_file(partial) as made:
        book.save(made)
    if password and is_encrypted(path.read_bytes()) and not is_encrypted(partial.read_bytes()):
        encrypt(partial, password)
    partial.chmod(0o600)
    partial.replace(target)
    return target
