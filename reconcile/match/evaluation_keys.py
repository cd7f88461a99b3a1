"""Keys by which results and truth meet."""

from __future__ import annotations

import polars as pl

KEY = ["source_file", "source_row", "role"]
"""A mention: the file, the row as Excel counts it, the role."""


def ratio(part: int, whole: int) -> float | None:
    """Return part / whole, nothing where there is no whole."""
    return part / whole if whole else None


def _ends(path: str) -> list[str]:
    parts = path.replace("\\", "/").split("/")
    return ["/".join(parts[-n:]) for n in range(1, len(parts) + 1)]


def aligned(frame: pl.DataFrame | None, truth: pl.DataFrame) -> pl.DataFrame | None:
    """Rename the files of ``frame`` to those of ``truth`` where the end of the path names one file on both sides."""
    if frame is None or "source_file" not in frame.columns:
        return frame
    known = truth["source_file"].drop_nulls().unique().sort().to_list()
    by_end: dict[str, set[str]] = {}
    for name in known:
        for end in _ends(name):
            by_end.setdefault(end, set()).add(name)
    names: dict[str, str] = {}
    for name in frame["source_file"].drop_nulls().unique().sort().to_list():
        for end in reversed(_ends(name)):
            if len(by_end.get(end, ())) == 1:
                names[name] = next(iter(by_end[end]))
                break
    return frame.with_columns(pl.col("source_file").replace(names), pl.col("source_row").cast(pl.UInt32))
