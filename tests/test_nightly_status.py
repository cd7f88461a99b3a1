"""What the engineer reads at six in the morning: what happened, what is stale, what to do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reconcile.nightly.advice import advise
from reconcile.nightly.status import status_of
from reconcile.workspace import Workspace, init_workspace, now


def finished(workspace: Workspace, number: int, **communes: dict[str, Any]) -> None:
    """Write the manifest of a finished night."""
    folder = workspace.runs / f"{number:06d}-20261122"
    folder.mkdir(parents=True)
    told = {
        "run_id": folder.name, "sequence": number, "started": now().isoformat(), "seconds": 12.0, "exit_status": 1,
        "by": "reconcile", "notes": [], "inputs": {}, "communes": {c.removeprefix("c"): u for c, u in communes.items()},
    }  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(told), encoding="utf-8")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A workspace with an extract and two finished nights; the second left one commune behind."""
    made = init_workspace(tmp_path / "office")
    (made.inbox_population / "population.csv").write_text("x", encoding="utf-8")
    good = {"outcome": "new", "records": 10}
    finished(made, 1, c10918=good, c10930=good)
    failed = {"outcome": "failed", "reason": "needed more memory than allowed (nightly.memory_megabytes)"}
    finished(made, 2, c10918=good, c10930=failed)
    return made


def test_a_failed_commune_is_told_with_its_reason_what_is_stale_and_what_to_do(workspace: Workspace) -> None:
    told = status_of(workspace)
    assert "Communes: 1 new, 1 failed" in told.facts
    (todo,) = told.todo
    assert todo.startswith("commune 10930 failed: needed more memory than allowed")
    assert "Stale: its report stays that of" in todo
    assert "(1 night old)" in todo
    assert todo.endswith("reconcile nightly --commune 10930")


def test_a_commune_that_never_had_a_report_says_so(workspace: Workspace) -> None:
    held = {"outcome": "held", "reason": "10951/KS.2001.xlsx: DAMAGED_WORKBOOK"}
    finished(workspace, 3, c10951=held)
    (todo,) = status_of(workspace).todo
    assert "it has no report yet" in todo
    assert "send 10951/KS.2001.xlsx again" in todo


def test_a_night_that_was_killed_is_told_until_another_one_is_finished(workspace: Workspace) -> None:
    finished(workspace, 3, c10918={"outcome": "unchanged"}, c10930={"outcome": "new"})
    assert status_of(workspace).todo == []
    workspace.audit("nightly", run="000004-20261123")
    (todo,) = status_of(workspace).todo
    assert "000004-20261123 gave no new report; all reports are those of 000003-20261122" in todo
    assert "goes on from what was finished" in todo
    finished(workspace, 4, c10918={"outcome": "unchanged"})
    assert status_of(workspace).todo == []


def test_a_night_that_stopped_says_why(workspace: Workspace) -> None:
    finished(workspace, 3, c10918={"outcome": "unchanged"})
    workspace.audit("nightly", run="000004-20261123")
    workspace.audit("nightly stopped", run="000004-20261123", reason="The ledger is damaged.")
    told = status_of(workspace)
    assert any("stopped: The ledger is damaged." in fact for fact in told.facts)
    assert "reconcile ledger restore" in told.todo[0]


def test_a_night_at_work_is_no_killed_one(workspace: Workspace) -> None:
    finished(workspace, 3, c10918={"outcome": "unchanged"})
    with workspace.lock("nightly"):
        workspace.audit("nightly", run="000004-20261123")
        # the lock belongs to the process: another descriptor of this one does not see it on every system
        told = status_of(workspace)
    assert any(fact.startswith("At work now: reconcile nightly, process") for fact in told.facts)
    assert told.todo == []
    assert workspace.holder() is None


@pytest.mark.parametrize(
    ("reason", "part"),
    [
        ("10918/KS.xlsx: DAMAGED_WORKBOOK", "send 10918/KS.xlsx again"),
        ("the process was killed (signal 9), perhaps for want of memory", "nightly.memory_megabytes"),
        ("took longer than 900 s (nightly.minutes_per_commune)", "nightly.minutes_per_commune"),
        ("OSError: No space left on device", "make room on the disk"),
        ("KS.xlsx: PASSWORD", "without a password"),
        ("ZeroDivisionError at stage.py:12", "report this line"),
        (
            "/w/reports/10918/a.xlsx was changed since the run that wrote it. Apply it first",
            "inbox/decisions",
        ),
        ("something nobody thought of", "look at the reason"),
    ],
)
def test_every_reason_has_its_advice(reason: str, part: str) -> None:
    assert part in advise(reason, commune="10918")
