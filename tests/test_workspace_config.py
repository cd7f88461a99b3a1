"""A workspace: made once, checked as a whole, held by one process."""

from __future__ import annotations

import json
import multiprocessing
import stat
from pathlib import Path

import pytest

from reconcile.problems import ReconcileError
from reconcile.workspace import Workspace, init_workspace


def test_init_makes_a_workspace_that_opens_and_that_only_its_owner_can_enter(tmp_path: Path) -> None:
    workspace = init_workspace(tmp_path / "office")
    assert Workspace.open(tmp_path / "office") == workspace
    assert all(folder.is_dir() for folder in workspace.folders())
    modes = {p: stat.S_IMODE(p.stat().st_mode) for p in [workspace.root, *workspace.root.rglob("*")]}
    assert {p.name: oct(m) for p, m in modes.items() if m != (0o700 if p.is_dir() else 0o600)} == {}
    with pytest.raises(ReconcileError, match="is there already"):
        init_workspace(tmp_path / "office")


def test_a_folder_without_configuration_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ReconcileError, match="Make one: reconcile init"):
        Workspace.open(tmp_path)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('kind = "districts"', 'area.kind: write "district", "cluster" or "province"'),
        ('kind = "province"\n[[commune]]\ncode = "1091"\nname = "A"', "commune.1.code: a commune code is five digits"),
        ('kind = "province"\n[[commune]]\ncode = 10918\nname = "A"', "commune.1.code: write it in quotes"),
        ('kind = "province"\n[nightly]\nmemroy_megabytes = 1', "did you mean memory_megabytes?"),
        ('kind = "province"\n[nightly]\njobs = 0', "nightly.jobs: the number is too small (ge 1)"),
        ('kind = "province"\n[nightly]\nmemory_megabytes = 400', "nightly.memory_megabytes: a process with its programs loaded needs some hundred megabytes"),
        ('kind = "province"\n[thresholds]\nmatch = 0.1\nreview = 0.5', "thresholds: review must be below match"),
        ('kind = "province"\n[extract]\ndate = "soon"', "extract.date"),
        ('kind = "district"\n[extract]\ndate = 2026-01-01', "districts ended"),
        ('kind = "province"\n[[commune]]\ncode = "10918"\nname = "A"\nvalid_from = 2020-01-01\nvalid_to = 2019-01-01', "valid_to lies before valid_from"),
        ('kind = "province"\n[[commune]]\ncode = "10918"\nname = "A"\n[[commune]]\ncode = "10918"\nname = "B"', "10918 stands more than once"),
    ],
)  # fmt: skip
def test_each_mistake_is_told_with_its_key_and_the_fix(tmp_path: Path, line: str, told: str) -> None:
    (tmp_path / "reconcile.toml").write_text(f'[area]\nname = "A"\n{line}\n', encoding="utf-8")
    with pytest.raises(ReconcileError) as raised:
        Workspace.open(tmp_path)
    assert told in str(raised.value)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "reconcile.toml").write_text(
        '[area]\nkind = "x"\n[nightly]\njobs = 0\n[place]\n', encoding="utf-8"
    )
    with pytest.raises(ReconcileError, match="4 to correct") as raised:
        Workspace.open(tmp_path)
    assert all(key in str(raised.value) for key in ("area.name", "area.kind", "nightly.jobs", "place"))


def _try_lock(root: Path, answer: multiprocessing.Queue[str]) -> None:
    try:
        with Workspace.open(root).lock("nightly"):
            answer.put("held")
    except ReconcileError as error:
        answer.put(str(error))


def test_two_processes_never_work_in_one_workspace(tmp_path: Path) -> None:
    workspace = init_workspace(tmp_path / "office")
    spawn = multiprocessing.get_context("spawn")
    answer: multiprocessing.Queue[str] = spawn.Queue()
    with workspace.lock("nightly"):
        process = spawn.Process(target=_try_lock, args=(workspace.root, answer))
        process.start()
        assert "in use: reconcile nightly" in answer.get(timeout=60)
        process.join()
    process = spawn.Process(target=_try_lock, args=(workspace.root, answer))
    process.start()
    assert answer.get(timeout=60) == "held"
    process.join()


def test_the_audit_trail_says_who_did_what_and_when(tmp_path: Path) -> None:
    workspace = init_workspace(tmp_path / "office")
    workspace.audit("export", kind="hotich", rows=3)
    workspace.audit("nightly", run="000001-20260101")
    lines = [json.loads(line) for line in workspace.audit_path.read_text(encoding="utf-8").splitlines()]
    assert [(line["action"], bool(line["who"]), bool(line["at"])) for line in lines] == [
        ("export", True, True), ("nightly", True, True),
    ]  # fmt: skip
    assert stat.S_IMODE(workspace.audit_path.stat().st_mode) == 0o600
