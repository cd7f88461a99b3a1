"""Numbers in the place of texts."""

from __future__ import annotations

import polars as pl


class Numbers:
    """Numbers for texts: equal number = equal text, in all columns. They go by the order of meeting."""

    def __init__(self) -> None:
        kind = pl.Categorical(pl.Categories.random(physical=pl.UInt32))
        self._known = pl.Series([], dtype=kind)  # numbers live only as long as some series uses them

    def read(self, texts: pl.Series) -> pl.Series:
        """Return the texts as numbered categories."""
        return texts.cast(self._known.dtype)

    def number(self, texts: pl.Series) -> pl.Series:
        """Return the numbers (u32) of a column of texts, null for null."""
        return self.read(texts).to_physical()
