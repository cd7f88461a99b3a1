"""Evaluation: small tables whose measures can be counted by hand."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from reconcile.match.evaluation import (
    estimate_precision,
    evaluate,
    evaluate_discrepancies,
    evaluate_files,
    format_discrepancies,
    format_report,
    wilson,
)
from reconcile.match.evaluation_keys import aligned
from reconcile.problems import ReconcileError

TRUTH = pl.DataFrame(
    {
        "source_file": ["10888/a.csv"] * 6,
        "source_row": [2, 3, 4, 5, 6, 7],
        "register": ["KS"] * 5 + ["KT"],
        "role": ["nks"] * 5 + ["nkt"],
        "population_row": [12, 13, 14, 15, None, 17],
        "why_absent": [None, None, None, None, "died", None],
        "book_year": [1970, 1980, 2010, 2017, 2017, 2018],
    },
    schema_overrides={"source_row": pl.UInt32, "population_row": pl.UInt32},
)


def said(row: int, tier: str, person: int | None, probability: float, role: str = "nks") -> dict[str, object]:
    return {
        "source_file": "civil/10888/a.csv",
        "source_row": row,
        "register": "KS",
        "role": role,
        "tier": tier,
        "population_row": person,
        "probability": probability,
    }


LINKS = pl.DataFrame(
    [
        said(2, "match", 12, 0.999),  # right
        said(3, "match", 99, 0.98),  # somebody else
        said(4, "review", 98, 0.6),  # the right one is shown below the first
        said(5, "none", None, 0.0),  # missed
        said(6, "match", 50, 0.97),  # nobody is there
        said(8, "match", 51, 0.97),  # no truth about it
    ],
    schema_overrides={"source_row": pl.UInt32, "population_row": pl.UInt32},
)
CANDIDATES = pl.DataFrame(
    [said(4, "review", 98, 0.6), said(4, "review", 14, 0.3)],
    schema_overrides={"source_row": pl.UInt32, "population_row": pl.UInt32},
)


def test_what_counts_as_right_wrong_and_found() -> None:
    every = evaluate(LINKS, TRUTH, CANDIDATES)["all"]
    assert every["mentions"] == 6
    assert every["with_person"] == 5
    assert (every["matches"], every["right"], every["wrong"]) == (3, 1, 2)
    assert every["precision"] == pytest.approx(1 / 3)
    assert every["recall"] == pytest.approx(1 / 5)
    assert every["found_share"] == pytest.approx(2 / 5)
    assert every["review_share"] == pytest.approx(1 / 6)
    assert every["not_looked_up"] == 1


def test_without_candidates_only_the_linked_person_is_shown() -> None:
    assert evaluate(LINKS, TRUTH)["all"]["found_share"] == pytest.approx(1 / 5)


def test_links_that_the_truth_does_not_know_are_counted_apart() -> None:
    assert evaluate(LINKS, TRUTH)["links_without_truth"] == 1


def test_the_age_of_the_record_is_told_by_its_book() -> None:
    periods = {row["period"]: row["mentions"] for row in evaluate(LINKS, TRUTH)["by_period"]}
    assert periods == {"–1975": 1, "1976–1998": 1, "2006–2015": 1, "2016–": 3}


def test_absent_persons_must_not_be_matched() -> None:
    assert evaluate(LINKS, TRUTH)["absent"] == [{"why_absent": "died", "mentions": 1, "wrongly_matched": 1}]


def test_a_higher_threshold_gives_fewer_links() -> None:
    curve = {row["threshold"]: row for row in evaluate(LINKS, TRUTH)["threshold_curve"]}
    assert (curve[0.5]["links"], curve[0.99]["links"]) == (4, 1)
    assert curve[0.99]["precision"] == 1.0


def test_calibration_compares_said_and_true() -> None:
    rows = evaluate(LINKS, TRUTH)["calibration"]
    top = next(row for row in rows if row["to"] == 1.0)
    assert (top["links"], top["right"]) == (1, 1.0)
    assert sum(row["links"] for row in rows) == 4


def test_blocking_recall_needs_pairs() -> None:
    pairs = TRUTH.filter(pl.col("population_row").is_in([12, 13])).select(
        "source_file", "source_row", "role", "population_row"
    )
    assert evaluate(LINKS, TRUTH, pairs=pairs)["blocking_recall"] == pytest.approx(2 / 5)


def test_the_worst_are_listed_without_values() -> None:
    worst = evaluate(LINKS, TRUTH, CANDIDATES)["worst"]
    assert [row["source_row"] for row in worst["false_links"]] == [3, 6]
    assert {row["source_row"] for row in worst["misses"]} == {3, 5, 7}
    assert not any("name" in key for row in worst["misses"] for key in row)


def test_values_are_shown_only_when_frames_are_given() -> None:
    mentions = TRUTH.select(
        "source_file", "source_row", "role", ho_ten=pl.lit("Nguyễn Văn Mẫu"), ngay_sinh=pl.lit("1970")
    )
    residents = pl.DataFrame(
        {"population_row": [99], "ho_ten": ["TRẦN THỊ THỬ"], "ngay_sinh": ["01/01/1970"]},
        schema_overrides={"population_row": pl.UInt32},
    )
    text = format_report(evaluate(LINKS, TRUTH, mentions=mentions, residents=residents))
    assert "Nguyễn Văn Mẫu" in text
    assert "TRẦN THỊ THỬ" in text
    assert "Nguyễn" not in format_report(evaluate(LINKS, TRUTH))


def test_the_report_reads() -> None:
    text = format_report(evaluate(LINKS, TRUTH, CANDIDATES))
    assert text.startswith(
        "6 mentions, 5 of them in the extract; 3 matched, 2 wrongly; 1 for review; 1 never looked up."
    )
    assert "KS nks" in text
    assert "civil" not in text


def test_nothing_linked_is_no_precision() -> None:
    every = evaluate(LINKS.clear(), TRUTH)["all"]
    assert every["precision"] is None
    assert every["recall"] == 0.0
    assert "–" in format_report(evaluate(LINKS.clear(), TRUTH))


@pytest.mark.parametrize(
    ("said_as", "means"),
    [
        ("civil/10888/a.csv", "10888/a.csv"),
        ("/data/x/10888/a.csv", "10888/a.csv"),
        ("a.csv", "a.csv"),  # two files of that name: not guessed
        ("10888/c.csv", "10888/c.csv"),
    ],
)
def test_files_meet_by_the_end_of_their_path(said_as: str, means: str) -> None:
    truth = pl.DataFrame({"source_file": ["10888/a.csv", "10903/a.csv"], "source_row": [2, 2]})
    frame = aligned(pl.DataFrame({"source_file": [said_as], "source_row": [2]}), truth)
    assert frame is not None
    assert frame["source_file"].to_list() == [means]


def test_files_of_a_run(tmp_path: Path) -> None:
    LINKS.write_parquet(tmp_path / "links.parquet")
    CANDIDATES.write_parquet(tmp_path / "candidates.parquet")
    (tmp_path / "truth").mkdir()
    TRUTH.write_parquet(tmp_path / "truth" / "links.parquet")
    report = evaluate_files(tmp_path / "links.parquet", tmp_path / "truth" / "links.parquet")
    assert report["all"]["found_share"] == pytest.approx(2 / 5)
    TRUTH.drop("population_row").write_parquet(tmp_path / "truth" / "short.parquet")
    with pytest.raises(ReconcileError, match=r"without the column.*population_row"):
        evaluate_files(tmp_path / "links.parquet", tmp_path / "truth" / "short.parquet")
    with pytest.raises(ReconcileError, match="cannot be read"):
        evaluate_files(tmp_path / "no.parquet", tmp_path / "truth" / "links.parquet")


@pytest.mark.parametrize(
    ("right", "total", "low", "high"),
    [(0, 0, 0.0, 1.0), (10, 10, 0.7225, 1.0), (95, 100, 0.8882, 0.9785), (0, 10, 0.0, 0.2775)],
)
def test_wilson_intervals(right: int, total: int, low: float, high: float) -> None:
    assert wilson(right, total) == pytest.approx((low, high), abs=2e-4)


def test_precision_from_a_sample_of_decisions() -> None:
    conclusions = (
        ["Đúng cùng người"] * 45 + ["Sửa hộ tịch"] * 3 + ["Không cùng người"] * 2 + ["Cần xác minh", None]
    )
    decisions = pl.DataFrame({"ket_luan": conclusions, "tier": ["match"] * 26 + ["review"] * 26})
    estimate = estimate_precision(decisions)
    assert (estimate["judged"], estimate["undecided"], estimate["precision"]) == (50, 2, 0.96)
    assert estimate["low"] < 0.96 < estimate["high"]
    weighted = estimate_precision(decisions, strata="tier", sizes={"match": 900, "review": 100})
    assert weighted["strata"]["match"]["precision"] == 1.0
    assert weighted["weighted"]["precision"] == pytest.approx(0.9 + 0.1 * 22 / 24)


def difference(row: int, field: str, code: str) -> dict[str, object]:
    return {
        "source_file": "10888/a.csv",
        "source_row": row,
        "role": "nks",
        "population_row": row + 10,
        "field": field,
        "code": code,
    }


def test_discrepancies_by_field_and_code() -> None:
    overrides = {"source_row": pl.UInt32, "population_row": pl.UInt32}
    true = pl.DataFrame(
        [
            difference(2, "ho_ten", "NAME_TONE"),
            difference(3, "ho_ten", "NAME_GIVEN"),
            difference(2, "ngay_sinh", "DOB_PARTIAL"),
        ],
        schema_overrides=overrides,
    )
    told = pl.DataFrame(
        [
            difference(2, "ho_ten", "NAME_SPELLING"),
            difference(4, "ho_ten", "NAME_TONE"),
            difference(2, "ngay_sinh", "DOB_PARTIAL"),
        ],
        schema_overrides=overrides,
    )
    truth = TRUTH.with_columns(
        errors=pl.Series([[], [], ["ho_ten:nfd"], [], [], []], dtype=pl.List(pl.String))
    )
    report = evaluate_discrepancies(told, true, truth=truth)
    names = next(row for row in report["by_field"] if row["field"] == "ho_ten")
    assert (names["recall"], names["precision"], names["code_right"]) == (0.5, 0.5, 0.0)
    assert report["writing_only"] == {"pairs": 1, "false_alarms": 1, "share": 1.0}
    assert "false alarms in 1 pairs" in format_discrepancies(report)


def test_a_partial_date_is_neither_missed_nor_a_false_alarm() -> None:
    overrides = {"source_row": pl.UInt32, "population_row": pl.UInt32}
    partial = pl.DataFrame([difference(2, "ngay_sinh", "DOB_PARTIAL")], schema_overrides=overrides)
    assert evaluate_discrepancies(partial.clear(), partial)["all"]["recall"] is None
    assert evaluate_discrepancies(partial, partial.clear())["all"]["precision"] is None


def test_a_fault_of_the_resident_need_be_told_once() -> None:
    overrides = {"source_row": pl.UInt32, "population_row": pl.UInt32}
    true = pl.DataFrame(
        [difference(2, "gioi_tinh", "SEX"), difference(3, "gioi_tinh", "SEX")], schema_overrides=overrides
    )
    true = true.with_columns(population_row=pl.lit(12, dtype=pl.UInt32))
    assert evaluate_discrepancies(true.head(1), true)["all"]["recall"] == 1.0
    other = true.with_columns(code=pl.lit("NAME_TONE"), field=pl.lit("ho_ten"))
    assert evaluate_discrepancies(other.head(1), other)["all"]["recall"] == 0.5


def test_a_wrong_structure_finds_the_right_number_that_differs_from_it() -> None:
    overrides = {"source_row": pl.UInt32, "population_row": pl.UInt32}
    number = "so_dinh_danh"
    rows = [difference(2, number, "ID_STRUCTURE_YEAR"), difference(3, number, "ID_DIFFERENT")]
    one = pl.lit(12, dtype=pl.UInt32)
    true = pl.DataFrame(rows, schema_overrides=overrides).with_columns(population_row=one)

    def judged(errors: list[str]) -> tuple[float, float]:
        truth = true.select("source_file", "source_row", "role", "population_row").with_columns(
            errors=pl.Series([[], errors], dtype=pl.List(pl.String))
        )
        field = evaluate_discrepancies(true.head(1), true, truth=truth)["by_field"][0]
        return field["recall"], field["code_right"]

    assert judged(["population.so_dinh_danh:id_year"]) == (1.0, 1.0)
    assert judged(["so_dinh_danh:blanks"]) == (1.0, 1.0)
    # the book's number is wrong too: another fact, which has to be told
    assert judged(["population.so_dinh_danh:id_year", "so_dinh_danh:id_digit"]) == (0.5, 1.0)
