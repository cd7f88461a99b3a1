"""True events of the five registers: who, when, where registered, in which book and under which number."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from reconcile.synthetic.people import EPOCH, YEAR, day_of

if TYPE_CHECKING:
    from reconcile.synthetic.dice import Dice
    from reconcile.synthetic.mixes import Mix
    from reconcile.synthetic.world import World

FIRST_BOOK = day_of(date(1952, 1, 1))
AFTER_EXTRACT = 60
"""Days after the extract up to which the registers go on: births that the extract cannot know."""


def births(dice: Dice, world: World, mix: Mix) -> pl.DataFrame:
    """Return one row per registered birth: nks, me, cha, happened, registered, kind (loaiDangKy), unit, repeated.

    The share registered rises with time; some old births were registered decades later (4 quá hạn, 2 đăng ký lại);
    a few births were registered twice.
    """
    year = pl.col("born") / YEAR + EPOCH
    share = (
        pl.when(year < 1952).then(0.10)
        .when(year < 1960).then(0.45)
        .when(year < 1976).then(0.66)
        .when(year < 1990).then(0.84)
        .when(year < 2000).then(0.93)
        .otherwise(0.985)
    )  # fmt: skip
    late = (year < 1952) | (dice.u("late") < pl.when(year < 1990).then(0.16).otherwise(0.03))
    delayed = pl.max_horizontal(
        pl.col("born") + 70 + dice.u("delay-late") ** 2 * 9000, FIRST_BOOK + dice.u("delay-book") * 4000
    )
    again = late & (year < 1995) & (dice.u("again-kind") < 0.35)
    people = world.persons.filter(
        pl.col("native") & pl.col("father").is_not_null() & (pl.col("died") - pl.col("born") > 3)
    )
    events = people.filter(dice.u("registered") < share).select(
        pl.col("pid").alias("nks"),
        pl.col("mother").alias("me"),
        pl.col("father").alias("cha"),
        pl.col("born").alias("happened"),
        "died",
        pl.when(again)
        .then(pl.max_horizontal(delayed, day_of(date(1999, 1, 1)) + dice.u("delay-again") * 6000))
        .when(late)
        .then(delayed)
        .otherwise(pl.col("born") + 2 + dice.u("delay") ** 2 * 58)
        .cast(pl.Int32)
        .alias("registered"),
        pl.when(again).then(2).when(late).then(4).otherwise(1).cast(pl.Int8).alias("kind"),
        "unit",
        pl.lit(value=False).alias("repeated"),
    )
    events = events.filter((pl.col("registered") < pl.col("died")) | (pl.col("kind") == 1))
    second = events.filter(
        (dice.u("twice", "nks") < mix.rates["duplicates"]) & (pl.col("died") > pl.col("registered") + 4000)
    ).with_columns(
        (pl.col("registered") + 200 + dice.u("twice-delay", "nks") * 3800).cast(pl.Int32).alias("registered"),
        pl.lit(2, dtype=pl.Int8).alias("kind"),
        pl.lit(value=True).alias("repeated"),
    )
    return _until(pl.concat([events, second]).drop("died"), world)


def marriages(dice: Dice, world: World) -> pl.DataFrame:
    """Return one row per registered marriage: chong, vo, married, registered, divorced, unit, kind."""
    year = pl.col("married") / YEAR + EPOCH
    share = (
        pl.when(year < 1960)
        .then(0.1)
        .when(year < 1987)
        .then(0.45)
        .when(year < 2000)
        .then(0.8)
        .otherwise(0.97)
    )
    late = (year < 1987) & (dice.u("late-marriage", "couple") < 0.2)
    died = world.persons["died"]
    events = world.couples.filter(dice.u("registers-marriage", "couple") < share).select(
        pl.col("husband").alias("chong"),
        pl.col("wife").alias("vo"),
        pl.col("married").alias("happened"),
        pl.when(late)
        .then(day_of(date(2001, 6, 1)) + dice.u("late-day", "couple") * 1500)
        .otherwise(pl.col("married"))
        .cast(pl.Int32)
        .alias("registered"),
        pl.when(late).then(2).otherwise(1).cast(pl.Int8).alias("kind"),
        "unit",
        "divorced",
        (pl.col("divorced").is_not_null() & (dice.u("noted", "couple") < 0.7)).alias("noted"),
    )
    alive = pl.min_horizontal(pl.lit(died).gather("chong"), pl.lit(died).gather("vo"))
    return _until(
        events.filter((alive >= pl.col("registered")) & (pl.col("happened") <= world.extract)), world
    )


def deaths(dice: Dice, world: World, mix: Mix) -> pl.DataFrame:
    """Return one row per registered death of somebody who lived in the area: nkt, happened, registered, unit, kind.

    A few were registered twice (``repeated``).
    """
    year = pl.col("died") / YEAR + EPOCH
    share = pl.when(year < 1970).then(0.25).when(year < 1999).then(0.6).otherwise(0.92)
    late = dice.u("late-death") < 0.12
    events = world.persons.filter(
        (pl.col("died") <= world.extract)
        & (dice.u("registers-death") < share)
        & (pl.col("died") - pl.col("born") > 1)
    )
    told = events.select(
        pl.col("pid").alias("nkt"),
        pl.col("died").alias("happened"),
        (pl.col("died") + pl.when(late).then(20 + dice.u("late-by") * 900).otherwise(dice.u("after") * 15))
        .cast(pl.Int32)
        .alias("registered"),
        pl.when(late).then(4).otherwise(1).cast(pl.Int8).alias("kind"),
        pl.col("home").alias("unit"),
        pl.lit(value=False).alias("repeated"),
    )
    second = told.filter(dice.u("death-twice", "nkt") < mix.rates["duplicates"]).with_columns(
        (pl.col("registered") + 100 + dice.u("death-twice-delay", "nkt") * 2000)
        .cast(pl.Int32)
        .alias("registered"),
        pl.lit(2, dtype=pl.Int8).alias("kind"),
        pl.lit(value=True).alias("repeated"),
    )
    return _until(pl.concat([told, second]), world)


def recognitions(dice: Dice, world: World, born: pl.DataFrame) -> pl.DataFrame:
    """Return recognitions of a child by its father: cm, nc, registered, unit; of births first kept without him."""
    chosen = born.filter((dice.u("recognised", "nks") < 0.004) & ~pl.col("repeated") & (pl.col("kind") == 1))
    return _until(
        chosen.select(
            pl.col("cha").alias("cm"),
            pl.col("nks").alias("nc"),
            "happened",
            (pl.col("registered") + 100 + dice.u("recognised-after", "nks") * 2000)
            .cast(pl.Int32)
            .alias("registered"),
            pl.lit(1, dtype=pl.Int8).alias("kind"),
            "unit",
        ),
        world,
    )


def certificates(dice: Dice, world: World) -> pl.DataFrame:
    """Return certificates of marital status, mostly weeks before a marriage elsewhere or a sale: nxn, status."""
    since = day_of(date(2006, 4, 1))
    people = world.persons.filter(
        (dice.u("certificate") < 0.06)
        & (pl.col("born") + 19 * YEAR < world.extract)
        & (pl.col("died") > world.extract)
    )
    when = pl.max_horizontal(pl.col("born") + 19 * YEAR, pl.lit(since)) + dice.u("certificate-day") * 7000
    wed = pl.col("married").is_not_null() & (pl.col("married") < pl.col("registered"))
    return _until(
        people.with_columns(when.cast(pl.Int32).alias("registered")).select(
            pl.col("pid").alias("nxn"),
            pl.col("registered").alias("happened"),
            "registered",
            pl.lit(1, dtype=pl.Int8).alias("kind"),
            pl.col("home").alias("unit"),
            pl.when(wed & pl.col("divorced").is_null())
            .then(pl.lit("Đang có vợ/chồng"))
            .when(wed & (pl.col("divorced") < pl.col("registered")))
            .then(pl.lit("Đã ly hôn, chưa đăng ký kết hôn với ai"))
            .otherwise(pl.lit("Chưa đăng ký kết hôn với ai"))
            .alias("status"),
        ),
        world,
    )


def _until(events: pl.DataFrame, world: World) -> pl.DataFrame:
    return events.filter(
        (pl.col("registered") <= world.extract + AFTER_EXTRACT) & (pl.col("registered") >= FIRST_BOOK)
    )


def in_books(events: pl.DataFrame) -> pl.DataFrame:
    """Add so, book, page, book_year and row: số runs from 1 in each year and commune (TT 04/2020 Điều 29)."""
    keys = [c for c in ("nks", "chong", "nkt", "nc", "nxn") if c in events.columns]
    frame = events.with_columns(
        pl.from_epoch(pl.col("registered"), time_unit="d").dt.year().alias("book_year")
    ).sort("unit", "registered", *keys, "happened")
    frame = frame.with_columns(
        (pl.int_range(pl.len()).over("unit", "book_year") + 1).alias("so"),
        pl.int_range(pl.len(), dtype=pl.UInt32).alias("row"),
    )
    return frame.with_columns(
        ((pl.col("so") - 1) // 200 + 1).alias("book"),
        ((pl.col("so") - 1) % 200 + 1).alias("page"),
        (pl.col("unit").cast(pl.UInt32) * 10_000 + pl.col("book_year").cast(pl.UInt32)).alias("book_key"),
    )
