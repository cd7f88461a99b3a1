"""Dates in words or in words and figures: *ngày mười lăm tháng tám năm một nghìn chín trăm bảy mươi*.

Reads folded tokens. A sentence that allows two readings (*tháng mười một nghìn chín trăm*: October of
*một nghìn chín trăm*, or November of *nghìn chín trăm*) is not read.
"""

from __future__ import annotations

from reconcile.normalize.date_reading import Parts
from reconcile.normalize.intervals import year_in_range
from reconcile.normalize.lunar import can_chi_position
from reconcile.normalize.number_words import number_tokens, parse_number, spell_number

_NOISE = {
    "ngay", "sinh", "ns", "sn", "vao", "luc", "hoi", "la", "mat", "chet", "lich", "duong", "dl", "nhuan", "cua",
}  # fmt: skip
_MONTH_NAMES = {"gieng": 1, "chap": 12}
_EARLY_DAYS = {"mong", "mung"}

Tokens = tuple[str, ...]


def _number(tokens: Tokens, low: int, high: int) -> int | None:
    value, _ = parse_number(tokens)
    return value if value is not None and low <= value <= high else None


def _day(tokens: Tokens, parts: Parts) -> int | None:
    """Read the day; rằm is the 15th; mồng/mùng stands before 1–10."""
    if tokens and tokens[0] == "ram":
        parts.note("RAM_IS_15", doubtful=not parts.lunar)  # a word of the lunar month
        return 15 if len(tokens) == 1 else None
    if tokens and tokens[0] in _EARLY_DAYS:
        return _number(tokens[1:], 1, 10)
    return _number(tokens, 0, 99)


def _month(tokens: Tokens, parts: Parts) -> int | None:
    if len(tokens) == 1 and tokens[0] in _MONTH_NAMES:
        parts.note("LUNAR_MONTH_NAME")  # giêng and chạp: old books use them of solar months too
        return _MONTH_NAMES[tokens[0]]
    value = _number(tokens, 0, 99)
    if value == 1 and tokens == ("mot",) and parts.lunar:
        # In older speech tháng giêng is the first and tháng một the eleventh lunar month
        parts.note("THANG_MOT_MAY_BE_11", doubtful=True)
    return value


def _year(tokens: Tokens) -> tuple[int | None, int | None, bool]:
    """Return (year, can-chi position, two digits only)."""
    if len(tokens) >= 2:
        position = can_chi_position(tokens[0], tokens[1])
        if position is not None:
            year, _, short = _year(tokens[2:]) if len(tokens) > 2 else (None, None, False)
            return (year, position, short) if len(tokens) == 2 or year is not None else (None, None, False)
        position = can_chi_position(tokens[-2], tokens[-1])
        if position is not None and len(tokens) > 2:
            year, _, short = _year(tokens[:-2])
            return (year, position, short) if year is not None else (None, None, False)
    value, _ = parse_number(tokens)
    if value is None:
        return None, None, False
    if value < 100:
        two = (tokens[0].isdigit() and len(tokens[0]) == 2) or (not tokens[0].isdigit() and value >= 10)
        return (value, None, True) if two else (None, None, False)
    return (value, None, False) if value >= 1000 and value < 10000 else (None, None, False)


Reading = tuple[int | None, int | None, int | None, int | None, bool]


def _after_month(tokens: Tokens, parts: Parts) -> set[tuple[int, int | None, int | None, bool]]:
    """Return every (month, year, can-chi, short) of the tokens behind *tháng*: with *năm* between, else without."""
    found: set[tuple[int, int | None, int | None, bool]] = set()
    whole = _month(tokens, parts)
    if whole is not None:
        found.add((whole, None, None, False))
    for with_keyword in (True, False):
        for cut in range(1, min(len(tokens), 4)):
            if with_keyword and tokens[cut] != "nam":
                continue
            month = _month(tokens[:cut], parts)
            year, position, short = _year(tokens[cut + (1 if with_keyword else 0) :])
            if month is None or (year is None and position is None):
                continue
            if not with_keyword and short:
                continue
            found.add((month, year, position, short))
        if any(y is not None or p is not None for _, y, p, _ in found):
            break
    return {f for f in found if f[1] is not None or f[2] is not None} or found


def parse_words(text: str, *, lunar: bool = False, leap: bool = False) -> Parts | None:
    """Read a date sentence; None where it is none, parts without a year where the year is missing or unclear."""
    parts = Parts(lunar=lunar, leap=leap)
    tokens = tuple(t for t in number_tokens(text) if t not in _NOISE)
    if not tokens:
        return None
    if any(t in {"thang", "thg"} for t in tokens):
        return _parse_with_month(tokens, parts)
    if tokens[0] == "nam" and len(tokens) > 1:
        year, position, short = _year(tokens[1:])
        if year is not None or position is not None:
            return _with_year(parts, None, None, year, position, short)
    year, position, short = _year(tokens)
    if short:  # two bare figures or words without "năm" are no year
        return None
    if year is None and position is None:
        return _parse_figures_then_year(tokens, parts)
    return _with_year(parts, None, None, year, position, short)


def _parse_figures_then_year(tokens: Tokens, parts: Parts) -> Parts | None:
    """Read ``15/8 năm Canh Tý``, ``15/8/1970 Canh Tý``, ``15 8 một chín bảy mươi``, ``8 năm 1970``."""
    figures = 0
    while figures < len(tokens) and tokens[figures].isdigit() and len(tokens[figures]) <= 2:
        figures += 1
    rest = tokens[figures:]
    if rest and rest[0] == "nam" and len(rest) > 1:
        rest = rest[1:]
    if figures not in {1, 2} or not rest:
        return None
    year, position, short = _year(rest)
    if year is None and position is None:
        return None
    day = int(tokens[0]) if figures == 2 else None
    return _with_year(parts, day, int(tokens[figures - 1]), year, position, short)


def _parse_with_month(tokens: Tokens, parts: Parts) -> Parts | None:
    at = next(i for i, t in enumerate(tokens) if t in {"thang", "thg"})
    day = _day(tokens[:at], parts) if at else None
    if at and day is None:
        return None
    readings = _after_month(tokens[at + 1 :], parts)
    if not readings:
        return None
    if len(readings) > 1:
        parts.note("AMBIGUOUS_WORDS", doubtful=True)
        for month, year, _, short in sorted(readings, key=str):
            if year is not None and not short and year_in_range(year) and 1 <= month <= 12:
                parts.candidate(year, month, day)
        return parts
    month, year, position, short = next(iter(readings))
    return _with_year(parts, day, month, year, position, short)


def _with_year(
    parts: Parts, day: int | None, month: int | None, year: int | None, position: int | None, short: bool
) -> Parts:
    parts.day, parts.month, parts.year, parts.can_chi, parts.short_year = day, month, year, position, short
    return parts


def spell_date(year: int, month: int | None = None, day: int | None = None) -> str:
    """Write a date in words as a certificate does: ``ngày mười lăm tháng tám năm một nghìn chín trăm bảy mươi``."""
    words = f"năm {spell_number(year)}"
    if month is not None:
        words = f"tháng {'tư' if month == 4 else spell_number(month)} {words}"
        if day is not None:
            words = f"ngày {spell_number(day)} {words}"
    return words
