"""Keys: one 64-bit number for a combination of values, equal where all of them are equal."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from reconcile.match.numbers import ODD

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconcile.match.levels import Array


class Keys(NamedTuple):
    """Who has which key: ``rows`` (in order) and the ``key`` (u64) of each; nobody whose key is not known altogether."""

    rows: Array
    key: Array

    def at(self, places: Array) -> Keys:
        """Return some of them."""
        return Keys(self.rows[places], self.key[places])

    def meeting(self, asked: Array) -> Keys:
        """Return those whose key may be among ``asked``: all that are, and one in sixteen of the others."""
        bits = min(26, max(10, (asked.size * 16).bit_length()))
        # the highest bits of a key are the best mixed
        shift = np.uint64(64 - bits)
        met = np.zeros(2**bits, bool)
        met[asked >> shift] = True
        return self.at(np.flatnonzero(met[self.key >> shift]))


def combined(values: Sequence[tuple[Array, Array | None]]) -> Keys:
    """Return the keys of rows 0, 1, 2 … from the values of each part (integers) and where they are known (None: everywhere)."""
    word = np.zeros(values[0][0].size, np.uint64)
    unknown: Array | None = None
    for i, (value, known) in enumerate(values):
        # in place: a province's columns are too long to be copied for every step
        word += value.astype(np.uint64, copy=False)
        word *= np.uint64(pow(ODD, i + 1, 2**64) | 1)
        if known is not None:
            unknown = ~known if unknown is None else unknown | ~known
    if unknown is None:
        return Keys(np.arange(word.size), word)
    rows = np.flatnonzero(~unknown)
    return Keys(rows, word[rows])
