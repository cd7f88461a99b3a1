"""What matching would cost before it runs: pairs per blocking key and the worst blocks."""

from __future__ import annotations

import polars as pl

from reconcile.match.blocking import plan as plan_role
from reconcile.match.encode import encode
from reconcile.match.linking import rows_of
from reconcile.match.settings import Settings, load_settings
from reconcile.schema import ROLES


def plan(
    mentions: pl.DataFrame, residents: pl.DataFrame, *, settings: Settings | None = None
) -> pl.DataFrame:
    """Return one row per role and block for normalized mentions and residents; no pair is made.

    Columns: role, block, keys, pairs, skipped_keys, kept_pairs, worst_mentions, worst_residents. ``pairs`` are those
    of all mentions; the certain passes settle most of them before blocking.
    """
    rules = settings or load_settings()
    coded = encode(mentions, residents, extras=rules.extras)
    parts = []
    for role in ROLES:
        rows = rows_of(coded, role)
        if not rows.is_empty():
            costs = plan_role(coded, rows, rules.blocks, role, rules.limits)
            parts.append(costs.select(pl.lit(role).alias("role"), pl.all()))
    return pl.concat(parts) if parts else pl.DataFrame(schema={"role": pl.String, "block": pl.String})
