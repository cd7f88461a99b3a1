"""The true people of a synthetic area: named, numbered, housed, alive or dead, here or gone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from reconcile.synthetic.dice import Dice
from reconcile.synthetic.naming import full_name, name_people
from reconcile.synthetic.people import EPOCH, YEAR, day_of, families

if TYPE_CHECKING:
    from reconcile.synthetic.units import Units

ELSEWHERE = (
    ("033", "Tỉnh Hưng Yên"),
    ("031", "Thành phố Hải Phòng"),
    ("027", "Tỉnh Bắc Ninh"),
    ("034", "Tỉnh Thái Bình"),
    ("001", "Thành phố Hà Nội"),
    ("022", "Tỉnh Quảng Ninh"),
    ("036", "Tỉnh Nam Định"),
    ("038", "Tỉnh Thanh Hóa"),
    ("040", "Tỉnh Nghệ An"),
    ("024", "Tỉnh Bắc Giang"),
)


@dataclass(slots=True)
class World:
    """True persons (one row each, pid = row index), couples, the extract's day and the units."""

    persons: pl.DataFrame
    couples: pl.DataFrame
    units: Units
    extract: int


def _fates(dice: Dice, persons: pl.DataFrame) -> pl.DataFrame:
    """Add ``died`` (day, null = alive for ever): infant deaths by cohort, else Gompertz mortality."""
    year = pl.col("born") / YEAR + EPOCH
    infant = (
        pl.when(year < 1960)
        .then(0.11)
        .when(year < 1980)
        .then(0.055)
        .when(year < 2000)
        .then(0.03)
        .otherwise(0.011)
    )
    hazard, growth = pl.when(pl.col("sex") == 1).then(0.000055).otherwise(0.00003), 0.088
    age = (1 - (1 - dice.u("lifetime")).log() * growth / hazard).log() / growth
    early = dice.u("infant") < infant
    married = pl.col("pid").is_in(pl.lit(persons["mother"].drop_nulls().unique().implode())) | pl.col(
        "pid"
    ).is_in(pl.lit(persons["father"].drop_nulls().unique().implode()))
    last = (
        pl.concat([persons.select(pid="father", child="born"), persons.select(pid="mother", child="born")])
        .drop_nulls("pid")
        .group_by("pid")
        .agg(pl.col("child").max())
    )
    dies = (
        pl.when(early & ~married)
        .then(pl.col("born") + 2 + dice.u("infant-age") ** 3 * 5 * YEAR)
        .otherwise(pl.max_horizontal(pl.col("born") + age * YEAR, pl.col("child") + 1))
    )
    return (
        persons.join(last, on="pid", how="left", maintain_order="left")
        .with_columns(dies.cast(pl.Int32).alias("died"), (early & ~married).alias("dies_young"))
        .drop("child")
    )


def _numbers(dice: Dice, persons: pl.DataFrame) -> pl.DataFrame:
    """Add ``number`` (12 digits, NĐ 137/2015 Điều 13) and ``cmnd`` (9 digits, for those born before 2002)."""
    codes = pl.Series([code for code, _ in ELSEWHERE])
    province = (
        pl.when(pl.col("native"))
        .then(pl.lit("030"))
        .otherwise(pl.lit(codes).gather((dice.u("origin") * len(codes)).floor().cast(pl.UInt32)))
    )
    year = pl.from_epoch(pl.col("born"), time_unit="d").dt.year()
    century = ((year - 1900) // 100 * 2 + pl.col("sex") - 1).clip(0, 9)
    prefix = pl.concat_str(province, century.cast(pl.String), (year % 100).cast(pl.String).str.zfill(2))
    frame = persons.with_columns(prefix.alias("prefix"))
    nth = pl.int_range(pl.len()).over("prefix")
    start = (pl.col("prefix").cast(pl.Int64) * 104_729) % 1_000_000
    tail = ((nth * 7_919 + start) % 1_000_000).cast(pl.String).str.zfill(6)
    old = pl.concat_str(
        pl.when(pl.col("native"))
        .then(dice.pick("cmnd", ["141", "142", "140", "141"]))
        .otherwise(pl.lit("145")),
        ((pl.col("pid").cast(pl.Int64) * 7_919) % 1_000_000).cast(pl.String).str.zfill(6),
    )
    return frame.with_columns(
        (pl.col("prefix") + tail).alias("number"),
        pl.when((year < 2002) & (year > 1915) & (dice.u("has-cmnd") < 0.9))
        .then(old)
        .otherwise(None)
        .alias("cmnd"),
    ).drop("prefix")


def _homes(dice: Dice, persons: pl.DataFrame, couples: pl.DataFrame) -> pl.DataFrame:
    """Add ``home`` (unit where the person lives), ``spouse`` and ``marriage`` (couple id of the last one)."""
    both = (
        pl.concat(
            [
                couples.select(
                    pid="husband", spouse="wife", marriage="couple", wed_unit="unit", married="married"
                ),
                couples.select(
                    pid="wife", spouse="husband", marriage="couple", wed_unit="unit", married="married"
                ),
            ]
        )
        .sort("pid", "married", "marriage")
        .unique("pid", keep="last", maintain_order=True)
    )
    return (
        persons.join(both, on="pid", how="left", maintain_order="left")
        .with_columns(pl.coalesce("wed_unit", "unit").alias("home"))
        .drop("wed_unit")
    )


def build(seed: int, residents: int, units: Units, extract: date) -> World:
    """Make the people: grow families until at least ``residents`` of them live in the area on ``extract``.

    Of the living, exactly ``residents`` are in the extract (``resident``); the rest have moved away.
    """
    dice = Dice(seed)
    horizon = day_of(extract)
    size = round(residents * 1.12) + 40
    while True:
        family = families(dice, size, len(units.codes), horizon + 200)
        persons = _fates(dice, family.persons)
        persons = persons.with_columns(
            ((pl.col("died") > horizon) & (pl.col("born") <= horizon)).alias("alive")
        )
        if int(persons["alive"].sum()) >= residents * 1.04:
            break
        size = round(size * 1.25)
    persons = _homes(dice, _numbers(dice, name_people(dice, persons)), family.couples)
    order = (
        persons.filter(pl.col("alive"))
        .select("pid", dice.u("stays").alias("u"))
        .sort("u", "pid")
        .head(residents)
        .select("pid", pl.lit(value=True).alias("resident"))
    )
    persons = persons.join(order, on="pid", how="left", maintain_order="left").with_columns(
        pl.col("resident").fill_null(value=False)
    )
    return World(persons, family.couples, units, horizon)


__all__ = ["ELSEWHERE", "World", "build", "full_name"]
