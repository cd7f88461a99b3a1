"""Precision, recall and calibration of matching on a synthetic area, per register and role.

    python benchmarks/match_quality.py --mix development --residents 200000 --seed 1   # for tuning
    python benchmarks/match_quality.py --mix test --residents 1000000 --seed 2         # for reporting only
    python benchmarks/match_quality.py --data DATA                                     # made before

Prints for each role: mentions, how many have their person in the extract, share sent to review, precision and recall
of tier ``match``, reach (the person is matched or among the candidates shown), then what the probability means
(table "calibration") and what other thresholds would give (table "thresholds"). Never tune on the test mix.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import polars as pl
from match_speed import tables

from reconcile.match import MatchResult, link

KEY = ["source_file", "source_row", "register", "role"]
BINS = [0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.97, 0.99, 0.999]
THRESHOLDS = [0.9, 0.95, 0.97, 0.98, 0.99, 0.995, 0.998]
HIT, MATCH, EXISTS = pl.col("hit"), pl.col("tier") == "match", pl.col("true_row").is_not_null()


def judged(result: MatchResult, truth: pl.DataFrame) -> pl.DataFrame:
    """Links beside the known person: ``true_row``, ``hit``, ``shown`` (among the candidates)."""
    known = truth.select(*KEY, pl.col("population_row").alias("true_row"))
    if not result.links["source_file"].is_in(known["source_file"].unique().implode()).any():
        known = known.with_columns(pl.col("source_file").str.replace(r"^civil/", ""))
    frame = result.links.join(known, on=KEY, how="inner")
    shown = result.candidates.select(
        *KEY, pl.col("population_row").alias("true_row"), shown=pl.lit(value=True)
    )
    frame = frame.join(shown.unique(), on=[*KEY, "true_row"], how="left")
    hit = (pl.col("population_row") == pl.col("true_row")).fill_null(value=False)
    return frame.with_columns(hit.alias("hit"), pl.col("shown").fill_null(value=False))


def quality(frame: pl.DataFrame) -> pl.DataFrame:
    return (
        frame.group_by("register", "role")
        .agg(
            mentions=pl.len(),
            exist=EXISTS.sum(),
            false_links=(MATCH & ~HIT).sum(),
            precision=100 * (MATCH & HIT).sum() / MATCH.sum(),
            recall=100 * (MATCH & HIT).sum() / EXISTS.sum(),
            reach=100 * (((MATCH & HIT) | pl.col("shown")) & EXISTS).sum() / EXISTS.sum(),
            review=100 * (pl.col("tier") == "review").mean(),
        )
        .sort("register", "role")
    )


def calibration(frame: pl.DataFrame) -> pl.DataFrame:
    weighed = frame.filter(pl.col("match_pass") == "mo_hinh")
    index = pl.sum_horizontal((pl.col("probability") > b).cast(pl.Int32) for b in BINS)
    groups = weighed.group_by("role", index.alias("bin"))
    return groups.agg(n=pl.len(), said=pl.col("probability").mean(), true=HIT.mean()).sort("role", "bin")


def thresholds(frame: pl.DataFrame) -> pl.DataFrame:
    lines = []
    for limit in THRESHOLDS:
        chosen = frame.filter((pl.col("tier") != "none") & (pl.col("probability") >= limit))
        exist = frame.group_by("role").agg(exist=EXISTS.sum())
        counted = chosen.group_by("role").agg(hits=HIT.sum(), n=pl.len()).join(exist, on="role")
        lines.append(
            counted.select(
                "role",
                threshold=pl.lit(limit),
                precision=100 * pl.col("hits") / pl.col("n"),
                recall=100 * pl.col("hits") / pl.col("exist"),
            )
        )
    return pl.concat(lines).sort("role", "threshold")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path)
    parser.add_argument("--mix", default="development")
    parser.add_argument("--residents", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--roles", nargs="*")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = args.data
        if data is None:
            data = Path(folder)
            make = [
                sys.executable,
                "-m",
                "reconcile.synthetic",
                "--residents",
                str(args.residents),
                "--mix",
                args.mix,
            ]
            subprocess.run(
                [*make, "--seed", str(args.seed), "--format", "parquet", "--out", folder], check=True
            )
        mentions, residents = tables(data)
        if args.roles:
            mentions = mentions.filter(pl.col("role").is_in(args.roles))
        frame = judged(link(mentions, residents), pl.read_parquet(data / "truth" / "links.parquet"))
    pl.Config.set_tbl_rows(200).set_tbl_cols(20).set_tbl_width_chars(160).set_tbl_hide_column_data_types(True)
    pl.Config.set_tbl_hide_dataframe_shape(True).set_float_precision(3)
    for title, table in (("quality", quality), ("calibration", calibration), ("thresholds", thresholds)):
        print(title, table(frame), sep="\n")


if __name__ == "__main__":
    main()
