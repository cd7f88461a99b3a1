"""Certain passes: exact joins on keys that belong to one person only. They settle most mentions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from reconcile.match.parts import sides

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconcile.match.levels import Array
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
    asked = rows.to_numpy()
    free = np.ones(asked.size, bool)
    found: list[pl.DataFrame] = []
    for index, rule in enumerate(passes):
        if role not in rule.roles or rule.leans_on_family != family or not free.any():
            continue
        places, residents = _unique_pairs(coded, asked, free, rule, exclusive=exclusive)
        pairs = pl.DataFrame({"m": asked[places], "r": residents.astype(np.uint32)})
        if pairs.is_empty():
            continue
        sure = ~_contradicts(coded, pairs, rule.unless_differs)
        found.append(pairs.filter(sure).select("m", "r", pl.lit(index, pl.UInt8).alias("pass")))
        free[places[sure.to_numpy()]] = False
    settled = pl.concat([pl.DataFrame(schema=SETTLED), *found]).sort("m")
    if exclusive:
        alone = ~_claimed_again(coded, settled["m"].to_numpy(), settled["r"].to_numpy())
        settled = settled.filter(pl.Series(alone))
    return settled


def _unique_pairs(
    coded: Coded, asked: Array, free: Array, rule: Pass, *, exclusive: bool
) -> tuple[Array, Array]:
    """Pairs whose key one resident has and, in an exclusive role, one mention among all of ``asked``.

    Returns the places among ``asked`` of those who are still ``free``, in order, and the residents' rows.
    """
    left, right = sides(rule.key)
    own = coded.mentions.keys(left, asked)
    open_ = own.key[free[own.rows]]
    own, held = own.meeting(open_), coded.reached(left, right).meeting(open_)
    mentions = pl.DataFrame({"key": own.key, "i": own.rows})
    residents = pl.DataFrame({"key": held.key, "r": held.rows}).filter(pl.col("key").is_unique())
    pairs = mentions.join(residents, on="key")
    if exclusive:
        # who has the key of another mention reaches the same resident
        alone = ~_claimed_again(coded, asked[pairs["i"].to_numpy()], pairs["r"].to_numpy())
        pairs = pairs.filter(pl.Series(alone))
    pairs = pairs.filter(pl.Series(free[pairs["i"].to_numpy()])).sort("i")
    return pairs["i"].to_numpy(), pairs["r"].to_numpy()


def _claimed_again(coded: Coded, mentions: Array, residents: Array) -> Array:
    """Whether each resident is that of another of ``mentions`` of the same scope as well."""
    scope = coded.mentions.at("scope", mentions).astype(np.uint64)
    if not scope.any():
        return np.bincount(residents)[residents] > 1 if residents.size else np.zeros(0, bool)
    # one number for scope and resident: much cheaper than to compare two columns
    claim = pl.Series(scope << np.uint64(32) | residents.astype(np.uint64))
    return claim.is_duplicated().to_numpy()


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
