"""What ``rules/quality`` says: periods, dimensions, measures, required fields, groups. Checked when loaded."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import polars as pl

from reconcile.problems import ReconcileError
from reconcile.quality.tables import DIMENSIONS
from reconcile.rules import load_rules

FILE = "quality/measures.toml"


@dataclass(frozen=True, slots=True)
class Period:
    """A span of years of books, both ends included; None = open."""

    key: str
    title: str
    first: int | None
    last: int | None


@dataclass(frozen=True, slots=True)
class Measure:
    """A share that the scorecard shows: its dimension, title, unit counted, target (None = none) and what helps."""

    key: str
    dimension: str
    title: str
    unit: str
    target: float | None
    help: str


@dataclass(frozen=True, slots=True)
class Knowledge:
    """All of ``rules/quality/measures.toml``."""

    periods: tuple[Period, ...]
    dimensions: dict[str, dict[str, str]]
    measures: dict[str, Measure]
    required: dict[str, tuple[str, ...]]
    groups: dict[str, dict[str, Any]]
    late_after: int
    bands: tuple[int, ...]

    def headline(self, dimension: str) -> Measure:
        """Return the measure that speaks for a dimension."""
        return self.measures[self.dimensions[dimension]["headline"]]


@lru_cache(maxsize=1)
def knowledge() -> Knowledge:
    """Load and check; ReconcileError lists every mistake with its key."""
    raw = load_rules(FILE)
    mistakes = [f"no [dimension.{d}]" for d in DIMENSIONS if d not in raw.get("dimension", {})]
    for key, one in raw.get("measure", {}).items():
        missing = [k for k in ("dimension", "title", "unit", "help") if k not in one]
        mistakes += [f"measure.{key}: no {k}" for k in missing]
        if one.get("dimension") not in DIMENSIONS:
            mistakes.append(f"measure.{key}: dimension must be one of {', '.join(DIMENSIONS)}")
        if not 0 < one.get("target", 1) <= 1:
            mistakes.append(f"measure.{key}: target must be above 0 and at most 1")
    mistakes += [
        f"dimension.{key}: headline must be a measure"
        for key, one in raw.get("dimension", {}).items()
        if one.get("headline") not in raw.get("measure", {})
    ]
    if mistakes:
        raise ReconcileError(f"rules/{FILE}: correct {len(mistakes)}:\n- " + "\n- ".join(mistakes))
    return Knowledge(
        periods=tuple(Period(p["key"], p["title"], p.get("from"), p.get("until")) for p in raw["period"]),
        dimensions={d: raw["dimension"][d] for d in DIMENSIONS},
        measures={
            key: Measure(key, m["dimension"], m["title"], m["unit"], m.get("target"), m["help"])
            for key, m in raw["measure"].items()
        },
        required={key: tuple(fields) for key, fields in raw["required"].items()},
        groups=raw["group"],
        late_after=raw["age"]["late_after"],
        bands=tuple(raw["age"]["bands"]),
    )


def period_of(year: pl.Expr) -> pl.Expr:
    """Return the key of the period that a year of a book lies in; empty text where the year is unknown."""
    found = pl.lit("")
    for p in reversed(knowledge().periods):
        inside = year.is_not_null()
        if p.first is not None:
            inside = inside & (year >= p.first)
        if p.last is not None:
            inside = inside & (year <= p.last)
        found = pl.when(inside).then(pl.lit(p.key)).otherwise(found)
    return found


def group_of(field: pl.Expr) -> pl.Expr:
    """Return the group of differences that a field belongs to; ``khac`` for the rest."""
    names = {name: key for key, one in knowledge().groups.items() for name in one["of"]}
    return field.replace_strict(names, default="khac", return_dtype=pl.String)
