"""Workers side by side share the cores: each stays on its part."""

from __future__ import annotations

import pytest

from reconcile.nightly.isolation import shares


@pytest.mark.parametrize(
    ("cores", "jobs", "told"),
    [
        ([0, 1], 2, [[0], [1]]),
        ([0, 1, 2, 3], 1, [[0, 1, 2, 3]]),
        ([2, 3, 5, 7, 9], 2, [[2, 3], [5, 7, 9]]),
        ([4], 3, [[4], [4], [4]]),
        ([0, 1], 3, [[0], [0], [1]]),
        ([], 2, [[], []]),
    ],
)
def test_cores_are_shared_out(cores: list[int], jobs: int, told: list[list[int]]) -> None:
    assert shares(cores, jobs) == told
