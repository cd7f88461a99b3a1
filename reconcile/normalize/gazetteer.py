"""The dated gazetteer: which units there were, when, under whom, and what became of them.

A unit (``unit_id``) is one name and type under one statistics-office code over one stretch of time. The code alone
is no identity: the office reuses it (10903 was xã Ngọc Liên, then xã Cẩm Giàng). Loaded on first use, once a process,
from ``rules/places/`` (built by ``scripts/build-places``; facts and sources in ``docs/places.md``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

from reconcile.normalize.collecting import no_collecting
from reconcile.normalize.places_text import bare_name, fold, strip_marks
from reconcile.resources import rules_path

if TYPE_CHECKING:
    from collections.abc import Iterable

LEVELS = {1: "province", 2: "district", 3: "commune"}
"""Level number → name; small numbers are large units."""

REFORM = date(2025, 7, 1)
_EVER = date.min
_NEVER = date.max


@dataclass(frozen=True, slots=True, eq=False)
class Unit:
    """One administrative unit. ``valid_to`` is the first day it no longer held; None = open at that end."""

    unit_id: str
    level: int
    code: str | None
    name: str
    type: str
    valid_from: date | None
    valid_to: date | None
    certainty: str
    key: str
    plain: str
    parents: tuple[tuple[str, date, date], ...]

    @property
    def start(self) -> date:
        """First day; the earliest date there is where no list tells."""
        return self.valid_from or _EVER

    @property
    def end(self) -> date:
        """First day no longer valid; the latest date there is where still in force."""
        return self.valid_to or _NEVER

    def holds(self, day: date) -> bool:
        """Tell whether the unit existed on ``day``."""
        return self.start <= day < self.end


@dataclass(frozen=True, slots=True)
class Chain:
    """A unit with the larger units it lay in during one stretch of time (``district`` is None since 07/2025)."""

    unit: Unit
    district: Unit | None
    province: Unit | None
    start: date
    end: date


class Gazetteer:
    """All units by id, code and name, with predecessors and successors. Read-only once built."""

    def __init__(self, units: Iterable[Unit], links: Iterable[tuple[str, str, str]]) -> None:
        self.units = {unit.unit_id: unit for unit in units}
        self.by_plain: dict[str, list[Unit]] = {}
        self.by_code: dict[tuple[int, str], list[Unit]] = {}
        for unit in self.units.values():
            self.by_plain.setdefault(unit.plain, []).append(unit)
            if unit.code:
                self.by_code.setdefault((unit.level, unit.code), []).append(unit)
        self.keys = {unit.key for unit in self.units.values()}
        self.successors: dict[str, list[tuple[str, str]]] = {}
        self.predecessors: dict[str, list[tuple[str, str]]] = {}
        for old, new, kind in links:
            self.successors.setdefault(old, []).append((new, kind))
            self.predecessors.setdefault(new, []).append((old, kind))
        self._chains: dict[str, tuple[Chain, ...]] = {}
        self._current: dict[str, tuple[Unit, ...]] = {}
        self._members: dict[str, list[str]] | None = None
        self._larger: dict[str, frozenset[str]] = {}
        self._closure: dict[tuple[str, bool], frozenset[str]] = {}

    def chains(self, unit: Unit) -> tuple[Chain, ...]:
        """Return the unit with its district and province, one entry per stretch of time."""
        found = self._chains.get(unit.unit_id)
        if found is None:
            found = self._chains[unit.unit_id] = tuple(self._build_chains(unit))
        return found

    def _build_chains(self, unit: Unit) -> Iterable[Chain]:
        if unit.level == 1 or not unit.parents:
            yield Chain(unit, None, None, unit.start, unit.end)
            return
        for parent_id, start, end in unit.parents:
            parent = self.units[parent_id]
            if parent.level == 1:
                yield Chain(unit, None, parent, start, end)
                continue
            for grand_id, grand_start, grand_end in parent.parents:
                first, last = max(start, grand_start), min(end, grand_end)
                if first < last:
                    yield Chain(unit, parent, self.units[grand_id], first, last)

    def later(self, unit_id: str) -> frozenset[str]:
        """Return the unit and everything that came of it."""
        return self._reach(unit_id, self.successors, forward=True)

    def earlier(self, unit_id: str) -> frozenset[str]:
        """Return the unit and everything it came from."""
        return self._reach(unit_id, self.predecessors, forward=False)

    def _reach(
        self, unit_id: str, step: dict[str, list[tuple[str, str]]], *, forward: bool
    ) -> frozenset[str]:
        found = self._closure.get((unit_id, forward))
        if found is None:
            seen, waiting = {unit_id}, [unit_id]
            while waiting:
                for other, _ in step.get(waiting.pop(), ()):
                    if other not in seen:
                        seen.add(other)
                        waiting.append(other)
            found = self._closure[unit_id, forward] = frozenset(seen)
        return found

    def lay_in(self, unit_id: str) -> frozenset[str]:
        """Return the larger units in which this one, what it came from or what it became ever lay.

        Units from before the code lists (Cẩm Bình, Hải Hưng) hold whatever lay in their successors by 2004.
        """
        found = self._larger.get(unit_id)
        if found is None:
            out: set[str] = set()
            for kin in self.earlier(unit_id) | self.later(unit_id):
                for chain in self.chains(self.units[kin]):
                    for larger in (chain.district, chain.province):
                        if larger is None or larger.unit_id == kin:
                            continue
                        out.add(larger.unit_id)
                        if larger.valid_from is None or larger.code is None:
                            out |= {u for u in self.earlier(larger.unit_id) if self.units[u].code is None}
            found = self._larger[unit_id] = frozenset(out)
        return found

    def related(self, a: str, b: str) -> bool:
        """Tell whether one of the two units came of the other."""
        return a == b or b in self.later(a) or a in self.later(b)

    def current(self, unit_id: str) -> tuple[Unit, ...]:
        """Return the unit or units of today that hold the land of this one; empty where no source tells.

        A district has no successor since 07/2025: today's communes that came of its communes stand for it.
        """
        found = self._current.get(unit_id)
        if found is None:
            heirs = self.later(unit_id)
            if self.units[unit_id].level == 2:
                heirs = frozenset().union(*(self.later(c) for d in heirs for c in self._communes_in(d)))
            units = (self.units[other] for other in sorted(heirs))
            found = self._current[unit_id] = tuple(unit for unit in units if unit.valid_to is None)
        return found

    def _communes_in(self, district_id: str) -> tuple[str, ...]:
        if self._members is None:
            self._members = {}
            for unit in self.units.values():
                for parent_id, _, _ in unit.parents:
                    self._members.setdefault(parent_id, []).append(unit.unit_id)
        return tuple(self._members.get(district_id, ()))

    def at(self, code: str, day: date | None) -> Unit | None:
        """Return the unit that bore ``code`` on ``day`` (None: the last that bore it), or None.

        Codes of two digits are provinces, three districts, five communes. Before the first list of 2004 the
        earliest bearer answers.
        """
        level = {2: 1, 3: 2, 5: 3}.get(len(code))
        bearers = self.by_code.get((level, code), []) if level else []
        if day is None:
            return max(bearers, key=lambda unit: unit.start, default=None)
        return next((unit for unit in bearers if unit.holds(day)), None)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


@lru_cache(maxsize=1)
@no_collecting()
def gazetteer() -> Gazetteer:
    """Return the gazetteer of the shipped tables (about 15,000 units), built on the first call."""
    import polars as pl

    table = pl.read_csv(rules_path("places", "units.csv.gz"), infer_schema=False)
    groups: dict[str, list[tuple[str | None, ...]]] = {}
    for row in table.rows():
        groups.setdefault(row[0], []).append(row)
    days: dict[str | None, date | None] = {None: None}
    for column in ("valid_from", "valid_to"):
        days |= {text: _day(text) for text in table[column].unique().to_list()}
    units = []
    for unit_id, rows in groups.items():
        _, level, code, name, kind, _, _, _, certainty, _ = rows[0]
        if not (level and name and kind is not None and certainty):
            continue
        starts, ends = [days[r[6]] for r in rows], [days[r[7]] for r in rows]
        key = fold(bare_name(name, kind))
        parents = tuple((r[5], days[r[6]] or _EVER, days[r[7]] or _NEVER) for r in rows if r[5] is not None)
        start = None if None in starts else min(d for d in starts if d)
        end = None if None in ends else max(d for d in ends if d)
        units.append(
            Unit(unit_id, int(level), code, name, kind, start, end, certainty, key, strip_marks(key), parents)
        )
    links = pl.read_csv(rules_path("places", "successions.csv.gz"), infer_schema=False)
    return Gazetteer(units, links.select("from_unit", "to_unit", "kind").rows())
