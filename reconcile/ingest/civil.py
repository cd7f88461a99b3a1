"""Civil registers: files and folders → records, the persons they mention, and what could not be used."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from reconcile.ingest.checks import check_parts
from reconcile.ingest.files import find_files, input_paths
from reconcile.ingest.identify import identify
from reconcile.ingest.parts import read_parts, without
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
    records, mentions, late = [], [], [REJECTED.empty()]
    for register in REGISTERS:
        own = [p for p in parts if p.rows is not None and p.report.register == register]
        if not own:
            continue
        frames, notes = check_parts(own)
        rows, repeats = identify(pl.concat(frames, how="diagonal"))
        late += [*notes, repeats]
        records.append(RECORDS.conform(rows).select(RECORDS.names))
        mentions.append(mentions_of(rows, register))
    checked = pl.concat(late)
    lost = _lost(checked)
    return CivilInput(
        records=pl.concat(records) if records else RECORDS.empty(),
        mentions=pl.concat(mentions) if mentions else MENTIONS.empty(),
        rejected=in_order(pl.concat([REJECTED.empty(), *(f for p in parts for f in p.rejected), checked])),
        files=[without(p, lost.get((p.report.path, p.report.sheet), 0)).as_dict() for p in parts],
    )


def in_order(rejected: pl.DataFrame) -> pl.DataFrame:
    """Return REJECTED rows by file, sheet, row, code and column; what concerns the whole file first."""
    place = ["source_file", "source_sheet", "source_row", "code", "column"]
    return rejected.sort(place, nulls_last=False, maintain_order=True)


def _lost(checked: pl.DataFrame) -> dict[tuple[str, str | None], int]:
    """Return (file, sheet) → number of its rows that the checks took out."""
    fatal = checked.filter(pl.col("fatal") & pl.col("source_row").is_not_null())
    counted = fatal.group_by("source_file", "source_sheet").len()
    return {(file, sheet): count for file, sheet, count in counted.iter_rows()}
