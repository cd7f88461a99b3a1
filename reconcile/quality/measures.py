"""Measures of one run: frames → shares and counts. Pure: no file, no clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from reconcile.quality.base import CUTS, PRINCIPALS, base, shares, tallies
from reconcile.quality.cells import required_cells
from reconcile.quality.knowledge import group_of, knowledge
from reconcile.quality.tables import measures_frame

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from reconcile.quality.tables import RunFrames

NOT_A_VALUE = ("NOT_IN_POPULATION", "NO_BIRTH_RECORD", "DUPLICATE_REGISTRATION")
"""Codes that are no difference between two values."""


def measure_run(
    frames: RunFrames,
    *,
    run_id: str,
    day: dt.date,
    commune: str | None = None,
    settled: pl.Series | None = None,
) -> pl.DataFrame:
    """Return the measures frame (``tables.MEASURES``) of one run.

    ``commune``: the one commune that was run, None = cut by each record's own. ``settled``: case ids
    of questions that are answered and leave nothing to put right (``decided.resolved``); they count as agreeing.
    """
    records = base(frames, commune=commune)
    asked = asked_for(frames.discrepancies, settled)
    states = record_states(records, frames, asked)
    parts = [
        *_completeness(records, frames),
        *_validity(records, frames),
        *_uniqueness(records, frames),
        *_consistency(records, frames, asked),
        *_discrepancies(records, asked),
        *_volume(states, frames, asked),
    ]
    columns = ["measure_id", "dimension", *CUTS, "source", "rule", "numerator", "denominator"]
    whole = pl.concat([part.select(columns) for part in parts])
    return measures_frame(whole.with_columns(pl.lit(run_id).alias("run_id"), pl.lit(day).alias("day")))


def asked_for(discrepancies: pl.DataFrame, settled: pl.Series | None) -> pl.DataFrame:
    """Return the discrepancies that somebody has to decide: not merely told (``info``), not settled."""
    asked = discrepancies.filter(pl.col("severity") != "info")
    if settled is None:
        return asked
    # A person who was not found is asked about under the id of the mention, not of the discrepancy.
    mention = pl.format("{}|{}|", pl.col("record_id").fill_null(""), pl.col("role").fill_null(""))
    case = pl.when(pl.col("code") == "NOT_IN_POPULATION").then(mention).otherwise("discrepancy_id")
    return asked.filter(~case.is_in(settled.implode()))


def record_states(records: pl.DataFrame, frames: RunFrames, asked: pl.DataFrame) -> pl.DataFrame:
    """Return ``records`` with ``open`` (questions left), ``scanned`` (null = not kept) and ``state``.

    ``state``: differing (a value differs), review (who it is must be confirmed), missing (a principal is not in the
    population), agreeing. The first that applies; so the four add up to all records.
    """
    values = asked.filter(~pl.col("code").is_in(NOT_A_VALUE)).group_by("record_id").len("differences")
    others = asked.filter(pl.col("code").is_in(NOT_A_VALUE)).group_by("record_id").len("other_questions")
    principals = frames.links.filter(pl.col("role").is_in(PRINCIPALS))
    tiers = principals.group_by("record_id").agg(
        (pl.col("tier") == "review").sum().alias("reviews"), (pl.col("tier") == "none").sum().alias("absent")
    )
    joined = records
    for part in (values, others, tiers):
        joined = joined.join(part, on="record_id", how="left", maintain_order="left")
    counts = ["differences", "other_questions", "reviews", "absent"]
    scanned = (
        pl.lit(None, dtype=pl.Boolean)
        if frames.scanned is None
        else pl.col("record_id").is_in(frames.scanned.implode())
    )
    return joined.with_columns(pl.col(counts).fill_null(0).cast(pl.Int64)).with_columns(
        pl.sum_horizontal("differences", "other_questions", "reviews").alias("open"),
        scanned.alias("scanned"),
        pl.when(pl.col("differences") > 0)
        .then(pl.lit("differing"))
        .when(pl.col("reviews") > 0)
        .then(pl.lit("review"))
        .when(pl.col("absent") > 0)
        .then(pl.lit("missing"))
        .otherwise(pl.lit("agreeing"))
        .alias("state"),
    )


def _completeness(records: pl.DataFrame, frames: RunFrames) -> list[pl.DataFrame]:
    parts: list[pl.DataFrame] = []
    mentions = frames.links.join(records.select("record_id", "commune", "period"), on="record_id")
    parts.append(
        shares(
            mentions, "found", "completeness", pl.col("tier") == "match", source="both", rule=pl.col("role")
        )
    )
    if frames.scanned is not None:
        there = pl.col("record_id").is_in(frames.scanned.implode())
        parts.append(shares(records, "scanned", "completeness", there, source="civil"))
    if frames.records is None or frames.mentions is None:
        return parts
    whole: list[pl.DataFrame] = []
    for register, fields in knowledge().required.items():
        here = records.filter(pl.col("register") == register)
        if here.is_empty():
            continue
        cells = required_cells(here.select("record_id", *CUTS), register, frames.records, frames.mentions)
        cells = cells.with_columns(pl.col(fields).is_not_null())
        parts.append(_filled(cells, fields))
        whole.append(cells.select(*CUTS, pl.all_horizontal(fields).alias("all_filled")))
    if whole:
        parts.append(
            shares(pl.concat(whole), "complete", "completeness", pl.col("all_filled"), source="civil")
        )
    return parts


def _filled(cells: pl.DataFrame, fields: Sequence[str]) -> pl.DataFrame:
    """Return how many cells of each field are filled; ``cells``: whether they are. All fields are counted at once."""
    counted = cells.group_by(*CUTS).agg(
        pl.col(fields).sum().cast(pl.Int64), denominator=pl.len().cast(pl.Int64)
    )
    return counted.unpivot(
        fields, index=[*CUTS, "denominator"], variable_name="rule", value_name="numerator"
    ).with_columns(
        measure_id=pl.lit("field_filled"), dimension=pl.lit("completeness"), source=pl.lit("civil")
    )


def _validity(records: pl.DataFrame, frames: RunFrames) -> list[pl.DataFrame]:
    parts: list[pl.DataFrame] = []
    if frames.rejected is not None:
        parts.append(_readable(records, frames.rejected))
    broken = frames.findings
    if broken is None:
        return parts
    broken = broken.select("record_id", "rule").unique()
    bad = broken.select("record_id").unique().with_columns(pl.lit(value=True).alias("broken"))
    checked = records.join(bad, on="record_id", how="left")
    parts.append(shares(checked, "valid", "validity", pl.col("broken").is_null(), source="civil"))
    rules = pl.DataFrame(
        {"rule": sorted({*frames.rules, *broken["rule"].to_list()})}, schema={"rule": pl.String}
    )
    parts.append(_passed(records, broken, rules))
    return parts


def _passed(records: pl.DataFrame, broken: pl.DataFrame, rules: pl.DataFrame) -> pl.DataFrame:
    """Return how many records of each cut break no such rule, all rules counted at once."""
    everybody = records.group_by(*CUTS).agg(pl.len().cast(pl.Int64).alias("denominator"))
    bad = (
        broken.join(records.select("record_id", *CUTS), on="record_id")
        .group_by(*CUTS, "rule")
        .agg(pl.len().cast(pl.Int64).alias("bad"))
    )
    return (
        everybody.join(rules, how="cross")
        .join(bad, on=[*CUTS, "rule"], how="left")
        .with_columns(
            (pl.col("denominator") - pl.col("bad").fill_null(0)).alias("numerator"),
            pl.lit("rule_passed").alias("measure_id"),
            pl.lit("validity").alias("dimension"),
            pl.lit("civil").alias("source"),
        )
    )


def _readable(records: pl.DataFrame, rejected: pl.DataFrame) -> pl.DataFrame:
    """Rows used of rows read; a lost row belongs to the commune that must act and to no period."""
    lost = (
        rejected.filter(pl.col("fatal").fill_null(value=True) & pl.col("source_row").is_not_null())
        .filter(pl.col("register").fill_null("") != "DC")
        .unique(["source_file", "source_sheet", "source_row"], keep="first", maintain_order=True)
        .select(
            pl.col("commune_code").fill_null("").alias("commune"),
            pl.col("register").fill_null(""),
            pl.lit("").alias("period"),
            pl.lit(value=False).alias("used"),
        )
    )
    if records["commune"].n_unique() == 1:
        lost = lost.with_columns(pl.lit(records["commune"][0]).alias("commune"))
    used = records.select(*CUTS, pl.lit(value=True).alias("used"))
    return shares(pl.concat([used, lost]), "readable", "validity", pl.col("used"), source="civil")


def _uniqueness(records: pl.DataFrame, frames: RunFrames) -> list[pl.DataFrame]:
    twice = frames.discrepancies.filter(pl.col("code") == "DUPLICATE_REGISTRATION")["record_id"].unique()
    once = ~pl.col("record_id").is_in(twice.implode())
    return [shares(records, "unique", "uniqueness", once, source="civil")]


def _consistency(records: pl.DataFrame, frames: RunFrames, asked: pl.DataFrame) -> list[pl.DataFrame]:
    linked = frames.links.filter(pl.col("tier") == "match").select("record_id", "role")
    linked = linked.join(records.select("record_id", *CUTS), on="record_id")
    values = asked.filter(~pl.col("code").is_in(NOT_A_VALUE)).select("record_id", "role", "field").unique()
    differing = values.select("record_id", "role").unique().with_columns(pl.lit(value=True).alias("differs"))
    parts = [
        shares(
            linked.join(differing, on=["record_id", "role"], how="left"),
            "agreeing",
            "consistency",
            pl.col("differs").is_null(),
            source="both",
        )
    ]
    everybody = linked.group_by(*CUTS).agg(pl.len().cast(pl.Int64).alias("denominator"))
    by_field = (
        values.join(linked, on=["record_id", "role"])
        .group_by(*CUTS, "field")
        .agg(pl.len().cast(pl.Int64).alias("bad"))
    )
    fields = values.select("field").unique()
    parts.append(
        everybody.join(fields, how="cross")
        .join(by_field, on=[*CUTS, "field"], how="left")
        .with_columns(
            (pl.col("denominator") - pl.col("bad").fill_null(0)).alias("numerator"),
            pl.lit("field_agrees").alias("measure_id"),
            pl.lit("consistency").alias("dimension"),
            pl.lit("both").alias("source"),
            pl.col("field").alias("rule"),
        )
    )
    return parts


def _discrepancies(records: pl.DataFrame, asked: pl.DataFrame) -> list[pl.DataFrame]:
    cut = records.select("record_id", *CUTS)
    mine = asked.drop("register").join(cut, on="record_id")
    causes = mine.filter(pl.col("systematic").is_not_null())
    per_group = causes.group_by("systematic").agg(pl.col("code").mode().sort().first().alias("cause"))
    causes = causes.join(per_group, on="systematic")
    return [
        tallies(mine, "discrepancies", "discrepancies", source=pl.col("owner"), rule=pl.col("code")),
        tallies(mine, "severity", "discrepancies", rule=pl.col("severity")),
        tallies(causes, "cause_rows", "causes", rule=pl.col("cause")),
        tallies(causes, "cause_groups", "causes", rule=pl.col("cause"), of=pl.col("systematic")),
    ]


def _volume(states: pl.DataFrame, frames: RunFrames, asked: pl.DataFrame) -> list[pl.DataFrame]:
    ready = (pl.col("open") == 0) & pl.col("scanned").fill_null(value=True)
    groups = (
        asked.filter(~pl.col("code").is_in(NOT_A_VALUE))
        .select("record_id", group_of(pl.col("field")).alias("group"))
        .unique()
        .join(states.select("record_id", *CUTS), on="record_id")
    )
    known = states.filter(pl.col("book").is_not_null())
    parts = [
        tallies(states, "records", "volume"),
        tallies(known, "books", "volume", of=pl.struct("year", "book")),
        tallies(states, "state", "volume", rule=pl.col("state")),
        tallies(groups, "differing_in", "volume", rule=pl.col("group")),
        shares(states, "ready", "volume", ready),
    ]
    if frames.scanned is not None:
        parts.append(tallies(states.filter("scanned"), "scans", "volume"))
    return parts
