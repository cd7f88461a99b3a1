"""Dates in figures, in every order and with every separator that register files carry (TT 04/2020, template 158).

Works on folded text. Order of trial matters only where two forms could be one text; each such case is settled
in ``docs/normalize-dates.md``.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

from reconcile.normalize.date_reading import Parts
from reconcile.normalize.intervals import is_real_day, year_in_range

_SEPARATORS = re.compile(r"\s*[./\\,\-\u2010-\u2015|_:;]+\s*|\s+")
_ROMAN = {
    r: i
    for i, r in enumerate(("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii"), start=1)
}
_ENGLISH = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_LETTER_MONTH = re.compile(
    r"^(\d{1,2})[ ./-]*(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[ ./,-]*(\d{4}|\d{2})$"
)
_MISSING_MIDDLE = re.compile(r"^(\d{1,2})\s*[./-]\s*(?:[?x_*.…-]+|)\s*[./-]\s*(\d{4})$")
_BROKEN_YEAR = re.compile(r"(?:^|[./ -])(1[89]\d|20\d)[?x_*.]+$")
_DMY = re.compile(r"^(\d{1,2})\.(\d{1,2})\.(\d{4})$")
_DM_SHORT = re.compile(r"^(\d{1,2})\.(\d{1,2})\.(\d{2})$")
_MY = re.compile(r"^(\d{1,2})\.(\d{4})$")
_YMD = re.compile(r"^(\d{4})\.(\d{1,2})\.(\d{1,2})$")
_YM = re.compile(r"^(\d{4})\.(\d{1,2})$")
_ROMAN_MONTH = re.compile(r"^(\d{1,2})\.([ivx]+)\.(\d{4}|\d{2})$")
_ODD_YEAR = re.compile(r"^(?:(?:(\d{1,2})\.)?(\d{1,2})\.)(\d{3}|\d{5})$")
_ODD_DAY = re.compile(r"^(\d{3,})\.(\d{1,2})\.(\d{4})$")
_SERIAL = re.compile(r"^(\d{5})(?:\.\d+)?$")

SERIAL_FIRST, SERIAL_LAST = 10_000, 73_050
"""Excel serials read: five digits, 18/05/1927 to 31/12/2099 (system 1900); shorter ones look like years."""


def from_serial(serial: int, *, epoch: int = 1900) -> date | None:
    """Return the day of an Excel serial number in the 1900 or 1904 system; None outside 1927–2099.

    Excel's 1900 system counts a 29/02/1900 that never was; all serials from 61 are counted from 30/12/1899.
    """
    if not SERIAL_FIRST <= serial <= SERIAL_LAST:
        return None
    start = date(1904, 1, 1) if epoch == 1904 else date(1899, 12, 30)
    return start + timedelta(days=serial)


def parse_figures(folded: str, *, epoch: int = 1900) -> Parts | None:
    """Read figures; None where the text has another shape."""
    if _BROKEN_YEAR.search(folded):
        return Parts(notes=["YEAR_INCOMPLETE"], doubtful=True)
    middle = _MISSING_MIDDLE.match(folded)
    if middle and year_in_range(int(middle[2])) and not _MY.match(_SEPARATORS.sub(".", folded)):
        return _noted(Parts(year=int(middle[2])), "MISSING_PART")
    named = _letter_month(folded)
    if named is not None:
        return named
    if re.search(r"(?<=[./ -])0*[x_*…]+|^[x_*.…/-]+(?=[./ -])", folded) and re.search(r"\d{4}$", folded):
        bare = re.sub(r"[x_*…]+", " ", folded)
        return _noted(_parse_separated(_SEPARATORS.sub(".", bare).strip("."), epoch), "MISSING_PART")
    merged = _SEPARATORS.sub(".", folded)
    parts = _parse_separated(merged.strip("."), epoch)
    if parts is not None and re.match(r"^\s*[./-]", folded):
        parts.note("MISSING_PART")
    return parts


def _noted(parts: Parts | None, code: str) -> Parts | None:
    if parts is not None:
        parts.note(code)
    return parts


def _letter_month(folded: str) -> Parts | None:
    named = _LETTER_MONTH.match(folded)
    if not named:
        return None
    month = _ENGLISH.index(named[2]) + 1
    return Parts(int(named[3]), month, int(named[1]), short_year=len(named[3]) == 2, notes=["ENGLISH_MONTH"])


def _parse_separated(text: str, epoch: int) -> Parts | None:
    """Read text whose separators are all points."""
    if m := _DMY.match(text):
        return Parts(int(m[3]), int(m[2]), int(m[1]))
    if text.isdigit():
        return _parse_run(text, epoch)
    if m := _MY.match(text):
        return Parts(int(m[2]), int(m[1]))
    if m := _YMD.match(text):
        return _year_first(int(m[1]), int(m[2]), int(m[3]))
    if m := _YM.match(text):
        return Parts(int(m[1]), int(m[2]) or None)  # 1984.0 is a year that a float column carried
    if m := _DM_SHORT.match(text):
        return Parts(int(m[3]), int(m[2]), int(m[1]), short_year=True)
    if m := _ROMAN_MONTH.match(text):
        if m[2] in _ROMAN:
            short = len(m[3]) == 2
            return Parts(int(m[3]), _ROMAN[m[2]], int(m[1]), short_year=short, notes=["ROMAN_MONTH"])
        return None
    if (m := re.match(r"^(\d{1,2})\.(\d{2})$", text)) and int(m[2]) > 31 and 1 <= int(m[1]) <= 12:
        return Parts(int(m[2]), int(m[1]), short_year=True)
    if re.match(r"^\d{1,2}\.\d{1,2}$", text):
        return Parts(notes=["YEAR_MISSING"])
    if m := _SERIAL.match(text):
        return _serial(int(m[1]), epoch)
    if m := re.match(r"^(\d{6,8})\.0+$", text):
        return _parse_run(m[1], epoch)
    if (m := re.match(r"^(\d{1,2})\.(19\d|20\d)$", text)) and 1 <= int(m[1]) <= 12:
        parts = Parts()  # 10.197 is what a float makes of 10.1970
        parts.note("YEAR_INCOMPLETE", doubtful=True)
        parts.candidate(int(m[2]) * 10, int(m[1]))
        return parts
    if m := _ODD_YEAR.match(text):
        return Parts(int(m[3]), int(m[2]), int(m[1]) if m[1] else None)
    if m := _ODD_DAY.match(text):
        return _noted(Parts(int(m[3]), doubtful=True), "IMPOSSIBLE_DAY")
    return None


def _year_first(year: int, month: int, day: int) -> Parts:
    if month > 12 and 1 <= day <= 12 and is_real_day(year, day, month):
        parts = Parts(year, day, month)
        parts.note("MONTH_BEFORE_DAY", doubtful=True)
        return parts
    return Parts(year, month, day)


def _serial(number: int, epoch: int) -> Parts | None:
    day = from_serial(number, epoch=epoch)
    return None if day is None else Parts(day.year, day.month, day.day, notes=["EXCEL_SERIAL"])


def _parse_run(text: str, epoch: int) -> Parts | None:
    """Read digits without separators: DDMMYYYY, yyyyMMdd, MMYYYY, yyyyMM, DDMMYY, yyyy, yy, an Excel serial."""
    if len(text) == 8:
        return _eight(text)
    if len(text) == 7:
        return _seven(text)
    if len(text) == 6:
        return _six(text)
    if len(text) == 5:
        return _five(text, epoch)
    if len(text) == 4 or len(text) == 3:
        return Parts(int(text))
    if len(text) == 2:
        return Parts(int(text), short_year=True)
    return None


def _eight(text: str) -> Parts | None:
    day, month, year = int(text[:2]), int(text[2:4]), int(text[4:])
    iso_year, iso_month, iso_day = int(text[:4]), int(text[4:6]), int(text[6:])
    if year_in_range(year) and is_real_day(year, month, day):
        return Parts(year, month, day, notes=["DIGITS_RUN"])
    if year_in_range(iso_year) and is_real_day(iso_year, iso_month, iso_day):
        return Parts(iso_year, iso_month, iso_day, notes=["DIGITS_RUN"])
    if year_in_range(year):
        return Parts(year, month, day, notes=["DIGITS_RUN"])
    if year_in_range(iso_year):
        return Parts(iso_year, iso_month, iso_day, notes=["DIGITS_RUN"])
    return Parts(year, month, day, notes=["DIGITS_RUN"]) if is_real_day(2000, month, day) else None


def _seven(text: str) -> Parts | None:
    """Read ``9012017``: a number cell drops the leading zero. ``1112017`` may also be 11/1 or 1/11 typed short."""
    parts = _eight("0" + text)
    if parts is None or parts.year is None or not is_real_day(parts.year, parts.month or 0, parts.day or 0):
        return None
    parts.note("LEADING_ZERO_RESTORED")
    day, month = int(text[:2]), int(text[2])
    if month and is_real_day(parts.year, month, day):
        parts.candidate(parts.year, month, day)
    return parts


def _six(text: str) -> Parts | None:
    readings: list[Parts] = []
    month, year = int(text[:2]), int(text[2:])
    if 1 <= month <= 12 and year_in_range(year):
        readings.append(Parts(year, month))
    year, month = int(text[:4]), int(text[4:])
    if 1 <= month <= 12 and year_in_range(year):
        readings.append(Parts(year, month))
    day, month = int(text[:2]), int(text[2:4])
    if is_real_day(2000, month, day):
        readings.append(Parts(int(text[4:]), month, day, short_year=True))
    if len(readings) > 1:
        unclear = Parts()
        unclear.note("AMBIGUOUS_DIGITS", doubtful=True)
        for r in readings:
            if not r.short_year:
                unclear.candidate(r.year, r.month, r.day)
        return unclear
    return _noted(readings[0], "DIGITS_RUN") if readings else None


def _five(text: str, epoch: int) -> Parts | None:
    serial = _serial(int(text), epoch)
    month, year = int(text[0]), int(text[1:])
    if not (month and 1900 <= year <= 2100):
        return serial if serial is not None else Parts(int(text))
    if serial is None:
        return Parts(year, month, notes=["DIGITS_RUN", "LEADING_ZERO_RESTORED"])
    unclear = Parts()  # 11970: January 1970 without its zero, or serial 11970 = 08/10/1932
    unclear.note("AMBIGUOUS_DIGITS", doubtful=True)
    unclear.candidate(year, month)
    unclear.candidate(serial.year, serial.month, serial.day)
    return unclear
