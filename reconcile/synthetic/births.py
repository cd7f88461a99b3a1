"""True birth records: who was registered when and where, in which book and under which number."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from reconcile.synthetic.people import EPOCH, YEAR, day_of

if TYPE_CHECKING:
    from reconcile.synthetic.dice import Dice
    from reconcile.synthetic.world import World

FIRST_BOOK = day_of(date(1952, 1, 1))


def birth_events(dice: Dice, world: World) -> pl.DataFrame:
    """Return one row per registered birth: pid, registered (day), kind (loaiDangKy), unit, plus the person's columns.

    The share registered rises with time; some old births were registered decades later (quá hạn, đăng ký lại).
    """
    people = world.persons.filter(
        pl.col("native") & pl.col("father").is_not_null() & (pl.col("died") - pl.col("born") > 3)
    )
    year = pl.col("born") / YEAR + EPOCH
    share = (
        pl.when(year < 1952)
        .then(0.10)
        .when(year < 1960)
        .then(0.45)
        .when(year < 1976)
        .then(0.66)
        .when(year < 1990)
        .then(0.84)
        .when(year < 2000)
        .then(0.93)
        .otherwise(0.985)
    )
    late = (year < 1952) | (dice.u("late") < pl.when(year < 1990).then(0.16).otherwise(0.03))
    on_time = pl.col("born") + 2 + dice.u("delay") ** 2 * 58
    delayed = pl.max_horizontal(
        pl.col("born") + 70 + dice.u("delay-late") ** 2 * 9000, pl.lit(FIRST_BOOK) + dice.u("delay-b") * 4000
    )
    again = late & (year < 1995) & (dice.u("again-kind") < 0.35)
    events = people.filter(dice.u("registered") < share).with_columns(
        pl.when(again)
        .then(pl.max_horizontal(delayed, pl.lit(day_of(date(1999, 1, 1))) + dice.u("delay-c") * 6000))
        .when(late)
        .then(delayed)
        .otherwise(on_time)
        .cast(pl.Int32)
        .alias("registered"),
        pl.when(again).then(2).when(late).then(4).otherwise(1).cast(pl.Int8).alias("kind"),
    )
    # A registered death at once after birth leaves no time for a late registration.
    return events.filter(
        (pl.col("registered") <= world.extract + 60)
        & ((pl.col("registered") < pl.col("died")) | (pl.col("kind") == 1))
    )


def number_books(events: pl.DataFrame) -> pl.DataFrame:
    """Add ``so``, ``book``, ``page`` and ``book_year``: số runs from 1 in each year and commune (TT 04/2020 Điều 29)."""
    frame = events.with_columns(
        pl.from_epoch(pl.col("registered"), time_unit="d").dt.year().alias("book_year")
    ).sort("unit", "registered", "pid")
    frame = frame.with_columns((pl.int_range(pl.len()).over("unit", "book_year") + 1).alias("so"))
    return frame.with_columns(
        ((pl.col("so") - 1) // 200 + 1).alias("book"), ((pl.col("so") - 1) % 200 + 1).alias("page")
    )
