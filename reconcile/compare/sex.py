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


def compare_sexes(pairs: Pairs) -> pl.DataFrame:
    """Return findings on ``gioi_tinh`` where both sides state a sex and the two differ."""
    rows = pairs.take(["gioi_tinh", "sex"], ["gioi_tinh", "sex", "personal_id"]).filter(
        pl.col("c_sex") != pl.col("p_sex")
    )
    stated = number_sex(pl.col("p_personal_id"))
    return findings(
        rows.with_columns(
            field=pl.lit("gioi_tinh"),
            code=pl.lit("SEX"),
            civil_value=pl.coalesce("c_gioi_tinh", sex_word(pl.col("c_sex"))),
            population_value=pl.coalesce("p_gioi_tinh", sex_word(pl.col("p_sex"))),
            detail=pl.format(
                "sổ ghi {}, dân cư ghi {}", sex_word(pl.col("c_sex")), sex_word(pl.col("p_sex"))
            ),
            civil_key=pl.col("c_sex"),
            population_key=pl.col("p_sex"),
            evidence=pl.when(stated == pl.col("c_sex"))
            .then(pl.lit("number_supports_register"))
            .when(stated == pl.col("p_sex"))
            .then(pl.lit("number_supports_population")),
        )
    )


def sex_word(sex: pl.Expr) -> pl.Expr:
    """Return Nam or Nữ for 1 or 2."""
    return pl.when(sex == 1).then(pl.lit("Nam")).when(sex == 2).then(pl.lit("Nữ"))
