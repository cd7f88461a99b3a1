"""Blocking: which residents a mention is compared with, without ever comparing everybody with everybody."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from reconcile.match.keys import new, runs
from reconcile.match.parallel import at_once
from reconcile.match.parts import sides

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconcile.match.levels import Array
    from reconcile.match.settings import Block
    from reconcile.match.side import Coded

PAIRS = {"m": pl.UInt32, "r": pl.UInt32}


def without(rows: pl.Series, taken: pl.Series) -> pl.Series:
    """Return ``rows`` (distinct, in order) without those ``taken``."""
    if rows.is_empty() or taken.is_empty():
        return rows.alias("m")
    own, gone = rows.to_numpy(), taken.to_numpy()
    mask = np.zeros(max(own.max(), gone.max()) + 1, bool)
    mask[gone] = True
    return pl.Series("m", own[~mask[own]])


def prepare(coded: Coded, blocks: Sequence[Block]) -> None:
    """Work out the residents' keys of all blocks, which depend on nobody who is linked before."""
    roles = set(coded.mentions.table["role"].unique())
    for block in blocks:
        if roles.intersection(block.roles):
            coded.residents.holders(sides(block.key)[1])


def candidate_pairs(
    coded: Coded, rows: pl.Series, blocks: Sequence[Block], role: str, limits: dict[str, int]
) -> pl.DataFrame:
    """Return the distinct pairs (m, r) that share a key of one of ``blocks``, sorted.

    ``rows``: the mentions (u32) of one role. Oversized blocks are skipped before joining: those of more residents than
    the block's ``most``, else those over ``limits``. Where mentions compete within scopes, the pairs of a block are
    counted within the scope, so that a scope's answer depends on itself alone.
    """
    asked = [partial(_pairs_of, coded, rows, block, limits) for block in blocks if role in block.roles]
    found = at_once(*asked, rows=rows.len())
    pair = pl.Series(np.concatenate([np.zeros(0, np.uint64), *found])).sort().to_numpy()
    pair = pair[new(pair)]
    return pl.DataFrame(
        {"m": (pair >> np.uint64(32)).astype(np.uint32), "r": pair.astype(np.uint32)}, schema=PAIRS
    )


def _pairs_of(coded: Coded, rows: pl.Series, block: Block, limits: dict[str, int]) -> Array:
    """Return the pairs (m · 2³² + r) of one block."""
    met = _meet(coded, rows, block)
    fits = _fits(met, limits, block)
    sizes = met.residents[fits]
    whom = met.holders[runs(met.first[fits], sizes)]
    who = np.repeat(met.mentions[fits].astype(np.uint64), sizes)
    pairs: Array = who << np.uint64(32) | whom.astype(np.uint64)
    return pairs


def plan(
    coded: Coded, rows: pl.Series, blocks: Sequence[Block], role: str, limits: dict[str, int]
) -> pl.DataFrame:
    """Return what each block would cost: keys, pairs, pairs after the guard, its largest block.

    Columns: block, keys, pairs, skipped_keys, kept_pairs, worst_mentions, worst_residents. No pair is made.
    """
    lines = []
    for block in blocks:
        if role not in block.roles:
            continue
        met = _meet(coded, rows, block)
        _, one = np.unique(met.group, return_index=True)
        mentions, residents, fits = met.asking[one], met.residents[one], _fits(met, limits, block)[one]
        pairs = mentions * residents
        worst = one[np.lexsort((met.mentions[one], pairs))[-1:]]
        lines.append(
            {
                "block": block.name,
                "keys": one.size,
                "pairs": int(pairs.sum()),
                "skipped_keys": int((~fits).sum()),
                "kept_pairs": int(pairs[fits].sum()),
                "worst_mentions": int(met.asking[worst][0]) if worst.size else None,
                "worst_residents": int(met.residents[worst][0]) if worst.size else None,
            }
        )
    return pl.DataFrame(lines, schema=_PLAN)


_PLAN = {"block": pl.String} | dict.fromkeys(
    ("keys", "pairs", "skipped_keys", "kept_pairs", "worst_mentions", "worst_residents"), pl.Int64
)


class _Met(NamedTuple):
    """The mentions whose key some resident has, in the order of their keys.

    For each of ``mentions`` (row): ``group``, the number of its key and scope; ``asking``, how many mentions are of that
    group; ``residents``, how many have the key, and ``first``, the place of the first of them among ``holders`` (rows).
    """

    mentions: Array
    group: Array
    asking: Array
    residents: Array
    first: Array
    holders: Array


def _meet(coded: Coded, rows: pl.Series, block: Block) -> _Met:
    left, right = sides(block.key)
    asked = rows.to_numpy()
    own = coded.mentions.keys(left, asked)
    own = own.in_order()
    if not own.key.size:
        nothing = np.zeros(0, np.int64)
        return _Met(*[nothing] * len(_Met._fields))
    held = coded.reached(left, right).meeting(own.key).in_order()
    starts = np.flatnonzero(new(held.key))
    size = np.diff(np.append(starts, held.key.size))
    place = np.searchsorted(held.key[starts], own.key)
    place = np.minimum(place, max(0, starts.size - 1))
    hit = held.key[starts][place] == own.key if starts.size else np.zeros(own.key.size, bool)
    own, place = own.at(np.flatnonzero(hit)), place[hit]
    mentions = asked[own.rows]
    scope = coded.mentions.at("scope", mentions)
    if scope.size and scope.max():
        order = np.lexsort((scope, own.key))
        own, place, mentions, scope = own.at(order), place[order], mentions[order], scope[order]
    group = np.cumsum(new(own.key) | new(scope)) - 1
    asking = np.bincount(group)[group] if group.size else group
    return _Met(mentions, group, asking, size[place], starts[place], held.rows)


def _fits(met: _Met, limits: dict[str, int], block: Block) -> Array:
    """Whether the block of each mention is compared at all."""
    few: Array = met.residents <= (block.most or limits["residents_per_block"])
    return few if block.most else few & (met.residents * met.asking <= limits["pairs_per_block"])
