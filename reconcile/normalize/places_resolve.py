"""From the named parts of an address to units: every reading that the dated gazetteer allows, each with a score.

The score says how well the parts are explained; dates are weighed afterwards (``choose``), so that one reading of
the parts serves every date.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from reconcile.normalize.gazetteer import Chain, Unit, gazetteer
from reconcile.normalize.places_parts import UNKNOWN, WORD_NAMES, Token
from reconcile.normalize.places_text import strip_marks

if TYPE_CHECKING:
    from datetime import date

_LEVELS_OF_WORD = {
    "": (1, 2, 3), "xa": (3,), "phuong": (3,), "tt": (3,), "dk": (3,), "huyen": (2,), "quan": (2,), "tx": (2,),
    "tp": (1, 2), "tinh": (1,),
}  # fmt: skip

# What a part that is explained is worth, and what the doubts cost. Only their order matters: a part explained
# outweighs everything; marks outweigh dates (Cẩm Giang is never Cẩm Giàng); dates outweigh missing level words.
_PART = 10.0
_SMALLEST = 12.0
_UNEXPLAINED = -9.0
_LINEAGE = -1.2
_MARKS_ABSENT = -0.5
_MARKS_PARTLY = -2.5
_MARKS_DIFFER = -5.0
_TYPE_DIFFERS = -0.8
_DATE = 1.5
_LARGER_LEVEL = 1.0
_LEVEL_MISSING = -0.7


@dataclass(frozen=True, slots=True)
class Candidate:
    """One reading: the smallest unit named, its chain, what was weighed, and when the whole reading held."""

    chain: Chain
    named: tuple[Unit, ...]
    score: float
    start: date
    end: date
    notes: tuple[str, ...]

    @property
    def unit(self) -> Unit:
        """The smallest unit of the reading."""
        return self.chain.unit


def marks_score(key: str, unit_key: str) -> float:
    """Return the cost of the difference between a typed key and a unit's: none, marks absent, some absent, other marks."""
    if key == unit_key:
        return 0.0
    plain = strip_marks(key)
    if key == plain:
        return _MARKS_ABSENT
    if len(key) == len(unit_key) and all(
        a == b or a == strip_marks(b) for a, b in zip(key, unit_key, strict=True)
    ):
        return _MARKS_PARTLY
    return _MARKS_DIFFER


@lru_cache(maxsize=200_000)
def _bearers(token: Token) -> tuple[tuple[Unit, float], ...]:
    """Return the units that a token can name, each with its cost."""
    if token.key == UNKNOWN:
        return ()
    levels = _LEVELS_OF_WORD[token.word]
    wanted = WORD_NAMES.get(token.word)
    out = []
    for unit in gazetteer().by_plain.get(strip_marks(token.key), ()):
        if unit.level not in levels:
            continue
        if token.word == "tp" and unit.level == 1 and unit.type != "Thành phố":
            continue
        cost = marks_score(token.key, unit.key)
        if wanted and unit.type != wanted:
            cost += _TYPE_DIFFERS
        out.append((unit, cost))
    return tuple(out)


@lru_cache(maxsize=200_000)
def _larger(token: Token, level: int) -> dict[str, float]:
    return {unit.unit_id: cost for unit, cost in _bearers(token) if unit.level == level}


def _explained(token: Token, larger: Unit, smallest: Unit) -> tuple[float, Unit] | None:
    """Return how well a token names a larger unit of the chain, or one that the smallest lay in at another time."""
    named = _larger(token, larger.level)
    if larger.unit_id in named:
        return named[larger.unit_id], larger
    if not named:
        return None
    places = gazetteer()
    held = places.lay_in(smallest.unit_id)
    # where no source tells what became of a unit, its district's or province's heirs will do
    heirs = smallest.level == 2 or not places.current(smallest.unit_id)
    best: tuple[float, Unit] | None = None
    for other, cost in named.items():
        named_here = other in held or (heirs and places.related(larger.unit_id, other))
        if named_here and (best is None or cost + _LINEAGE > best[0]):
            best = (cost + _LINEAGE, places.units[other])
    return best


def _weigh(chain: Chain, cost: float, larger: tuple[Token, ...]) -> Candidate:
    """Explain the larger tokens by the chain's district and province, in their order."""
    score, notes, named = _SMALLEST + cost, [], [chain.unit]
    start, end = chain.start, chain.end
    above = [unit for unit in (chain.district, chain.province) if unit is not None and unit is not chain.unit]
    district_named = chain.district is None or chain.unit.level < 3 or not larger
    for number, token in enumerate(larger, start=1):
        best: tuple[float, Unit] | None = None
        for position, unit in enumerate(above):
            found = _explained(token, unit, chain.unit)
            # "…, Hải Dương" at the end is the province before it is the city
            last_wins = best is not None and number == len(larger) and found and found[0] == best[0]
            if found and (best is None or found[0] > best[0] or last_wins):
                best, keep = found, position
        if best is None:
            score += _UNEXPLAINED
            notes.append("PART_UNKNOWN" if token.key == UNKNOWN else "PART_DISAGREES")
            continue
        score += _PART + best[0]
        named.append(best[1])
        district_named = district_named or above[keep] is chain.district
        above = above[keep + 1 :]
        first, last = max(start, best[1].start), min(end, best[1].end)
        if first < last:
            start, end = first, last
        else:
            notes.append("OTHER_ERA_ABOVE")
    if not district_named:
        score += _LEVEL_MISSING
    return Candidate(chain, tuple(named), score, start, end, tuple(notes))


@lru_cache(maxsize=50_000)
def _kin(token: Token) -> frozenset[str]:
    """Return every larger unit that a token can mean, with all that they came from or became."""
    places = gazetteer()
    out: set[str] = set()
    for unit, _ in _bearers(token):
        if unit.level < 3:
            out |= places.earlier(unit.unit_id) | places.later(unit.unit_id)
    return frozenset(out)


@lru_cache(maxsize=50_000)
def _entries(token: Token) -> tuple[tuple[Chain, float], ...]:
    places = gazetteer()
    return tuple((chain, cost) for unit, cost in _bearers(token) for chain in places.chains(unit))


@lru_cache(maxsize=200_000)
def _namesakes(token: Token, largest: Token | None) -> tuple[tuple[Chain, float], ...]:
    """Return the units that bear a name, in each of their chains: those in the largest unit named, if any lies there."""
    found = _entries(token)
    if largest is None:
        return found
    kin = _kin(largest)
    return (
        tuple(
            entry
            for entry in found
            if (entry[0].province is not None and entry[0].province.unit_id in kin)
            or (entry[0].district is not None and entry[0].district.unit_id in kin)
        )
        or found
    )


@lru_cache(maxsize=200_000)
def candidates(tokens: tuple[Token, ...]) -> tuple[Candidate, ...]:
    """Return the readings of the tokens (small → large) worth considering, best first, dates left aside."""
    out: list[Candidate] = []
    for position, token in enumerate(tokens):
        larger = tokens[position + 1 :]
        # what a reading from here on can reach at most; further below the best none is kept
        reachable = _SMALLEST + 2 * _LARGER_LEVEL + _PART * len(larger)
        if out and max(c.score for c in out) - 2 * _DATE > reachable:
            break
        for chain, cost in _namesakes(token, larger[-1] if larger else None):
            bonus = 0.0 if token.word else _LARGER_LEVEL * (3 - chain.unit.level)
            out.append(_weigh(chain, cost + bonus, larger))
    if not out:
        return ()
    out.sort(key=lambda c: (-c.score, c.unit.unit_id, c.start))
    least = max(out[0].score - 2 * _DATE, 0.1)
    return tuple(c for c in out if c.score >= least)


def explains(tokens: tuple[Token, ...]) -> float:
    """Return how well the tokens hold together: the score of the best reading, 0 if none uses all of them."""
    found = candidates(tokens)
    if not found or len(found[0].named) < len(tokens):
        return 0.0
    return found[0].score


def choose(found: tuple[Candidate, ...], day: date | None) -> tuple[Candidate, ...]:
    """Return the best readings for a day (None = unknown): one per unit, best first; several = undecided."""
    best: dict[str, tuple[float, Candidate]] = {}
    for candidate in found:
        score = candidate.score
        if day is not None and candidate.start <= day < candidate.end:
            score += _DATE
        kept = best.get(candidate.unit.unit_id)
        if kept is None or (score, candidate.end) > (kept[0], kept[1].end):
            best[candidate.unit.unit_id] = (score, candidate)
    if not best:
        return ()
    top = max(score for score, _ in best.values())
    ranked = sorted(
        best.values(), key=lambda pair: (-pair[0], -pair[1].end.toordinal(), pair[1].unit.unit_id)
    )
    return tuple(candidate for score, candidate in ranked if score >= top - 1e-9)
