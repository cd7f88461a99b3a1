"""Sealed files: AES-256-GCM in chunks, so that a file of any size is encrypted and checked piece by piece.

```
header   RCSEAL1 and a line feed (8)  id of the key (8)  salt (16)
chunk    up to 1 MiB of content, encrypted, and its tag (16); the next …
```

Each file has a key of its own: HKDF-SHA256 of the office's key with the file's random salt. A chunk's nonce is its
number and whether it is the last (the STREAM construction; Hoang, Reyhanitabar, Rogaway, Vizár 2015), so chunks can't be
exchanged, repeated or cut off unseen. The header is authenticated with every chunk.
"""

from __future__ import annotations

import io
import os
import struct
from typing import TYPE_CHECKING, BinaryIO

from reconcile.problems import ReconcileError

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    from reconcile.protection.keyring import Key

MAGIC = b"RCSEAL1\n"
SUFFIX = ".rcseal"
"""Behind the name of a sealed file that people would else try to open by a double click."""

_SALT = 16
_ID = 8
HEADER = len(MAGIC) + _ID + _SALT
_CHUNK = 1 << 20
_TAG = 16


class DamagedError(ReconcileError, ValueError):
    """A sealed file is cut off or was changed."""


def key_id_of(path: Path) -> str | None:
    """Return the id of the key that a file is sealed with, as hexadecimal text; None where it is not sealed."""
    with path.open("rb") as handle:
        head = handle.read(HEADER)
    return _key_id(head)


def _key_id(head: bytes) -> str | None:
    if not head.startswith(MAGIC):
        return None
    return head[len(MAGIC) : len(MAGIC) + _ID].hex()


def _cipher(key: Key, salt: bytes) -> AESGCM:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(key.derive("file", salt))


def _nonce(number: int, last: bool) -> bytes:
    return struct.pack(">7xIB", number, last)


class Sealer(io.RawIOBase):
    """A stream to write into; what arrives in ``target`` is sealed. Only a closed one is whole."""

    def __init__(self, target: BinaryIO, key: Key) -> None:
        super().__init__()
        salt = os.urandom(_SALT)
        self._head = MAGIC + bytes.fromhex(key.id) + salt
        self._target, self._cipher = target, _cipher(key, salt)
        self._waiting = bytearray()
        self._number = 0
        self._failed = False
        target.write(self._head)

    def writable(self) -> bool:
        """Say that this stream is written to."""
        return True

    def write(self, data: bytes, /) -> int:  # type: ignore[override]
        """Take any number of bytes."""
        view = memoryview(data).cast("B")
        self._waiting += view
        while len(self._waiting) > _CHUNK:
            self._put(bytes(self._waiting[:_CHUNK]), last=False)
            del self._waiting[:_CHUNK]
        return len(view)

    def _put(self, piece: bytes, *, last: bool) -> None:
        self._target.write(self._cipher.encrypt(_nonce(self._number, last), piece, self._head))
        self._number += 1

    def abandon(self) -> None:
        """Leave the file without its last chunk: nobody can take it for a whole one."""
        self._failed = True

    def close(self) -> None:
        """Write the last chunk."""
        if not self.closed and not self._failed:
            self._put(bytes(self._waiting), last=True)
        super().close()


def seal(content: bytes, key: Key) -> bytes:
    """Return content sealed with ``key``; two calls give different bytes."""
    made = io.BytesIO()
    with Sealer(made, key) as sealer:
        sealer.write(content)
    return made.getvalue()


def unseal_into(source: BinaryIO, target: BinaryIO, key: Key) -> None:
    """Write the content of a sealed stream into ``target``.

    Raises DamagedError where it was cut off or changed; ``target`` then holds checked chunks of the front only.
    """
    from cryptography.exceptions import InvalidTag

    head = source.read(HEADER)
    if _key_id(head) != key.id or len(head) < HEADER:
        raise DamagedError("A sealed file has no whole header.")
    cipher = _cipher(key, head[-_SALT:])
    number = 0
    piece = source.read(_CHUNK + _TAG)
    while True:
        following = source.read(_CHUNK + _TAG)
        try:
            target.write(cipher.decrypt(_nonce(number, not following), piece, head))
        except InvalidTag as error:
            raise DamagedError("A sealed file is damaged, cut off or was changed.") from error
        if not following:
            return
        number, piece = number + 1, following
