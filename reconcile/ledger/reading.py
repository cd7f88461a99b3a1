"""Returned workbooks → rows as the clerk left them: whatever was sorted, filtered, renamed, copied in or taken out.

Sheets are known by their header cells, not by their names; columns by their titles, not by their places. Nothing is
judged here but whether a row still is the row that was written (id and fingerprint).
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import io
import re
import unicodedata
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from reconcile.ledger.pages import Page, RawCell, fast_pages, slow_pages
from reconcile.ledger.rulings import file_reason, rulings
from reconcile.protection.files import passwords_for
from reconcile.protection.office import WrongPasswordError, decrypted, is_encrypted
from reconcile.report import layout

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

HEADER_ROWS = 10
"""A header is looked for this far down: somebody may have put lines above it."""

_ISO = re.compile(r"^(\d{4})-(\d\d)-(\d\d)(?: 00:00:00)?$")
"""A true date of the spreadsheet as calamine gives it."""


class FileRefusedError(Exception):
    """A whole file can't be read; ``str()`` is the Vietnamese sentence."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What a clerk wrote into a cell: text without outer blanks, and what is wrong with it."""

    text: str | None = None
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class ReturnedRow:
    """One row of a returned sheet. ``intact``: id and shown values still belong together."""

    file: str
    sha256: str
    tab: str
    sheet: layout.SheetLayout
    row: int
    run_id: str
    case_id: str | None
    intact: bool
    cells: dict[str, Cell]

    @property
    def place(self) -> str:
        """Return file, sheet and row as a clerk finds it."""
        return f"{self.file}, trang {self.tab}, dòng {self.row}"

    def text(self, key: str) -> str | None:
        """Return the text of an editable cell."""
        return self.cells[key].text if key in self.cells else None


@dataclass(slots=True)
class ReturnedWorkbook:
    """A workbook as read: its stamp, its filled rows, and how many rows each sheet holds."""

    path: Path
    sha256: str
    stamp: dict[str, str]
    rows: list[ReturnedRow] = field(default_factory=list)
    counted: dict[str, int] = field(default_factory=dict)

    @property
    def missing(self) -> dict[str, int]:
        """Return sheet title → rows that were written but are not there now (deleted: they are asked again)."""
        lost = {
            s.title: int(self.stamp[f"rows.{s.key}"]) - self.counted.get(s.key, 0)
            for s in layout.ROW_SHEETS
            if self.stamp.get(f"rows.{s.key}", "").isdigit()
        }
        return {title: count for title, count in lost.items() if count > 0}


def read_returned(path: Path, *, password: str | None = None, fast: bool = True) -> ReturnedWorkbook:
    """Read a returned workbook; only rows in which the clerk wrote something are kept.

    ``fast``: read plain cells through calamine, and anything odd (formulas, error cells, a row that does not look
    as it was written) through openpyxl. Both give the same. Raises FileRefusedError with a Vietnamese sentence where
    the file can't be read as a workbook.
    """
    content = file_content(path, password)
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    try:
        pages = fast_pages(content) if fast else None
        if pages is not None:
            read = _read(path, sha256, pages)
            if all(row.intact for row in read.rows):
                return read
        with contextlib.closing(slow_pages(content)) as plain:
            return _read(path, sha256, plain)
    except FileRefusedError:
        raise
    except Exception as error:  # both libraries raise whatever their parts raise
        raise FileRefusedError(file_reason("damaged")) from error


def file_content(path: Path, password: str | None) -> bytes:
    """Return the bytes of an .xlsx file, decrypted where it has a password; check kind and size."""
    limits = rulings().limits
    try:
        if not path.is_file():
            raise FileRefusedError(file_reason("not_found"))
        if path.stat().st_size > limits.megabytes * 1024 * 1024:
            raise FileRefusedError(file_reason("too_large"))
        content = path.read_bytes()
    except OSError as error:
        raise FileRefusedError(file_reason("locked")) from error
    if is_encrypted(content):
        content = _opened(content, [password] if password else passwords_for(path))
    if path.suffix.casefold() in (".xlsm", ".xlsb"):
        raise FileRefusedError(file_reason("macros"))
    if path.suffix.casefold() != ".xlsx":
        raise FileRefusedError(file_reason("not_xlsx"))
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
    except zipfile.BadZipFile as error:
        raise FileRefusedError(file_reason("damaged")) from error
    if any("vbaproject" in m.filename.casefold() for m in members):
        raise FileRefusedError(file_reason("macros"))
    if sum(m.file_size for m in members) > limits.unpacked_megabytes * 1024 * 1024:
        raise FileRefusedError(file_reason("too_large"))
    return content


def _opened(content: bytes, passwords: Iterable[str]) -> bytes:
    tried = False
    for password in passwords:
        tried = True
        try:
            return decrypted(content, password)
        except WrongPasswordError:
            continue
    raise FileRefusedError(file_reason("wrong_password" if tried else "password"))


def _read(path: Path, sha256: str, pages: Iterable[Page]) -> ReturnedWorkbook:
    read = ReturnedWorkbook(path, sha256, {})
    sheets = []
    for page in pages:
        if page.title == layout.STAMP_SHEET:
            for _, cells in zip(range(100), page.rows(), strict=False):
                if len(cells[1]) > 1 and cells[1][0].value:
                    read.stamp[str(cells[1][0].value)] = str(cells[1][1].value or "")
        elif page.title != layout.LIST_SHEET:
            sheets.append(page)
    version = read.stamp.get("format_version", layout.FORMAT_VERSION)
    if version != layout.FORMAT_VERSION:
        raise FileRefusedError(file_reason("other_version", version=version))
    if not [page for page in sheets if _read_sheet(page, read)]:
        raise FileRefusedError(file_reason("no_sheet"))
    return read


def _folded(title: Any) -> str:
    return " ".join(unicodedata.normalize("NFC", str(title or "")).split()).casefold()


def recognised(titles: Sequence[Any]) -> tuple[layout.SheetLayout, dict[str, int]] | None:
    """Return which sheet a header row belongs to and where each of its columns is; None where it is none.

    A sheet is recognised by most of its titles, the conclusion among them (or the note, where none is asked).
    """
    places: dict[str, int] = {}
    for at, title in enumerate(titles):
        places.setdefault(_folded(title), at)
    best: tuple[float, layout.SheetLayout, dict[str, int]] | None = None
    for sheet in layout.ROW_SHEETS:
        found = {c.key: places[_folded(c.title)] for c in sheet.columns if _folded(c.title) in places}
        needed = "ket_luan" if sheet.has("ket_luan") else "ghi_chu"
        share = len(found) / len(sheet.columns)
        if needed in found and share > 0.6 and (best is None or share > best[0]):
            best = (share, sheet, found)
    return None if best is None else best[1:]


def _read_sheet(page: Page, read: ReturnedWorkbook) -> bool:
    header = None
    number = 0
    for number, cells in page.head(HEADER_ROWS):  # noqa: B007 - rows behind the header are read from here on
        header = recognised([c.value for c in cells])
        if header is not None:
            break
    if header is None:
        return False
    sheet, at = header
    edit = [(k, at[k]) for k in layout.EDIT_KEYS if k in at]
    shown = [at.get(k) for k in sheet.fingerprinted]
    id_at, print_at = at.get(layout.ID_KEY), at.get(layout.FINGERPRINT_KEY)
    read.counted[sheet.key] = read.counted.get(sheet.key, 0) + page.filled(id_at, number)
    limit = rulings().limits.rows
    for row, cells in page.rows(number, [i for _, i in edit]):
        if row > limit:
            raise FileRefusedError(file_reason("too_large"))
        width = len(cells)
        written = {k: _cell(cells[i], k) for k, i in edit if i < width and cells[i].value is not None}
        written = {k: c for k, c in written.items() if c.text is not None or c.fault}
        if not written.keys() - {"nguoi_xu_ly"}:
            continue  # nothing decided; a name filled down the whole column decides nothing
        case_id = _at(cells, id_at)
        stated = layout.fingerprint(sheet.key, case_id or "", [_at(cells, i) for i in shown])
        intact = case_id is not None and stated == _at(cells, print_at)
        read.rows.append(
            ReturnedRow(
                read.path.name,
                read.sha256,
                page.title,
                sheet,
                row,
                read.stamp.get("run_id", ""),
                case_id,
                intact,
                written,
            )
        )
    return True


def _at(cells: Sequence[RawCell], index: int | None) -> str | None:
    return _plain(cells[index].value) or None if index is not None and index < len(cells) else None


def _plain(value: Any) -> str | None:
    """Return a shown cell as the text that was written into it."""
    if value is None:
        return None
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _cell(cell: RawCell, key: str) -> Cell:
    """Return an editable cell as text: dates as dd.mm.yyyy, whole numbers without '.0'."""
    value = cell.value
    if cell.data_type == "f":
        return Cell(None, "formula")
    if cell.data_type == "e":
        return Cell(str(value), "cell_error")
    if isinstance(value, dt.datetime | dt.date):
        return Cell(value.strftime("%d.%m.%Y"))
    if isinstance(value, bool):
        return Cell("1" if value else "0")
    text = layout.cell_text(unicodedata.normalize("NFC", _plain(value) or ""))
    text = " ".join(text.split())
    if key == "gia_tri_dung" and (iso := _ISO.match(text)):
        text = f"{iso[3]}.{iso[2]}.{iso[1]}"
    return Cell(text or None)
