"""What clerks judged teaches the model: much of it moves the weights, little of it hardly anything."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest
from match_tables import crowd, mentions, residents

from reconcile.match import MatchResult, Settings, link, load_settings
from reconcile.match.labels import Labels, read_labels

PEOPLE = crowd(600)
BORN = [
    {
        "ho_ten": p["ho_ten"],
        "ngay_sinh": f"{p['ngay_sinh'][:6]}{int(p['ngay_sinh'][6:]) + 1}",  # every book has the year wrong by one
        "ho_ten_cha": "Đặng Xuân Trường" if i % 5 else p["ho_ten_cha"],  # and mostly another father
        "ho_ten_me": p["ho_ten_me"],
    }
    for i, p in enumerate(PEOPLE[:300])
]


def judged(count: int, judgement: str = "same") -> pl.DataFrame:
    books = mentions(*BORN)
    return pl.DataFrame(
        {
            "record_id": books["record_id"].head(count),
            "role": ["nks"] * count,
            "resident_id": [p["so_dinh_danh"] for p in PEOPLE[:count]],
            "judgement": [judgement] * count,
        }
    )


def wrong_prior() -> Settings:
    """The shipped rules, but sure that fathers always agree."""
    rules = load_settings()
    evidence = []
    for field in rules.evidence:
        if field.name == "cha":
            shares = (0.985, 0.005, 0.005, 0.005)
            levels = tuple(replace(lv, m=m) for lv, m in zip(field.levels, shares, strict=True))
            field = replace(field, levels=levels)
        evidence.append(field)
    return replace(rules, evidence=tuple(evidence))


def learned(labels: pl.DataFrame | None) -> MatchResult:
    return link(mentions(*BORN), residents(*PEOPLE), settings=wrong_prior(), labels=labels)


@pytest.fixture(scope="module")
def alone() -> MatchResult:
    return learned(None)


def other_father(result: MatchResult) -> float:
    return result.model.roles["nks"].m["cha"][-1]


def test_judgements_move_m_from_a_wrong_prior_towards_the_truth(alone: MatchResult) -> None:
    """Four fathers in five are other names; the prior allows one in two hundred, and learning alone four times that."""
    assert other_father(alone) < 0.03
    assert other_father(learned(judged(250))) > 3 * other_father(alone)


def test_a_few_judgements_make_nothing_jump(alone: MatchResult) -> None:
    few = learned(judged(4))
    assert other_father(few) == pytest.approx(other_father(alone), rel=0.25)
    before, after = alone.model.roles["nks"], few.model.roles["nks"]
    assert abs(after.intercept - before.intercept) < 0.5
    assert abs(after.slope - before.slope) < 0.1


def test_refused_pairs_lower_the_probabilities(alone: MatchResult) -> None:
    before, after = alone.model.roles["nks"], learned(judged(250, "different")).model.roles["nks"]
    assert after.intercept < before.intercept - 0.3


def test_labels_teach_but_decide_nothing() -> None:
    one = judged(1).with_columns(resident_id=pl.lit(PEOPLE[77]["so_dinh_danh"]))
    result = learned(one)
    assert result.links["resident_id"][0] != PEOPLE[77]["so_dinh_danh"]
    assert "quyet_dinh" not in result.links["match_pass"].to_list()


def test_a_kept_model_keeps_what_the_labels_said(tmp_path, alone: MatchResult) -> None:  # type: ignore[no-untyped-def]
    result = learned(judged(250))
    result.model.save(tmp_path / "model.json")
    again = type(result.model).load(tmp_path / "model.json")
    assert again == result.model
    assert again.roles["nks"].intercept != alone.model.roles["nks"].intercept


def test_a_judged_mention_is_certain_and_so_are_its_rivals() -> None:
    pairs = pl.DataFrame({"m": [0, 0, 1, 2], "r": [5, 6, 5, 7]}, schema={"m": pl.UInt32, "r": pl.UInt32})
    told = Labels(
        pl.DataFrame(
            {"m": [0, 1], "r": [6, 5], "same": [True, False]},
            schema={"m": pl.UInt32, "r": pl.UInt32, "same": pl.Boolean},
        )
    )
    assert told.settle(pairs, pl.Series([0.9, 0.1, 0.8, 0.4])).to_list() == [0.0, 1.0, 0.0, 0.4]


def test_two_persons_for_one_mention_are_no_label() -> None:
    twice = pl.concat([judged(1), judged(1).with_columns(resident_id=pl.lit(PEOPLE[5]["so_dinh_danh"]))])
    assert read_labels(twice, mentions(*BORN), residents(*PEOPLE)).pairs.is_empty()


@pytest.mark.parametrize(("right", "said"), [(90, 0.5), (10, 0.5)])
def test_calibration_follows_the_answers(right: int, said: float) -> None:
    """Of a hundred pairs told to be one in two, 90 (or 10) are right."""
    rows = {"m": pl.UInt32, "r": pl.UInt32, "same": pl.Boolean}
    frame = pl.DataFrame(
        {"m": range(100), "r": range(100), "same": [i < right for i in range(100)]}, schema=rows
    )
    slope, intercept = Labels(frame).calibration(frame.select("m", "r"), pl.Series([said] * 100), 1.0, 0.0)
    assert slope == pytest.approx(1.0, abs=0.01)
    assert (intercept > 1.2) if right > 50 else (intercept < -1.2)
    assert Labels(frame.head(3)).calibration(frame.select("m", "r"), pl.Series([said] * 100), 1.0, 0.0)[
        1
    ] == pytest.approx(0.0, abs=0.8)
