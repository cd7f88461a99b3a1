"""The Vietnamese lunar calendar: days, months and years as solar intervals, and can-chi years.

Computed by ``lunar-vn`` (Hồ Ngọc Đức's algorithm) with the time zone Vietnam's printed calendars followed:
UTC+8 up to 1967, UTC+7 since 1968. A Chinese calendar differs on 3.6 % of the days since 1930, so none is used.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

from reconcile.normalize.intervals import Interval

FIRST_LUNAR_YEAR, LAST_LUNAR_YEAR = 1901, 2099
"""Years the computation covers."""

_STEMS = {
    "giap": 0, "at": 1, "binh": 2, "dinh": 3, "mau": 4, "ky": 5, "ki": 5, "canh": 6, "tan": 7,
    "nham": 8, "quy": 9, "qui": 9,
}  # fmt: skip
_BRANCHES = {
    "suu": (1,), "dan": (2,), "mao": (3,), "meo": (3,), "thin": (4,), "ngo": (6,), "mui": (7,),
    "than": (8,), "dau": (9,), "tuat": (10,), "hoi": (11,),
    "ty": (0, 5), "ti": (0, 5),  # Tý (rat) and Tỵ (snake)
}  # fmt: skip


def _zone(year: int) -> float:
    return 8.0 if year <= 1967 else 7.0


@lru_cache(maxsize=4096)
def _day(year: int, month: int, day: int, leap: int) -> date | None:
    from lunar_vn import convert_lunar_to_solar, convert_solar_to_lunar

    if not FIRST_LUNAR_YEAR <= year <= LAST_LUNAR_YEAR or not 1 <= month <= 12 or not 1 <= day <= 30:
        return None
    zone = _zone(year)
    try:
        solar: date = convert_lunar_to_solar(day, month, year, leap, time_zone=zone)
        back = convert_solar_to_lunar(solar.day, solar.month, solar.year, time_zone=zone)
    except ValueError:
        return None
    # The library rolls a 30th of a short month, or a leap month that the year lacks, into another day.
    same = (back.day, back.month, back.year, int(back.leap)) == (day, month, year, leap)
    return solar if same else None


def lunar_day(year: int, month: int, day: int, *, leap: bool = False) -> date | None:
    """Return the solar day of a lunar one; None where that month has no such day (or there is no leap month)."""
    return _day(year, month, day, int(leap))


def lunar_month(year: int, month: int, *, leap: bool = False) -> Interval | None:
    """Return first and last solar day of a lunar month."""
    first = lunar_day(year, month, 1, leap=leap)
    if first is None:
        return None
    last = lunar_day(year, month, 30, leap=leap) or lunar_day(year, month, 29, leap=leap)
    return None if last is None else (first, last)


def lunar_year(year: int) -> Interval | None:
    """Return the first day of Tết and the last day before the next."""
    first, following = lunar_day(year, 1, 1), lunar_day(year + 1, 1, 1)
    if first is None or following is None:
        return None
    return first, following - timedelta(days=1)


def lunar_interval(year: int, month: int | None, day: int | None, *, leap: bool = False) -> Interval | None:
    """Return the solar interval of a lunar year, month or day."""
    if month is None:
        return lunar_year(year)
    if day is None:
        return lunar_month(year, month, leap=leap)
    solar = lunar_day(year, month, day, leap=leap)
    return None if solar is None else (solar, solar)


def can_chi_position(stem: str, branch: str) -> int | None:
    """Return the place 0–59 in the sixty-year cycle (0 = Giáp Tý) of a pair written without marks, or None.

    Stems and branches of unlike parity never meet. That tells Tý (rat) from Tỵ (snake) without their marks,
    which clerks mix: *At Ty* can only be Ất Tỵ.
    """
    if stem not in _STEMS or branch not in _BRANCHES:
        return None
    s = _STEMS[stem]
    fitting = [b for b in _BRANCHES[branch] if b % 2 == s % 2]
    if not fitting:
        return None
    return next(n for n in range(60) if n % 10 == s and n % 12 == fitting[0])


def can_chi_years(position: int, first: int, last: int) -> list[int]:
    """Return the lunar years of a place in the cycle between two years, both included. 1984 was Giáp Tý."""
    return [year for year in range(first, last + 1) if (year - 1984) % 60 == position]
