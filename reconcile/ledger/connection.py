"""The connection to the ledger's file: one process at a time, no extensions, and what is said where it can't be had."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import duckdb

from reconcile.problems import ReconcileError

if TYPE_CHECKING:
    from pathlib import Path

_HELD = re.compile(r"\b(?:un)?lock\b|being used by another process", re.IGNORECASE)
"""What DuckDB says where another process holds the file (and not of a *block* of it)."""

WAIT_SECONDS = 5.0
"""How long another process that holds the ledger is waited for."""

SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "threads": "2",
}
"""No extension is ever fetched; the ledger leaves the cores to the run."""


def connect(path: Path, wait: float) -> duckdb.DuckDBPyConnection:
    """Open the file; where another process holds it, try again until ``wait`` seconds are over."""
    until = time.monotonic() + wait
    while True:
        try:
            return duckdb.connect(str(path), config=SETTINGS)
        except duckdb.Error as error:
            if not _HELD.search(str(error)) or time.monotonic() >= until:
                raise file_error(error, path) from error
            time.sleep(0.1)


def file_error(error: Exception, path: Path) -> ReconcileError:
    """Say in one sentence what happened to the file and what to do; no value of a row is repeated."""
    text = str(error).casefold()
    if _HELD.search(text):
        return ReconcileError(
            f"Another process is using the ledger {path}. Nothing was written. Wait until it is done, then try again."
        )
    if "space" in text or "too large" in text or "write" in text or "truncate" in text or "sync" in text:
        return ReconcileError(
            f"The ledger {path} could not be written: the disk is full or not writable. "
            "Nothing of this step was kept. Make room, then run the same command again."
        )
    return ReconcileError(
        f"The ledger {path} can't be used ({type(error).__name__}). If it is damaged, put back a backup: "
        "reconcile ledger restore FILE."
    )
