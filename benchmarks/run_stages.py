"""Seconds and peak memory of each stage of ``reconcile run``: ``python benchmarks/run_stages.py --residents 100000``.

Makes a synthetic province (mix ``test``, area ``haiduong``, kept in ``--work`` for the next time), runs the main job on
it in a process of its own, and prints one line per stage. ``--commune``: about 10,000 records of one commune against
130,000 residents, workbook included.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

SEED = 7
DAY = "2026-11-22"


def make(folder: Path, residents: int, area: str, form: str) -> None:
    """Write the synthetic area unless it lies there already."""
    if (folder / "truth" / "links.parquet").is_file():
        return
    command = [sys.executable, "-m", "reconcile.synthetic", "--mix", "test", "--seed", str(SEED)]
    command += ["--residents", str(residents), "--area", area, "--format", form, "--out", str(folder)]
    start = time.perf_counter()
    subprocess.run(command, check=True)
    print(f"made {residents:,} residents in {time.perf_counter() - start:.1f} s")


def run(civil: list[Path], population: Path, out: Path, *, workbook: bool) -> None:
    """Run the main job in a process of its own; print seconds and the highest memory seen in each stage."""
    command = [
        sys.executable,
        str(Path(__file__).resolve()),
        "--inner",
        str(out),
        "--population",
        str(population),
    ]
    command += [] if workbook else ["--no-workbook"]
    start = time.perf_counter()
    process = subprocess.Popen([*command, *map(str, civil)], stdout=subprocess.PIPE, text=True)
    peaks: dict[str, int] = {}
    stage = ["import"]
    watcher = threading.Thread(target=_watch, args=(process, stage, peaks), daemon=True)
    watcher.start()
    assert process.stdout is not None
    for line in process.stdout:
        stage[0] = line.strip()
    if process.wait():
        raise SystemExit("the run failed")
    wall = time.perf_counter() - start
    watcher.join()
    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    print(f"{summary['records']['total']:,} records, {summary['mentions']['total']:,} persons named")
    print(f"{'stage':<12}{'seconds':>9}{'peak GB':>9}")
    for name, seconds in summary["stages"].items():
        print(f"{name:<12}{seconds:>9.1f}{peaks.get(name, 0) / 1e9:>9.2f}")
    print(f"{'all':<12}{wall:>9.1f}{summary['peak_memory_bytes'] / 1e9:>9.2f}   (start-up included)")
    print(f"workbooks: {len(list(out.glob('*.xlsx')))}")


def _watch(process: subprocess.Popen[str], stage: list[str], peaks: dict[str, int]) -> None:
    """Sample the resident memory of the process (Linux only) under the name of its stage."""
    page = os.sysconf("SC_PAGE_SIZE")
    status = Path(f"/proc/{process.pid}/statm")
    while process.poll() is None:
        try:
            pages = int(status.read_text().split()[1])
        except (OSError, IndexError):
            return
        peaks[stage[0]] = max(peaks.get(stage[0], 0), pages * page)
        time.sleep(0.02)


def _inner(arguments: argparse.Namespace) -> None:
    from reconcile.run import run as run_once

    def tell(stage: str) -> None:
        print(stage, flush=True)

    run_once(
        arguments.civil,
        arguments.population,
        arguments.inner,
        as_of=dt.date.fromisoformat(DAY),
        workbook=not arguments.no_workbook,
        progress=tell,
    )


def commune_files(civil: Path, wanted: int) -> list[Path]:
    """Return the registers of the commune whose number of records is the nearest to ``wanted``."""
    import polars as pl

    sizes = {
        folder: sum(pl.scan_parquet(f).select(pl.len()).collect().item() for f in folder.glob("*.parquet"))
        for folder in sorted(civil.iterdir())
    }
    return [min(sizes, key=lambda folder: (abs(sizes[folder] - wanted), folder.name))]


def main() -> None:
    """Parse the arguments, make what is missing, measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--residents", type=int, default=100_000)
    parser.add_argument("--commune", action="store_true")
    parser.add_argument("--no-workbook", action="store_true")
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "reconcile-benchmark")
    parser.add_argument("--population", type=Path)
    parser.add_argument("--inner", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("civil", type=Path, nargs="*", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.inner:
        _inner(arguments)
        return
    residents, area = (130_000, "camgiang") if arguments.commune else (arguments.residents, "haiduong")
    folder = arguments.work / f"{area}-{residents}"
    make(folder, residents, area, "parquet")
    civil = commune_files(folder / "civil", 10_000) if arguments.commune else [folder / "civil"]
    with tempfile.TemporaryDirectory() as out:
        run(civil, folder / "population.parquet", Path(out) / "out", workbook=not arguments.no_workbook)


if __name__ == "__main__":
    main()
