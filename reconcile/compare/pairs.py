"""Mention–resident pairs: the linked rows side by side, column by column, only as far as a comparison asks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

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

    ``index`` has ``pair`` (row of the links frame), ``mention`` and ``resident`` (rows of the other frames).
    """

    index: pl.DataFrame
    mentions: pl.DataFrame
    residents: pl.DataFrame

    def take(
        self, civil: Iterable[str], population: Iterable[str], *, roles: Iterable[str] | None = None
    ) -> pl.DataFrame:
        """Return ``pair``, ``c_<column>`` of the mention and ``p_<column>`` of the resident, one row per pair."""
        index = self.index
        if roles is not None:
            wanted = self.mentions.select(pl.col("role").is_in(list(roles)))["role"]
            index = index.filter(wanted.gather(index["mention"]))
        parts = [index.select("pair")]
        for frame, rows, prefix, names in (
            (self.mentions, index["mention"], "c", list(civil)),
            (self.residents, index["resident"], "p", list(population)),
        ):
            if names:
                parts.append(frame.select(pl.col(name).alias(f"{prefix}_{name}") for name in names)[rows])
        return pl.concat(parts, how="horizontal")


def pair_up(
    links: pl.DataFrame, mentions: pl.DataFrame, residents: pl.DataFrame
) -> tuple[pl.DataFrame, Pairs]:
    """Find the rows that each link speaks of.

    Returns ``(cases, pairs)``: ``cases`` is one row per link in the links' order with ``pair``, ``mention``,
    ``resident`` (null without a person) and ``tier``; ``pairs`` holds those of tier ``match``.
    """
    # a record that stands in two files has one record_id: the row tells which copy a link speaks of
    key = ["record_id", "source_file", "source_row", "role"]
    at_mention = mentions.select(*key, mention=pl.int_range(pl.len(), dtype=pl.UInt32)).unique(
        key, keep="first", maintain_order=True
    )
    at_resident = residents.select("population_row", resident=pl.int_range(pl.len(), dtype=pl.UInt32))
    cases = (
        links.select(*key, "population_row", "tier")
        .with_columns(pair=pl.int_range(pl.len(), dtype=pl.UInt32))
        .join(at_mention, on=key, how="left", maintain_order="left")
        .join(at_resident, on="population_row", how="left", maintain_order="left")
        .select("pair", "mention", "resident", "tier")
    )
    linked = cases.filter(
        (pl.col("tier") == "match") & pl.col("mention").is_not_null() & pl.col("resident").is_not_null()
    ).select("pair", "mention", "resident")
    return cases, Pairs(linked, mentions, residents)


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
