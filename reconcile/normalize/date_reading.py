"""What was read of a date, and how its parts become days: partial, impossible, two-digit, lunar, can-chi.

The rules and their reasons are in ``docs/normalize-dates.md``. The one above all: nothing is guessed. What is
certain stays as an interval; what may be meant stands in the notes as ``CANDIDATE:…``.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from reconcile.normalize.intervals import Interval, interval, is_real_day, iso, year_in_range
from reconcile.normalize.lunar import can_chi_years, lunar_day, lunar_interval

CAN_CHI_FIRST, CAN_CHI_LAST = 1900, 2030
"""Years tried for a can-chi year when the caller gives no limits."""
LIFESPAN = 100
"""A two-digit or can-chi year is looked for within so many years before ``not_after``."""


@dataclass(frozen=True, slots=True)
class DateReading:
    """A date as read.

    ``value`` is ``1970-08-15``, ``1970-08`` or ``1970``, in the calendar it was written in; ``earliest`` and
    ``latest`` are the solar days it can mean; ``notes`` are reason codes; ``doubtful`` asks for a look.
    """

    input: str
    value: str | None = None
    earliest: date | None = None
    latest: date | None = None
    calendar: str = "solar"
    notes: tuple[str, ...] = ()
    doubtful: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return the fields as JSON can hold them."""
        days = {
            k: d.isoformat() if d else None for k, d in (("earliest", self.earliest), ("latest", self.latest))
        }
        return {**asdict(self), **days, "notes": list(self.notes)}


@dataclass(slots=True)
class Parts:
    """What the figures or words say, before it is asked whether the calendar has such a day."""

    year: int | None = None
    month: int | None = None
    day: int | None = None
    short_year: bool = False
    can_chi: int | None = None
    lunar: bool = False
    leap: bool = False
    doubtful: bool = False
    notes: list[str] = field(default_factory=list)

    def note(self, code: str, *, doubtful: bool = False) -> None:
        """Add a reason code once."""
        if code not in self.notes:
            self.notes.append(code)
        self.doubtful = self.doubtful or doubtful

    def candidate(self, *parts: int | None) -> None:
        """Add a date that may be meant."""
        year, month, day = (*parts, None, None)[:3]
        if year is not None:
            self.note(f"CANDIDATE:{iso(year, month, day)}", doubtful=True)


@dataclass(frozen=True, slots=True)
class Context:
    """What is known beside the text: the days a date must lie between."""

    not_before: date | None = None
    not_after: date | None = None


def unread(text: str, *notes: str, doubtful: bool = False) -> DateReading:
    """Return the reading of a text that gives no date."""
    return DateReading(text, notes=notes, doubtful=doubtful)


def settle(text: str, parts: Parts, context: Context) -> DateReading:
    """Turn parts into a reading: find the year, then the days; keep what is certain of an impossible date."""
    _settle_year(parts, context)
    if parts.year is None:
        notes = tuple(parts.notes or ["YEAR_MISSING"])
        calendar = "lunar" if parts.lunar else "solar"
        return DateReading(text, calendar=calendar, notes=notes, doubtful=parts.doubtful)
    days = _lunar_days(parts) if parts.lunar else _solar_days(parts)
    if days is None:
        return unread(text, *parts.notes, doubtful=True)
    value = iso(parts.year, parts.month, parts.day)
    calendar = "lunar" if parts.lunar else "solar"
    return DateReading(text, value, days[0], days[1], calendar, tuple(parts.notes), parts.doubtful)


def _settle_year(parts: Parts, context: Context) -> None:
    if parts.can_chi is not None:
        _settle_can_chi(parts, context)
    elif parts.short_year and parts.year is not None:
        _settle_short_year(parts, context)
    if parts.year is not None and not year_in_range(parts.year):
        parts.note("YEAR_OUT_OF_RANGE", doubtful=True)
        for year in year_typo_candidates(parts.year, context):
            parts.candidate(year, *_real(year, parts))
        parts.year = None


def _real(year: int, parts: Parts) -> tuple[int | None, int | None]:
    """Return (month, day) as far as they are possible in ``year``."""
    if parts.month is None or not 1 <= parts.month <= 12:
        return None, None
    if parts.day is None or not is_real_day(year, parts.month, parts.day):
        return parts.month, None
    return parts.month, parts.day


def year_typo_candidates(year: int, context: Context) -> list[int]:
    """Return up to three years one keystroke away: one digit changed, doubled or dropped."""
    text = str(year)
    last = context.not_after.year if context.not_after else CAN_CHI_LAST
    first = context.not_before.year if context.not_before else 1900
    near = {text[:i] + text[i + 1 :] for i in range(len(text))} if len(text) == 5 else set()
    if len(text) == 4:
        near = {text[:i] + d + text[i + 1 :] for i in range(4) for d in "0123456789"}
    if len(text) == 3:
        near = {text[:i] + d + text[i:] for i in range(4) for d in "0123456789"}
    found = sorted(int(y) for y in near if len(y) == 4 and y[0] != "0" and first <= int(y) <= last)
    return found if len(found) <= 3 else []


def _settle_short_year(parts: Parts, context: Context) -> None:
    """Give a two-digit year its century where the context leaves one; else null with the candidates."""
    short = parts.year or 0
    parts.note("TWO_DIGIT_YEAR")
    if context.not_after is None and context.not_before is None:
        parts.note("AMBIGUOUS_CENTURY", doubtful=True)
        for year in (1900 + short, 2000 + short):
            parts.candidate(year, *_real(year, parts))
        parts.year = None
        return
    last = (
        context.not_after.year if context.not_after else (context.not_before or date.min).year + LIFESPAN - 1
    )
    fitting = [year for year in range(last, last - LIFESPAN, -1) if year % 100 == short]
    if (
        context.not_after is not None
        and fitting
        and (last == fitting[0])
        and _after(fitting[0], parts, context)
    ):
        fitting = [fitting[0] - 100]
    if context.not_before is not None:
        fitting = [year for year in fitting if year >= context.not_before.year]
    if not fitting:
        parts.note("YEAR_CONTRADICTS_CONTEXT", doubtful=True)
        parts.year = None
        return
    parts.year = fitting[0]


def _after(year: int, parts: Parts, context: Context) -> bool:
    month, day = _real(year, parts)
    return context.not_after is not None and interval(year, month, day)[0] > context.not_after


def _settle_can_chi(parts: Parts, context: Context) -> None:
    """Find the year of a can-chi name; one written beside it in figures is only checked."""
    position = parts.can_chi if parts.can_chi is not None else 0
    parts.note("CAN_CHI_YEAR")
    if parts.year is not None and not parts.short_year:
        if (parts.year - 1984) % 60 != position:
            parts.note("CAN_CHI_DISAGREES", doubtful=True)
        return
    last = context.not_after.year if context.not_after else CAN_CHI_LAST
    first = context.not_before.year if context.not_before else None
    if first is None:
        first = last - LIFESPAN if context.not_after else CAN_CHI_FIRST
    years = can_chi_years(position, first, last)
    if parts.short_year:
        years = [year for year in years if year % 100 == parts.year]
    parts.year = None
    parts.lunar = True
    if len(years) == 1:
        parts.year = years[0]
        return
    parts.note("AMBIGUOUS_CAN_CHI" if years else "YEAR_CONTRADICTS_CONTEXT", doubtful=True)
    for year in years:
        parts.candidate(year, parts.month, parts.day)


def _solar_days(parts: Parts) -> Interval | None:
    year, month, day = parts.year or 0, parts.month, parts.day
    if month == 0 or day == 0:
        # 00/08/1970 is how forms write "day unknown"; 15/00/1970 names a day of no month
        parts.note("ZERO_PART", doubtful=bool(month == 0 and day))
        parts.month, parts.day = (month or None), None
        return _solar_days(parts)
    if month is None:
        parts.day = None
        return interval(year)
    if month > 12:
        if day is not None and month <= 31 and is_real_day(year, day, month):
            parts.note("MONTH_BEFORE_DAY", doubtful=True)
            parts.month, parts.day = day, month
            return interval(year, day, month)
        parts.note("IMPOSSIBLE_MONTH", doubtful=True)
        parts.month = parts.day = None
        return interval(year)
    if day is None or is_real_day(year, month, day):
        return interval(year, month, day)
    parts.note("IMPOSSIBLE_DAY", doubtful=True)
    parts.day = None
    if day > 31:  # the day is wrong whatever the month: the month still says something
        return interval(year, month)
    solar = lunar_day(year, month, day)
    if solar is not None:
        parts.note("PERHAPS_LUNAR")
        parts.candidate(solar.year, solar.month, solar.day)
    # 31/04 may be 30/04 or 31/03: neither day nor month is certain
    parts.month = None
    return interval(year)


def _lunar_days(parts: Parts) -> Interval | None:
    year, month, day = parts.year or 0, parts.month or None, parts.day or None
    parts.note("LUNAR_DATE")
    if month is not None and month > 12:
        parts.note("IMPOSSIBLE_MONTH", doubtful=True)
        month = day = None
    parts.month, parts.day = month, (day if month is not None else None)
    days = lunar_interval(year, month, parts.day, leap=parts.leap)
    if parts.leap:
        parts.note("LEAP_MONTH")
        if days is None and month is not None and lunar_interval(year, month, None, leap=True) is None:
            parts.note("NO_SUCH_LEAP_MONTH", doubtful=True)
            days = lunar_interval(year, month, parts.day)
    elif days is not None and month is not None:
        twin = lunar_interval(year, month, parts.day, leap=True)
        if twin is not None:  # the year has this month twice and the text does not say which
            parts.note("MONTH_OCCURS_TWICE", doubtful=True)
            days = days[0], twin[1]
    if days is None and parts.day is not None:
        parts.note("IMPOSSIBLE_DAY", doubtful=True)
        parts.day = None
        days = lunar_interval(year, month, None, leap=parts.leap) or lunar_interval(year, month, None)
    if days is None:
        parts.note("LUNAR_YEAR_NOT_COVERED", doubtful=True)
    return days
