"""Learn m, u and the share of absent persons from the data themselves: no labelled pair is needed.

u comes from random pairs; m from the posterior-weighted candidates of a sample of mentions (expectation
maximisation as in Winkler 1988, with the posterior taken over all candidates of a mention at once); the kin
tables of names and dates of birth from the extract's own brothers and sisters. Every table starts from rules/matching.toml, which
counts for ``prior_strength`` observations.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from reconcile.match.blocking import candidate_pairs, without
from reconcile.match.evidence import BIRTH, FATHER, MOTHER, NAME, SPOUSE, codes_of, compare
from reconcile.match.levels import counts
from reconcile.match.model import RoleModel, prior, weights
from reconcile.match.numbers import ODD
from reconcile.match.parts import PERIODS
from reconcile.match.patterns import Patterns
from reconcile.match.posterior import absent_shares, calibrate, posterior

if TYPE_CHECKING:
    from reconcile.match.labels import Labels
    from reconcile.match.levels import Array, Levels
    from reconcile.match.settings import Settings
    from reconcile.match.side import Coded
    from reconcile.match.term_frequencies import TermFrequencies

RELATIVES = (FATHER, MOTHER, SPOUSE)


_SIBLING_PAIRS = 100_000
_PERIOD_STRENGTH = 50.0  # imaginary mentions of average absence behind each period
_LEAST_ABSENT, _MOST_ABSENT = 0.01, 0.9999
_ENOUGH = 200
"""Judged pairs after which the rules' m may be left twice as far."""
_BOUND = 4.0
"""m never leaves its prior by more than this factor: where nearly everybody is absent (deaths), chance
agreements of strangers would otherwise teach the model that true pairs disagree."""


def believe(
    coded: Coded,
    rows: pl.Series,
    role: str,
    settings: Settings,
    terms: TermFrequencies,
    siblings: dict[str, list[float]],
) -> RoleModel:
    """Return what is believed of one role before its candidates are looked at: the rules' m, u of random pairs, kin.

    ``rows``: the mentions (u32) of the role. ``siblings``: what ``sibling_counts`` saw in the extract.
    """
    model = prior(settings, role)
    if rows.is_empty() or coded.residents.table.is_empty():
        return model
    strength = float(settings.learning["prior_strength"])
    strangers = _random_pairs(coded, rows, settings.learning["random_pairs"])
    means = terms.means(coded.mentions, rows)
    full = _share_of_full_dates(coded, rows)
    seen = _counts(compare(coded.mentions, coded.residents, strangers, role))
    u = _exact(_no_rarer(_blend(model.u, seen, strength), model.u, strangers.height), means, full)
    kin = _like_strangers(model, u) | _blend(
        {field: model.kin[field] for field in siblings}, siblings, strength
    )
    return replace(model, means=means, u=u, kin=kin)


def learn(
    coded: Coded,
    rows: pl.Series,
    settled: pl.DataFrame,
    candidates: pl.DataFrame,
    role: str,
    settings: Settings,
    terms: TermFrequencies,
    model: RoleModel,
    labels: Labels,
) -> RoleModel:
    """Learn m and the share of absent persons of one role, beginning with what is believed (``model``).

    ``rows``: the role's mentions (u32); ``settled``: what the certain passes found; ``candidates``: the pairs (m, r) of
    the others. ``labels``: what clerks judged; a judged mention stands for itself alone, with certainty, and the
    judgements calibrate the probabilities.
    """
    if rows.is_empty() or coded.residents.table.is_empty():
        return model
    strength = float(settings.learning["prior_strength"])
    size = settings.learning["sample_mentions"]
    told = labels.of_role(rows)
    judged = told.mentions
    settled = settled.filter(~pl.col("m").is_in(judged.implode()))
    open_rows = without(without(rows, settled["m"]), judged)
    sample = _every(open_rows, size)
    sure = settled.sort("m").gather_every(max(1, settled.height // size)) if settled.height else settled
    pairs = candidates.filter(pl.col("m").is_in(sample.implode()))
    if not judged.is_empty():
        # what passes settled has no candidates yet
        asked = candidate_pairs(coded, judged, settings.blocks, role, settings.limits)
        pairs = told.with_pairs(pl.concat([pairs, asked]))
    levels = compare(coded.mentions, coded.residents, pairs, role)
    patterns = Patterns(levels)
    # only m changes from round to round: all else of a pair's weight is worked out once
    sums = weights(levels, pairs["r"], model, terms)
    scored = pairs.with_columns(total=sums["total"], kin=sums["kin"])
    first = model.m
    sure_counts = _counts(compare(coded.mentions, coded.residents, sure.select("m", "r"), role))
    sure_weight = settled.height / max(1, sure.height)
    open_weight = open_rows.len() / max(1, sample.len())
    times = pairs.select(
        t=pl.when(pl.col("m").is_in(judged.implode())).then(1.0).otherwise(open_weight)
    )["t"]  # fmt: skip
    slope, intercept = model.slope, model.intercept
    bound = _BOUND ** (1 + told.confirmed / _ENOUGH)
    expected = prior(settings, role).m
    periods = coded.mentions.table["period"]
    all_of, found = (_per_period(periods.gather(some)) for some in (rows, settled["m"]))
    of_pairs = periods.gather(pairs["m"]).to_numpy()
    for _ in range(settings.learning["rounds"]):
        now = scored.with_columns(
            total=scored["total"] + patterns.gain(first, model.m),
            absent=absent_shares(coded, pairs["m"], model),
        )
        share = posterior(now, model, coded.residents.table.height)["share"]
        fitted = told.calibration(pairs, share, slope, intercept)
        # what the judgements add to the rules' calibration corrects the guesses as well
        moved = calibrate(pl.col("share"), 1 + fitted[0] - slope, fitted[1] - intercept)
        guess = (
            share.to_frame("share").select(moved.alias("share"))["share"]
            if fitted != (slope, intercept)
            else share
        )
        chance = told.settle(pairs, guess) * times
        weighed = patterns.counts(chance)
        seen = {
            field: [c + sure_weight * s for c, s in zip(weighed[field], sure_counts[field], strict=True)]
            for field in weighed
        }
        likely = _per_period(of_pairs, chance.to_numpy())
        model = replace(
            model,
            m=_blend(expected, seen, strength, bound),
            absent=_absent(all_of, found + likely),
            slope=fitted[0],
            intercept=fitted[1],
        )
    return model


def _no_rarer(
    learned: dict[str, list[float]], expected: dict[str, list[float]], pairs: int
) -> dict[str, list[float]]:
    """Return ``learned``, but no level rarer than the rules expect and ``pairs`` random pairs can show (rule of three)."""
    least = 3 / max(1, pairs)
    return {
        field: [max(u, min(p, least)) for u, p in zip(shares, expected[field], strict=True)]
        for field, shares in learned.items()
    }


def _like_strangers(model: RoleModel, u: dict[str, list[float]]) -> dict[str, list[float]]:
    """Return the kin table of the rules; where they say the same of kin as of strangers, it follows the learned u."""
    return {
        field: [
            learned if expected == stranger else expected
            for expected, stranger, learned in zip(shares, model.u[field], u[field], strict=True)
        ]
        for field, shares in model.kin.items()
    }


def _exact(
    shares: dict[str, list[float]], means: dict[str, dict[str, float]], full: float
) -> dict[str, list[float]]:
    """Replace u of exact agreement by its value: random pairs are too few to see strangers with one birthday."""
    result = dict(shares)
    for field, kind, factor in (
        (NAME, "name", 1.0),
        (BIRTH, "birth", full),
        *((f, "name", 1.0) for f in RELATIVES),
    ):
        mean = means.get(field, {}).get(kind)
        if mean:
            result[field] = [round(mean * factor, 12), *shares[field][1:]]
    return result


def _share_of_full_dates(coded: Coded, rows: pl.Series) -> float:
    """Share of pairs of known dates that are full on both sides."""
    share = 1.0
    for table in (
        coded.mentions.table.select(pl.col("birth", "birth_year").gather(rows)),
        coded.residents.table,
    ):
        known = table.height - table["birth_year"].null_count()
        share *= (table.height - table["birth"].null_count()) / max(1, known)
    return min(1.0, share)


def _per_period(period: pl.Series | Array, chances: Array | None = None) -> Array:
    """Return how many mentions there are of each period, each counted with its chance where given."""
    return np.bincount(np.asarray(period), chances, minlength=PERIODS)


def _absent(asked: Array, present: Array) -> list[float]:
    """Share of mentions without a resident per period, of those ``asked``: what neither passes nor the candidates explain."""
    overall = 1 - present.sum() / asked.sum()
    shares = (_PERIOD_STRENGTH * overall + asked - present) / (_PERIOD_STRENGTH + asked)
    return [round(min(_MOST_ABSENT, max(_LEAST_ABSENT, float(share))), 6) for share in shares]


def _random_pairs(coded: Coded, rows: pl.Series, wanted: int) -> pl.DataFrame:
    """Pairs of strangers: mention i with a resident that a fixed hash of i picks."""
    residents = coded.residents.table.height
    index = pl.int_range(0, wanted, dtype=pl.UInt64, eager=True).to_frame("i")
    return index.select(
        m=pl.lit(rows).gather(pl.col("i") % rows.len()),
        # spread evenly, and the same on every run
        r=((pl.col("i") * ODD) // 2**24 % residents).cast(pl.UInt32),
    )


def _every(rows: pl.Series, wanted: int) -> pl.Series:
    return rows.sort().gather_every(max(1, -(-rows.len() // wanted)))


def _counts(levels: Levels) -> dict[str, list[float]]:
    """Return for each field how often each level occurs."""
    return {field: counts(level, len(codes_of(field))) for field, level in levels.items()}


def _blend(
    shares: dict[str, list[float]], seen: dict[str, list[float]], strength: float, bound: float = 0.0
) -> dict[str, list[float]]:
    """Mix expected shares with observed counts; ``bound``: no level moves further than this factor."""
    result = {}
    for field, expected in shares.items():
        observed = seen[field]
        total = strength + sum(observed)
        learned = [(strength * p + n) / total for p, n in zip(expected, observed, strict=True)]
        if bound:
            learned = [min(max(q, p / bound), p * bound) for p, q in zip(expected, learned, strict=True)]
        result[field] = [round(q / sum(learned), 10) for q in learned]
    return result


def sibling_counts(coded: Coded) -> dict[str, list[float]]:
    """How the names and dates of birth of brothers and sisters compare (twins are among them), read off residents with the same father and mother."""
    people = coded.residents.holders(("father", "mother")).in_order()
    follows = np.flatnonzero(people.key[1:] == people.key[:-1])
    rows = follows[:: max(1, follows.size // _SIBLING_PAIRS)]
    siblings = pl.DataFrame({"m": people.rows[rows], "r": people.rows[rows + 1]})
    return _counts(compare(coded.residents, coded.residents, siblings, fields=(NAME, BIRTH)))
