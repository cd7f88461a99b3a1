"""Accuracy as data: every place and pair of places as expected, and every answer as frozen."""

import csv

import pytest
from place_cases import CASES, KINDS, answered, rows


@pytest.mark.parametrize("kind", KINDS)
def test_every_case_is_answered_as_expected(kind: str) -> None:
    assert [answer for answer in answered(kind) if answer["ok"] != "yes"] == []


@pytest.mark.parametrize("kind", KINDS)
def test_answers_are_those_frozen(kind: str) -> None:
    with (CASES / f"{kind}.frozen.csv").open(encoding="utf-8", newline="") as handle:
        frozen = list(csv.DictReader(handle))
    assert answered(kind) == frozen, "look at the change, then run: PYTHONPATH=. python tests/place_cases.py"


@pytest.mark.parametrize("kind", KINDS)
def test_no_case_stands_twice_and_each_has_a_category(kind: str) -> None:
    keys = [
        tuple(row[c] for c in row if c in {"input", "date", "a", "date_a", "b", "date_b"})
        for row in rows(kind)
    ]
    assert len(set(keys)) == len(keys) >= 300
    assert all(row["category"] for row in rows(kind))
