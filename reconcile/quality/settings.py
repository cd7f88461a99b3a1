"""What the scorecard needs to know besides the measures: area, names, targets, the plan."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reconcile.problems import ReconcileError
from reconcile.quality.knowledge import knowledge
from reconcile.quality.letter import Letter, of_commune
from reconcile.quality.workdays import calendar_rules
from reconcile.report.responsible import unit_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl


@dataclass(frozen=True, slots=True)
class Plan:
    """The work as planned. ``totals``: cases to digitise, columns commune, register, period, books, records; or None.

    ``start``: the day the work began; ``deadline``: the day it must be done; ``per_day``: records per working day
    and commune.
    """

    start: dt.date | None = None
    deadline: dt.date | None = None
    per_day: float = field(default_factory=lambda: float(calendar_rules()["pace"]["records_per_day"]))
    totals: pl.DataFrame | None = None

    def total(self, commune: str | None = None) -> int | None:
        """Return the records to do, of one commune or all; None where the plan does not say."""
        if self.totals is None:
            return None
        import polars as pl

        mine = self.totals if commune is None else self.totals.filter(pl.col("commune") == commune)
        return int(mine["records"].sum()) if mine.height else None


@dataclass(frozen=True, slots=True)
class Office:
    """Whose scorecard it is. ``names``: commune code → name; ``targets``: measure → share, over those of the rules.

    ``letter``: the frame of the area's report. ``day``: a commune without a configured name is called as the gazetteer calls it on that day.
    """

    area: str
    kind: str = "province"
    names: Mapping[str, str] = field(default_factory=dict)
    targets: Mapping[str, float] = field(default_factory=dict)
    plan: Plan = field(default_factory=Plan)
    day: dt.date | None = None
    letter: Letter | None = None

    def __post_init__(self) -> None:
        """Refuse targets of unknown measures, so that a misspelt one is not silently never checked."""
        known = knowledge().measures
        unknown = sorted(set(self.targets) - set(known))
        if unknown:
            raise ReconcileError(
                f"reconcile.toml [targets]: no measure is called {', '.join(unknown)}. Known: {', '.join(known)}."
            )
        wrong = sorted(k for k, v in self.targets.items() if not 0 < v <= 1)
        if wrong:
            raise ReconcileError(
                f"reconcile.toml [targets]: {', '.join(wrong)} must be above 0 and at most 1."
            )

    def target(self, measure: str) -> float | None:
        """Return the share to reach; None = no target."""
        return self.targets.get(measure, knowledge().measures[measure].target)

    def letter_of(self, commune: str | None) -> Letter:
        """Return the frame of the area's report (None), or of a commune's."""
        if commune is not None:
            return of_commune(self.name(commune), self.area)
        return self.letter or Letter(self.area)

    def name(self, commune: str) -> str:
        """Return a commune's name, its code where no name is known."""
        if not commune:
            return "Chưa rõ xã"
        if commune in self.names:
            return self.names[commune]
        told = unit_name(commune, self.day) if self.day else None
        return told.split(",")[0] if told else f"Xã {commune}"
