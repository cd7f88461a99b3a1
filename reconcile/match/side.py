"""The two sides of matching: persons as narrow columns of numbers. Row number = the mention's or resident's code."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from reconcile.match.keys import Keys, combined
from reconcile.match.names import Names
from reconcile.match.parts import NAME_PARTS

if TYPE_CHECKING:
    from reconcile.match.levels import Array

RELATIVES = ("father", "mother", "spouse")


@dataclass(frozen=True, slots=True)
class Side:
    """One side (mentions or residents): ``table`` of coded columns, one row per person in the given order.

    ``extras``: further fields of the rules → text per code; their codes are columns of the table.
    ``kept``: keys of all persons that were worked out before. ``told``: what links of other records say of residents (``household``,
    ``relations.last_seen``), and whom the extract names without holding them (``departed.named_only``).
    """

    table: pl.DataFrame
    names: Names
    kept: dict[tuple[str, ...], Keys] = field(default_factory=dict, compare=False)
    extras: dict[str, pl.Series] = field(default_factory=dict, compare=False)
    told: dict[str, pl.DataFrame] = field(default_factory=dict, compare=False)
    _arrays: dict[str, Array] = field(default_factory=dict, compare=False)

    def at(self, column: str, rows: Array) -> Array:
        """Return a column's values for some rows as an array, ``none`` for null."""
        if column not in self._arrays and (column in _CHANGING or rows.size * _FEW < self.table.height):
            return self._filled(self.table[column].gather(rows))
        return self.all_of(column)[rows]

    def all_of(self, column: str) -> Array:
        """Return a column's values as an array, ``none`` for null."""
        if column in _CHANGING:
            return self._filled(self.table[column])
        if column not in self._arrays:
            self._arrays[column] = self._filled(self.table[column])
        return self._arrays[column]

    def none(self, column: str) -> int:
        """What stands for null in the arrays of a column."""
        kind = self.table[column].dtype
        if kind == pl.Boolean:
            return False
        return 2**32 - 1 if kind == pl.UInt32 else _LOWEST[kind]

    def _filled(self, values: pl.Series) -> Array:
        if not values.null_count():
            return values.to_numpy()
        none = pl.lit(self.none(values.name), values.dtype)
        return values.to_frame().select(pl.all().fill_null(none)).to_series().to_numpy()

    def values(self, part: str, rows: pl.Series) -> pl.Series:
        """Return the values of one key part for some rows."""
        column, name_part = self._source(part)
        if column is None:
            return pl.Series(part, [None], dtype=pl.UInt32).new_from_index(0, rows.len())
        found = self.table[column].gather(rows)
        return self.names.part(name_part, found) if name_part else found

    def _source(self, part: str) -> tuple[str | None, str | None]:
        """Return the column and, for parts of a name, which part of it."""
        if part in self.table.columns:
            return part, None
        if part in NAME_PARTS:
            return "name", part
        relative, _, name_part = part.partition("_")
        if relative in RELATIVES and name_part in NAME_PARTS:
            return relative, name_part
        return None, None

    def knows(self, parts: tuple[str, ...]) -> bool:
        """Whether there is something to make a key of these parts of."""
        return all(self._source(part)[0] is not None for part in parts)

    def keys(self, parts: tuple[str, ...], rows: Array | None = None) -> Keys:
        """Return the keys for a combination of parts: of all persons, or of ``rows`` (in their places)."""
        return combined([self._words(part, rows) for part in parts])

    def _words(self, part: str, rows: Array | None) -> tuple[Array, Array | None]:
        """Return the values of one part, and where they are known (None: everywhere)."""
        column, name_part = self._source(part)
        if column is None:
            size = self.table.height if rows is None else rows.size
            return np.zeros(size, np.uint64), np.zeros(size, bool)
        values = self.all_of(column) if rows is None else self.at(column, rows)
        known = values != self.none(column) if self.table[column].null_count() else None
        if name_part:
            of_names = self.names.array(name_part)
            values = of_names[np.minimum(values, of_names.size - 1) if known is not None else values]
        return values, known

    def holders(self, parts: tuple[str, ...]) -> Keys:
        """Return who of all persons has which key. Worked out once for all roles."""
        if parts not in self.kept:
            self.kept[parts] = self.keys(parts)
        return self.kept[parts]


@dataclass(frozen=True, slots=True)
class Coded:
    """Both sides, numbered with the same names and units."""

    mentions: Side
    residents: Side
    names: Names
    _reached: dict[tuple[tuple[str, ...], tuple[str, ...]], Keys] = field(default_factory=dict, compare=False)

    def reached(self, left: tuple[str, ...], right: tuple[str, ...]) -> Keys:
        """Return the residents' keys: at least all whose key ``right`` some mention has as its key ``left``.

        A commune's mentions reach few residents of a province: these are looked up once for all roles.
        """
        held = self.residents.holders(right)
        if not _CHANGING.isdisjoint(left) or self.mentions.table.height * _FEW > self.residents.table.height:
            return held
        if (left, right) not in self._reached:
            self._reached[left, right] = held.meeting(self.mentions.keys(left).key)
        return self._reached[left, right]


_CHANGING = frozenset({"expected", "linked_mother", "linked_father", "linked_spouse", "partner"})
"""What each role fills anew from the links made so far."""
_LOWEST: dict[pl.DataType, int] = {
    kind(): -(2 ** (bits - 1))
    for kind, bits in ((pl.Int8, 8), (pl.Int16, 16), (pl.Int32, 32), (pl.Int64, 64))
}
_FEW = 10
"""Residents per mention from which it pays to look at those alone who are asked for."""
