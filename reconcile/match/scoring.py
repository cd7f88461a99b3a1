"""Score all blocked candidates of one role, part by part, and assign them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from reconcile.match.assignment import assign
from reconcile.match.blocking import PAIRS
from reconcile.match.evidence import NAME, all_fields, codes_of, compare
from reconcile.match.model import weights
from reconcile.match.parallel import ahead, at_once
from reconcile.match.posterior import absent_shares

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from reconcile.match.model import RoleModel
    from reconcile.match.settings import Settings
    from reconcile.match.side import Coded
    from reconcile.match.term_frequencies import TermFrequencies

_SCORED = {
    **PAIRS,
    "scope": pl.UInt32,
    "total": pl.Float32,
    "kin": pl.Float32,
    "absent": pl.Float64,
    "doubt": pl.Boolean,
}
_PARTS_WAITING = 12
_HOPELESS = 5.0
"""log2 weight below which a candidate is dropped at once: one in 30 against strangers alone, before any prior."""


def compare_pairs(
    coded: Coded, pairs: pl.DataFrame, role: str, rules: Settings
) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    """Yield the candidates ``pairs`` (m, r) of one role with their levels, part by part, less who is no candidate at all.

    The work begins before the first part is asked for.
    """
    fields = all_fields(coded.mentions)
    # who is no candidate at all is found by few fields; the others need not be compared
    screen = sorted({NAME, *(field for rule in rules.strangers for field in (*rule.all, *rule.unless))})
    rest = [field for field in fields if field not in screen]
    size = rules.limits["pairs_at_once"]

    def compare_part(start: int) -> tuple[pl.DataFrame, pl.DataFrame]:
        part = pairs.slice(start, size)
        levels = compare(coded.mentions, coded.residents, part, role, screen)
        known = ~_strangers(levels, rules)
        part, levels = part.filter(known), levels.filter(known)
        levels = levels.hstack(compare(coded.mentions, coded.residents, part, role, rest)).select(fields)
        return part, levels

    # a part is small beside the tables: all may be compared while the model is learned
    return ahead(compare_part, range(0, pairs.height, size), rows=pairs.height, most=_PARTS_WAITING)


def assign_role(
    coded: Coded,
    compared: Iterable[tuple[pl.DataFrame, pl.DataFrame]],
    role: str,
    settled: pl.DataFrame,
    rules: Settings,
    model: RoleModel,
    terms: TermFrequencies,
) -> pl.DataFrame:
    """Return the ranked candidates (``assignment.assign``) of one role, weighed from what ``compare_pairs`` yields.

    ``settled``: the pairs (m, r) that certain passes found.
    """
    scope = coded.mentions.table["scope"]

    def weigh(pairs: pl.DataFrame, levels: pl.DataFrame) -> pl.DataFrame:
        sums = pairs.with_columns(
            *weights(levels, pairs["r"], model, terms).select("total", "kin"),
            absent_shares(coded, pairs["m"], model),
            scope.gather(pairs["m"]),
            _doubtful(levels, rules, role),
        )
        return sums.filter(pl.col("total") > _HOPELESS).select(*_SCORED)

    waiting = list(compared)
    candidates = sum(pairs.height for pairs, _ in waiting)
    scored = at_once(*(partial(weigh, *part) for part in waiting), rows=candidates)
    return assign(
        pl.concat([pl.DataFrame(schema=_SCORED), *scored]),
        settled.with_columns(scope.gather(settled["m"])),
        model,
        coded.residents.table.height,
        rules,
        role,
    )


def _doubtful(levels: pl.DataFrame, rules: Settings, role: str) -> pl.Series:
    """Whether a rule of ``doubt`` wants a clerk to see the pair."""
    doubt = pl.lit(value=False)
    doubts = [rule for rule in rules.doubts if role in rule.roles]
    for rule in doubts:
        here = _is_in(rule.field, rule.levels)
        for field, codes in rule.unless.items():
            here = here & ~_is_in(field, codes)
        doubt = doubt | here
    return (
        levels.select(doubt.alias("doubt"))["doubt"]
        if doubts
        else pl.repeat(False, levels.height, eager=True).alias("doubt")
    )


def _strangers(levels: pl.DataFrame, rules: Settings) -> pl.Series:
    """Whether a rule of ``stranger`` says that the pair is not to be proposed."""
    stranger = pl.lit(value=False)
    for rule in rules.strangers:
        here = pl.all_horizontal(_is_in(field, codes) for field, codes in rule.all.items())
        for field, codes in rule.unless.items():
            here = here & ~_is_in(field, codes)
        stranger = stranger | here
    if not rules.strangers:
        return pl.repeat(False, levels.height, eager=True).alias("stranger")
    return levels.select(stranger.alias("stranger"))["stranger"]


def _is_in(field: str, codes: Sequence[str]) -> pl.Expr:
    return pl.col(field).is_in([codes_of(field).index(code) for code in codes]).fill_null(value=False)
