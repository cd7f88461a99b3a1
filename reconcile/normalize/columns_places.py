"""Whole columns of places: each distinct part is read once, each distinct address of parts is decided once.

Millions of addresses consist of some ten thousand distinct parts, and of fewer sequences of parts that name a
unit once villages are left out. Only those meet Python; the rest is splitting and joining.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, cast

import polars as pl
import pyarrow as pa

from reconcile.normalize.gazetteer import LEVELS, gazetteer
from reconcile.normalize.places import as_day, decide
from reconcile.normalize.places_parts import STEPS, Token, joined, part_tokens, trim

if TYPE_CHECKING:
    from collections.abc import Callable

SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "code": pl.String,
    "level": pl.String,
    "notes": pl.List(pl.String),
    "doubtful": pl.Boolean,
    "unit_id": pl.String,
    "current": pl.List(pl.String),
}


def _where(text: pl.Series, pattern: str, change: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """Apply a costly change only to the texts that hold ``pattern``; most hold none."""
    mask = text.str.contains(pattern).fill_null(value=False)
    if not mask.any():
        return text
    changed = change(text.filter(mask))
    return text.clone().scatter(mask.arg_true(), changed)  # scatter writes in place


def _prepared(text: pl.Series) -> pl.Series:
    """Do what ``places_parts.prepare`` does, for a column."""
    out = _where(text, r"[^\x00-\x{2ff}\x{1ea0}-\x{1ef9}]", lambda part: part.str.normalize("NFC"))
    out = out.str.to_lowercase()
    out = _where(out, r"\s\s|[^\S ]", lambda part: part.str.replace_all(r"\s+", " "))
    frame = pl.select(pl.lit(" ") + out.str.strip_chars() + pl.lit(" ")).to_series()
    out = frame.str.replace_many(list(joined()), list(joined().values()), leftmost=True)
    for pattern, replacement in STEPS:
        filled = replacement.replace("$1", "${1}").replace("$2", "${2}")
        out = _where(out, pattern, lambda part, p=pattern, r=filled: part.str.replace_all(p, r))  # type: ignore[misc]
    return out


def _cores(values: pl.Series) -> pl.DataFrame:
    """Return ``text`` and ``core`` (tokens joined, null where nothing names a place) for distinct texts."""
    pieces = _prepared(values).str.split(",")
    parts = pieces.explode().str.strip_chars().alias("part")
    distinct = parts.unique().drop_nulls().sort()
    read = ["|".join(f"{t.word}:{t.key}" for t in part_tokens(part)) for part in distinct.to_list()]
    known = pl.DataFrame({"part": distinct, "tokens": pl.Series(read, dtype=pl.String)}).filter(
        pl.col("tokens") != ""
    )
    tokens = parts.to_frame().join(known, on="part", how="left", maintain_order="left")["tokens"]
    ends = pieces.list.len().cum_sum().cast(pl.Int64)
    offsets = pl.concat([pl.Series([0], dtype=pl.Int64), ends]).to_arrow()
    lists = pa.LargeListArray.from_arrays(offsets, tokens.to_arrow().cast(pa.large_string()))
    cores = cast("pl.Series", pl.from_arrow(lists)).list.join("|", ignore_nulls=True)
    return pl.DataFrame({"text": values, "core": cores.replace("", None)})


def _tokens(core: str | None) -> tuple[Token, ...]:
    if not core:
        return ()
    return trim([Token(*piece.split(":", 1)) for piece in core.split("|")])


def places(series: pl.Series, dates: pl.Series | None = None) -> pl.DataFrame:
    """Read a column of places; ``dates`` (pl.Date, same length, may hold nulls) are the days they speak of.

    Returns one row per value: ``code`` (of the smallest certain unit at its time), ``level``, ``notes``,
    ``doubtful``, ``unit_id`` and ``current`` (codes of today's units). A null or blank text gives nulls.
    """
    rows = pl.DataFrame({"text": series.cast(pl.String)})
    rows = rows.with_columns(day=dates.cast(pl.Date) if dates is not None else pl.lit(None, dtype=pl.Date))
    distinct = rows["text"].drop_nulls().unique().sort()
    cores = _cores(distinct)
    rows = rows.join(cores, on="text", how="left", maintain_order="left")
    keys = rows.select("core", "day").unique().sort("core", "day")
    gaz = gazetteer()
    answers = []
    for core, day in keys.iter_rows():
        decision = decide(_tokens(core), day)
        unit = decision.unit
        current = [u.code for u in gaz.current(unit.unit_id)] if unit else []
        answers.append(
            (
                decision.code,
                LEVELS[unit.level] if unit else None,
                list(decision.notes),
                decision.doubtful,
                unit.unit_id if unit else None,
                current,
            )
        )
    table = pl.DataFrame(answers, schema=SCHEMA, orient="row")
    keyed = pl.concat([keys, table], how="horizontal")
    return rows.join(keyed, on=["core", "day"], how="left", nulls_equal=True, maintain_order="left").select(
        *SCHEMA
    )


def place_column(values: pl.Series, *, date: pl.Series | dt.date | str | None = None) -> pl.DataFrame:
    """Read a column for ``normalize.place``: the fields of a reading, ``current`` as codes, ``units`` left out."""
    days = (
        date
        if isinstance(date, pl.Series)
        else pl.Series([as_day(date)], dtype=pl.Date).new_from_index(0, len(values))
    )
    if days.dtype == pl.String:
        days = pl.Series([as_day(text) for text in days.to_list()], dtype=pl.Date)
    table = places(values, days).rename({"code": "value"})
    return table.select(pl.Series("input", values, dtype=pl.String), pl.all())
