"""Births against residents: this engine and Splink 5 on the same normalised tables, in the same run.

    pip install -c benchmarks/constraints.txt -e '.[bench]'
    python -m reconcile.synthetic --residents 1000000 --mix test --seed 2 --format parquet --out DATA
    python benchmarks/match_splink.py DATA [--rounds 3]

Splink is set up as somebody who knows it would: cleaned names with and without marks, dates with swapped and
partial levels, parents, number, sex, term frequencies, eight blocking rules, u from random pairs, m by EM on two
blockings, one resident per record and one record per resident, best threshold chosen *with* the truth (which
favours Splink: this engine has to use the threshold it chose without it).

Each engine runs in a process of its own, by turns, ``--rounds`` times; time is the median of train + predict (normalisation is
common and told apart), memory the highest peak. One turn alone says little: the first process after normalising waits for pages
that a later one finds ready, and a shared machine is slower in one minute than in the next.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import polars as pl

SPLINK_COLUMNS = (
    "name_key",
    "name_plain",
    "given",
    "family",
    "dob",
    "year",
    "sex",
    "personal_id",
    "father_plain",
    "mother_plain",
    "commune",
)


def prepare(data: Path, work: Path) -> float:
    """Normalise once; write the tables for both engines and the truth. Return seconds."""
    from reconcile.ingest import read_civil, read_population
    from reconcile.normalize.tables import normalize_mentions, normalize_records, normalize_residents
    from reconcile.schema import PERSON_AS_WRITTEN

    start = time.perf_counter()
    civil = read_civil([data / "civil"])
    population = next(p for p in sorted(data.iterdir()) if p.name.startswith("population"))
    residents = normalize_residents(read_population(population).residents)
    records = normalize_records(civil.records)
    mentions = normalize_mentions(civil.mentions, records)
    seconds = time.perf_counter() - start
    # neither engine looks at the texts as written
    written = [column.name for column in PERSON_AS_WRITTEN]
    mentions.filter(pl.col("role") == "nks").drop(written).write_parquet(work / "mentions.parquet")
    residents.drop(written).write_parquet(work / "residents.parquet")
    truth = pl.read_parquet(data / "truth" / "links.parquet").filter(pl.col("role") == "nks")
    truth.select("source_file", "source_row", "population_row").write_parquet(work / "truth.parquet")
    return seconds


def splink_table(frame: pl.DataFrame, key: pl.Expr) -> pl.DataFrame:
    """Return the columns that Splink compares. A partial date stays null; its year is a column of its own."""
    full = pl.col("birth_earliest") == pl.col("birth_latest")
    same_year = pl.col("birth_earliest").dt.year() == pl.col("birth_latest").dt.year()
    unit = "commune_code" if "commune_code" in frame.columns else "birth_registration_unit"
    words = pl.col("name_plain").str.split(" ")
    return frame.select(
        key.alias("unique_id"),
        "name_key",
        "name_plain",
        words.list.last().alias("given"),
        words.list.first().alias("family"),
        pl.when(full).then(pl.col("birth_earliest").dt.to_string("%Y-%m-%d")).alias("dob"),
        pl.when(same_year).then(pl.col("birth_earliest").dt.year()).alias("year"),
        "sex",
        "personal_id",
        "father_plain",
        "mother_plain",
        pl.col(unit).alias("commune"),
    )


def run_splink(work: Path) -> dict[str, float]:
    """Train and predict with Splink; write one best pair per record and resident. Return seconds."""
    import splink.comparison_level_library as cll
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    mentions = pl.read_parquet(work / "mentions.parquet").with_row_index("n")
    residents = pl.read_parquet(work / "residents.parquet")
    left = splink_table(mentions, pl.col("n").cast(pl.Int64)).to_arrow()
    right = splink_table(residents, pl.col("population_row").cast(pl.Int64)).to_arrow()

    def names(column: str, levels: list) -> cl.CustomComparison:
        return cl.CustomComparison(output_column_name=column, comparison_levels=[*levels, cll.ElseLevel()])

    person = names(
        "person",
        [
            cll.NullLevel("name_plain"),
            cll.ExactMatchLevel("name_key", term_frequency_adjustments=True),
            cll.ExactMatchLevel("name_plain", term_frequency_adjustments=True),
            cll.JaroWinklerLevel("name_plain", 0.95),
            cll.JaroWinklerLevel("name_plain", 0.88),
            cll.ExactMatchLevel("given", term_frequency_adjustments=True),
        ],
    )
    swapped = (
        "substr(dob_l,1,4)=substr(dob_r,1,4) and substr(dob_l,6,2)=substr(dob_r,9,2)"
        " and substr(dob_l,9,2)=substr(dob_r,6,2)"
    )
    birth = names(
        "birth",
        [
            cll.CustomLevel("year_l is null or year_r is null", "unknown").configure(is_null_level=True),
            cll.ExactMatchLevel("dob"),
            cll.CustomLevel(swapped, "day and month swapped"),
            cll.DamerauLevenshteinLevel("dob", 1),
            cll.CustomLevel("(dob_l is null or dob_r is null) and year_l = year_r", "year only, equal"),
            cll.CustomLevel("year_l = year_r", "year equal"),
            cll.CustomLevel("abs(year_l - year_r) <= 1", "year one off"),
        ],
    )

    def parent(column: str) -> cl.CustomComparison:
        return names(
            column.split("_", maxsplit=1)[0],
            [
                cll.NullLevel(column),
                cll.ExactMatchLevel(column, term_frequency_adjustments=True),
                cll.JaroWinklerLevel(column, 0.95),
                cll.JaroWinklerLevel(column, 0.88),
            ],
        )

    settings = SettingsCreator(
        link_type="link_only",
        comparisons=[
            person,
            birth,
            parent("father_plain"),
            parent("mother_plain"),
            cl.ExactMatch("sex"),
            cl.ExactMatch("personal_id"),
            cl.ExactMatch("commune"),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("personal_id"),
            block_on("name_plain", "dob"),
            block_on("name_plain", "year"),
            block_on("given", "dob"),
            block_on("father_plain", "mother_plain"),
            block_on("name_plain", "father_plain"),
            block_on("name_plain", "mother_plain"),
            block_on("dob", "mother_plain"),
        ],
        retain_matching_columns=False,
        probability_two_random_records_match=1 / max(len(residents), 1),
    )
    start = time.perf_counter()
    api = DuckDBAPI()
    linker = Linker(
        [api.register(left, table_name="civil"), api.register(right, table_name="population")], settings
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=2e6, seed=1)
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("name_plain", "year"))
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("dob", "mother_plain"))
    pairs = linker.inference.predict(threshold_match_probability=0.01).as_duckdbpyrelation()
    scored = pairs.select("match_weight, match_probability, unique_id_l, unique_id_r, source_dataset_l").pl()
    seconds = time.perf_counter() - start
    flip = pl.col("source_dataset_l") != "civil"
    best = (
        scored.select(
            pl.when(flip).then("unique_id_r").otherwise("unique_id_l").alias("n"),
            pl.when(flip).then("unique_id_l").otherwise("unique_id_r").alias("population_row"),
            "match_weight",
            "match_probability",
        )
        .sort("match_weight", "n", "population_row", descending=[True, False, False])
        .unique("n", keep="first", maintain_order=True)
        .unique("population_row", keep="first", maintain_order=True)
    )
    best.join(mentions.select(pl.col("n").cast(pl.Int64), "source_file", "source_row"), on="n").write_parquet(
        work / "splink.parquet"
    )
    return {"seconds": seconds}


def run_ours(work: Path) -> dict[str, float]:
    """Link with this engine; write the matches. Return seconds."""
    from reconcile.match import link
    from reconcile.normalize.gazetteer import gazetteer

    gazetteer()  # normalising has read it already
    mentions = pl.read_parquet(work / "mentions.parquet")
    residents = pl.read_parquet(work / "residents.parquet")
    start = time.perf_counter()
    result = link(mentions, residents)
    seconds = time.perf_counter() - start
    result.links.write_parquet(work / "links.parquet")
    return {"seconds": seconds}


def score(found: pl.DataFrame, truth: pl.DataFrame) -> dict[str, float]:
    """Precision, recall and F1 of found pairs (source_file, source_row, population_row)."""
    known = truth.filter(pl.col("population_row").is_not_null())
    keys = ["source_file", "source_row", "population_row"]
    right = (
        found.select(pl.col(k).cast(known.schema[k]) for k in keys).join(known.select(keys), on=keys).height
    )
    precision, recall = right / max(found.height, 1), right / max(known.height, 1)
    return {
        "precision": precision,
        "recall": recall,
        "f1": 2 * precision * recall / max(precision + recall, 1e-12),
        "pairs": found.height,
    }


def best_threshold(scored: pl.DataFrame, truth: pl.DataFrame) -> dict[str, float]:
    """The threshold with the highest F1, found with the truth."""
    weights = scored["match_weight"]
    quantiles = {float(weights.quantile(q / 200) or 0.0) for q in range(200)}
    grid = [
        {**score(scored.filter(pl.col("match_weight") >= w), truth), "weight": w} for w in sorted(quantiles)
    ]
    return max(grid, key=lambda row: row["f1"])


def peak_gb() -> float:
    """Peak memory of this process. Not ru_maxrss: a child inherits that from the process that started it."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) * 1024 / 1e9
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9


def child(engine: str, work: Path) -> None:
    """Run one engine in this process and print its figures."""
    figures = run_ours(work) if engine == "ours" else run_splink(work)
    figures["peak_gb"] = peak_gb()
    print(json.dumps(figures))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--engine", choices=["ours", "splink"])
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    if args.engine:
        child(args.engine, args.data)
        return
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        normalising = prepare(args.data, work)
        truth = pl.read_parquet(work / "truth.parquet")
        turns: dict[str, list[dict[str, float]]] = {"ours": [], "splink": []}
        for _ in range(args.rounds):
            for engine, figures in turns.items():
                command = [sys.executable, __file__, str(work), "--engine", engine]
                shown = subprocess.run(command, capture_output=True, text=True, check=False)
                if shown.returncode:
                    sys.exit(shown.stderr[-3000:])
                figures.append(json.loads(shown.stdout.splitlines()[-1]))
        costs = {
            engine: {
                "seconds": statistics.median(f["seconds"] for f in figures),
                "peak_gb": max(f["peak_gb"] for f in figures),
            }
            for engine, figures in turns.items()
        }
        links = pl.read_parquet(work / "links.parquet")
        ours = score(links.filter(pl.col("tier") == "match"), truth)
        scored = links.filter(pl.col("population_row").is_not_null()).with_columns(
            match_weight=pl.col("probability")
        )
        ours_best = best_threshold(scored, truth)
        splink = best_threshold(pl.read_parquet(work / "splink.parquet"), truth)
        print(f"births {truth.height:,}, reading and normalising both sides {normalising:.1f} s\n")
        print("| engine | precision | recall | F1 | seconds | peak GB |\n|---|---|---|---|---|---|")
        for name, quality, cost in (
            ("reconcile, tier match", ours, costs["ours"]),
            ("reconcile, best threshold", ours_best, costs["ours"]),
            ("Splink 5, best threshold", splink, costs["splink"]),
        ):
            print(
                f"| {name} | {quality['precision']:.5f} | {quality['recall']:.5f} | {quality['f1']:.5f} "
                f"| {cost['seconds']:.1f} | {cost['peak_gb']:.2f} |"
            )
        print(
            f"\nF1 error: 1/{(1 - splink['f1']) / max(1 - ours_best['f1'], 1e-9):.1f} of Splink's (both at their best threshold); "
            f"{costs['splink']['seconds'] / costs['ours']['seconds']:.1f} times as fast"
        )
        for engine, figures in turns.items():
            seconds = ", ".join(f"{turn['seconds']:.1f}" for turn in figures)
            print(f"{engine}: {seconds} s")


if __name__ == "__main__":
    main()
