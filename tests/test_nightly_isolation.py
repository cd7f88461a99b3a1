"""Workers side by side share the cores, and one that wanted for memory makes place for a new one."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from reconcile.nightly import worker
from reconcile.nightly.isolation import Bounds, _Worker, shares


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


@pytest.mark.parametrize(
    ("failure", "ends"),
    [(MemoryError(), True), (type("PanicException", (BaseException,), {})(), True), (ValueError(), False)],
)
def test_who_wants_for_memory_had_better_begin_anew(
    failure: BaseException, ends: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(task: dict[str, Any]) -> None:
        raise failure

    monkeypatch.setattr(worker, "_stage", lambda _name: fails)
    told = worker.answer({"stage": "load"})
    assert "error" in told
    assert told.get("died", False) == ends


def test_a_process_that_wanted_for_memory_does_no_further_task() -> None:
    """What an earlier task left behind once failed all that came after it: 195 of 235 communes of a night."""
    served = _Worker(Bounds(1, 1024, 60), 1, [])
    served._process = subprocess.Popen(
        [sys.executable, "-c", 'input(); print(\'{"error": "memory", "died": true}\', flush=True); input()'],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert served.ask({"stage": "link"})["died"]
    assert served._process is None
