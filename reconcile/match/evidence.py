"""Evidence: the comparison level of every field for candidate pairs. Missing is null, never disagreement."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from reconcile.match import extras
from reconcile.match.applicants import LEVELS as APPLICANT_LEVELS
from reconcile.match.applicants import compare_applicants
from reconcile.match.household import alive_on, in_couples
from reconcile.match.levels import UNKNOWN, by_level, first_that_holds, unknown
from reconcile.match.names import LEVELS, compare_names
from reconcile.match.pairs import Pairs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from reconcile.match.levels import Array, Levels
    from reconcile.match.side import Side

NAME, BIRTH, NUMBER, OLD_NUMBER, SEX = "ho_ten", "ngay_sinh", "so_dinh_danh", "so_cmnd", "gioi_tinh"
FATHER, MOTHER, SPOUSE, PLACE, PEOPLE = "cha", "me", "vo_chong", "noi", "dan_toc"
DEATH, AGE, FAMILY, APPLICANT = "ngay_chet", "tuoi", "quan_he", "nguoi_khai"

FIELDS: dict[str, tuple[str, ...]] = {
    NAME: LEVELS,
    BIRTH: (
        "exact",
        "compatible",
        "placeholder",
        "swapped",
        "day",
        "month",
        "year",
        "same_year",
        "near_year",
        "different",
    ),
    NUMBER: ("exact", "former", "one_digit", "different"),
    OLD_NUMBER: ("exact", "one_digit", "different"),
    SEX: ("exact", "different"),
    FATHER: ("exact", "near", "middle", "different"),
    MOTHER: ("exact", "near", "middle", "different"),
    SPOUSE: ("exact", "near", "middle", "different"),
    PLACE: ("both", "registered", "merged", "home", "one_different", "different"),
    PEOPLE: ("exact", "different"),
    DEATH: ("exact", "near", "bereaved", "alive", "wed", "lives_on", "different"),
    AGE: ("plausible", "implausible"),
    FAMILY: ("confirmed", "couple", "contradicted"),
    APPLICANT: APPLICANT_LEVELS,
}
"""Field → codes of its levels, best first; rules/matching.toml must list the same."""


def codes_of(field: str) -> tuple[str, ...]:
    """Return the codes of a field's levels, best first; a field that only the rules know has those of ``extras``."""
    return FIELDS.get(field, extras.LEVELS)


_NAME_TO_RELATIVE = by_level(np.array([0, 1, 1, 1, 1, 2, 1, 1, 2, 3, 3, 3], np.uint8), unknown=UNKNOWN)
"""Level of a relative's name from the level of two names (``LEVELS`` order)."""

_KINSHIP = (
    ("expected", "number"),
    ("linked_mother", "mother_number"),
    ("linked_father", "father_number"),
    ("linked_spouse", "spouse_number"),
)
"""Numbers that must agree: what relatives' links say of the mention, and the resident's own column."""

_AGE_LIMITS = {"me": (12, 60), "cha": (13, 85), "chong": (15, 100), "vo": (14, 100), "cm": (12, 90)}
"""Age in years that a role can have on the day of registration (domain heuristics, wide on purpose)."""


def compare(
    left: Side,
    right: Side,
    pairs: pl.DataFrame,
    role: str | None = None,
    fields: Iterable[str] | None = None,
) -> Levels:
    """Return the levels of each field for ``pairs`` (columns m, r: rows of both sides).

    ``fields``: all of ``FIELDS`` and the extra fields by default.
    """
    asked = Pairs.of(left, right, pairs, role)
    return {
        field: _WAYS[field](asked) if field in _WAYS else _extra(asked, field)
        for field in fields or all_fields(left)
    }


def all_fields(side: Side) -> list[str]:
    """Return the fields that are compared: ``FIELDS`` and the extra ones."""
    return [*FIELDS, *side.extras]


_GRACE = 45
"""Days by which dates of two registers may differ before they contradict each other."""


def _levels(field: str, rules: list[tuple[str, Array]], known: Array | None = None) -> Array:
    """First rule that holds gives the level, else the field's last; ``UNKNOWN`` where ``known`` is false."""
    codes = FIELDS[field]
    return first_that_holds([(codes.index(code), holds) for code, holds in rules], len(codes) - 1, known)


def _names(pairs: Pairs) -> Array:
    names, ours = pairs.left.names, pairs.ours("name")
    level = compare_names(ours, pairs.theirs("name"), names)
    if "other_name" in pairs.right.table.columns:
        others = pairs.theirs("other_name")
        rows = np.flatnonzero(others != pairs.right.none("other_name"))
        # unknown is the highest number
        level[rows] = np.minimum(level[rows], compare_names(ours[rows], others[rows], names))
    return level


def _dates(pairs: Pairs) -> Array:
    a1, b1, known = pairs.both("birth_first")
    a2, b2 = pairs.ours("birth_last"), pairs.theirs("birth_last")
    full = (a1 == a2) & (b1 == b2)
    rules = [("exact", full & (a1 == b1)), ("compatible", ~full & (a1 <= b2) & (b1 <= a2))]
    level = _levels(BIRTH, rules, known)
    rows = np.flatnonzero(level == len(FIELDS[BIRTH]) - 1)
    level[rows] = _other_dates(pairs.some(rows))
    return level


def _other_dates(pairs: Pairs) -> Array:
    """Level of two dates that can't be one day."""
    year_a, year_b, years = pairs.both("birth_year")
    day_a, day_b, full = pairs.both("birth_day_month")
    same_year = years & (year_a == year_b)
    swapped, first, known = pairs.compared("birth_swapped", "birth_first")
    rules = [
        ("placeholder", same_year & (pairs.ours("new_year") | pairs.theirs("new_year"))),
        ("swapped", known & (swapped == first)),
        ("day", same_year & full & (day_a // 100 == day_b // 100)),
        ("month", same_year & full & (day_a % 100 == day_b % 100)),
        ("year", full & (day_a == day_b) & ~same_year),
        ("same_year", same_year),
        ("near_year", years & (abs(year_a.astype(np.int32) - year_b) <= 2)),
    ]
    return _levels(BIRTH, rules)


def _one_digit_off(a: Array, b: Array) -> Array:
    """One digit substituted, or two neighbours swapped, judged by the difference of the numbers."""
    gap = abs(a - b)
    place = np.searchsorted(_NEAR_GAPS, gap)
    near: Array = _NEAR_GAPS[np.minimum(place, _NEAR_GAPS.size - 1)] == gap
    return near


_NEAR_GAPS = np.unique([step * 10**k for k in range(12) for step in (*range(1, 10), *range(9, 82, 9))])
"""Differences of two numbers of at most 12 digits that are one digit or a swap of neighbours apart."""


def _numbers(pairs: Pairs) -> Array:
    level = _numbers_apart(pairs, NUMBER, "number")
    if "former" in pairs.right.table.columns:
        rows = np.flatnonzero((level != UNKNOWN) & (level != FIELDS[NUMBER].index("exact")))
        former = pairs.right.values("former", pairs.some(rows).residents())
        held = former.is_not_null().arg_true()
        if not held.is_empty():
            rows = rows[held.to_numpy()]
            was = pl.DataFrame({"a": pairs.some(rows).ours("number"), "former": former.gather(held)})
            hit = was.select(pl.col("former").list.contains(pl.col("a")).fill_null(value=False).arg_true())
            level[rows[hit.to_series().to_numpy()]] = FIELDS[NUMBER].index("former")
    return level


def _old_numbers(pairs: Pairs) -> Array:
    return _numbers_apart(pairs, OLD_NUMBER, "old_number")


def _numbers_apart(pairs: Pairs, field: str, column: str) -> Array:
    """Level of two numbers where both are known: most mentions carry none."""
    level = np.full(pairs.size, UNKNOWN, np.uint8)
    a, b, known = pairs.both(column)
    rows = np.flatnonzero(known)
    a, b = a[rows], b[rows]
    level[rows] = _levels(field, [("exact", a == b), ("one_digit", _one_digit_off(a, b))])
    return level


def _same(pairs: Pairs, column: str) -> Array:
    a, b, known = pairs.both(column)
    differ: Array = (a != b).astype(np.uint8)
    differ[~known] = UNKNOWN
    return differ


def _extra(pairs: Pairs, name: str) -> Array:
    ours = pairs.left.table[name].gather(pairs.mentions())
    theirs = pairs.right.table[name].gather(pairs.residents())
    return extras.compare_extra(ours, theirs, pairs.left.extras[name]).fill_null(UNKNOWN).to_numpy()


def _relative(pairs: Pairs, who: str) -> Array:
    named = pairs.ours(who)
    if (named == pairs.left.none(who)).all():
        return unknown(pairs.size)
    of_names = compare_names(named, pairs.theirs(who), pairs.left.names, kin=True)
    level: Array = _NAME_TO_RELATIVE[of_names]
    return level


def _places(pairs: Pairs) -> Array:
    """Birth registration and home (births), residence and where the resident comes from (other roles).

    One field, not two: the two places mostly agree or differ together.
    """
    born = pairs.role in {None, "nks", "nc"}
    near, unit = ("birthplace", "birth_unit") if born else ("residence", "living_unit")
    other = ("home", "home") if born else ("living_unit", "birth_unit")
    near_same, near_known = _agree(pairs, near, near)
    other_same, other_known = _agree(pairs, *other)
    rules = [
        ("both", near_same & other_same),
        ("registered", near_same & _agree(pairs, unit, unit)[0]),
        ("merged", near_same),
        ("home", other_same),
        ("one_different", ~(near_known & other_known)),
    ]
    return _levels(PLACE, rules, near_known | other_known)


def _agree(pairs: Pairs, ours: str, theirs: str) -> tuple[Array, Array]:
    """Whether two values are known and the same, and whether both are known."""
    a, b, known = pairs.compared(ours, theirs)
    return known & (a == b), known


def _family(pairs: Pairs) -> Array:
    """Whether the links of the record's other persons point to this resident (``relations.expect``).

    In the second round (``second_round``) also whether other records name this resident and the partner of this
    record as a couple.
    """
    confirmed, heard = np.zeros(pairs.size, bool), np.zeros(pairs.size, bool)
    left = pairs.left
    for column, number in _KINSHIP:
        if column in left.table.columns and left.table[column].null_count() < left.table.height:
            same, known = _agree(pairs, column, number)
            confirmed |= same
            heard |= known
    rules = [("confirmed", confirmed)]
    couples = left.told.get("couples")
    if couples is not None:
        m, r = pairs.mentions(), pairs.residents()
        told = in_couples(left.values("family", m), left.values("partner", m), r, couples)
        couple = told.fill_null(value=False).to_numpy()
        rules.append(("couple", couple))
        # that no book names them as a couple is no disagreement
        heard |= couple
    return _levels(FAMILY, rules, heard) if heard.any() else unknown(pairs.size)


def _deaths(pairs: Pairs) -> Array:
    if pairs.role != "nkt":
        return unknown(pairs.size)
    a1, b1, known = pairs.both("death_first")
    a2, b2 = pairs.ours("death_last"), pairs.theirs("death_last")
    alive = alive_on(pairs.left, pairs.mentions(), pairs.residents()).fill_null(-(2**31)).to_numpy()
    later = np.maximum(alive, pairs.theirs("birth_first")) > a2 + _GRACE
    rules = [
        ("exact", known & (a1 <= b2) & (b1 <= a2)),
        ("near", known & (a1 <= b2 + _GRACE) & (b1 <= a2 + _GRACE)),
        # a date on both sides is compared; without one: what else the registers and the extract know
        ("lives_on", ~known & later),
        ("bereaved", ~known & pairs.theirs("bereaved")),
        ("wed", ~known & pairs.theirs("wed")),
        ("alive", ~known),
    ]
    return _levels(DEATH, rules, a1 != pairs.left.none("death_first"))


def _applicants(pairs: Pairs) -> Array:
    if pairs.role != "nkt":
        return unknown(pairs.size)
    level = compare_applicants(pairs.left, pairs.right, pairs.mentions(), pairs.residents())
    return level.fill_null(UNKNOWN).to_numpy()


def _ages(pairs: Pairs) -> Array:
    undated = pairs.ours("birth_first") == pairs.left.none("birth_first")
    if not undated.any():
        return unknown(pairs.size)
    youngest, oldest = _AGE_LIMITS.get(pairs.role or "", (0, 110))
    day, first, known = pairs.compared("registered", "birth_first")
    plausible = (day >= first + youngest * 365) & (day <= pairs.theirs("birth_last") + (oldest + 1) * 366)
    return _levels(AGE, [("plausible", plausible)], undated & known)


_WAYS: dict[str, Callable[[Pairs], Array]] = {
    NAME: _names,
    BIRTH: _dates,
    NUMBER: _numbers,
    OLD_NUMBER: _old_numbers,
    SEX: lambda pairs: _same(pairs, "sex"),
    FATHER: lambda pairs: _relative(pairs, "father"),
    MOTHER: lambda pairs: _relative(pairs, "mother"),
    SPOUSE: lambda pairs: _relative(pairs, "spouse"),
    PLACE: _places,
    PEOPLE: lambda pairs: _same(pairs, "ethnicity"),
    DEATH: _deaths,
    AGE: _ages,
    FAMILY: _family,
    APPLICANT: _applicants,
}
"""How each field is compared."""
