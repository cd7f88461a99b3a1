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


def _homes(persons: pl.DataFrame, couples: pl.DataFrame) -> pl.DataFrame:
    """Add ``home`` (unit where the person lives), ``spouse`` and ``marriage`` (couple id of the last one)."""
    both = (
        pl.concat(
            [
                couples.select(
                    pid="husband",
                    spouse="wife",
                    marriage="couple",
                    wed_unit="unit",
                    married="married",
                    divorced="divorced",
                ),
                couples.select(
                    pid="wife",
                    spouse="husband",
                    marriage="couple",
                    wed_unit="unit",
                    married="married",
                    divorced="divorced",
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


ETHNIC = ("Tày", "Mường", "Nùng", "Thái", "Sán Dìu", "Hoa")


def _ethnicity(dice: Dice, persons: pl.DataFrame) -> pl.DataFrame:
    """Add ``ethnic``: Kinh but for 2.5 % of those who came from elsewhere, and their children (by the father)."""
    own = (
        pl.when(~pl.col("native") & (dice.u("ethnic") < 0.025))
        .then(dice.pick("which-ethnic", ETHNIC))
        .otherwise(pl.lit("Kinh"))
    )
    frame = persons.with_columns(own.alias("ethnic"))
    fathers = frame["ethnic"].gather(frame["father"].fill_null(0))
    return frame.with_columns(
        pl.when(pl.col("father").is_not_null()).then(pl.lit(fathers)).otherwise("ethnic").alias("ethnic")
    )


def _remarriages(dice: Dice, couples: pl.DataFrame, persons: pl.DataFrame, horizon: int) -> pl.DataFrame:
    """Add ``divorced`` (day) to some couples after 1975, and second marriages between the divorced."""
    last = persons.drop_nulls("couple").group_by("couple").agg(youngest=pl.col("born").max())
    couples = couples.join(last, on="couple", how="left", maintain_order="left").with_columns(
        pl.when((dice.u("divorce", "couple") < 0.055) & (pl.col("married") > 5 * YEAR))
        .then(  # after the last child of the two
            pl.max_horizontal(
                pl.col("married") + 500 + dice.u("divorce-day", "couple") * 5000, pl.col("youngest") + 30
            )
        )
        .cast(pl.Int32)
        .alias("divorced")
    )
    couples = couples.drop("youngest").with_columns(
        pl.when(pl.col("divorced") < horizon).then("divorced").alias("divorced")
    )
    free = couples.filter(pl.col("divorced").is_not_null() & (dice.u("weds-again", "couple") < 0.5))
    born = persons["born"]
    men = free.select("husband", "unit", "divorced", h=pl.lit(born).gather("husband")).sort(
        "unit", "h", "husband"
    )
    women = free.select(
        "wife", since="divorced", w=pl.lit(born).gather("wife"), old="husband", unit="unit"
    ).sort("unit", "w", "wife")
    women = women.with_columns(
        pl.col("wife").shift(-1).over("unit"),
        pl.col("since").shift(-1).over("unit"),
        pl.col("old").shift(-1).over("unit"),
        pl.col("w").shift(-1).over("unit"),
    ).drop("unit")
    start = couples.select(pl.col("couple").max()).item() + 1
    second = (
        pl.concat([men, women], how="horizontal")
        .filter(
            pl.col("wife").is_not_null()
            & (pl.col("old") != pl.col("husband"))
            & ((pl.col("h") - pl.col("w")).abs() < 12 * YEAR)
        )
        .select(
            pl.int_range(start, start + pl.len(), dtype=pl.UInt32).alias("couple"),
            "husband",
            "wife",
            (pl.max_horizontal("divorced", "since") + 400).cast(pl.Int32).alias("married"),
            "unit",
            pl.lit(2, dtype=pl.Int8).alias("order"),
            pl.lit(None, dtype=pl.Int32).alias("divorced"),
        )
        .filter(pl.col("married") < horizon)
    )
    return pl.concat([couples, second])


def _name_again(persons: pl.DataFrame) -> pl.DataFrame:
    """Give the next child of the same sex the name of one that died young before its birth, half of the time."""
    frame = persons.with_columns(pl.int_range(pl.len()).alias("_n"))
    previous = ["given", "middle"]
    siblings = frame.filter(pl.col("couple").is_not_null()).sort("couple", "sex", "birth_order", "pid")
    before = siblings.select(
        "pid",
        (pl.col("dies_young") & (pl.col("died") < pl.col("born").shift(-1).over("couple", "sex")))
        .shift(1)
        .over("couple", "sex")
        .fill_null(value=False)
        .alias("after_death"),
        *(pl.col(c).shift(1).over("couple", "sex").alias(f"{c}_before") for c in previous),
    ).filter(pl.col("after_death") & (pl.col("pid") % 2 == 0))
    return (
        frame.join(before, on="pid", how="left", maintain_order="left")
        .with_columns(*(pl.coalesce(f"{c}_before", c).alias(c) for c in previous))
        .drop("after_death", "_n", *(f"{c}_before" for c in previous))
        .with_columns(full_name().alias("name"))
    )


def build(seed: int, residents: int, units: Units, extract: date, rates: dict[str, float]) -> World:
    """Make the people: grow families until at least ``residents`` of them live in the area on ``extract``.

    Of the living, and of the recently dead that the extract still holds, ``residents`` are in the extract
    (``resident``); the other living have moved away. ``in_extract_dead``: null, ``marked`` or ``as_alive``.
    """
    dice = Dice(seed)
    horizon = day_of(extract)
    size = round(residents * 1.1) + 40
    for attempt in range(20):
        family = families(dice, size, len(units.codes), horizon + 200)
        persons = _fates(dice, family.persons)
        persons = persons.with_columns(
            ((pl.col("died") > horizon) & (pl.col("born") <= horizon)).alias("alive")
        )
        ratio = max(int(persons["alive"].sum()), 1) / residents
        if ratio >= 1.03 and (ratio <= 1.16 or attempt > 3):
            break
        size = max(40, round(size * 1.09 / ratio)) if attempt < 4 else round(size * 1.3)
    persons = _name_again(name_people(dice, persons))
    couples = _remarriages(dice, family.couples, persons, horizon)
    persons = _homes(_ethnicity(dice, _numbers(dice, persons)), couples)
    recent = (pl.col("died") <= horizon) & (pl.col("died") > horizon - 10 * YEAR)
    draw = dice.u("stays-after-death")
    persons = persons.with_columns(
        pl.when(recent & (draw < rates["dead_marked"]))
        .then(pl.lit("marked"))
        .when(recent & (draw < rates["dead_marked"] + rates["dead_as_alive"]))
        .then(pl.lit("as_alive"))
        .alias("in_extract_dead")
    )
    order = (
        persons.filter(pl.col("alive") | pl.col("in_extract_dead").is_not_null())
        .select("pid", dice.u("stays").alias("u"))
        .sort("u", "pid")
        .head(residents)
        .select("pid", pl.lit(value=True).alias("resident"))
    )
    persons = persons.join(order, on="pid", how="left", maintain_order="left").with_columns(
        pl.col("resident").fill_null(value=False)
    )
    return World(persons, couples, units, horizon)
