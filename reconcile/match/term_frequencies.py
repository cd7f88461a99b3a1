"""Term frequencies: agreeing on a rare value says more than agreeing on a common one.

For a level with a frequency, a stranger agrees with the mention's value v with probability u · f(v) / E, where f(v) is
the share of residents with that value and E its mean over the mentions of the role: so strangers agree as often on
the whole as u says (Winkler 1989; Splink's adjustment, with the mean taken over the side that asks: the dead of a
register are older than the residents, their names and years are not those of the average resident).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import polars as pl

from reconcile.match.evidence import FATHER, MOTHER, SPOUSE

if TYPE_CHECKING:
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
        self._held: dict[str, pl.Series] = {}
        self._of_names: dict[tuple[str, str], pl.Series] = {}
        self._of_values: dict[str, pl.DataFrame] = {}
        self._cohort = _lifts(_cohorts(residents.part("given"), residents.part("birth_year")))

    def _bearers_of(self, column: str) -> pl.Series:
        """How many residents have each name in a column; counted once."""
        if column not in self._held:
            self._held[column] = _bearers(self._residents.table[column], self._residents.names)
        return self._held[column]

    def _surprise(self, field: str, kind: str, rows: pl.Series) -> pl.Series:
        """−log2 of the share of residents with the same value as those of ``rows``, null where it is unknown."""
        if kind in _NAME_KINDS:
            column = _WHOSE.get(field, "name")
            if (column, kind) not in self._of_names:
                self._of_names[column, kind] = self._surprise_of_names(column, kind)
            return self._of_names[column, kind].gather(self._residents.table[column].gather(rows))
        column = _column(field, kind)
        if column not in self._of_values:
            self._of_values[column] = _surprises(self._residents.part(column))
        asked = self._residents.values(column, rows).alias("v").to_frame()
        return asked.join(self._of_values[column], on="v", how="left", maintain_order="left")["s"]

    def _surprise_of_names(self, column: str, kind: str) -> pl.Series:
        """Return the surprise of each name of the name table: counted once per name, then per part of the distinct names."""
        codes, names = self._residents.table[column], self._residents.names
        known = max(1, codes.len() - codes.null_count())
        counts = pl.DataFrame({"part": names.part(kind, names.codes), "n": self._bearers_of(column)})
        bearers = pl.col("n") if kind == "name" else pl.col("n").sum().over("part")
        return counts.select(s=-(bearers / known).log(2).cast(pl.Float32))["s"]

    def means(self, mentions: Side, rows: pl.Series) -> dict[str, dict[str, float]]:
        """Return E for the mentions ``rows``: field → kind → mean share of residents that have the mention's value."""
        found: dict[str, dict[str, float]] = {}
        bearers: dict[str, pl.Series] = {}
        asked_for = {(field, kind) for field, kinds in self._kinds.items() for kind in kinds if kind}
        for field, kind in sorted(asked_for):
            if kind in _NAME_KINDS:
                column = _WHOSE.get(field, "name")
                if column not in bearers:
                    bearers[column] = _bearers(mentions.table[column].gather(rows), mentions.names)
                part = mentions.names.part(kind, mentions.names.codes)
                counts = pl.DataFrame({"part": part, "k": bearers[column], "n": self._bearers_of(column)})
                joined = counts if kind == "name" else counts.group_by("part").agg(pl.col("k", "n").sum())
            else:
                column = _column(field, kind)
                sides = (mentions.table[column].gather(rows), self._residents.table[column])
                asked, held = (
                    side.drop_nulls().alias("part").to_frame().group_by("part").agg(n=pl.len())
                    for side in sides
                )
                joined = (
                    asked.rename({"n": "k"}).join(held, on="part", how="full", coalesce=True).fill_null(0)
                )
            k, n = (pl.col(c).cast(pl.Float64) for c in ("k", "n"))
            asked_in_all, held_in_all, pairs = joined.select(k.sum(), n.sum(), pairs=(k * n).sum()).row(0)
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

    def rarity(
        self, field: str, level: pl.Series, residents: pl.Series, means: dict[str, dict[str, float]]
    ) -> pl.Series:
        """Return log2(E / f) for each pair, what rarity adds to its weight (0 for levels without a frequency)."""
        kinds = self._kinds[field]
        rarity = pl.repeat(0.0, level.len(), dtype=pl.Float32, eager=True).alias("rarity")
        for kind in sorted({k for k in kinds if k}):
            mean = means.get(field, {}).get(kind)
            if mean is None:
                continue
            here = [i for i, k in enumerate(kinds) if k == kind]
            rows = level.to_frame("level").select(pl.col("level").is_in(here).arg_true())["level"]
            gain = self._surprise(field, kind, residents.gather(rows)).to_frame("s")
            shift = (pl.col("s") + math.log2(mean)).clip(-_LIMIT, _LIMIT).fill_null(0.0).cast(pl.Float32)
            rarity = rarity.scatter(rows, gain.select(s=shift)["s"])
        return rarity


def _column(field: str, kind: str) -> str:
    """Return the column of a value that is no part of a name; ``value``: an extra field's own."""
    return field if kind == "value" else _COLUMNS.get(kind, kind)


def _bearers(codes: pl.Series, names: Names) -> pl.Series:
    """Return how many of ``codes`` have each name of the name table."""
    counts = codes.drop_nulls().alias("code").to_frame().group_by("code").agg(n=pl.len())
    none = pl.repeat(0, names.codes.len(), dtype=pl.UInt32, eager=True)
    return none.scatter(counts["code"], counts["n"]) if counts.height else none


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


def _surprises(values: pl.Series) -> pl.DataFrame:
    """Return v and s: −log2 of the share of residents with each known value."""
    known = max(1, values.len() - values.null_count())
    counts = values.drop_nulls().alias("v").to_frame().group_by("v").agg(n=pl.len())
    return counts.select("v", s=-(pl.col("n") / known).log(2).cast(pl.Float32))
