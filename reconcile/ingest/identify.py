"""Give each record its id; take out rows that repeat an earlier one; point at numbers that were used twice."""

from __future__ import annotations

import polars as pl

from reconcile.ingest.addresses import ADDRESS, addresses, content, record_ids
from reconcile.ingest.profiles import RECORD_FIELDS
from reconcile.ingest.rejects import reject_rows
from reconcile.schema import RECORDS, REJECTED

_OF_THE_FILE = {"source_file", "source_sheet", "source_row", "profile", "folder_commune", "register"}
_ORDER = ("source_file", "source_sheet", "source_row")


def identify(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the records of one register with ``record_id``, and the REJECTED rows and notes about repeats.

    ``rows`` come from all files: origin columns, record fields, ``role.field``. A row that equals an earlier
    one in every cell, registered at the same place, is used once. Where ``rows`` hold their addresses already
    (``addresses.ADDRESS``), they are not read again.
    """
    addressed = set(ADDRESS) <= set(rows.columns)
    fields = sorted(name for name in rows.columns if name not in _OF_THE_FILE and name not in ADDRESS)
    rows = _in_order(rows).with_columns(
        [pl.lit(None, dtype=RECORDS.polars[name]).alias(name) for name in RECORD_FIELDS if name not in fields]
    )
    rows = rows.with_columns(content(rows, fields))
    if not addressed:
        rows = rows.with_columns(addresses(rows))
    rows, repeated = _drop_repeats(rows)
    named = record_ids(rows)
    rows = rows.with_columns(named["record_id"])
    notes = _same_address(rows, named)
    return rows.drop("content", *ADDRESS), pl.concat([repeated, notes])


def _in_order(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows by file, sheet and row; those of files read one after the other are so already."""
    order = rows.select(pl.arg_sort_by(_ORDER, nulls_last=False)).to_series()
    return rows if order.is_sorted() else rows[order]


def _drop_repeats(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    key = ["place", "content"]
    hashes = rows.select(pl.struct(key).hash(seed=1).alias("h"))["h"]
    suspect = hashes.is_duplicated()
    if not suspect.any():
        return rows, REJECTED.empty()
    at = suspect.arg_true()
    twins = rows[at].with_columns(
        at.alias("at"),
        pl.col("source_row").first().over(key).alias("first_row"),
        pl.col("source_file").first().over(key).alias("first_file"),
        (pl.int_range(pl.len()).over(key) > 0).alias("again"),
    )
    notes = reject_rows(
        twins, pl.col("again"), "DUPLICATE_ROW", row=pl.col("first_row"), file=pl.col("first_file")
    )
    away = pl.repeat(value=False, n=rows.height, dtype=pl.Boolean, eager=True)
    away = away.scatter(twins.filter("again")["at"], True)
    return rows.filter(~away), notes


def _same_address(rows: pl.DataFrame, named: pl.DataFrame) -> pl.DataFrame:
    """Return a note for every record whose address another record has too, pointing at the first of them."""
    shared = named["id"].is_duplicated() & ~named["id"].str.contains(".x", literal=True)
    if not shared.any():
        return REJECTED.empty()
    twins = rows.filter(shared).with_columns(named.filter(shared)["id"].alias("id"))
    first = twins.with_columns(
        pl.col("source_row").first().over("id").alias("first_row"),
        pl.col("source_file").first().over("id").alias("first_file"),
        (pl.int_range(pl.len()).over("id") > 0).alias("again"),
    )
    return reject_rows(
        first,
        pl.col("again"),
        "REPEATED_ADDRESS",
        value="so",
        row=pl.col("first_row"),
        file=pl.col("first_file"),
    )
