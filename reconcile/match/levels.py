"""Comparison levels of many pairs: one array of small numbers per field, ``UNKNOWN`` where a side says nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Array = npt.NDArray[Any]
Levels = dict[str, Array]
"""Field → level (u8) of each pair, 0 for the best of the field's levels."""

UNKNOWN = 255


def unknown(pairs: int) -> Array:
    """Return the levels of a field of which nothing is known."""
    return np.broadcast_to(np.uint8(UNKNOWN), (pairs,))


def first_that_holds(rules: Sequence[tuple[int, Array]], otherwise: int, known: Array | None = None) -> Array:
    """Return the level of the first rule (level, whether it holds for each pair), else ``otherwise``; ``UNKNOWN`` where not ``known``."""
    level = np.full(rules[0][1].size, otherwise, np.uint8)
    for code, holds in reversed(rules):
        level[holds] = code
    if known is not None:
        level[~known] = UNKNOWN
    return level


def by_level(values: Array, *, unknown: float = 0) -> Array:
    """Return a table to look levels up in: ``values`` of the levels in order, ``unknown`` for all else."""
    table = np.full(UNKNOWN + 1, unknown, values.dtype)
    table[: values.size] = values
    return table


def among(level: Array, wanted: Sequence[int]) -> Array:
    """Whether each level is one of those ``wanted``."""
    table = np.zeros(UNKNOWN + 1, bool)
    table[list(wanted)] = True
    return table[level]


def at(levels: Levels, rows: Array) -> Levels:
    """Return the levels of some pairs."""
    return {field: level[rows] for field, level in levels.items()}


def counts(level: Array, size: int, weights: Array | None = None) -> list[float]:
    """Return how often each of ``size`` levels occurs, each pair weighted by ``weights`` where given."""
    occurring = np.bincount(level, weights, minlength=UNKNOWN + 1)[:size]
    return [round(float(n), 3) for n in occurring]


def as_frame(levels: Mapping[str, Array]) -> pl.DataFrame:
    """Return the levels as columns (u8), null where unknown."""
    return pl.DataFrame({field: np.ascontiguousarray(level) for field, level in levels.items()}).select(
        pl.when(pl.all() != UNKNOWN).then(pl.all())
    )
