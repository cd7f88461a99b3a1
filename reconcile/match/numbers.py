"""Numbers in the place of texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from reconcile.match.levels import Array

ODD = 0x9E3779B97F4A7C15
"""Odd 64-bit constant (golden ratio): multiplying by it spreads small numbers over the whole word."""

_SPARSE = 8
"""Slots per text: with fewer, too many texts would have to share one."""


class Numbers:
    """Numbers for texts: equal number = equal text, in all columns. They go by the order of meeting, from 0.

    Texts are told apart by their 64-bit hashes (among a million two are alike by a chance of 3 in 10⁸): a table has a slot
    for each beginning of a hash; those that find theirs taken are looked up in a sorted list.
    ``known``: distinct texts that have the numbers 0, 1, 2 … already.
    """

    def __init__(self, known: pl.Series | None = None) -> None:
        self._texts = [pl.Series(dtype=pl.String)]
        self._hashes = np.zeros(0, np.uint64)
        self._build(0)
        if known is not None:
            self.meet(known)

    def copy(self) -> Numbers:
        """Return the same numbers, to which other texts may be added."""
        twin = self.__class__.__new__(self.__class__)
        twin._texts, twin._hashes = list(self._texts), self._hashes
        twin._shift, twin._slots, twin._crowded = self._shift, self._slots.copy(), self._crowded
        return twin

    def number(self, texts: pl.Series) -> pl.Series:
        """Return the numbers (u32) of a column of texts, null for null."""
        return self.meet(texts)[0]

    def known(self, texts: pl.Series) -> pl.Series:
        """Return the numbers of texts that were met before, null for all others."""
        codes = self._find(texts.hash(0).to_numpy())
        known = (pl.col("code") >= 0) & pl.lit(texts.is_not_null())
        frame = pl.DataFrame({"code": codes})
        return frame.select(pl.when(known).then(pl.col("code").cast(pl.UInt32, strict=False))).to_series()

    def meet(self, texts: pl.Series) -> tuple[pl.Series, Array]:
        """Return the numbers and the rows in which new texts are met for the first time, in the order of their numbers."""
        if texts.null_count():
            known = texts.is_not_null()
            places = known.arg_true()
            found, new = self.meet(texts.filter(known))
            nothing = pl.Series(texts.name, [None], dtype=pl.UInt32).new_from_index(0, texts.len())
            return nothing.scatter(places, found), places.to_numpy()[new]
        hashes = texts.hash(0).to_numpy()
        codes = self._find(hashes)
        missed = np.flatnonzero(codes < 0)
        rows = missed[:0]
        if missed.size:
            rows = missed[np.sort(pl.Series(hashes[missed]).arg_unique().to_numpy())]
            self._texts.append(texts.gather(rows))
            self._add(hashes[rows])
            codes[missed] = self._find(hashes[missed])
        return pl.Series(texts.name, codes.astype(np.uint32)), rows

    def texts(self) -> pl.Series:
        """Return all texts met so far in the order of their numbers."""
        self._texts = [pl.concat(self._texts, rechunk=True)]
        return self._texts[0]

    def _find(self, hashes: Array) -> Array:
        """Return the numbers (i64) of hashes, -1 for those that were not met."""
        codes: Array = self._slots[hashes >> self._shift].astype(np.int64)
        if self._hashes.size:
            codes[self._hashes[codes] != hashes] = -1
        if self._crowded.size:
            rest = np.flatnonzero(codes < 0)
            crowd = self._hashes[self._crowded]
            place = np.minimum(np.searchsorted(crowd, hashes[rest]), crowd.size - 1)
            hit = crowd[place] == hashes[rest]
            codes[rest[hit]] = self._crowded[place[hit]]
        return codes

    def _add(self, hashes: Array) -> None:
        known = self._hashes.size
        self._hashes = np.append(self._hashes, hashes)
        if self._hashes.size * _SPARSE > self._slots.size:
            self._build(self._hashes.size)
        else:
            self._place(np.arange(known, self._hashes.size))

    def _build(self, size: int) -> None:
        bits = max(12, (2 * size * _SPARSE).bit_length())
        self._shift = np.uint64(64 - bits)
        self._slots = np.full(2**bits, -1, np.int32)
        self._crowded = np.zeros(0, np.int64)
        self._place(np.arange(size))

    def _place(self, codes: Array) -> None:
        """Give each new number the slot of its hash, or a place in the sorted list."""
        slots = self._hashes[codes] >> self._shift
        free = self._slots[slots] < 0
        # of those who want one free slot the first gets it
        self._slots[slots[free][::-1]] = codes[free][::-1]
        crowded = np.append(self._crowded, codes[self._slots[slots] != codes])
        self._crowded = crowded[np.argsort(self._hashes[crowded])]
