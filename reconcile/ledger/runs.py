"""The questions of a run on disk: ``cases.parquet`` beside its other outputs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from reconcile.ledger.tables import CASES
from reconcile.problems import ReconcileError
from reconcile.protection.files import read_table, read_text
from reconcile.publishing import MANIFEST

if TYPE_CHECKING:
    from pathlib import Path

    from reconcile.ledger.store import Ledger

CASES_FILE = "cases.parquet"


def record_run_folder(ledger: Ledger, folder: Path, *, who: str = "") -> int | None:
    """Keep the questions of a published run; see ``Ledger.record_run``. Raises ReconcileError where it holds none."""
    manifest, cases = folder / MANIFEST, folder / CASES_FILE
    if not (manifest.is_file() and cases.is_file()):
        raise ReconcileError(f"{folder} is no folder of a run: it lacks {MANIFEST} or {CASES_FILE}.")
    summary = json.loads(read_text(manifest))
    frame = CASES.conform(read_table(cases))
    return ledger.record_run(summary["run_id"], frame, facts={"as_of": summary.get("as_of")}, who=who)
