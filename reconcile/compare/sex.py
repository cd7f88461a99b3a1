"""Compare the sex: register against population."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from reconcile.compare.pairs import findings

if TYPE_CHECKING:
    from reconcile.compare.pairs import Pairs


def number_sex(number: pl.Expr) -> pl.Expr:
    """Return the sex (1 male, 2 female) that a 12-digit number states (NĐ 137/2015 Điều 13)."""
    return (number.str.slice(3, 1).cast(pl.Int8, strict=False) % 2 + 1).cast(pl.Int8)


def sex_of_role(role: pl.Expr) -> pl.Expr:
    """Return the sex that a role in a record implies: mother and wife 2, father and husband 1."""
    return (
        pl.when(role.is_in(["me", "vo"]))
        .then(pl.lit(2, dtype=pl.Int8))
        .when(role.is_in(["cha", "chong"]))
        .then(pl.lit(1, dtype=pl.Int8))
    )


def compare_sexes(pairs: Pairs) -> pl.DataFrame:
    """Return findings on ``gioi_tinh``: stated on both sides and different, or against the role in the record.

    A mother whom the population calls a man is said once per resident, and not where the own birth says it already.
    """
    rows = pairs.take(["sex", "role"], ["sex"])
    implied = sex_of_role(pl.col("c_role"))
    rows = rows.with_columns(implied=pl.col("c_sex").is_null(), c_sex=pl.coalesce("c_sex", implied)).filter(
        pl.col("c_sex") != pl.col("p_sex")
    )
    rows = pairs.beside(rows, ["gioi_tinh"], ["gioi_tinh", "personal_id", "population_row"])
    rows = (
        rows.sort("implied", "pair")
        .with_columns(
            first=pl.col("pair").is_first_distinct() & pl.col("p_population_row").is_first_distinct()
        )
        .filter(~pl.col("implied") | pl.col("first"))
        .sort("pair")
    )
    stated = number_sex(pl.col("p_personal_id"))
    return findings(
        rows.with_columns(
            field=pl.lit("gioi_tinh"),
            code=pl.lit("SEX"),
            variant=pl.when("implied").then(pl.lit("implied")),
            civil_value=_shown("c"),
            population_value=_shown("p"),
            detail=pl.format(
                "sổ ghi {}, dân cư ghi {}", sex_word(pl.col("c_sex")), sex_word(pl.col("p_sex"))
            ),
            civil_key=pl.col("c_sex"),
            population_key=pl.col("p_sex"),
            evidence=pl.when(stated == pl.col("c_sex"))
            .then(pl.lit("number_supports_register"))
            .when((stated == pl.col("p_sex")) & ~pl.col("implied"))
            .then(pl.lit("number_supports_population")),
        )
    )


def _shown(side: str) -> pl.Expr:
    """Return the sex as written, with the word beside a code: nobody has to know that 2 is a woman."""
    written, word = pl.col(f"{side}_gioi_tinh"), sex_word(pl.col(f"{side}_sex"))
    return (
        pl.when(written.str.contains(r"^\s*\d+(\.0)?\s*$"))
        .then(pl.format("{} ({})", word, written.str.strip_chars()))
        .otherwise(pl.coalesce(written, word))
    )


def sex_word(sex: pl.Expr) -> pl.Expr:
    """Return Nam or Nữ for 1 or 2."""
    return pl.when(sex == 1).then(pl.lit("Nam")).when(sex == 2).then(pl.lit("Nữ"))
