"""Communes made comparable over time: every unit is followed to the one that holds its land today.

A book names the commune of its time, the extract often the one of today; mergers since 2019 and 2025 make them differ
though nobody moved. Where a commune was split, the first of today's units stands for it. Units are told apart by the
gazetteer's ``unit_id``: a code is used again (10903 was Ngọc Liên until June 2025, then Cẩm Giàng).
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

import polars as pl

from reconcile.match.numbers import Numbers
from reconcile.normalize.gazetteer import gazetteer


class UnitNumbers(Numbers):
    """Numbers for units of the gazetteer, by ``unit_id``."""

    def today(self, numbers: pl.Series) -> pl.Series:
        """Return the numbers of the units of today (``todays_units``) of a column of numbers."""
        met = numbers.unique().drop_nulls().sort()
        heirs = self.number(todays_units(self.texts().gather(met)))
        table = pl.DataFrame({"unit": met, "heir": heirs})
        asked = numbers.alias("unit").to_frame()
        return asked.join(table, on="unit", how="left", maintain_order="left")["heir"]


def todays_units(units: pl.Series) -> pl.Series:
    """Return the ``unit_id`` of today's commune for each ``unit_id`` of a commune; larger units give null.

    A unit whose successor no source tells stays itself: it is then no other unit, whatever code that bears today.
    """
    met = units.unique().drop_nulls().sort()
    today = pl.Series([_today(unit) for unit in met], dtype=pl.String)
    table = pl.DataFrame({"unit": met, "today": today})
    return units.alias("unit").to_frame().join(table, on="unit", how="left", maintain_order="left")["today"]


def dated_units(codes: pl.Series, days: pl.Series) -> pl.Series:
    """Return the ``unit_id`` that bore each commune code on its day (null: the last that bore it).

    Larger units and unknown codes give null: a district is no evidence of a commune. One look per distinct code and year, or month in the years in which a code changed hands. Communes have
    changed on the first of a month.
    """
    numbers = Numbers()
    frame = pl.DataFrame({"code": numbers.number(codes), "year": days.dt.year(), "month": days.dt.month()})
    # one number for code, year and month
    frame = frame.with_columns(
        pl.col("year").fill_null(0).cast(pl.UInt64), pl.col("month").fill_null(0).cast(pl.UInt64)
    ).select("month", when=pl.col("code").cast(pl.UInt64) * 2**24 + pl.col("year") * 2**8)
    texts = dict(zip(numbers.number(met := codes.unique().drop_nulls()), met, strict=True))
    years = frame["when"].unique().drop_nulls().sort().to_list()
    turning = pl.Series(
        [when for when in years if (when >> 8 & 0xFFFF) in _turns(texts[when >> 24])], dtype=pl.UInt64
    )
    frame = frame.select(
        when=pl.when(pl.col("when").is_in(turning.implode()))
        .then(pl.col("when") + pl.col("month"))
        .otherwise("when")
    )
    asked = frame["when"].unique().drop_nulls().sort()
    units = pl.Series([_unit(*_read(when, texts)) for when in asked], dtype=pl.String)
    table = pl.DataFrame({"when": asked, "unit": units})
    return frame.join(table, on="when", how="left", maintain_order="left")["unit"]


def _read(when: int, texts: dict[int, str]) -> tuple[str, int | None, int | None]:
    return texts[when >> 24], when >> 8 & 0xFFFF or None, when & 0xFF or None


@lru_cache(maxsize=50_000)
def _turns(code: str) -> frozenset[int]:
    """Years in which another unit began or ceased to bear the code."""
    bearers = gazetteer().by_code.get((_COMMUNE, code), [])
    return frozenset(day.year for unit in bearers for day in (unit.start, unit.end))


@lru_cache(maxsize=200_000)
def _unit(code: str, year: int | None, month: int | None) -> str | None:
    if len(code) != 5:
        return None
    # elsewhere in the gazetteer the middle of a year stands for it
    day = None if year is None else dt.date(year, month or 7, 1)
    unit = gazetteer().at(code, day) or gazetteer().at(code, None)
    return unit.unit_id if unit else None


@lru_cache(maxsize=50_000)
def _today(unit: str) -> str | None:
    places = gazetteer()
    if unit not in places.units or places.units[unit].level != _COMMUNE:
        return None
    heirs = sorted((heir.code, heir.unit_id) for heir in places.current(unit) if heir.code)
    return heirs[0][1] if heirs else unit


_COMMUNE = 3
