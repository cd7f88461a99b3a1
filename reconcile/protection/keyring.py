"""Keys of this process: what each folder is sealed with, and which key opens a file. Keys are never printed or logged.

A folder is entered by ``Workspace.open`` alone. Whoever writes below it asks ``key_for``; whoever reads asks
``key_with`` for the id in the file, so that a copy outside the workspace can be read as well.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from reconcile.problems import ReconcileError

_PREFIX = "reconcile-key-1"
_FORM = re.compile(rf"{_PREFIX}:([A-Za-z0-9_-]{{43}}):([0-9a-f]{{8}})")
AREA = "khu-vuc"
"""Whose password opens a workbook that belongs to no single commune."""

_OWNER = re.compile(r"_(\d{5}|khong-ro)(?=[_.])")
_FOLDER = re.compile(r"\d{5}|khong-ro")


@dataclass(frozen=True)
class Key:
    """32 random bytes of one office."""

    secret: bytes = field(repr=False)

    @classmethod
    def new(cls) -> Key:
        """Return a new random key."""
        return cls(os.urandom(32))

    @classmethod
    def parse(cls, text: str) -> Key:
        """Return the key that a key file or variable holds. Raises ReconcileError where it is none or mistyped."""
        form = _FORM.fullmatch(text.strip())
        key = cls(base64.urlsafe_b64decode(form[1] + "=")) if form else None
        if key is None or form is None or key.id[:8] != form[2]:
            raise ReconcileError(
                "The text given as key is no key, or was copied wrongly. Make one: reconcile key new FILE.\n"
                "Khóa mã hóa không đúng dạng hoặc chép sai."
            )
        return key

    @cached_property
    def id(self) -> str:
        """16 hexadecimal digits that tell keys apart and say nothing about them."""
        return hmac.digest(self.secret, b"reconcile key id", "sha256")[:8].hex()

    def text(self) -> str:
        """Return what is written into a key file: the only place where a key is written."""
        return f"{_PREFIX}:{base64.urlsafe_b64encode(self.secret).decode().rstrip('=')}:{self.id[:8]}"

    def derive(self, purpose: str, salt: bytes = b"", length: int = 32) -> bytes:
        """Return a key for one purpose: HKDF with SHA-256 (RFC 5869)."""
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        return HKDF(SHA256(), length, salt or None, f"reconcile {purpose}".encode()).derive(self.secret)

    def password(self, owner: str) -> str:
        """Return the password of the workbooks of ``owner``, a commune's code or AREA: 100 bits in letters and digits."""
        letters = base64.b32encode(self.derive(f"workbook {owner}", length=15)).decode()[:20]
        return "-".join(letters[i : i + 5] for i in range(0, 20, 5))

    def digest(self, text: str) -> str:
        """Return a keyed digest: it tells equal texts, and can't be guessed at without the key."""
        return hmac.digest(self.derive("digest"), text.encode(), hashlib.sha256).hex()


_places: dict[Path, Key] = {}
_keys: dict[str, Key] = {}


def protect(places: list[Path], key: Key) -> None:
    """From now on whatever this process writes at or below ``places`` is sealed with ``key``."""
    _keys[key.id] = key
    for place in places:
        _places[_real(place)] = key
    _no_core_dumps()


def release(places: list[Path]) -> None:
    """Take places out again: they hold no encrypted workspace (any more)."""
    for place in places:
        _places.pop(_real(place), None)


def know(key: Key) -> None:
    """Let this process open what is sealed with ``key``."""
    _keys[key.id] = key


def key_for(path: Path) -> Key | None:
    """Return the key that a new file at ``path`` is sealed with; None where files are plain."""
    if not _places:
        return None
    real = _real(path)
    return next((_places[place] for place in (real, *real.parents) if place in _places), None)


def key_with(key_id: str) -> Key | None:
    """Return the key with this id, where this process knows it."""
    return _keys.get(key_id)


def all_keys() -> list[Key]:
    """Return every key that this process knows."""
    return list(_keys.values())


def owners() -> list[str]:
    """Return the communes that have a folder of their own in a protected place."""
    found = {
        folder.name
        for place in _places
        if place.is_dir()
        for folder in place.iterdir()
        if _FOLDER.fullmatch(folder.name)
    }
    return sorted(found)


def owner_of(path: Path) -> str:
    """Return whose password a workbook at ``path`` has: the commune in its name, else of its folder, else AREA."""
    named = _OWNER.findall(path.name)
    if named:
        return str(named[-1])
    return path.parent.name if _FOLDER.fullmatch(path.parent.name) else AREA


def passport() -> dict[str, Any]:
    """Return what a worker process has to know, to be sent through a pipe."""
    return {"places": {str(p): k.id for p, k in _places.items()}, "keys": [k.text() for k in _keys.values()]}


def accept(told: dict[str, Any]) -> None:
    """Take over the keys of the process that started this one."""
    for text in told["keys"]:
        know(Key.parse(text))
    for place, key_id in told["places"].items():
        protect([Path(place)], _keys[key_id])


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))


def _no_core_dumps() -> None:
    """A dump of a process's memory would hold the key and everything that it opened."""
    import contextlib

    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
