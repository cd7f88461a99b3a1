"""The tables of this room: what a measure is, and what measures are made from."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from reconcile.schema import Column, Table

DIMENSIONS = ("completeness", "validity", "uniqueness", "consistency", "accuracy", "timeliness")
"""The six dimensions of quality, in the order of the page."""

MEASURES = Table(
    "measures",
    "one share or count: of one commune, register, period, source and rule on one day; empty text = does not apply",
    (
        Column("measure_id", pl.String, "key of rules/quality/measures.toml, or a count of the room's own"),
        Column(
            "dimension",
            pl.String,
            "one of the six dimensions, or volume, discrepancies, decisions, approval, causes",
        ),
        Column("commune", pl.String, "statistics-office code of the commune, empty = unknown"),
        Column("register", pl.String, "KS KH KT CMC HN"),
        Column("period", pl.String, "key of the book's period, empty = year unknown"),
        Column("source", pl.String, "civil, population, both; an owner where dimension is discrepancies"),
        Column("rule", pl.String, "field, rule, code, state or cause that is counted"),
        Column("numerator", pl.Int64, "how many fulfil it"),
        Column("denominator", pl.Int64, "of how many; null = a plain count"),
        Column("run_id", pl.String, "the run that was measured"),
        Column("day", pl.Date, "the day the run was for"),
    ),
)

KEYS = ("measure_id", "dimension", "commune", "register", "period", "source", "rule")
"""What tells one measure of a day from another."""


@dataclass(frozen=True, slots=True)
class RunFrames:
    """What one run leaves, as ``schema.py`` declares it. Only ``links`` and ``discrepancies`` must be there.

    ``findings``: one row per record that breaks a validation rule (``record_id``, ``rule``).
    ``checked``: rule → how many records it applies to, by register (``rule``, ``register``, ``records``); absent =
    all records of the run. ``scanned``: record_ids that have a scan; None = scans are not kept.
    """

    links: pl.DataFrame
    discrepancies: pl.DataFrame
    rejected: pl.DataFrame | None = None
    records: pl.DataFrame | None = None
    mentions: pl.DataFrame | None = None
    findings: pl.DataFrame | None = None
    rules: tuple[str, ...] = ()
    scanned: pl.Series | None = None


def measures_frame(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a measures frame in its columns, dtypes and order; absent text columns become empty text."""
    whole = MEASURES.conform(frame).select(MEASURES.names)
    texts = [name for name, dtype in MEASURES.polars.items() if dtype == pl.String]
    return whole.with_columns(pl.col(texts).fill_null("")).sort(*KEYS, "day", "run_id")
