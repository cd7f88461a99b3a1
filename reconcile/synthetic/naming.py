"""Names by cohort and sex: family names from the father, siblings who share a middle name, village names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from reconcile.resources import rules_path
from reconcile.synthetic.dice import Dice, weighted
from reconcile.synthetic.people import EPOCH, YEAR

if TYPE_CHECKING:
    from collections.abc import Iterator

COHORTS = ((1930, 1946), (1955, 1966), (1972, 1980), (1985, 1997), (2000, 2010), (2015, 9999))
"""Name table → first birth year that no longer uses it."""


def _table(name: str) -> pl.DataFrame:
    return pl.read_csv(rules_path("synthetic", name), schema_overrides={"cohort": pl.Int64})


def _cohort() -> pl.Expr:
    year = pl.col("born") / YEAR + EPOCH
    choice = pl.lit(COHORTS[-1][0])
    for cohort, until in reversed(COHORTS[:-1]):
        choice = pl.when(year < until).then(cohort).otherwise(choice)
    return choice.cast(pl.Int64)


def _groups(frame: pl.DataFrame) -> Iterator[tuple[int, int, pl.DataFrame]]:
    for sex in (1, 2):
        for cohort, _ in COHORTS:
            yield sex, cohort, frame.filter((pl.col("sex") == sex) & (pl.col("cohort") == cohort))


def given_names(dice: Dice, persons: pl.DataFrame, label: str = "given") -> pl.Series:
    """Draw a given name for each person (columns pid, sex, born), by sex and cohort; order of ``persons``."""
    table = _table("given_names.csv").with_columns(
        pl.col("sex").replace_strict({"M": 1, "F": 2}, return_dtype=pl.Int8)
    )
    frame = persons.select("pid", "sex", _cohort().alias("cohort"), dice.u(label).alias("u"))
    parts = []
    for sex, cohort, part in _groups(frame):
        names = table.filter((pl.col("sex") == sex) & (pl.col("cohort") == cohort))
        parts.append(part.select("pid", weighted(part["u"], names["given"], names["weight"]).alias("given")))
    return persons.select("pid").join(pl.concat(parts), on="pid", how="left", maintain_order="left")["given"]


def _family(dice: Dice, persons: pl.DataFrame) -> pl.Series:
    table = _table("family_names.csv")
    drawn = persons.select(dice.u("family").alias("u"))["u"]
    own = weighted(drawn, table["family"], table["weight"])
    frame = persons.select("pid", "father", "generation").with_columns(own.alias("family"))
    for generation in range(1, int(frame["generation"].max() or 0) + 1):  # type: ignore[arg-type]
        fathers = frame["family"].gather(frame["father"].fill_null(0))
        frame = frame.with_columns(
            pl.when((pl.col("generation") == generation) & pl.col("father").is_not_null())
            .then(pl.lit(fathers))
            .otherwise(pl.col("family"))
            .alias("family")
        )
    return frame["family"]


def _middle(dice: Dice, persons: pl.DataFrame) -> pl.Series:
    table = _table("middle_names.csv")
    year = pl.col("born") / YEAR + EPOCH
    siblings = pl.coalesce(pl.col("couple").cast(pl.UInt64) + (1 << 40), pl.col("pid").cast(pl.UInt64))
    shares = dice.u("shares-middle", siblings) < 0.55
    key = pl.when(shares).then(siblings).otherwise(pl.col("pid").cast(pl.UInt64))
    frame = persons.select(
        "pid",
        "sex",
        year.alias("year"),
        dice.u("middle", key).alias("u"),
        dice.u("middle2", "pid").alias("u2"),
        dice.u("traditional", key).alias("t"),
        dice.u("words", "pid").alias("w"),
    )
    other = {
        sex: (part["middle"], part["weight"])
        for sex in ("M", "F")
        if (part := table.filter(pl.col("sex") == sex)) is not None
    }
    frame = frame.with_columns(
        weighted(frame["u"], *other["M"]).alias("male"),
        weighted(frame["u2"], *other["F"]).alias("female"),
    )
    van = (
        pl.when(pl.col("year") < 1966)
        .then(0.56)
        .when(pl.col("year") < 1980)
        .then(0.46)
        .when(pl.col("year") < 1997)
        .then(0.33)
        .when(pl.col("year") < 2010)
        .then(0.15)
        .otherwise(0.05)
    )
    thi = (
        pl.when(pl.col("year") < 1980)
        .then(0.92)
        .when(pl.col("year") < 1997)
        .then(0.82)
        .when(pl.col("year") < 2007)
        .then(0.6)
        .otherwise(0.14)
    )
    four = (
        pl.when(pl.col("year") < 1966)
        .then(0.03)
        .when(pl.col("year") < 1980)
        .then(0.14)
        .when(pl.col("year") < 1997)
        .then(0.36)
        .otherwise(0.52)
    )
    men = (
        pl.when(pl.col("w") < 0.01)
        .then(pl.lit(""))
        .when(pl.col("t") < van)
        .then(pl.lit("Văn"))
        .otherwise(pl.col("male"))
    )
    women = (
        pl.when(pl.col("t") < thi)
        .then(pl.when(pl.col("w") < four).then(pl.lit("Thị ") + pl.col("female")).otherwise(pl.lit("Thị")))
        .otherwise(pl.col("female"))
    )
    return frame.select(pl.when(pl.col("sex") == 1).then(men).otherwise(women).alias("middle"))["middle"]


def full_name() -> pl.Expr:
    """Return the expression of the full name: family, middle words, given name."""
    return pl.concat_str(
        "family",
        pl.when(pl.col("middle") == "").then(None).otherwise("middle"),
        "given",
        separator=" ",
        ignore_nulls=True,
    )


def name_people(dice: Dice, persons: pl.DataFrame) -> pl.DataFrame:
    """Add family, middle, given and ``name``. ``persons`` is ordered by pid, and pid is the row's index.

    Siblings get different given names (twins share the middle one); a child born after one of the same sex died young
    is given the dead child's name now and then (column ``dies_young`` says who did).
    """
    frame = persons.with_columns(
        _family(dice, persons).alias("family"), _middle(dice, persons).alias("middle")
    )
    frame = frame.with_columns(given_names(dice, frame).alias("given"))
    for attempt in range(3):
        repeated = frame.filter(
            pl.col("couple").is_not_null() & (pl.int_range(pl.len()).over("couple", "given") > 0)
        ).select("pid", "sex", "born")
        if repeated.is_empty():
            break
        fresh = repeated.select("pid", given_names(dice, repeated, f"given/{attempt}").alias("fresh"))
        frame = (
            frame.join(fresh, on="pid", how="left", maintain_order="left")
            .with_columns(pl.coalesce("fresh", "given").alias("given"))
            .drop("fresh")
        )
    return frame.with_columns(full_name().alias("name"))
