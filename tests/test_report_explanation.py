"""Why a record was, or was not, matched: read back from a run's folder."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

import reconcile
from reconcile.problems import ReconcileError
from reconcile.report.explanation import as_text, explain_record


@pytest.fixture(scope="module")
def out(commune: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("explained") / "out"
    reconcile.run(commune / "civil", commune / "population.parquet", folder, workbook=False)
    return folder


def record_with(out: Path, tier: str) -> tuple[str, str]:
    row = pl.read_parquet(out / "links.parquet").filter(pl.col("tier") == tier).row(0, named=True)
    return row["record_id"], row["role"]


def test_every_candidate_in_review_is_told_with_its_evidence(out: Path) -> None:
    record, role = record_with(out, "review")
    (told,) = explain_record(out, record, role)
    assert told["decision"].startswith("Cần xác nhận")
    assert told["candidates"][0]["rank"] == 1
    assert any("Họ tên" in sentence for sentence in told["candidates"][0]["evidence"])


def test_the_weights_of_the_evidence_add_up_to_the_total(out: Path) -> None:
    record, role = record_with(out, "review")
    (told,) = explain_record(out, record, role)
    row = told["candidates"][0]["row"]
    parts = sum(value for name, value in row.items() if name.startswith("weight_"))
    assert abs(parts - row["match_weight"]) < 0.05


def test_a_match_names_the_rule_that_settled_it(out: Path) -> None:
    record, role = record_with(out, "match")
    (told,) = explain_record(out, record, role)
    assert told["decision"].startswith("Đã tìm thấy")
    assert told["resident_id"] in as_text([told])


def test_a_person_who_is_not_found_is_told_so(out: Path) -> None:
    record, role = record_with(out, "none")
    (told,) = explain_record(out, record, role)
    assert told["decision"].startswith("Chưa tìm thấy")


def test_an_unknown_record_says_where_ids_stand(out: Path) -> None:
    with pytest.raises(ReconcileError, match="ids stand in"):
        explain_record(out, "KS.0.0.0.0")


def test_a_folder_without_a_run_is_an_error_with_the_next_step(tmp_path: Path) -> None:
    with pytest.raises(ReconcileError, match="holds no run"):
        explain_record(tmp_path, "KS.1")


def test_no_name_is_told(out: Path, commune: Path) -> None:
    record, _ = record_with(out, "review")
    text = as_text(explain_record(out, record))
    names = pl.read_parquet(commune / "population.parquet")["hoTen"].drop_nulls()
    assert [name for name in names if name in text] == []
