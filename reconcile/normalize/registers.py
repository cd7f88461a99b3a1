"""Register address of a record: số, quyển số, year; and the name of the PDF that holds its page.

Template hộ tịch 158: ``so`` = ``02``, ``99/`` or ``99/9999`` (number/year), ``quyenSo`` = ``01/2017``. Compare as
integers, keep the text: leading zeros vary between file names and sheets. A book may run on into the next year
and the numbering then restarts (TT 04/2020 Điều 29), so a year is part of every address.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from reconcile.normalize.intervals import year_in_range

NUMBER_PATTERN = r"^\s*(?:[sS][oốÔỐ]\s*:?\s*)?(\d{1,6})(?:\.0+)?\s*(?:[/.\-]\s*(\d{4})?(?:\.0+)?\s*)?(?:[A-Za-zĐđ.\-/]*)\s*$"
"""Number and, behind a stroke, its year; a letter tail such as ``15/2016-KS`` is allowed."""
BOOK_PATTERN = r"^\s*(?:[qQ]\w*\s*(?:[sS][oốÔỐ])?\s*:?\s*)?(\d{1,4})(?:\.0+)?\s*(?:[/.\-]\s*(?:\w{1,3}[/.\-])?\s*(\d{4})?(?:\.0+)?\s*)?(?:[A-Za-zĐđ.\-/]*)\s*$"
"""Book and the year it was opened (``01/2017``, ``1-2017``, ``01``)."""

_NUMBER, _BOOK = re.compile(NUMBER_PATTERN), re.compile(BOOK_PATTERN)


@dataclass(frozen=True, slots=True)
class NumberedReading:
    """A số or quyển số as read: ``value`` the integer, ``year`` the year written beside it."""

    input: str
    value: int | None = None
    year: int | None = None
    notes: tuple[str, ...] = ()
    doubtful: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return the fields as JSON can hold them."""
        return {**asdict(self), "notes": list(self.notes)}


def _read(text: str | None, pattern: re.Pattern[str]) -> NumberedReading:
    written = text or ""
    if not written.strip() or written.strip().lower() in {"null", "không có thông tin"}:
        return NumberedReading(written, notes=("BLANK",))
    found = pattern.match(written)
    if not found:
        return NumberedReading(written, notes=("UNREADABLE",), doubtful=True)
    number, year = int(found[1]), int(found[2]) if found[2] else None
    if year is not None and not year_in_range(year):
        return NumberedReading(written, number or None, None, ("YEAR_OUT_OF_RANGE",), doubtful=True)
    if number == 0:  # numbering starts at 01 (TT 04/2020 Điều 29)
        return NumberedReading(written, None, year, ("ZERO",), doubtful=True)
    return NumberedReading(written, number, year)


def read_register_number(text: str | None) -> NumberedReading:
    """Read số đăng ký: ``02`` → 2; ``99/2016`` → 99 of 2016; ``99/`` → 99."""
    return _read(text, _NUMBER)


def read_book(text: str | None) -> NumberedReading:
    """Read quyển số: ``01/2017`` → book 1 of 2017; ``01`` → book 1."""
    return _read(text, _BOOK)


_PDF = re.compile(
    r"^(?P<register>[A-Z]{2,5})\.(?P<opened>\d{4})\.(?P<book>\d{1,3})\."
    r"(?P<day>\d{4}-\d{2}-\d{2})\.(?P<number>\d{1,6})(?:\.pdf)?$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class PdfName:
    """The parts of ``KS.2016.01.2016-03-15.052.pdf``: register, year the book was opened, book, day, number."""

    register: str
    opened: int
    book: int
    day: date
    number: int
    number_text: str

    @property
    def years_fit(self) -> bool:
        """Tell whether the day lies in the year the book was opened or the next (a book may run on)."""
        return self.day.year - self.opened in {0, 1}


def parse_pdf_name(name: str) -> PdfName | None:
    """Read a PDF's file name (1437/BTP-CNTT practice); None where it has another shape or an impossible day."""
    found = _PDF.match(name.strip().replace("\\", "/").rsplit("/", 1)[-1])
    if not found:
        return None
    try:
        day = date.fromisoformat(found["day"])
    except ValueError:
        return None
    return PdfName(
        found["register"].upper(),
        int(found["opened"]),
        int(found["book"]),
        day,
        int(found["number"]),
        found["number"],
    )


def pdf_name(register: str, opened: int, book: int, day: date, number: int, *, width: int = 2) -> str:
    """Build the file name of a record's page; ``width`` pads the number (two programs pad to 2 and to 3)."""
    return f"{register}.{opened:04d}.{book:02d}.{day.isoformat()}.{number:0{width}d}.pdf"


def book_stem(register: str, opened: int, book: int) -> str:
    """Build the name that the Excel file and the zip of one book share: ``KS.2016.01`` (no public source fixes it)."""
    return f"{register}.{opened:04d}.{book:02d}"
