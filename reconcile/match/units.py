"""Communes made comparable over time: every code is followed to the unit that holds its land today.

A book names the commune of its time, the extract often the one of today; mergers since 2019 and 2025 make the
codes differ though nobody moved. Where a commune was split, the first of today's units stands for it.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

import polars as pl

from reconcile.normalize.gazetteer import gazetteer


def todays_units(codes: pl.Series, days: pl.Series | None = None) -> pl.Series:
    """Return today's commune code for each commune code; ``days`` says when it was used (null: its last use).

    Larger units and unknown codes give null: a district is no evidence of a commune. One look per distinct code and
    year, or month in the years in which a code changed hands (10903 was Ngọc Liên until June 2025, then Cẩm Giàng).
    """
    day = days if days is not None else pl.repeat(None, codes.len(), dtype=pl.Date, eager=True)
    frame = pl.DataFrame({"code": codes, "year": day.dt.year(), "month": day.dt.month()})
    years = frame.select("code", "year").drop_nulls("code").unique().sort("code", "year")
    turning = pl.Series([_turns(code, year) for code, year in years.iter_rows()], dtype=pl.Boolean)
    frame = frame.join(
        years.with_columns(turning=turning),
        on=["code", "year"],
        how="left",
        nulls_equal=True,
        maintain_order="left",
    ).with_columns(pl.when("turning").then("month").alias("month"))
    distinct = frame.select("code", "year", "month").drop_nulls("code").unique().sort("code", "year", "month")
    today = [_today(code, year, month) for code, year, month in distinct.iter_rows()]
    table = distinct.with_columns(pl.Series("today", today, dtype=pl.String))
    return frame.join(
        table, on=["code", "year", "month"], how="left", nulls_equal=True, maintain_order="left"
    )["today"]


@lru_cache(maxsize=200_000)
def _turns(code: str, year: int | None) -> bool:
    """Whether the code means another unit at the end of the year than at its beginning."""
    if year is None or len(code) != 5:
        return False
    places = gazetteer()
    first, last = places.at(code, dt.date(year, 1, 1)), places.at(code, dt.date(year, 12, 31))
    return (first and first.unit_id) != (last and last.unit_id)


@lru_cache(maxsize=200_000)
def _today(code: str, year: int | None, month: int | None) -> str | None:
    if len(code) != 5:
        return None
    places = gazetteer()
    # Communes have changed on the first of a month; elsewhere in the gazetteer the middle of a year stands for it.
    day = None if year is None else dt.date(year, month or 7, 1)
    unit = places.at(code, day) or places.at(code, None)
    if unit is None:
        return code
    heirs = places.current(unit.unit_id)
    return min((heir.code for heir in heirs if heir.code), default=code)
