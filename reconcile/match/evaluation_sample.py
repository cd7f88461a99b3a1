"""Precision without truth: from a random sample of links that clerks have judged."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, Any

import polars as pl

from reconcile.match.evaluation_keys import ratio

if TYPE_CHECKING:
    from collections.abc import Mapping

SAME = ("Đúng cùng người", "Sửa hộ tịch", "Sửa dân cư", "Cả hai đúng")
"""Conclusions that say: the pair is one person."""
OTHER = ("Không cùng người",)
"""Conclusions that say: two persons."""


def wilson(right: int, total: int, z: float = 1.959964) -> tuple[float, float]:
    """Return the Wilson score interval of a share (Wilson 1927; 95 % by default). No observation: (0, 1)."""
    if total == 0:
        return 0.0, 1.0
    share = right / total
    middle = share + z * z / (2 * total)
    half = z * sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    scale = 1 + z * z / total
    return max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale)


def estimate_precision(
    decisions: pl.DataFrame, *, strata: str | None = None, sizes: Mapping[str, int] | None = None
) -> dict[str, Any]:
    """Estimate the precision of links from ``decisions`` on a **random** sample of them.

    ``decisions`` has a column ``ket_luan`` (the clerk's conclusion) or ``same`` (bool). Conclusions that do not say
    whether it is one person (``Cần xác minh``, blank) are counted as ``undecided`` and left out of the share; the
    interval is Wilson's, 95 %. With ``strata`` (a column, for example ``tier``) each stratum is estimated apart, and
    with ``sizes`` (stratum → number of links it stands for) the whole is their weighted mean, with a normal interval
    of the stratified estimate. The decisions on discrepancies are no random sample of links: do not use those.
    """
    if "same" in decisions.columns:
        frame = decisions.with_columns(pl.col("same").cast(pl.Boolean).alias("_same"))
    else:
        conclusion = pl.col("ket_luan").str.strip_chars()
        frame = decisions.with_columns(
            pl.when(conclusion.is_in(SAME))
            .then(pl.lit(value=True))
            .when(conclusion.is_in(OTHER))
            .then(pl.lit(value=False))
            .alias("_same")
        )
    result = _estimate(frame)
    if strata is None:
        return result
    parts = {
        str(name): _estimate(part)
        for (name,), part in frame.sort(strata).group_by(strata, maintain_order=True)
    }
    result["strata"] = parts
    if sizes:
        result["weighted"] = _weighted(parts, sizes)
    return result


def _estimate(frame: pl.DataFrame) -> dict[str, Any]:
    judged = frame.filter(pl.col("_same").is_not_null())
    right = int(judged["_same"].sum())
    low, high = wilson(right, judged.height)
    return {
        "judged": judged.height,
        "undecided": frame.height - judged.height,
        "right": right,
        "precision": ratio(right, judged.height),
        "low": low,
        "high": high,
    }


def _weighted(parts: Mapping[str, Mapping[str, Any]], sizes: Mapping[str, int]) -> dict[str, Any]:
    known = [name for name in parts if sizes.get(name) and parts[name]["judged"]]
    total = sum(sizes[name] for name in known)
    if not total:
        return {"precision": None, "low": 0.0, "high": 1.0, "links": 0}
    mean = sum(sizes[name] * parts[name]["precision"] for name in known) / total
    variance = 0.0
    for name in known:
        n, right = parts[name]["judged"], parts[name]["right"]
        share = (right + 1) / (n + 2)  # not 0 or 1: a stratum without an error still has an uncertainty
        variance += (sizes[name] / total) ** 2 * share * (1 - share) / n
    half = 1.959964 * sqrt(variance)
    return {"precision": mean, "low": max(0.0, mean - half), "high": min(1.0, mean + half), "links": total}
