"""Pairs of a mention and a resident, and what stands in the columns of either side."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from reconcile.match.levels import Array
    from reconcile.match.side import Side


@dataclass(frozen=True, slots=True)
class Pairs:
    """``m``, ``r``: rows of the mentions (``left``) and of the residents (``right``); ``role``: that of the mentions.

    Columns are given as arrays; ``Side.none`` stands where nothing is known.
    """

    left: Side
    right: Side
    m: Array
    r: Array
    role: str | None

    @classmethod
    def of(cls, left: Side, right: Side, pairs: pl.DataFrame, role: str | None) -> Pairs:
        """Return the pairs of a frame (m, r)."""
        m, r = (pairs[column].to_numpy().astype(np.intp) for column in ("m", "r"))
        return cls(left, right, m, r, role)

    @property
    def size(self) -> int:
        """How many there are."""
        return int(self.m.size)

    def ours(self, column: str) -> Array:
        """What the mentions say."""
        return self.left.at(column, self.m)

    def theirs(self, column: str) -> Array:
        """What the extract says of the residents."""
        return self.right.at(column, self.r)

    def both(self, column: str) -> tuple[Array, Array, Array]:
        """Return what both say, and whether both say anything."""
        return self.compared(column, column)

    def compared(self, ours: str, theirs: str) -> tuple[Array, Array, Array]:
        """Return what the mentions say in one column, the residents in another, and whether both say anything."""
        a, b = self.ours(ours), self.theirs(theirs)
        known = (a != self.left.none(ours)) & (b != self.right.none(theirs))
        return a, b, known

    def some(self, rows: Array) -> Pairs:
        """Return some of the pairs."""
        return replace(self, m=self.m[rows], r=self.r[rows])

    def mentions(self) -> pl.Series:
        """The mentions' rows (u32)."""
        return pl.Series("m", self.m).cast(pl.UInt32)

    def residents(self) -> pl.Series:
        """The residents' rows (u32)."""
        return pl.Series("r", self.r).cast(pl.UInt32)
