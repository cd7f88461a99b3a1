"""Work at the same time gives the answers of work one after the other."""

from __future__ import annotations

import threading

import polars as pl
import pytest

from reconcile.match.parallel import ahead, at_once

MANY = 10**6


@pytest.fixture(params=[1, 2])
def cores(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(pl, "thread_pool_size", lambda: request.param)
    return int(request.param)


def test_results_come_in_the_order_of_the_tasks_whichever_ends_first(cores: int) -> None:
    second_done = threading.Event()

    def first() -> str:
        if cores > 1:
            assert second_done.wait(10), "the second task does not run beside the first"
        return "first"

    def second() -> str:
        second_done.set()
        return "second"

    assert at_once(first, second, rows=MANY) == ["first", "second"]


def test_tasks_may_start_tasks(cores: int) -> None:
    def inner(x: int) -> list[int]:
        return at_once(lambda: x, lambda: x + 1, lambda: x + 2, rows=MANY)

    assert at_once(lambda: inner(0), lambda: inner(10), rows=MANY) == [[0, 1, 2], [10, 11, 12]]


@pytest.mark.parametrize("most", [1, 3])
def test_ahead_keeps_the_order_and_works_no_more_steps_ahead_than_allowed(cores: int, most: int) -> None:
    begun: list[int] = []

    def work(x: int) -> int:
        begun.append(x)
        return x * x

    got = []
    for i, square in enumerate(ahead(work, range(9), rows=MANY, most=most)):
        assert len(begun) <= i + 1 + (most if cores > 1 else 0)
        got.append(square)
    assert got == [x * x for x in range(9)]
    assert begun == list(range(9))
    assert list(ahead(work, [], rows=MANY)) == []


def test_an_error_of_a_task_reaches_the_caller(cores: int) -> None:
    def fails(_: int = 0) -> int:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        at_once(lambda: 1, fails, rows=MANY)
    with pytest.raises(ValueError, match="broken"):
        list(ahead(fails, [1, 2], rows=MANY))


def test_little_work_stays_in_one_thread() -> None:
    here = threading.get_ident()
    assert at_once(threading.get_ident, threading.get_ident, rows=100) == [here, here]
    assert list(ahead(lambda _: threading.get_ident(), [1, 2], rows=100)) == [here, here]
