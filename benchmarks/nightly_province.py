"""Nights of a province: the first one, an unchanged one, 1 % of the files changed, one commune on demand.

    python benchmarks/nightly_province.py [--residents 1900000] [--area haiduong] [--communes K] [--jobs 2]
                                          [--data FOLDER] [--no-workbooks] [--growth]

Prints seconds per step and the peak memory of all processes together as a table. ``--data``: a folder made before by
``python -m reconcile.synthetic``. ``--growth``: the first night with 10 communes, 50 and all.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import polars as pl

from reconcile.nightly import run_night
from reconcile.workspace import Workspace, init_workspace

STEPS = ("ingest", "normalize", "match", "compare", "report", "publish")


class Peak:
    """The largest memory of this process and its children, private and shared pages counted once (PSS), in bytes."""

    def __init__(self) -> None:
        self.bytes = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Peak:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(0.5):
            self.bytes = max(self.bytes, sum(_pss(p) for p in _family(os.getpid())))


def _family(root: int) -> list[int]:
    listed = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    parents = {int(a): int(b) for a, b in (line.split() for line in listed.splitlines())}
    return [p for p in parents if p == root or parents[p] == root]


def _pss(process: int) -> int:
    try:
        text = Path(f"/proc/{process}/smaps_rollup").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in text.splitlines() if line.startswith("Pss:")), 0)


def told(name: str, workspace: Workspace, **options: object) -> None:
    """Run one night and print its line."""
    start = time.perf_counter()
    with Peak() as peak:
        night = run_night(workspace, **options)  # type: ignore[arg-type]
    seconds = time.perf_counter() - start
    outcomes = [u["outcome"] for u in night.units.values()]
    records = sum(u.get("records", 0) for u in night.units.values())
    steps = "  ".join(f"{step} {night.stages.get(step, 0):7.1f}" for step in STEPS)
    counted = ", ".join(f"{outcomes.count(o)} {o}" for o in sorted(set(outcomes)))
    print(
        f"{name:<22} {seconds:8.1f} s  {peak.bytes / 1e9:5.1f} GB  {steps}  {records:,} records, {counted}",
        flush=True,
    )


def office(folder: Path, data: Path, communes: int | None, jobs: int, workbooks: bool) -> Workspace:
    """Make a workspace with the registers of the first ``communes`` communes."""
    workspace = init_workspace(folder)
    file = folder / "reconcile.toml"
    text = file.read_text(encoding="utf-8")
    bounds = f"[nightly]\njobs = {jobs}\nmemory_megabytes = 6000\nworkbooks = {str(workbooks).lower()}"
    file.write_text(text.replace("[nightly]", bounds, 1), encoding="utf-8")
    for one in sorted((data / "civil").iterdir())[:communes]:
        shutil.copytree(one, workspace.inbox_civil / one.name)
    shutil.copy(next(data.glob("population.*")), workspace.inbox_population)
    return Workspace.open(folder)


def main() -> None:
    """Parse the arguments, make the data, run the nights."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--residents", type=int, default=1_900_000)
    parser.add_argument("--area", default="haiduong")
    parser.add_argument("--communes", type=int)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--no-workbooks", action="store_true")
    parser.add_argument("--growth", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        data = given.data
        if data is None:
            data = folder / "data"
            command = [sys.executable, "-m", "reconcile.synthetic", "--residents", str(given.residents)]
            subprocess.run([*command, "--area", given.area, "--seed", "7", "--out", str(data)], check=True)
        for count in (10, 50) if given.growth else ():
            told(
                f"first, {count} communes",
                office(folder / str(count), data, count, given.jobs, not given.no_workbooks),
            )
            shutil.rmtree(folder / str(count))
        workspace = office(folder / "office", data, given.communes, given.jobs, not given.no_workbooks)
        told("first night", workspace)
        told("unchanged", workspace)
        files = sorted(workspace.inbox_civil.rglob("*.parquet"))
        for file in files[:: max(1, len(files) // max(1, len(files) // 100))]:
            frame = pl.read_parquet(file)
            frame.head(frame.height - 1).write_parquet(file)
        told("1 % of files changed", workspace)
        largest = max(files, key=lambda f: f.stat().st_size)
        frame = pl.read_parquet(largest)
        frame.head(frame.height - 1).write_parquet(largest)
        told("one commune", workspace, communes=[largest.parent.name])


if __name__ == "__main__":
    main()
