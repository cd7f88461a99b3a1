"""Numbers in the place of texts."""

from __future__ import annotations

import polars as pl

ODD = 0x9E3779B97F4A7C15
"""Odd 64-bit constant (golden ratio): multiplying by it spreads small numbers over the whole word."""


class Numbers:
    """Numbers for texts: equal number = equal text, in all columns. They go by the order of meeting.

    ``known``: distinct texts that have the numbers 0, 1, 2 … already.
    """

    def __init__(self, known: pl.Series | None = None) -> None:
        # categories of its own: numbers live only as long as some series uses them
        kind = pl.Categorical(pl.Categories.random(physical=pl.UInt32))
        self._known = pl.Series([], dtype=kind) if known is None else known.cast(kind)

    def read(self, texts: pl.Series) -> pl.Series:
        """Return the texts as numbered categories."""
        return texts.cast(self._known.dtype)

    def number(self, texts: pl.Series) -> pl.Series:
        """Return the numbers (u32) of a column of texts, null for null."""
        return self.read(texts).to_physical()

    def texts(self) -> pl.Series:
        """Return all texts met so far in the order of their numbers."""
        kind = self._known.dtype
        assert isinstance(kind, pl.Categorical)
        return kind.categories.to_series()


def first_met(codes: pl.Series, known: int) -> pl.Series:
    """Return the rows (u32) in which numbers from ``known`` on are met for the first time, in the order of the numbers.

    ``codes``: numbers that go by the order of meeting, as those of ``Numbers``: a new one is larger than all before it.
    """
    met = codes.cast(pl.Int64).fill_null(-1).to_frame("code").with_columns(highest=pl.col("code").cum_max())
    new = pl.col("highest") > pl.col("highest").shift(fill_value=known - 1)
    return met.select((new & (pl.col("code") >= known)).arg_true()).to_series()
