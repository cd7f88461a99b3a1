"""Seconds of the exports of a synthetic district: `python benchmarks/export_speed.py [RESIDENTS]`."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import polars as pl

from reconcile.exports import export
from reconcile.ingest import read_civil
from reconcile.normalize.tables import normalize_records
from reconcile.synthetic import make


def decisions(civil: Path) -> pl.DataFrame:
    """Return one decision on every fifth birth: another spelling of the child's name."""
    read = read_civil(civil)
    births = normalize_records(read.records).filter(pl.col("register") == "KS").select("record_id")
    return (
        read.mentions.filter(pl.col("role") == "nks")
        .join(births, on="record_id", how="semi", maintain_order="left")
        .gather_every(5)
        .select(
            pl.format("1.{}", pl.int_range(pl.len())).alias("decision_id"),
            pl.format("c{}", pl.int_range(pl.len())).alias("case_id"),
            "record_id",
            "role",
            kind=pl.lit("discrepancy"),
            field=pl.lit("ho_ten"),
            code=pl.lit("NAME_TONE"),
            conclusion=pl.lit("Sửa hộ tịch"),
            civil_value="ho_ten",
            correct_value=pl.format("{} Nhi", "ho_ten"),
        )
    )


def main() -> None:
    residents = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make(residents, "development", 7).write(folder)
        made = decisions(folder / "civil")
        for kind, rows in (
            ("hotich", "corrected"),
            ("dancu", "corrected"),
            ("template", "corrected"),
            ("template", "all"),
        ):
            asked = made.with_columns(conclusion=pl.lit("Sửa dân cư")) if kind == "dancu" else made
            start = time.perf_counter()
            done = export(kind, asked, folder / "civil", folder / f"{kind}-{rows}", rows=rows)
            seconds = time.perf_counter() - start
            counts = done.summary["counts"]
            print(
                f"{kind:>9} {rows:>9}: {seconds:6.1f} s  {counts['corrections']} corrections  "
                f"{counts.get('rows', 0)} rows  {counts.get('books', len(done.files))} files"
            )


if __name__ == "__main__":
    main()
