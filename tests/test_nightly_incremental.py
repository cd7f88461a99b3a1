"""What changed is worked on, and the answers are those of a full run."""

from __future__ import annotations

import json
import random
import re
import shutil
from pathlib import Path

import polars as pl
import pytest
from nightly_office import make_office, outputs
from openpyxl import load_workbook
from polars.testing import assert_frame_equal

from reconcile.ledger import Ledger
from reconcile.nightly import run_night
from reconcile.workspace import Workspace


def same(one: dict[str, pl.DataFrame], two: dict[str, pl.DataFrame]) -> None:
    assert one.keys() == two.keys()
    for name, frame in one.items():
        assert_frame_equal(frame, two[name])


CHANGES = ("added", "replaced", "withdrawn", "extract", "decisions", "rules")


def change(workspace: Workspace, kind: str, dice: random.Random, spare: Path) -> Workspace:
    """Change the workspace as offices do."""
    files = sorted(workspace.inbox_civil.rglob("*.parquet"))
    if kind == "added":
        one = dice.choice(sorted(spare.rglob("*.parquet")))
        shutil.move(one, workspace.inbox_civil / one.parent.name / one.name)
    elif kind == "replaced":
        one = dice.choice(files)
        frame = pl.read_parquet(one)
        frame.filter(pl.int_range(pl.len()) % dice.randint(3, 9) != 0).write_parquet(one)
    elif kind == "withdrawn":
        one = dice.choice(files)
        (spare / one.parent.name).mkdir(exist_ok=True)
        shutil.move(one, spare / one.parent.name / one.name)
    elif kind == "extract":
        file = workspace.inbox_population / "population.parquet"
        frame = pl.read_parquet(file)
        frame.filter(pl.int_range(pl.len()) % dice.randint(20, 60) != 0).write_parquet(file)
    elif kind == "decisions":
        report = dice.choice(sorted(workspace.reports.rglob("doi-soat_1*.xlsx")))
        book = load_workbook(report)
        sheet = book["Sai lệch"]
        titles = [cell.value for cell in sheet[1]]
        for row in range(2, min(sheet.max_row, 30)):
            sheet.cell(row, titles.index("Kết luận") + 1).value = dice.choice(["Sửa dân cư", "Cả hai đúng"])
            sheet.cell(row, titles.index("Người xử lý") + 1).value = "Cán bộ thử"
        book.save(workspace.inbox_decisions / report.name)
    else:
        file = workspace.root / "reconcile.toml"
        text = file.read_text(encoding="utf-8")
        share = f"review = 0.{dice.randint(11, 40)}"
        file.write_text(re.sub(r"(?m)^(# )?review = 0\.\d+", share, text), encoding="utf-8")
        workspace = Workspace.open(workspace.root)
    return workspace


@pytest.mark.parametrize("seed", [3])
def test_any_sequence_of_changes_ends_where_a_full_run_does(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    workspace = make_office(tmp_path, residents=220, workbooks=True)
    spare = tmp_path / "spare"
    spare.mkdir()
    for one in sorted(workspace.inbox_civil.rglob("*.parquet"))[::4]:
        (spare / one.parent.name).mkdir(exist_ok=True)
        shutil.move(one, spare / one.parent.name / one.name)
    run_night(workspace)
    kinds = list(CHANGES)
    dice.shuffle(kinds)
    for night in (kinds[:3], kinds[3:]):
        for kind in night:
            workspace = change(workspace, kind, dice, spare)
        run_night(workspace)
    incremental = outputs(workspace)
    with Ledger.open(workspace.ledger_path) as ledger:
        assert ledger.decisions().height > 5
    # another machine that knows nothing but the inbox, the ledger and the model in use
    other = Workspace(tmp_path / "other", workspace.config)
    shutil.copytree(workspace.root / "inbox", other.root / "inbox")
    shutil.copytree(workspace.runs / "models", other.runs / "models")
    shutil.copy(workspace.ledger_path, other.ledger_path)
    run_night(other)
    same(incremental, outputs(other))


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """An office after its first night."""
    workspace = make_office(tmp_path_factory.mktemp("incremental"), residents=400)
    first = run_night(workspace)
    assert {u["outcome"] for u in first.units.values()} == {"new"}
    return workspace


def test_an_unchanged_night_works_on_nothing_and_one_file_on_its_commune_alone(office: Workspace) -> None:
    workspace = office
    before = outputs(workspace)
    second = run_night(workspace)
    assert {u["outcome"] for u in second.units.values()} == {"unchanged"}
    same(before, outputs(workspace))
    deaths = next(workspace.inbox_civil.rglob("KT*.parquet"))
    frame = pl.read_parquet(deaths)
    frame.head(frame.height - 1).write_parquet(deaths)
    told: list[str] = []
    third = run_night(workspace, told=lambda what, done, of: told.append(f"{what} {done}/{of}"))
    assert "reading registers 1/1" in told
    assert "new" in {u["outcome"] for u in third.units.values()}
    assert third.manifest["inputs"][deaths.relative_to(workspace.inbox_civil).as_posix()]["sha256"]
    again = outputs(workspace)
    full = run_night(workspace, full=True)
    same(again, outputs(workspace))
    assert full.run_id > third.run_id


def test_a_clock_that_goes_back_changes_neither_order_nor_answers(
    office: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    import datetime as dt

    from reconcile.nightly import keep, night

    workspace, earlier = office, keep.manifests(office)[-1]["sequence"]
    past = dt.datetime(2001, 1, 1, tzinfo=dt.UTC)
    monkeypatch.setattr(night, "now", lambda: past)
    second = run_night(workspace)
    assert keep.manifests(workspace)[-1]["sequence"] == earlier + 1
    assert {u["outcome"] for u in second.units.values()} == {"unchanged"}
    assert json.loads((workspace.runs / second.run_id / "manifest.json").read_text())["started"].startswith(
        "2001"
    )
