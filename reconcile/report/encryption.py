"""Workbooks with a password that the user gives (``reconcile run --encrypt``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconcile.protection.office import encrypted
from reconcile.publishing import partial_file

if TYPE_CHECKING:
    from pathlib import Path


def encrypt(path: Path, password: str) -> None:
    """Replace the workbook at ``path`` by the same one encrypted with ``password``, whole or not at all.

    Raises ReconcileError where the password is empty. The salt is random: two encryptions differ in their bytes.
    """
    content = encrypted(path.read_bytes(), password)
    with partial_file(path) as partial:
        partial.write_bytes(content)
