"""Compare values from closed lists: people (dân tộc) and nationality (quốc tịch)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from reconcile.compare.pairs import findings
from reconcile.normalize.lists import read_ethnicity, read_nationality

if TYPE_CHECKING:
    from reconcile.compare.pairs import Pairs


def _unreadable(pairs: Pairs, written: str, comparable: str) -> pl.DataFrame:
    """Return findings VALUE_UNREADABLE: words that stand in no list, the sign of a shifted column."""
    rows = pairs.take([written, comparable], [comparable]).filter(
        pl.col(f"c_{written}").is_not_null()
        & pl.col(f"c_{comparable}").is_null()
        & pl.col(f"p_{comparable}").is_not_null()
    )
    texts = rows[f"c_{written}"].unique().sort().to_list()
    reader = read_ethnicity if comparable == "ethnicity" else read_nationality
    unknown = [text for text in texts if "NOT_IN_LIST" in reader(text).notes]
    return findings(
        pairs.beside(rows.filter(pl.col(f"c_{written}").is_in(unknown)), [], [written]).with_columns(
            field=pl.lit(written),
            code=pl.lit("VALUE_UNREADABLE"),
            civil_value=f"c_{written}",
            population_value=f"p_{written}",
            civil_key=f"c_{written}",
            population_key=f"p_{comparable}",
        )
    )


def _compare(pairs: Pairs, written: str, comparable: str, code: str) -> pl.DataFrame:
    rows = pairs.take([comparable], [comparable]).filter(
        pl.col(f"c_{comparable}") != pl.col(f"p_{comparable}")
    )
    different = findings(
        pairs.beside(rows, [written], [written]).with_columns(
            field=pl.lit(written),
            code=pl.lit(code),
            civil_value=f"c_{written}",
            population_value=f"p_{written}",
            civil_key=f"c_{comparable}",
            population_key=f"p_{comparable}",
        )
    )
    return pl.concat([different, _unreadable(pairs, written, comparable)])


def compare_ethnicities(pairs: Pairs) -> pl.DataFrame:
    """Return findings on ``dan_toc`` where both sides name a people and the two differ."""
    return _compare(pairs, "dan_toc", "ethnicity", "ETHNICITY")


def compare_nationalities(pairs: Pairs) -> pl.DataFrame:
    """Return findings on ``quoc_tich`` where both sides name a nationality and the two differ."""
    return _compare(pairs, "quoc_tich", "nationality", "NATIONALITY")
