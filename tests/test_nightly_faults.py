"""One bad file, one killed process, one full disk: no wrong report, nothing lost, the next night recovers by itself."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from nightly_office import command, make_office, outputs
from openpyxl import load_workbook
from polars.testing import assert_frame_equal

from reconcile.nightly import inputs, run_night
from reconcile.nightly.isolation import Bounds, Pool
from reconcile.publishing import file_sha256
from reconcile.workspace import Workspace


def reports(workspace: Workspace) -> dict[str, bytes]:
    return {
        p.relative_to(workspace.reports).as_posix(): p.read_bytes() for p in workspace.reports.rglob("*.xlsx")
    }


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """An office after its first night, with workbooks. Each test leaves it as it was."""
    workspace = make_office(tmp_path_factory.mktemp("faults"), residents=400, workbooks=True)
    run_night(workspace)
    return workspace


def test_a_file_that_breaks_holds_its_commune_and_no_other(office: Workspace) -> None:
    before = reports(office)
    file = next(office.inbox_civil.rglob("KT*.parquet"))
    good = file.read_bytes()
    file.write_bytes(b"PAR1 not any more")
    night = run_night(office)
    held = {code for code, unit in night.units.items() if unit["outcome"] == "held"}
    assert len(held) == 1
    assert file.parent.name in held
    assert night.exit_status == 1
    assert file.name in night.units[held.pop()]["reason"]
    assert reports(office) == before
    told = command(office, "status")
    assert told.returncode == 1
    assert f"held: {file.relative_to(office.inbox_civil)}: " in told.stdout
    assert "Stale: its report stays that of" in told.stdout
    file.write_bytes(good)
    night = run_night(office)
    assert {unit["outcome"] for unit in night.units.values()} == {"unchanged"}


def test_a_file_that_is_still_being_written_is_put_off(
    office: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = next(office.inbox_civil.rglob("KH*.parquet"))
    good = file.read_bytes()
    file.write_bytes(good[: len(good) // 2])
    copy = inputs.shutil.copyfile

    def while_it_grows(source: Path, target: Path) -> None:
        copy(source, target)
        if source == file:
            file.write_bytes(good)

    monkeypatch.setattr(inputs.shutil, "copyfile", while_it_grows)
    night = run_night(office)
    name = file.relative_to(office.inbox_civil).as_posix()
    assert night.manifest["inputs"][name]["problem"] == "ARRIVING"
    assert {unit["outcome"] for unit in night.units.values()} == {"unchanged"}
    monkeypatch.undo()
    assert run_night(office).exit_status == run_night(office).exit_status
    assert "problem" not in run_night(office).manifest["inputs"][name]


def test_a_workbook_that_a_clerk_changed_is_never_overwritten(office: Workspace) -> None:
    path = next(office.reports.rglob("*.xlsx"))
    good = path.read_bytes()
    book = load_workbook(path)
    book["Hướng dẫn"]["A1"] = "Ghi của cán bộ"
    book.save(path)
    changed = path.read_bytes()
    file = next((office.inbox_civil / path.parent.name).rglob("KT*.parquet"))
    register = file.read_bytes()
    frame = pl.read_parquet(file)
    frame.head(max(1, frame.height - 2)).write_parquet(file)
    night = run_night(office)
    assert night.units[path.parent.name]["outcome"] == "held"
    assert "reconcile apply" in night.units[path.parent.name]["reason"]
    assert path.read_bytes() == changed
    path.write_bytes(good)
    file.write_bytes(register)
    run_night(office)


def whole(workspace: Workspace) -> bool:
    """True where every published report holds what its summary says."""
    for told in workspace.reports.glob("[!.]*/summary.json"):
        listed = json.loads(told.read_text(encoding="utf-8"))["outputs"]
        if any(file_sha256(told.parent / name) != digest for name, digest in listed.items()):
            return False
    return True


def test_a_night_killed_while_it_works_on_changes_leaves_whole_reports_and_the_next_one_finishes(
    office: Workspace,
) -> None:
    before, tables = reports(office), outputs(office)
    file = next(office.inbox_civil.rglob("KS*.parquet"))
    good = file.read_bytes()
    pl.read_parquet(file).slice(2).write_parquet(file)
    for seed in range(2):
        command_line = [sys.executable, "-m", "reconcile", "nightly", str(office.root)]
        process = subprocess.Popen(
            command_line, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(random.Random(seed).uniform(1.0, 5.0))
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        assert whole(office)
    again = run_night(office)
    assert {unit["outcome"] for unit in again.units.values()} <= {"new", "unchanged"}
    assert whole(office)
    assert reports(office) != before
    file.write_bytes(good)
    run_night(office)
    after = outputs(office)
    for name, frame in tables.items():
        assert_frame_equal(frame, after[name])
    assert [p for p in office.root.rglob("*partial*") if office.inbox_civil not in p.parents] == []


def test_a_full_disk_stops_the_night_and_harms_nothing(office: Workspace) -> None:
    """A bound on the size of files stands for the full disk: every larger write fails."""
    import resource

    before = reports(office)
    done = command(
        office,
        "nightly",
        "--full",
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000)),
    )
    assert done.returncode != 0
    assert reports(office) == before
    night = run_night(office)
    assert {unit["outcome"] for unit in night.units.values()} == {"unchanged"}


@pytest.mark.skipif(sys.platform != "linux", reason="memory is bounded on Linux only")
def test_a_task_that_needs_too_much_memory_or_time_ends_alone(tmp_path: Path, office: Workspace) -> None:
    extract = office.inbox_population / "population.parquet"
    tasks = [{"stage": "population", "file": str(extract), "name": "p", "out": str(tmp_path / "one")}]
    with Pool(Bounds(jobs=1, memory_megabytes=60, seconds=120)) as pool:
        ((_, answer),) = pool.run(tasks)
    assert (
        "memory" in answer["error"]
        or "killed" in answer["error"]
        or "gave up" in answer["error"]
        or "status" in answer["error"]
    )
    with Pool(Bounds(jobs=1, memory_megabytes=4000, seconds=0.05)) as pool:
        ((_, answer),) = pool.run(tasks)
    assert "took longer than" in answer["error"]
    assert not (tmp_path / "one").exists()


def test_a_group_is_cut_until_the_bad_task_stands_alone() -> None:
    """Tasks of an unknown stage fail; the others of their group do as well until they are apart."""

    def halves(task: dict[str, object]) -> list[dict[str, object]]:
        of = task["of"]
        assert isinstance(of, list)
        middle = len(of) // 2
        return [task | {"of": part} for part in (of[:middle], of[middle:])] if middle else []

    with Pool(Bounds(jobs=1, memory_megabytes=4000, seconds=60)) as pool:
        done = pool.run([{"stage": "no such stage", "of": [1, 2, 3]}], split=halves)
    assert [task["of"] for task, _ in done] == [[1], [2], [3]]
    assert all("KeyError" in answer["error"] for _, answer in done)


def test_the_ledger_and_the_state_may_be_lost_or_damaged(office: Workspace) -> None:
    before = outputs(office)
    (office.cache / "state.json").write_text("{ broken", encoding="utf-8")
    night = run_night(office)
    assert {unit["outcome"] for unit in night.units.values()} == {"unchanged"}
    after = outputs(office)
    assert all(before[name].equals(after[name]) for name in before)
    ledger = office.ledger_path.read_bytes()
    office.ledger_path.write_bytes(b"\0" * 4096 + ledger[4096:])
    done = command(office, "nightly")
    assert done.returncode == 2
    assert "ledger" in done.stderr
    office.ledger_path.write_bytes(ledger)
    assert json.loads(command(office, "nightly", "--json").stdout)["exit_status"] in {0, 1}


def test_where_the_model_cannot_be_learned_anew_the_last_one_serves(
    office: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    from reconcile.nightly import learning

    before = outputs(office)
    monkeypatch.setattr(learning, "RELEARN", 1.0)
    learn = learning._learned
    asked: list[int] = []

    def fails(*arguments: Any) -> tuple[None, str]:
        asked.append(len(arguments[2]))
        return None, "needed more memory than allowed"

    monkeypatch.setattr(learning, "_learned", fails)
    night = run_night(office)
    assert asked == [2]
    assert any("the last one is used" in note for note in night.notes)
    assert {unit["outcome"] for unit in night.units.values()} == {"unchanged"}
    monkeypatch.setattr(learning, "_learned", learn)
    monkeypatch.setattr(learning, "RELEARN", 2.0)
    run_night(office)
    after = outputs(office)
    assert all(before[name].equals(after[name]) for name in before)
