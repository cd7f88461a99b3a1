"""Outputs appear whole or not at all: a folder is made under another name beside its place, then renamed.

A reader sees the old folder or the new one, never half of one, whenever the process is killed.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from reconcile.problems import ReconcileError
from reconcile.protection.files import read_text

if TYPE_CHECKING:
    from collections.abc import Iterator

MANIFEST = "summary.json"
_PARTIAL = ".partial-"
_PREVIOUS = ".previous-"


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file as hexadecimal text, read in blocks."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


@contextmanager
def partial_file(target: Path) -> Iterator[Path]:
    """Yield a name beside ``target`` to write to; on leaving without error that file takes the place of ``target``.

    It is on the disk and readable by its owner only before it gets its name. Whatever else was written under names
    that begin so (a database's ``.wal``) is removed, on an error the file too, and ``target`` stays as it was. What
    a killed process left is removed the next time.
    """
    stem = f".{target.name}{_PARTIAL}"
    for left in target.parent.glob(f"{stem}*"):
        pid = left.name.removeprefix(stem).partition(".")[0]
        if pid.isdigit() and not _alive(int(pid)):
            left.unlink(missing_ok=True)
    partial = target.with_name(f"{stem}{os.getpid()}")
    try:
        yield partial
        partial.chmod(0o600)
        with partial.open("rb") as handle:
            os.fsync(handle.fileno())
        partial.replace(target)
    finally:
        for left in (partial, *target.parent.glob(f"{partial.name}.*")):
            left.unlink(missing_ok=True)


def check_replaceable(out: Path) -> None:
    """Raise where writing to ``out`` would destroy something that a run did not make or that a clerk changed.

    A folder may be replaced when it is empty or when it holds a run (its ``summary.json`` lists the hashes
    of the workbooks) and every workbook in it is still as it was written.
    """
    if not out.exists():
        return
    if not out.is_dir():
        raise ReconcileError(f"{out} is a file. Give --out a folder.")
    present = [entry for entry in out.iterdir() if entry.name != MANIFEST]
    if not present:
        return
    manifest = out / MANIFEST
    if not manifest.is_file():
        raise ReconcileError(
            f"{out} holds files that no run wrote ({len(present)} of them). Give --out a new or an empty folder."
        )
    try:
        written = json.loads(read_text(manifest)).get("outputs", {})
    except (ValueError, OSError) as error:
        raise ReconcileError(
            f"{manifest} can't be read. Give --out a new folder, or move this one away."
        ) from error
    for entry in sorted(out.rglob("*")):
        if not entry.is_file() or entry == manifest:
            continue
        name = entry.relative_to(out).as_posix()
        if name not in written:
            raise ReconcileError(
                f"{entry} was not written by a run. Move it away, or give --out another folder."
            )
        if entry.suffix == ".xlsx" and written[name] != file_sha256(entry):
            raise ReconcileError(
                f"{entry} was changed since the run that wrote it, perhaps by a clerk's decisions. "
                "Move it to a safe place, or give --out another folder."
            )


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def recover(out: Path) -> None:
    """Clean up after runs that were killed: drop half-made folders, put a set-aside one back where it is missing."""
    for left in sorted(out.parent.glob(f".{out.name}{_PREVIOUS}*")):
        if not out.exists():
            left.rename(out)
        elif not _alive(int(left.name.rsplit("-", 1)[1])):
            shutil.rmtree(left, ignore_errors=True)
    for left in out.parent.glob(f".{out.name}{_PARTIAL}*"):
        with contextlib.suppress(ValueError):
            if not _alive(int(left.name.rsplit("-", 1)[1])):
                shutil.rmtree(left, ignore_errors=True)


@contextmanager
def published(out: Path) -> Iterator[Path]:
    """Yield a folder to write into; on leaving without error it takes the place of ``out``.

    On an error the half-made folder is removed and ``out`` stays as it was.
    """
    out = Path(os.path.abspath(out))  # noqa: PTH100 - resolve() would follow a link that the user meant to keep
    out.parent.mkdir(parents=True, exist_ok=True)
    recover(out)
    check_replaceable(out)
    partial = out.parent / f".{out.name}{_PARTIAL}{os.getpid()}"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(mode=0o700)
    try:
        yield partial
        for entry in partial.rglob("*"):
            entry.chmod(0o700 if entry.is_dir() else 0o600)
        previous = out.parent / f".{out.name}{_PREVIOUS}{os.getpid()}"
        if out.exists():
            out.rename(previous)
        partial.rename(out)
        shutil.rmtree(previous, ignore_errors=True)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        recover(out)
        raise
