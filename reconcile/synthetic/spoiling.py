"""Put mistakes into one column of a table, and say what was done to which row."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import polars as pl

from reconcile.synthetic.dice import Dice, weighted
from reconcile.synthetic.mistakes import KINDS

if TYPE_CHECKING:
    from reconcile.synthetic.mixes import Share

DONE = {"row": pl.UInt32, "kind": pl.String, "code": pl.String}


def spoil(
    dice: Dice,
    frame: pl.DataFrame,
    column: str,
    share: Share | None,
    label: str,
    *,
    row: str = "row",
    where: pl.Expr | None = None,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return ``frame`` with some values of ``column`` spoilt, and what was done (row, kind, code).

    Only the rows that are hit pass through Python; ``row`` numbers the rows and steers chance. A mistake that is
    impossible for a value (day and month alike …) leaves it alone and is not reported.
    """
    nothing = pl.DataFrame(schema=DONE)
    if share is None or share.share <= 0:
        return frame, nothing
    hit = (dice.u(f"{label}/hit", row) < share.share) & pl.col(column).is_not_null()
    if where is not None:
        hit &= where
    chosen = frame.filter(hit).select(
        pl.col(row).alias("row"),
        pl.col(column).alias("value"),
        dice.u(f"{label}/kind", row).alias("u"),
        dice.whole(f"{label}/chance", 0, 2**31, row).alias("chance"),
    )
    if chosen.is_empty():
        return frame, nothing
    kinds = pl.Series(list(share.kinds), dtype=pl.String)
    drawn = weighted(chosen["u"], kinds, pl.Series(list(share.kinds.values()), dtype=pl.Float64))
    wrong = [
        KINDS[kind][0](value, Random(chance))
        for value, kind, chance in zip(chosen["value"], drawn, chosen["chance"], strict=True)
    ]
    return _put(
        frame,
        column,
        row,
        chosen.with_columns(drawn.alias("kind"), pl.Series("wrong", wrong, dtype=pl.String)),
    )


def spoil_all(
    frame: pl.DataFrame, column: str, kind: str, *, row: str = "row", where: pl.Expr
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Put the same mistake into every row that ``where`` names: one cause for a whole book."""
    chosen = frame.filter(where & pl.col(column).is_not_null()).select(
        pl.col(row).alias("row"), pl.col(column).alias("value")
    )
    if chosen.is_empty():
        return frame, pl.DataFrame(schema=DONE)
    wrong = [KINDS[kind][0](value, Random(7)) for value in chosen["value"]]
    return _put(
        frame,
        column,
        row,
        chosen.with_columns(pl.lit(kind).alias("kind"), pl.Series("wrong", wrong, dtype=pl.String)),
    )


def _put(
    frame: pl.DataFrame, column: str, row: str, chosen: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    changed = chosen.filter(pl.col("wrong") != pl.col("value"))
    codes = {kind: code for kind, (_, code) in KINDS.items()}
    done = changed.select(
        pl.col("row").cast(pl.UInt32),
        "kind",
        pl.col("kind").replace_strict(codes, return_dtype=pl.String).alias("code"),
    )
    new = changed.select(pl.col("row").alias(row), pl.col("wrong").alias("_wrong"))
    spoilt = frame.join(new, on=row, how="left", maintain_order="left").with_columns(
        pl.when(pl.col("_wrong") == "").then(None).otherwise(pl.coalesce("_wrong", column)).alias(column)
    )
    return spoilt.drop("_wrong"), done
