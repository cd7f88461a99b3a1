"""Seconds per step and peak memory of matching.

    python -m reconcile.synthetic --residents 850000 --mix development --area haiduong --seed 5 --format parquet --out DATA
    python benchmarks/match_speed.py DATA [--roles nks] [--parts 4]

``--roles`` keeps only some roles (births: nks). ``--parts`` also links a half, a quarter … of the mentions and residents,
to show how time grows. Reading and normalising are not counted; their result is kept beside DATA for the next time.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import resource
import time
from pathlib import Path

import polars as pl

from reconcile.match import link

STEPS = {
    "encode": ("encode.py", "encode"),
    "certain passes": ("passes.py", "settle"),
    "learning": ("expectation_maximisation.py", "learn"),
    "blocking": ("blocking.py", "candidate_pairs"),
    "comparing": ("evidence.py", "compare"),
    "weights": ("model.py", "weights"),
    "assignment": ("assignment.py", "assign"),
}
"""What is printed: label → (module, function). Learning blocks and compares too, so the parts overlap."""


def tables(data: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read and normalise once; later runs read the normalised tables."""
    kept = data / "normalized"
    if not kept.is_dir():
        from reconcile.ingest import read_civil, read_population
        from reconcile.normalize.tables import normalize_mentions, normalize_records, normalize_residents

        civil = read_civil([data / "civil"])
        extract = next(p for p in sorted(data.iterdir()) if p.name.startswith("population"))
        records = normalize_records(civil.records)
        kept.mkdir()
        normalize_mentions(civil.mentions, records).write_parquet(kept / "mentions.parquet")
        normalize_residents(read_population(extract).residents).write_parquet(kept / "residents.parquet")
    return pl.read_parquet(kept / "mentions.parquet"), pl.read_parquet(kept / "residents.parquet")


def measure(mentions: pl.DataFrame, residents: pl.DataFrame, *, steps: bool) -> None:
    profile = cProfile.Profile()
    wall, cpu = time.perf_counter(), time.process_time()
    if steps:
        profile.enable()
    result = link(mentions, residents)
    profile.disable()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    matched = (result.links["tier"] == "match").sum()
    print(
        f"{mentions.height:>10,} mentions  {residents.height:>10,} residents  {matched:>10,} matched  "
        f"{wall:7.2f} s  {cpu:7.2f} s of CPU  {1e6 * wall / max(1, mentions.height):6.1f} µs per mention  "
        f"peak so far {peak:,.0f} MB"
    )
    if steps:
        seen = {(Path(f).name, name): t[3] for (f, _, name), t in pstats.Stats(profile).stats.items()}  # type: ignore[attr-defined]
        for label, key in STEPS.items():
            print(f"    {label:16} {seen.get(key, 0.0):6.2f} s")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--roles", nargs="*")
    parser.add_argument("--parts", type=int, default=1)
    args = parser.parse_args()
    mentions, residents = tables(args.data)
    if args.roles:
        mentions = mentions.filter(pl.col("role").is_in(args.roles))
    for k in reversed(range(args.parts)):
        # every 2^k-th record and resident: the same mix of communes and years
        records = pl.col("record_id").hash(0) % 2**k == 0
        measure(mentions.filter(records), residents.gather_every(2**k), steps=k == 0)


if __name__ == "__main__":
    main()
