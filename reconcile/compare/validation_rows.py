"""What the rules on single records share: the shape of a failing row, days as clerks write them, who is one person."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import polars as pl

Check = Callable[[pl.DataFrame, pl.DataFrame, dict[str, Any], dt.date | None], pl.DataFrame]
"""A rule: (records, mentions, numbers of the rule, day of the run) → failing rows as ``failing`` makes them."""

ROW = ["record_id", "source_file", "source_row"]
"""What ties a mention to its record; a record that stands in two files has one id."""

ENDED = r"(?i)ly\s*hôn|li\s*hôn|hủy|huỷ|chết|không công nhận"
"""Words of a note that end a marriage."""


def failing(
    frame: pl.DataFrame, value: str | pl.Expr, detail: pl.Expr | None = None, field: str | None = None
) -> pl.DataFrame:
    """Return origin, role, commune_code, field, ``value`` (as written) and ``detail`` (words) of rows that fail."""
    role = pl.col("role") if "role" in frame.columns else pl.lit(None, dtype=pl.String)
    if field is None:
        field = value if isinstance(value, str) else None
    return frame.select(
        *ROW,
        "register",
        role.alias("role"),
        "commune_code",
        field=pl.lit(field, dtype=pl.String),
        value=(pl.col(value) if isinstance(value, str) else value).cast(pl.String),
        detail=(detail if detail is not None else pl.lit(None, dtype=pl.String)).cast(pl.String),
    )


def day(column: str) -> pl.Expr:
    """Return a day as ``dd/mm/yyyy``."""
    return pl.col(column).dt.strftime("%d/%m/%Y")


def once(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the first of rows that stand for one record (and role)."""
    keys = [name for name in (*ROW, "role") if name in frame.columns]
    return frame.unique(keys, keep="first", maintain_order=True)


def days_of_death(mentions: pl.DataFrame) -> pl.DataFrame:
    """Return ``paper``, ``name_key``, ``died_first``, ``died_last`` of the dead, one row per number they are known by."""
    dead = mentions.filter((pl.col("role") == "nkt") & pl.col("death_latest").is_not_null())
    return by_paper(dead).group_by("paper", "name_key").agg(
        died_first=pl.col("death_earliest").min(), died_last=pl.col("death_latest").max()
    )  # fmt: skip


def by_paper(people: pl.DataFrame) -> pl.DataFrame:
    """Return ``people`` once per number (12 digits, 9 digits) as ``paper``; with the name it tells who somebody is."""
    return pl.concat(
        people.with_columns(paper=pl.col(number)).drop_nulls(["paper", "name_key"])
        for number in ("personal_id", "old_id")
    )
