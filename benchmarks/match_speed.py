"""Seconds per step and peak memory of matching.

    python -m reconcile.synthetic --residents 850000 --mix development --area haiduong --seed 5 --format parquet --out DATA
    python benchmarks/match_speed.py DATA [--roles nks] [--parts 4]

``--roles`` keeps only some roles (births: nks). ``--parts`` also links a half, a quarter … of the mentions and residents,
to show how time grows. Reading and normalising are not counted; their result is kept beside DATA for the next time.
Memory: resident memory of this process with the tables alone, and its peak while linking.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import time
from pathlib import Path

import polars as pl

from reconcile.match import link
from reconcile.normalize.gazetteer import gazetteer
from reconcile.schema import NORMALIZED_MENTIONS, NORMALIZED_RESIDENTS, PERSON_AS_WRITTEN, Table

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


def tables(data: Path, roles: list[str] | None = None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read and normalise once; later runs read the normalised tables."""
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


def _read(path: Path, roles: list[str] | None) -> pl.DataFrame:
    """Read what matching looks at: comparable columns, not the texts as written."""
    rows = pl.scan_parquet(path)
    if roles:
        rows = rows.filter(pl.col("role").is_in(roles))
    written = [column.name for column in PERSON_AS_WRITTEN]
    return rows.drop(written).collect()


def measure(mentions: pl.DataFrame, residents: pl.DataFrame, *, steps: bool) -> None:
    profile = cProfile.Profile()
    held = memory("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # forget the peak of reading the tables
    wall, cpu = time.perf_counter(), time.process_time()
    if steps:
        profile.enable()
    result = link(mentions, residents)
    profile.disable()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    matched = (result.links["tier"] == "match").sum()
    print(
        f"{mentions.height:>10,} mentions  {residents.height:>10,} residents  {matched:>10,} matched  "
        f"{wall:7.2f} s  {cpu:7.2f} s of CPU  {1e6 * wall / max(1, mentions.height):6.1f} µs per mention  "
        f"tables {held:.2f} GB, peak {memory('VmHWM'):.2f} GB"
    )
    if steps:
        seen = {(Path(f).name, name): t[3] for (f, _, name), t in pstats.Stats(profile).stats.items()}  # type: ignore[attr-defined]
        for label, key in STEPS.items():
            print(f"    {label:16} {seen.get(key, 0.0):6.2f} s")


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
    args = parser.parse_args()
    mentions, residents = tables(args.data, args.roles)
    gazetteer()  # normalising has read it already
    for k in reversed(range(args.parts)):
        # every 2^k-th record and resident: the same mix of communes and years
        records = pl.col("record_id").hash(0) % 2**k == 0
        measure(mentions.filter(records), residents.gather_every(2**k), steps=k == 0)


if __name__ == "__main__":
    main()
