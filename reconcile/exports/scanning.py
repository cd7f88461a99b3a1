"""The check of scanned pages as one step: folders in, what was found and what is wrong out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reconcile.exports.corrections import wording
from reconcile.exports.lists import write_scans
from reconcile.exports.scans import check_scans, find_scans
from reconcile.ingest import read_civil
from reconcile.normalize.tables import normalize_records
from reconcile.problems import ReconcileError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl


def check(
    folders: Sequence[Path], civil: Sequence[Path] | None = None
) -> tuple[tuple[pl.DataFrame, pl.DataFrame | None], pl.DataFrame]:
    """Return ``((SCANS, records or None), PROBLEMS)``; see ``scans.check_scans``.

    Raises ReconcileError where a folder or a register file is not there.
    """
    found = find_scans([Path(folder) for folder in folders])
    records = None
    if civil:
        gone = [str(path) for path in civil if not Path(path).exists()]
        if gone:
            raise ReconcileError(f"There is no such file or folder: {', '.join(gone)}. Check the path.")
        records = normalize_records(read_civil(civil).records)
    return (found, records), check_scans(found, records)


def summary(found: tuple[pl.DataFrame, pl.DataFrame | None], problems: pl.DataFrame) -> dict[str, Any]:
    """Return the counts: pages, records, and per code its Vietnamese words and number."""
    scans, records = found
    counted = dict(problems["code"].value_counts().iter_rows())
    return {
        "pages": scans.height,
        "records": None if records is None else records["record_id"].n_unique(),
        "by_code": [
            (code, words, counted[code]) for code, words in wording()["scan"].items() if code in counted
        ],
    }


def write_list(path: Path, problems: pl.DataFrame) -> None:
    """Write the list of problems; the file appears whole. Raises ReconcileError where it is there already."""
    if path.suffix.casefold() != ".xlsx":
        raise ReconcileError(f"{path}: give --out a name that ends in .xlsx")
    if path.exists():
        raise ReconcileError(f"{path} exists already. Give --out a new name.")
    partial = path.with_name(f".{path.name}.partial-{os.getpid()}")
    try:
        write_scans(partial, problems)
        partial.chmod(0o600)
        partial.rename(path)
    finally:
        partial.unlink(missing_ok=True)
