"""One night, readable as a list of steps: the inbox in, whole reports out, a manifest of what was done and why.

What fails stays with the commune it belongs to, whose last good report stays where it is.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from reconcile.nightly import crossing, keep
from reconcile.nightly.decisions import take_decisions
from reconcile.nightly.isolation import Pool
from reconcile.nightly.keys import engine_digest
from reconcile.nightly.learning import learn
from reconcile.nightly.population import in_doubt, rejected_of_extract
from reconcile.nightly.receiving import Told
from reconcile.nightly.steps import Steps
from reconcile.nightly.units import Unit, doubt_units, plan_units, rejected_of
from reconcile.normalize.gazetteer import gazetteer
from reconcile.problems import ReconcileError
from reconcile.workspace import Workspace, now


@dataclass(slots=True)
class NightResult:
    """What a night did. ``units``: code → outcome (new, unchanged, held, failed), reason and counts."""

    run_id: str
    units: dict[str, dict[str, Any]]
    notes: list[str]
    files: dict[str, dict[str, Any]]
    stages: dict[str, float]
    manifest: dict[str, Any] = field(default_factory=dict)

    @property
    def exit_status(self) -> int:
        """0 all done; 1 some input was rejected or some commune failed."""
        bad = any(u["outcome"] in {"failed", "held"} or u.get("rejected") for u in self.units.values())
        return 1 if bad or any(f.get("problem") for f in self.files.values()) else 0


def run_night(
    workspace: Workspace,
    *,
    communes: Iterable[str] = (),
    jobs: int | None = None,
    full: bool = False,
    told: Told | None = None,
) -> NightResult:
    """Work on everything that changed since the last night, or on ``communes`` alone; publish whole reports.

    ``full`` works everything out again; the answers are the same. ``told`` is called with each commune done. Raises
    ReconcileError where the configuration is wrong, another process works here, or there is no usable extract.
    """
    with workspace.lock("nightly"):
        before = os.umask(0o077)
        try:
            return _night(workspace, set(communes), jobs, full, told)
        finally:
            os.umask(before)


def _night(
    workspace: Workspace, only: set[str], jobs: int | None, full: bool, told: Told | None
) -> NightResult:
    started = now()
    keep.clean(workspace)
    night = Steps(workspace, jobs=jobs, full=full, told=told)
    run_id = keep.next_run(workspace, night.state, started)
    workspace.audit("nightly", run=run_id, full=full, communes=sorted(only))
    try:
        return _steps(workspace, only, night, run_id, started)
    except ReconcileError as error:
        workspace.audit("nightly stopped", run=run_id, reason=str(error))
        raise


def _steps(
    workspace: Workspace, only: set[str], night: Steps, run_id: str, started: dt.datetime
) -> NightResult:
    if night.state.get("engine") not in {None, engine_digest()}:
        night.notes.append("rules or version changed: what they touch is worked out again")
    night.state["engine"] = engine_digest()
    clock = time.perf_counter()
    refused: dict[str, str] = {}
    decided = take_decisions(workspace, night.notes, refused)
    night.files |= {f"decisions/{name}": {"problem": why} for name, why in refused.items()}
    with Pool(night.bounds) as pool, ThreadPoolExecutor(1) as aside:
        places = aside.submit(gazetteer)  # units are told by it: read while workers read the registers
        night.as_of = started.date()
        entries, held, population = night.read_inbox(pool)
        places.result()
        clock = night.timed("ingest", clock)
        units = plan_units(entries, night.as_of)
        doubted = doubt_units(in_doubt(population), units, night.as_of)
        rejected = rejected_of(entries, units, night.as_of, rejected_of_extract(population))
        for code in (rejected.keys() | set(doubted.values())) - units.keys():
            units[code] = Unit(code)
        chosen = _chosen(units, only)
        for code, reason in held.items():
            night.units[code] = {"outcome": "held", "reason": reason}
        working = {c: u for c, u in units.items() if c not in held}
        asked = {c: u for c, u in working.items() if c in chosen}
        model = learn(
            night, pool, units, population, decided, [u for _, u in sorted(asked.items()) if u.files]
        )
        kept = {
            c: workspace.cache / "linked" / k
            for c, k in night.state["linked"].items()
            if c not in chosen or c in held
        }
        linked = {c: p for c, p in kept.items() if p.is_dir() and (c in units or c in held)}
        before = aside.submit(crossing.claims_of, dict(linked), sorted(units.keys() | linked.keys()))
        linked |= night.link(pool, asked, population, model, decided)
        for code, key in night.state[
            "linked"
        ].items():  # a commune that failed speaks to the others as it last did
            if code in units and code not in linked and (workspace.cache / "linked" / key).is_dir():
                linked[code] = workspace.cache / "linked" / key
        clock = night.timed("match", clock)
        crossed = night.cross(linked, population, units, chosen, doubted, before.result) if linked else {}
        clock = night.timed("compare", clock)
        able = [c for c in sorted(chosen) if c in linked and c not in night.units]
        concerned = {c: units[c] for c in able}
        reports = night.report(
            pool, run_id, concerned, units, linked, crossed, rejected, population, decided, doubted
        )
        clock = night.timed("report", clock)
    keep.publish(workspace, reports, night.units)
    night.state["linked"] = {c: p.name for c, p in linked.items()}
    night.state["loaded"] = {c: k for c, k in night.state["loaded"].items() if c in units}
    night.state["reports"] = {c: k for c, k in night.state["reports"].items() if c in units} | {
        c: p.name for c, p in reports.items()
    }
    night.state["files"] = night.files
    result = NightResult(run_id, dict(sorted(night.units.items())), night.notes, night.files, night.stages)
    night.timed("publish", clock)
    keep.finish(workspace, night.state, result, started, [u for u in night.state["linked"] if u not in units])
    return result


def _chosen(units: dict[str, Unit], only: set[str]) -> set[str]:
    """Return the units asked for, by their own code or one of the communes whose books they keep."""
    if not only:
        return set(units)
    found = {c for c, u in units.items() if c in only or only & {p[0] for p in u.places if p[0]}}
    known = {c for c, u in units.items() for c in (c, *(p[0] for p in u.places if p[0]))}
    if only - known:
        raise ReconcileError(
            f"No register holds records of commune {', '.join(sorted(only - known))}. "
            f"Known: {json.dumps(sorted(units))}."
        )
    return found
