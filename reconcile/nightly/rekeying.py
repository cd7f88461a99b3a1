"""Encrypting a workspace that is there, giving it another key, decrypting it: file by file, each replaced whole.

A killed one is finished by the same command again: what has the new key already is passed over. The mark that says
which key a workspace has changes last.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reconcile.ledger.sealed import convert
from reconcile.problems import ReconcileError
from reconcile.protection.files import read_bytes
from reconcile.protection.keyring import know, owner_of, protect, release
from reconcile.protection.office import WrongPasswordError, decrypted, encrypted, is_encrypted
from reconcile.protection.sealing import SUFFIX, key_id_of, seal
from reconcile.protection.unlocking import write_mark
from reconcile.publishing import MANIFEST, file_sha256, partial_file

if TYPE_CHECKING:
    from reconcile.protection.keyring import Key
    from reconcile.workspace import Workspace

OFFICE = (".xlsx", ".docx")
OPEN_TO_ALL = ("scorecard",)
"""Folders of the reports that hold counts alone, never a person: they stay readable by a browser."""

_BY_NAME = (".html", ".zip", ".pdf")
"""Files that people open by a double click: sealed ones get a further suffix."""


def rekey(workspace: Workspace, old: Key | None, new: Key | None) -> int:
    """Give every file of a locked workspace the key ``new`` instead of ``old`` (None: plain); return how many changed.

    The cache is dropped: the next night works it out again. Raises ReconcileError where a file has a third key.
    """
    for key in (old, new):
        if key is not None:
            know(key)
    with workspace.lock("key"):
        shutil.rmtree(workspace.cache, ignore_errors=True)
        intact = _intact(workspace)
        changed = 0
        seen: dict[int, Path] = {}
        for file in _files(workspace):
            changed += _again(file, old, new, seen)
        _rename(workspace, new)
        _correct(intact, new)
        for ledger in sorted(workspace.ledger_path.parent.glob(f"{workspace.ledger_path.name}*")):
            if ledger.suffix != ".wal" and key_id_of(ledger) != (new.id if new else None):
                convert(ledger, ledger, new)
                changed += 1
        write_mark(workspace.root, new)
        release(workspace.places())
        if new is not None:
            protect(workspace.places(), new)
        workspace.audit(
            "key", before=old.id[:8] if old else None, now=new.id[:8] if new else None, files=changed
        )
    return changed


def _files(workspace: Workspace) -> list[Path]:
    """Return the files that are encrypted in an encrypted workspace, but for the ledger."""
    found: list[Path] = []
    for place in workspace.places():
        if place.is_dir():
            found += [p for p in place.rglob("*") if p.is_file() and not p.is_symlink()]
    passed_over = {workspace.audit_path, workspace.ledger_path}
    outside = [workspace.reports / name for name in OPEN_TO_ALL]
    return sorted(
        p
        for p in found
        if p not in passed_over
        and not p.name.startswith(".")
        and not any(folder in p.parents for folder in outside)
    )


def _again(file: Path, old: Key | None, new: Key | None, seen: dict[int, Path]) -> int:
    inode = file.stat().st_ino
    if inode in seen:  # a second name of one file stays one
        with partial_file(file) as partial:
            os.link(seen[inode], partial)
        return 0
    if file.suffix in OFFICE:
        content = _office(file, old, new)
    else:
        key_id = key_id_of(file)
        if key_id == (new.id if new else None):
            return 0
        plain = read_bytes(file)
        content = plain if new is None else seal(plain, new)
    if content is None:
        return 0
    mode = file.stat().st_mode & 0o700
    linked = file.stat().st_nlink > 1
    with partial_file(file) as partial:
        partial.write_bytes(content)
    file.chmod(mode)
    if linked:
        seen[inode] = file
    return 1


def _office(file: Path, old: Key | None, new: Key | None) -> bytes | None:
    """Return the workbook with its new password; None where it has it already."""
    content = file.read_bytes()
    owner = owner_of(file)
    if is_encrypted(content):
        for key in (new, old):
            try:
                plain = decrypted(content, key.password(owner)) if key else None
            except WrongPasswordError:
                continue
            if plain is not None:
                return (
                    None if key is new else (plain if new is None else encrypted(plain, new.password(owner)))
                )
        raise ReconcileError(
            f"{file} has a password that neither key makes. Move it away, then run this again."
        )
    return None if new is None else encrypted(content, new.password(owner))


def _intact(workspace: Workspace) -> dict[Path, tuple[dict[str, Any], list[str]]]:
    """Return manifest → what it says, and the outputs that are as they were written: nobody worked in them."""
    found = {}
    for manifest in sorted(workspace.reports.rglob(MANIFEST)):
        told = json.loads(read_bytes(manifest))
        outputs: dict[str, str] = told.get("outputs", {})
        folder = manifest.parent
        whole = [n for n, sha in outputs.items() if (folder / n).is_file() and file_sha256(folder / n) == sha]
        found[manifest] = (told, whole)
    return found


def _rename(workspace: Workspace, new: Key | None) -> None:
    """Give files that people open the names that tell whether they are sealed."""
    for file in _files(workspace):
        if new is not None and file.suffix in _BY_NAME and workspace.reports in file.parents:
            file.rename(file.with_name(file.name + SUFFIX))
        elif new is None and file.name.endswith(SUFFIX):
            file.rename(file.with_name(file.name.removesuffix(SUFFIX)))


def _correct(intact: dict[Path, tuple[dict[str, Any], list[str]]], new: Key | None) -> None:
    """Write the new hashes of outputs that nobody had changed; what was changed stays known as changed."""
    for manifest, (told, whole) in intact.items():
        outputs = dict(told.get("outputs", {}))
        for name in whole:
            bare = name.removesuffix(SUFFIX)
            now = next(n for n in (bare, bare + SUFFIX) if (manifest.parent / n).is_file())
            del outputs[name]
            outputs[now] = file_sha256(manifest.parent / now)
        text = json.dumps(told | {"outputs": outputs}, ensure_ascii=False, indent=1, sort_keys=True)
        with partial_file(manifest) as partial:
            partial.write_bytes(text.encode() if new is None else seal(text.encode(), new))
