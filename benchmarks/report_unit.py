"""Processor seconds of a commune's report, stage by stage: ``python benchmarks/report_unit.py --data FOLDER``.

``--data``: a folder made by ``python -m reconcile.synthetic`` (made here where it is missing). All steps of a night
before the reports run first, untimed; then each unit is reported in this process. The first unit is told apart: it
pays for what a process does once. Seconds are those of all threads of this process.
"""

from __future__ import annotations

import argparse
import datetime as dt
import functools
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nightly_province import office

from reconcile.nightly import night, reporting
from reconcile.nightly.worker import answer
from reconcile.report import workbook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

STAGES: dict[str, tuple[Any, tuple[str, ...]]] = {
    "read": (reporting, ("read_table",)),
    "choose residents": (reporting, ("_concerned",)),
    "compare": (reporting, ("discrepancies_with_causes", "residents_without_birth")),
    "validate": (reporting, ("validate",)),
    "cases": (reporting, ("cases_of",)),
    "measures": (reporting, ("measures_of",)),
    "counts": (reporting, ("counts",)),
    "write tables": (reporting, ("write_table",)),
    "workbook: rows": (workbook, ("prepare", "commune_facts", "split")),
    "workbook: write": (workbook, ("write_one",)),
    "hash": (reporting, ("file_sha256",)),
}
"""Stage → the module through which the report calls its functions."""


class Reports:
    """In the place of the night's pool: works in this process, and times the reports."""

    def __init__(self, _bounds: object) -> None:
        self.spent: list[dict[str, float]] = []
        self.records: list[int] = []

    def __enter__(self) -> Reports:
        return self

    def __exit__(self, *_: object) -> None:
        """Print what the reports took."""
        for name in [*STAGES, "rest", "all"] if self.spent else ():
            first, later = self.spent[0][name], [one[name] for one in self.spent[1:]]
            mean = sum(later) / max(1, len(later))
            share = 10_000 * sum(later) / max(1, sum(self.records[1:]))
            print(f"{name:<18} first {first:6.2f}   later {mean:6.2f}   per 10,000 records {share:6.3f}")

    def run(self, tasks: list[dict[str, Any]], told: Callable[..., None], _split: object = None) -> list[Any]:
        """Do the tasks one after the other."""
        done = []
        for task in tasks:
            spent: dict[str, float] = defaultdict(float)
            with timed(spent) if task["stage"] == "report" else tempfile.TemporaryDirectory():
                start = time.process_time()
                result = answer(task)
                whole = time.process_time() - start
            if "error" in result:
                raise SystemExit(result["error"])
            if task["stage"] == "report":
                self.spent.append(spent | {"rest": whole - sum(spent.values()), "all": whole})
                self.records.append(result["done"]["records"])
                print(f"{task['unit']}  {self.records[-1]:>7,} records  {whole:6.2f} s", flush=True)
            told(task, result)
            done.append((task, result))
        return done


class timed:  # noqa: N801 - reads as a clause
    """Counts the seconds of the stages into ``spent`` while it is entered."""

    def __init__(self, spent: dict[str, float]) -> None:
        self.spent = spent
        self.before = [(m, name, getattr(m, name)) for _, m, name in listed()]

    def __enter__(self) -> None:
        for stage, module, name in listed():
            setattr(module, name, self.counted(stage, getattr(module, name)))

    def __exit__(self, *_: object) -> None:
        for module, name, function in self.before:
            setattr(module, name, function)

    def counted(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function, its seconds counted."""

        @functools.wraps(function)
        def wrapped(*args: Any, **options: Any) -> Any:
            start = time.process_time()
            try:
                return function(*args, **options)
            finally:
                self.spent[stage] += time.process_time() - start

        for one in STAGES:
            self.spent.setdefault(one, 0.0)
        return wrapped


def listed() -> Iterator[tuple[str, Any, str]]:
    """Yield stage, module and name of every function that is timed."""
    for stage, (module, names) in STAGES.items():
        for name in names:
            yield stage, module, name


def main() -> None:
    """Parse the arguments, make the data, run a night without processes of its own."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path)
    parser.add_argument("--residents", type=int, default=120_000)
    parser.add_argument("--communes", type=int, default=12)
    parser.add_argument("--mix", default="test")
    parser.add_argument("--seed", type=int, default=31)
    parser.add_argument("--date", type=dt.date.fromisoformat, default=dt.date(2022, 12, 31))
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        data = given.data or Path(temporary) / "data"
        if not data.exists():
            command = [sys.executable, "-m", "reconcile.synthetic", "--area", "haiduong", "--out", str(data)]
            command += ["--residents", str(given.residents), "--communes", str(given.communes)]
            subprocess.run([*command, "--mix", given.mix, "--seed", str(given.seed)], check=True)
        night.Pool = Reports  # type: ignore[misc, assignment]
        night.run_night(office(Path(temporary) / "office", data, None, 1, True, given.date))


if __name__ == "__main__":
    main()
