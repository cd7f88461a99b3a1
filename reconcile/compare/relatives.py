"""Compare whom a person names: father, mother, husband or wife. Register against the person's own population record."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from reconcile.compare.name_difference import SMALL
from reconcile.compare.names import differing
from reconcile.compare.pairs import findings

if TYPE_CHECKING:
    from reconcile.compare.pairs import Pairs

KIND_WORDS = {
    "NAME_DIACRITICS": "khác dấu",
    "NAME_TONE": "khác dấu thanh",
    "NAME_I_Y": "chỉ khác i/y",
    "NAME_DIALECT": "khác phụ âm dễ nghe nhầm",
    "NAME_SPELLING": "khác chữ cái",
    "NAME_MIDDLE_MISSING": "một bên thiếu chữ đệm",
    "NAME_MIDDLE": "khác chữ đệm",
    "NAME_GIVEN": "khác tên",
    "NAME_FAMILY": "khác họ",
    "NAME_ORDER": "đảo thứ tự các chữ",
}
"""Kind of difference between two names → the words in a sentence about a relative."""


def compare_parents(pairs: Pairs) -> pl.DataFrame:
    """Return findings PARENT_NAME and PARENT_ID on father and mother. A blank on either side is none."""
    return pl.concat(
        [
            _names(pairs, "ho_ten_cha", "father_key", "PARENT_NAME"),
            _names(pairs, "ho_ten_me", "mother_key", "PARENT_NAME"),
            _numbers(pairs, "so_dinh_danh_cha", "father_id", "PARENT_ID"),
            _numbers(pairs, "so_dinh_danh_me", "mother_id", "PARENT_ID"),
        ]
    )


def _names(pairs: Pairs, written: str, key: str, code: str, *, keep: pl.Series | None = None) -> pl.DataFrame:
    rows = pairs.take([written, key], [written, key]).rename(
        {
            f"c_{written}": "civil_value",
            f"p_{written}": "population_value",
            f"c_{key}": "civil_key",
            f"p_{key}": "population_key",
        }
    )
    if keep is not None:
        rows = rows.filter(pl.col("pair").is_in(keep.implode()))
    kind = pl.col("code")
    return findings(
        differing(rows).with_columns(
            field=pl.lit(written),
            code=pl.lit(code),
            variant=pl.when(kind == "NAME_I_Y")
            .then(pl.lit("i_y"))
            .when(kind.is_in(sorted(SMALL)) & (pl.col("variant") != "two_names").fill_null(value=True))
            .then(pl.lit("small")),
            detail=kind.replace_strict(KIND_WORDS, default=None, return_dtype=pl.String),
        )
    )


def _numbers(pairs: Pairs, written: str, key: str, code: str) -> pl.DataFrame:
    rows = pairs.take([written, key], [written, key]).filter(pl.col(f"c_{key}") != pl.col(f"p_{key}"))
    return findings(
        rows.with_columns(
            field=pl.lit(written),
            code=pl.lit(code),
            civil_value=f"c_{written}",
            population_value=f"p_{written}",
            civil_key=f"c_{key}",
            population_key=f"p_{key}",
        )
    )
