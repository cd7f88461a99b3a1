"""Blocking: which residents a mention is compared with, without ever comparing everybody with everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconcile.match.settings import Block
    from reconcile.match.side import Coded

PAIRS = {"m": pl.UInt32, "r": pl.UInt32}


def without(rows: pl.Series, taken: pl.Series) -> pl.Series:
    """Return ``rows`` (distinct, in order) without those ``taken``."""
    return (
        rows.alias("m")
        .to_frame()
        .join(taken.alias("m").to_frame(), on="m", how="anti", maintain_order="left")["m"]
    )


def candidate_pairs(
    coded: Coded, rows: pl.Series, blocks: Sequence[Block], role: str, limits: dict[str, int]
) -> pl.DataFrame:
    """Return the distinct pairs (m, r) that share a key of one of ``blocks``, sorted.

    ``rows``: the mentions (u32) of one role. Oversized blocks are skipped before joining: those of more residents than
    the block's ``most``, else those over ``limits``. Where mentions compete within scopes, the pairs of a block are
    counted within the scope, so that a scope's answer depends on itself alone.
    """
    pairs = [pl.DataFrame(schema={"pair": pl.UInt64})]
    for block in blocks:
        if role not in block.roles:
            continue
        mentions, residents = block_sides(coded, rows, block)
        held = residents.group_by("key").agg("r", residents=pl.len().cast(pl.Int64))
        kept = mentions.join(held.filter(_few(limits, block)), on="key")
        if block.most is None:
            asking = pl.len().cast(pl.Int64).over([name for name in mentions.columns if name != "m"])
            kept = kept.filter(pl.col("residents") * asking <= limits["pairs_per_block"])
        pairs.append(
            kept.select("m", "r").explode("r").select(pair=pl.col("m").cast(pl.UInt64) * 2**32 + pl.col("r"))
        )
    return (
        pl.concat(pairs)
        .sort("pair")
        .filter((pl.col("pair") != pl.col("pair").shift()).fill_null(value=True))
        .select(m=(pl.col("pair") // 2**32).cast(pl.UInt32), r=(pl.col("pair") % 2**32).cast(pl.UInt32))
    )


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
        sizes = _sizes(*block_sides(coded, rows, block))
        fits = _fits(limits, block)
        lines.append(
            sizes.select(
                pl.lit(block.name).alias("block"),
                keys=pl.len(),
                pairs=(pl.col("mentions") * pl.col("residents")).sum(),
                skipped_keys=(~fits).sum(),
                kept_pairs=(pl.col("mentions") * pl.col("residents")).filter(fits).sum(),
                worst_mentions=pl.col("mentions").sort_by(pl.col("mentions") * pl.col("residents")).last(),
                worst_residents=pl.col("residents").sort_by(pl.col("mentions") * pl.col("residents")).last(),
            )
        )
    return pl.concat(lines)


def block_sides(coded: Coded, rows: pl.Series, block: Block) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (m, key, scope) of the mentions and (r, key) of those residents whose key some mention has.

    There is no ``scope`` where all mentions compete.
    """
    left = tuple(part.split("~")[0] for part in block.key)
    right = tuple(part.split("~")[-1] for part in block.key)
    columns = {"m": rows, "key": coded.mentions.key(left, rows)}
    scope = coded.mentions.table["scope"].gather(rows)
    if scope.max():
        columns["scope"] = scope
    mentions = pl.DataFrame(columns).drop_nulls("key")
    asked = pl.col("key").is_in(mentions["key"].implode())
    return mentions, coded.reached(left, right).filter(asked)


def _sizes(mentions: pl.DataFrame, residents: pl.DataFrame) -> pl.DataFrame:
    count = pl.len().cast(pl.Int64)
    return (
        mentions.group_by(pl.exclude("m"))
        .agg(mentions=count)
        .join(residents.group_by("key").agg(residents=count), on="key")
    )


def _few(limits: dict[str, int], block: Block) -> pl.Expr:
    return pl.col("residents") <= (block.most or limits["residents_per_block"])


def _fits(limits: dict[str, int], block: Block) -> pl.Expr:
    """Whether a block (columns mentions, residents) is compared at all."""
    pairs = pl.col("mentions") * pl.col("residents")
    return _few(limits, block) if block.most else _few(limits, block) & (pairs <= limits["pairs_per_block"])
