"""Compare values from closed lists: people (dân tộc) and nationality (quốc tịch)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from reconcile.compare.pairs import findings

if TYPE_CHECKING:
    from reconcile.compare.pairs import Pairs


def _compare(pairs: Pairs, written: str, comparable: str, code: str) -> pl.DataFrame:
    rows = pairs.take([written, comparable], [written, comparable]).filter(
        pl.col(f"c_{comparable}") != pl.col(f"p_{comparable}")
    )
    return findings(
        rows.with_columns(
            field=pl.lit(written),
            code=pl.lit(code),
            civil_value=f"c_{written}",
            population_value=f"p_{written}",
            civil_key=f"c_{comparable}",
            population_key=f"p_{comparable}",
        )
    )


def compare_ethnicities(pairs: Pairs) -> pl.DataFrame:
    """Return findings on ``dan_toc`` where both sides name a people and the two differ."""
    return _compare(pairs, "dan_toc", "ethnicity", "ETHNICITY")


def compare_nationalities(pairs: Pairs) -> pl.DataFrame:
    """Return findings on ``quoc_tich`` where both sides name a nationality and the two differ."""
    return _compare(pairs, "quoc_tich", "nationality", "NATIONALITY")
