"""Civil registers: files and folders → records, the persons they mention, and what could not be used."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from reconcile.ingest.files import find_files, input_paths
from reconcile.ingest.identify import identify
from reconcile.ingest.parts import Part, read_parts, without
from reconcile.ingest.persons import mentions as mentions_of
from reconcile.ingest.profiles import choose_profiles
from reconcile.ingest.rejects import FileProblem, as_rejected
from reconcile.schema import MENTIONS, RECORDS, REGISTERS, REJECTED

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class CivilInput:
    """What the registers hold: RECORDS (comparable columns null), MENTIONS, REJECTED, one report per table."""

    records: pl.DataFrame
    mentions: pl.DataFrame
    rejected: pl.DataFrame
    files: list[dict[str, Any]]


def read_civil(
    paths: Sequence[str | Path] | str | Path,
    *,
    profile: str | None = None,
    as_of: dt.date | None = None,  # noqa: ARG001 - part of the interface; later days are judged by validation
    root: str | Path | None = None,
) -> CivilInput:
    """Read civil registers: files, or folders searched to any depth.

    ``profile`` forces a source profile (a shipped name or the path of a ``.toml``); ``root`` is the folder
    that file names are relative to. A file or row that can't be used is told in ``rejected``; for every
    table rows read = rows used + rows rejected. Raises ReconcileError only where profiles are wrong.
    """
    profiles = choose_profiles("civil", profile)
    others = () if profile else choose_profiles("population")
    try:
        found = find_files(input_paths(paths), Path(root) if root else None)
    except FileProblem as error:
        told = as_rejected([error.told(", ".join(p.as_posix() for p in input_paths(paths)))])
        return CivilInput(RECORDS.empty(), MENTIONS.empty(), told, [])
    parts = [part for file in found for part in read_parts(file, profiles, others)]
    rejected = [frame for part in parts for frame in part.rejected]
    records, mentions, repeats = [], [], [REJECTED.empty()]
    for register in REGISTERS:
        frames = [p.rows for p in parts if p.rows is not None and p.report.register == register]
        if not frames:
            continue
        rows, notes = identify(pl.concat(frames, how="diagonal"))
        repeats.append(notes)
        records.append(RECORDS.conform(rows).select(RECORDS.names))
        mentions.append(mentions_of(rows, register))
    dropped = pl.concat(repeats).filter("fatal")
    return CivilInput(
        records=pl.concat(records) if records else RECORDS.empty(),
        mentions=pl.concat(mentions) if mentions else MENTIONS.empty(),
        rejected=in_order(pl.concat([REJECTED.empty(), *rejected, *repeats])),
        files=[without(part, _count(part, dropped)).as_dict() for part in parts],
    )


def in_order(rejected: pl.DataFrame) -> pl.DataFrame:
    """Return REJECTED rows by file, sheet, row, code and column; what concerns the whole file first."""
    place = ["source_file", "source_sheet", "source_row", "code", "column"]
    return rejected.sort(place, nulls_last=False, maintain_order=True)


def _count(part: Part, dropped: pl.DataFrame) -> int:
    if part.rows is None or dropped.is_empty():
        return 0
    report = part.report
    sheet = pl.col("source_sheet").eq_missing(pl.lit(report.sheet, pl.String))
    return dropped.filter((pl.col("source_file") == report.path) & sheet).height
