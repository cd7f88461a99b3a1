"""Evidence: the comparison level of every field for candidate pairs. Missing is null, never disagreement."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from reconcile.match import extras
from reconcile.match.household import alive_on, in_couples
from reconcile.match.kinfolk import compare_applicants
from reconcile.match.levels import UNKNOWN, by_level, first_that_holds, unknown
from reconcile.match.names import LEVELS, NO_NAME, compare_names

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
    DEATH: ("exact", "near", "bereaved", "alive", "lives_on", "different"),
    AGE: ("plausible", "implausible"),
    FAMILY: ("confirmed", "couple", "contradicted"),
    APPLICANT: ("relative", "parent", "alike", "other_relative", "unsettled", "absent"),
}
"""Field → codes of its levels, best first; rules/matching.toml must list the same."""


def codes_of(field: str) -> tuple[str, ...]:
    """Return the codes of a field's levels, best first; a field that only the rules know has those of ``extras``."""
    return FIELDS.get(field, extras.LEVELS)


_RELATIVE = {FATHER: "father", MOTHER: "mother", SPOUSE: "spouse"}
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
    m, r = pairs["m"], pairs["r"]
    ways: dict[str, Callable[[], Array]] = {
        NAME: lambda: _names(left, right, m, r),
        BIRTH: lambda: _dates(left, right, m, r),
        NUMBER: lambda: _numbers(left, right, m, r),
        OLD_NUMBER: lambda: _old_numbers(left, right, m, r),
        SEX: lambda: _same(left, right, "sex", m, r),
        FATHER: lambda: _relative(left, right, FATHER, m, r),
        MOTHER: lambda: _relative(left, right, MOTHER, m, r),
        SPOUSE: lambda: _relative(left, right, SPOUSE, m, r),
        PLACE: lambda: _places(left, right, m, r, role),
        PEOPLE: lambda: _same(left, right, "ethnicity", m, r),
        DEATH: lambda: _deaths(left, right, m, r, role),
        AGE: lambda: _ages(left, right, m, r, role),
        FAMILY: lambda: _family(left, right, m, r),
        APPLICANT: lambda: _applicants(left, right, m, r, role),
    }
    for name in left.extras:
        ways[name] = partial(_extra, left, right, name, m, r)
    return {field: ways[field]() for field in fields or all_fields(left)}


def all_fields(side: Side) -> list[str]:
    """Return the fields that are compared: ``FIELDS`` and the extra ones."""
    return [*FIELDS, *side.extras]


_NONE_A, _NONE_B = -(2**31), -(2**31) + 1
"""What stands for null on either side: equal to nothing, smaller than all days, years and numbers."""


def _get(side: Side, column: str, rows: pl.Series, none: int) -> Array:
    return side.values(column, rows).fill_null(none).to_numpy()


def _both(left: Side, right: Side, column: str, m: pl.Series, r: pl.Series) -> tuple[Array, Array]:
    return _get(left, column, m, _NONE_A), _get(right, column, r, _NONE_B)


_GRACE = 45
"""Days by which dates of two registers may differ before they contradict each other."""


def _levels(field: str, rules: list[tuple[str, Array]], known: Array) -> Array:
    """First rule that holds gives the level, else the field's last; ``UNKNOWN`` where ``known`` is false."""
    codes = FIELDS[field]
    return first_that_holds([(codes.index(code), holds) for code, holds in rules], len(codes) - 1, known)


def _codes(side: Side, column: str, rows: pl.Series) -> Array:
    return _get(side, column, rows, NO_NAME)


def _names(left: Side, right: Side, m: pl.Series, r: pl.Series) -> Array:
    a = _codes(left, "name", m)
    level = compare_names(a, _codes(right, "name", r), left.names)
    if "other_name" not in right.table.columns:
        return level
    others = right.values("other_name", r)
    if others.null_count() < others.len():
        # unknown is the highest number
        level = np.minimum(level, compare_names(a, others.fill_null(NO_NAME).to_numpy(), left.names))
    return level


def _dates(left: Side, right: Side, m: pl.Series, r: pl.Series) -> Array:
    a1, b1 = _both(left, right, "birth_first", m, r)
    a2, b2 = _both(left, right, "birth_last", m, r)
    known = (a1 != _NONE_A) & (b1 != _NONE_B)
    full = (a1 == a2) & (b1 == b2)
    exact = full & (a1 == b1)
    level = _levels(BIRTH, [("exact", exact), ("compatible", ~full & (a1 <= b2) & (b1 <= a2))], known)
    rows = np.flatnonzero(level == len(FIELDS[BIRTH]) - 1)
    level[rows] = _other_dates(left, right, m.gather(rows), r.gather(rows))
    return level


def _other_dates(left: Side, right: Side, m: pl.Series, r: pl.Series) -> Array:
    """Level of two dates that can't be one day."""
    years = _get(left, "birth_year", m, -1), _get(right, "birth_year", r, -2)
    days = _get(left, "birth_day_month", m, -1), _get(right, "birth_day_month", r, -2)
    new_year = (side.values("new_year", rows) for side, rows in ((left, m), (right, r)))
    invented = np.logical_or(*(values.fill_null(value=False).to_numpy() for values in new_year))
    same_year = years[0] == years[1]
    full = (days[0] > 0) & (days[1] > 0)
    rules = [
        ("placeholder", same_year & invented),
        (
            "swapped",
            _get(left, "birth_swapped", m, _NONE_A) == _get(right, "birth_first", r, _NONE_B),
        ),
        ("day", same_year & full & (days[0] // 100 == days[1] // 100)),
        ("month", same_year & full & (days[0] % 100 == days[1] % 100)),
        ("year", full & (days[0] == days[1]) & ~same_year),
        ("same_year", same_year),
        ("near_year", (years[0] > 0) & (years[1] > 0) & (abs(years[0] - years[1]) <= 2)),
    ]
    return _levels(BIRTH, rules, np.ones(m.len(), bool))


def _one_digit_off(a: Array, b: Array) -> Array:
    """One digit substituted, or two neighbours swapped, judged by the difference of the numbers."""
    gap = abs(a - b)
    place = np.searchsorted(_NEAR_GAPS, gap)
    near: Array = _NEAR_GAPS[np.minimum(place, _NEAR_GAPS.size - 1)] == gap
    return near


_NEAR_GAPS = np.unique([step * 10**k for k in range(12) for step in (*range(1, 10), *range(9, 82, 9))])
"""Differences of two numbers of at most 12 digits that are one digit or a swap of neighbours apart."""


def _numbers(left: Side, right: Side, m: pl.Series, r: pl.Series) -> Array:
    level = _numbers_apart(left, right, NUMBER, "number", m, r)
    if "former" in right.table.columns:
        former = right.values("former", r)
        rows = former.is_not_null().arg_true()
        if not rows.is_empty():
            was = pl.DataFrame({"a": left.values("number", m.gather(rows)), "former": former.gather(rows)})
            hit = was.select(pl.col("former").list.contains(pl.col("a")).fill_null(value=False).arg_true())
            held = rows.gather(hit.to_series()).to_numpy()
            known = (level[held] != UNKNOWN) & (level[held] != FIELDS[NUMBER].index("exact"))
            level[held[known]] = FIELDS[NUMBER].index("former")
    return level


def _old_numbers(left: Side, right: Side, m: pl.Series, r: pl.Series) -> Array:
    return _numbers_apart(left, right, OLD_NUMBER, "old_number", m, r)


def _numbers_apart(left: Side, right: Side, field: str, column: str, m: pl.Series, r: pl.Series) -> Array:
    """Level of two numbers where both are known: most mentions carry none."""
    level = np.full(m.len(), UNKNOWN, np.uint8)
    ours = left.values(column, m)
    rows = ours.is_not_null().arg_true()
    if rows.is_empty():
        return level
    theirs = right.values(column, r.gather(rows))
    rows, theirs = rows.filter(theirs.is_not_null()), theirs.drop_nulls()
    a, b = ours.gather(rows).to_numpy(), theirs.to_numpy()
    rules = [("exact", a == b), ("one_digit", _one_digit_off(a, b))]
    level[rows.to_numpy()] = _levels(field, rules, np.ones(a.size, bool))
    return level


def _same(left: Side, right: Side, column: str, m: pl.Series, r: pl.Series) -> Array:
    differ = left.values(column, m) != right.values(column, r)
    return differ.cast(pl.UInt8).fill_null(UNKNOWN).to_numpy()


def _extra(left: Side, right: Side, name: str, m: pl.Series, r: pl.Series) -> Array:
    level = extras.compare_extra(left.table[name].gather(m), right.table[name].gather(r), left.extras[name])
    return level.fill_null(UNKNOWN).to_numpy()


def _relative(left: Side, right: Side, field: str, m: pl.Series, r: pl.Series) -> Array:
    named = left.values(_RELATIVE[field], m)
    if named.null_count() == named.len():
        return unknown(m.len())
    theirs = _codes(right, _RELATIVE[field], r)
    return _NAME_TO_RELATIVE[compare_names(named.fill_null(NO_NAME).to_numpy(), theirs, left.names, kin=True)]


def _places(left: Side, right: Side, m: pl.Series, r: pl.Series, role: str | None) -> Array:
    """Birth registration and home (births), residence and where the resident comes from (other roles).

    One field, not two: the two places mostly agree or differ together.
    """
    born = role in {None, "nks", "nc"}
    near, unit = ("birthplace", "birth_unit") if born else ("residence", "living_unit")
    other = ("home", "home") if born else ("living_unit", "birth_unit")
    near_same, near_known = _agree(left, near, right, near, m, r)
    other_same, other_known = _agree(left, other[0], right, other[1], m, r)
    rules = [
        ("both", near_same & other_same),
        ("registered", near_same & _agree(left, unit, right, unit, m, r)[0]),
        ("merged", near_same),
        ("home", other_same),
        ("one_different", ~(near_known & other_known)),
    ]
    return _levels(PLACE, rules, near_known | other_known)


def _agree(left: Side, column: str, right: Side, its: str, m: pl.Series, r: pl.Series) -> tuple[Array, Array]:
    """Whether two values are known and the same, and whether both are known."""
    same = left.values(column, m) == right.values(its, r)
    return same.fill_null(value=False).to_numpy(), same.is_not_null().to_numpy()


def _family(left: Side, right: Side, m: pl.Series, r: pl.Series) -> Array:
    """Whether the links of the record's other persons point to this resident (``relations.expect``).

    In the second round (``second_round``) also whether other records name this resident and the partner of this
    record as a couple.
    """
    confirmed, heard = np.zeros(m.len(), bool), np.zeros(m.len(), bool)
    for column, number in _KINSHIP:
        if column in left.table.columns and left.table[column].null_count() < left.table.height:
            same, known = _agree(left, column, right, number, m, r)
            confirmed |= same
            heard |= known
    rules = [("confirmed", confirmed)]
    couples = left.told.get("couples")
    if couples is not None:
        told = in_couples(left.values("family", m), left.values("partner", m), r, couples)
        couple = told.fill_null(value=False).to_numpy()
        rules.append(("couple", couple))
        # that no book names them as a couple is no disagreement
        heard |= couple
    return _levels(FAMILY, rules, heard) if heard.any() else unknown(m.len())


def _deaths(left: Side, right: Side, m: pl.Series, r: pl.Series, role: str | None) -> Array:
    if role != "nkt":
        return unknown(m.len())
    a1, b1 = _both(left, right, "death_first", m, r)
    a2, b2 = _both(left, right, "death_last", m, r)
    on_record = b1 != _NONE_B
    alive, born = alive_on(left, m, r).fill_null(_NONE_A).to_numpy(), _get(right, "birth_first", r, _NONE_A)
    widowed = _get(right, "bereaved", r, False)
    rules = [
        ("exact", on_record & (a1 <= b2) & (b1 <= a2)),
        ("near", on_record & (a1 <= b2 + _GRACE) & (b1 <= a2 + _GRACE)),
        # a date on both sides is compared; without one: what else the registers and the extract know
        ("lives_on", ~on_record & (np.maximum(alive, born) > a2 + _GRACE)),
        ("bereaved", ~on_record & widowed),
        ("alive", ~on_record),
    ]
    return _levels(DEATH, rules, a1 != _NONE_A)


def _applicants(left: Side, right: Side, m: pl.Series, r: pl.Series, role: str | None) -> Array:
    if role != "nkt":
        return unknown(m.len())
    return compare_applicants(left, right, m, r).fill_null(UNKNOWN).to_numpy()


def _ages(left: Side, right: Side, m: pl.Series, r: pl.Series, role: str | None) -> Array:
    youngest, oldest = _AGE_LIMITS.get(role or "", (0, 110))
    undated = left.values("birth_first", m).is_null().to_numpy()
    if not undated.any():
        return unknown(m.len())
    day = _get(left, "registered", m, _NONE_A)
    first, last = (_get(right, column, r, _NONE_B) for column in ("birth_first", "birth_last"))
    plausible = (day >= first + youngest * 365) & (day <= last + (oldest + 1) * 366)
    known = undated & (day != _NONE_A) & (first != _NONE_B)
    return _levels(AGE, [("plausible", plausible)], known)
