"""Duplicate registrations: two birth (or death) records that name one resident."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from reconcile.match.columns import Columns
    from reconcile.match.settings import Settings
    from reconcile.match.side import Coded

SCHEMA = dict.fromkeys(("record_id", "other_record_id", "role", "resident_id", "reason"), pl.String)
_BOTH = "Hai bản ghi cùng khớp với một người trong dữ liệu dân cư."
_ONE = "Bản ghi này cũng chỉ tới người đã khớp với bản ghi kia; cần xem có phải đăng ký hai lần không."


def duplicates(
    mentions: Columns, residents: Columns, coded: Coded, ranked: pl.DataFrame, rules: Settings
) -> pl.DataFrame:
    """Return pairs of records whose best resident is the same, for roles a resident can have once.

    At least one of the two is a match; the other is a match too or waits for a clerk with probability of one half
    or more.
    Columns: record_id, other_record_id (the first in the mentions' order), role, resident_id, reason.
    """
    once = [name for name, role in rules.roles.items() if role.exclusive]
    likely = (pl.col("tier") == "match") | ((pl.col("tier") == "review") & (pl.col("probability") >= 0.5))
    best = ranked.filter((pl.col("rank") == 1) & likely)
    whom = best["r"].to_numpy()
    best = best.filter(pl.Series(np.bincount(whom)[whom] > 1)) if whom.size else best
    best = best.with_columns(
        coded.mentions.table["role"].cast(pl.String).gather(best["m"]).alias("role"),
        coded.mentions.table["scope"].gather(best["m"]),
    )
    best = (
        best.filter(pl.col("role").is_in(once))
        .filter(pl.len().over("role", "r", "scope") > 1)
        .sort("role", "r", "m")
    )
    if best.is_empty():
        return pl.DataFrame(schema=SCHEMA)
    first = pl.col("tier") == "match"
    best = best.with_columns(
        owner=pl.col("m").filter(first).first().over("role", "r", "scope"), matched=first
    ).filter(pl.col("owner").is_not_null() & (pl.col("owner") != pl.col("m")))
    ids = mentions["record_id"]
    return best.select(
        record_id=ids.gather(best["m"]),
        other_record_id=ids.gather(best["owner"]),
        role="role",
        resident_id=residents["resident_id"].gather(best["r"]),
        reason=pl.when("matched").then(pl.lit(_BOTH)).otherwise(pl.lit(_ONE)),
    )
