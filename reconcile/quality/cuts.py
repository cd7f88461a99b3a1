"""Further parts of the scorecard: headline shares by register and period, the other shares by source, books signed.

Like ``sections``: commune code → rows; ``AREA`` stands for all communes taken together.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import polars as pl

from reconcile.quality.approvals import STATES
from reconcile.quality.history import summed
from reconcile.quality.knowledge import knowledge
from reconcile.quality.sections import Rows, doubled, share_row
from reconcile.quality.tables import DIMENSIONS
from reconcile.quality.words import period_title, word
from reconcile.schema import REGISTERS

if TYPE_CHECKING:
    from reconcile.quality.settings import Office

DETAILS = ("field_filled", "field_agrees", "rule_passed")
"""Measures that the page shows rule by rule, and so not once more as a whole."""


def by_register_and_period(now: pl.DataFrame) -> Rows:
    """Return one row per register and one per period: the headline share of each dimension with its interval."""
    known = knowledge()
    heads = {known.headline(d).key: d for d in DIMENSIONS}
    frame = doubled(now.filter(pl.col("measure_id").is_in(list(heads))))
    orders: dict[str, list[str]] = {"register": list(REGISTERS), "period": [p.key for p in known.periods]}
    found: dict[str, dict[tuple[str, str], dict[str, Any]]] = defaultdict(lambda: defaultdict(dict))
    for cut, order in orders.items():
        for commune, key, measure, n, d in summed(frame, "commune", cut, "measure_id").iter_rows():
            if d and key in order:
                found[commune][cut, key][heads[measure]] = share_row(n, d, None)
    return {
        commune: [
            {
                "cut": cut,
                "key": key,
                "title": word("register", key) if cut == "register" else period_title(key),
                "shares": {d: rows[cut, key].get(d) for d in DIMENSIONS},
            }
            for cut, order in orders.items()
            for key in order
            if (cut, key) in rows
        ]
        for commune, rows in found.items()
    }


def other_shares(now: pl.DataFrame, office: Office) -> Rows:
    """Return every share that is neither a headline nor shown rule by rule, with the source it speaks of."""
    known = knowledge()
    heads = {known.headline(d).key for d in DIMENSIONS}
    wanted = [key for key in known.measures if key not in heads and key not in DETAILS]
    frame = doubled(now.filter(pl.col("measure_id").is_in(wanted) & (pl.col("denominator") > 0)))
    rows: Rows = defaultdict(list)
    for commune, measure, source, n, d in summed(frame, "commune", "measure_id", "source").iter_rows():
        one = known.measures[measure]
        rows[commune].append(
            share_row(n, d, office.target(measure))
            | {
                "measure": measure,
                "title": one.title,
                "unit": one.unit,
                "source": source,
                "source_title": word("source", source),
                "help": one.help,
                "dimension_title": known.dimensions[one.dimension]["title"],
            }
        )
    for own in rows.values():
        own.sort(key=lambda r: wanted.index(r["measure"]))
    return rows


def approvals(now: pl.DataFrame) -> dict[str, dict[str, Any]]:
    """Return books by what they may do next (``books``: state → how many), records approved and converted.

    Empty where no night looked at the books yet.
    """
    frame = doubled(now.filter(pl.col("dimension") == "approval"))
    found: dict[str, dict[str, Any]] = {}
    for commune, measure, rule, n, _ in summed(frame, "commune", "measure_id", "rule").iter_rows():
        one = found.setdefault(commune, {"books": dict.fromkeys(STATES, 0), "approved": 0, "converted": 0})
        if measure == "book_state":
            one["books"][rule] = n
        else:
            one[measure] = n
    return found
