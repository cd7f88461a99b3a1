"""What the ledger knows about the questions that returned rows speak of, laid out for looking up."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import polars as pl

from reconcile.ledger.cases import current_cases
from reconcile.ledger.standing import current_decisions, with_undone
from reconcile.report import layout

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconcile.ledger.store import Ledger

Row = dict[str, Any]
Pair = tuple[str | None, str | None, str | None]


def pair_of(row: Row) -> Pair:
    """Return the pair (record, role, resident) that a case or decision speaks of."""
    return row["record_id"], row["role"], row["resident_id"]


@dataclass(slots=True)
class Known:
    """Cases, earlier states and decisions by their keys.

    ``runs``: run id → journal entry. ``decisions``: case → the decision that counts. ``contents``: digest of a
    returned row → the decision it became, with ``undone``. ``by_pair``: pair → decisions that count.
    """

    now: dict[str, Row]
    runs: dict[str, int]
    decisions: dict[str, Row]
    contents: dict[str, Row]
    by_pair: dict[Pair, list[Row]] = field(default_factory=dict)
    by_mention: dict[tuple[str | None, str | None], list[Row]] = field(default_factory=dict)
    notes: set[str] = field(default_factory=set)
    _events: dict[str, list[Row]] = field(default_factory=dict)
    _groups: dict[str, list[Row]] = field(default_factory=dict)
    _by_field: dict[tuple[Any, ...], list[Row]] = field(default_factory=dict)

    @classmethod
    def of(cls, ledger: Ledger, case_ids: Iterable[str]) -> Known:
        """Look up what concerns ``case_ids``: the cases, their groups' rows, their pairs."""
        ids = list(dict.fromkeys(case_ids))
        groups = [i.removeprefix(layout.GROUP_PREFIX) for i in ids if i.startswith(layout.GROUP_PREFIX)]
        events = ledger.case_events()
        present = current_cases(events)
        touched = events.filter(pl.col("case_id").is_in(ids))
        mentions = touched.select("record_id", "role").unique()
        near = present.filter(pl.col("case_id").is_in(ids) | pl.col("systematic").is_in(groups))
        beside = present.join(mentions, on=["record_id", "role"], how="semi")
        journal = ledger.journal().filter(pl.col("kind") == "run")
        rows = ledger.all_decisions()
        known = cls(
            now={r["case_id"]: r for r in near.iter_rows(named=True)},
            runs=dict(journal.select("run_id", "entry").iter_rows()),
            decisions={},
            contents={
                r["content"]: r
                for r in with_undone(rows).sort("entry", "line").iter_rows(named=True)
                if r["content"]
            },
            notes=set(rows.filter(pl.col("kind") == "note")["content"].drop_nulls()),
        )
        for row in current_decisions(rows).iter_rows(named=True):
            known.decisions[row["case_id"]] = row
            if row["kind"] != "group" and row["resident_id"] is not None:
                known.by_pair.setdefault(pair_of(row), []).append(row)
                known.by_mention.setdefault((row["record_id"], row["role"]), []).append(row)
        for row in touched.iter_rows(named=True):
            known._events.setdefault(row["case_id"], []).append(row)
        for row in near.filter(pl.col("systematic").is_in(groups)).sort("case_id").iter_rows(named=True):
            known._groups.setdefault(row["systematic"], []).append(row)
        for row in beside.iter_rows(named=True):
            known._by_field.setdefault((row["record_id"], row["role"], row["field"]), []).append(row)
        return known

    def case(self, case_id: str) -> Row | None:
        """Return the question as it is asked now, None where it is not asked."""
        return self.now.get(case_id)

    def earlier(self, case_id: str, run_id: str) -> Row | None:
        """Return the question as the run ``run_id`` asked it, None where it did not or the run is unknown."""
        entry = self.runs.get(run_id)
        if entry is None:
            return None
        seen = [r for r in self._events.get(case_id, ()) if r["entry"] <= entry]
        return seen[-1] if seen and seen[-1]["event"] == "open" else None

    def ever(self, case_id: str) -> Row | None:
        """Return the question as it was last asked by any run, None where none ever did."""
        seen = [r for r in self._events.get(case_id, ()) if r["event"] == "open"]
        return seen[-1] if seen else None

    def successor(self, case: Row) -> Row | None:
        """Return the question that is asked now about the same field of the same person."""
        return next(iter(self._by_field.get((case["record_id"], case["role"], case["field"]), ())), None)

    def members(self, systematic: str, commune: str | None, run_id: str) -> list[Row]:
        """Return the questions of a group, those of ``commune`` only, that the clerk could have seen in ``run_id``."""
        entry = self.runs.get(run_id)
        return [
            r
            for r in self._groups.get(systematic, ())
            if r["kind"] == "discrepancy"
            and (not commune or r["commune_code"] == commune)
            and (entry is None or r["entry"] <= entry)
        ]

    def older_run(self, run_id: str, other: str | None) -> bool:
        """Tell whether ``run_id`` was recorded before ``other``."""
        return self.runs.get(run_id, 0) < self.runs.get(other or "", 0)
