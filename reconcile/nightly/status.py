"""What an engineer wants to know at six in the morning: what happened, what is stale, what to do."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from reconcile.counting import counted
from reconcile.nightly import keep
from reconcile.nightly.advice import advise, file_in
from reconcile.nightly.inputs import look
from reconcile.nightly.keys import engine_digest
from reconcile.workspace import now
from reconcile.workspace_audit import read_trail

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
    _night(told, workspace, last, len(runs))
    _communes(told, last, runs)
    _inbox(told, workspace, state)
    sizes = keep.sizes(workspace)
    told.facts.append(f"Disk: {sizes['free'] / 1e9:.0f} GB free, cache {sizes['cache'] / 1e9:.1f} GB")
    if sizes["free"] < LEAST_FREE:
        told.todo.append("make room on the disk: less than 5 GB are free")
    return told


def _night(told: Status, workspace: Workspace, last: dict[str, Any], kept: int) -> None:
    started = dt.datetime.fromisoformat(last["started"])
    age = (now() - started).total_seconds() / 3600
    told.facts.append(
        f"Last night: {last['run_id']}, began {started:%d/%m/%Y %H:%M}, {last['seconds']:.0f} s, status "
        f"{last['exit_status']}, by {last['by']}; {counted(kept, 'run')} kept"
    )
    told.facts += [f"Note: {note}" for note in last["notes"]]
    running = workspace.holder()
    if running:
        told.facts.append(f"At work now: {running}")
    elif age > STALE_HOURS:
        told.todo.append(f"no night was finished for {age:.0f} hours: look at the timer and at its log")
    if age < -1:
        told.todo.append("the last night lies in the future: set the clock of this machine")
    _unfinished(told, workspace, last, running is not None)


def _unfinished(told: Status, workspace: Workspace, last: dict[str, Any], running: bool) -> None:
    """Tell of nights after the last finished one, by the audit trail: stopped with a reason, or killed."""
    begun = {
        line["run"]: line
        for line in read_trail(workspace.audit_path)[0]
        if line.get("action") in {"nightly", "nightly stopped"}
        and int(str(line.get("run", "0")).split("-")[0]) > last["sequence"]
    }
    for at, (run, line) in enumerate(sorted(begun.items()), start=1):
        if running and at == len(begun) and "reason" not in line:
            continue
        when = dt.datetime.fromisoformat(line["at"])
        reason = line.get("reason")
        how = (
            f"stopped: {reason}"
            if reason
            else "did not finish: its process was killed or the machine went down"
        )
        told.facts.append(f"Since then: {run} of {when:%d/%m/%Y %H:%M} {how}")
        if at == len(begun):
            do = advise(reason) if reason else "reconcile nightly; it goes on from what was finished"
            told.todo.append(
                f"the last attempt {run} gave no new report; all reports are those of {last['run_id']}. {_up(do)}"
            )


def _up(text: str) -> str:
    return text[:1].upper() + text[1:]


def _communes(told: Status, last: dict[str, Any], runs: list[dict[str, Any]]) -> None:
    outcomes = [unit["outcome"] for unit in last["communes"].values()]
    how_many = ", ".join(
        f"{outcomes.count(o)} {o}" for o in ("new", "unchanged", "held", "failed") if o in outcomes
    )
    told.facts.append(f"Communes: {how_many or 'none'}")
    explained: set[str] = set()
    for code, unit in last["communes"].items():
        if unit["outcome"] in {"held", "failed"}:
            explained |= {file_in(unit["reason"]) or ""}
            told.todo.append(_stale(code, unit, runs))
    for name, one in last["inputs"].items():
        problem = one.get("problem")
        if problem and name not in explained:
            used = " (its last good content is used)" if problem == "ARRIVING" else ""
            advice = _up(advise(problem, file=name))
            told.todo.append(f"file {name} was not read{used}: {problem.rstrip('.')}. {advice}")
    rejected = sum(unit.get("rejected", 0) for unit in last["communes"].values())
    if rejected:
        told.facts.append(
            f"{counted(rejected, 'row or file was', 'rows or files were')} not used; each commune's workbook lists its own (Không đọc được)"
        )


def _stale(code: str, unit: dict[str, Any], runs: list[dict[str, Any]]) -> str:
    """Return what happened to a commune, what is stale of it, and what to do."""
    good = next(
        (r for r in reversed(runs) if r["communes"].get(code, {}).get("outcome") in {"new", "unchanged"}),
        None,
    )
    if good is None:
        since = "it has no report yet"
    else:
        nights = sum(run["sequence"] > good["sequence"] for run in runs)
        day = dt.datetime.fromisoformat(good["started"])
        since = f"its report stays that of {day:%d/%m/%Y} ({nights} night{'s' if nights > 1 else ''} old); later files and decisions are not in it"
    reason = unit["reason"].rstrip(".")
    return f"commune {code} {unit['outcome']}: {reason}. Stale: {since}. {_up(advise(reason, commune=code))}"


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
