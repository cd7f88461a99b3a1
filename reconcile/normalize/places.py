"""Places over time: free text → the units it names, and whether two places are the same.

Old names are never rewritten into new ones: a reading keeps the unit that was named, and says beside it which unit
or units hold that land today. Law and history of the units: ``docs/places.md``.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from reconcile.normalize.dispatch import jsonable
from reconcile.normalize.gazetteer import LEVELS, Unit, gazetteer
from reconcile.normalize.places_parts import UNKNOWN, Token, split_address
from reconcile.normalize.places_relation import Readings, Relation, relation_of_readings
from reconcile.normalize.places_resolve import Candidate, candidates, choose
from reconcile.normalize.places_text import strip_marks


@dataclass(frozen=True, slots=True)
class PlaceUnit:
    """One unit of a reading: code, name with level word, level (province, district, commune), its own validity.

    ``valid_from`` None: already there in the first list of 31/08/2004. ``valid_to`` (first day no longer) None: in force.
    """

    code: str | None
    name: str
    level: str
    valid_from: dt.date | None
    valid_to: dt.date | None


@dataclass(frozen=True, slots=True)
class PlaceReading:
    """How a place was read.

    ``value``: statistics-office code of the smallest unit that is certain, valid at the date asked for or, where the
    named unit is of another time, at its own; None = not read. ``units``: all readings, large to small. ``current``:
    today's unit or units. ``notes``: reason codes (``docs/places.md``). ``doubtful``: a person should look.
    """

    input: str | None
    value: str | None
    units: tuple[PlaceUnit, ...]
    current: tuple[PlaceUnit, ...]
    notes: tuple[str, ...]
    doubtful: bool
    level: str | None = None
    unit_id: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return field → JSON-ready value."""
        fields = ("input", "value", "level", "units", "current", "notes", "doubtful", "unit_id")
        return {field: jsonable(getattr(self, field)) for field in fields}


@dataclass(frozen=True, slots=True)
class Decision:
    """What the named parts mean on a day: the unit decided on (None = none), the best readings, reasons, doubt."""

    unit: Unit | None
    best: tuple[Candidate, ...]
    notes: tuple[str, ...]
    doubtful: bool

    @property
    def code(self) -> str | None:
        """Code of the unit decided on."""
        return self.unit.code if self.unit else None

    @property
    def today(self) -> tuple[Unit, ...]:
        """Today's unit or units; where nothing is decided, of all readings."""
        places = gazetteer()
        if self.unit is not None:
            return places.current(self.unit.unit_id)
        found = {u.unit_id: u for c in self.best for u in places.current(c.unit.unit_id)}
        return tuple(found.values()) if self.doubtful else ()

    @property
    def reasons(self) -> tuple[str, ...]:
        """The notes, with what became of the unit."""
        return self.notes + (("SPLIT_SINCE",) if self.unit is not None and len(self.today) > 1 else ())


def _shown(unit: Unit) -> PlaceUnit:
    return PlaceUnit(unit.code, unit.name, LEVELS[unit.level], unit.valid_from, unit.valid_to)


def _common(best: tuple[Candidate, ...]) -> Unit | None:
    """Return the smallest larger unit that all readings share."""
    for level in (2, 3):
        larger = {(c.chain.district if level == 2 else c.chain.province) for c in best}
        codes = {unit.code if unit else None for unit in larger}
        if len(codes) == 1 and None not in codes:
            return max((unit for unit in larger if unit), key=lambda unit: unit.start)
    return None


def _same_unit(a: Unit, b: Unit) -> bool:
    """Tell whether two units are one that went on: another type under one code and name (xã Lai Cách, thị trấn Lai
    Cách), or a namesake that took the other in on its last day (Quốc Tuấn, code 10624, then 10621).
    """
    if a.level != b.level or a.key != b.key:
        return False
    follows = a.valid_to == b.valid_from or b.valid_to == a.valid_from
    return a.code == b.code or (follows and gazetteer().related(a.unit_id, b.unit_id))


def _main(best: tuple[Candidate, ...], day: dt.date | None) -> Candidate:
    """Return the reading that stands for equal ones: of namesakes that took each other in, the older code; on a day
    after both, the younger.
    """
    first = best[0]
    if all(c.unit.code == first.unit.code for c in best) or not all(
        _same_unit(c.unit, first.unit) for c in best
    ):
        return first
    if day is not None and all(c.unit.end <= day for c in best):
        return max(best, key=lambda c: (c.unit.start, c.unit.unit_id))
    return min(best, key=lambda c: (c.unit.start, c.unit.unit_id))


@lru_cache(maxsize=400_000)
def decide(tokens: tuple[Token, ...], day: dt.date | None) -> Decision:
    """Choose among the readings of the tokens for a day (None = unknown)."""
    if not tokens or all(token.key == UNKNOWN for token in tokens):
        return Decision(
            None, (), ("PLACE_UNREADABLE",) if tokens else ("PLACE_EMPTY",), doubtful=bool(tokens)
        )
    lone_letter = len(tokens) == 1 and not tokens[0].word and len(tokens[0].key) < 2  # "I" is no address
    best = () if lone_letter else choose(candidates(tokens), day)
    if not best:
        return Decision(None, (), ("PLACE_NOT_FOUND",), doubtful=True)
    first = _main(best, day)
    notes, doubtful = list(first.notes), False
    unit: Unit | None = first.unit
    others = [c for c in best if c.unit is not first.unit and not _same_unit(c.unit, first.unit)]
    if others:
        doubtful = True
        same_code = {c.unit.code for c in best} == {first.unit.code}
        notes.append("CANDIDATES_ONE_CODE" if same_code else "SEVERAL_CANDIDATES")
        unit = first.unit if same_code else _common(best)
    if "PART_DISAGREES" in notes:
        doubtful = True
    smallest = next((t for t in tokens if strip_marks(t.key) == first.unit.plain), None)
    if smallest and smallest.key != first.unit.key:
        bare = smallest.key == strip_marks(smallest.key)
        notes.append("MARKS_ABSENT" if bare else "MARKS_DIFFER")
        doubtful = doubtful or not bare
    if day is None and first.unit.level == 2 and len(tokens) > 1 and _is_commune_today(tokens, first):
        notes.append("ALSO_COMMUNE_TODAY")
        doubtful = True
    if first.unit.level < 3 and any(t.word in {"xa", "phuong", "tt", "dk"} for t in tokens):
        notes.append("COMMUNE_UNKNOWN")
        doubtful = True
    if day is not None and unit is first.unit and not unit.holds(day):
        notes.append("NAME_OF_LATER_TIME" if day < unit.start else "NAME_OF_EARLIER_TIME")
    if unit is not None and unit.code is None:
        notes.append("NO_CODE")
    return Decision(unit, best, tuple(dict.fromkeys(notes)), doubtful)


def _is_commune_today(tokens: tuple[Token, ...], district: Candidate) -> bool:
    """Tell whether the words fit one of today's communes as well (Kiến An, Hải Phòng)."""
    return any(
        c.unit.level == 3 and c.unit.valid_to is None and len(c.named) == len(district.named)
        for c in candidates(tokens)
        if c.score >= district.score - 1.01
        and c.chain.province
        and district.chain.province
        and c.chain.province.key == district.chain.province.key
    )


def read_place(x: str | None, *, date: dt.date | str | None = None) -> PlaceReading:
    """Read a place as typed. ``date``: the day the text speaks of (day, or ISO text of day, month or year)."""
    day = as_day(date)
    return reading_of(x, decide(split_address(x) if x is not None else (), day))


def reading_of(text: str | None, decision: Decision) -> PlaceReading:
    """Show a decision: its units from large to small, and the unit or units that hold the land today."""
    units: dict[str, Unit] = {}
    for candidate in decision.best:
        chain = candidate.chain
        larger = [u for u in candidate.named if u is not chain.unit]
        for given in (chain.province, chain.district):
            if given is not None and given.level not in {u.level for u in larger}:
                larger.append(given)
        for unit in (*larger, chain.unit):
            units.setdefault(unit.unit_id, unit)
    ordered = sorted(units.values(), key=lambda u: u.level)
    return PlaceReading(
        text,
        decision.code,
        tuple(_shown(u) for u in ordered),
        tuple(_shown(u) for u in decision.today),
        decision.reasons,
        decision.doubtful,
        LEVELS[decision.unit.level] if decision.unit else None,
        decision.unit.unit_id if decision.unit else None,
    )


def same_place(
    a: str | None, date_a: dt.date | str | None, b: str | None, date_b: dt.date | str | None
) -> Relation:
    """Compare two places as typed, each with the day it speaks of (None = unknown).

    ``same``, ``renamed_or_merged``, ``part_of``, ``unknown`` (unreadable, undecided, no source) or ``different``.
    """
    return relation_of_readings(_reading_units(a, date_a), _reading_units(b, date_b))


def _reading_units(text: str | None, date: dt.date | str | None) -> Readings:
    """Return the best readings, the states of one unit together."""
    if text is None:
        return ()
    groups: list[list[Unit]] = []
    for candidate in decide(split_address(text), as_day(date)).best:
        group = next((g for g in groups if _same_unit(g[0], candidate.unit)), None)
        if group is None:
            groups.append([candidate.unit])
        else:
            group.append(candidate.unit)
    return tuple(tuple(unit.unit_id for unit in group) for group in groups)


def as_day(value: dt.date | str | None) -> dt.date | None:
    """Return the day: a date, or ISO text of a day, a month (its middle) or a year (its middle)."""
    if value is None or isinstance(value, dt.date):
        return value
    parts = [int(piece) for piece in value.strip().split("-")]
    year, month, day = (*parts, 7, 1)[:3] if len(parts) == 1 else (*parts, 15)[:3]
    return dt.date(year, month, day)
