"""Certain passes: exact joins on keys that belong to one person only. They settle most mentions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconcile.match.encode import Coded, Side
    from reconcile.match.settings import Pass

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
    open_rows = rows
    found: list[pl.DataFrame] = []
    for index, rule in enumerate(passes):
        if role not in rule.roles or open_rows.is_empty() or rule.leans_on_family != family:
            continue
        pairs = _unique_pairs(coded, rows, open_rows, rule, exclusive=exclusive)
        if pairs.is_empty():
            continue
        pairs = pairs.filter(~_contradicts(coded, pairs, rule.unless_differs))
        found.append(pairs.with_columns(pl.lit(index, pl.UInt8).alias("pass")))
        open_rows = open_rows.filter(~open_rows.is_in(pairs["m"].implode()))
    settled = pl.concat([pl.DataFrame(schema=SETTLED), *found]).sort("m")
    if exclusive:
        contested = settled.with_columns(coded.mentions.table["scope"].gather(settled["m"]))
        settled = settled.filter(~contested.select("r", "scope").is_duplicated())
    return settled


def _unique_pairs(
    coded: Coded, rows: pl.Series, open_rows: pl.Series, rule: Pass, *, exclusive: bool
) -> pl.DataFrame:
    """Pairs whose key one resident has and, in an exclusive role, one mention among all of ``rows``."""
    left = tuple(part.split("~")[0] for part in rule.key)
    right = tuple(part.split("~")[-1] for part in rule.key)
    scope = coded.mentions.table["scope"].gather(rows)
    mentions = pl.DataFrame(
        {"m": rows, "key": coded.mentions.key(left).gather(rows), "scope": scope}
    ).drop_nulls("key")
    residents = coded.residents.key(right).to_frame("key").with_row_index("r").drop_nulls("key")
    if exclusive:
        mentions = mentions.filter(~mentions.select("key", "scope").is_duplicated())
    mentions = mentions.filter(pl.col("m").is_in(open_rows.implode()))
    reached = residents.join(mentions.select("key").unique(), on="key", how="semi")
    single = reached.filter(~pl.col("key").is_duplicated())
    return mentions.join(single, on="key").select("m", "r").sort("m")


def _contradicts(coded: Coded, pairs: pl.DataFrame, vetoes: tuple[str, ...]) -> pl.Series:
    """Whether a named value is known on both sides and differs (``new_year``: the date may be invented)."""
    doubt = pl.repeat(False, pairs.height, eager=True)
    for veto in vetoes:
        left = _values(coded.mentions, veto, pairs["m"])
        if veto == "new_year":
            doubt = doubt | left.fill_null(False)
            continue
        doubt = doubt | (left != _values(coded.residents, veto, pairs["r"])).fill_null(False)
    return doubt


def _values(side: Side, part: str, rows: pl.Series) -> pl.Series:
    return side.part(part).gather(rows)
