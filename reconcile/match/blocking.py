"""Blocking: which residents a mention is compared with, without ever comparing everybody with everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconcile.match.encode import Coded
    from reconcile.match.settings import Block

PAIRS = {"m": pl.UInt32, "r": pl.UInt32}


def without(rows: pl.Series, taken: pl.Series) -> pl.Series:
    """Return ``rows`` (distinct, in order) without those ``taken``."""
    return (
        rows.alias("m")
        .to_frame()
        .join(taken.alias("m").to_frame(), on="m", how="anti", maintain_order="left")["m"]
    )


def candidate_pairs(
    coded: Coded,
    rows: pl.Series,
    blocks: Sequence[Block],
    role: str,
    limits: dict[str, int],
    *,
    crowd: pl.Series | None = None,
) -> pl.DataFrame:
    """Return the distinct pairs (m, r) that share a key of one of ``blocks``, sorted.

    ``rows``: the mentions (u32) of one role. Oversized blocks are skipped before joining (``limits``); ``crowd``
    are the mentions that count for the size of a block, ``rows`` themselves by default.
    """
    pairs = [pl.DataFrame(schema={"pair": pl.UInt64})]
    for block in blocks:
        if role not in block.roles:
            continue
        mentions, residents = block_sides(coded, rows if crowd is None else crowd, block)
        sizes = _sizes(mentions, residents).filter(_fits(limits, block))
        if crowd is not None:
            mentions = mentions.join(rows.alias("m").to_frame(), on="m", how="semi")
        on = ["key", "scope"] if "scope" in mentions.columns else ["key"]
        kept = mentions.join(sizes.select(on), on=on, how="semi")
        pairs.append(
            kept.join(residents, on="key").select(pair=pl.col("m").cast(pl.UInt64) * 2**32 + pl.col("r"))
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
    return mentions, coded.residents.holders(right).join(mentions.select("key"), on="key", how="semi")


def _sizes(mentions: pl.DataFrame, residents: pl.DataFrame) -> pl.DataFrame:
    count = pl.len().cast(pl.Int64)
    return (
        mentions.group_by(pl.exclude("m"))
        .agg(mentions=count)
        .join(residents.group_by("key").agg(residents=count), on="key")
    )


def _fits(limits: dict[str, int], block: Block) -> pl.Expr:
    most = min(limits["residents_per_block"], block.most or limits["residents_per_block"])
    return (pl.col("residents") <= most) & (
        pl.col("mentions") * pl.col("residents") <= limits["pairs_per_block"]
    )
