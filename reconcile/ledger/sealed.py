"""The ledger of an encrypted workspace: its tables in memory, on the disk one sealed file, replaced whole at each entry.

DuckDB's own encryption is not used: the wheel can only write with a library that DuckDB itself calls unsafe
(``force_mbedtls_unsafe``), or with an extension that would have to be downloaded.
"""

from __future__ import annotations

import io
import json
import os
import time
import zipfile
from typing import TYPE_CHECKING, Any

import duckdb
import polars as pl

from reconcile.problems import ReconcileError
from reconcile.protection.files import NoKeyError, read_bytes
from reconcile.protection.keyring import key_for, key_with
from reconcile.protection.sealing import key_id_of, seal
from reconcile.publishing import partial_file
from reconcile.workspace import lock_descriptor

if TYPE_CHECKING:
    from pathlib import Path

    from reconcile.protection.keyring import Key

_SCHEMA = "schema.json"
SETTINGS: dict[str, Any] = {"temp_directory": ""}
"""Nothing is ever spilled to the disk."""


def key_of(path: Path) -> Key | None:
    """Return the key of a ledger, present or to be made; None for a plain one.

    Raises NoKeyError where it is sealed with a key that is not at hand, ReconcileError where it should be and isn't.
    """
    key = key_for(path)
    if not path.is_file():
        return key
    key_id = key_id_of(path)
    if key_id is None:
        if key is not None:
            raise ReconcileError(
                f"{path} is not encrypted, but the workspace is. Encrypt what is there: reconcile key encrypt.\n"
                f"{path} chưa được mã hóa: chạy reconcile key encrypt."
            )
        return None
    known = key_with(key_id)
    if known is None:
        raise NoKeyError(path, key_id)
    return known


class SealedLedger:
    """Holds the file alone (a lock beside it) and its content in memory."""

    def __init__(self, path: Path, key: Key, config: dict[str, Any], wait: float) -> None:
        self.path, self._key = path, key
        self._lock = _hold(_lock_of(path), path, wait)
        try:
            self.connection = duckdb.connect(":memory:", config=config | SETTINGS)
            if path.is_file():
                load(self.connection, read_bytes(path))
        except BaseException:
            self.close()
            raise

    def save(self) -> None:
        """Put the present content in the place of the file, also within a transaction that is not committed yet."""
        content = seal(dump(self.connection), self._key)
        with partial_file(self.path) as partial:
            partial.write_bytes(content)

    def close(self) -> None:
        """Give the file back to other processes."""
        os.close(self._lock)
        if self.path.name.startswith("."):  # a file that is being made, which nobody else knows
            _lock_of(self.path).unlink(missing_ok=True)


def dump(connection: duckdb.DuckDBPyConnection) -> bytes:
    """Return all tables of a database as one archive: the statements that make them, and Parquet."""
    tables = connection.execute("SELECT table_name, sql FROM duckdb_tables() ORDER BY table_name").fetchall()
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(_SCHEMA, json.dumps(dict(tables)))
        for name, _ in tables:
            part = io.BytesIO()
            connection.sql(f"SELECT * FROM {_quoted(name)}").pl().write_parquet(part, compression="zstd")
            archive.writestr(f"{name}.parquet", part.getvalue())
    return made.getvalue()


def load(connection: duckdb.DuckDBPyConnection, content: bytes) -> None:
    """Make the tables of an archive in an empty database."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name, statement in json.loads(archive.read(_SCHEMA)).items():
            connection.execute(statement)
            connection.register("_loaded", pl.read_parquet(io.BytesIO(archive.read(f"{name}.parquet"))))
            connection.execute(f"INSERT INTO {_quoted(name)} BY NAME SELECT * FROM _loaded")
            connection.unregister("_loaded")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def convert(path: Path, target: Path, key: Key | None) -> None:
    """Write the ledger at ``path``, plain or sealed with a known key, to ``target`` sealed with ``key`` (None: plain).

    ``target`` may be ``path``: the file is replaced whole. Raises ReconcileError where another process holds it.
    """
    key_id = key_id_of(path)
    connection = duckdb.connect(":memory:", config=SETTINGS)
    try:
        if key_id is not None:
            load(connection, read_bytes(path))
        else:
            connection.execute(f"ATTACH {_text(path)} AS plain")
            connection.execute("COPY FROM DATABASE plain TO memory")
            connection.execute("CHECKPOINT plain")
            connection.execute("DETACH plain")
        with partial_file(target) as partial:
            if key is not None:
                partial.write_bytes(seal(dump(connection), key))
            else:
                connection.execute(f"ATTACH {_text(partial)} AS made")
                connection.execute("COPY FROM DATABASE memory TO made")
                connection.execute("CHECKPOINT made")
                connection.execute("DETACH made")
    except duckdb.Error as error:
        raise ReconcileError(
            f"The ledger {path} can't be read or written ({type(error).__name__}); it is as it was. "
            "Is another process using it, is there room on the disk?"
        ) from error
    finally:
        connection.close()
    target.with_name(target.name + ".wal").unlink(missing_ok=True)


def _lock_of(path: Path) -> Path:
    return path.with_name(f".{path.name}.lock")


def _hold(lock: Path, ledger: Path, wait: float) -> int:
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    until = time.monotonic() + wait
    while True:
        try:
            lock_descriptor(descriptor)
            return descriptor
        except OSError as error:
            if time.monotonic() >= until:
                os.close(descriptor)
                raise ReconcileError(
                    f"Another process is using the ledger {ledger}. Nothing was written. Wait until it is done, then try "
                    "again."
                ) from error
            time.sleep(0.1)
