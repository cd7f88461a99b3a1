"""Term frequencies: agreeing on a rare value says more than agreeing on a common one.

For a level with a frequency, a stranger agrees with the mention's value v with probability u · f(v) / E, where f(v) is
the share of residents with that value and E its mean over the mentions of the role: so strangers agree as often on
the whole as u says (Winkler 1989; Splink's adjustment, with the mean taken over the side that asks: the dead of a
register are older than the residents, their names and years are not those of the average resident).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from reconcile.match.evidence import FATHER, MOTHER, SPOUSE
from reconcile.match.keys import numbered

if TYPE_CHECKING:
    from reconcile.match.levels import Array
    from reconcile.match.names import Names
    from reconcile.match.settings import Settings
    from reconcile.match.side import Side

_WHOSE = {FATHER: "father", MOTHER: "mother", SPOUSE: "spouse"}
_NAME_KINDS = ("name", "plain", "phonetic", "outer", "given")
_COLUMNS = {"birth": "birth", "birth_year": "birth_year", "place": "birthplace", "ethnicity": "ethnicity"}
_GENERATION, _FIRST_DECADE, _DECADES = 10, 180, 40
"""Years of a decade; the first one of the table (1800) and how many there are."""
_COHORT_LOWEST, _COHORT_HIGHEST = -1.0, 6.0  # few bearers make the estimate wild: cut it
_LIMIT = 14.0  # log2: a value is never called more than 16,000 times rarer or commoner than the average


class TermFrequencies:
    """How rare the residents' values are, worked out once per kind of value that the rules name, for distinct values."""

    def __init__(self, residents: Side, settings: Settings) -> None:
        self._residents = residents
        self._kinds: dict[str, list[str | None]] = {
            e.name: [level.frequency for level in e.levels] for e in settings.evidence
        }
        self._codes: dict[str, Array] = {}
        self._held: dict[str, Array] = {}
        self._parts: dict[str, Array] = {}
        self._sharing: dict[tuple[str, str], Array] = {}
        self._of_names: dict[tuple[str, str], Array] = {}
        self._of_values: dict[str, _Occurrences] = {}
        everybody = np.arange(residents.table.height)
        self._lifts = _lifts(*self._cohorts(everybody))

    def _names_of(self, column: str) -> Array:
        """The residents' name codes in a column, the number of names where there is none."""
        if column not in self._codes:
            self._codes[column] = _codes_of(self._residents.table[column], self._residents.names)
        return self._codes[column]

    def _bearers_of(self, column: str) -> Array:
        """How many residents have each name in a column; counted once."""
        if column not in self._held:
            self._held[column] = _bearers(self._names_of(column), self._residents.names)
        return self._held[column]

    def _part(self, kind: str) -> Array:
        """The number of the part that each name has; names with the same part share it."""
        if kind not in self._parts:
            self._parts[kind] = numbered(self._residents.names.array(kind))
        return self._parts[kind]

    def _surprise(self, field: str, kind: str, rows: Array) -> Array:
        """−log2 of the share of residents with the same value as those of ``rows``, NaN where it is unknown."""
        if kind in _NAME_KINDS:
            column = _WHOSE.get(field, "name")
            if (column, kind) not in self._of_names:
                self._of_names[column, kind] = self._surprise_of_names(column, kind)
            return self._of_names[column, kind][self._names_of(column)[rows]]
        return self._values_of(_column(field, kind)).surprise(self._residents.at(_column(field, kind), rows))

    def _values_of(self, column: str) -> _Occurrences:
        """How many residents have each value that is no name; counted once."""
        if column not in self._of_values:
            self._of_values[column] = _Occurrences(_known(self._residents.table[column]))
        return self._of_values[column]

    def _sharing_of(self, column: str, kind: str) -> Array:
        """How many residents share the part with each name of the name table; counted once."""
        if kind == "name":
            return self._bearers_of(column)
        if (column, kind) not in self._sharing:
            part = self._part(kind)
            self._sharing[column, kind] = np.bincount(part, weights=self._bearers_of(column))[part]
        return self._sharing[column, kind]

    def _surprise_of_names(self, column: str, kind: str) -> Array:
        """Return the surprise of each name of the name table, and of no name behind them."""
        codes = self._residents.table[column]
        known = codes.len() - codes.null_count()
        return np.append(_surprise_at(self._sharing_of(column, kind), known), np.float32("nan"))

    def means(self, mentions: Side, rows: pl.Series) -> dict[str, dict[str, float]]:
        """Return E for the mentions ``rows``: field → kind → mean share of residents that have the mention's value."""
        found: dict[str, dict[str, float]] = {}
        bearers: dict[str, Array] = {}
        asked_for = {(field, kind) for field, kinds in self._kinds.items() for kind in kinds if kind}
        for field, kind in sorted(asked_for):
            if kind in _NAME_KINDS:
                column = _WHOSE.get(field, "name")
                if column not in bearers:
                    codes = _codes_of(mentions.table[column].gather(rows), mentions.names)
                    bearers[column] = _bearers(codes, mentions.names)
                asked = bearers[column]
                asked_in_all, pairs = asked.sum(), np.dot(asked, self._sharing_of(column, kind))
                held_in_all = self._bearers_of(column).sum()
            else:
                held = self._values_of(_column(field, kind))
                asked = _known(mentions.table[_column(field, kind)].gather(rows))
                asked_in_all, pairs, held_in_all = asked.size, held.of(asked).sum(), held.known
            if not asked_in_all:
                continue  # the role does not carry this value: rarity says nothing
            # at least one pair, so that a value never seen twice keeps a finite weight
            mean = max(1.0, float(pairs)) / max(1.0, float(asked_in_all) * float(held_in_all))
            found.setdefault(field, {})[kind] = float(f"{mean:.6g}")
        return found

    def cohort(self, residents: pl.Series) -> pl.Series:
        """Return how much commoner (log2) each resident's given name is in his generation than at large.

        Names go with generations (Tý and Bé in 1930, Linh in 2000), so agreeing on name and on year is less
        surprising than the two alone.
        """
        given, decade = self._cohorts(residents.to_numpy())
        return pl.Series("lift", self._lifts[given, decade])

    def _cohorts(self, residents: Array) -> tuple[Array, Array]:
        """Return the numbers of given name and decade of birth of some residents; the last of each is the unknown."""
        given = np.append(self._part("given"), -1)[self._names_of("name")[residents]]
        years = self._residents.at("birth_year", residents)
        known = years != self._residents.none("birth_year")
        decade = np.clip(years // _GENERATION - _FIRST_DECADE, 0, _DECADES - 1)
        return given, np.where(known, decade, -1)

    def rarity(self, field: str, level: Array, residents: Array, means: dict[str, dict[str, float]]) -> Array:
        """Return log2(E / f) for each pair, what rarity adds to its weight (0 for levels without a frequency).

        ``level``: the pairs' levels, ``residents``: the rows of their residents.
        """
        kinds = self._kinds[field]
        rarity = np.zeros(level.size, np.float32)
        for kind in sorted({k for k in kinds if k}):
            mean = means.get(field, {}).get(kind)
            if mean is None:
                continue
            here = np.zeros(256, bool)
            here[[i for i, k in enumerate(kinds) if k == kind]] = True
            rows = np.flatnonzero(here[level])
            shift = self._surprise(field, kind, residents[rows]) + np.float32(math.log2(mean))
            rarity[rows] = np.nan_to_num(np.clip(shift, -_LIMIT, _LIMIT), nan=0.0)
        return rarity


def _column(field: str, kind: str) -> str:
    """Return the column of a value that is no part of a name; ``value``: an extra field's own."""
    return field if kind == "value" else _COLUMNS.get(kind, kind)


def _codes_of(codes: pl.Series, names: Names) -> Array:
    """Return name codes, the number of names in the place of null."""
    return codes.fill_null(names.table.height).to_numpy()


def _bearers(codes: Array, names: Names) -> Array:
    """Return how many of ``codes`` (``_codes_of``) have each name of the name table."""
    size = names.table.height
    return np.bincount(codes, minlength=size + 1)[:size]


def _surprise_at(bearers: Array, known: int) -> Array:
    """Return −log2 of the share of ``bearers`` among ``known``, NaN for nobody."""
    shares = np.where(bearers > 0, bearers, np.nan) / max(1, known)
    return -np.log2(shares).astype(np.float32)


def _lifts(given: Array, decade: Array) -> Array:
    """Return the log2 lift of each given name in each decade, for those (``_cohorts``) of all residents; 0 in the last row and column."""
    names = int(given.max(initial=-1)) + 1
    of = np.bincount((given + 1) * (_DECADES + 1) + decade + 1, minlength=(names + 1) * (_DECADES + 1))
    of = of.reshape(names + 1, _DECADES + 1)
    # the unknown count among those who share a name or a decade
    expected = of.sum(axis=1)[1:, None] * of.sum(axis=0)[None, 1:]
    lift = np.zeros((names + 1, _DECADES + 1), np.float32)
    met = of[1:, 1:] > 0
    shares = of[1:, 1:][met] * given.size / expected[met]
    lift[:-1, :-1][met] = np.clip(np.log2(shares), _COHORT_LOWEST, _COHORT_HIGHEST)
    return lift


class _Occurrences:
    """How often each of ``values`` (integers) occurs; ``known``: how many there are."""

    def __init__(self, values: Array) -> None:
        self.known = values.size
        low, high = (int(values.min()), int(values.max())) if values.size else (0, 0)
        self._low, self._size = low, high - low + 1
        self._values: Array | None = None
        if self._size <= _NARROW:
            self._n = np.append(np.bincount(values.astype(np.int64) - low, minlength=1), 0)
        else:
            self._values, self._n = np.unique(values, return_counts=True)
        self._surprise = _surprise_at(self._n, self.known)

    def of(self, asked: Array) -> Array:
        """Return how often each value asked for occurs."""
        n: Array = self._n[self._places(asked)]
        return n if self._values is None else np.where(self._found(asked), n, 0)

    def surprise(self, asked: Array) -> Array:
        """Return −log2 of the share of each value, NaN where it does not occur."""
        of: Array = self._surprise[self._places(asked)]
        return of if self._values is None else np.where(self._found(asked), of, np.float32("nan"))

    def _places(self, asked: Array) -> Array:
        if self._values is not None:
            return np.minimum(np.searchsorted(self._values, asked), self._values.size - 1)
        place = asked.astype(np.int64) - self._low
        # behind the last one stands what occurs nowhere
        return np.where((place >= 0) & (place < self._size), place, self._size)

    def _found(self, asked: Array) -> Array:
        assert self._values is not None
        found: Array = self._values[self._places(asked)] == asked
        return found


def _known(values: pl.Series) -> Array:
    """Return the values without the unknown ones."""
    return (values.drop_nulls() if values.null_count() else values).to_numpy()


_NARROW = 2**20
"""Span of values (days, years, numbers of units) that are counted place by place."""
