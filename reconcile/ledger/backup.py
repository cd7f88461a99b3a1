"""Copies of the ledger: made whole, checked before they are trusted, put back without losing the present file."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from typing import TYPE_CHECKING

from reconcile.ledger.store import Ledger
from reconcile.problems import ReconcileError

if TYPE_CHECKING:
    from pathlib import Path


def backup(path: Path, target: Path) -> int:
    """Copy the ledger at ``path`` to the new file ``target``; return the number of its entries.

    The chain of hashes of the copy is checked. Raises ReconcileError where there is no ledger, where ``target``
    exists, where the disk is full or the ledger is not whole.
    """
    if not path.is_file():
        raise ReconcileError(f"There is no ledger {path} yet.")
    if target.exists():
        raise ReconcileError(f"{target} exists already. Give the backup a new name.")
    partial = target.with_name(f".{target.name}.partial")
    try:
        with Ledger.open(path) as ledger:  # held, so that nobody writes while it is copied
            ledger.checkpoint()
            _copy(path, partial)
        entries = checked(partial)
        partial.rename(target)
    except OSError as error:
        raise ReconcileError(
            f"The backup {target} could not be written ({error.strerror or 'disk full or not writable'}). "
            "The ledger itself is untouched."
        ) from error
    finally:
        partial.unlink(missing_ok=True)
        partial.with_name(partial.name + ".wal").unlink(missing_ok=True)
    return entries


def restore(path: Path, source: Path, *, now: dt.datetime | None = None) -> Path | None:
    """Put the backup ``source`` in the place of the ledger at ``path``; return where the present one was set aside.

    Raises ReconcileError where the backup is not whole; then nothing was changed.
    """
    if not source.is_file():
        raise ReconcileError(f"There is no file {source}.")
    moment = now or dt.datetime.now().astimezone()
    partial = path.with_name(f".{path.name}.restoring")
    aside: Path | None = None
    try:
        _copy(source, partial)
        checked(partial)
        if path.exists():
            aside = path.with_name(f"{path.name}.before-{moment:%Y%m%d-%H%M%S}")
            if aside.exists():
                raise ReconcileError(f"{aside} exists already. Wait a second, then try again.")
            _release(path)
            path.rename(aside)
            wal = path.with_name(path.name + ".wal")
            if wal.exists():
                wal.rename(aside.with_name(aside.name + ".wal"))
        partial.rename(path)
    except OSError as error:
        if aside is not None and aside.exists() and not path.exists():
            aside.rename(path)
        raise ReconcileError(
            f"The backup could not be put back ({error.strerror or 'disk full or not writable'}). "
            "The ledger is as it was."
        ) from error
    finally:
        partial.unlink(missing_ok=True)
        partial.with_name(partial.name + ".wal").unlink(missing_ok=True)
    return aside


def checked(path: Path) -> int:
    """Return the number of entries of a whole ledger. Raises ReconcileError naming every break of its chain."""
    with Ledger.open(path) as ledger:
        faults = ledger.verify()
        entries = ledger.journal().height
        ledger.checkpoint()
    if faults:
        raise ReconcileError("This ledger is not whole:\n" + "\n".join(f"- {f}" for f in faults))
    return entries


def _release(path: Path) -> None:
    """Make sure that no other process holds the file; a damaged one may be set aside all the same."""
    try:
        Ledger.open(path).close()
    except ReconcileError as error:
        if "Another process" in str(error):
            raise


def _copy(source: Path, target: Path) -> None:
    shutil.copyfile(source, target)
    target.chmod(0o600)
    with target.open("rb") as handle:
        os.fsync(handle.fileno())
