"""What an engineer wants to know at six in the morning: what happened, what is stale, what to do."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from reconcile.nightly import keep
from reconcile.nightly.inputs import look
from reconcile.nightly.keys import engine_digest
from reconcile.workspace import now

if TYPE_CHECKING:
    from reconcile.workspace import Workspace

STALE_HOURS = 36
"""A night is missed when the last one began so long ago."""

LEAST_FREE = 5 * 1024**3


@dataclass(slots=True)
class Status:
    """``facts``: what is so. ``todo``: what somebody has to do; empty = nothing."""

    facts: list[str] = field(default_factory=list)
    todo: list[str] = field(default_factory=list)
    last: dict[str, Any] | None = None

    def lines(self) -> list[str]:
        """Return the status as lines of text."""
        return [*self.facts, *(f"To do: {line}" for line in self.todo or ["nothing"])]

    def as_dict(self) -> dict[str, Any]:
        """Return the status for programs."""
        return {"facts": self.facts, "todo": self.todo, "last": self.last}


def status_of(workspace: Workspace) -> Status:
    """Look at the last night and at what lies in the inbox. Changes nothing."""
    told = Status()
    runs = keep.manifests(workspace)
    state = keep.load(workspace)
    if not runs:
        told.facts.append("No night has been finished yet.")
        told.todo.append(
            f"put registers and an extract into the inbox, then: reconcile nightly {workspace.root}"
        )
        return told
    told.last = last = runs[-1]
    _night(told, last, len(runs))
    _communes(told, last, runs)
    _inbox(told, workspace, state)
    sizes = keep.sizes(workspace)
    told.facts.append(f"Disk: {sizes['free'] / 1e9:.0f} GB free, cache {sizes['cache'] / 1e9:.1f} GB")
    if sizes["free"] < LEAST_FREE:
        told.todo.append("make room on the disk: less than 5 GB are free")
    return told


def _night(told: Status, last: dict[str, Any], kept: int) -> None:
    started = dt.datetime.fromisoformat(last["started"])
    age = (now() - started).total_seconds() / 3600
    told.facts.append(
        f"Last night: {last['run_id']}, began {started:%d/%m/%Y %H:%M}, {last['seconds']:.0f} s, status "
        f"{last['exit_status']}, by {last['by']}; {kept} runs kept"
    )
    told.facts += [f"Note: {note}" for note in last["notes"]]
    if age > STALE_HOURS:
        told.todo.append(f"no night was finished for {age:.0f} hours: look at the timer and at its log")
    if age < -1:
        told.todo.append("the last night lies in the future: set the clock of this machine")


def _communes(told: Status, last: dict[str, Any], runs: list[dict[str, Any]]) -> None:
    outcomes = [unit["outcome"] for unit in last["communes"].values()]
    counted = ", ".join(
        f"{outcomes.count(o)} {o}" for o in ("new", "unchanged", "held", "failed") if o in outcomes
    )
    told.facts.append(f"Communes: {counted or 'none'}")
    for code, unit in last["communes"].items():
        if unit["outcome"] in {"held", "failed"}:
            good = next(
                (
                    r
                    for r in reversed(runs)
                    if r["communes"].get(code, {}).get("outcome") in {"new", "unchanged"}
                ),
                None,
            )
            since = f"its report is of {good['started'][:10]}" if good else "it has no report yet"
            told.todo.append(f"commune {code} {unit['outcome']}, {since}: {unit['reason']}")
    for name, one in last["inputs"].items():
        if one.get("problem"):
            told.todo.append(f"file {name}: {one['problem']}")
    rejected = sum(unit.get("rejected", 0) for unit in last["communes"].values())
    if rejected:
        told.facts.append(
            f"{rejected:,} rows were not used; each commune's workbook lists its own (Không đọc được)"
        )


def _inbox(told: Status, workspace: Workspace, state: dict[str, Any]) -> None:
    inbox = look(workspace, state["files"])
    known = {
        name
        for name in state["files"]
        if "/" not in name or not name.startswith(("population/", "decisions/"))
    }
    changed = [one.name for one in inbox.registers if one.sha256 is None]
    gone = known - {one.name for one in inbox.registers}
    if changed or gone:
        told.facts.append(f"Since then: {len(changed)} register files new or changed, {len(gone)} withdrawn")
    if inbox.extract is None:
        told.todo.append("there is no population extract in the inbox any more")
    elif inbox.extract.sha256 is None:
        told.facts.append("Since then: a new population extract; the next night links every commune again")
    waiting = [p for p in workspace.inbox_decisions.glob("*.xlsx") if not p.name.startswith("~$")]
    if waiting:
        told.facts.append(f"{len(waiting)} returned workbooks wait for the next night")
    if state.get("engine") not in {None, engine_digest()}:
        told.facts.append("Rules or version changed since: the next night works out again what they touch")


__all__ = ["Status", "status_of"]
