"""The comparable rows of units: several read at once, kept by unit, so that learning and linking need not read them again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from reconcile.nightly.keys import KEPT, entry, write_json
from reconcile.nightly.registers import PLACE, by, unit_rows
from reconcile.normalize.tables import normalize_mentions, normalize_records
from reconcile.protection.files import read_table, write_table
from reconcile.schema import REJECTED

LOADED = ("records", "mentions", "rejected")
"""Tables of an entry: RECORDS and NORMALIZED_MENTIONS as compared, and the REJECTED repeats."""


def load_units(task: dict[str, Any]) -> dict[str, Any]:
    """Read the rows of ``task['units']`` and make them comparable; one cache entry per unit. Returns unit → records.

    What is made of a row depends on the row alone, so the units it is read with don't matter.
    """
    units = task["units"]
    found: dict[str, list[pl.DataFrame]] = {name: [] for name in LOADED}
    for unit, of in units.items():
        places = pl.DataFrame(of["places"], schema=dict.fromkeys(PLACE, pl.String), orient="row")
        rows = unit_rows(of["files"], places.with_columns(pl.col("_month").str.to_date()))
        for name, frame in zip(LOADED, rows, strict=True):
            found[name].append(frame.with_columns(pl.lit(unit).alias("unit")))
    records = normalize_records(pl.concat(found["records"]))
    mentions = normalize_mentions(pl.concat(found["mentions"]), records)
    tables = {"records": records, "mentions": mentions, "rejected": pl.concat(found["rejected"])}
    own = {name: by(frame, "unit") for name, frame in tables.items()}
    counts: dict[str, int] = {}
    for unit, of in units.items():
        with entry(Path(of["out"])) as folder:
            for name, frame in tables.items():
                part = own[name].get((unit,), frame.clear()).drop("unit")
                write_table(part, folder / f"{name}.parquet", **KEPT)
                counts[unit] = part.height if name == "records" else counts.get(unit, 0)
            repeats = REJECTED.conform(own["rejected"].get((unit,), REJECTED.empty()))
            write_json(folder / "unit.json", {"unit": unit, "repeats": repeats.height})
    return {"records": counts}


def mentions_of_units(units: dict[str, Any]) -> pl.DataFrame:
    """Return the mentions of units (code → its entry in ``loaded``), each with its ``unit`` behind."""
    return pl.concat(
        read_table(Path(of["loaded"]) / "mentions.parquet").with_columns(pl.lit(unit).alias("unit"))
        for unit, of in units.items()
    )
