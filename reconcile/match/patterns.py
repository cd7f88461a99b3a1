"""Patterns: the distinct combinations of comparison levels. There are thousands where there are millions of pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from reconcile.match.evidence import codes_of
from reconcile.match.levels import at, by_level, counts
from reconcile.match.numbers import ODD

if TYPE_CHECKING:
    from reconcile.match.levels import Levels


class Patterns:
    """The patterns of some pairs: ``of`` (the pattern of each pair) and ``levels`` (field → level of each pattern)."""

    def __init__(self, levels: Levels) -> None:
        word = np.zeros(next(iter(levels.values())).size, np.uint64)
        for level in levels.values():
            word = (word + level + np.uint64(1)) * np.uint64(ODD)
        _, first, self.of = np.unique(word, return_index=True, return_inverse=True)
        self.levels: Levels = at(levels, first)

    def counts(self, chance: pl.Series) -> dict[str, list[float]]:
        """Return for each field how often each level occurs, each pair weighted by ``chance``."""
        of_pattern = np.bincount(self.of, chance.to_numpy(), minlength=self._size)
        return {
            field: counts(level, len(codes_of(field)), of_pattern) for field, level in self.levels.items()
        }

    @property
    def _size(self) -> int:
        return next(iter(self.levels.values())).size

    def gain(self, before: dict[str, list[float]], after: dict[str, list[float]]) -> pl.Series:
        """Return what each pair's weight (log2) changes where one table of shares replaces another in all its fields."""
        total = np.zeros(self._size)
        for field, shares in before.items():
            table = np.log2(np.maximum(after[field], _FLOOR)) - np.log2(np.maximum(shares, _FLOOR))
            total += by_level(table)[self.levels[field]]
        return pl.Series(total[self.of])


_FLOOR = 1e-9
