"""Accuracy as data: every case as expected, and every answer as frozen."""

from __future__ import annotations

import csv

import pytest
from normalize_cases import CASES, ROOMS, answered, rows


@pytest.mark.parametrize("kind", ROOMS)
def test_every_case_is_answered_as_expected(kind: str) -> None:
    wrong = [answer for answer in answered(kind) if answer["ok"] != "yes"]
    assert not wrong


@pytest.mark.parametrize("kind", ROOMS)
def test_answers_are_those_frozen(kind: str) -> None:
    with (CASES / f"{kind}.frozen.csv").open(encoding="utf-8", newline="") as handle:
        frozen = list(csv.DictReader(handle))
    assert answered(kind) == frozen, "look at the change, then run scripts/freeze-normalize-cases"


@pytest.mark.parametrize("kind", ROOMS)
def test_no_case_stands_twice_and_each_has_a_category(kind: str) -> None:
    cases = rows(kind)
    keys = [
        tuple(v for k, v in row.items() if k in {"kind", "input", "not_after", "a", "b"}) for row in cases
    ]
    if kind == "date_pairs":
        keys = [(row["a"], row["b"]) for row in cases]
    assert len(set(keys)) == len(keys)
    assert all(row["category"] for row in cases)
