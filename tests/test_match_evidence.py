"""Evidence behind every match, the plan before a run, and fields that only a rules file knows."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from match_tables import crowd, mentions, residents
from typer.testing import CliRunner

from reconcile.cli import app
from reconcile.match import MatchResult, describe_plan, link, load_settings
from reconcile.match.extras import compare_extra
from reconcile.problems import ReconcileError
from reconcile.report.explanation import as_text, explain_record
from reconcile.resources import rules_path
from reconcile.synthetic import make

PEOPLE = crowd(300)
BOOKS = [
    {k: p[k] for k in ("ho_ten", "ngay_sinh", "ho_ten_cha", "ho_ten_me")}
    # every third birth names the year alone, and the father with a slip of the pen
    | ({} if i % 3 else {"ngay_sinh": p["ngay_sinh"][6:], "ho_ten_cha": p["ho_ten_cha"] + "h"})
    for i, p in enumerate(PEOPLE[:120])
]


RIVAL = PEOPLE[0] | {
    "ho_ten_me": PEOPLE[0]["ho_ten_me"].replace(" Thị ", " Kim "),
    "ngay_sinh": "05/06/1951",
    "so_dinh_danh": "030151999999",
}
"""A namesake of the first birth with the same father, a year younger; his mother's middle name is another."""


@pytest.fixture(scope="module")
def found() -> MatchResult:
    return link(mentions(*BOOKS), residents(*PEOPLE, RIVAL), explained=True)


def test_every_match_has_its_evidence(found: MatchResult) -> None:
    matched = found.links.filter(pl.col("tier") == "match")
    first = found.evidence.filter(pl.col("rank") == 1)
    assert first["record_id"].to_list() == matched["record_id"].to_list()
    assert first["resident_id"].to_list() == matched["resident_id"].to_list()
    assert set(matched["match_pass"]) > {"mo_hinh"}  # settled by the model and by certain passes


def test_the_weights_add_up_to_the_weight_of_the_link(found: MatchResult) -> None:
    first = found.evidence.filter(pl.col("rank") == 1)
    sums = first.select(s=pl.sum_horizontal("^weight_.*$"))["s"]
    assert (sums - first["match_weight"]).abs().max() < 0.01
    told = found.links.filter(pl.col("match_pass") == "mo_hinh").select("record_id", told="match_weight")
    both = first.join(told, on="record_id")
    assert both.height > 20
    assert (both["told"] - both["match_weight"]).abs().max() < 0.01


def test_without_being_asked_no_evidence_is_kept() -> None:
    assert link(mentions(*BOOKS[:3]), residents(*PEOPLE)).evidence.is_empty()


def test_a_run_explains_a_settled_match_with_its_runner_up(tmp_path: Path, found: MatchResult) -> None:
    for name, frame in (
        ("links", found.links),
        ("candidates", found.candidates),
        ("evidence", found.evidence),
    ):
        frame.write_parquet(tmp_path / f"{name}.parquet")
    told = explain_record(tmp_path, found.evidence.filter(pl.col("rank") == 2)["record_id"][0])
    assert told[0]["tier"] == "match"
    assert [c["rank"] for c in told[0]["candidates"]] == [1, 2]
    assert "Mẹ: họ tên mẹ giống nhau" in as_text(told)


def test_an_older_run_without_evidence_still_explains(tmp_path: Path, found: MatchResult) -> None:
    found.links.write_parquet(tmp_path / "links.parquet")
    found.candidates.write_parquet(tmp_path / "candidates.parquet")
    matched = found.links.filter(pl.col("tier") == "match")["record_id"][0]
    assert explain_record(tmp_path, matched)[0]["candidates"] == []


def test_the_plan_speaks_of_passes_and_of_what_remains() -> None:
    text = describe_plan(mentions(*BOOKS), residents(*PEOPLE))
    assert "nks – người được khai sinh: 120 named" in text
    assert "trùng họ tên, ngày sinh đầy đủ, họ tên cha và mẹ" in text
    assert "worst block" in text
    settled = int(text.split("120 named, ")[1].split(" ")[0])
    assert f"The other {120 - settled} are compared" in text


def test_run_plan_prints_and_writes_nothing(tmp_path: Path) -> None:
    make(300, "clean", 3).write(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    arguments = [
        "run",
        str(tmp_path / "civil"),
        "--population",
        str(tmp_path / "population.parquet"),
        "--plan",
    ]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    assert "settled by certain passes" in done.output
    assert sorted(tmp_path.rglob("*")) == before


def own_rules(tmp_path: Path, *, levels: str) -> Path:
    text = rules_path("matching.toml").read_text(encoding="utf-8")
    text += f"""
[extra.nghe_nghiep]
column = "nghe_nghiep"
[[block]]
name = "nghe_nam"
key = ["nghe_nghiep", "birth_year"]
[evidence.nghe_nghiep]
title = "Nghề nghiệp"
levels = [{levels}]
"""
    path = tmp_path / "own.toml"
    path.write_text(text, encoding="utf-8")
    return path


LEVELS = """
  { code = "exact", m = 0.9, u = 0.01, kin = 0.01, frequency = "value", title = "giống nhau" },
  { code = "near", m = 0.05, u = 0.01, kin = 0.01, title = "gần giống nhau" },
  { code = "different", m = 0.05, u = 0.98, kin = 0.98, title = "khác nhau" },
"""


def test_a_rules_file_may_name_a_field_of_its_own(tmp_path: Path) -> None:
    rules = load_settings(own_rules(tmp_path, levels=LEVELS))
    trades = ["thợ mộc", "thợ nề", "giáo viên", "y tá", "lái xe", "thợ may", "nông dân"]
    jobs = pl.Series("nghe_nghiep", [trades[i % 7] for i in range(len(PEOPLE))])
    books = mentions(*BOOKS).with_columns(jobs.head(len(BOOKS)))
    result = link(books, residents(*PEOPLE).with_columns(jobs), settings=rules, explained=True)
    assert set(result.evidence["evidence_nghe_nghiep"].drop_nulls()) == {"exact"}
    assert result.evidence.filter(pl.col("rank") == 1)["weight_nghe_nghiep"].min() > 0
    assert "nghe_nghiep" in result.model.roles["nks"].m
    result.model.save(tmp_path / "model.json")
    assert type(result.model).load(tmp_path / "model.json") == result.model


def test_a_field_of_its_own_has_the_three_levels(tmp_path: Path) -> None:
    wrong = '{ code = "same", m = 1, u = 1, kin = 1, title = "giống" }'
    with pytest.raises(ReconcileError, match=r"extra\.nghe_nghiep"):
        load_settings(own_rules(tmp_path, levels=wrong))


@pytest.mark.parametrize(
    ("left", "right", "level"),
    [("elm street", "elm street", 0), ("elm street", "elm stret", 1), ("elm street", "oak lane", 2),
     ("2119", "2191", 1), ("7", "8", 1), ("7", None, None)],
)  # fmt: skip
def test_texts_are_near_at_one_letter_in_four(left: str, right: str | None, level: int | None) -> None:
    texts = pl.Series(sorted({left, right or left}))
    code = {t: i for i, t in enumerate(texts)}
    codes = pl.Series([code[left]], dtype=pl.UInt32), pl.Series([code.get(right)], dtype=pl.UInt32)
    assert compare_extra(*codes, texts)[0] == level
