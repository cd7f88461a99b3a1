"""The two sides of matching: persons as narrow columns of numbers. Row number = the mention's or resident's code."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from reconcile.match.names import Names
from reconcile.match.numbers import ODD
from reconcile.match.parts import NAME_PARTS

if TYPE_CHECKING:
    from reconcile.match.levels import Array

RELATIVES = ("father", "mother", "spouse")


@dataclass(frozen=True, slots=True)
class Side:
    """One side (mentions or residents): ``table`` of coded columns, one row per person in the given order.

    ``extras``: further fields of the rules → text per code; their codes are columns of the table.
    ``told``: what links of other records say of residents (``household``, ``relations.last_seen``).
    """

    table: pl.DataFrame
    names: Names
    _kept: dict[tuple[str, ...], pl.DataFrame] = field(default_factory=dict, compare=False)
    extras: dict[str, pl.Series] = field(default_factory=dict, compare=False)
    told: dict[str, pl.DataFrame] = field(default_factory=dict, compare=False)
    _arrays: dict[str, Array] = field(default_factory=dict, compare=False)

    def at(self, column: str, rows: Array, *, other: bool = False) -> Array:
        """Return a column's values for some rows as an array, ``none`` for null."""
        few = rows.size * _FEW < self.table.height and column not in self._arrays
        if few or column in _CHANGING:
            return self._filled(self.table[column].gather(rows), column, other=other)
        if column not in self._arrays:
            self._arrays[column] = self._filled(self.table[column], column, other=other)
        return self._arrays[column][rows]

    def none(self, column: str, *, other: bool = False) -> int:
        """What stands for null in the arrays of a column: of the one side, or of the ``other``."""
        kind = self.table[column].dtype
        if kind == pl.Boolean:
            return False
        return 2**32 - 1 - other if kind == pl.UInt32 else _LOWEST[kind] + other

    def _filled(self, values: pl.Series, column: str, *, other: bool) -> Array:
        none = pl.lit(self.none(column, other=other), values.dtype)
        return values.to_frame().select(pl.col(column).fill_null(none)).to_series().to_numpy()

    def part(self, part: str) -> pl.Series:
        """Return the values of one key part (``parts.PARTS``), null where unknown."""
        return self._part(part, self.table)

    def values(self, part: str, rows: pl.Series) -> pl.Series:
        """Return the values of one key part for some rows."""
        column, name_part = self._source(part)
        if column is None:
            return pl.Series(part, [None], dtype=pl.UInt32).new_from_index(0, rows.len())
        found = self.table[column].gather(rows)
        return self.names.part(name_part, found) if name_part else found

    def _part(self, part: str, table: pl.DataFrame) -> pl.Series:
        column, name_part = self._source(part)
        if column is None:
            return pl.Series(part, [None], dtype=pl.UInt32).new_from_index(0, table.height)
        return self.names.part(name_part, table[column]) if name_part else table[column]

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

    def key(self, parts: tuple[str, ...], rows: pl.Series | None = None) -> pl.Series:
        """Return one u64 per row (of ``rows``) for a combination of parts; null where any part is null."""
        values = [self.part(p) if rows is None else self.values(p, rows) for p in parts]
        if len(parts) == 1:
            return values[0].to_frame("key").select(_as_word("key", values[0]))["key"]
        frame = pl.DataFrame([value.alias(str(i)) for i, value in enumerate(values)])
        word = pl.lit(0, pl.UInt64)
        for i, value in enumerate(values):
            word = (word + _as_word(str(i), value)) * pl.lit(pow(ODD, i + 1, 2**64) | 1, pl.UInt64)
        return frame.select(key=word)["key"]

    def holders(self, parts: tuple[str, ...]) -> pl.DataFrame:
        """Return who has which key: ``r`` (row) and ``key``, without nulls. Worked out once for all roles."""
        if parts not in self._kept:
            self._kept[parts] = self.key(parts).to_frame("key").with_row_index("r").drop_nulls("key")
        return self._kept[parts]


def _as_word(name: str, values: pl.Series) -> pl.Expr:
    """Return the column ``name`` of a frame, which holds ``values``, as 64-bit words."""
    column = pl.col(name)
    return column if values.dtype == pl.UInt64 else column.cast(pl.Int64).cast(pl.UInt64, wrap_numerical=True)


@dataclass(frozen=True, slots=True)
class Coded:
    """Both sides, numbered with the same names and units."""

    mentions: Side
    residents: Side
    names: Names
    _reached: dict[tuple[tuple[str, ...], tuple[str, ...]], pl.DataFrame] = field(
        default_factory=dict, compare=False
    )

    def reached(self, left: tuple[str, ...], right: tuple[str, ...]) -> pl.DataFrame:
        """Return r and ``key`` of residents: at least all whose key ``right`` some mention has as its key ``left``.

        A commune's mentions reach few residents of a province: these are looked up once for all roles.
        """
        held = self.residents.holders(right)
        if not _CHANGING.isdisjoint(left) or self.mentions.table.height * _FEW > held.height:
            return held
        if (left, right) not in self._reached:
            asked = pl.col("key").is_in(self.mentions.key(left).drop_nulls().unique().implode())
            self._reached[left, right] = held.filter(asked)
        return self._reached[left, right]


_CHANGING = frozenset({"expected", "linked_mother", "linked_father", "linked_spouse", "partner"})
"""What each role fills anew from the links made so far."""
_LOWEST: dict[pl.DataType, int] = {
    kind(): -(2 ** (bits - 1))
    for kind, bits in ((pl.Int8, 8), (pl.Int16, 16), (pl.Int32, 32), (pl.Int64, 64))
}
_FEW = 10
"""Residents per mention from which it pays to look at those alone who are asked for."""
