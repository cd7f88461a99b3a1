"""One written date → what it says: every form of the register files, or null with the reason.

Forms and decisions: ``docs/normalize-dates.md``; the vectorised worker is ``columns_dates``.
"""

from __future__ import annotations

import re
from datetime import date, datetime

from reconcile.normalize.date_figures import from_serial, parse_figures
from reconcile.normalize.date_reading import Context, DateReading, Parts, settle, unread
from reconcile.normalize.date_words import parse_words
from reconcile.normalize.number_words import fold

NO_INFORMATION = frozenset(
    {"", "0", "00", "0.0", "null", "none", "nan", "nat", "khong co thong tin", "khong co", "khong ro", "khong",
     "khong xac dinh", "chua ro", "chua xac dinh", "khong biet", "n/a", "-", "--", "...", "00/00/0000",
     "00.00.0000", "0000-00-00", "0000"}
)  # fmt: skip
"""Folded texts that say "nothing is known" (template: 0, blank, *Không có thông tin*, Null)."""

_TIME = re.compile(
    r"(?:(?<=\d)t|[\s,]+|^)(?:luc\s*)?\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?\s*(z|[+-]\d{2}:?\d{2}|sa|ch|am|pm)?(?=\s|$|,)"
)
_CLOCK = re.compile(r"(?:\bhoi\s*|\bluc\s*)?\b\d{1,2}\s*(?:gio|h)\s*(?:\d{1,2}\s*(?:phut|p|')?)?\s*,?")
_LUNAR = re.compile(r"\(?\b(?:am\s*lich|lich\s*am|a\.?\s?l\.?|am)(?![a-z])\)?")
_SOLAR = re.compile(r"\(?\b(?:duong\s*lich|lich\s*duong|d\.?\s?l\.?|duong)(?![a-z])\)?")
_APPROXIMATE = re.compile(r"[?~≈]|\b(?:khoang|chung|uoc|do)\b|(?<![a-z])k\.\s*(?=\d)")
_LEAP = re.compile(r"\(?\bnhuan\b\)?")
_TWICE = re.compile(r"\(|\btuc\s*(?:la\s*)?(?:ngay\b)?|;")
_LETTER_DIGITS = re.compile(r"^[\dol./\-\s]*\d[\dol./\-\s]*$")
_EMPTY_SLOTS = re.compile(
    r"^(?:ngay[\s._…-]*)?thang[\s._…-]*nam[\s._…-]*(?=[\d(]|$)|^ngay[\s._…-]+(?=thang\s*\d)"
)
"""*ngày … tháng … năm 1970*: the printed form with nothing filled in (*tháng năm 1970* is such a form, not May)."""
_T_MONTH = re.compile(r"\bt\.?\s?(?=\d{1,2}\s*[./-]\s*\d{4}$)")
_OPEN = re.compile(r"\b(?:truoc|sau|den|tu)\b\s*(?:nam|ngay|thang)?\s*\d")


def read_date(
    text: str | float | date | None,
    *,
    not_before: date | None = None,
    not_after: date | None = None,
    excel_epoch: int = 1900,
) -> DateReading:
    """Read a date in any written form.

    ``not_after`` (for a birth: the day of registration) and ``not_before`` decide the century of two-digit and
    can-chi years, nothing else. A number is an Excel serial (``excel_epoch`` 1900 or 1904), a year, or digits
    whose leading zero Excel dropped.

    >>> read_date("15.08.1970").value, read_date("8/1970").value, read_date("15/8/5005").value
    ('1970-08-15', '1970-08', None)
    """
    context = Context(not_before, not_after)
    if text is None:
        return unread("", "BLANK")
    if isinstance(text, datetime):
        text = text.date()
    if isinstance(text, date):
        return settle(text.isoformat(), Parts(text.year, text.month, text.day), context)
    if isinstance(text, (int, float)):
        return _read_number(text, context, excel_epoch)
    folded = " ".join(fold(text).split()).strip(" '\"`.,;")
    if folded in NO_INFORMATION or not re.search(r"[a-z0-9]", folded):
        return unread(text, "BLANK")
    return _read_folded(text, folded, context, excel_epoch)


def _read_number(number: float, context: Context, epoch: int) -> DateReading:
    written = str(int(number)) if float(number).is_integer() else repr(number)
    if number == 0:
        return unread(written, "BLANK")
    day = from_serial(int(number), epoch=epoch)
    if day is not None:
        return settle(written, Parts(day.year, day.month, day.day, notes=["EXCEL_SERIAL"]), context)
    parts = parse_figures(written, epoch=epoch)
    return settle(written, parts, context) if parts is not None else unread(written, "UNREADABLE")


def _read_folded(text: str, folded: str, context: Context, epoch: int) -> DateReading:
    reading = _two_calendars(text, folded, context, epoch)
    if reading is not None:
        return reading
    parts = _parse(folded, epoch)
    return settle(text, parts, context) if parts is not None else unread(text, "UNREADABLE")


def _two_calendars(text: str, folded: str, context: Context, epoch: int) -> DateReading | None:
    """Read ``15/8/1960 (tức 24/6 âm lịch)``: the solar one counts, the lunar one is told."""
    pieces = [p.strip(" ).,;") for p in _TWICE.split(folded)]
    pieces = [p for p in pieces if re.search(r"\d|\bthang\b", p)]
    if len(pieces) != 2:
        return None
    lunar = [bool(_LUNAR.search(p)) for p in pieces]
    if lunar[0] == lunar[1]:
        return None
    parts = _parse(pieces[lunar.index(False)], epoch)
    if parts is None or (parts.year is None and parts.can_chi is None):
        return None
    parts.note("LUNAR_GIVEN_TOO")
    return settle(text, parts, context)


def _parse(folded: str, epoch: int) -> Parts | None:
    rest, notes, doubtful = folded, list[str](), False
    time = _TIME.search(rest)
    if time:
        rest = rest[: time.start()] + " " + rest[time.end() :]
        notes.append("TIME_DROPPED")
        if time[1] and re.match(r"z|[+-]0", time[1]) and "t17:" in folded:
            notes.append("PERHAPS_NEXT_DAY")  # midnight in Vietnam written in UTC
            doubtful = True
    elif _CLOCK.search(rest):
        rest = _CLOCK.sub(" ", rest)
        notes.append("TIME_DROPPED")
    lunar = bool(_LUNAR.search(rest))
    rest = _LUNAR.sub(" ", rest) if lunar else _SOLAR.sub(" ", rest)
    leap = bool(_LEAP.search(rest))
    rest = _LEAP.sub(" ", rest)
    slots = _EMPTY_SLOTS.match(rest.strip())
    if slots:
        rest = rest.strip()[slots.end() :]
        notes.append("MISSING_PART")
    rest = _T_MONTH.sub("", rest)
    figures = _parse_figures_marked(rest, epoch)
    if _APPROXIMATE.search(rest):
        rest = _APPROXIMATE.sub(" ", rest)
        notes.append("APPROXIMATE")
        doubtful = True
    parts = figures or _parse_rest(rest.strip(" ()'\".,;"), epoch, lunar=lunar, leap=leap)
    if parts is None:
        return None
    parts.lunar, parts.leap = lunar, leap
    for note in notes:
        parts.note(note)
    parts.doubtful = parts.doubtful or doubtful
    return parts


def _parse_figures_marked(rest: str, epoch: int) -> Parts | None:
    """Read figures with ``?`` for what is unknown (``?/8/1970``, ``15/?/1970``, ``197?``) before it is dropped."""
    bare = rest.strip(" ()")
    if "?" not in bare or re.search(r"[a-z]", bare.replace("x", "")):
        return None
    if re.search(r"\d\?+$", bare) and not re.search(r"(?:^|[./ -])\d{3}\?+$", bare):
        return None  # 15/8/1970?: doubt, nothing missing
    if not re.search(r"(?:^|[./ -])\?+(?=[./ -])|\d{3}\?+$", bare):
        return None
    return parse_figures(bare.replace("?", "x"), epoch=epoch)


def _parse_rest(rest: str, epoch: int, *, lunar: bool, leap: bool) -> Parts | None:
    if _OPEN.search(rest):  # "trước 1975" bounds a date, it does not give one
        return Parts(notes=["ONLY_A_BOUND"], doubtful=True)
    parts = parse_figures(rest, epoch=epoch)
    if parts is not None:
        return parts
    if _LETTER_DIGITS.match(rest):
        parts = parse_figures(rest.replace("o", "0").replace("l", "1"), epoch=epoch)
        if parts is not None:
            parts.note("LETTER_FOR_DIGIT", doubtful=True)
        return parts
    return parse_words(
        re.sub(r"\bthu (?:hai|ba|tu|nam|sau|bay|\d)\b|\bchu nhat\b", " ", rest), lunar=lunar, leap=leap
    )
