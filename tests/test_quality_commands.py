"""The commands on a workspace that holds the outputs of a night."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import subprocess
import sys
from pathlib import Path

import polars as pl
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


def test_plain_runs_are_measured_without_a_workspace(commune: Path, tmp_path: Path) -> None:
    from reconcile.run import run

    civil, extract = commune / "civil", commune / "population.parquet"
    for name, day in (("first", DAY - dt.timedelta(days=1)), ("second", DAY)):
        run(civil, extract, tmp_path / name, as_of=day, workbook=False)
    runs = [str(tmp_path / name) for name in ("first", "second")]
    done = reconcile("scorecard", *runs, "--out", str(tmp_path / "card"), "--area", "Xã Thử", "--json")
    assert done.returncode == 0, done.stderr
    card = json.loads((tmp_path / "card" / "scorecard.json").read_text(encoding="utf-8"))
    assert (card["day"], card["yesterday"], card["area"]["name"]) == ("2026-11-20", "2026-11-19", "Xã Thử")
    measured = {row["dimension"] for row in card["area"]["dimensions"] if row["denominator"]}
    assert measured == {"completeness", "validity", "uniqueness", "consistency"}
    summary = json.loads((tmp_path / "second" / "summary.json").read_text(encoding="utf-8"))
    assert card["area"]["records"]["now"] == summary["records"]["total"]
    nothing = reconcile("scorecard", str(tmp_path))
    assert nothing.returncode == 2
    assert "no workspace" in nothing.stderr


def test_contracts_of_the_inputs_are_checked_by_the_command(
    office: Path, commune: Path, tmp_path: Path
) -> None:
    """Every required cell is there in a copy of a night; then a third of one column is emptied."""
    from reconcile.ingest import read_civil

    part = next((office / "runs").glob("0*")) / "10543"
    books = read_civil([commune / "civil"], as_of=DAY)
    births = books.records.filter(pl.col("register") == "KS")
    mentions = books.mentions.join(births.select("record_id"), on="record_id", how="semi")
    filled = [
        pl.col(c).fill_null("x")
        for c in ("ho_ten", "ngay_sinh", "gioi_tinh", "dan_toc", "quoc_tich", "noi_sinh", "que_quan")
    ]
    births.with_columns(pl.col("so", "quyen_so", "ngay_dang_ky").fill_null("x")).write_parquet(
        part / "records.parquet"
    )
    try:
        mentions.with_columns(filled).write_parquet(part / "mentions.parquet")
        done = reconcile("scorecard", str(office), "--inputs", "--json")
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["contracts_broken"] == []
        docs = office / "reports" / "scorecard" / "data-docs"
        assert "dau_vao_10543_KS" in "".join(p.read_text(encoding="utf-8") for p in docs.rglob("index.html"))
        worse = (
            pl.when(pl.int_range(pl.len()) % 3 == 0)
            .then(None)
            .otherwise(pl.col("que_quan"))
            .alias("que_quan")
        )
        mentions.with_columns(filled).with_columns(worse).write_parquet(part / "mentions.parquet")
        gated = reconcile("scorecard", str(office), "--inputs", "--gate")
        assert gated.returncode == 1, gated.stderr
        assert "Contract broken: 10543 KS" in gated.stdout
    finally:
        for name in ("records", "mentions"):
            (part / f"{name}.parquet").unlink()
