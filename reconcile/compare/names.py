"""Compare the person's own name: register against population."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from reconcile.compare.name_difference import name_difference
from reconcile.compare.pairs import findings

if TYPE_CHECKING:
    from reconcile.compare.pairs import Pairs

_DIFFERENCE = {
    "code": pl.String,
    "variant": pl.String,
    "detail": pl.String,
    "evidence": pl.String,
}


def name_differences(distinct: pl.DataFrame) -> pl.DataFrame:
    """Classify distinct pairs ``civil_key``, ``population_key``: adds code, variant, detail, evidence.

    Pairs that are the same name after all are dropped.
    """
    rows = [
        (civil, population, found.code, found.variant, found.detail, found.evidence)
        for civil, population in distinct.iter_rows()
        if (found := name_difference(civil, population)) is not None
    ]
    schema = {"civil_key": pl.String, "population_key": pl.String, **_DIFFERENCE}
    return pl.DataFrame(rows, schema=schema, orient="row")


def differing(frame: pl.DataFrame, key: str) -> pl.DataFrame:
    """Keep rows whose ``c_<key>`` and ``p_<key>`` are both known and differ, and say how (distinct pairs only once).

    The two become ``civil_key`` and ``population_key``; code, variant, detail and evidence stand behind.
    """
    rows = frame.filter(pl.col(f"c_{key}") != pl.col(f"p_{key}")).rename(
        {f"c_{key}": "civil_key", f"p_{key}": "population_key"}
    )
    distinct = rows.select("civil_key", "population_key").unique(maintain_order=True)
    return rows.join(
        name_differences(distinct), on=["civil_key", "population_key"], how="inner", maintain_order="left"
    )


def compare_names(pairs: Pairs) -> pl.DataFrame:
    """Return findings on ``ho_ten``. The register's name equal to the other name is only information."""
    found = differing(pairs.take(["name_key"], ["name_key"]), "name_key")
    found = pairs.beside(found, ["ho_ten"], ["ho_ten", "other_name_key"])
    known = pl.col("p_other_name_key") == pl.col("civil_key")
    return findings(
        found.with_columns(
            field=pl.lit("ho_ten"),
            code=pl.when(known).then(pl.lit("NAME_OTHER")).otherwise("code"),
            variant=pl.when(known).then(None).otherwise("variant"),
            evidence=pl.when(known).then(None).otherwise("evidence"),
            civil_value="c_ho_ten",
            population_value="p_ho_ten",
        )
    )
