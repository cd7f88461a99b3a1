"""What mentions and residents have in common, as numbers: dates, 12- and 9-digit numbers, sex, people, communes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from reconcile.match.side import RELATIVES

if TYPE_CHECKING:
    from reconcile.match.numbers import Numbers
    from reconcile.match.units import UnitNumbers


def name_texts(frame: pl.DataFrame, *others: str) -> list[tuple[pl.Series, pl.Series, pl.Series]]:
    """Return name_key, name_plain, name_phonetic of the persons, their relatives and ``others``, for ``number_names``."""
    return [
        (frame[f"{who}_key"], frame[f"{who}_plain"], frame[f"{who}_phonetic"])
        for who in ("name", *RELATIVES, *others)
    ]


def places(frame: pl.DataFrame, units: UnitNumbers) -> dict[str, pl.Series]:
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


def common(frame: pl.DataFrame, peoples: Numbers) -> pl.DataFrame:
    """Return the coded columns that both sides have, but names and places."""
    first, last = pl.col("birth_earliest"), pl.col("birth_latest")
    columns = {
        "birth_first": frame["birth_earliest"].to_physical(),
        "birth_last": frame["birth_latest"].to_physical(),
        "number": frame["personal_id"].cast(pl.Int64, strict=False),
        "old_number": frame["old_id"].cast(pl.Int64, strict=False),
        "sex": frame["sex"],
        "ethnicity": peoples.number(frame["ethnicity"]),
        "death_first": frame["death_earliest"].to_physical(),
        "death_last": frame["death_latest"].to_physical(),
    }
    # a life has few different days: the calendar is read once for each pair of first and last day
    key = {"when": first.to_physical().cast(pl.Int64) * 2**32 + last.to_physical()}
    asked = frame.select(**key)
    table = _calendar(
        frame.select(**key, first=first, last=last).unique("when", keep="any").drop_nulls("when")
    )
    return (
        asked.join(table, on="when", how="left", maintain_order="left").drop("when").with_columns(**columns)
    )


def _calendar(days: pl.DataFrame) -> pl.DataFrame:
    """Return what keys are made of for intervals of days (columns when, first, last)."""
    first, last = pl.col("first"), pl.col("last")
    full = first == last
    month, day = first.dt.month().cast(pl.Int16), first.dt.day().cast(pl.Int16)
    return days.select(
        "when",
        birth=pl.when(full).then(first).to_physical(),
        birth_day_month=pl.when(full & ((month != 1) | (day != 1))).then(month * 100 + day),
        birth_swapped=pl.when(full & (day <= 12) & (day != month))
        .then(pl.date(first.dt.year(), day, month))
        .to_physical(),
        new_year=full & (month == 1) & (day == 1),
        birth_year=pl.when(first.dt.year() == last.dt.year()).then(first.dt.year()).cast(pl.Int16),
    )
