"""A date as the days it can mean: a full date is one day, a month its days, a year its days."""

from __future__ import annotations

from calendar import monthrange
from datetime import date

FIRST_YEAR, LAST_YEAR = 1800, 2100
"""Years a register of living memory can hold; a year outside is a typing error (5005 for 2005)."""

Interval = tuple[date, date]


def year_in_range(year: int) -> bool:
    """Tell whether a year can stand in a register at all."""
    return FIRST_YEAR <= year <= LAST_YEAR


def interval(year: int, month: int | None = None, day: int | None = None) -> Interval:
    """Return (earliest, latest) of a year, a month or a day. Errors: ValueError for a day that does not exist."""
    if month is None:
        return date(year, 1, 1), date(year, 12, 31)
    if day is None:
        return date(year, month, 1), date(year, month, monthrange(year, month)[1])
    return date(year, month, day), date(year, month, day)


def iso(year: int, month: int | None = None, day: int | None = None) -> str:
    """Write what is known: ``1970``, ``1970-08`` or ``1970-08-15``."""
    text = f"{year:04d}"
    if month is not None:
        text += f"-{month:02d}"
        if day is not None:
            text += f"-{day:02d}"
    return text


def is_real_day(year: int, month: int, day: int) -> bool:
    """Tell whether the Gregorian calendar has this day."""
    return 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]
