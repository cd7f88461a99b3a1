"""Who is missing on one side: residents of the commune without a birth record."""

from __future__ import annotations

import polars as pl


def residents_without_birth(
    links: pl.DataFrame, residents: pl.DataFrame, records: pl.DataFrame
) -> pl.DataFrame:
    """Return residents whose birth was registered in one of the communes of ``records`` but is in none of the books.

    ``links``, ``residents`` (normalized), ``records``: the canonical tables. Only residents whose place of birth
    registration is known and is a commune that has birth records here, and whose year of birth lies within the
    years those records cover, are asked for; a person possibly matched (tier ``review``) is left out.
    Returns the normalized residents' columns, ordered by population_row.
    """
    births = records.filter(pl.col("register") == "KS")
    covered = births.group_by("commune_code").agg(
        first=pl.col("registered_earliest").dt.year().min(), last=pl.col("registered_latest").dt.year().max()
    )
    known = links.filter((pl.col("role") == "nks") & pl.col("population_row").is_not_null()).select(
        "population_row"
    )
    return (
        residents.join(known.unique(), on="population_row", how="anti", maintain_order="left")
        .join(
            covered,
            left_on="birth_registration_unit",
            right_on="commune_code",
            how="inner",
            maintain_order="left",
        )
        .filter(pl.col("birth_earliest").dt.year().is_between(pl.col("first"), pl.col("last")))
        .drop("first", "last")
        .sort("population_row")
    )
