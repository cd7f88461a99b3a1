"""Precision and recall of the comparison per code, on synthetic registers with true links and true discrepancies.

    python benchmarks/compare_quality.py [--residents 20000] [--mix development] [--seed 1] [--show CODE] [--whole]

The links are the true ones, so that only the comparison is measured. A found row is right when the truth has the
same record, role and field; ``same code`` tells how many of those carry the same code as well. With ``--whole`` the
links are those that ``match.link`` makes, judged as ``docs/evaluation.md`` says, and common causes are counted: a
planted one of at least five records with a difference is found where most of its rows are told in one group, a group
told is invented where most of its rows were not planted.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import polars as pl

from reconcile.compare import discrepancies
from reconcile.ingest import read_civil, read_population
from reconcile.match import link
from reconcile.match.evaluation_discrepancies import evaluate_discrepancies, format_discrepancies
from reconcile.match.evaluation_keys import aligned
from reconcile.normalize.tables import normalize_mentions, normalize_records, normalize_residents
from reconcile.schema import LINKS
from reconcile.synthetic import make

KEYS = ["source_file", "source_row", "role", "field"]


def load(folder: Path) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Read a synthetic folder and return true links, mentions, residents and records, normalised."""
    civil = read_civil([folder / "civil"])
    population = read_population(next(iter(sorted(folder.glob("population.*")))))
    records = normalize_records(civil.records)
    mentions = normalize_mentions(civil.mentions, records)
    residents = normalize_residents(population.residents)
    truth = pl.read_parquet(folder / "truth" / "links.parquet").select(
        "source_row", "role", "population_row", file=pl.col("source_file").str.split("/").list.last()
    )
    links = (
        mentions.select("record_id", "source_file", "source_row", "register", "role")
        .with_columns(file=pl.col("source_file").str.split("/").list.last())
        .join(truth, on=["file", "source_row", "role"], how="left", maintain_order="left")
        .join(
            residents.select("population_row", "resident_id"),
            on="population_row",
            how="left",
            maintain_order="left",
        )
        .with_columns(
            tier=pl.when(pl.col("population_row").is_not_null())
            .then(pl.lit("match"))
            .otherwise(pl.lit("none"))
        )
    )
    return LINKS.conform(links).select(LINKS.names), mentions, residents, records


def measure(found: pl.DataFrame, truth: pl.DataFrame) -> pl.DataFrame:
    """Return per true code (or found code, where nothing is true): true, found, right place, same code."""
    both = truth.join(found, on=KEYS, how="full", coalesce=True, suffix="_found")
    return (
        both.with_columns(what=pl.coalesce("code", "code_found"))
        .group_by("what")
        .agg(
            true=pl.col("code").count(),
            found=pl.col("code_found").count(),
            both=(pl.col("code").is_not_null() & pl.col("code_found").is_not_null()).sum(),
            same_code=(pl.col("code") == pl.col("code_found")).sum(),
        )
        .with_columns(
            recall=(pl.col("both") / pl.col("true")).round(3),
            precision=(pl.col("both") / pl.col("found")).round(3),
        )
        .sort("what")
    )


def measure_whole(folder: Path) -> str:
    """Match, compare and judge a synthetic folder; return the report as text."""
    _, mentions, residents, records = load(folder)
    links = link(mentions, residents).links
    found = discrepancies(links, mentions, residents, records)
    truth = pl.read_parquet(folder / "truth" / "links.parquet")
    wanted = pl.read_parquet(folder / "truth" / "discrepancies.parquet")
    report = format_discrepancies(evaluate_discrepancies(found, wanted, links, truth))
    told = aligned(found, truth)
    assert told is not None
    report += "\n" + events(told_events(found, truth), wanted, links, truth)
    return report + "\n" + causes(told.drop_nulls("systematic"), wanted.drop_nulls("systematic"))


EVENTS = ("DEAD_BUT_ALIVE", "DEATH_DATE", "ACTIVE_AFTER_DEATH", "NO_DEATH_RECORD", "BORN_AFTER_PARENT_DEATH",
          "PARENT_TOO_YOUNG", "MARITAL_STATUS")  # fmt: skip
"""Codes about what happened in a life, judged over the pairs that the run made rightly."""


def told_events(found: pl.DataFrame, truth: pl.DataFrame) -> pl.DataFrame:
    """Return the found rows under the truth's file names."""
    told = aligned(found, truth)
    assert told is not None
    return told


def events(told: pl.DataFrame, wanted: pl.DataFrame, links: pl.DataFrame, truth: pl.DataFrame) -> str:
    """Return recall and precision of each code of ``EVENTS`` and of NOT_IN_POPULATION by role."""
    mention = ["source_file", "source_row", "role"]
    pair = [*mention, "population_row"]
    made = told_events(links, truth).filter(pl.col("tier") == "match").select(pair)
    right = truth.drop_nulls("population_row").select(pair).join(made, on=pair, how="semi")
    lines = []
    for code in EVENTS:
        both = [
            frame.filter(pl.col("code") == code).join(right, on=pair, how="semi").select(pair).unique()
            for frame in (wanted, told)
        ]
        lines.append(_line(code, *both, pair))
    for roles in (("nks",), ("me", "cha"), ("cm",)):
        of = (pl.col("code") == "NOT_IN_POPULATION") & pl.col("role").is_in(roles)
        both = [frame.filter(of).select(mention).unique() for frame in (wanted, told)]
        lines.append(_line(f"NOT_IN_POPULATION {'+'.join(roles)}", *both, mention))
    return "\n".join(lines)


def _line(name: str, wanted: pl.DataFrame, told: pl.DataFrame, keys: list[str]) -> str:
    hit = wanted.join(told, on=keys, how="semi").height
    recall = f"{hit / wanted.height:.1%}" if wanted.height else "–"
    precision = f"{hit / told.height:.1%}" if told.height else "–"
    return f"  {name:<26} {wanted.height:>6} {told.height:>6}   {recall:>6}   {precision:>6}"


def causes(told: pl.DataFrame, planted: pl.DataFrame) -> str:
    """Return how many planted common causes were told, and how many were told that nobody planted."""
    theirs = told.select(*KEYS, group="systematic")
    groups = (
        planted.join(theirs, on=KEYS, how="left")
        .group_by("systematic")
        .agg(
            records=pl.struct("source_file", "source_row").n_unique(),
            share=pl.col("group").is_not_null().mean(),
            groups=pl.col("group").drop_nulls().n_unique(),
        )
        .filter(pl.col("records") >= 5)
    )
    true = theirs.join(planted.select(*KEYS, planted="systematic"), on=KEYS, how="left").group_by("group")
    invented = true.agg(pl.col("planted").is_not_null().mean()).filter(pl.col("planted") <= 0.5)
    once = groups.filter((pl.col("share") > 0.5) & (pl.col("groups") == 1))
    most = groups.filter(pl.col("share") > 0.5)
    return (
        f"Common causes of five records and more: {groups.height} planted, {most.height} found, {once.height} of them "
        f"as one group; {invented.height} invented of {theirs['group'].n_unique()} told"
    )


def main() -> None:
    """Make, compare, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--residents", type=int, default=20_000)
    parser.add_argument("--mix", default="development")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--whole", action="store_true", help="with the links of the engine, as a run has them"
    )
    parser.add_argument("--show", help="print ten rows of this code that truth and comparison do not share")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        make(options.residents, options.mix, options.seed).write(Path(folder), "parquet")
        if options.whole:
            print(measure_whole(Path(folder)))
            return
        links, mentions, residents, records = load(Path(folder))
        truth = pl.read_parquet(Path(folder) / "truth" / "discrepancies.parquet").drop_nulls("source_file")
    last = pl.col("source_file").str.split("/").list.last()
    found = discrepancies(links, mentions, residents, records).with_columns(last)
    truth = truth.with_columns(last)
    pl.Config.set_tbl_rows(80).set_fmt_str_lengths(70).set_tbl_width_chars(200)
    print(measure(found.select(*KEYS, "code").unique(KEYS), truth.select(*KEYS, "code").unique(KEYS)))
    print(found.group_by("severity").len().sort("len"), found.height, "rows of", links.height, "mentions")
    if options.show:
        left = truth.filter(pl.col("code") == options.show).join(found, on=KEYS, how="anti")
        right = found.filter(pl.col("code") == options.show).join(truth, on=KEYS, how="anti")
        print("missed", left.select(*KEYS, "civil_value", "population_value").head(10))
        print("not in the truth", right.select(*KEYS, "civil_value", "population_value").head(10))


if __name__ == "__main__":
    main()
