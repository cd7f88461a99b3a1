"""Pairs that are not proposed to anybody: what the rules call a stranger."""

from __future__ import annotations

import numpy as np
import pytest

from reconcile.match.evidence import FIELDS
from reconcile.match.levels import UNKNOWN, Levels
from reconcile.match.scoring import _strangers
from reconcile.match.settings import load_settings


def levels(**codes: str) -> Levels:
    return {
        field: np.array([FIELDS[field].index(codes[field]) if field in codes else UNKNOWN], np.uint8)
        for field in FIELDS
    }


@pytest.mark.parametrize(
    ("codes", "stranger"),
    [
        ({"ho_ten": "different", "ngay_sinh": "different"}, True),
        ({"ho_ten": "different", "ngay_sinh": "near_year"}, True),
        ({"ho_ten": "different", "ngay_sinh": "exact"}, False),
        ({"ho_ten": "different"}, False),
        ({"ho_ten": "given", "ngay_sinh": "different"}, False),
        ({"ho_ten": "different", "ngay_sinh": "different", "so_dinh_danh": "exact"}, False),
        ({"ho_ten": "different", "ngay_sinh": "different", "so_dinh_danh": "different"}, True),
    ],
)
def test_another_name_and_another_birth_date_is_another_person_unless_a_number_agrees(
    codes: dict[str, str], stranger: bool
) -> None:
    assert _strangers(levels(**codes), load_settings()).tolist() == [stranger]


def test_the_rule_is_told_in_words() -> None:
    assert "never proposed where ho_ten is different" in load_settings().describe()
