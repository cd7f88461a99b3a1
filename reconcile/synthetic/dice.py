"""Repeatable chance: every draw depends on the seed, a label and the row's number, and on nothing else.

A counter-based generator (the finaliser of SplitMix64, Steele, Lea and Flood 2014) instead of a stream: the
same row draws the same value whatever the number of threads, the order of rows or what was drawn before.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

_GOLDEN = 0x9E3779B97F4A7C15
_MIX1 = 0xBF58476D1CE4E5B9
_MIX2 = 0x94D049BB133111EB
_MASK = (1 << 64) - 1


def _u64(value: int) -> pl.Expr:
    return pl.lit(value & _MASK, dtype=pl.UInt64)


@dataclass(frozen=True, slots=True)
class Dice:
    """Draws for whole columns. ``label`` names what is drawn, so that two draws are independent."""

    seed: int

    def u(self, label: str, ids: pl.Expr | str = "pid") -> pl.Expr:
        """Return an expression of uniform numbers in [0, 1), one for each row number in ``ids``."""
        column = pl.col(ids) if isinstance(ids, str) else ids
        key = (zlib.crc32(label.encode()) << 32) ^ (self.seed * 2654435761)
        z = (column.cast(pl.UInt64) + _u64(1)) * _u64(_GOLDEN) + _u64(key * _GOLDEN)
        z = (z ^ (z // _u64(1 << 30))) * _u64(_MIX1)
        z = (z ^ (z // _u64(1 << 27))) * _u64(_MIX2)
        z = z ^ (z // _u64(1 << 31))
        return (z // _u64(1 << 11)).cast(pl.Float64) / float(1 << 53)

    def whole(self, label: str, low: int, high: int, ids: pl.Expr | str = "pid") -> pl.Expr:
        """Return whole numbers from ``low`` to ``high``, both included."""
        return (self.u(label, ids) * (high - low + 1)).floor().cast(pl.Int64) + low

    def bell(self, label: str, mean: float, deviation: float, ids: pl.Expr | str = "pid") -> pl.Expr:
        """Return about normal numbers: the sum of four uniform ones, so never beyond 3.5 deviations."""
        total = sum((self.u(f"{label}/{i}", ids) for i in range(1, 4)), self.u(f"{label}/0", ids))
        return (total - 2.0) * (deviation * 3**0.5) + mean

    def pick(self, label: str, values: Sequence[str], ids: pl.Expr | str = "pid") -> pl.Expr:
        """Return one of ``values``, each as likely as the other."""
        table = pl.Series(list(values), dtype=pl.String)
        return pl.lit(table).gather((self.u(label, ids) * len(values)).floor().cast(pl.UInt32))


def weighted(u: pl.Series, values: pl.Series, weights: pl.Series) -> pl.Series:
    """Return for each uniform number of ``u`` one of ``values``, as likely as its weight."""
    cumulative = weights.cum_sum() / weights.sum()
    index = cumulative.search_sorted(u, side="right")
    return values.gather(pl.Series(index).clip(0, len(values) - 1).cast(pl.UInt32))
