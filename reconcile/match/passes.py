"""Certain passes: exact joins on keys that belong to one person only. They settle most mentions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconcile.match.settings import Pass
    from reconcile.match.side import Coded

SETTLED = {"m": pl.UInt32, "r": pl.UInt32, "pass": pl.UInt8}
"""Mention, resident, index of the pass."""


def settle(
    coded: Coded, rows: pl.Series, passes: Sequence[Pass], role: str, *, exclusive: bool, family: bool = False
) -> pl.DataFrame:
    """Run the certain passes on the mentions ``rows`` (u32, all of one role), in order.

    ``family``: the passes that lean on links of the record's other persons, instead of all others.
    Returns ``SETTLED``, sorted by mention. A resident of an exclusive role that two mentions reach by
    different passes is given to neither: the model weighs them against each other.
    """
    free = pl.repeat(True, rows.len(), eager=True)
    found: list[pl.DataFrame] = []
    for index, rule in enumerate(passes):
        if role not in rule.roles or rule.leans_on_family != family or not free.any():
            continue
        pairs = _unique_pairs(coded, rows, free, rule, exclusive=exclusive)
        if pairs.is_empty():
            continue
        pairs = pairs.filter(~_contradicts(coded, pairs, rule.unless_differs))
        found.append(pairs.select("m", "r", pl.lit(index, pl.UInt8).alias("pass")))
        free = free.scatter(pairs["i"], values=False)
    settled = pl.concat([pl.DataFrame(schema=SETTLED), *found]).sort("m")
    if exclusive:
        scope = coded.mentions.table["scope"].gather(settled["m"])
        # one number for scope and resident: much cheaper than to compare two columns
        claim = settled.select(claim=pl.lit(scope).cast(pl.UInt64) * 2**32 + pl.col("r"))["claim"]
        settled = settled.filter(~claim.is_duplicated())
    return settled


def _unique_pairs(
    coded: Coded, rows: pl.Series, free: pl.Series, rule: Pass, *, exclusive: bool
) -> pl.DataFrame:
    """Pairs whose key one resident has and, in an exclusive role, one mention among all of ``rows``.

    Returns i (place among ``rows``), m, r for those who are still ``free``, sorted.
    """
    left = tuple(part.split("~")[0] for part in rule.key)
    right = tuple(part.split("~")[-1] for part in rule.key)
    mentions = coded.mentions.key(left, rows).to_frame("key").with_row_index("i").drop_nulls("key")
    asking = mentions.filter(free.gather(mentions["i"]))
    reached = coded.reached(left, right).join(asking.select("key"), on="key", how="semi")
    pairs = asking.join(reached.filter(pl.col("key").is_unique()), on="key")
    if exclusive and not pairs.is_empty():
        scope = coded.mentions.table["scope"]
        rivals = mentions.join(pairs.select("key"), on="key", how="semi")
        scopes = scope.gather(rows.gather(rivals["i"]))
        together = scopes.max() == scopes.min()
        alone = rivals.filter(
            rivals["key"].is_unique() if together else rivals.select("key", scopes).is_unique()
        )
        pairs = pairs.join(alone.select("i"), on="i", how="semi")
    return pairs.select("i", rows.gather(pairs["i"]).alias("m"), "r").sort("i")


def _contradicts(coded: Coded, pairs: pl.DataFrame, vetoes: tuple[str, ...]) -> pl.Series:
    """Whether a named value is known on both sides and differs (``new_year``: the date may be invented)."""
    doubt = pl.repeat(False, pairs.height, eager=True)
    for veto in vetoes:
        left = coded.mentions.values(veto, pairs["m"])
        if veto == "new_year":
            doubt = doubt | left.fill_null(False)
            continue
        doubt = doubt | (left != coded.residents.values(veto, pairs["r"])).fill_null(False)
    return doubt
