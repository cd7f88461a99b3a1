"""Further fields that a rules file names itself: texts that agree, nearly agree or differ. The engine's own fields are
those of civil status; other data (``benchmarks/match_febrl.py``: streets, suburbs, postcodes) bring theirs along.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
from rapidfuzz.distance import OSA

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconcile.match.columns import Columns

LEVELS = ("exact", "near", "different")
"""Levels of every extra field, best first."""
_LETTERS_PER_MISTAKE = 4


def code_extras(
    mentions: Columns, residents: Columns, extras: Mapping[str, str]
) -> tuple[list[pl.Series], list[pl.Series], dict[str, pl.Series]]:
    """Return the coded columns of both sides (named by field) and field → text per code. ``extras``: field → column."""
    left: list[pl.Series] = []
    right: list[pl.Series] = []
    texts: dict[str, pl.Series] = {}
    for field, column in extras.items():
        both = pl.concat([frame[column].cast(pl.String).alias("v") for frame in (mentions, residents)])
        texts[field] = both.drop_nulls().unique().sort()
        kinds = pl.Enum(texts[field])
        for side, frame in ((left, mentions), (right, residents)):
            side.append(frame[column].cast(pl.String).cast(kinds).to_physical().cast(pl.UInt32).alias(field))
    return left, right, texts


def compare_extra(left: pl.Series, right: pl.Series, texts: pl.Series) -> pl.Series:
    """Return the level (index into ``LEVELS``) of two columns of codes; null where one is missing.

    Near: at most one letter (or swap of neighbours) in four apart, one at least. Distinct pairs are compared once.
    """
    pairs = pl.DataFrame({"a": left, "b": right})
    distinct = pairs.drop_nulls().filter(pl.col("a") != pl.col("b")).unique().sort("a", "b")
    near = [
        OSA.distance(x, y, score_cutoff=(limit := max(1, max(len(x), len(y)) // _LETTERS_PER_MISTAKE)))
        <= limit
        for x, y in zip(
            texts.gather(distinct["a"]).to_list(), texts.gather(distinct["b"]).to_list(), strict=True
        )
    ]
    table = distinct.with_columns(pl.Series("near", near, dtype=pl.Boolean))
    return pairs.join(table, on=["a", "b"], how="left", maintain_order="left").select(
        level=pl.when(pl.col("a").is_null() | pl.col("b").is_null())
        .then(None)
        .when(pl.col("a") == pl.col("b"))
        .then(0)
        .when("near")
        .then(1)
        .otherwise(2)
        .cast(pl.UInt8)
    )["level"]
