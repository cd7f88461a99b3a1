"""Term frequencies: agreeing on a rare value says more than agreeing on a common one.

For a level with a frequency, u is scaled by f(value) / mean f, where the mean is that of a random resident, so
that strangers agree as often on the whole as u says (Winkler 1989; the adjustment is Splink's).
"""

from __future__ import annotations

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
    """log2(mean f / f(value)) per resident, worked out once per kind of value that the rules name."""

    def __init__(
        self, residents: Side, settings: Settings, mentions: Side | None = None, rows: pl.Series | None = None
    ) -> None:
        """``mentions``, ``rows``: the mentions of a role whose persons occur once each (births, deaths).

        A name is then as common as it is on the commoner side: Tý and Bé are rare among the living, not among
        the dead of 1930.
        """
        self._kinds: dict[str, list[str | None]] = {
            e.name: [level.frequency for level in e.levels] for e in settings.evidence
        }
        self._rarity: dict[tuple[str, str], pl.Series] = {}
        for field, kinds in self._kinds.items():
            for kind in {k for k in kinds if k}:
                column = _column(field, kind)
                others = (
                    mentions.part(column).gather(rows) if mentions is not None and rows is not None else None
                )
                self._rarity[field, kind] = _rarity(residents.part(column), others)
        self._cohort = _cohort(residents.part("given"), residents.part("birth_year"))

    def cohort(self, residents: pl.Series) -> pl.Series:
        """Return how much commoner (log2) each resident's given name is in his generation than at large.

        Names go with generations (Tý and Bé in 1930, Linh in 2000), so agreeing on name and on year is less
        surprising than the two alone.
        """
        return self._cohort.gather(residents)

    def rarity(self, field: str, level: pl.Series, residents: pl.Series) -> pl.Series:
        """Return what rarity adds to the weight of each pair (0 for levels without a frequency)."""
        kinds = self._kinds[field]
        frame = {"level": level}
        expression = pl.lit(0.0, pl.Float32)
        for kind in sorted({k for k in kinds if k}):
            frame[kind] = self._rarity[field, kind].gather(residents)
            here = [i for i, k in enumerate(kinds) if k == kind]
            expression = (
                pl.when(pl.col("level").is_in(here)).then(pl.col(kind).fill_null(0.0)).otherwise(expression)
            )
        return pl.DataFrame(frame).select(expression.alias("rarity"))["rarity"]


def _column(field: str, kind: str) -> str:
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


def _rarity(values: pl.Series, others: pl.Series | None) -> pl.Series:
    """log2 of (mean share over residents / own share), null where the value is unknown."""
    frame = values.alias("v").to_frame()
    known = max(1, values.len() - values.null_count())
    share = pl.when(pl.col("v").is_not_null()).then(pl.len().over("v") / known)
    counted = frame.select("v", f=share)
    mean = counted["f"].mean()
    if mean is None:
        return pl.repeat(None, values.len(), dtype=pl.Float32, eager=True)
    if others is not None and others.null_count() < others.len():
        seen = (
            others.drop_nulls()
            .alias("v")
            .to_frame()
            .group_by("v")
            .agg(g=pl.len() / others.drop_nulls().len())
        )
        counted = counted.join(seen, on="v", how="left", maintain_order="left")
        counted = counted.with_columns(f=pl.max_horizontal("f", "g"))
    rarity = (pl.lit(mean) / pl.col("f")).log(2).clip(-_LIMIT, _LIMIT).cast(pl.Float32)
    return counted.select(r=pl.when(pl.col("v").is_not_null()).then(rarity))["r"]
