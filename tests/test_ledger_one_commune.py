"""A run of one commune in the ledger of a province: it reads its own questions alone, and writes what reading all would."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from reconcile.ledger import Ledger
from reconcile.ledger.tables import CASES

AT = dt.datetime(2026, 11, 22, 2, 0, tzinfo=dt.UTC)


def cases(*asked: tuple[str, str | None]) -> pl.DataFrame:
    rows = [{"case_id": case, "commune_code": commune, "record_id": case} for case, commune in asked]
    return CASES.conform(pl.DataFrame(rows, schema={"case_id": str, "commune_code": str, "record_id": str}))


FIRST = [("1", cases(("a", "10918"), ("b", "10918"), ("c", "10903"), ("d", None)), ["10903", "10918"])]


@pytest.mark.parametrize(
    "later",
    [
        [("2", cases(("a", "10918")), ["10918"])],  # b is closed, c and d are not
        [
            ("2", cases(("a", "10918"), ("b", "10918"), ("c", "10918")), ["10918"])
        ],  # c was the other commune's
        [("2", cases(("c", "10903")), ["10903"]), ("3", cases(("b", "10918"), ("e", "10918")), ["10918"])],
        [("2", cases(("a", "10918")), ["10918"]), ("3", cases(("a", "10918"), ("b", "10918")), ["10918"])],
        [("2", cases(("a", "10918")), None)],  # a run over everything closes what it does not ask
    ],
)
def test_one_commune_is_recorded_as_if_the_whole_ledger_had_been_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, later: list[tuple[str, pl.DataFrame, list[str] | None]]
) -> None:
    found = []
    for name in ("some", "all"):
        if name == "all":
            monkeypatch.setattr(Ledger, "_events_about", lambda self, _runs: self.case_events())
        with Ledger.open(tmp_path / f"{name}.duckdb", who="test") as ledger:
            for runs in (FIRST, later):
                ledger.record_runs(runs, who="test", at=AT)
            found.append((ledger.case_events(), ledger.cases()))
    for one, other in zip(*found, strict=True):
        assert_frame_equal(one, other)
    assert found[0][0].height > 4  # the later runs changed something
