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
_GENERATION = 10  # years
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
        self._of_names: dict[tuple[str, str], Array] = {}
        self._of_values: dict[str, pl.DataFrame] = {}
        self._cohort = _lifts(_cohorts(residents.part("given"), residents.part("birth_year")))

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
        column = _column(field, kind)
        asked = self._residents.values(column, pl.Series(rows)).alias("v").to_frame()
        found = asked.join(self._values_of(column), on="v", how="left", maintain_order="left")["n"]
        values = self._residents.table[column]
        return _surprise_at(found.fill_null(0).to_numpy(), values.len() - values.null_count())

    def _values_of(self, column: str) -> pl.DataFrame:
        """How many residents (n) have each value (v) that is no name; counted once."""
        if column not in self._of_values:
            self._of_values[column] = _counted(self._residents.part(column))
        return self._of_values[column]

    def _surprise_of_names(self, column: str, kind: str) -> Array:
        """Return the surprise of each name of the name table, and of no name behind them."""
        bearers = self._bearers_of(column)
        if kind != "name":
            part = self._part(kind)
            bearers = np.bincount(part, weights=bearers)[part]
        codes = self._residents.table[column]
        return np.append(_surprise_at(bearers, codes.len() - codes.null_count()), np.float32("nan"))

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
                k, n = bearers[column], self._bearers_of(column)
                if kind != "name":
                    k, n = (np.bincount(self._part(kind), weights=counts) for counts in (k, n))
            else:
                column = _column(field, kind)
                asked, held = _counted(mentions.table[column].gather(rows)), self._values_of(column)
                both = asked.rename({"n": "k"}).join(held, on="v", how="full", coalesce=True).fill_null(0)
                k, n = (both[c].to_numpy() for c in ("k", "n"))
            asked_in_all, held_in_all = float(k.sum()), float(n.sum())
            pairs = float(np.dot(k.astype(np.float64), n.astype(np.float64)))
            if not asked_in_all:
                continue  # the role does not carry this value: rarity says nothing
            # at least one pair, so that a value never seen twice keeps a finite weight
            mean = max(1.0, pairs) / max(1.0, asked_in_all * held_in_all)
            found.setdefault(field, {})[kind] = float(f"{mean:.6g}")
        return found

    def cohort(self, residents: pl.Series) -> pl.Series:
        """Return how much commoner (log2) each resident's given name is in his generation than at large.

        Names go with generations (Tý and Bé in 1930, Linh in 2000), so agreeing on name and on year is less
        surprising than the two alone.
        """
        given, years = (self._residents.values(part, residents) for part in ("given", "birth_year"))
        asked = _cohorts(given, years).select("both")
        return asked.join(self._cohort, on="both", how="left", maintain_order="left")["lift"].fill_null(0.0)

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


def _cohorts(given: pl.Series, years: pl.Series) -> pl.DataFrame:
    """Return given, decade and ``both``, a hash of the two, for given names (hashes) and years of birth."""
    frame = pl.DataFrame({"given": given, "decade": years // _GENERATION})
    # sums of a hash and a small number are as rare as the hash itself
    return frame.with_columns(both=pl.col("given") + pl.col("decade").cast(pl.UInt64))


def _lifts(frame: pl.DataFrame) -> pl.DataFrame:
    """Return ``both`` and ``lift`` for ``_cohorts`` of all residents."""
    counts = frame.group_by("both").agg(pl.len().alias("n"), pl.col("given", "decade").first())
    # the unknown count among those who share a name or a decade
    alone = {
        side: frame.group_by(side).agg(pl.len().cast(pl.Float64).alias(f"n_{side}"))
        for side in ("given", "decade")
    }
    lift = (pl.col("n") * frame.height / (pl.col("n_given") * pl.col("n_decade"))).log(2)
    return (
        counts.drop_nulls("both")
        .join(alone["given"], on="given")
        .join(alone["decade"], on="decade")
        .select("both", lift=lift.clip(_COHORT_LOWEST, _COHORT_HIGHEST).cast(pl.Float32))
    )


def _counted(values: pl.Series) -> pl.DataFrame:
    """Return each known value (v) and how often it occurs (n)."""
    known = values.drop_nulls().alias("v")
    if not known.is_empty() and known.dtype.is_integer():
        low, high = int(known.min()), int(known.max())  # type: ignore[arg-type]
        if high - low < _NARROW:
            n = np.bincount(known.to_numpy().astype(np.int64) - low)
            met = np.flatnonzero(n)
            return pl.DataFrame({"v": pl.Series(met + low).cast(known.dtype), "n": n[met].astype(np.uint32)})
    return known.to_frame().group_by("v").agg(n=pl.len())


_NARROW = 2**20
"""Span of values (days, years, numbers of units) that are counted place by place."""
