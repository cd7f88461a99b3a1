"""What lies in the inbox: each file hashed once, copied before it is read, so that nobody can change it meanwhile."""

from __future__ import annotations

import datetime as dt
import itertools
import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reconcile.ingest.files import Found, find_files
from reconcile.protection.keyring import key_for
from reconcile.publishing import file_sha256
from reconcile.workspace import private_folder

if TYPE_CHECKING:
    from reconcile.workspace import Workspace

_NUMBERS = itertools.count()


@dataclass(slots=True)
class Input:
    """One file of the inbox: name in every output, content hash (None: it changed while it was copied)."""

    name: str
    path: Path
    sha256: str | None
    stat: list[int]
    folder: str | None = None
    copy: Path | None = None

    def memo(self) -> dict[str, Any]:
        """Return what lets the next night see that the file is the same."""
        return {"sha256": self.sha256, "stat": self.stat}


@dataclass(slots=True)
class Inbox:
    """The register files in the order of their names, and the extract (None: there is none)."""

    registers: list[Input]
    extract: Input | None
    as_of: dt.date | None
    arriving: list[str] = field(default_factory=list)


def look(workspace: Workspace, memo: dict[str, Any], *, again: bool = False) -> Inbox:
    """List the inbox. A file with the same size and times as in ``memo`` keeps its hash unless ``again``.

    A file that changes while it is copied is still being written: it is put off to the next night.
    """
    known = {} if again else memo
    registers = [_input(found, known) for found in find_files([workspace.inbox_civil], workspace.inbox_civil)]
    extract = None
    newest = find_files([workspace.inbox_population], workspace.inbox_population)
    if newest:
        extract = _input(max(newest, key=lambda f: (f.path.stat().st_mtime_ns, f.name)), known, "population/")
    day = workspace.config.extract.date
    if day is None and extract is not None:
        day = dt.datetime.fromtimestamp(extract.stat[1] / 1e9, dt.UTC).date()
    return Inbox(registers, extract, day)


def _input(found: Found, known: dict[str, Any], prefix: str = "") -> Input:
    name = prefix + found.name
    stat = _stat(found.path)
    before = known.get(name)
    sha256 = before.get("sha256") if before and before.get("stat") == stat else None
    return Input(found.name, found.path, sha256, stat, found.folder_commune)


def _stat(path: Path) -> list[int]:
    stat = path.stat()
    return [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino]


def unchanged(one: Input) -> bool:
    """True where a file is still the one that was looked at."""
    try:
        return _stat(one.path) == one.stat
    except FileNotFoundError:
        return False


def take(one: Input, spool: Path) -> bool:
    """Copy a file that is new or changed into ``spool`` and hash the copy; False where it changed meanwhile."""
    private_folder(spool)
    if key_for(spool) is not None:
        # A copy would lie on the disk in the clear: it is read in place, and looked at again afterwards.
        one.sha256, one.copy = file_sha256(one.path), one.path
        return unchanged(one)
    copy = spool / f"{next(_NUMBERS):06d}{one.path.suffix.lower()}"
    try:
        shutil.copyfile(one.path, copy)
        same = _stat(one.path) == one.stat and copy.stat().st_size == one.stat[0]
    except FileNotFoundError:
        same = False
    if not same:
        copy.unlink(missing_ok=True)
        return False
    os.utime(copy, ns=(one.stat[1], one.stat[1]))
    one.sha256, one.copy = file_sha256(copy), copy
    return True
