"""A workspace: the folder of one office, its ``reconcile.toml`` and the places in it. Reads and checks; runs nothing.

```
reconcile.toml            what this office is
inbox/civil/**            register files      inbox/population/*   the newest extract counts
inbox/decisions/*.xlsx    returned workbooks  reports/<commune>/   the latest workbooks
runs/<run id>/            manifest and outputs of each run kept; runs/cache can be deleted at any time
ledger.duckdb             what people decided
```
"""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reconcile.problems import ReconcileError
from reconcile.protection.keyring import Key
from reconcile.protection.unlocking import read_key, read_mark, unlock, write_key, write_mark
from reconcile.resources import rules_path
from reconcile.workspace_audit import add_line, lock_descriptor, now, user
from reconcile.workspace_config import Config, read_config

if TYPE_CHECKING:
    from collections.abc import Iterator

CONFIG = "reconcile.toml"

MEASURES = "measures"
"""Folder of the measures of all days (``quality.history``)."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """An opened workspace: its folder, its checked configuration, its paths."""

    root: Path
    config: Config

    @classmethod
    def open(cls, path: str | Path = ".", *, locked: bool = False) -> Workspace:
        """Open the workspace in ``path``, with its key where it is encrypted (``locked``: without).

        Raises ReconcileError with every mistake of its configuration at once, and where the key is missing or wrong.
        """
        root = Path(path).absolute()
        file = root / CONFIG
        if not file.is_file():
            raise ReconcileError(
                f"{root} is no workspace: it holds no {CONFIG}. Make one: reconcile init {path}"
            )
        opened = cls(root, read_config(file))
        if not locked:
            unlock(root, opened.places(), opened.key())
        return opened

    def key(self) -> Key | None:
        """Return the key that the configuration names; None where it names none. Raises ReconcileError."""
        named = self.config.encryption
        return read_key(named.key_file, named.key_variable, self.root)

    def encrypted_with(self) -> str | None:
        """Return the id of the key that the workspace is encrypted with; None where it is not."""
        return read_mark(self.root)

    def places(self) -> list[Path]:
        """Return the places whose files are encrypted where the workspace is: all but the inbox and the scans."""
        return [self.reports, self.runs, self.ledger_path, self.root / MEASURES]

    def _at(self, path: Path) -> Path:
        return self.root / path

    @property
    def inbox_civil(self) -> Path:
        """Folder of register files."""
        return self._at(self.config.paths.civil)

    @property
    def inbox_population(self) -> Path:
        """Folder of extracts; the newest file counts."""
        return self._at(self.config.paths.population)

    @property
    def inbox_decisions(self) -> Path:
        """Folder of returned workbooks."""
        return self._at(self.config.paths.decisions)

    @property
    def reports(self) -> Path:
        """Folder of reports, one folder per commune."""
        return self._at(self.config.paths.reports)

    @property
    def runs(self) -> Path:
        """Folder of runs kept."""
        return self._at(self.config.paths.runs)

    @property
    def cache(self) -> Path:
        """Folder of what can be worked out again; it may be deleted between runs."""
        return self.runs / "cache"

    @property
    def ledger_path(self) -> Path:
        """The ledger's file."""
        return self._at(self.config.paths.ledger)

    @property
    def audit_path(self) -> Path:
        """The list of who ran, applied or exported what, one JSON object per line."""
        return self.runs / "audit.jsonl"

    @property
    def scans(self) -> Path | None:
        """Folder of scanned pages, if there is one."""
        return None if self.config.paths.scans is None else self._at(self.config.paths.scans)

    def folders(self) -> tuple[Path, ...]:
        """Return the folders of a workspace."""
        return (self.inbox_civil, self.inbox_population, self.inbox_decisions, self.reports, self.runs)

    @contextmanager
    def lock(self, what: str = "another command") -> Iterator[None]:
        """Hold the workspace alone. Raises ReconcileError at once where another process holds it.

        The operating system gives the lock back when a process dies, however it dies.
        """
        private_folder(self.runs)
        descriptor = os.open(self.runs / ".lock", os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "a+", encoding="utf-8") as handle:
            try:
                lock_descriptor(handle.fileno())
            except OSError as error:
                handle.seek(0)
                holder = handle.read().strip() or "another process"
                raise ReconcileError(
                    f"The workspace is in use: {holder}. Wait until it is done, then try again."
                ) from error
            handle.truncate(0)
            handle.write(
                f"reconcile {what}, process {os.getpid()}, since {now().isoformat(timespec='seconds')}"
            )
            handle.flush()
            try:
                yield
            finally:
                handle.truncate(0)
                handle.flush()

    def holder(self) -> str | None:
        """Return who holds the workspace at this moment, None where nobody does."""
        file = self.runs / ".lock"
        if not file.is_file():
            return None
        with file.open("r+", encoding="utf-8") as handle:
            try:
                lock_descriptor(handle.fileno())
            except OSError:
                return handle.read().strip() or "another process"
        return None

    def audit(self, action: str, **facts: Any) -> None:
        """Add one line to the audit trail: when, who, what. ``facts`` hold ids, hashes and counts, no person's data."""
        private_folder(self.runs)
        add_line(self.audit_path, action, facts)


def private_folder(path: Path) -> Path:
    """Make a folder (and those above it that are missing) that only its owner can enter; return it."""
    missing = [p for p in [path, *path.parents] if not p.exists()]
    for folder in reversed(missing):
        folder.mkdir(mode=0o700, exist_ok=True)
    return path


@lru_cache(maxsize=1)
def config_template() -> str:
    """Return the commented ``reconcile.toml`` of a new workspace."""
    return rules_path("workspace.toml").read_text(encoding="utf-8")


def init_workspace(path: str | Path, *, key_file: Path | None = None) -> Workspace:
    """Make a workspace in ``path``: a commented ``reconcile.toml`` and the folders. Nothing present is overwritten.

    ``key_file``: encrypt the workspace with the key in this file, which is made where it is missing. Raises
    ReconcileError where a ``reconcile.toml`` is there already.
    """
    root = Path(path).absolute()
    file = root / CONFIG
    if file.exists():
        raise ReconcileError(f"{file} is there already. Edit it, or give init another folder.")
    private_folder(root)
    text = config_template()
    if key_file is not None:
        key_file = key_file.absolute()
        if not key_file.exists():
            write_key(key_file, Key.new())
        if (key := read_key(key_file, None, root)) is not None:
            write_mark(root, key)
        text = text.replace("# key_file = ", f"key_file = {json.dumps(str(key_file))}  # ", 1)
    file.write_text(text, encoding="utf-8")
    file.chmod(0o600)
    workspace = Workspace.open(root)
    for folder in workspace.folders():
        private_folder(folder)
    return workspace


__all__ = [
    "CONFIG",
    "MEASURES",
    "Workspace",
    "config_template",
    "init_workspace",
    "lock_descriptor",
    "now",
    "private_folder",
    "user",
]
