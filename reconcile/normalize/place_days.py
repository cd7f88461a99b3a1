"""Round a day down to the last change of any administrative unit: within such a span every place reads the same.

A million birth dates become some hundred spans, so each distinct address is decided once per span.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import polars as pl

from reconcile.normalize.gazetteer import gazetteer

_BEFORE_ALL = date(1800, 1, 1)


@lru_cache(maxsize=1)
def change_days() -> pl.Series:
    """Return the days on which the gazetteer changes, in order, a first one before all of them."""
    days = {_BEFORE_ALL}
    for unit in gazetteer().units.values():
        days.update((unit.start, unit.end))
        for _, start, end in unit.parents:
            days.update((start, end))
    return pl.Series(sorted(d for d in days if _BEFORE_ALL <= d < date.max), dtype=pl.Date)


def place_days(days: pl.Series) -> pl.Series:
    """Return for each day the first day of its span (null stays null)."""
    changes = change_days()
    at = changes.search_sorted(days.fill_null(_BEFORE_ALL), side="right").cast(pl.Int64) - 1
    rounded = changes.gather(at.clip(0))
    return pl.select(pl.when(days.is_not_null()).then(rounded)).to_series().alias(days.name)
