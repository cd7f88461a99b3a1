"""What is found for the mentions of one role: ranked candidates, those that a clerk sees, and the evidence behind matches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from reconcile.match.results import evidence_of, evidence_of_matches

if TYPE_CHECKING:
    from reconcile.match.model import RoleModel
    from reconcile.match.settings import Settings
    from reconcile.match.side import Coded
    from reconcile.match.term_frequencies import TermFrequencies


@dataclass(frozen=True, slots=True)
class Found:
    """``ranked``: ``DECIDED`` rows; ``shown``: candidates of review with their evidence; ``reasons``: that of matches."""

    ranked: pl.DataFrame
    shown: pl.DataFrame
    reasons: list[pl.DataFrame]

    @property
    def links(self) -> pl.DataFrame:
        """The matches: m, r."""
        return self.ranked.filter((pl.col("rank") == 1) & (pl.col("tier") == "match")).select("m", "r")

    def revised(self, again: pl.Series, later: Found) -> Found:
        """Return what was found with ``later`` in place of all that was said of the mentions ``again`` (u32)."""
        others = ~pl.col("m").is_in(again.implode())
        return Found(
            pl.concat([self.ranked.filter(others), later.ranked]).sort("m", "rank"),
            pl.concat([self.shown.filter(others), later.shown]),
            [frame.filter(others) for frame in self.reasons] + later.reasons,
        )


def found(
    coded: Coded,
    ranked: pl.DataFrame,
    role: str,
    rules: Settings,
    model: RoleModel,
    terms: TermFrequencies,
    *,
    explained: bool,
) -> Found:
    """Return the candidates ``ranked`` (``DECIDED``) of one role with the evidence that ``coded`` holds now.

    ``explained``: with that of every match, not only of what a clerk has to see.
    """
    likely = (pl.col("rank") <= 2) | (pl.col("probability") >= rules.thresholds.get("shown", 0.0))
    asked = ranked.filter(pl.col("tier") == "review")["m"]
    review = ranked.filter(likely & pl.col("m").is_in(asked.implode())).drop("pass")
    return Found(
        ranked,
        evidence_of(coded, review, role, model, terms),
        evidence_of_matches(coded, ranked, role, model, terms) if explained else [],
    )
