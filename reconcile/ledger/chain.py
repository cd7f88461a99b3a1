"""The chain of hashes: every entry covers its rows and the entry before, so that a later change shows."""

from __future__ import annotations

import hashlib
from typing import Any

import polars as pl

from reconcile.ledger.tables import JOURNAL

_UNIT, _NULL = "\x1f", "\x00"
_AT_ONCE = 50_000
"""Rows put together at once, so that the text of a province's questions is never whole in memory."""


def digest(*frames: pl.DataFrame) -> str:
    """Return the digest of rows in their order: columns by name, every value as text, told apart from null.

    A column without any value counts as absent, so that a column added by a later version changes no old digest.
    """
    total = hashlib.blake2b(digest_size=16)
    for frame in frames:
        filled = [c for c in frame.columns if frame[c].null_count() < frame.height]
        total.update(_UNIT.join(filled).encode() + b"\x1d")
        if not filled:
            continue
        line = pl.concat_str([pl.col(c).cast(pl.String).fill_null(_NULL) for c in filled], separator=_UNIT)
        for start in range(0, frame.height, _AT_ONCE):
            lines = frame.slice(start, _AT_ONCE).select(line.str.join("\x1e")).item()
            total.update((b"\x1e" if start else b"") + lines.encode())
        total.update(b"\x1d")
    return total.hexdigest()


def link_hash(entry: dict[str, Any]) -> str:
    """Return the hash of one journal row over all its columns but ``hash``."""
    values = [entry[name] for name in JOURNAL.names if name != "hash"]
    text = _UNIT.join(_NULL if value is None else str(value) for value in values)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def faults(journal: pl.DataFrame, events: pl.DataFrame, decisions: pl.DataFrame) -> list[str]:
    """Return one English sentence per break of the chain; none where everything is as it was written."""
    found: list[str] = []
    parts = [_by_entry(events), _by_entry(decisions)]
    previous = ""
    for place, row in enumerate(journal.sort("entry").iter_rows(named=True), start=1):
        entry = row["entry"]
        if entry != place:
            found.append(f"Entry {place} is missing (the next one is {entry}).")
            return found
        if row["previous"] != previous:
            found.append(f"Entry {entry} does not follow the entry before it.")
        if row["hash"] != link_hash(row):
            found.append(f"Entry {entry} was changed after it was written.")
        rows = [part.pop(entry, None) for part in parts]
        written = [
            frame.sort("line") if frame is not None else empty
            for frame, empty in zip(rows, (events.clear(), decisions.clear()), strict=True)
        ]
        if sum(f.height for f in written) != row["rows"] or digest(*written) != row["digest"]:
            found.append(
                f"The rows of entry {entry} ({row['kind']}, {row['at']}) are not those that were written."
            )
        previous = row["hash"]
    extra = sorted({entry for part in parts for entry in part})
    if extra:
        found.append(f"There are rows of entries that the journal does not know: {extra[:10]}.")
    return found


def _by_entry(frame: pl.DataFrame) -> dict[int, pl.DataFrame]:
    return {int(key[0]): part for key, part in frame.partition_by("entry", as_dict=True).items()}
