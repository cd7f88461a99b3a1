"""Speed and memory of comparing at province size: 2.3 million linked mentions.

    python -m reconcile.synthetic --residents 900000 --mix development --area haiduong --seed 5 --format parquet --out DATA
    python benchmarks/compare_speed.py --data DATA                  a whole province, linked as matching links it
    python benchmarks/compare_speed.py --data DATA --true           the same with the true links
    python benchmarks/compare_speed.py [--residents 60000] [--links 2300000] [--seed 1]

With ``--data`` the tables are read as a run reads them: set aside on the disk, so that a stage takes only the columns it
looks at into memory; reading and normalising are done once and kept beside DATA. Without it one area's records are
repeated, under new record ids, until there are as many links as asked for: no likely province, since every person is
registered again and again, but the worst there can be for what looks for repeated registrations.

Printed are seconds, the highest resident memory while comparing and how much of it was anonymous: the rest are pages of
files that the system takes back when it needs memory.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parent))

from compare_quality import load

from reconcile.compare import discrepancies_with_causes, residents_without_birth, validate
from reconcile.compare.pairs import pair_up
from reconcile.compare.stage import COMPARISONS
from reconcile.match import link
from reconcile.schema import LINKS
from reconcile.set_aside import Aside, set_aside
from reconcile.synthetic import make

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DAY = dt.date(2026, 11, 22)
NAMES = ("links", "mentions", "residents", "records")


def repeat(frame: pl.DataFrame, times: int) -> pl.DataFrame:
    """Return the frame ``times`` times, each under its own record ids."""
    return pl.concat(
        [frame.with_columns(record_id=pl.format("{}/{}", "record_id", pl.lit(n))) for n in range(times)]
    )


def prepare(data: Path, *, true: bool) -> Path:
    """Read, normalise and link a synthetic folder once. Returns the folder of the tables."""
    kept = data / ("compared-true" if true else "compared")
    if not (kept / "links.arrow").is_file():
        links, mentions, residents, records = load(data)
        if not true:
            links = LINKS.conform(link(mentions, residents).links)
        kept.mkdir(exist_ok=True)
        for name, frame in zip(reversed(NAMES), (records, residents, mentions, links), strict=True):
            frame.write_ipc(kept / f"{name}.arrow")
    return kept


def memory(what: str) -> float:
    """Return a line of the process's status in GB: VmHWM (peak), VmRSS, RssAnon."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(what)) * 1024 / 1e9


@contextmanager
def measured(label: str) -> Iterator[None]:
    """Print seconds and the peak of memory of what is done inside."""
    Path("/proc/self/clear_refs").write_text("5")
    before, over = (memory("VmRSS"), memory("RssAnon")), threading.Event()
    highest = [before[1]]

    def watch() -> None:
        while not over.wait(0.02):
            highest[0] = max(highest[0], memory("RssAnon"))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    over.set()
    watcher.join()
    print(
        f"{label}: {wall:.1f} s, {cpu:.1f} s of CPU; peak {memory('VmHWM'):.2f} GB, anonymous {highest[0]:.2f} GB "
        f"(before: {before[0]:.2f} GB, anonymous {before[1]:.2f} GB)"
    )


def measure(
    frames: tuple[pl.DataFrame, ...], after_each: Callable[[], None], *, profile: bool, stage: bool
) -> None:
    """Compare and print. ``stage``: also what a run does after comparing."""
    links, mentions, residents, records = frames
    matched = links.filter(pl.col("tier") == "match").height
    print(f"{matched:,} linked mentions, {links.height:,} links, {residents.height:,} residents")
    after_each()
    if profile:
        _, pairs = pair_up(links, mentions, residents)
        for compare in COMPARISONS:
            start = time.perf_counter()
            rows = compare(pairs).height
            print(f"  {compare.__name__:28} {time.perf_counter() - start:6.2f} s {rows:>9,} rows")
    with measured("comparing"):
        found, causes = discrepancies_with_causes(
            links, mentions, residents, records, as_of=DAY, after_each=after_each
        )
    print(f"{found.height:,} discrepancies, {causes.height} common causes")
    if not stage:
        return
    after_each()
    rest: dict[str, Callable[[], Any]] = {
        "residents without birth": lambda: residents_without_birth(links, residents, records),
        "rules on single records": lambda: validate(records, mentions, as_of=DAY),
    }
    for label, work in rest.items():
        with measured(label):
            rows = work().height
        print(f"{rows:,} rows")
        after_each()


def main() -> None:
    """Make or read, compare, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, help="a synthetic province")
    parser.add_argument("--true", action="store_true", help="its true links instead of those of matching")
    parser.add_argument("--residents", type=int, default=60_000)
    parser.add_argument("--links", type=int, default=2_300_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--profile", action="store_true", help="print the seconds of each comparison")
    options = parser.parse_args()
    if options.data:
        kept = prepare(options.data, true=options.true)
        with set_aside(options.data / "compare_speed-0") as aside:
            frames = read(kept, aside)
            measure(frames, aside.rest, profile=options.profile, stage=True)
        return
    with tempfile.TemporaryDirectory() as folder:
        make(options.residents, "development", options.seed).write(Path(folder), "parquet")
        links, mentions, residents, records = load(Path(folder))
    linked = links.filter(pl.col("tier") == "match").height
    times = max(1, -(-options.links // linked))
    links, mentions, records = (repeat(frame, times) for frame in (links, mentions, records))
    measure((links, mentions, residents, records), lambda: None, profile=options.profile, stage=False)


def read(kept: Path, aside: Aside) -> tuple[pl.DataFrame, ...]:
    """Return the tables: the links in memory as matching leaves them, the others set aside."""
    links = pl.read_ipc(kept / "links.arrow")
    return links, *(aside.put(pl.read_ipc(kept / f"{name}.arrow")) for name in NAMES[1:])


if __name__ == "__main__":
    main()
