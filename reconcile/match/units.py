"""Communes made comparable over time: every unit is followed to the one that holds its land today.

A book names the commune of its time, the extract often the one of today; mergers since 2019 and 2025 make them differ
though nobody moved. Where a commune was split, the first of today's units stands for it. Units are told apart by the
gazetteer's ``unit_id``: a code is used again (10903 was Ngọc Liên until June 2025, then Cẩm Giàng).
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from functools import lru_cache
from typing import TYPE_CHECKING

import polars as pl

from reconcile.match.numbers import Numbers
from reconcile.normalize.gazetteer import gazetteer

if TYPE_CHECKING:
    from reconcile.normalize.gazetteer import Unit


class UnitNumbers(Numbers):
    """Numbers for units of the gazetteer, by ``unit_id``."""

    def today(self, numbers: pl.Series) -> pl.Series:
        """Return the numbers of the units of today (``todays_units``) of a column of numbers."""
        return self._heirs().gather(numbers)

    def _heirs(self) -> pl.Series:
        """Return the number of today's unit for each number so far."""
        return self.number(todays_units(self.texts()))

    def bearing(self, codes: pl.Series, days: pl.Series) -> pl.Series:
        """Return the numbers of ``dated_units``."""
        units, rows = _bearers(codes, days)
        return self.number(units).gather(rows)


def todays_units(units: pl.Series) -> pl.Series:
    """Return the ``unit_id`` of today's commune for each ``unit_id`` of a commune; larger units give null.

    A unit whose successor no source tells stays itself: it is then no other unit, whatever code that bears today.
    """
    return pl.Series([None if unit is None else _today(unit) for unit in units], dtype=pl.String)


def dated_units(codes: pl.Series, days: pl.Series) -> pl.Series:
    """Return the ``unit_id`` that bore each commune code on its day (null: the last that bore it).

    Larger units and unknown codes give null: a district is no evidence of a commune.
    """
    units, rows = _bearers(codes, days)
    return units.gather(rows)


def _bearers(codes: pl.Series, days: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Return units (``unit_id``, null for none) and for each code and day the row (u32) of its unit among them.

    The calendar is cut where any of the codes changed hands, so that no date is looked up by itself.
    """
    numbers = Numbers()
    coded = numbers.number(codes).to_frame("code").with_columns(days.to_physical().alias("day"))
    met = numbers.texts().to_list()
    bearers = [gazetteer().by_code.get((_COMMUNE, code), []) if len(code) == 5 else [] for code in met]
    turns = sorted({day for units in bearers for unit in units for day in (unit.start, unit.end)})
    # the places of one code: without a day, before the first turn, from each turn on
    size = len(turns) + 2
    units = [unit for own in bearers for unit in _held(own, turns)]
    since = pl.Series(turns, dtype=pl.Date).to_physical()
    place = coded.select(
        pl.when(pl.col("day").is_not_null())
        .then(pl.lit(since).search_sorted(pl.col("day"), side="right") + 1)
        .otherwise(0)
        + pl.col("code") * size
    ).to_series()
    return pl.Series(units, dtype=pl.String), place.cast(pl.UInt32)


def _held(bearers: list[Unit], turns: list[dt.date]) -> list[str | None]:
    """Return who of the bearers of a code has it when no day is told, before the first of ``turns``, and from each of them on."""
    if not bearers:
        return [None] * (len(turns) + 2)
    last = max(bearers, key=lambda unit: unit.start).unit_id
    held: list[str | None] = [last] * (len(turns) + 2)
    for unit in reversed(bearers):
        first, end = bisect_left(turns, unit.start), bisect_left(turns, unit.end)
        held[2 + first : 2 + end] = [unit.unit_id] * (end - first)
    return held


@lru_cache(maxsize=50_000)
def _today(unit: str) -> str | None:
    places = gazetteer()
    if unit not in places.units or places.units[unit].level != _COMMUNE:
        return None
    heirs = sorted((heir.code, heir.unit_id) for heir in places.current(unit) if heir.code)
    return heirs[0][1] if heirs else unit


_COMMUNE = 3
