"""Seconds per step and peak memory of matching.

    python -m reconcile.synthetic --residents 850000 --mix development --area haiduong --seed 5 --format parquet --out DATA
    python benchmarks/match_speed.py DATA [--roles nks] [--parts 4] [--scanned]

``--roles`` keeps only some roles (births: nks). ``--parts`` also links a half, a quarter … of the mentions and residents,
to show how time grows. ``--scanned`` does not hold the tables in memory: matching reads their columns as it needs them. Reading and normalising are not counted; their result is kept beside DATA for the next time.
Memory: resident memory of this process with the tables alone, and its peak while linking.
"""

from __future__ import annotations

import argparse
import functools
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from reconcile.match import link
from reconcile.normalize.gazetteer import gazetteer
from reconcile.schema import NORMALIZED_MENTIONS, NORMALIZED_RESIDENTS, PERSON_AS_WRITTEN, Table

if TYPE_CHECKING:
    from collections.abc import Callable

STEPS = {
    "encode": ("encode", "encode"),
    "certain passes": ("passes", "settle"),
    "strangers": ("expectation_maximisation", "believe"),
    "learning": ("expectation_maximisation", "learn"),
    "blocking": ("blocking", "candidate_pairs"),
    "comparing": ("evidence", "compare"),
    "weights": ("model", "weights"),
    "assignment": ("assignment", "assign"),
}
"""What is printed: label → (module, function). Learning blocks and compares too, and steps run at the same time, so the
parts overlap: their seconds on the clock add up to more than the whole."""


def tables(data: Path, roles: list[str] | None = None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read and normalise once; later runs read the normalised tables."""
    mentions, residents = scanned(data, roles)
    return mentions.collect(), residents.collect()


def scanned(data: Path, roles: list[str] | None = None) -> tuple[pl.LazyFrame, pl.LazyFrame]:
    """Return the normalised tables as they lie on the disk."""
    kept = data / "normalized"
    wanted = {"mentions": NORMALIZED_MENTIONS, "residents": NORMALIZED_RESIDENTS}
    if not all(_is_current(kept / f"{name}.parquet", table) for name, table in wanted.items()):
        from reconcile.ingest import read_civil, read_population
        from reconcile.normalize.tables import normalize_mentions, normalize_records, normalize_residents

        civil = read_civil([data / "civil"])
        extract = next(p for p in sorted(data.iterdir()) if p.name.startswith("population"))
        records = normalize_records(civil.records)
        kept.mkdir(exist_ok=True)
        normalize_mentions(civil.mentions, records).write_parquet(kept / "mentions.parquet")
        normalize_residents(read_population(extract).residents).write_parquet(kept / "residents.parquet")
    return _read(kept / "mentions.parquet", roles), _read(kept / "residents.parquet", None)


def _is_current(path: Path, table: Table) -> bool:
    return path.is_file() and set(table.names) <= set(pl.read_parquet_schema(path))


def _read(path: Path, roles: list[str] | None) -> pl.LazyFrame:
    """Return what matching looks at: comparable columns, not the texts as written."""
    rows = pl.scan_parquet(path)
    if roles:
        rows = rows.filter(pl.col("role").is_in(roles))
    written = [column.name for column in PERSON_AS_WRITTEN]
    return rows.drop(written)


def measure(
    mentions: pl.DataFrame | pl.LazyFrame, residents: pl.DataFrame | pl.LazyFrame, *, steps: bool
) -> None:
    held = memory("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # forget the peak of reading the tables
    wall, cpu = time.perf_counter(), time.process_time()
    spent = clocks() if steps else {}
    result = link(mentions, residents)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    matched, asked, known = (
        (result.links["tier"] == "match").sum(),
        result.links.height,
        result.model.residents,
    )
    print(
        f"{asked:>10,} mentions  {known:>10,} residents  {matched:>10,} matched  "
        f"{wall:7.2f} s  {cpu:7.2f} s of CPU  {1e6 * wall / max(1, asked):6.1f} µs per mention  "
        f"tables {held:.2f} GB, peak {memory('VmHWM'):.2f} GB"
    )
    for label, seconds in spent.items():
        print(f"    {label:16} {seconds:6.2f} s")


def clocks() -> dict[str, float]:
    """Put a clock on every step, in all threads. Returns label → seconds, which fill up while matching runs."""
    spent: dict[str, float] = defaultdict(float, dict.fromkeys(STEPS, 0.0))
    modules = [m for name, m in sorted(sys.modules.items()) if name.startswith("reconcile.match.")]
    for label, (home, name) in STEPS.items():
        plain: Callable[..., Any] = getattr(sys.modules[f"reconcile.match.{home}"], name)
        for module in modules:
            if getattr(module, name, None) is plain:
                setattr(module, name, _clocked(plain, label, spent))
    return spent


def _clocked(step: Callable[..., Any], label: str, spent: dict[str, float]) -> Callable[..., Any]:
    @functools.wraps(step)
    def clocked(*args: Any, **named: Any) -> Any:
        start = time.perf_counter()
        try:
            return step(*args, **named)
        finally:
            spent[label] += time.perf_counter() - start

    return clocked


def memory(what: str) -> float:
    """Return resident memory now (VmRSS) or at its peak (VmHWM) in GB. Not ru_maxrss: a child inherits that."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(what)) * 1024 / 1e9


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--roles", nargs="*")
    parser.add_argument("--parts", type=int, default=1)
    parser.add_argument("--scanned", action="store_true")
    args = parser.parse_args()
    mentions, residents = (scanned if args.scanned else tables)(args.data, args.roles)
    gazetteer()  # normalising has read it already
    for k in reversed(range(args.parts)):
        # every 2^k-th record and resident: the same mix of communes and years
        records = pl.col("record_id").hash(0) % 2**k == 0
        measure(mentions.filter(records), residents.gather_every(2**k), steps=k == 0)


if __name__ == "__main__":
    main()
