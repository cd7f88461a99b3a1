"""Mention–resident pairs: the linked rows side by side, column by column, only as far as a comparison asks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import polars as pl

FINDING = {
    "pair": pl.UInt32,
    "field": pl.String,
    "code": pl.String,
    "variant": pl.String,
    "civil_value": pl.String,
    "population_value": pl.String,
    "civil_key": pl.String,
    "population_key": pl.String,
    "detail": pl.String,
    "evidence": pl.String,
}
"""Columns of what a comparison returns.

``pair``: row of the links frame. ``civil_value`` and ``population_value``: as written. ``civil_key`` and
``population_key``: the comparable values, from which the discrepancy's id is made, so that it survives a
change of writing. ``detail``: the words for ``{chi_tiet}``. ``evidence``: one of ``catalogue.EVIDENCE``.
"""


@dataclass(frozen=True)
class Pairs:
    """Links of tier ``match`` with the rows of their mention and resident.

    ``index`` has ``pair`` (row of the links frame, ascending), ``mention`` and ``resident`` (rows of the other frames).
    """

    index: pl.DataFrame
    mentions: pl.DataFrame
    residents: pl.DataFrame

    def only(self, pairs: pl.Series) -> Pairs:
        """Return some of the pairs, by their numbers in ascending order."""
        return replace(self, index=self.index[self.index["pair"].search_sorted(pairs)])

    def of_residents(self, population_rows: pl.Series) -> Pairs:
        """Return the pairs of some residents."""
        wanted = self.residents.select(pl.col("population_row").is_in(population_rows.implode())).to_series()
        return replace(self, index=self.index.filter(wanted.rechunk().gather(self.index["resident"])))

    def take(
        self, civil: Iterable[str], population: Iterable[str], *, roles: Iterable[str] | None = None
    ) -> pl.DataFrame:
        """Return ``pair``, ``c_<column>`` of the mention and ``p_<column>`` of the resident, one row per pair.

        A province has millions of pairs: take what decides, filter, and fetch the rest with ``beside``.
        """
        index = self.index
        if roles is not None:
            index = of_role(index, self.mentions, roles)
        return self._beside(index.select("pair"), index, civil, population)

    def beside(
        self, rows: pl.DataFrame, civil: Iterable[str] = (), population: Iterable[str] = ()
    ) -> pl.DataFrame:
        """Return ``rows`` (some of ``take``, with ``pair``) with further columns of the mention and the resident."""
        return self._beside(
            rows, self.index[self.index["pair"].search_sorted(rows["pair"])], civil, population
        )

    def _beside(
        self, rows: pl.DataFrame, index: pl.DataFrame, civil: Iterable[str], population: Iterable[str]
    ) -> pl.DataFrame:
        rows = looked_up(rows, self.mentions, index["mention"], {f"c_{name}": name for name in civil})
        return looked_up(rows, self.residents, index["resident"], {f"p_{name}": name for name in population})


def looked_up(
    rows: pl.DataFrame, frame: pl.DataFrame, at: pl.Series, columns: Mapping[str, str] | Iterable[str]
) -> pl.DataFrame:
    """Return ``rows`` with columns of ``frame`` at the row numbers ``at``; a mapping gives them new names.

    A large table lies in parts, in which single rows are slow to find: one column put together (pointers to its texts,
    not the texts) is ten times as fast.
    """
    named = columns if isinstance(columns, Mapping) else {name: name for name in columns}
    return rows.with_columns(frame[old].rechunk().gather(at).alias(new) for new, old in named.items())


def of_role(
    index: pl.DataFrame, mentions: pl.DataFrame, roles: Iterable[str], register: str | None = None
) -> pl.DataFrame:
    """Return the rows of ``index`` whose ``mention`` has one of the roles (and stands in the register)."""
    wanted = pl.col("role").is_in(list(roles))
    if register is not None:
        wanted &= pl.col("register") == register
    return index.filter(mentions.select(wanted).to_series().rechunk().gather(index["mention"]))


_KEY = ["record_id", "source_file", "source_row", "role"]
"""A record that stands in two files has one record_id: the row tells which copy a link speaks of."""


def pair_up(
    links: pl.DataFrame, mentions: pl.DataFrame, residents: pl.DataFrame
) -> tuple[pl.DataFrame, Pairs]:
    """Find the rows that each link speaks of.

    Returns ``(cases, pairs)``: ``cases`` is one row per link in the links' order with ``pair``, ``mention``,
    ``resident`` (null without a person) and ``tier``; ``pairs`` holds those of tier ``match``.
    """
    at_resident = residents.select("population_row", resident=pl.int_range(pl.len(), dtype=pl.UInt32))
    cases = (
        links.select("population_row", "tier", _mention_rows(links, mentions))
        .with_columns(pair=pl.int_range(pl.len(), dtype=pl.UInt32))
        .join(at_resident, on="population_row", how="left", maintain_order="left")
        .select("pair", "mention", "resident", "tier")
    )
    linked = cases.filter(
        (pl.col("tier") == "match") & pl.col("mention").is_not_null() & pl.col("resident").is_not_null()
    ).select("pair", "mention", "resident")
    return cases, Pairs(linked, mentions, residents)


def _mention_rows(links: pl.DataFrame, mentions: pl.DataFrame) -> pl.Series:
    """Return the row of ``mentions`` that each link speaks of. Links as matching makes them are in that order."""
    rows = mentions.select(mention=pl.int_range(pl.len(), dtype=pl.UInt32))["mention"]
    if links.height == mentions.height and all(_same(links[name], mentions[name]) for name in _KEY):
        return rows
    known = mentions.select(_KEY).with_columns(rows).unique(_KEY, keep="first", maintain_order=True)
    return links.select(_KEY).join(known, on=_KEY, how="left", maintain_order="left")["mention"]


def _same(a: pl.Series, b: pl.Series) -> bool:
    return bool(a.eq_missing(b).all())


def findings(frame: pl.DataFrame) -> pl.DataFrame:
    """Return ``frame`` with exactly the columns of a finding; absent ones are null."""
    present = set(frame.columns)
    return frame.select(
        (pl.col(name) if name in present else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in FINDING.items()
    )


def nothing() -> pl.DataFrame:
    """Return no finding."""
    return pl.DataFrame(schema=FINDING)
