"""A number and its noun agree."""

from __future__ import annotations

import pytest

from reconcile.counting import counted


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ((1, "file"), "1 file"),
        ((0, "file"), "0 files"),
        ((1_200, "whole file"), "1,200 whole files"),
        ((1, "row was", "rows were"), "1 row was"),
        ((2, "row was", "rows were"), "2 rows were"),
    ],
)
def test_a_number_is_told_with_its_noun(given: tuple[int, str], said: str) -> None:
    assert counted(*given) == said
