"""What the rules on single records share: the shape of a failing row, days as clerks write them, who is one person."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import polars as pl

from reconcile.normalize.distinct import distinct

Check = Callable[[pl.DataFrame, pl.DataFrame, dict[str, Any], dt.date | None], pl.DataFrame]
"""A rule: (records, mentions, numbers of the rule, day of the run) → failing rows as ``failing`` makes them."""

ROW = ["record_id", "source_file", "source_row"]
"""What ties a mention to its record; a record that stands in two files has one id."""

ENDED = r"(?i)ly\s*hôn|li\s*hôn|hủy|huỷ|chết|không công nhận"
"""Words of a note that end a marriage."""


def failing(
    frame: pl.DataFrame | pl.LazyFrame,
    value: str | pl.Expr,
    detail: pl.Expr | None = None,
    field: str | None = None,
) -> pl.DataFrame:
    """Return origin, role, commune_code, field, ``value`` (as written) and ``detail`` (words) of rows that fail.

    A rule that goes over a whole register is a lazy frame until here: only the columns it names are then read.
    """
    if field is None:
        field = value if isinstance(value, str) else None
    shown = {
        "value": pl.col(value) if isinstance(value, str) else value,
        "detail": detail if detail is not None else pl.lit(None, dtype=pl.String),
    }
    if isinstance(frame, pl.LazyFrame):
        named = {*ROW, "register", "commune_code", *(n for e in shown.values() for n in e.meta.root_names())}
        present = [name for name in frame.collect_schema().names() if name in named or name == "role"]
        frame = frame.select(present).collect(engine="in-memory")
    role = pl.col("role") if "role" in frame.columns else pl.lit(None, dtype=pl.String)
    return frame.select(
        *ROW,
        "register",
        role.alias("role"),
        "commune_code",
        field=pl.lit(field, dtype=pl.String),
        **{name: text.cast(pl.String) for name, text in shown.items()},
    )


def day(column: str) -> pl.Expr:
    """Return a day as ``dd/mm/yyyy``."""
    return pl.col(column).dt.strftime("%d/%m/%Y")


def once(frame: pl.LazyFrame) -> pl.LazyFrame:
    """Return the first of rows that stand for one record (and role)."""
    present = frame.collect_schema()
    keys = [name for name in (*ROW, "role") if name in present]
    return frame.unique(keys, keep="first", maintain_order=True)


def with_record(records: pl.DataFrame, mentions: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return both with ``record``: the row (u32) of the record, which several rules join by."""
    records = records.with_columns(record=pl.int_range(pl.len(), dtype=pl.UInt32))
    first = records.select(*ROW, "record").unique(ROW, keep="first", maintain_order=True)
    at = mentions.select(ROW).join(first, on=ROW, how="left", maintain_order="left")
    return records, mentions.with_columns(at["record"])


def numbered(frame: pl.DataFrame, columns: list[str]) -> pl.Series:
    """Return one number (u32) per combination of the columns' values, null where one of them is null."""
    joined = pl.concat_str([pl.col(name).cast(pl.String) for name in columns], separator="\x1f")
    return distinct(frame.select(joined).to_series()).codes


def days_of_death(mentions: pl.DataFrame) -> pl.LazyFrame:
    """Return ``paper``, ``name_key``, ``died_first``, ``died_last`` of the dead, one row per number they are known by."""
    dead = mentions.lazy().filter((pl.col("role") == "nkt") & pl.col("death_latest").is_not_null())
    return by_paper(dead).group_by("paper", "name_key").agg(
        died_first=pl.col("death_earliest").min(), died_last=pl.col("death_latest").max()
    )  # fmt: skip


def by_paper(people: pl.LazyFrame) -> pl.LazyFrame:
    """Return ``people`` once per number (12 digits, 9 digits) as ``paper``; with the name it tells who somebody is."""
    return pl.concat(
        people.with_columns(paper=pl.col(number)).drop_nulls(["paper", "name_key"])
        for number in ("personal_id", "old_id")
    )
