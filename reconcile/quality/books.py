"""The books of a workspace as they stand: from its newest run, its decisions and its signatures. Reads and writes files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from reconcile.ledger import Ledger
from reconcile.protection.files import read_table
from reconcile.quality.approvals import standing_of_books
from reconcile.quality.decided import register_cleared
from reconcile.quality.readiness import readiness
from reconcile.quality.readiness_workbook import read_list, write_readiness
from reconcile.quality.runs_kept import finished_runs, parts_of
from reconcile.quality.signing import Signed, take_signatures
from reconcile.quality.stage import scanned_records
from reconcile.quality.tables import RunFrames
from reconcile.workspace import private_folder, user

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from reconcile.quality.settings import Office
    from reconcile.workspace import Workspace

FOLDER = "readiness"
"""Folder of the lists below the reports."""

RETURNED = "tra-lai"


def books_of(workspace: Workspace) -> pl.DataFrame:
    """Return one row per book with its state and signature (``approvals.standing_of_books``), no row without a run."""
    cleared, signatures = None, None
    if workspace.ledger_path.is_file():
        with Ledger.open(workspace.ledger_path) as ledger:
            cleared, signatures = register_cleared(ledger.decisions()), ledger.signatures()
    return _standing(workspace, cleared, signatures)


def _standing(
    workspace: Workspace, cleared: pl.Series | None, signatures: pl.DataFrame | None
) -> pl.DataFrame:
    from reconcile.ledger.standing import empty_decisions

    runs = finished_runs(workspace.runs)
    found = []
    for part in parts_of(runs[-1][0]) if runs else []:
        frames = _frames(part, workspace.scans)
        if frames is not None:
            unit = part.name if part.name.isdigit() else None if part == runs[-1][0] else ""
            found.append(readiness(frames, commune=unit, cleared=cleared))
    whole = pl.concat(found) if found else readiness(_no_frames())
    return standing_of_books(whole, empty_decisions() if signatures is None else signatures)


def _no_frames() -> RunFrames:
    from reconcile.schema import DISCREPANCIES, LINKS

    return RunFrames(LINKS.empty(), DISCREPANCIES.empty())


def _frames(part: Path, scans: Path | None) -> RunFrames | None:
    def table(name: str) -> pl.DataFrame | None:
        file = part / f"{name}.parquet"
        return read_table(file) if file.is_file() else None

    links, found, records = table("links"), table("discrepancies"), table("records")
    if links is None or found is None:
        return None
    scanned = None if records is None else scanned_records(records, scans)
    return RunFrames(links, found, records=records, mentions=table("mentions"), scanned=scanned)


def apply_lists(
    workspace: Workspace, ledger: Ledger, lists: Sequence[Path], *, password: str | None = None
) -> Signed:
    """Take what officers signed in ``lists`` into the opened ledger; refused rows come back in ``reports/tra-lai``."""
    books = _standing(workspace, register_cleared(ledger.decisions()), ledger.signatures())
    return take_signatures(
        ledger, lists, books, returned=workspace.reports / RETURNED, password=password, who=user()
    )


def take_lists(workspace: Workspace) -> Signed:
    """Take what was signed in the lists where they lie (``reports/readiness``), so that writing them loses no answer."""
    folder = workspace.reports / FOLDER
    lists = [p for p in sorted(folder.glob("san-sang_*.xlsx")) if read_list(p)] if folder.is_dir() else []
    if not lists:
        return Signed()
    with Ledger.open(workspace.ledger_path, who=user()) as ledger:
        done = apply_lists(workspace, ledger, lists)
    if done.taken or done.refused:
        workspace.audit(
            "sign", lists=len(lists), taken=done.taken, refused=len(done.refused), entry=done.entry
        )
    return done


def write_lists(workspace: Workspace, office: Office, books: pl.DataFrame) -> int:
    """Write the list of books to be approved of each commune (``reports/readiness``); return how many approvals hold."""
    folder = private_folder(workspace.reports / FOLDER)
    kept = 0
    for (commune,), mine in books.group_by("commune", maintain_order=True):
        code = str(commune or "")
        kept += write_readiness(folder / f"san-sang_{code or 'khong-ro'}.xlsx", mine, unit=office.name(code))
    return kept
