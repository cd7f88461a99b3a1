"""The commands on a workspace that holds the outputs of a night."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from reconcile.workspace import init_workspace

DAY = dt.date(2026, 11, 20)


def reconcile(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "reconcile", *arguments], capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def office(commune: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from reconcile.run import run

    folder = tmp_path_factory.mktemp("office")
    workspace = init_workspace(folder / "ws")
    run(commune / "civil", commune / "population.parquet", folder / "out", as_of=DAY, workbook=False)
    night = workspace.runs / "000001-20261120"
    (night / "10543").mkdir(parents=True)
    for name in ("links", "discrepancies", "rejected"):
        shutil.copy(folder / "out" / f"{name}.parquet", night / "10543")
    manifest = {"run_id": "000001-20261120", "started": "2026-11-20T22:00:00+07:00", "as_of": "2026-11-20"}
    (night / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return workspace.root


def test_scorecard_writes_every_form_and_the_gate_sets_the_exit_status(office: Path) -> None:
    done = reconcile("scorecard", str(office), "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["day"], told["communes"]) == ("2026-11-20", 1)
    out = office / "reports" / "scorecard"
    assert {f.name for f in out.iterdir()} == {
        "index.html",
        "scorecard.xlsx",
        "scorecard.json",
        "xa-10543.html",
    }
    assert (office / "reports" / "readiness" / "san-sang_10543.xlsx").is_file()
    config = office / "reconcile.toml"
    before = config.read_text(encoding="utf-8")
    try:
        config.write_text(before.replace("[targets]", "[targets]\nagreeing = 1.0", 1), encoding="utf-8")
        gated = reconcile("scorecard", str(office), "--gate")
        assert gated.returncode == 1
        assert "Target missed: agreeing" in gated.stdout
        config.write_text(before.replace("[targets]", "[targets]\nagreing = 1.0", 1), encoding="utf-8")
        wrong = reconcile("scorecard", str(office))
        assert wrong.returncode == 2
        assert "agreeing" in wrong.stderr
    finally:
        config.write_text(before, encoding="utf-8")


def test_weekly_writes_and_freezes(office: Path) -> None:
    reconcile("scorecard", str(office))
    done = reconcile("weekly", str(office), "--until", "2026-11-20", "--send", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["week"], told["frozen"], len(told["files"])) == ("2026-11-20", True, 4)
    again = json.loads(reconcile("weekly", str(office), "--until", "2026-11-18", "--json").stdout)
    assert (again["frozen"], again["files"], again["corrections"]) == (True, [], 0)


def test_a_plan_that_cannot_be_read_is_told_with_its_fix(office: Path) -> None:
    config = office / "reconcile.toml"
    before = config.read_text(encoding="utf-8")
    (office / "plan.csv").write_text("commune,register,records\n10543,KS,100\n", encoding="utf-8")
    try:
        config.write_text(before.replace("[plan]", '[plan]\ntotals = "plan.csv"', 1), encoding="utf-8")
        done = reconcile("scorecard", str(office))
        assert done.returncode == 2
        assert "no column period, books" in done.stderr
    finally:
        config.write_text(before, encoding="utf-8")
