"""Large tables are worked on part by part and looked into on the disk; what comes out is the same."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from reconcile import set_aside as module
from reconcile.run import run
from reconcile.set_aside import set_aside

FRAME = pl.DataFrame(
    {
        "row": pl.Series(range(10), dtype=pl.UInt32),
        "text": ["một dòng chữ dài hơn mười hai ký tự", None, *"abcdefgh"],
        "day": [dt.date(2016, 1, n + 1) for n in range(10)],
        "numbers": [["030085001234"], None, *([[]] * 8)],
    },
    schema_overrides={"numbers": pl.List(pl.String)},
)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Call everything large."""
    monkeypatch.setattr(module, "LARGE", 5)
    monkeypatch.setattr(module, "PART", 300)


@pytest.mark.usefixtures("small")
def test_a_table_comes_back_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PART", 4)
    with set_aside(tmp_path / ".out.partial-7") as aside:
        kept = aside.made(FRAME, lambda part: part.with_columns(double=pl.col("row") * 2))
        aside.rest()
        assert kept.n_chunks() == 3
        assert_frame_equal(kept, FRAME.with_columns(double=pl.col("row") * 2))
        (folder,) = tmp_path.iterdir()
        assert folder.stat().st_mode & 0o077 == 0
        assert all(file.stat().st_mode & 0o077 == 0 for file in folder.iterdir())
    assert list(tmp_path.iterdir()) == []
    assert kept["text"][0] == FRAME["text"][0]


def test_a_small_table_never_touches_the_disk(tmp_path: Path) -> None:
    with set_aside(tmp_path / ".out.partial-7") as aside:
        assert_frame_equal(aside.put(FRAME), FRAME)
        assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("small")
def test_nothing_is_left_when_a_stage_fails(tmp_path: Path) -> None:
    def fail(_: pl.DataFrame) -> pl.DataFrame:
        raise ValueError

    with pytest.raises(ValueError), set_aside(tmp_path / ".out.partial-7") as aside:
        aside.put(FRAME)
        aside.made(FRAME, fail)
    assert list(tmp_path.iterdir()) == []


def test_a_run_in_parts_gives_the_same_answers(commune: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    def answers(name: str) -> dict[str, bytes]:
        run(
            commune / "civil",
            commune / "population.parquet",
            tmp_path / name,
            as_of=dt.date(2026, 11, 22),
            workbook=False,
        )
        return {file.name: file.read_bytes() for file in (tmp_path / name).glob("*.parquet")}

    whole = answers("whole")
    monkeypatch.setattr(module, "LARGE", 5)
    monkeypatch.setattr(module, "PART", 300)
    assert answers("parts") == whole
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["parts", "whole"]
