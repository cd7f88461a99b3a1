"""Communes made comparable over time: every unit is followed to the one that holds its land today.

A book names the commune of its time, the extract often the one of today; mergers since 2019 and 2025 make them differ
though nobody moved. Where a commune was split, the first of today's units stands for it. Units are told apart by the
gazetteer's ``unit_id``: a code is used again (10903 was Ngọc Liên until June 2025, then Cẩm Giàng).
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

import polars as pl

from reconcile.normalize.gazetteer import gazetteer


class Numbers:
    """Numbers for few distinct texts: equal number = equal text, in all columns. They go by the order of meeting."""

    def __init__(self) -> None:
        kind = pl.Categorical(pl.Categories.random(physical=pl.UInt32))
        self._known = pl.Series([], dtype=kind)  # numbers live only as long as some series uses them

    def _read(self, texts: pl.Series) -> pl.Series:
        return texts.cast(self._known.dtype)

    def number(self, texts: pl.Series) -> pl.Series:
        """Return the numbers (u32) of a column of texts, null for null."""
        return self._read(texts).to_physical()


class UnitNumbers(Numbers):
    """Numbers for units of the gazetteer, by ``unit_id``."""

    def today(self, units: pl.Series) -> pl.Series:
        """Return the numbers of the units of today (``todays_units``) of a column of ``unit_id``."""
        numbers = self._read(units)
        met = numbers.unique().drop_nulls()
        heirs = self.number(todays_units(met.cast(pl.String)))
        table = pl.DataFrame({"unit": met.to_physical(), "heir": heirs})
        asked = numbers.to_physical().alias("unit").to_frame()
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
    frame = pl.DataFrame({"code": codes, "year": days.dt.year(), "month": days.dt.month()})
    years = frame.select("code", "year").drop_nulls("code").unique().sort("code", "year")
    turning = pl.Series([_turns(code, year) for code, year in years.iter_rows()], dtype=pl.Boolean)
    changed = years.filter(turning)
    if changed.is_empty():
        frame = frame.with_columns(month=pl.lit(None, pl.Int8))
    else:
        frame = frame.join(
            changed.with_columns(turning=pl.lit(value=True)),
            on=["code", "year"],
            how="left",
            maintain_order="left",
        ).with_columns(month=pl.when("turning").then("month"))
    keys = ["code", "year", "month"]
    met = frame.select(keys).drop_nulls("code").unique().sort(keys)
    units = pl.Series([_unit(*row) for row in met.iter_rows()], dtype=pl.String)
    table = met.with_columns(units.alias("unit"))
    return frame.join(table, on=keys, how="left", nulls_equal=True, maintain_order="left")["unit"]


@lru_cache(maxsize=200_000)
def _turns(code: str, year: int | None) -> bool:
    """Whether the code means another unit at the end of the year than at its beginning."""
    if year is None or len(code) != 5:
        return False
    places = gazetteer()
    first, last = places.at(code, dt.date(year, 1, 1)), places.at(code, dt.date(year, 12, 31))
    return (first and first.unit_id) != (last and last.unit_id)


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
