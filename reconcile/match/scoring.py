"""Score all blocked candidates of one role, part by part, and assign them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from reconcile.match.assignment import assign
from reconcile.match.blocking import PAIRS
from reconcile.match.evidence import NAME, all_fields, codes_of, compare
from reconcile.match.levels import among, at
from reconcile.match.model import weights
from reconcile.match.parallel import ahead, at_once
from reconcile.match.posterior import absent_shares

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from reconcile.match.levels import Array, Levels
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
_PARTS_WAITING = 30
_HOPELESS = 5.0
"""log2 weight below which a candidate is dropped at once: one in 30 against strangers alone, before any prior."""


def compare_pairs(
    coded: Coded, pairs: pl.DataFrame, role: str, rules: Settings
) -> Iterator[tuple[pl.DataFrame, Levels]]:
    """Yield the candidates ``pairs`` (m, r) of one role with their levels, part by part, less who is no candidate at all.

    The work begins before the first part is asked for.
    """
    fields = all_fields(coded.mentions)
    # who is no candidate at all is found by few fields; the others need not be compared
    screen = sorted({NAME, *(field for rule in rules.strangers for field in (*rule.all, *rule.unless))})
    rest = [field for field in fields if field not in screen]
    size = rules.limits["pairs_at_once"]

    def compare_part(start: int) -> tuple[pl.DataFrame, Levels]:
        part = pairs.slice(start, size)
        levels = compare(coded.mentions, coded.residents, part, role, screen)
        known = np.flatnonzero(~_strangers(levels, rules))
        part, levels = part.select(pl.all().gather(known)), at(levels, known)
        levels |= compare(coded.mentions, coded.residents, part, role, rest)
        return part, {field: levels[field] for field in fields}

    # a part is small beside the tables: all may be compared while the model is learned
    return ahead(compare_part, range(0, pairs.height, size), rows=pairs.height, most=_PARTS_WAITING)


def assign_role(
    coded: Coded,
    compared: Iterable[tuple[pl.DataFrame, Levels]],
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

    def weigh(pairs: pl.DataFrame, levels: Levels) -> pl.DataFrame:
        sums = weights(levels, pairs["r"], model, terms)
        rows = np.flatnonzero(sums["total"] > _HOPELESS)
        kept = pairs.select(pl.all().gather(rows))
        return kept.with_columns(
            scope.gather(kept["m"]),
            absent_shares(coded, kept["m"], model),
            total=sums["total"][rows],
            kin=sums["kin"][rows],
            doubt=_doubtful(levels, rules, role)[rows],
        ).select(*_SCORED)

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


def _doubtful(levels: Levels, rules: Settings, role: str) -> Array:
    """Whether a rule of ``doubt`` wants a clerk to see each pair."""
    doubt = np.zeros(_height(levels), bool)
    for rule in rules.doubts:
        if role in rule.roles:
            doubt |= _is_in(levels, rule.field, rule.levels) & ~_unless(levels, rule.unless)
    return doubt


def _strangers(levels: Levels, rules: Settings) -> Array:
    """Whether a rule of ``stranger`` says that a pair is not to be proposed."""
    stranger = np.zeros(_height(levels), bool)
    for rule in rules.strangers:
        here = np.ones(stranger.size, bool)
        for field, codes in rule.all.items():
            here &= _is_in(levels, field, codes)
        stranger |= here & ~_unless(levels, rule.unless)
    return stranger


def _unless(levels: Levels, exceptions: Mapping[str, Sequence[str]]) -> Array:
    """Whether one of the exceptions of a rule holds: field → codes."""
    holds = np.zeros(_height(levels), bool)
    for field, codes in exceptions.items():
        holds |= _is_in(levels, field, codes)
    return holds


def _height(levels: Levels) -> int:
    return next(iter(levels.values())).size


def _is_in(levels: Levels, field: str, codes: Sequence[str]) -> Array:
    return among(levels[field], [codes_of(field).index(code) for code in codes])
