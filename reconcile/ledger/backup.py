"""Copies of the ledger: made whole, checked before they are trusted, put back without losing the present file."""

from __future__ import annotations

import datetime as dt
import shutil
from typing import TYPE_CHECKING

from reconcile.ledger.sealed import convert
from reconcile.ledger.store import Ledger
from reconcile.problems import ReconcileError
from reconcile.protection.keyring import key_for
from reconcile.protection.sealing import key_id_of
from reconcile.publishing import partial_file

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
    try:
        with partial_file(target) as partial:
            with Ledger.open(path) as ledger:  # held, so that nobody writes while it is copied
                ledger.checkpoint()
                shutil.copyfile(path, partial)
            return checked(partial)
    except OSError as error:
        raise ReconcileError(
            f"The backup {target} could not be written ({error.strerror or 'disk full or not writable'}). "
            "The ledger itself is untouched."
        ) from error


def restore(path: Path, source: Path, *, now: dt.datetime | None = None) -> Path | None:
    """Put the backup ``source`` in the place of the ledger at ``path``; return where the present one was set aside.

    Raises ReconcileError where the backup is not whole; then nothing was changed.
    """
    if not source.is_file():
        raise ReconcileError(f"There is no file {source}.")
    moment = now or dt.datetime.now().astimezone()
    aside: Path | None = None
    try:
        with partial_file(path) as partial:
            shutil.copyfile(source, partial)
            checked(partial)
            if (key := key_for(path)) is not None and key_id_of(partial) != key.id:
                convert(partial, partial, key)
            if path.exists():
                aside = path.with_name(f"{path.name}.before-{moment:%Y%m%d-%H%M%S}")
                if aside.exists():
                    raise ReconcileError(f"{aside} exists already. Wait a second, then try again.")
                _release(path)
                _rename(path, aside)
    except OSError as error:
        if aside is not None and aside.exists() and not path.exists():
            _rename(aside, path)
        raise ReconcileError(
            f"The backup could not be put back ({error.strerror or 'disk full or not writable'}). "
            "The ledger is as it was."
        ) from error
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


def _rename(path: Path, to: Path) -> None:
    """Rename a ledger together with what was not moved into its file yet."""
    path.rename(to)
    wal = path.with_name(path.name + ".wal")
    if wal.exists():
        wal.rename(to.with_name(to.name + ".wal"))
