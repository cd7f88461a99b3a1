"""Targets as a gate: what is missed beyond doubt, for the exit status of ``scorecard --gate``."""

from __future__ import annotations

from typing import Any

from reconcile.quality.words import percent


def missed_targets(card: dict[str, Any]) -> list[str]:
    """Return one sentence per target that the area misses beyond doubt: the whole interval lies below it."""
    return [
        f"{row['measure']} {percent(row['share'])} (target {percent(row['target'])}, "
        f"{row['numerator']} of {row['denominator']})"
        for row in card["area"]["dimensions"]
        if row["verdict"] == "missed"
    ]
