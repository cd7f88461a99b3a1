"""Independent work at the same time: Polars leaves the interpreter free while it computes, so threads use all cores.

The answer never depends on timing: each task works on its own, and results come in the order of the tasks.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

T = TypeVar("T")


_WORTH = 100_000
"""Rows below which starting threads costs more than they save: a commune's night is quicker on one core."""


def worth(rows: int) -> bool:
    """Whether work on so many rows is done by several threads."""
    return _cores(rows) > 1


def _cores(rows: int) -> int:
    # more threads would only wait for the interpreter
    return min(2, pl.thread_pool_size()) if rows >= _WORTH else 1


def at_once(*tasks: Callable[[], Any], rows: int) -> list[Any]:
    """Run independent tasks over ``rows`` rows, several at a time. Returns their results in the order of the tasks."""
    if len(tasks) < 2 or _cores(rows) < 2:
        return [task() for task in tasks]
    # a pool of its own for each call: tasks may call this again without waiting for each other
    with ThreadPoolExecutor(_cores(rows)) as pool:
        return list(pool.map(lambda task: task(), tasks))


def ahead(work: Callable[[T], Any], items: Iterable[T], *, rows: int, most: int = 1) -> Iterator[Any]:
    """Yield ``work(item)`` over ``rows`` rows in order; the next ones are being worked out while the caller uses the last.

    The first begin at once, before the caller asks for them. No more than ``most`` results wait for the caller.
    """
    waiting = iter(items)
    if _cores(rows) < 2:
        return map(work, waiting)
    # the caller has work of its own, but is seldom done last
    pool = ThreadPoolExecutor(min(most, _cores(rows)))
    begun = deque(pool.submit(work, item) for item in islice(waiting, most))
    return _drain(pool, work, waiting, begun)


def _drain(
    pool: ThreadPoolExecutor, work: Callable[[T], Any], items: Iterator[T], begun: deque[Future[Any]]
) -> Iterator[Any]:
    try:
        while begun:
            done = begun.popleft().result()
            begun.extend(pool.submit(work, item) for item in islice(items, 1))
            yield done
    finally:
        pool.shutdown(cancel_futures=True)
