"""Large tables set aside on the disk: looked into through a memory map, so that only the columns a stage reads take memory.

A province's mentions have some seventy columns, of which a stage reads a few; most are only shown for rows that differ.
"""

from __future__ import annotations

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
        self._files: dict[int, list[Path]] = {}
        self._count = 0

    def put(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return the same table, from the disk where it is large."""
        return self.made(frame, lambda part: part)

    def made(self, frame: pl.DataFrame, work: Callable[[pl.DataFrame], pl.DataFrame]) -> pl.DataFrame:
        """Return ``work(frame)``; where ``frame`` is large, made part by part and set aside.

        ``work`` must treat each row for itself and keep number and order of rows.
        """
        if frame.height < LARGE:
            return work(frame)
        files = [self._write(work(part)) for part in frame.iter_slices(PART)]
        return self._looked_into(files)

    def again(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return a table of this folder with a map of its own: what the old one has read leaves memory with it."""
        files = self._files.get(id(frame))
        return frame if files is None else self._looked_into(files)

    def _write(self, part: pl.DataFrame) -> Path:
        self._folder.mkdir(mode=0o700, exist_ok=True)
        self._count += 1
        file = self._folder / f"{self._count}.arrow"
        part.rechunk().write_ipc(file, compression="uncompressed")
        file.chmod(0o600)
        return file

    def _looked_into(self, files: list[Path]) -> pl.DataFrame:
        frame = pl.concat([_mapped(file) for file in files], rechunk=False)
        self._files[id(frame)] = files
        return frame


def _mapped(file: Path) -> pl.DataFrame:
    import pyarrow as pa

    with pa.memory_map(str(file)) as source:
        frame = pl.from_arrow(pa.ipc.open_file(source).read_all(), rechunk=False)
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
