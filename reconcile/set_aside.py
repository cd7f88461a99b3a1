"""Large tables set aside on the disk: looked into through a memory map, so that only the columns a stage reads take memory.

A province's mentions have some seventy columns, of which a stage reads a few; most are only shown for rows that differ.
"""

from __future__ import annotations

import mmap
import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

LARGE = 300_000
"""Rows from which a table is set aside. A commune's or a district's tables stay in memory: nothing touches the disk."""

PART = 400_000
"""Rows worked on at once while a large table is made."""


class Aside:
    """Tables kept as Arrow files in one folder, which ``set_aside`` removes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._maps: list[mmap.mmap] = []

    def put(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return the same table, from the disk where it is large."""
        return self.made(frame, lambda part: part)

    def made(self, frame: pl.DataFrame, work: Callable[[pl.DataFrame], pl.DataFrame]) -> pl.DataFrame:
        """Return ``work(frame)``; where ``frame`` is large, made part by part and set aside.

        ``work`` must treat each row for itself and keep number and order of rows.
        """
        if frame.height < LARGE:
            return work(frame)
        parts = []
        for part in frame.iter_slices(PART):
            parts.append(self._written(work(part)))
            self.rest()
        return pl.concat(parts, rechunk=False)

    def rest(self) -> None:
        """Let go of what was read so far; what is asked for again comes back from the system's cache or the disk."""
        for known in self._maps:
            if hasattr(known, "madvise"):
                known.madvise(mmap.MADV_DONTNEED)

    def _written(self, part: pl.DataFrame) -> pl.DataFrame:
        import pyarrow as pa

        self._folder.mkdir(mode=0o700, exist_ok=True)
        file = self._folder / f"{len(self._maps)}.arrow"
        part.rechunk().write_ipc(file, compression="uncompressed")
        file.chmod(0o600)
        with file.open("rb") as handle:
            mapped = mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ)
        self._maps.append(mapped)
        table = pa.ipc.open_file(pa.py_buffer(mapped)).read_all()
        frame = pl.from_arrow(table, rechunk=False)
        assert isinstance(frame, pl.DataFrame)
        return frame


@contextmanager
def set_aside(partial: Path) -> Iterator[Aside]:
    """Yield a place for large tables beside the half-made folder ``partial``; nothing is left of it afterwards.

    It carries the process's number at the end of its name, as ``publishing.recover`` wants it: what a killed run
    leaves is removed by the next.
    """
    stem, _, _ = partial.name.rpartition("-")
    folder = partial.with_name(f"{stem}-tables-{os.getpid()}")
    shutil.rmtree(folder, ignore_errors=True)
    try:
        yield Aside(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
