"""*Giá trị đúng*: read by the normaliser as its field wants it, or refused with the reason."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache

from reconcile import normalize

KINDS = (
    ("ho_ten", "name"),
    ("ngay_", "date"),
    ("so_dinh_danh", "number"),
    ("gioi_tinh", "sex"),
    ("dan_toc", "ethnicity"),
    ("quoc_tich", "nationality"),
)
"""Beginning of a field → how its value is read. Other fields are free text."""

PERSONAL = ("name", "date", "number")
"""Kinds whose value belongs to one person and can't be said of a whole group."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A value as the normaliser reads it; ``key`` is compared for equality; ``fault`` is a reason code."""

    value: str | None
    key: str | None
    fault: str | None = None


def kind_of(field: str | None) -> str:
    """Return how values of a field are read: name, date, number, sex, ethnicity, nationality, text."""
    for beginning, kind in KINDS:
        if (field or "").startswith(beginning):
            return kind
    return "text"


@lru_cache(maxsize=50_000)
def read_value(text: str, kind: str, today: dt.date) -> Reading:
    """Read one written value. A date must exist and not be later than ``today``; a name must hold letters only."""
    if kind == "name":
        name = normalize.name(text)
        bad = name.value is None or name.doubtful
        return Reading(name.value, name.key, "bad_name" if bad else None)
    if kind == "date":
        date = normalize.date(text)
        if date.value is None or date.doubtful:
            return Reading(date.value, date.value, "bad_date")
        if str(date.earliest) > today.isoformat():
            return Reading(date.value, date.value, "future_date")
        return Reading(date.value, date.value)
    if kind == "number":
        number = normalize.id(text)
        bad = number.value is None or number.doubtful or len(number.value) != 12
        return Reading(number.value, number.value, "bad_number" if bad else None)
    if kind in ("sex", "ethnicity", "nationality"):
        item = getattr(normalize, kind)(text)
        value = None if item.value is None else str(item.value)
        return Reading(value, value, f"bad_{kind}" if value is None else None)
    folded = " ".join(text.split())
    return Reading(folded, folded.casefold())
