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

    Larger units and unknown codes give null: a district is no evidence of a commune. One look per distinct code and year.
    """
    year = days.dt.year() if days is not None else pl.repeat(None, codes.len(), dtype=pl.Int32, eager=True)
    frame = pl.DataFrame({"code": codes, "year": year})
    distinct = frame.drop_nulls("code").unique().sort("code", "year")
    today = [_today(code, year) for code, year in distinct.iter_rows()]
    table = distinct.with_columns(pl.Series("today", today, dtype=pl.String))
    return frame.join(table, on=["code", "year"], how="left", nulls_equal=True, maintain_order="left")[
        "today"
    ]


@lru_cache(maxsize=200_000)
def _today(code: str, year: int | None) -> str | None:
    if len(code) != 5:
        return None
    places = gazetteer()
    unit = places.at(code, dt.date(year, 7, 1) if year else None) or places.at(code, None)
    if unit is None:
        return code
    heirs = places.current(unit.unit_id)
    return min((heir.code for heir in heirs if heir.code), default=code)
