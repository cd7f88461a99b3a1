"""Register files → their rows in the cache, with what is needed to hand each row to its commune."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from reconcile.ingest.addresses import addresses
from reconcile.ingest.checks import check_parts
from reconcile.ingest.civil import in_order
from reconcile.ingest.files import Found
from reconcile.ingest.identify import identify
from reconcile.ingest.parts import Part, failed, read_parts, without
from reconcile.ingest.persons import mentions as mentions_of
from reconcile.ingest.profiles import choose_profiles
from reconcile.ingest.rejects import FileProblem
from reconcile.nightly.keys import KEPT, entry, read_json, write_json
from reconcile.normalize.tables import normalize_records
from reconcile.protection.files import read_table, read_tables, write_table
from reconcile.schema import MENTIONS, RECORDS, REGISTERS, REJECTED

PLACE = {"_commune": pl.String, "_month": pl.Date, "folder_commune": pl.String}
"""What the keeper of a row depends on: commune as registered, month of registration, commune of the folder."""


def read_registers(task: dict[str, Any]) -> dict[str, Any]:
    """Read each of ``task['files']`` (``file``, called ``name`` in every output) into its cache entry ``out``.

    Writes ``rows_<n>.parquet`` per table, ``rejected.parquet`` and ``file.json``: the reports, and the distinct places
    of its rows. Files are read one by one and checked together, as ``ingest.read_civil`` does; an entry depends on its
    own file alone.
    """
    profiles, others = choose_profiles("civil", None), choose_profiles("population")
    parts = {
        one["name"]: read_parts(Found(Path(one["file"]), one["name"]), profiles, others)
        for one in task["files"]
    }
    every = [part for of in parts.values() for part in of]
    kept, told = _checked(every)
    own = {key: frame for frame in _placed(kept) for key, frame in by(frame, *_TABLE).items()}
    lost = pl.concat([REJECTED.empty(), *(f for part in every for f in part.rejected), *told])
    rejected = by(lost, "source_file")
    unused = {key: frame.height for key, frame in by(_fatal(told), *_TABLE).items()}
    for one in task["files"]:
        _keep(one, parts[one["name"]], own, rejected.get((one["name"],), REJECTED.empty()), unused)
    return {"files": len(parts)}


_TABLE = ("source_file", "source_sheet")


def by(frame: pl.DataFrame, *columns: str) -> dict[tuple[Any, ...], pl.DataFrame]:
    """Return the rows of each value of ``columns``, in order."""
    return frame.partition_by(columns, as_dict=True, maintain_order=True)


def _checked(parts: list[Part]) -> tuple[list[pl.DataFrame], list[pl.DataFrame]]:
    """Return the usable rows by register, and what the checks of names and cells told."""
    kept: list[pl.DataFrame] = []
    told: list[pl.DataFrame] = []
    for register in REGISTERS:
        own = [p for p in parts if p.rows is not None and p.report.register == register]
        frames, notes = check_parts(own)
        kept += frames
        told += [REJECTED.conform(note) for note in notes]
    return kept, told


def _fatal(told: list[pl.DataFrame]) -> pl.DataFrame:
    """Return what the checks told of rows that they took out."""
    every = pl.concat([REJECTED.empty(), *told])
    return every.filter(pl.col("fatal") & pl.col("source_row").is_not_null())


def _keep(
    one: dict[str, str],
    parts: list[Part],
    own: dict[tuple[Any, ...], pl.DataFrame],
    rejected: pl.DataFrame,
    unused: dict[tuple[Any, ...], int],
) -> None:
    """Write the cache entry of one file."""
    with entry(Path(one["out"])) as folder:
        places: set[tuple[str | None, str | None, str | None]] = set()
        tables = []
        reports = []
        for number, part in enumerate(parts):
            at = (one["name"], part.report.sheet)
            reports.append(without(part, unused.get(at, 0)).as_dict())
            read = part.report.register is not None and part.report.problem is None
            if not read:
                continue
            tables.append({"file": f"rows_{number}.parquet", "register": part.report.register})
            if at not in own:
                tables[-1]["file"] = None
                continue
            places |= set(own[at].select(pl.col(list(PLACE)).cast(pl.String)).unique().iter_rows())
            write_table(own[at], folder / f"rows_{number}.parquet", **KEPT)
        if not rejected.is_empty():
            write_table(in_order(rejected), folder / "rejected.parquet")
        told = {
            "reports": reports,
            "places": grouped(places),
            "tables": [table for table in tables if table["file"]],
            "rejected": rejected.height,
            "unreadable": not tables,
        }
        write_json(folder / "file.json", told)


def grouped(places: set[tuple[str | None, str | None, str | None]]) -> list[list[Any]]:
    """Return places (``PLACE``) as commune, folder and the months between: a book has some hundred months of one commune."""
    months: dict[tuple[str | None, str | None], list[str | None]] = {}
    for commune, month, folder in sorted(places, key=str):
        months.setdefault((commune, folder), []).append(month)
    return [[commune, folder, own] for (commune, folder), own in months.items()]


def mark_unreadable(name: str, path: Path, reason: str, out: Path) -> None:
    """Write a cache entry for a file whose reading killed its process: no rows, one reason for the clerk."""
    part = failed(Found(path, name), None, None, FileProblem("UNREADABLE", kind="process"))
    with entry(out) as folder:
        write_table(pl.concat([REJECTED.conform(f) for f in part.rejected]), folder / "rejected.parquet")
        report = part.report.as_dict() | {"problem": reason}
        told = {"reports": [report], "places": [], "tables": [], "rejected": 1, "unreadable": True}
        write_json(folder / "file.json", told)


def rejected_in(folders: list[Path]) -> pl.DataFrame:
    """Return what could not be used of files, with ``file``, the place of the file's folder in the list."""
    if not folders:
        return REJECTED.empty().with_columns(file=pl.lit(0, pl.UInt32))
    return REJECTED.conform(read_tables([folder / "rejected.parquet" for folder in folders], "file"))


def _placed(frames: list[pl.DataFrame]) -> list[pl.DataFrame]:
    """Add commune and month of registration to the rows of each frame, read as those of the records will be, and
    their addresses: both speak of their own row alone, and places are dearest to read where there are few at a time.
    """
    needed = ("ngay_dang_ky", "noi_dang_ky", "folder_commune", "so", "quyen_so")
    narrow = [RECORDS.conform(f.select(c for c in needed if c in f.columns)).select(needed) for f in frames]
    if not frames:
        return []
    every = pl.concat(narrow)
    read = normalize_records(every).select(
        pl.col("commune_code").alias("_commune"),
        pl.col("registered_earliest").dt.truncate("1mo").alias("_month"),
    )
    read = read.hstack(addresses(every))
    placed = []
    start = 0
    for frame in frames:
        placed.append(frame.hstack(read.slice(start, frame.height)))
        start += frame.height
    return placed


def unit_rows(
    entries: list[dict[str, Any]], places: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Return (records, mentions, rejected repeats) of one unit; records are not yet comparable.

    ``entries``: the files in the order of their names, each with its cache folder, and whether all of its rows are the
    unit's (``whole``). ``places``: the PLACE columns of the rows that belong to the unit, of files that are not. The same as ``ingest.read_civil`` gives for these rows alone.
    """
    frames: dict[str, list[pl.DataFrame]] = {}
    for one in entries:
        folder = Path(one["entry"])
        for table in read_json(folder / "file.json")["tables"]:
            rows = read_table(folder / table["file"])
            if not one["whole"]:
                rows = rows.join(places, on=list(PLACE), how="semi", nulls_equal=True, maintain_order="left")
            if not rows.is_empty():
                frames.setdefault(table["register"], []).append(rows.drop("_commune", "_month"))
    records, mentions, repeats = [RECORDS.empty()], [MENTIONS.empty()], [REJECTED.empty()]
    for register in REGISTERS:
        if register in frames:
            rows, notes = identify(pl.concat(frames[register], how="diagonal"))
            records.append(RECORDS.conform(rows).select(RECORDS.names))
            mentions.append(mentions_of(rows, register))
            repeats.append(REJECTED.conform(notes))
    return pl.concat(records), pl.concat(mentions), pl.concat(repeats)
