"""The audit trail: who ran, applied, exported, opened what; one JSON object per line, each with the hash of those before.

The chain shows that a line was changed, dropped or slipped in; whoever may write the file may also write it anew.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import json
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

CHAIN = "chain"
"""Key of a line: first 32 digits of the SHA-256 of the line before, as it stands; empty for the first."""


def add_line(path: Path, action: str, facts: dict[str, Any]) -> None:
    """Add one line; two processes take turns."""
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "a+b") as handle:
        with contextlib.suppress(OSError):
            lock_descriptor(handle.fileno(), wait=True)
        size = handle.seek(0, os.SEEK_END)
        handle.seek(max(0, size - 65536))
        tail = handle.read().rsplit(b"\n", 2)
        line = {
            "at": now().isoformat(timespec="seconds"),
            "who": user(),
            "action": action,
            **facts,
            CHAIN: _hash(tail[-2]) if len(tail) > 1 else "",
        }
        torn = b"\n" if tail[-1] else b""  # a process was killed while it wrote
        handle.write(torn + json.dumps(line, ensure_ascii=False, default=str).encode() + b"\n")
        handle.flush()


def read_trail(path: Path) -> tuple[list[dict[str, Any]], list[int]]:
    """Return the lines of a trail and the numbers (from 1) of those that don't follow from the one before."""
    found: list[dict[str, Any]] = []
    broken: list[int] = []
    before = b""
    lines = path.read_bytes().split(b"\n") if path.is_file() else []
    for number, raw in enumerate((line for line in lines if line), start=1):
        line = None
        with contextlib.suppress(ValueError):
            line = json.loads(raw)
        if not isinstance(line, dict):  # cut off by a crash, or no line of this program
            line = {"at": "", "who": "", "action": "unreadable", CHAIN: None}
        expected = _hash(before) if before else ""
        if line.get(CHAIN, expected) != expected:  # lines of earlier versions carry no chain
            broken.append(number)
        found.append(line)
        before = raw
    return found, broken


def _hash(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()[:32]


def now() -> dt.datetime:
    """Return the present time with the machine's zone."""
    return dt.datetime.now().astimezone()


def user() -> str:
    """Return the account that runs this process."""
    import getpass

    with contextlib.suppress(Exception):
        return getpass.getuser()
    return "unknown"


def lock_descriptor(descriptor: int, *, wait: bool = False) -> None:
    """Hold an open file alone until it is closed. Raises OSError at once where another process holds it, unless ``wait``."""
    if os.name == "nt":
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined, unused-ignore]
        return
    import fcntl

    fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
