"""Families over generations: persons with parents, spouses, births and deaths, and no text yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from reconcile.synthetic.dice import Dice

YEAR = 365.25
EPOCH = 1970
GENERATIONS = 5

PERSON = {
    "pid": pl.UInt32,
    "generation": pl.Int8,
    "sex": pl.Int8,
    "born": pl.Int32,
    "father": pl.UInt32,
    "mother": pl.UInt32,
    "couple": pl.UInt32,
    "birth_order": pl.Int16,
    "twin": pl.Boolean,
    "unit": pl.UInt16,
    "native": pl.Boolean,
}
"""One person; ``born`` counts days since 1970, ``unit`` is the index of the home commune, ``native`` = born there."""


def day(year: float) -> int:
    """Return the day number (days since 1970-01-01) at which a fractional year begins."""
    return round((year - EPOCH) * YEAR)


def day_of(value: date) -> int:
    """Return the day number of a date."""
    return (value - date(1970, 1, 1)).days


def year_of(number: int) -> int:
    """Return the calendar year of a day number."""
    return date.fromordinal(date(1970, 1, 1).toordinal() + number).year


@dataclass(slots=True)
class Families:
    """Persons and couples. ``couples``: couple, husband, wife, married (day), unit, divorced (day?), order."""

    persons: pl.DataFrame
    couples: pl.DataFrame


def _founders(dice: Dice, couples: int, units: int, first: float, last: float) -> pl.DataFrame:
    """Return husbands then wives, ``couples`` of each, born elsewhere or before the registers began."""
    ids = pl.int_range(0, couples * 2, dtype=pl.UInt32, eager=True)
    frame = pl.DataFrame({"pid": ids}).with_columns((pl.col("pid") % couples).alias("k"))
    born = dice.u("founder-born", "k") * (last - first) + first
    return frame.select(
        "pid",
        pl.lit(0, dtype=pl.Int8).alias("generation"),
        pl.when(pl.col("pid") < couples).then(1).otherwise(2).cast(pl.Int8).alias("sex"),
        (
            (born - EPOCH) * YEAR
            + pl.when(pl.col("pid") < couples).then(0).otherwise(dice.bell("founder-gap", 700, 700, "k"))
        )
        .cast(pl.Int32)
        .alias("born"),
        *(pl.lit(None, dtype=pl.UInt32).alias(c) for c in ("father", "mother", "couple")),
        pl.lit(1, dtype=pl.Int16).alias("birth_order"),
        pl.lit(value=False).alias("twin"),
        (dice.u("founder-unit", "k") * units).floor().cast(pl.UInt16).alias("unit"),
        pl.lit(value=True).alias("native"),
    )


def _children(
    dice: Dice, couples: pl.DataFrame, mothers: pl.DataFrame, start: int, generation: int
) -> pl.DataFrame:
    """Return the children of ``couples``: spacing of 1–5 years, twins, none after the mother's 46th year."""
    frame = couples.join(mothers, on="wife", how="left", maintain_order="left")
    year = pl.col("wife_born") / YEAR + EPOCH
    mean = (
        pl.when(year < 1936)
        .then(5.2)
        .when(year < 1951)
        .then(4.6)
        .when(year < 1961)
        .then(3.6)
        .when(year < 1971)
        .then(2.7)
        .when(year < 1981)
        .then(2.3)
        .otherwise(2.1)
    )
    wanted = (mean * (0.4 + 1.2 * dice.u("fertility", "couple")) + 0.5).floor()
    frame = frame.with_columns(
        pl.when(
            (dice.u("childless", "couple") < 0.04) | (pl.col("order") > 1) & (dice.u("again", "couple") < 0.4)
        )
        .then(0)
        .otherwise(wanted)
        .cast(pl.Int64)
        .alias("wanted")
    ).filter(pl.col("wanted") > 0)
    kids = frame.with_columns(pl.int_ranges(0, pl.col("wanted")).alias("nth")).explode("nth")
    kids = kids.with_columns((pl.col("couple").cast(pl.UInt64) * 32 + pl.col("nth")).alias("key"))
    kids = kids.with_columns(
        pl.when((pl.col("nth") > 0) & (dice.u("twin", "key") < 0.011))
        .then(0)
        .when(pl.col("nth") == 0)
        .then(280 + dice.u("first", "key") ** 2 * 900)
        .otherwise(420 + dice.u("gap", "key") * 500 + dice.u("gap2", "key") ** 3 * 1900)
        .cast(pl.Int32)
        .alias("gap")
    )
    kids = kids.with_columns(
        (pl.col("married") + pl.col("gap").cum_sum().over("couple")).alias("born")
    ).filter(pl.col("born") < pl.col("wife_born") + int(46 * YEAR))
    twin = (pl.col("gap") == 0) | (pl.col("gap").shift(-1).over("couple") == 0).fill_null(value=False)
    kids = kids.with_columns(twin.alias("twin"))
    return kids.select(
        pl.int_range(start, start + pl.len(), dtype=pl.UInt32).alias("pid"),
        pl.lit(generation, dtype=pl.Int8).alias("generation"),
        pl.when(dice.u("sex", "key") < 0.515).then(1).otherwise(2).cast(pl.Int8).alias("sex"),
        pl.col("born").cast(pl.Int32),
        pl.col("husband").alias("father"),
        pl.col("wife").alias("mother"),
        "couple",
        (pl.col("nth") + 1).cast(pl.Int16).alias("birth_order"),
        "twin",
        "unit",
        pl.lit(value=True).alias("native"),
    )


def _outsiders(dice: Dice, wanting: pl.DataFrame, start: int, generation: int) -> pl.DataFrame:
    """Return one person from elsewhere for each of ``wanting``: the other sex, of a like age."""
    return wanting.select(
        pl.int_range(start, start + pl.len(), dtype=pl.UInt32).alias("pid"),
        pl.lit(generation, dtype=pl.Int8).alias("generation"),
        (3 - pl.col("sex")).cast(pl.Int8).alias("sex"),
        (
            pl.col("born")
            + pl.when(pl.col("sex") == 1)
            .then(dice.bell("outside-gap-f", 800, 800))
            .otherwise(dice.bell("outside-gap-m", -800, 800))
        )
        .cast(pl.Int32)
        .alias("born"),
        *(pl.lit(None, dtype=pl.UInt32).alias(c) for c in ("father", "mother", "couple")),
        pl.lit(1, dtype=pl.Int16).alias("birth_order"),
        pl.lit(value=False).alias("twin"),
        "unit",
        pl.lit(value=False).alias("native"),
    )


def _wed(
    dice: Dice, persons: pl.DataFrame, start: int, outsiders: int, generation: int, horizon: int
) -> Families:
    """Pair a generation: by rank of age inside a commune or the whole area, some with people from elsewhere.

    Brothers and sisters never marry, nor people more than 12 years apart. Returns the couples and the
    outsiders who came in.
    """
    adults = persons.filter((dice.u("marries") < 0.94) & (pl.col("born") < horizon - 20 * YEAR))
    outside = adults.filter(dice.u("outside") < 0.14)
    inside = adults.filter(dice.u("outside") >= 0.14).with_columns(
        pl.when(dice.u("afar") < 0.35).then(65_535).otherwise(pl.col("unit")).alias("block"),
        (
            pl.col("born") + pl.when(pl.col("sex") == 1).then(900).otherwise(0) + dice.bell("taste", 0, 500)
        ).alias("rank_by"),
    )
    inside = inside.sort("block", "sex", "rank_by", "pid").with_columns(
        pl.int_range(pl.len()).over("block", "sex").alias("place")
    )
    columns = ["block", "place", "pid", "born", "couple", "unit"]
    men = inside.filter(pl.col("sex") == 1).select(columns)
    women = inside.filter(pl.col("sex") == 2).select(columns)
    pairs = men.join(women, on=["block", "place"], suffix="_w", maintain_order="left").filter(
        (pl.col("couple") != pl.col("couple_w")).fill_null(value=True)
        & ((pl.col("born") - pl.col("born_w")).abs() < 12 * YEAR)
    )
    newcomers = _outsiders(dice, outside, outsiders, generation)
    mixed = pl.DataFrame(
        {
            "a": outside["pid"],
            "a_sex": outside["sex"],
            "a_born": outside["born"],
            "unit": outside["unit"],
            "b": newcomers["pid"],
            "b_born": newcomers["born"],
        }
    )
    man = pl.col("a_sex") == 1
    mixed = mixed.select(
        pl.when(man).then("a").otherwise("b").alias("husband"),
        pl.when(man).then("b").otherwise("a").alias("wife"),
        pl.when(man).then("a_born").otherwise("b_born").alias("m"),
        pl.when(man).then("b_born").otherwise("a_born").alias("w"),
        "unit",
    )
    at_home = pairs.select(
        pl.col("pid").alias("husband"),
        pl.col("pid_w").alias("wife"),
        pl.col("born").alias("m"),
        pl.col("born_w").alias("w"),
        pl.when(dice.u("residence") < 0.85).then("unit").otherwise("unit_w").alias("unit"),
    )
    both = pl.concat([at_home, mixed])
    late = ((pl.col("w") / YEAR + EPOCH - 1950) * 0.055).clip(0, 4)
    couples = both.select(
        pl.int_range(start, start + pl.len(), dtype=pl.UInt32).alias("couple"),
        "husband",
        "wife",
        pl.max_horizontal(
            pl.col("m") + 20 * YEAR + 30,
            pl.col("w") + 18 * YEAR + 30,
            pl.col("w") + (20.2 + late) * YEAR + dice.bell("wed", 0, 700, "wife"),
        )
        .cast(pl.Int32)
        .alias("married"),
        "unit",
        pl.lit(1, dtype=pl.Int8).alias("order"),
    )
    return Families(newcomers, couples)


def families(dice: Dice, size: int, units: int, horizon: int) -> Families:
    """Grow about ``size`` living persons of ``units`` communes up to the day ``horizon``.

    Five generations from founders born 1893–1925. More or fewer than ``size`` may come out: the caller
    takes what it needs.
    """
    start = max(12, round(size / 32))
    first = _founders(dice, start, units, 1893, 1925)
    wives = first.filter(pl.col("sex") == 2).select(
        pl.col("pid").alias("wife"), pl.col("born").alias("wife_born")
    )
    couples = (
        first.head(start)
        .select(
            pl.col("pid").alias("couple"),
            pl.col("pid").alias("husband"),
            (pl.col("pid") + start).alias("wife"),
            pl.max_horizontal("born", wives["wife_born"]).alias("married") + int(20 * YEAR),
            "unit",
            pl.lit(1, dtype=pl.Int8).alias("order"),
        )
        .with_columns(pl.col("married").cast(pl.Int32))
    )
    persons, all_couples = [first], [couples]
    next_pid, next_couple = first.height, couples.height
    for generation in range(1, GENERATIONS + 1):
        young = _children(dice, couples, wives, next_pid, generation).filter(pl.col("born") <= horizon)
        next_pid += young.height
        young = young.with_columns(pl.int_range(next_pid - pl.len(), next_pid, dtype=pl.UInt32).alias("pid"))
        persons.append(young)
        wed = _wed(dice, young, next_couple, next_pid, generation, horizon)
        couples = wed.couples.filter(pl.col("married") <= horizon)
        next_pid += wed.persons.height
        next_couple += wed.couples.height
        persons.append(wed.persons)
        all_couples.append(couples)
        wives = (
            pl.concat([young, wed.persons])
            .filter(pl.col("sex") == 2)
            .select(pl.col("pid").alias("wife"), pl.col("born").alias("wife_born"))
        )
        if couples.is_empty():
            break
    return Families(pl.concat(persons).cast(PERSON).sort("pid"), pl.concat(all_couples))  # type: ignore[arg-type]
