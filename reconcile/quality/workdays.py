"""Working days: weekends, public holidays (Bộ luật Lao động 2019 Điều 112), Tết by the lunar calendar."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from reconcile.rules import load_rules

SATURDAY = 5
HUNG_KINGS = (10, 3)
"""Giỗ Tổ Hùng Vương: the tenth day of the third lunar month."""


@lru_cache(maxsize=1)
def calendar_rules() -> dict[str, Any]:
    """Return ``rules/quality/calendar.toml``."""
    return load_rules("quality/calendar.toml")


@lru_cache(maxsize=64)
def holidays(year: int) -> frozenset[dt.date]:
    """Return the public holidays of a year. Substitute days for weekends are added under ``[days] off``."""
    from reconcile.normalize.lunar import lunar_day

    rules = calendar_rules()
    found = {dt.date(year, *map(int, key.split("-"))) for key in rules["fixed"]}
    new_year = lunar_day(year, 1, 1)
    if new_year is not None:
        found |= {new_year + dt.timedelta(days=d) for d in rules["lunar"]["tet"]}
    kings = lunar_day(year, HUNG_KINGS[1], HUNG_KINGS[0])
    if kings is not None:
        found.add(kings)
    return frozenset(found | {_day(d) for d in rules["days"]["off"] if _day(d).year == year})


def _day(value: dt.date | str) -> dt.date:
    return value if isinstance(value, dt.date) else dt.date.fromisoformat(value)


def is_working(day: dt.date) -> bool:
    """Tell whether offices work on a day."""
    if day in {_day(d) for d in calendar_rules()["days"]["work"]}:
        return True
    return day.weekday() < SATURDAY and day not in holidays(day.year)


def working_days(first: dt.date, last: dt.date) -> int:
    """Return how many working days lie from ``first`` to ``last``, both included."""
    return sum(is_working(first + dt.timedelta(days=n)) for n in range((last - first).days + 1))


def after_working_days(day: dt.date, count: int) -> dt.date:
    """Return the day on which ``count`` working days after ``day`` are over."""
    while count > 0:
        day += dt.timedelta(days=1)
        count -= is_working(day)
    return day


def week_of(day: dt.date) -> tuple[dt.date, dt.date]:
    """Return Saturday to Friday of the reporting week that ``day`` lies in: a report of Friday counts through it."""
    friday = day + dt.timedelta(days=(4 - day.weekday()) % 7)
    return friday - dt.timedelta(days=6), friday


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast the work goes and when it ends.

    ``done``/``total``: records; ``total`` None = unknown. ``per_day``: records per working day lately; ``finish``:
    the day it ends at that pace, None = unknown or never; ``needed``: per working day to meet ``deadline``.
    """

    day: dt.date
    done: int
    total: int | None
    per_day: float | None
    finish: dt.date | None
    deadline: dt.date | None
    needed: float | None
    planned_per_day: float

    @property
    def left(self) -> int | None:
        """Records still to do."""
        return None if self.total is None else max(0, self.total - self.done)

    @property
    def late(self) -> bool | None:
        """Whether the deadline is missed at this pace; None = can't be told."""
        if self.deadline is None or self.left is None or self.per_day is None:
            return None
        return self.left > 0 and (self.finish is None or self.finish > self.deadline)


NEVER = 365 * 20
"""Working days beyond which a finish is not named."""


def pace(
    day: dt.date,
    done: int,
    total: int | None,
    since: tuple[dt.date, int] | None,
    *,
    deadline: dt.date | None,
    planned_per_day: float,
) -> Pace:
    """Return the pace since an earlier day (``since``: that day and what was done by then) and the forecast."""
    per_day = None
    if since is not None and since[0] < day:
        worked = working_days(since[0] + dt.timedelta(days=1), day)
        per_day = max(0.0, (done - since[1]) / worked) if worked else None
    left = None if total is None else max(0, total - done)
    finish = needed = None
    if left == 0:
        finish = day
    elif left and per_day:
        more = math.ceil(left / per_day)
        finish = after_working_days(day, more) if more <= NEVER else None
    if left is not None and deadline is not None:
        remaining = working_days(day + dt.timedelta(days=1), deadline) if deadline > day else 0
        needed = left / remaining if remaining else None
    return Pace(day, done, total, per_day, finish, deadline, needed, planned_per_day)
