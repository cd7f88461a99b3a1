"""What clerks decided, as certain observations for the model: labelled pairs weigh in learning as 1 or 0, not as a guess."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from reconcile.match.columns import Columns

_LABELLED: dict[str, type[pl.DataType]] = {"m": pl.UInt32, "r": pl.UInt32, "same": pl.Boolean}
_TRUST_SLOPE, _TRUST_INTERCEPT = 0.15, 0.7
"""How far (standard deviations) clerks' answers are expected to move slope and intercept of the rules: few answers move
them little, a few hundred decide."""
_STEPS = 30
_CAP = 30.0  # log-odds; beyond it an answer says nothing more


@dataclass(frozen=True, slots=True)
class Labels:
    """Judged pairs as row numbers: ``pairs`` m, r, same; sorted, one row per pair."""

    pairs: pl.DataFrame

    def of_role(self, rows: pl.Series) -> Labels:
        """Return the labels of the mentions ``rows``."""
        return Labels(self.pairs.filter(pl.col("m").is_in(rows.implode())))

    @property
    def mentions(self) -> pl.Series:
        """The judged mentions, each once, sorted."""
        return self.pairs["m"].unique().sort()

    @property
    def confirmed(self) -> int:
        """How many mentions have their person by a clerk's word."""
        return int(self.pairs["same"].sum())

    def with_pairs(self, candidates: pl.DataFrame) -> pl.DataFrame:
        """Return ``candidates`` (m, r) with the judged pairs among them, sorted: blocking may have missed a person."""
        if self.pairs.is_empty():
            return candidates
        return pl.concat([candidates, self.pairs.select("m", "r")]).unique().sort("m", "r")

    def settle(self, pairs: pl.DataFrame, chance: pl.Series) -> pl.Series:
        """Return ``chance`` of ``pairs`` (m, r) with what was judged: 1 or 0, and 0 for the others of a mention that has its person."""
        if self.pairs.is_empty():
            return chance
        owner = self.pairs.filter("same").select("m", owner="r")
        judged = (
            pairs.select("m", "r")
            .with_columns(chance.alias("chance"))
            .join(self.pairs, on=["m", "r"], how="left", maintain_order="left")
            .join(owner, on="m", how="left", maintain_order="left")
        )
        return judged.select(
            pl.when(pl.col("owner").is_not_null())
            .then((pl.col("owner") == pl.col("r")).cast(pl.Float64))
            .when(pl.col("same") == pl.lit(value=False))
            .then(0.0)
            .otherwise("chance")
            .alias("chance")
        )["chance"]

    def calibration(
        self, pairs: pl.DataFrame, share: pl.Series, slope: float, intercept: float
    ) -> tuple[float, float]:
        """Return slope and intercept of logistic(intercept + slope · log-odds) that fit the judgements best.

        ``share``: the uncalibrated posterior of ``pairs``. Maximum a posteriori (Newton) with the rules' ``slope`` and
        ``intercept`` as the mean of the prior, so that few labels hardly move them.
        """
        known = pairs.select("m", "r").with_columns(share.alias("share")).join(self.pairs, on=["m", "r"])
        if known.is_empty():
            return slope, intercept
        p = pl.col("share").clip(1e-13, 1 - 1e-13)
        frame = known.sort("m", "r").select(
            x=(p / (1 - p)).log().clip(-_CAP, _CAP), y=pl.col("same").cast(pl.Float64)
        )
        a, b = slope, intercept
        for _ in range(_STEPS):
            q = 1 / (1 + (-(a * pl.col("x") + b)).exp())
            w = q * (1 - q)
            sums = frame.select(
                ga=((pl.col("y") - q) * pl.col("x")).sum(),
                gb=(pl.col("y") - q).sum(),
                aa=(w * pl.col("x") ** 2).sum(),
                ab=(w * pl.col("x")).sum(),
                bb=w.sum(),
            ).row(0, named=True)
            ga = sums["ga"] - (a - slope) / _TRUST_SLOPE**2
            gb = sums["gb"] - (b - intercept) / _TRUST_INTERCEPT**2
            aa, bb, ab = sums["aa"] + _TRUST_SLOPE**-2, sums["bb"] + _TRUST_INTERCEPT**-2, sums["ab"]
            det = aa * bb - ab * ab
            # half steps: a full Newton step may overshoot where nearly all answers are sure
            a += 0.5 * (bb * ga - ab * gb) / det
            b += 0.5 * (aa * gb - ab * ga) / det
        return round(a, 4), round(b, 4)


def read_labels(labels: pl.DataFrame | None, mentions: Columns, residents: Columns) -> Labels:
    """Read ``labels`` (record_id, role, resident_id, judgement ``same`` or ``different``) as row numbers.

    Labels on records or residents that are no longer there are left out. The last judgement of a pair counts; a
    mention with two persons said to be the same is left out, since one of the two clerks was wrong.
    """
    if labels is None or labels.is_empty():
        return Labels(pl.DataFrame(schema=_LABELLED))
    m = mentions.select("record_id", "role").with_row_index("m")
    r = residents.select("resident_id").with_row_index("r")
    pairs = (
        labels.with_row_index("order")
        .join(m, on=["record_id", "role"])
        .join(r, on="resident_id")
        .sort("order", "m", "r")
        .unique(["m", "r"], keep="last", maintain_order=True)
        .select("m", "r", same=pl.col("judgement") == "same")
    )
    torn = pairs.filter("same").filter(pl.len().over("m") > 1)["m"]
    return Labels(
        pairs.filter(~pl.col("m").is_in(torn.implode()))
        .sort("m", "r")
        .select(pl.col(c).cast(t) for c, t in _LABELLED.items())
    )
