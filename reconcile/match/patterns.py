"""Patterns: the distinct combinations of comparison levels. There are thousands where there are millions of pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from reconcile.match.evidence import codes_of
from reconcile.match.numbers import ODD, UNKNOWN, by_level, level_array

if TYPE_CHECKING:
    from reconcile.match.numbers import Array


class Patterns:
    """The patterns of some pairs: ``of`` (the pattern of each pair) and ``levels`` (field → level of each pattern)."""

    def __init__(self, levels: pl.DataFrame) -> None:
        word = pl.lit(0, pl.UInt64)
        for field in levels.columns:
            word = (word + pl.col(field).fill_null(UNKNOWN).cast(pl.UInt64) + 1) * pl.lit(ODD, pl.UInt64)
        words = levels.select(word=word)["word"].to_numpy()
        _, first, self.of = np.unique(words, return_index=True, return_inverse=True)
        self.levels: dict[str, Array] = {c: level_array(levels[c].gather(first)) for c in levels.columns}

    def counts(self, chance: pl.Series | None = None) -> dict[str, list[float]]:
        """Return for each field how often each level occurs, each pair weighted by ``chance`` where given."""
        weight = None if chance is None else chance.to_numpy()
        size = next(iter(self.levels.values())).size if self.levels else 0
        of_pattern = np.bincount(self.of, weights=weight, minlength=size)
        return {
            field: [
                round(float(n), 3)
                for n in np.bincount(level, of_pattern, minlength=UNKNOWN + 1)[: len(codes_of(field))]
            ]
            for field, level in self.levels.items()
        }

    def gain(self, before: dict[str, list[float]], after: dict[str, list[float]]) -> pl.Series:
        """Return what each pair's weight (log2) changes where one table of shares replaces another in all its fields."""
        total = np.zeros(next(iter(self.levels.values())).size)
        for field in before:
            table = np.log2(np.maximum(after[field], _FLOOR)) - np.log2(np.maximum(before[field], _FLOOR))
            total += by_level(table)[self.levels[field]]
        return pl.Series(total[self.of])


_FLOOR = 1e-9
