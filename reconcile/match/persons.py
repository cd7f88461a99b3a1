"""What mentions and residents have in common, as numbers: dates, 12- and 9-digit numbers, sex, people, communes."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import polars as pl

from reconcile.match.side import RELATIVES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconcile.match.columns import Columns
    from reconcile.match.numbers import Numbers
    from reconcile.match.units import UnitNumbers


def name_texts(frame: Columns, *others: str) -> Iterator[list[pl.Series]]:
    """Yield name_key, name_plain, name_phonetic of the persons, their relatives and ``others``, for ``number_names``."""
    for who in ("name", *RELATIVES, *others):
        yield frame.some([f"{who}_key", f"{who}_plain", f"{who}_phonetic"])


def places(frame: Columns, units: UnitNumbers) -> dict[str, pl.Series]:
    """Communes as named and as they are today; a district is no evidence of a commune."""
    named = {
        place: units.number(
            frame.select(
                pl.when(pl.col(f"{place}_unit").is_not_null()).then(f"{place}_unit_id").alias("unit")
            )["unit"]
        )
        for place in ("birth_registration", "home", "residence")
    }
    return {
        "birth_unit": named["birth_registration"],
        "living_unit": named["residence"],
        "birthplace": units.today(named["birth_registration"]),
        "home": units.today(named["home"]),
        "residence": units.today(named["residence"]),
    }


def common(frame: Columns, peoples: Numbers) -> pl.DataFrame:
    """Return the coded columns that both sides have, but names and places."""
    first, last = frame["birth_earliest"], frame["birth_latest"]
    columns = {
        "birth_first": first.to_physical(),
        "birth_last": last.to_physical(),
        "number": frame["personal_id"].cast(pl.Int64, strict=False),
        "old_number": frame["old_id"].cast(pl.Int64, strict=False),
        "sex": frame["sex"],
        "ethnicity": peoples.number(frame["ethnicity"]),
        "death_first": frame["death_earliest"].to_physical(),
        "death_last": frame["death_latest"].to_physical(),
    }
    full = pl.col("full")
    dates = _read(first).with_columns(birth=first.to_physical(), full=first == last)
    dates = dates.select(
        pl.when(full).then(pl.col("birth", "birth_day_month", "birth_swapped")),
        "birth_year",
        new_year=full & pl.col("new_year"),
    )
    rows = (first != last).arg_true()
    apart = rows.filter(first.gather(rows).dt.year() != last.gather(rows).dt.year())
    return dates.with_columns(birth_year=dates["birth_year"].scatter(apart, None), **columns)


def _read(days: pl.Series) -> pl.DataFrame:
    """Return what keys are made of for a column of days."""
    low, high = days.min(), days.max()
    if not isinstance(low, dt.date) or not isinstance(high, dt.date) or (high - low).days >= days.len():
        return _calendar(days)
    # a life has few different days: the calendar is read once for each
    place = (days - low).dt.total_days().cast(pl.UInt32)
    return _calendar(pl.date_range(low, high, eager=True)).select(pl.all().gather(place))


def _calendar(days: pl.Series) -> pl.DataFrame:
    first = pl.col("day")
    month, day = first.dt.month().cast(pl.Int16), first.dt.day().cast(pl.Int16)
    return days.to_frame("day").select(
        birth_day_month=pl.when((month != 1) | (day != 1)).then(month * 100 + day),
        birth_swapped=pl.when((day <= 12) & (day != month))
        .then(pl.date(first.dt.year(), day, month))
        .to_physical(),
        new_year=(month == 1) & (day == 1),
        birth_year=first.dt.year().cast(pl.Int16),
    )
