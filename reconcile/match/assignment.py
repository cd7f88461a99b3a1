"""Assignment: at most one resident per mention, one birth and one death per resident, doubt to the clerk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from reconcile.match.posterior import DUPLICATE, calibrate, posterior

if TYPE_CHECKING:
    from reconcile.match.model import RoleModel
    from reconcile.match.settings import Settings

_KEEP = 1e-4  # candidates below this share cannot matter any more


def assign(
    pairs: pl.DataFrame,
    taken: pl.DataFrame,
    model: RoleModel,
    residents: int,
    settings: Settings,
    role: str,
) -> pl.DataFrame:
    """Rank the candidates of each mention and give the best one a tier.

    ``pairs``: m, r, scope, total, kin, absent, doubt; ``taken``: residents (r, scope) whom a certain pass gave to another
    mention of this exclusive role; mentions compete within their scope. Returns m, r, rank, probability, total, tier (of the mention, on rank 1; null below), sorted by
    mention and rank. A mention whose two best candidates are equally good is never decided by their ids: the
    margin sends it to review.
    """
    scored = pairs.with_columns(posterior(pairs, model, residents))
    if settings.roles[role].exclusive and pairs.height:
        scored = pairs.with_columns(_competition(scored, taken))
        scored = scored.with_columns(posterior(scored, model, residents))
    scored = scored.filter(pl.col("share") >= _KEEP).with_columns(
        probability=calibrate(pl.col("share"), model.slope, model.intercept)
    )
    # ties are ordered by resident only to be repeatable; the margin keeps them from being decided
    ranked = (
        scored.sort("m", "share", "r", descending=[False, True, False])
        .with_row_index("place")
        # the mentions stand together: the rank is the distance from the first of each
        .with_columns(first=pl.when(pl.col("m") != pl.col("m").shift(fill_value=None)).then("place"))
        .with_columns(rank=pl.col("place").cast(pl.Int64) - pl.col("first").forward_fill().fill_null(0) + 1)
        .filter(pl.col("rank") <= settings.thresholds["candidates"])
    )
    sure = (
        (pl.col("probability") >= settings.threshold(role, "match"))
        & (pl.col("rival") >= settings.threshold(role, "margin"))
        & ~pl.col("doubt")
    )
    tier = (
        pl.when(sure)
        .then(pl.lit("match"))
        .when(pl.col("probability") >= settings.threshold(role, "review"))
        .then(pl.lit("review"))
        .otherwise(pl.lit("none"))
    )
    return ranked.with_columns(tier=pl.when(pl.col("rank") == 1).then(tier)).select(
        "m", "r", "rank", "probability", "total", "tier"
    )


def _competition(scored: pl.DataFrame, taken: pl.DataFrame) -> pl.Series:
    """How much of each resident is left for a mention, given all others that claim him.

    A mention's part is its odds among all claims on the resident, but never less than the chance of a duplicate
    registration; a resident settled by a certain pass leaves only that chance.
    """
    whose = pl.col("scope").cast(pl.UInt64) * 2**32 + pl.col("r")
    claimed = scored.select("odds", claim=whose)
    held = taken.select(claim=whose).join(claimed.select("claim"), on="claim", how="semi")["claim"].unique()
    part = pl.max_horizontal(pl.col("odds") / pl.col("odds").sum().over("claim"), pl.lit(DUPLICATE))
    free = ~pl.col("claim").is_in(held.implode())
    return claimed.select(factor=pl.when(free).then(part).otherwise(DUPLICATE))["factor"]
