"""Nights of a province: the first one, an unchanged one, 1 % of the files changed, one commune on demand.

    python benchmarks/nightly_province.py [--residents 1900000] [--area haiduong235] [--date 2022-12-31]
                                          [--communes K] [--jobs 2] [--data FOLDER] [--no-workbooks]
                                          [--growth 10 50 235] [--first] [--office FOLDER] [--encrypt]

Prints seconds per step, processor seconds and the peak memory of all processes together as a table in Markdown. ``--data``: a folder made
before by ``python -m reconcile.synthetic`` with the same ``--date``. ``--growth``: only first nights, each with so
many communes and the extract of the whole area. ``--office``: keep the workspace here and use it again, so that the
nights can be measured in two calls; ``--first``: stop after the first night. ``--encrypt``: with encryption at rest, the key
in a file beside the workspace.

The province has the 235 communes of 2022 and the generator's mix development, which is full of mistakes: the reports
are longer than those of real books may be.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import functools
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
    """The largest memory of this process and its children, private and shared pages counted once (PSS), in bytes.

    Counting shared pages holds a process up for tens of milliseconds, so it is done only where all resident pages together
    (RSS, free to ask) are more than ever before.
    """

    def __init__(self) -> None:
        self.bytes = 0
        self._resident = 0
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
            family = [os.getpid(), *_children(os.getpid())]
            resident = sum(_kilobytes(p, "status", "VmRSS:") for p in family)
            if resident > self._resident * _MORE:
                self._resident = resident
                self.bytes = max(
                    self.bytes, 1024 * sum(_kilobytes(p, "smaps_rollup", "Pss:") for p in family)
                )


_MORE = 1.01
"""Growth of the resident pages at which shared ones are counted again."""


def _children(process: int) -> list[int]:
    found: list[int] = []
    for thread in Path(f"/proc/{process}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += map(int, thread.read_text().split())
    return found


def _kilobytes(process: int, file: str, name: str) -> int:
    """Return a line of ``/proc/<process>/<file>`` in kB, 0 for a process that has ended."""
    try:
        text = Path(f"/proc/{process}/{file}").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in text.splitlines() if line.startswith(name)), 0)


def _busy() -> float:
    """Return the processor seconds of this process and of the children that ended: what a shared machine can't change."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def told(name: str, workspace: Workspace, **options: object) -> None:
    """Run one night and print its line."""
    start, busy = time.perf_counter(), _busy()
    with Peak() as peak:
        night = run_night(workspace, **options)  # type: ignore[arg-type]
    seconds, busy = time.perf_counter() - start, _busy() - busy
    outcomes = [u["outcome"] for u in night.units.values()]
    records = sum(u.get("records", 0) for u in night.units.values())
    steps = " | ".join(f"{night.stages.get(step, 0):.1f}" for step in STEPS)
    counted = ", ".join(f"{outcomes.count(o)} {o}" for o in sorted(set(outcomes)))
    print(
        f"| {name} | {seconds:.1f} | {busy:.0f} | {steps} | {peak.bytes / 1e9:.1f} GB | {records:,} records, {counted} |",
        flush=True,
    )


def office(
    folder: Path, data: Path, communes: int | None, jobs: int, workbooks: bool, day: dt.date, encrypt: bool
) -> Workspace:
    """Make a workspace with the registers of the first ``communes`` communes."""
    workspace = init_workspace(folder, key_file=folder.with_suffix(".key") if encrypt else None)
    file = folder / "reconcile.toml"
    text = file.read_text(encoding="utf-8").replace("[extract]", f"[extract]\ndate = {day}", 1)
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
    parser.add_argument("--area", default="haiduong235")
    parser.add_argument("--date", type=dt.date.fromisoformat, default=dt.date(2022, 12, 31))
    parser.add_argument("--communes", type=int)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--no-workbooks", action="store_true")
    parser.add_argument("--growth", type=int, nargs="+", default=[])
    parser.add_argument("--first", action="store_true")
    parser.add_argument("--office", type=Path)
    parser.add_argument("--encrypt", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        data = given.data
        if data is None:
            data = folder / "data"
            command = [sys.executable, "-m", "reconcile.synthetic", "--residents", str(given.residents)]
            command += ["--area", given.area, "--date", str(given.date), "--seed", "7", "--out", str(data)]
            subprocess.run(command, check=True)
        made = functools.partial(
            office,
            data=data,
            jobs=given.jobs,
            workbooks=not given.no_workbooks,
            day=given.date,
            encrypt=given.encrypt,
        )
        print(f"| night | seconds | processor | {' | '.join(STEPS)} | peak memory | |")
        print("|---" * (len(STEPS) + 5) + "|", flush=True)
        for count in given.growth:
            told(f"first, {count} communes", made(folder / str(count), communes=count))
            shutil.rmtree(folder / str(count))
        if given.growth:
            return
        kept = given.office or folder / "office"
        if kept.exists():
            workspace = Workspace.open(kept)
        else:
            workspace = made(kept, communes=given.communes)
            told("first night", workspace)
        if not given.first:
            later(workspace)


def later(workspace: Workspace) -> None:
    """Run the nights after the first one: unchanged, 1 % of the files a row shorter, the largest book a row shorter."""
    told("unchanged", workspace)
    files = sorted(workspace.inbox_civil.rglob("*.parquet"))
    chosen = files[:: max(1, len(files) // max(1, len(files) // 100))]
    for file in chosen:
        frame = pl.read_parquet(file)
        frame.head(frame.height - 1).write_parquet(file)
    told(f"1 % of files changed ({len(chosen)})", workspace)
    largest = max(files, key=lambda f: f.stat().st_size)
    frame = pl.read_parquet(largest)
    frame.head(frame.height - 1).write_parquet(largest)
    told("one commune on demand", workspace, communes=[largest.parent.name])


if __name__ == "__main__":
    main()
