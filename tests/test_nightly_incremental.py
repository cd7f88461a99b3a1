"""What changed is worked on, and the answers are those of a full run."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path

import polars as pl
import pytest
from nightly_office import make_office, outputs
from polars.testing import assert_frame_equal

from reconcile.nightly import run_night
from reconcile.workspace import Workspace


def same(one: dict[str, pl.DataFrame], two: dict[str, pl.DataFrame]) -> None:
    assert one.keys() == two.keys()
    for name, frame in one.items():
        assert_frame_equal(frame, two[name])


def change(workspace: Workspace, dice: random.Random, spare: Path) -> str:
    """Change the inbox as offices do; return what was done."""
    files = sorted(workspace.inbox_civil.rglob("*.parquet"))
    away = sorted(spare.rglob("*.parquet"))
    kind = dice.choice(["added", "replaced", "withdrawn", "extract"])
    if kind == "added" and away:
        one = dice.choice(away)
        shutil.move(one, workspace.inbox_civil / one.parent.name / one.name)
    elif kind == "replaced":
        one = dice.choice(files)
        frame = pl.read_parquet(one)
        frame.filter(pl.int_range(pl.len()) % dice.randint(3, 9) != 0).write_parquet(one)
    elif kind == "withdrawn" and len(files) > 6:
        one = dice.choice(files)
        (spare / one.parent.name).mkdir(exist_ok=True)
        shutil.move(one, spare / one.parent.name / one.name)
    else:
        file = workspace.inbox_population / "population.parquet"
        frame = pl.read_parquet(file)
        frame.filter(pl.int_range(pl.len()) % dice.randint(20, 60) != 0).write_parquet(file)
    return kind


@pytest.mark.parametrize("seed", [3])
def test_any_sequence_of_changes_ends_where_a_full_run_does(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    workspace = make_office(tmp_path)
    spare = tmp_path / "spare"
    spare.mkdir()
    for one in sorted(workspace.inbox_civil.rglob("*.parquet"))[::4]:
        (spare / one.parent.name).mkdir(exist_ok=True)
        shutil.move(one, spare / one.parent.name / one.name)
    run_night(workspace)
    for _ in range(2):
        for _ in range(3):
            change(workspace, dice, spare)
        run_night(workspace)
    incremental = outputs(workspace)
    # another machine that knows nothing but the inbox and the model in use
    other = Workspace(tmp_path / "other", workspace.config)
    shutil.copytree(workspace.root / "inbox", other.root / "inbox")
    shutil.copytree(workspace.runs / "models", other.runs / "models")
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
