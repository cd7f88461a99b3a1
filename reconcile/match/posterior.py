"""From weights to probabilities: each mention is one resident, or nobody of the extract, or somebody's absent sibling."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from reconcile.match.levels import Array
    from reconcile.match.model import RoleModel
    from reconcile.match.side import Coded

DUPLICATE = 0.01
"""Chance that a person already found for a record of this kind has a second one."""

_CAP = 200.0  # log2; keeps powers of two inside a float


def posterior(pairs: pl.DataFrame, model: RoleModel, residents: int) -> pl.DataFrame:
    """Return columns ``share``, ``rival`` and ``odds`` for ``pairs`` (m, r, total, kin, absent, optionally ``factor``).

    For mention i and its candidates j, with N residents and the share a of absent persons of its period,

        kin_j   = siblings / N · 2^(weight of "brother or sister" over "stranger")
        odds_j  = (1 − a) / N · 2^(weight of "same person" over "stranger") · factor_j / (1 + kin_j)
        share_j = odds_j / (a + Σ_k odds_k)         rival_j = odds_j / Σ_k odds_k

    Whoever i is, every other candidate may be a sibling of his: those factors (1 + kin) stand in every
    hypothesis but the one that the candidate is i himself, hence the division. ``factor`` discounts residents
    who are better explained by another mention of an exclusive role.
    """
    residents = max(1, residents)
    absent = pairs["absent"].to_numpy()
    weight = np.clip(pairs["total"].to_numpy().astype(np.float64), -_CAP, _CAP)
    odds = np.exp2(weight) * (1 - absent) / residents
    if "factor" in pairs.columns:
        odds = odds * pairs["factor"].to_numpy()
    kinship = pairs["kin"].to_numpy().astype(np.float64) + math.log2(model.siblings / residents)
    odds = odds / (1 + np.exp2(np.clip(kinship, -_CAP, _CAP)))
    whose = _numbered(pairs["m"].to_numpy())
    all_odds = np.bincount(whose, weights=odds)[whose]
    return pl.DataFrame(
        {"share": np.round(odds / (absent + all_odds), 9), "rival": odds / all_odds, "odds": odds}
    )


def _numbered(mentions: Array) -> Array:
    """Return numbers from 0 for the mentions, equal for equal ones; cheap where equal ones stand together in order."""
    steps = np.diff(mentions.astype(np.int64))
    if (steps >= 0).all():
        return np.append(0, np.cumsum(steps > 0))[: mentions.size]
    return np.unique(mentions, return_inverse=True)[1]


def absent_shares(coded: Coded, mentions: pl.Series, model: RoleModel) -> pl.Series:
    """Return the share of absent persons in the period of each mention's record."""
    return pl.Series("absent", model.absent).gather(coded.mentions.table["period"].gather(mentions))


def calibrate(probability: pl.Expr, slope: float, intercept: float) -> pl.Expr:
    """Return logistic(intercept + slope · log-odds), rounded to 6 places."""
    p = probability.clip(1e-12, 1 - 1e-12)
    odds = (p / (1 - p)).log() * slope + intercept
    return (1 / (1 + (-odds).exp())).round(6)
