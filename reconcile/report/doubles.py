"""Records suspected to be one registration made twice, each question once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from reconcile.report import layout

if TYPE_CHECKING:
    from reconcile.report.tables import ReportTables


def asked_doubles(tables: ReportTables) -> pl.DataFrame:
    """Return record_id, other_record_id, role, reason, discrepancy_id: one row per suspected double.

    What the matching pairs is asked first. DUPLICATE_REGISTRATION stands in ``discrepancies`` once per record, with all
    records of the person as its value: it is asked once per commune, at the first of its records, beside the next.
    """
    pairs = tables.duplicates
    assert pairs is not None
    told = pl.concat([pairs["record_id"], pairs["other_record_id"]]).unique()
    commune = pl.col("commune_code").fill_null(layout.UNKNOWN_COMMUNE)
    home = tables.records.select("record_id", commune=commune).unique("record_id", keep="first")
    found = tables.discrepancies.filter(
        (pl.col("code") == "DUPLICATE_REGISTRATION") & ~pl.col("record_id").is_in(told.implode())
    ).select("record_id", "role", "discrepancy_id", "message", listed="civil_value")
    others = (
        found.select("discrepancy_id", "record_id", other_record_id=pl.col("listed").str.split(", "))
        .explode("other_record_id")
        .filter(pl.col("other_record_id") != pl.col("record_id"))
        .join(home.select("record_id"), left_on="other_record_id", right_on="record_id", how="semi")
        .group_by("discrepancy_id")
        .agg(pl.col("other_record_id").min(), others=pl.len())
    )
    alone = (
        found.join(home, on="record_id", how="left")
        .sort("record_id", "discrepancy_id")
        .unique(["listed", "commune", "role"], keep="first", maintain_order=True)
        .join(others, on="discrepancy_id", how="left", maintain_order="left")
        .with_columns(
            reason=pl.when(pl.col("others") == 1)  # the other's address stands beside it
            .then(pl.col("message").str.split(by=pl.format(": {}", "listed")).list.join(""))
            .otherwise("message")
        )
    )
    columns = ["record_id", "other_record_id", "role", "reason", "discrepancy_id"]
    matched = pairs.select(
        "record_id",
        "other_record_id",
        pl.lit(None, dtype=pl.String).alias("role"),
        "reason",
        pl.lit(None, dtype=pl.String).alias("discrepancy_id"),
    )
    return pl.concat([matched, alone.select(columns)])
