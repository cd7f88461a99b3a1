"""Precision and recall of links against known pairs. What counts as right is defined in ``docs/evaluation.md``.

The key of a mention is (source_file, source_row, role); a person is a row of the extract. Files are compared by the
end of their path that both sides have, since a run names them relative to its own input.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from reconcile.match.evaluation_discrepancies import evaluate_discrepancies, format_discrepancies
from reconcile.match.evaluation_keys import KEY, aligned, ratio
from reconcile.match.evaluation_report import format_report
from reconcile.match.evaluation_sample import estimate_precision, wilson
from reconcile.problems import ReconcileError

if TYPE_CHECKING:
    from collections.abc import Mapping

THRESHOLDS = (0.5, 0.7, 0.8, 0.9, 0.95, 0.97, 0.98, 0.99, 0.995, 0.999)
BINS = (0.0, 0.05, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 0.99, 0.999, 1.0)
PERIODS = ((1975, "–1975"), (1998, "1976–1998"), (2005, "1999–2005"), (2015, "2006–2015"), (9999, "2016–"))
WORST = 10


def _joined(links: pl.DataFrame, truth: pl.DataFrame) -> pl.DataFrame:
    """Return truth rows with what was said of each: tier, population_row of the link, probability."""
    said = links.select(
        *KEY,
        "tier",
        "probability",
        *(c for c in ("record_id", "resident_id", "match_pass") if c in links.columns),
        pl.col("population_row").alias("linked_row"),
        pl.lit(value=True).alias("looked_up"),
    )
    frame = truth.join(said, on=KEY, how="left", maintain_order="left", suffix="_link")
    exists = pl.col("population_row").is_not_null()
    hit = (pl.col("linked_row") == pl.col("population_row")).fill_null(value=False)
    return frame.with_columns(
        pl.col("looked_up").fill_null(value=False),
        pl.col("tier").fill_null("not looked up"),
        exists.alias("exists"),
        hit.alias("hit"),
    )


def _shown(frame: pl.DataFrame, candidates: pl.DataFrame | None) -> pl.DataFrame:
    """Add ``in_candidates``: the right person is among those shown to the clerk (or is the one linked in review)."""
    review = pl.col("tier") == "review"
    if candidates is None or candidates.is_empty():
        return frame.with_columns((review & pl.col("hit")).alias("in_candidates"))
    shown = (
        candidates.select(*KEY, "population_row").unique().with_columns(pl.lit(value=True).alias("_shown"))
    )
    return (
        frame.join(shown, on=[*KEY, "population_row"], how="left", maintain_order="left")
        .with_columns(
            (review & (pl.col("_shown").fill_null(value=False) | pl.col("hit"))).alias("in_candidates")
        )
        .drop("_shown")
    )


def _measures() -> list[pl.Expr]:
    match = pl.col("tier") == "match"
    return [
        pl.len().alias("mentions"),
        pl.col("exists").sum().alias("with_person"),
        match.sum().alias("matches"),
        (match & pl.col("hit")).sum().alias("right"),
        (match & ~pl.col("hit")).sum().alias("wrong"),
        (pl.col("tier") == "review").sum().alias("review"),
        (pl.col("exists") & ((match & pl.col("hit")) | pl.col("in_candidates"))).sum().alias("found"),
        (~pl.col("looked_up") & pl.col("exists")).sum().alias("not_looked_up"),
    ]


def _scores(row: Mapping[str, Any]) -> dict[str, Any]:
    precision, recall = ratio(row["right"], row["matches"]), ratio(row["right"], row["with_person"])
    f1 = None if not precision or not recall else 2 * precision * recall / (precision + recall)
    return {
        **row,
        "precision": precision,
        "recall": recall,
        "f1": f1,
        "review_share": ratio(row["review"], row["mentions"]),
        "found_share": ratio(row["found"], row["with_person"]),
    }


def _groups(frame: pl.DataFrame, *columns: str) -> list[dict[str, Any]]:
    table = frame.group_by(*columns).agg(_measures()).sort(*columns, nulls_last=True)
    return [_scores(row) for row in table.iter_rows(named=True)]


def _curve(frame: pl.DataFrame) -> list[dict[str, Any]]:
    persons = int(frame["exists"].sum())
    linked = frame.filter(pl.col("linked_row").is_not_null())
    rows = []
    for threshold in THRESHOLDS:
        above = linked.filter(pl.col("probability") >= threshold)
        right = int(above["hit"].sum())
        rows.append(
            {
                "threshold": threshold,
                "links": above.height,
                "precision": ratio(right, above.height),
                "recall": ratio(right, persons),
            }
        )
    return rows


def _calibration(frame: pl.DataFrame) -> list[dict[str, Any]]:
    linked = frame.filter(pl.col("linked_row").is_not_null() & pl.col("probability").is_not_null())
    rows = []
    for low, high in pairwise(BINS):
        upper = pl.col("probability") < high if high < 1 else pl.col("probability") <= high
        part = linked.filter((pl.col("probability") >= low) & upper)
        if part.height:
            rows.append(
                {
                    "from": low,
                    "to": high,
                    "links": part.height,
                    "mean_probability": part.select(pl.col("probability").mean()).item(),
                    "right": ratio(int(part["hit"].sum()), part.height),
                }
            )
    return rows


def _worst(
    frame: pl.DataFrame, mentions: pl.DataFrame | None, residents: pl.DataFrame | None
) -> dict[str, Any]:
    keep = [*KEY, "tier", "probability", "linked_row", "population_row"]
    keep += [c for c in ("why_absent", "errors", "match_pass") if c in frame.columns]
    wrong = frame.filter((pl.col("tier") == "match") & ~pl.col("hit"))
    missed = frame.filter(
        pl.col("exists") & ~((pl.col("tier") == "match") & pl.col("hit")) & ~pl.col("in_candidates")
    )
    tables = {
        "false_links": wrong.sort(
            "probability", *KEY, descending=[True] + [False] * len(KEY), nulls_last=True
        ),
        "misses": missed.sort("probability", *KEY, descending=[False] * (len(KEY) + 1), nulls_last=False),
    }
    out: dict[str, Any] = {}
    for name, table in tables.items():
        chosen = table.head(WORST).select(keep)
        if mentions is not None:
            written = mentions.select(*KEY, written_name="ho_ten", written_birth="ngay_sinh")
            chosen = chosen.join(written, on=KEY, how="left", maintain_order="left")
        if residents is not None:
            for column, side in (("linked_row", "linked"), ("population_row", "true")):
                person = residents.select(
                    pl.col("population_row").alias(column),
                    pl.col("ho_ten").alias(f"{side}_name"),
                    pl.col("ngay_sinh").alias(f"{side}_birth"),
                )
                chosen = chosen.join(person, on=column, how="left", maintain_order="left")
        out[name] = chosen.to_dicts()
    return out


def evaluate(
    links: pl.DataFrame,
    truth: pl.DataFrame,
    candidates: pl.DataFrame | None = None,
    *,
    pairs: pl.DataFrame | None = None,
    mentions: pl.DataFrame | None = None,
    residents: pl.DataFrame | None = None,
) -> dict[str, Any]:
    """Return the report of ``links`` against ``truth``; ``format_report`` prints it.

    ``truth``: source_file, source_row, register, role, population_row (null = not in the extract), and where known
    book_year, why_absent, errors. ``pairs``: what blocking proposed (source_file, source_row, role, population_row).
    Only with ``mentions`` and ``residents`` does the list of worst cases hold what was written.
    """
    found = aligned(links, truth)
    assert found is not None
    links = found
    candidates, pairs, mentions = (aligned(frame, truth) for frame in (candidates, pairs, mentions))
    frame = _shown(_joined(links, truth), candidates)
    if "book_year" in frame.columns:
        period = pl.lit(None, dtype=pl.String)
        for last, name in reversed(PERIODS):
            period = pl.when(pl.col("book_year") <= last).then(pl.lit(name)).otherwise(period)
        frame = frame.with_columns(period.alias("period"))
    known = truth.select(KEY).unique()
    strangers = links.join(known, on=KEY, how="anti").height
    report: dict[str, Any] = {
        "all": _groups(frame.with_columns(pl.lit("all").alias("of")), "of")[0] if frame.height else {},
        "links_without_truth": strangers,
        "by_register_role": _groups(frame, "register", "role"),
        "by_tier": frame.group_by("tier")
        .agg(
            pl.len().alias("mentions"),
            pl.col("hit").sum().alias("right"),
            pl.col("exists").sum().alias("with_person"),
        )
        .sort("tier")
        .to_dicts(),
        "threshold_curve": _curve(frame),
        "calibration": _calibration(frame),
        "worst": _worst(frame, mentions, residents),
    }
    if "period" in frame.columns:
        report["by_period"] = _groups(frame, "period")
    if "match_pass" in frame.columns:
        report["by_pass"] = _groups(frame.filter(pl.col("tier") == "match"), "match_pass")
    if "why_absent" in frame.columns:
        absent = frame.filter(~pl.col("exists"))
        report["absent"] = (
            absent.group_by("why_absent")
            .agg(pl.len().alias("mentions"), (pl.col("tier") == "match").sum().alias("wrongly_matched"))
            .sort("why_absent", nulls_last=True)
            .to_dicts()
        )
    if pairs is not None:
        persons = truth.filter(pl.col("population_row").is_not_null())
        proposed = persons.join(
            pairs.select(*KEY, "population_row").unique(), on=[*KEY, "population_row"], how="semi"
        )
        report["blocking_recall"] = ratio(proposed.height, persons.height)
    return report


def _read(path: Path) -> pl.DataFrame:
    try:
        return pl.read_csv(path) if path.suffix == ".csv" else pl.read_parquet(path)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise ReconcileError(
            f"{path}: cannot be read as a table ({type(error).__name__}). Give a Parquet or CSV file."
        ) from error


def evaluate_files(links: Path, truth: Path, candidates: Path | None = None) -> dict[str, Any]:
    """Evaluate the files of a run; ``candidates.parquet`` and ``discrepancies.parquet`` beside LINKS are used if there.

    Discrepancies are judged where ``discrepancies.parquet`` also lies beside the truth.
    """
    links, truth = Path(links), Path(truth)
    beside = Path(candidates) if candidates else links.with_name("candidates.parquet")
    shown = _read(beside) if candidates or beside.is_file() else None
    found, known = _read(links), _read(truth)
    needed = {"source_file", "source_row", "register", "role", "population_row"}
    for path, frame in ((links, found), (truth, known)):
        if missing := sorted(needed - set(frame.columns)):
            raise ReconcileError(
                f"{path}: without the column(s) {', '.join(missing)}. It has {', '.join(frame.columns)}."
            )
    report = evaluate(found, known, shown)
    ours, theirs = links.with_name("discrepancies.parquet"), truth.with_name("discrepancies.parquet")
    if ours.is_file() and theirs.is_file() and ours != theirs:
        report["discrepancies"] = evaluate_discrepancies(_read(ours), _read(theirs), found, known)
    return report


__all__ = [
    "estimate_precision",
    "evaluate",
    "evaluate_discrepancies",
    "evaluate_files",
    "format_discrepancies",
    "format_report",
    "wilson",
]
