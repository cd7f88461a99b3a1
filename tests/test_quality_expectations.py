"""Great Expectations over the measures: targets, contracts, faults told as faults, docs that load nothing from afar."""

from __future__ import annotations

import datetime as dt
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from quality_data import invented_history

from reconcile.problems import ReconcileError
from reconcile.quality.card import scorecard
from reconcile.quality.gate import missed_targets
from reconcile.quality.history import of_frames
from reconcile.quality.settings import Office

pytestmark = pytest.mark.xdist_group("expectations")
LAST = dt.date(2026, 11, 20)


@pytest.fixture(scope="module")
def measured() -> pl.DataFrame:
    return pl.concat(list(invented_history(4, 2, LAST)))


def card(measured: pl.DataFrame, **targets: float) -> dict[str, Any]:
    return scorecard(of_frames(measured), Office("Huyện Mẫu", targets=targets))


def test_suites_and_page_agree_on_what_is_missed(measured: pl.DataFrame, tmp_path: Path) -> None:
    from reconcile.quality.expectations import check_targets

    low = card(measured, agreeing=0.5, complete=0.5, valid=0.5, unique=0.5, register_right=0.5, fresh=0.5)
    high = card(measured, agreeing=1.0, complete=0.5, valid=0.5, unique=0.5, register_right=0.5, fresh=0.5)
    assert missed_targets(low) == check_targets(low, tmp_path / "low", of_frames(measured).now) == []
    missed = check_targets(high, tmp_path / "high")
    assert [text.split(":")[0] for text in missed] == ["agreeing"]
    assert [text.split()[0] for text in missed_targets(high)] == ["agreeing"]
    pages = list((tmp_path / "high").rglob("*.html"))
    assert len(pages) > 6
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert not re.search(r"<(script|link|img|iframe)\b[^>]*https?://", text), page.name
        assert "<script" not in text


def test_a_contract_names_the_register_that_breaks_it(tmp_path: Path) -> None:
    from reconcile.quality.expectations import check_inputs
    from reconcile.quality.knowledge import knowledge

    fields = knowledge().required
    good = pl.DataFrame({f: ["x"] * 50 for f in fields["KT"]})
    bad = pl.DataFrame({f: ["x"] * 40 + [None] * 10 for f in fields["KH"]})
    told = check_inputs({"KT": good, "KH": bad}, tmp_path / "docs")
    assert [text.split(":")[0] for text in told] == ["KH"]


def test_a_fault_of_the_engine_never_reads_as_bad_data(measured: pl.DataFrame, tmp_path: Path) -> None:
    from reconcile.quality.expectations import check_targets

    broken = of_frames(measured).now.drop("numerator").with_columns(pl.lit("x").alias("numerator"))
    with pytest.raises(ReconcileError, match="fault of the program"):
        check_targets(card(measured), tmp_path / "docs", broken)


def test_a_planted_fault_of_the_engine_is_told_as_one_and_nothing_is_concluded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library catches the error of a metric and reports the check as failed: that must not read as bad data."""
    from great_expectations.execution_engine import PandasExecutionEngine

    from reconcile.quality.expectations import check_inputs
    from reconcile.quality.knowledge import knowledge

    good = pl.DataFrame({f: ["x"] * 40 for f in knowledge().required["KT"]})
    assert check_inputs({"10001 KT": good}, tmp_path / "sound") == []

    def broken(*args: object, **named: object) -> None:
        raise RuntimeError("planted")

    monkeypatch.setattr(PandasExecutionEngine, "get_domain_records", broken)
    monkeypatch.setattr(PandasExecutionEngine, "get_compute_domain", broken)
    with pytest.raises(ReconcileError, match="fault of the program, not of the data"):
        check_inputs({"10001 KT": good}, tmp_path / "broken")


def test_a_column_that_is_not_there_is_bad_data_and_no_fault(tmp_path: Path) -> None:
    from reconcile.quality.expectations import check_inputs
    from reconcile.quality.knowledge import knowledge

    short = pl.DataFrame({f: ["x"] * 40 for f in knowledge().required["KT"][1:]})
    told = check_inputs({"10001 KT": short}, tmp_path / "docs")
    assert [text.split(":")[0] for text in told] == ["10001 KT"]


@pytest.mark.parametrize(
    ("info", "told"),
    [
        ({}, False),
        ({"raised_exception": False}, False),
        ({"raised_exception": True, "exception_message": "x"}, True),
        ({"('column.min', 'a', ())": {"raised_exception": True}}, True),
        ({"('column.min', 'a', ())": {"raised_exception": False}}, False),
    ],
)
def test_an_exception_is_found_where_the_library_hides_it(info: dict[str, Any], told: bool) -> None:
    from reconcile.quality.expectations import raised

    assert raised(info) is told


def test_the_library_is_imported_only_where_it_is_used() -> None:
    probe = (
        "import sys, reconcile.cli_quality, reconcile.quality.publish, reconcile.quality.expectations;"
        "print('great_expectations' in sys.modules or 'pandas' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
