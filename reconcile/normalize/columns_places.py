"""Whole columns of places: each distinct part is read once, each distinct address of parts is decided once.

Millions of addresses consist of some ten thousand distinct parts, and of fewer sequences of parts that name a
unit once villages are left out. Only those meet Python; the rest is splitting and joining.
"""

from __future__ import annotations

import polars as pl

from reconcile.normalize.gazetteer import LEVELS, gazetteer
from reconcile.normalize.places import decide
from reconcile.normalize.places_parts import JOINED, STEPS, Token, part_tokens, trim

SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "code": pl.String,
    "level": pl.String,
    "notes": pl.List(pl.String),
    "doubtful": pl.Boolean,
    "unit_id": pl.String,
    "current": pl.List(pl.String),
}


def _prepared(text: pl.Expr) -> pl.Expr:
    """Do what ``places_parts.prepare`` does, for a column."""
    out = text.str.normalize("NFC").str.to_lowercase().str.replace_all(r"\s+", " ").str.strip_chars()
    out = pl.lit(" ") + out + pl.lit(" ")
    for old, new in JOINED.items():
        out = out.str.replace_all(old, new, literal=True)
    for pattern, replacement in STEPS:
        out = out.str.replace_all(pattern, replacement.replace("$1", "${1}").replace("$2", "${2}"))
    return out


def _cores(values: pl.Series) -> pl.DataFrame:
    """Return ``text`` and ``core`` (tokens joined) for distinct texts."""
    texts = pl.DataFrame({"text": values}).with_row_index("row")
    parts = (
        texts.select("row", part=_prepared(pl.col("text")).str.split(","))
        .explode("part", keep_nulls=True)
        .with_columns(pl.col("part").str.strip_chars())
    )
    distinct = parts.select("part").drop_nulls().unique().sort("part")
    read = ["|".join(f"{t.word}:{t.key}" for t in part_tokens(part)) for part in distinct["part"].to_list()]
    known = distinct.with_columns(tokens=pl.Series(read, dtype=pl.String)).filter(pl.col("tokens") != "")
    cores = (
        parts.join(known, on="part", how="inner", maintain_order="left")
        .group_by("row", maintain_order=True)
        .agg(core=pl.col("tokens").str.join("|"))
    )
    return texts.join(cores, on="row", how="left", maintain_order="left").select("text", "core")


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
