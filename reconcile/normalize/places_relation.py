"""Are two places the same, over time? Answered from the successions of units, never from the spelling.

"Tương đương, not sai lệch": a difference that the gazetteer explains (renamed, merged, split) is no discrepancy
(NĐ 120/2025: the papers keep the old name, the population extract is rewritten to the new one).
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from reconcile.normalize.gazetteer import Unit, gazetteer

if TYPE_CHECKING:
    import polars as pl

Relation = Literal["same", "renamed_or_merged", "part_of", "unknown", "different"]
Readings = tuple[tuple[str, ...], ...]


@lru_cache(maxsize=200_000)
def relation(a: str, b: str) -> Relation:
    """Return how two units (``unit_id``) relate.

    ``same`` one unit; ``renamed_or_merged`` one came of the other, wholly or in part; ``part_of`` one lies or lay
    in the other; ``unknown`` no source tells what became of one of them; ``different`` neither. Symmetric.
    """
    if a == b:
        return "same"
    places = gazetteer()
    first, second = places.units[a], places.units[b]
    if places.related(a, b):
        return "renamed_or_merged"
    if first.code and (first.level, first.code, first.key) == (second.level, second.code, second.key):
        return "same"  # name and code came back after years in which no list has them (Nham Sơn, 2020–2024)
    if first.level == second.level:
        return "unknown" if _may_be_related(first, second) else "different"
    large, small = sorted((first, second), key=lambda unit: unit.level)
    if large.unit_id in places.lay_in(small.unit_id):
        return "part_of"
    return "different"


_STRENGTH: tuple[Relation, ...] = ("same", "renamed_or_merged", "part_of", "unknown", "different")


def relation_of_readings(a: Readings, b: Readings) -> Relation:
    """Return the relation of two places that may be undecided: what all their readings agree on, else ``unknown``.

    A place is a tuple of readings, each a tuple of the states of one unit (xã, later thị trấn Lai Cách): of the
    states the nearest pair speaks.
    """
    if not a or not b:
        return "unknown"
    found = {
        min((relation(x, y) for x in states_a for y in states_b), key=_STRENGTH.index)
        for states_a in a
        for states_b in b
    }
    return found.pop() if len(found) == 1 else "unknown"


def _may_be_related(a: Unit, b: Unit) -> bool:
    """Tell whether the sources leave open that one became the other.

    Either the earlier one vanished and nobody says into what, or the later one appeared and nobody says from what.
    """
    places = gazetteer()
    early, late = (a, b) if a.end <= b.end else (b, a)
    ends = [places.units[u] for u in places.later(early.unit_id)]
    if not any(unit.valid_to is None for unit in ends):
        return any(late.end > end.end and _share_district(end, late) for end in ends)
    young = a if a.start > b.start else b
    origins = [places.units[u] for u in places.earlier(young.unit_id)]
    orphan = all(unit.valid_from is not None for unit in origins)
    return orphan and _share_district(a, b)


def _share_district(a: Unit, b: Unit) -> bool:
    places = gazetteer()
    near = {u for u in places.lay_in(a.unit_id) if places.units[u].level == 2}
    return bool(near & places.lay_in(b.unit_id))


def relations(a: pl.Series, b: pl.Series) -> pl.Series:
    """Return ``relation`` for two columns of ``unit_id`` (null → ``unknown``), each distinct pair once."""
    import polars as pl

    pairs = pl.DataFrame({"a": a.cast(pl.String), "b": b.cast(pl.String)})
    distinct = pairs.drop_nulls().unique().sort("a", "b")
    answers = pl.Series("relation", [relation(x, y) for x, y in distinct.iter_rows()], dtype=pl.String)
    joined = pairs.join(distinct.with_columns(answers), on=["a", "b"], how="left", maintain_order="left")
    return joined["relation"].fill_null("unknown")
