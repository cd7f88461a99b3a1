"""What people decided, brought into the night: returned workbooks applied first, then what each unit has to know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from reconcile.ledger import Ledger, labels, pins_of
from reconcile.ledger.applying import apply_workbooks
from reconcile.ledger.standing import PIN_SCHEMA
from reconcile.quality.books import apply_lists
from reconcile.quality.readiness_workbook import is_list
from reconcile.workspace import private_folder, user

if TYPE_CHECKING:
    from pathlib import Path

    from reconcile.nightly.units import Unit
    from reconcile.workspace import Workspace

RETURNED = "tra-lai"
"""Folder below the reports for copies of workbooks with rows that could not be taken."""


@dataclass(frozen=True, slots=True)
class Decided:
    """Decisions that count (``Ledger.decisions``), the pairs that they pin (``match.link(decisions=…)``), the pairs that
    the model learns from (``match.link(labels=…)``).
    """

    decisions: pl.DataFrame
    pins: pl.DataFrame
    labels: pl.DataFrame

    def pins_of(self, unit: Unit) -> pl.DataFrame:
        """Return the pins that may concern records of ``unit``."""
        return self.pins.filter(_concerns(unit))

    def labels_of(self, unit: Unit) -> pl.DataFrame:
        """Return the judged pairs that may concern records of ``unit``."""
        return self.labels.filter(_concerns(unit))

    def decisions_of(self, unit: Unit) -> pl.DataFrame:
        """Return the decisions that may concern questions of ``unit``."""
        return self.decisions.filter(
            (pl.col("commune_code") == unit.code).fill_null(value=False) | _concerns(unit)
        )


def _concerns(unit: Unit) -> pl.Expr:
    """Whether a record's id names a place of ``unit`` or no known place; too much costs time only."""
    codes = {code for place in unit.places for code in place if code} | {unit.code}
    place = pl.col("record_id").str.split(".").list.get(1, null_on_oob=True)
    return (place.is_in(sorted(codes)) | ~place.str.contains(r"^\d{5}$")).fill_null(value=False)


def take_decisions(workspace: Workspace, notes: list[str], problems: dict[str, str]) -> Decided:
    """Apply the workbooks of ``inbox/decisions`` and return what counts now.

    A workbook that was taken whole moves to ``inbox/decisions/da-nhan``; one that could not be read stays where it is
    and is told in ``problems`` (name → why).
    """
    waiting = sorted(workspace.inbox_decisions.glob("*.xlsx")) if workspace.inbox_decisions.is_dir() else []
    waiting = [path for path in waiting if not path.name.startswith(("~$", "."))]
    if not waiting and not workspace.ledger_path.exists():
        return Decided(
            pl.DataFrame(schema={"commune_code": pl.String, "record_id": pl.String}),
            pl.DataFrame(schema=PIN_SCHEMA),
            pl.DataFrame(schema=PIN_SCHEMA),
        )
    lists = [path for path in waiting if is_list(path)]
    waiting = [path for path in waiting if path not in lists]
    with Ledger.open(workspace.ledger_path, who=user()) as ledger:
        if lists:
            signed = apply_lists(workspace, ledger, lists)
            problems.update({path.rsplit("/", 1)[-1]: why for path, why in signed.files.items()})
            workspace.audit(
                "sign", lists=len(lists), taken=signed.taken, refused=len(signed.refused), entry=signed.entry
            )
            notes.append(
                f"{signed.taken} signatures taken from {len(signed.read)} lists, {len(signed.refused)} refused"
            )
            _put_away(workspace, signed.read)
        if waiting:
            done = apply_workbooks(ledger, waiting, returned=workspace.reports / RETURNED, who=user())
            taken, refused = done.counted("taken"), done.counted("refused")
            problems.update({path.rsplit("/", 1)[-1]: why for path, why in done.files.items()})
            workspace.audit("apply", files=len(waiting), taken=taken, refused=refused, entry=done.entry)
            if done.read:
                notes.append(
                    f"{taken} decisions taken from {len(done.read)} workbooks, {refused} rows refused"
                )
            _put_away(workspace, done.read)
        decisions = ledger.decisions()
    return Decided(decisions, pins_of(decisions), labels(decisions))


def _put_away(workspace: Workspace, read: list[Path]) -> None:
    folder = private_folder(workspace.inbox_decisions / "da-nhan")
    for path in read:
        path.replace(_free(folder / path.name))


def _free(path: Path) -> Path:
    number = 1
    target = path
    while target.exists():
        number += 1
        target = path.with_stem(f"{path.stem}_{number}")
    return target
