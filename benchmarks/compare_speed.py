"""Speed and memory of the comparison at province size: 2.3 million linked mentions.

    python benchmarks/compare_speed.py [--residents 60000] [--links 2300000] [--seed 1]

A development mix is made and normalised once; its linked records are repeated, under new record ids, until there are
as many links as asked for. Repeating keeps the share of differing values, and makes the caches of distinct pairs look
better than they are: distinct values grow slower than records in a real province too, but not that slowly.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from pathlib import Path

import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parent))

from compare_quality import load

from reconcile.compare import discrepancies_with_causes
from reconcile.compare.pairs import pair_up
from reconcile.compare.stage import COMPARISONS
from reconcile.synthetic import make


def repeat(frame: pl.DataFrame, times: int) -> pl.DataFrame:
    """Return the frame ``times`` times, each under its own record ids."""
    return pl.concat(
        [frame.with_columns(record_id=pl.format("{}/{}", "record_id", pl.lit(n))) for n in range(times)]
    )


def main() -> None:
    """Make, repeat, compare, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--residents", type=int, default=60_000)
    parser.add_argument("--links", type=int, default=2_300_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--profile", action="store_true", help="print the seconds of each comparison")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        make(options.residents, "development", options.seed).write(Path(folder), "parquet")
        links, mentions, residents, records = load(Path(folder))
    linked = links.filter(pl.col("tier") == "match").height
    times = max(1, -(-options.links // linked))
    links, mentions, records = (repeat(frame, times) for frame in (links, mentions, records))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    pairs_of_names = links.filter(pl.col("tier") == "match").height
    print(f"{pairs_of_names:,} linked mentions, {links.height:,} links, {residents.height:,} residents")
    if options.profile:
        _, pairs = pair_up(links, mentions, residents)
        for compare in COMPARISONS:
            start = time.perf_counter()
            rows = compare(pairs).height
            print(f"  {compare.__name__:28} {time.perf_counter() - start:6.2f} s {rows:>9,} rows")
    start = time.perf_counter()
    found, causes = discrepancies_with_causes(links, mentions, residents, records)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{seconds:.1f} s, {found.height:,} discrepancies, {causes.height} common causes")
    print(
        f"peak memory {peak:,.0f} MiB, of which {before:,.0f} MiB before comparing (tables of the benchmark)"
    )


if __name__ == "__main__":
    main()
