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
    from reconcile.match.encode import Side
    from reconcile.match.settings import Settings

_WHOSE = {FATHER: "father", MOTHER: "mother", SPOUSE: "spouse"}
_NAME_KINDS = ("name", "plain", "phonetic", "outer", "given")
_COLUMNS = {"birth": "birth", "birth_year": "birth_year", "place": "birthplace", "ethnicity": "ethnicity"}
_GENERATION = 10  # years
_COHORT_LOWEST, _COHORT_HIGHEST = -1.0, 6.0  # few bearers make the estimate wild: cut it
_LIMIT = 14.0  # log2: a value is never called more than 16,000 times rarer or commoner than the average


class TermFrequencies:
    """Share of residents with each resident's own value, worked out once per kind of value that the rules name."""

    def __init__(self, residents: Side, settings: Settings) -> None:
        self._residents = residents
        self._kinds: dict[str, list[str | None]] = {
            e.name: [level.frequency for level in e.levels] for e in settings.evidence
        }
        self._surprise: dict[tuple[str, str], pl.Series] = {}
        for field, kinds in self._kinds.items():
            for kind in {k for k in kinds if k}:
                self._surprise[field, kind] = _surprise(residents.part(_column(field, kind)))
        self._cohort = _cohort(residents.part("given"), residents.part("birth_year"))

    def means(self, mentions: Side, rows: pl.Series) -> dict[str, dict[str, float]]:
        """Return E for the mentions ``rows``: field → kind → mean share of residents that have the mention's value."""
        found: dict[str, dict[str, float]] = {}
        for field, kind in sorted(self._surprise):
            column = _column(field, kind)
            asked = mentions.part(column).gather(rows).drop_nulls().alias("v").to_frame()
            if asked.is_empty():
                continue  # the role does not carry this value: rarity says nothing
            held = self._residents.part(column).drop_nulls().alias("v").to_frame()
            share = held.join(asked.unique(), on="v", how="semi").group_by("v").agg(n=pl.len())
            joined = asked.group_by("v").agg(k=pl.len()).join(share, on="v")
            pairs = joined.select((pl.col("k").cast(pl.Float64) * pl.col("n")).sum()).item() or 0.0
            # at least one pair, so that a value never seen twice keeps a finite weight
            mean = max(1.0, pairs) / max(1, asked.height * held.height)
            found.setdefault(field, {})[kind] = float(f"{mean:.6g}")
        return found

    def cohort(self, residents: pl.Series) -> pl.Series:
        """Return how much commoner (log2) each resident's given name is in his generation than at large.

        Names go with generations (Tý and Bé in 1930, Linh in 2000), so agreeing on name and on year is less
        surprising than the two alone.
        """
        return self._cohort.gather(residents)

    def rarity(
        self, field: str, level: pl.Series, residents: pl.Series, means: dict[str, dict[str, float]]
    ) -> pl.Series:
        """Return log2(E / f) for each pair, what rarity adds to its weight (0 for levels without a frequency)."""
        kinds = self._kinds[field]
        frame = {"level": level}
        expression = pl.lit(0.0, pl.Float32)
        for kind in sorted({k for k in kinds if k}):
            mean = means.get(field, {}).get(kind)
            if mean is None:
                continue
            frame[kind] = self._surprise[field, kind].gather(residents)
            here = [i for i, k in enumerate(kinds) if k == kind]
            gain = (pl.col(kind) + math.log2(mean)).clip(-_LIMIT, _LIMIT).fill_null(0.0).cast(pl.Float32)
            expression = pl.when(pl.col("level").is_in(here)).then(gain).otherwise(expression)
        return pl.DataFrame(frame).select(expression.alias("rarity"))["rarity"]


def _column(field: str, kind: str) -> str:
    if kind == "value":  # an extra field: its own column
        return field
    if kind in _COLUMNS:
        return _COLUMNS[kind]
    who = _WHOSE.get(field)
    if who is None:
        return kind
    return who if kind == "name" else f"{who}_{kind}"


def _cohort(given: pl.Series, years: pl.Series) -> pl.Series:
    frame = pl.DataFrame({"given": given, "decade": years // _GENERATION})
    known = pl.col("given").is_not_null() & pl.col("decade").is_not_null()
    together, alone = pl.len().over("given", "decade"), pl.len().over("given") * pl.len().over("decade")
    lift = (together * frame.height / alone).log(2).clip(_COHORT_LOWEST, _COHORT_HIGHEST).cast(pl.Float32)
    return frame.select(c=pl.when(known).then(lift))["c"].fill_null(0.0)


def _surprise(values: pl.Series) -> pl.Series:
    """−log2 of the share of residents with the same value, null where it is unknown."""
    frame = values.alias("v").to_frame()
    known = max(1, values.len() - values.null_count())
    share = pl.len().over("v") / known
    return frame.select(s=pl.when(pl.col("v").is_not_null()).then(-share.log(2)).cast(pl.Float32))["s"]
