"""What a workspace knows, brought to the measures: its runs, its ledger, its plan. Files are read here only."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import polars as pl

from reconcile.problems import ReconcileError
from reconcile.protection.files import read_table, read_text, scan_table
from reconcile.publishing import MANIFEST
from reconcile.quality.approvals import measure_books
from reconcile.quality.books import books_of
from reconcile.quality.decided import measure_decisions
from reconcile.quality.history import LEDGER_DIMENSIONS, days_kept, keep
from reconcile.quality.letter import Letter
from reconcile.quality.measures import measure_run
from reconcile.quality.runs_kept import MEASURES_FILE, finished_runs, parts_of
from reconcile.quality.settings import Office, Plan
from reconcile.quality.tables import RunFrames, measures_frame
from reconcile.workspace import MEASURES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from reconcile.workspace import Workspace

NOT_ASKED = ("unreadable",)
"""Kinds of cases that ask for no decision."""


def measures_folder(workspace: Workspace) -> Path:
    """Return the folder of the measures of all days: kept when runs are removed."""
    return workspace.root / MEASURES


def collect(workspace: Workspace, *, day: dt.date, books: pl.DataFrame | None = None) -> int:
    """Measure every run kept that was not measured yet, and the ledger as it stands on ``day``; return how many runs.

    ``books``: ``books.books_of(workspace)``, worked out here where it is not given.

    A run folder with ``measures.parquet`` measured itself; otherwise its links and discrepancies are measured
    (completeness and validity of cells then stay unknown).
    """
    folder = measures_folder(workspace)
    known = _measured(folder)
    done = 0
    for run, manifest in finished_runs(workspace.runs):
        run_id, on = str(manifest["run_id"]), _night_of(manifest)
        if run_id in known:
            continue
        parts = [_measures_of_folder(part, run_id, on) for part in parts_of(run)]
        if parts:
            keep(folder, pl.concat(parts))
            done += 1
    ledger = ledger_measures(workspace, day=day, books=books)
    if ledger is not None and ledger.height:
        keep(folder, ledger)
    return done


def _measured(folder: Path) -> set[str]:
    files = [folder / f"{day:%Y-%m-%d}.parquet" for day in days_kept(folder)]
    of_runs = ~pl.col("dimension").is_in(LEDGER_DIMENSIONS)
    return {
        run
        for file in files
        for run in scan_table(file).filter(of_runs).select("run_id").unique().collect()["run_id"]
    }


def _night_of(manifest: dict[str, Any]) -> dt.date:
    """Return the day of a run: when the night began, else the day it was for."""
    return dt.date.fromisoformat(str(manifest.get("started") or manifest["as_of"])[:10])


def _measures_of_folder(folder: Path, run_id: str, day: dt.date) -> pl.DataFrame:
    own = folder / MEASURES_FILE
    if own.is_file():
        # A commune without news keeps the measures of the night that made them; this run says that they still hold.
        named = [pl.lit(run_id).alias("run_id"), pl.lit(day).alias("day")]
        return measures_frame(read_table(own).with_columns(named))

    def table(name: str) -> pl.DataFrame | None:
        file = folder / f"{name}.parquet"
        return read_table(file) if file.is_file() else None

    links, found = table("links"), table("discrepancies")
    if links is None or found is None:
        raise ReconcileError(
            f"{folder} holds no links.parquet and discrepancies.parquet. Run the night again."
        )
    frames = RunFrames(links, found, rejected=table("rejected"))
    code = folder.name if folder.name.isdigit() and len(folder.name) == 5 else None
    return measure_run(frames, run_id=run_id, day=day, commune=code)


def ledger_measures(
    workspace: Workspace, *, day: dt.date, books: pl.DataFrame | None = None
) -> pl.DataFrame | None:
    """Return the measures of the ledger and of the books that were signed; None where there is no ledger yet."""
    if not workspace.ledger_path.is_file():
        return None
    from reconcile.ledger import Ledger, standing

    with Ledger.open(workspace.ledger_path) as ledger:
        decisions = ledger.decisions()
        cases = ledger.cases()
        events = ledger.case_events()
        journal = ledger.journal()
        refused = ledger.refused()
    own = decisions.filter(~pl.col("kind").is_in(["group", "note"]))
    stands = standing(cases, own).select("case_id", "standing")
    asked = cases.filter(~pl.col("kind").is_in(NOT_ASKED))
    decided = pl.col("standing").is_in(["settled", "pending"]).fill_null(value=False)
    opened = (
        asked.join(stands, on="case_id", how="left", maintain_order="left")
        .join(first_seen(events, journal), on="case_id", how="left", maintain_order="left")
        .with_columns(decided.alias("decided"))
        # What is only told asks for no decision; once decided all the same, it stands until the values agree.
        .filter((pl.col("severity").fill_null("") != "info") | pl.col("decided"))
    )
    signed = measure_books(books_of(workspace) if books is None else books, day=day)
    return pl.concat([measure_decisions(own, opened, day=day, run_id="", refused=refused), signed])


def first_seen(events: pl.DataFrame, journal: pl.DataFrame) -> pl.DataFrame:
    """Return case_id and the day since which each question has been asked without a break."""
    closed = (
        events.filter(pl.col("event") == "close")
        .group_by("case_id")
        .agg(pl.col("entry").max().alias("closed"))
    )
    opens = events.filter(pl.col("event") == "open").join(closed, on="case_id", how="left")
    first = (
        opens.filter(pl.col("closed").is_null() | (pl.col("entry") > pl.col("closed")))
        .group_by("case_id")
        .agg(pl.col("entry").min())
    )
    day = pl.col("at").cast(pl.String).str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
    dated = journal.select("entry", day.alias("first_seen"))
    return first.join(dated, on="entry", how="left").select("case_id", "first_seen").sort("case_id")


def office_of(workspace: Workspace, *, day: dt.date | None = None) -> Office:
    """Return area, names, targets and plan of a workspace; communes are called as on ``day``."""
    config = workspace.config
    plan = config.plan
    totals = None if plan.totals is None else read_totals(workspace.root / plan.totals)
    extra = {} if plan.records_per_day is None else {"per_day": plan.records_per_day}
    return Office(
        area=config.area.name,
        kind=config.area.kind,
        names=config.names(),
        targets=config.targets,
        plan=Plan(start=plan.start, deadline=plan.deadline, totals=totals, **extra),
        day=day,
        letter=Letter(
            **{"office": config.area.name} | {k: v for k, v in config.report if v is not None},
        ),
    )


TOTALS = {
    "commune": pl.String,
    "register": pl.String,
    "period": pl.String,
    "books": pl.Int64,
    "records": pl.Int64,
}


def read_totals(path: Path) -> pl.DataFrame:
    """Read the cases to digitise (CSV: commune, register, period, books, records).

    Raises ReconcileError that names file and column.
    """
    if not path.is_file():
        raise ReconcileError(f"{path}: there is no such file. Correct plan.totals in reconcile.toml.")
    try:
        frame = pl.read_csv(path, schema_overrides=TOTALS, encoding="utf8-lossy")
    except pl.exceptions.PolarsError as error:
        raise ReconcileError(
            f"{path} can't be read as CSV. Write the columns {', '.join(TOTALS)}, whole numbers in the last two."
        ) from error
    missing = [name for name in TOTALS if name not in frame.columns]
    if missing:
        raise ReconcileError(f"{path}: no column {', '.join(missing)}. Wanted: {', '.join(TOTALS)}.")
    return frame.select(TOTALS)


def measures_of_runs(folders: Sequence[Path]) -> pl.DataFrame:
    """Return the measures of plain runs (``reconcile run --out``), one or several days. Raises where one is no run."""
    parts = []
    for folder in folders:
        told = json.loads(read_text(folder / MANIFEST)) if is_run(folder) else None
        if told is None:
            raise ReconcileError(
                f"{folder} is neither a workspace nor the output of reconcile run. Check the path."
            )
        parts.append(_measures_of_folder(folder, str(told["run_id"]), _night_of(told)))
    return pl.concat(parts)


def is_run(folder: Path) -> bool:
    """Tell whether a folder holds the outputs of ``reconcile run``."""
    return (folder / MANIFEST).is_file() and (folder / "links.parquet").is_file()
