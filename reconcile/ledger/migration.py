"""Older ledgers are brought up to date step by step, after a copy was set aside."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from reconcile.ledger.tables import create_views
from reconcile.problems import ReconcileError
from reconcile.publishing import partial_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import duckdb


def _add_views(connection: duckdb.DuckDBPyConnection) -> None:
    for statement in create_views():
        connection.execute(statement)


MIGRATIONS: dict[int, Callable[[duckdb.DuckDBPyConnection], None]] = {1: _add_views}
"""Version → the step to the next one. A step may add tables and columns; it never changes a row that is hashed."""


def migrate(connection: duckdb.DuckDBPyConnection, path: Path, found: int, to: int) -> None:
    """Run the steps from ``found`` to ``to`` in one transaction; a copy of the file is kept beside it."""
    missing = [version for version in range(found, to) if version not in MIGRATIONS]
    if missing:
        raise ReconcileError(
            f"{path} has ledger version {found}, which this program can't bring up to date. "
            "Open it once with the release that follows the one that wrote it."
        )
    connection.execute("CHECKPOINT")
    copy = path.with_name(f"{path.name}.version-{found}")
    if not copy.exists():
        with partial_file(copy) as partial:
            shutil.copyfile(path, partial)
    connection.execute("BEGIN")
    try:
        for version in range(found, to):
            MIGRATIONS[version](connection)
        connection.execute("UPDATE meta SET value = ? WHERE key = 'schema_version'", [str(to)])
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
