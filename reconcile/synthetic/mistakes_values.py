"""Mistakes in dates (dd.mm.yyyy), numbers, sex and people (dân tộc)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random


def _dmy(date: str) -> tuple[int, int, int] | None:
    parts = date.replace("/", ".").split(".")
    return (int(parts[0]), int(parts[1]), int(parts[2])) if len(parts) == 3 else None


def _write(day: int, month: int, year: int, like: str) -> str:
    mark = "/" if "/" in like else "."
    return f"{day:02d}{mark}{month:02d}{mark}{year:04d}"


def dob_swapped(date: str, random: Random) -> str:
    """Day and month changed over, where that is a date and another one."""
    del random
    d = _dmy(date)
    return _write(d[1], d[0], d[2], date) if d and d[0] <= 12 and d[0] != d[1] else date


def dob_day(date: str, random: Random) -> str:
    """Another day: one or ten away, or a digit misread."""
    d = _dmy(date)
    if not d:
        return date
    new = [x for x in (d[0] + 1, d[0] - 1, d[0] + 10, d[0] - 10, d[0] + 3) if 1 <= x <= 28 and x != d[0]]
    return _write(random.choice(new), d[1], d[2], date)


def dob_month(date: str, random: Random) -> str:
    """Another month (the day kept to 28 where it would not exist)."""
    d = _dmy(date)
    if not d or d[0] > 28:
        return date
    return _write(d[0], random.choice([m for m in range(1, 13) if m != d[1]]), d[2], date)


def dob_year(date: str, random: Random) -> str:
    """Another year: one or two away, or ten."""
    d = _dmy(date)
    step = random.choice((1, -1, 1, -1, 2, -2, 10, -10))
    if d:
        return date if d[0] == 29 and d[1] == 2 else _write(d[0], d[1], d[2] + step, date)
    return str(int(date) + step) if date.isdigit() else date


def dob_different(date: str, random: Random) -> str:
    """Another date altogether."""
    d = _dmy(date)
    if not d:
        return date
    return _write(
        (d[0] + random.randint(3, 20)) % 28 + 1, d[1] % 12 + 1, d[2] + random.choice((-3, 2, 4)), date
    )


def dob_5005(date: str, random: Random) -> str:
    """The year typed 5005 for 2005."""
    del random
    d = _dmy(date)
    return _write(d[0], d[1], d[2] + 3000, date) if d and d[2] >= 2000 else date


def dob_placeholder(date: str, random: Random) -> str:
    """01/01 of the year, set where the day was unknown."""
    del random
    d = _dmy(date)
    return _write(1, 1, d[2], date) if d else date


def dob_year_only(date: str, random: Random) -> str:
    """The year alone."""
    del random
    d = _dmy(date)
    return str(d[2]) if d else date


def dob_month_only(date: str, random: Random) -> str:
    """Month and year."""
    del random
    d = _dmy(date)
    return _write(*d, date)[3:] if d else date


def digit(number: str, random: Random) -> str:
    """One wrong digit after the part with a meaning."""
    place = random.randrange(max(1, len(number) - 6), len(number))
    return number[:place] + str((int(number[place]) + random.randint(1, 9)) % 10) + number[place + 1 :]


def id_sex(number: str, random: Random) -> str:
    """The digit of century and sex says the other sex."""
    del random
    return number[:3] + str(int(number[3]) ^ 1) + number[4:]


def id_year(number: str, random: Random) -> str:
    """The two digits of the year say another year."""
    return number[:4] + f"{(int(number[4:6]) + random.choice((1, 99, 10))) % 100:02d}" + number[6:]


def id_province(number: str, random: Random) -> str:
    """Another province."""
    return random.choice([c for c in ("001", "033", "027", "079") if c != number[:3]]) + number[3:]


def no_zero(number: str, random: Random) -> str:
    """The leading zeros lost in a spreadsheet."""
    del random
    return number.lstrip("0")


def as_float(number: str, random: Random) -> str:
    """The number as a spreadsheet's float."""
    del random
    return number.lstrip("0") + ".0"


def ethnic(value: str, random: Random) -> str:
    """Another people."""
    return random.choice([v for v in ("Kinh", "Tày", "Mường", "Nùng", "Hoa", "Sán Dìu") if v != value])


def sex(value: str, random: Random) -> str:
    """The other sex, in the same writing."""
    del random
    return {"1": "2", "2": "1", "Nam": "Nữ", "Nữ": "Nam"}.get(value, value)


def missing(value: str, random: Random) -> str:
    """Nothing."""
    del value, random
    return ""
