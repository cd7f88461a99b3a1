"""Tasks in processes of their own: bounded in memory and time, a failure stays with the task that caused it."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from reconcile.protection.keyring import passport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


@dataclass(frozen=True, slots=True)
class Bounds:
    """Processes at once, memory of each (megabytes), time of one task (seconds)."""

    jobs: int
    memory_megabytes: int
    seconds: float


_GIVING_BACK = {"_RJEM_MALLOC_CONF": "retain:false", "MALLOC_MMAP_THRESHOLD_": str(2**23)}
"""Allocators give address space back to the system, Polars' own and that of NumPy's arrays: the bound on memory counts it, used
or not. Reading an extract of 1.9 million residents counts 4.5 GB with this, up to 6.7 without; 3.2 are in use."""


class _Worker:
    """One worker process; started when first needed, and again after a failure.

    ``threads``: those of Polars; ``cores``: the ones it stays on, any where there are none.
    """

    def __init__(self, bounds: Bounds, threads: int, cores: list[int]) -> None:
        self._bounds = bounds
        self._threads = threads
        self._cores = cores
        self._process: subprocess.Popen[str] | None = None

    def ask(self, task: dict[str, Any]) -> dict[str, Any]:
        """Return the worker's answer, or ``error`` where it died or took too long."""
        self.start()
        process = self._process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        expired = threading.Event()

        def end() -> None:
            expired.set()
            process.kill()

        late = threading.Timer(self._bounds.seconds, end)
        late.start()
        try:
            process.stdin.write(json.dumps(task, default=str) + "\n")
            process.stdin.flush()
            line = process.stdout.readline()
        except OSError:
            line = ""
        finally:
            late.cancel()
        if line.endswith("\n"):
            answer: dict[str, Any] = json.loads(line)
            if answer.get("died"):
                # what earlier tasks left behind would be in the way of all that follow
                self.stop(at_once=True)
            return answer
        self.stop(at_once=True)
        if expired.is_set():
            return {
                "error": f"took longer than {self._bounds.seconds:g} s (nightly.minutes_per_commune)",
                "died": True,
            }
        return {"error": _death(process.returncode), "died": True}

    def start(self) -> None:
        """Start the process where there is none; it loads what tasks need while the night looks at its inbox."""
        if self._process is not None:
            return
        # -P: never import from the folder in which somebody happens to stand
        command = [sys.executable, "-P", "-m", "reconcile.nightly.worker", str(self._bounds.memory_megabytes)]
        command += map(str, self._cores)
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None if os.environ.get("RECONCILE_DEBUG") else subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            env=_GIVING_BACK | os.environ | {"PYTHONUTF8": "1", "POLARS_MAX_THREADS": str(self._threads)},
        )
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):  # it died at once: asking it will tell
            self._process.stdin.write(json.dumps(passport()) + "\n")
            self._process.stdin.flush()

    def stop(self, *, at_once: bool = False) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is None:
            return
        if at_once:
            process.kill()
        with contextlib.suppress(OSError):
            if process.stdin:
                process.stdin.close()
        process.wait()
        if process.stdout:
            process.stdout.close()


def _cores() -> list[int]:
    """Return the cores that this process may use; none where the system does not tell."""
    affinity = getattr(os, "sched_getaffinity", None)
    return sorted(affinity(0)) if affinity else []


def _threads(cores: list[int]) -> int:
    """Return how many threads Polars would use by itself here."""
    asked = os.environ.get("POLARS_MAX_THREADS", "")
    if asked.isdigit() and int(asked) > 0:
        return int(asked)
    return len(cores) or os.cpu_count() or 1


def shares(cores: list[int], jobs: int) -> list[list[int]]:
    """Return the cores of each of ``jobs`` workers: parts of about equal size, a core of several where there are fewer."""
    starts = [len(cores) * job // jobs for job in range(jobs + 1)]
    return [cores[start : max(stop, start + 1)] for start, stop in pairwise(starts)]


def _death(code: int) -> str:
    if code == -signal.SIGABRT:
        return "the process gave up, most likely for want of memory (nightly.memory_megabytes)"
    if code < 0:
        return f"the process was killed (signal {-code}), perhaps for want of memory"
    return f"the process ended with status {code}"


Done = tuple[dict[str, Any], dict[str, Any]]


class Pool:
    """Workers for the tasks of one night. Use as a context; leaving it ends every process.

    A task that is alone gets a worker that uses all cores. Several at once share them: each worker then has its part
    of the threads, since handing small tables between threads costs more than it brings where every core is busy, and
    stays on its part of the cores: Polars hands each step to a thread, which is cheaper where the thread before it ran.
    """

    def __init__(self, bounds: Bounds) -> None:
        cores = _cores()
        threads = _threads(cores)
        self._lone = _Worker(bounds, threads, [])
        share = max(1, threads // bounds.jobs)
        self._workers = [_Worker(bounds, share, own) for own in shares(cores, bounds.jobs)]

    def __enter__(self) -> Pool:
        self._lone.start()
        return self

    def __exit__(self, *_: object) -> None:
        for worker in (self._lone, *self._workers):
            worker.stop(
                at_once=True
            )  # nothing is asked of it any more, and entries appear whole or not at all

    def run(
        self,
        tasks: Iterable[dict[str, Any]],
        told: Callable[[dict[str, Any], dict[str, Any]], None] | None = None,
        split: Callable[[dict[str, Any]], list[dict[str, Any]]] | None = None,
    ) -> list[Done]:
        """Do all tasks; return (task, answer) in the order of the tasks.

        A task whose process died or wanted for memory is tried once more in a new process, since the memory that earlier tasks left
        behind may be to blame. ``split`` cuts a failed task into smaller ones (empty: it can't be cut), so that one
        bad commune is found and the others of its group are done. ``told`` is called after each.
        """
        waiting: queue.SimpleQueue[tuple[tuple[int, ...], dict[str, Any], bool]] = queue.SimpleQueue()
        done: dict[tuple[int, ...], Done] = {}
        guard = threading.Condition()
        pending = 0
        stopped = False
        for number, task in enumerate(tasks):
            waiting.put(((number,), task, False))
            pending += 1

        def settle(place: tuple[int, ...], task: dict[str, Any], result: dict[str, Any], again: bool) -> int:
            """Return how many tasks this one left behind."""
            parts = split(task) if split and "error" in result else []
            if parts:
                for number, part in enumerate(parts):
                    waiting.put(((*place, number), part, False))
                return len(parts)
            if result.get("died") and not again:
                waiting.put((place, task, True))
                return 1
            done[place] = (task, result)
            if told:
                told(task, result)
            return 0

        def serve(worker: _Worker) -> None:
            nonlocal pending
            while True:
                with guard:
                    while waiting.empty() and pending and not stopped:
                        guard.wait()
                    if not pending or stopped:
                        return
                    place, task, again = waiting.get()
                result = worker.ask(task)
                with guard:
                    pending += settle(place, task, result, again) - 1
                    guard.notify_all()

        workers = [self._lone] if pending < 2 else self._workers[:pending]
        threads = [threading.Thread(target=serve, args=(w,), daemon=True) for w in workers]
        for thread in threads:
            thread.start()
        try:
            for thread in threads:
                while thread.is_alive():
                    thread.join(0.2)
        except BaseException:
            with guard:
                stopped = True
                guard.notify_all()
            for worker in workers:
                worker.stop(at_once=True)
            raise
        return [done[place] for place in sorted(done)]
