"""One register file → its rows in the cache, with what is needed to hand each row to its commune."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from reconcile.ingest.files import Found
from reconcile.ingest.identify import identify
from reconcile.ingest.parts import failed, read_parts
from reconcile.ingest.persons import mentions as mentions_of
from reconcile.ingest.profiles import choose_profiles
from reconcile.ingest.rejects import FileProblem
from reconcile.nightly.keys import entry, read_json, write_json
from reconcile.normalize.tables import normalize_records
from reconcile.schema import MENTIONS, RECORDS, REGISTERS, REJECTED

PLACE = {"_commune": pl.String, "_month": pl.Date, "folder_commune": pl.String}
"""What the keeper of a row depends on: commune as registered, month of registration, commune of the folder."""


def read_register(task: dict[str, Any]) -> dict[str, Any]:
    """Read ``task['file']``, called ``task['name']`` in every output, into the cache entry ``task['out']``.

    Writes ``rows_<n>.parquet`` per table, ``rejected.parquet`` and ``file.json``: the reports, and the distinct places
    of its rows.
    """
    found = Found(Path(task["file"]), task["name"])
    parts = read_parts(found, choose_profiles("civil", None), choose_profiles("population"))
    out = Path(task["out"])
    with entry(out) as folder:
        places: set[tuple[str | None, str | None, str | None]] = set()
        tables = []
        for number, part in enumerate(parts):
            if part.rows is None:
                continue
            placed = _placed(part.rows)
            places |= set(placed.select(pl.col(list(PLACE)).cast(pl.String)).unique().iter_rows())
            placed.write_parquet(folder / f"rows_{number}.parquet", compression="lz4")
            tables.append({"file": f"rows_{number}.parquet", "register": part.report.register})
        rejected = [REJECTED.conform(frame) for part in parts for frame in part.rejected]
        pl.concat([REJECTED.empty(), *rejected]).write_parquet(folder / "rejected.parquet")
        reports = [part.report.as_dict() for part in parts]
        told = {
            "reports": reports,
            "places": sorted(places, key=str),
            "tables": tables,
            "unreadable": not tables,
        }
        write_json(folder / "file.json", told)
    return {"unreadable": not tables, "problems": [r["problem"] for r in reports if r["problem"]]}


def mark_unreadable(name: str, path: Path, reason: str, out: Path) -> None:
    """Write a cache entry for a file whose reading killed its process: no rows, one reason for the clerk."""
    part = failed(Found(path, name), None, None, FileProblem("UNREADABLE", kind="process"))
    with entry(out) as folder:
        pl.concat([REJECTED.conform(f) for f in part.rejected]).write_parquet(folder / "rejected.parquet")
        report = part.report.as_dict() | {"problem": reason}
        write_json(
            folder / "file.json", {"reports": [report], "places": [], "tables": [], "unreadable": True}
        )


def _placed(rows: pl.DataFrame) -> pl.DataFrame:
    """Add commune and month of registration, read as the records will be."""
    read = normalize_records(RECORDS.conform(rows))
    return rows.with_columns(
        read["commune_code"].alias("_commune"), read["registered_earliest"].dt.truncate("1mo").alias("_month")
    )


def unit_rows(
    entries: list[dict[str, str]], places: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Return (records, mentions, rejected repeats) of one unit; records are not yet comparable.

    ``entries``: the files in the order of their names, each with its cache folder. ``places``: the PLACE columns of the
    rows that belong to the unit. The same as ``ingest.read_civil`` gives for these rows alone.
    """
    frames: dict[str, list[pl.DataFrame]] = {}
    for one in entries:
        folder = Path(one["entry"])
        for table in read_json(folder / "file.json")["tables"]:
            rows = pl.read_parquet(folder / table["file"])
            own = rows.join(places, on=list(PLACE), how="semi", nulls_equal=True, maintain_order="left")
            if not own.is_empty():
                frames.setdefault(table["register"], []).append(own.drop("_commune", "_month"))
    records, mentions, repeats = [RECORDS.empty()], [MENTIONS.empty()], [REJECTED.empty()]
    for register in REGISTERS:
        if register in frames:
            rows, notes = identify(pl.concat(frames[register], how="diagonal"))
            records.append(RECORDS.conform(rows).select(RECORDS.names))
            mentions.append(mentions_of(rows, register))
            repeats.append(REJECTED.conform(notes))
    return pl.concat(records), pl.concat(mentions), pl.concat(repeats)
