"""The required cells of a register's records, one column per field: what completeness and input contracts look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from reconcile.protection.files import read_table
from reconcile.quality.knowledge import knowledge

if TYPE_CHECKING:
    from pathlib import Path


def required_cells(
    here: pl.DataFrame, register: str, records: pl.DataFrame, mentions: pl.DataFrame
) -> pl.DataFrame:
    """Return ``here`` (with record_id) and one text column per required field of ``register``; null = empty cell."""
    fields = knowledge().required[register]
    by_role: dict[str, dict[str, str]] = {}
    for field in fields:
        role, _, column = field.rpartition(".")
        by_role.setdefault(role, {})[field] = column
    cells = here
    for role, columns in by_role.items():
        named = sorted({"record_id", *columns.values()})
        owner = (
            mentions.select("role", *named).filter(pl.col("role") == role) if role else records.select(named)
        )
        values = owner.unique("record_id", keep="first", maintain_order=True)
        texts = {field: pl.col(column).str.strip_chars() for field, column in columns.items()}
        values = values.select("record_id", **{field: pl.when(t != "").then(t) for field, t in texts.items()})
        cells = cells.join(values, on="record_id", how="left", maintain_order="left")
    return cells.select(*here.columns, *fields)


def input_frames(parts: list[Path]) -> dict[str, pl.DataFrame]:
    """Return ``<commune> <register>`` → required cells, of the folders of a run that keep their records."""
    found: dict[str, pl.DataFrame] = {}
    for part in parts:
        files = [part / f"{name}.parquet" for name in ("records", "mentions")]
        if not all(file.is_file() for file in files):
            continue
        records, mentions = map(read_table, files)
        for register, fields in knowledge().required.items():
            here = records.filter(pl.col("register") == register).select("record_id")
            if here.height:
                whole = required_cells(here.unique(maintain_order=True), register, records, mentions)
                found[f"{part.name} {register}"] = whole.select(fields)
    return found
