"""Evidence: the comparison level of every field for candidate pairs. Missing is null, never disagreement."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from reconcile.match import extras
from reconcile.match.household import alive_on, in_couples
from reconcile.match.kinfolk import compare_applicants
from reconcile.match.names import LEVELS, compare_names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

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
_NAME_TO_RELATIVE = pl.Series([0, 1, 1, 1, 1, 2, 1, 1, 2, 3, 3, 3], dtype=pl.UInt8)
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
) -> pl.DataFrame:
    """Return one u8 level column per field for ``pairs`` (columns m, r: rows of both sides).

    ``fields``: all of ``FIELDS`` and the extra fields by default.
    """
    m, r = pairs["m"], pairs["r"]
    ways: dict[str, Callable[[], pl.Series]] = {
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
        ways[name] = lambda name=name: extras.compare_extra(  # type: ignore[misc]
            left.table[name].gather(m), right.table[name].gather(r), left.extras[name]
        )
    return pl.DataFrame([ways[field]().cast(pl.UInt8).alias(field) for field in fields or all_fields(left)])


def all_fields(side: Side) -> list[str]:
    """Return the fields that are compared: ``FIELDS`` and the extra ones."""
    return [*FIELDS, *side.extras]


def _get(side: Side, column: str, rows: pl.Series) -> pl.Series:
    return side.values(column, rows)


_GRACE = 45
"""Days by which dates of two registers may differ before they contradict each other."""


def _levels(field: str, frame: pl.DataFrame, rules: list[tuple[str, pl.Expr]], known: pl.Expr) -> pl.Series:
    """First rule that holds gives the level, else the field's last; null where ``known`` is false."""
    codes = FIELDS[field]
    level = pl.lit(len(codes) - 1, pl.UInt8)
    for code, holds in reversed(rules):
        level = pl.when(holds).then(pl.lit(codes.index(code), pl.UInt8)).otherwise(level)
    return frame.select(pl.when(known).then(level).alias(field))[field]


def _names(left: Side, right: Side, m: pl.Series, r: pl.Series) -> pl.Series:
    a = _get(left, "name", m)
    level = compare_names(a, _get(right, "name", r), left.names)
    if (
        "other_name" not in right.table.columns
        or right.table["other_name"].null_count() == right.table.height
    ):
        return level
    other = compare_names(a, _get(right, "other_name", r), left.names)
    return pl.DataFrame({"a": level, "b": other}).select(pl.min_horizontal("a", "b").alias("n"))["n"]


def _dates(left: Side, right: Side, m: pl.Series, r: pl.Series) -> pl.Series:
    frame = pl.DataFrame(
        {
            "a1": _get(left, "birth_first", m),
            "a2": _get(left, "birth_last", m),
            "b1": _get(right, "birth_first", r),
            "b2": _get(right, "birth_last", r),
            "ya": _get(left, "birth_year", m),
            "yb": _get(right, "birth_year", r),
            "da": _get(left, "birth_day_month", m),
            "db": _get(right, "birth_day_month", r),
            "na": _get(left, "new_year", m),
            "nb": _get(right, "new_year", r),
            "swap": _get(left, "birth_swapped", m),
        }
    ).with_columns(pl.col("na", "nb").fill_null(value=False))
    col = pl.col
    full = (col("a1") == col("a2")) & (col("b1") == col("b2"))
    same_year = col("ya") == col("yb")
    apart = (col("ya") - col("yb")).abs()
    rules = [
        ("exact", full & (col("a1") == col("b1"))),
        ("compatible", ~full & (col("a1") <= col("b2")) & (col("b1") <= col("a2"))),
        ("placeholder", same_year & (col("na") | col("nb"))),
        ("swapped", col("swap") == col("b1")),
        ("day", same_year & ((col("da") // 100) == (col("db") // 100))),
        ("month", same_year & ((col("da") % 100) == (col("db") % 100))),
        ("year", (col("da") == col("db")) & ~same_year),
        ("same_year", same_year),
        ("near_year", apart <= 2),
    ]
    return _levels(BIRTH, frame, rules, col("a1").is_not_null() & col("b1").is_not_null())


def _one_digit_off(a: pl.Expr, b: pl.Expr, digits: int) -> pl.Expr:
    """One digit substituted, or two neighbours swapped, judged by the difference of the numbers."""
    gap = (a - b).abs()
    near = pl.lit(value=False)
    for k in range(digits):
        step = gap // 10**k
        whole = gap % 10**k == 0
        near = near | (whole & ((step <= 9) | ((step % 9 == 0) & (step <= 81))))
    return near & (gap > 0)


def _numbers(left: Side, right: Side, m: pl.Series, r: pl.Series) -> pl.Series:
    frame = pl.DataFrame({"a": _get(left, "number", m), "b": _get(right, "number", r)})
    rules = [("exact", pl.col("a") == pl.col("b"))]
    if "former" in right.table.columns and right.table["former"].null_count() < right.table.height:
        frame = frame.with_columns(_get(right, "former", r).alias("former"))
        rules.append(("former", pl.col("former").list.contains(pl.col("a")).fill_null(value=False)))
    rules.append(("one_digit", _one_digit_off(pl.col("a"), pl.col("b"), 12)))
    return _sparse(NUMBER, frame, rules)


def _old_numbers(left: Side, right: Side, m: pl.Series, r: pl.Series) -> pl.Series:
    frame = pl.DataFrame({"a": _get(left, "old_number", m), "b": _get(right, "old_number", r)})
    rules = [
        ("exact", pl.col("a") == pl.col("b")),
        ("one_digit", _one_digit_off(pl.col("a"), pl.col("b"), 9)),
    ]
    return _sparse(OLD_NUMBER, frame, rules)


def _sparse(field: str, frame: pl.DataFrame, rules: list[tuple[str, pl.Expr]]) -> pl.Series:
    """``_levels`` on the rows where both numbers are known: most mentions carry none."""
    known = pl.col("a").is_not_null() & pl.col("b").is_not_null()
    indexed = frame.with_row_index("i").filter(known)
    if indexed.is_empty():
        return pl.Series(field, [None], dtype=pl.UInt8).new_from_index(0, frame.height)
    level = indexed.select("i", _levels(field, indexed, rules, pl.lit(value=True)))
    rows = pl.DataFrame({"i": pl.int_range(0, frame.height, dtype=pl.UInt32, eager=True)})
    return rows.join(level, on="i", how="left", maintain_order="left")[field]


def _same(left: Side, right: Side, column: str, m: pl.Series, r: pl.Series) -> pl.Series:
    return (_get(left, column, m) != _get(right, column, r)).cast(pl.UInt8)


def _relative(left: Side, right: Side, field: str, m: pl.Series, r: pl.Series) -> pl.Series:
    who = _RELATIVE[field]
    named = _get(left, who, m)
    if named.null_count() == named.len():
        return pl.Series(field, [None], dtype=pl.UInt8).new_from_index(0, m.len())
    return _NAME_TO_RELATIVE.gather(compare_names(named, _get(right, who, r), left.names, kin=True))


def _places(left: Side, right: Side, m: pl.Series, r: pl.Series, role: str | None) -> pl.Series:
    """Birth registration and home (births), residence and where the resident comes from (other roles).

    One field, not two: the two places mostly agree or differ together.
    """
    born = role in {None, "nks", "nc"}
    near, unit = ("birthplace", "birth_unit") if born else ("residence", "living_unit")
    other = ("home", "home") if born else ("living_unit", "birth_unit")
    frame = pl.DataFrame(
        {
            "near_a": _get(left, near, m),
            "near_b": _get(right, near, r),
            "unit_a": _get(left, unit, m),
            "unit_b": _get(right, unit, r),
            "other_a": _get(left, other[0], m),
            "other_b": _get(right, other[1], r),
        }
    )
    near_same, other_same = pl.col("near_a") == pl.col("near_b"), pl.col("other_a") == pl.col("other_b")
    unit_same = pl.col("unit_a") == pl.col("unit_b")
    yes = {
        name: e.fill_null(value=False)
        for name, e in (("near", near_same), ("other", other_same), ("unit", unit_same))
    }
    rules = [
        ("both", yes["near"] & yes["other"]),
        ("registered", yes["near"] & yes["unit"]),
        ("merged", yes["near"]),
        ("home", yes["other"]),
        ("one_different", near_same.is_null() | other_same.is_null()),
    ]
    return _levels(PLACE, frame, rules, near_same.is_not_null() | other_same.is_not_null())


def _family(left: Side, right: Side, m: pl.Series, r: pl.Series) -> pl.Series:
    """Whether the links of the record's other persons point to this resident (``relations.expect``).

    In the second round (``second_round``) also whether other records name this resident and the partner of this
    record as a couple.
    """
    known = [
        (a, b)
        for a, b in _KINSHIP
        if a in left.table.columns and left.table[a].null_count() < left.table.height
    ]
    couples = left.told.get("couples")
    if not known and couples is None:
        return pl.Series(FAMILY, [None], dtype=pl.UInt8).new_from_index(0, m.len())
    same = {a: _get(left, a, m) == _get(right, b, r) for a, b in known}
    confirmed = pl.any_horizontal(pl.col(a).fill_null(value=False) for a in same) if same else pl.lit(False)
    rules = [("confirmed", confirmed)]
    if couples is not None:
        scope, partner = _get(left, "family", m), _get(left, "partner", m)
        same["couple"] = in_couples(scope, partner, r, couples)
        rules.append(("couple", pl.col("couple").fill_null(value=False)))
    # that no book names them as a couple is no disagreement
    heard = [pl.col(a).is_not_null() for a, _ in known] + ([pl.col("couple")] if couples is not None else [])
    frame = pl.DataFrame([values.alias(a) for a, values in same.items()])
    return _levels(FAMILY, frame, rules, pl.any_horizontal(heard).fill_null(value=False))


def _deaths(left: Side, right: Side, m: pl.Series, r: pl.Series, role: str | None) -> pl.Series:
    if role != "nkt":
        return pl.Series(DEATH, [None], dtype=pl.UInt8).new_from_index(0, m.len())
    frame = pl.DataFrame(
        {
            "a1": _get(left, "death_first", m),
            "a2": _get(left, "death_last", m),
            "b1": _get(right, "death_first", r),
            "b2": _get(right, "death_last", r),
            "bereaved": _get(right, "bereaved", r),
            "alive_on": alive_on(left, m, r),
            "born": _get(right, "birth_first", r),
        }
    )
    col = pl.col
    touch = (col("a1") <= col("b2")) & (col("b1") <= col("a2"))
    near = (col("a1") <= col("b2") + _GRACE) & (col("b1") <= col("a2") + _GRACE)
    later = pl.max_horizontal("alive_on", "born") > col("a2") + _GRACE
    rules = [
        ("exact", touch),
        ("near", near),
        # a date on both sides is compared; without one: what else the registers and the extract know
        ("lives_on", (col("b1").is_null() & later).fill_null(value=False)),
        ("bereaved", col("b1").is_null() & col("bereaved")),
        ("alive", col("b1").is_null()),
    ]
    return _levels(DEATH, frame, rules, col("a1").is_not_null())


def _applicants(left: Side, right: Side, m: pl.Series, r: pl.Series, role: str | None) -> pl.Series:
    if role != "nkt":
        return pl.Series(APPLICANT, [None], dtype=pl.UInt8).new_from_index(0, m.len())
    return compare_applicants(left, right, m, r)


def _ages(left: Side, right: Side, m: pl.Series, r: pl.Series, role: str | None) -> pl.Series:
    youngest, oldest = _AGE_LIMITS.get(role or "", (0, 110))
    frame = pl.DataFrame(
        {
            "birth": _get(left, "birth_first", m),
            "day": _get(left, "registered", m),
            "b1": _get(right, "birth_first", r),
            "b2": _get(right, "birth_last", r),
        }
    )
    col = pl.col
    plausible = (col("day") >= col("b1") + youngest * 365) & (col("day") <= col("b2") + (oldest + 1) * 366)
    known = col("birth").is_null() & col("day").is_not_null() & col("b1").is_not_null()
    return _levels(AGE, frame, [("plausible", plausible)], known)
