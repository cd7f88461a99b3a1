"""The records of a run with what every measure is cut by: commune, register, period of the book."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from reconcile.quality.knowledge import period_of

if TYPE_CHECKING:
    from reconcile.quality.tables import RunFrames

CUTS = ("commune", "register", "period")

PRINCIPALS = ("nks", "chong", "vo", "nkt", "cm", "nc", "nxn")
"""Roles that the record is about. A parent of long ago who is not in the population is no fault of the record."""


def cut_by_id(record_id: pl.Expr) -> list[pl.Expr]:
    """Return commune, register, year and book as a ``record_id`` says them (``KS.10918.2016.01.52``)."""
    part = record_id.str.split(".")
    return [
        part.list.get(1, null_on_oob=True).fill_null("").alias("commune"),
        part.list.get(0, null_on_oob=True).fill_null("").alias("register"),
        part.list.get(2, null_on_oob=True).cast(pl.Int64, strict=False).alias("year"),
        part.list.get(3, null_on_oob=True).cast(pl.Int64, strict=False).alias("book"),
    ]


def base(frames: RunFrames, *, commune: str | None = None) -> pl.DataFrame:
    """Return one row per record: record_id, commune, register, period, year, book.

    ``commune`` names the one commune of the run; None = as each record says. Without a records frame the
    records are those that links mention, cut by their ids.
    """
    if frames.records is None:
        ids = pl.concat([frames.links.select("record_id"), frames.discrepancies.select("record_id")])
        found = ids.drop_nulls().unique().sort("record_id")
        found = found.with_columns(cut_by_id(pl.col("record_id")))
    else:
        found = frames.records.select(
            "record_id",
            pl.col("commune_code").fill_null("").alias("commune"),
            pl.col("register").fill_null(""),
            pl.col("book_year").alias("year"),
            "book",
        ).unique("record_id", keep="first", maintain_order=True)
    if commune is not None:
        found = found.with_columns(pl.lit(commune).alias("commune"))
    return found.with_columns(period_of(pl.col("year")).alias("period"))


def shares(
    frame: pl.DataFrame,
    measure_id: str,
    dimension: str,
    good: pl.Expr,
    *,
    source: str | pl.Expr = "",
    rule: str | pl.Expr = "",
) -> pl.DataFrame:
    """Return numerator (rows where ``good``) and denominator (all rows) per commune, register, period, source, rule."""
    named = [
        (pl.lit(source) if isinstance(source, str) else source).alias("source"),
        (pl.lit(rule) if isinstance(rule, str) else rule).alias("rule"),
    ]
    return (
        frame.select(*CUTS, *named, good.fill_null(value=False).alias("good"))
        .group_by(*CUTS, "source", "rule")
        .agg(
            pl.col("good").sum().cast(pl.Int64).alias("numerator"),
            pl.len().cast(pl.Int64).alias("denominator"),
        )
        .with_columns(pl.lit(measure_id).alias("measure_id"), pl.lit(dimension).alias("dimension"))
    )


def tallies(
    frame: pl.DataFrame,
    measure_id: str,
    dimension: str,
    *,
    source: str | pl.Expr = "",
    rule: str | pl.Expr = "",
    of: pl.Expr | None = None,
) -> pl.DataFrame:
    """Return plain counts per commune, register, period, source, rule; ``of`` counts distinct values instead of rows."""
    named = [
        (pl.lit(source) if isinstance(source, str) else source).alias("source"),
        (pl.lit(rule) if isinstance(rule, str) else rule).alias("rule"),
    ]
    counted = pl.len() if of is None else pl.col("__of").n_unique()
    return (
        frame.select(*CUTS, *named, *([] if of is None else [of.alias("__of")]))
        .group_by(*CUTS, "source", "rule")
        .agg(counted.cast(pl.Int64).alias("numerator"))
        .with_columns(
            pl.lit(None, dtype=pl.Int64).alias("denominator"),
            pl.lit(measure_id).alias("measure_id"),
            pl.lit(dimension).alias("dimension"),
        )
    )
