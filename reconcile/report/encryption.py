"""Workbooks with a password: real encryption of the whole file (ECMA-376 agile, AES-256), not sheet protection."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING

from reconcile.problems import ReconcileError

if TYPE_CHECKING:
    from pathlib import Path

_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
"""First bytes of a compound file: an encrypted .xlsx is one; a plain .xlsx is a zip."""


class WrongPasswordError(Exception):
    """The password does not open the file."""


def is_encrypted(content: bytes) -> bool:
    """Tell whether the bytes are those of an encrypted .xlsx (or of another compound file, such as an old .xls)."""
    if not content.startswith(_OLE):
        return False
    import msoffcrypto

    try:
        return bool(msoffcrypto.OfficeFile(io.BytesIO(content)).is_encrypted())
    except Exception:  # noqa: BLE001 - any compound file that it can't name is not an encrypted workbook
        return False


def decrypted(content: bytes, password: str) -> bytes:
    """Return the plain .xlsx bytes. Raises WrongPasswordError."""
    import msoffcrypto
    from msoffcrypto.exceptions import DecryptionError, InvalidKeyError

    plain = io.BytesIO()
    try:
        office = msoffcrypto.OfficeFile(io.BytesIO(content))
        office.load_key(password=password, verify_password=True)
        office.decrypt(plain)
    except (InvalidKeyError, DecryptionError) as error:
        raise WrongPasswordError from error
    return plain.getvalue()


def encrypt(path: Path, password: str) -> None:
    """Replace the workbook at ``path`` by the same one encrypted with ``password``, whole or not at all.

    Raises ReconcileError where the password is empty. The salt is random: two encryptions differ in their bytes.
    """
    if not password:
        raise ReconcileError("The password is empty. Put it into the first line of the file given.")
    from msoffcrypto.format.ooxml import OOXMLFile

    partial = path.with_name(f".{path.name}.partial")
    try:
        with path.open("rb") as plain, partial.open("wb") as target:
            OOXMLFile(plain).encrypt(password, target)
            target.flush()
            os.fsync(target.fileno())
        partial.chmod(0o600)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
