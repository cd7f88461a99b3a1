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
            compare_relative_names(pairs, "ho_ten_cha", "father_key", "PARENT_NAME"),
            compare_relative_names(pairs, "ho_ten_me", "mother_key", "PARENT_NAME"),
            compare_relative_numbers(pairs, "so_dinh_danh_cha", "father_id", "PARENT_ID"),
            compare_relative_numbers(pairs, "so_dinh_danh_me", "mother_id", "PARENT_ID"),
        ]
    )


def compare_relative_names(
    pairs: Pairs, written: str, key: str, code: str, *, keep: pl.Series | None = None
) -> pl.DataFrame:
    """Return findings on the name of one relative. ``keep``: the pairs that are asked, all where None."""
    found = differing(_asked(pairs, keep).take([key], [key]), key)
    found = pairs.beside(found, [written], [written])
    kind = pl.col("code")
    return findings(
        found.with_columns(
            field=pl.lit(written),
            code=pl.lit(code),
            civil_value=f"c_{written}",
            population_value=f"p_{written}",
            variant=pl.when(kind == "NAME_I_Y")
            .then(pl.lit("i_y"))
            .when(kind.is_in(sorted(SMALL)) & (pl.col("variant") != "two_names").fill_null(value=True))
            .then(pl.lit("small"))
            .when(pl.col("variant") == "whole")
            .then(pl.lit("other_person")),
            detail=pl.when(pl.col("variant") == "whole")
            .then(pl.lit("khác hẳn"))
            .otherwise(kind.replace_strict(KIND_WORDS, default=None, return_dtype=pl.String)),
        )
    )


def compare_relative_numbers(
    pairs: Pairs, written: str, key: str, code: str, *, keep: pl.Series | None = None
) -> pl.DataFrame:
    """Return findings on the 12-digit number of one relative, where both sides have one.

    That only one of the two numbers is anybody's in the extract is told as evidence.
    """
    rows = _asked(pairs, keep).take([key], [key]).filter(pl.col(f"c_{key}") != pl.col(f"p_{key}"))
    asked = pl.concat([rows[f"c_{key}"], rows[f"p_{key}"]])
    numbers = pairs.residents["personal_id"]
    known = numbers.filter(numbers.is_in(asked.implode())).implode()
    in_register, in_population = (pl.col(f"{side}_{key}").is_in(known) for side in "cp")
    return findings(
        pairs.beside(rows, [written], [written]).with_columns(
            field=pl.lit(written),
            code=pl.lit(code),
            civil_value=f"c_{written}",
            population_value=f"p_{written}",
            civil_key=f"c_{key}",
            population_key=f"p_{key}",
            evidence=pl.when(in_population & ~in_register)
            .then(pl.lit("population_number_known"))
            .when(in_register & ~in_population)
            .then(pl.lit("register_number_known")),
        )
    )


def _asked(pairs: Pairs, keep: pl.Series | None) -> Pairs:
    return pairs if keep is None else pairs.only(keep)
