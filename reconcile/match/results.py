"""From row numbers back to the canonical tables: links, candidates with their evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from reconcile.match.evidence import codes_of, compare
from reconcile.match.levels import as_frame
from reconcile.match.model import weights
from reconcile.schema import CANDIDATES, LINKS

if TYPE_CHECKING:
    from reconcile.match.columns import Columns
    from reconcile.match.model import RoleModel
    from reconcile.match.settings import Settings
    from reconcile.match.side import Coded
    from reconcile.match.term_frequencies import TermFrequencies

KEYS = ("record_id", "source_file", "source_row", "register", "role")
MODEL_PASS = "mo_hinh"  # noqa: S105 - the name of a matching pass
EVIDENCE_FILE = "evidence.parquet"
"""What a run writes the evidence of its matches to (``candidates_frame`` of ``evidence_of_matches``)."""
DECISION_PASS = "quyet_dinh"  # noqa: S105

TIERS = ("none", "review", "match")
DECIDED: dict[str, pl.DataType | type[pl.DataType]] = {
    "m": pl.UInt32,
    "r": pl.UInt32,
    "rank": pl.Int64,
    "probability": pl.Float64,
    "total": pl.Float32,
    "tier": pl.Enum(TIERS),
    "pass": pl.UInt8,
}
"""A ranked candidate: mention, resident, rank, probability, log2 weight, tier (rank 1 only), index of the pass."""


def certain(settled: pl.DataFrame, rules: Settings) -> pl.DataFrame:
    """Return ``DECIDED`` rows for what decisions and certain passes settled (m, r, pass)."""
    sure = [*(p.probability for p in rules.passes), 0.0, 1.0]
    probability = pl.Series(sure, dtype=pl.Float64).gather(settled["pass"])
    return _decided(
        settled.with_columns(
            rank=pl.lit(1), probability=probability, total=pl.lit(None), tier=pl.lit("match")
        )
    )


def weighed(ranked: pl.DataFrame, rules: Settings) -> pl.DataFrame:
    """Return ``DECIDED`` rows for what the model ranked."""
    return _decided(ranked.with_columns(pl.lit(len(rules.passes)).alias("pass")))


def _decided(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select(pl.col(name).cast(dtype) for name, dtype in DECIDED.items())


def links_frame(mentions: Columns, residents: Columns, ranked: pl.DataFrame, rules: Settings) -> pl.DataFrame:
    """Return LINKS, one row per mention in the mentions' order; tier ``none`` where nobody was found."""
    best = ranked.filter((pl.col("rank") == 1) & (pl.col("tier") != "none"))
    place = np.full(mentions.height, -1, np.int64)
    place[best["m"].to_numpy()] = np.arange(best.height)
    # one look-up for each column is much cheaper than a join of all
    found = pl.Series(place).to_frame("at").select(pl.when(pl.col("at") >= 0).then("at"))["at"]
    tier = best["tier"].to_physical()
    tiers, passes = (pl.Series(names, dtype=pl.String) for names in (TIERS, _pass_names(rules)))
    resident = best["r"].gather(found)
    told = {
        "resident_id": residents["resident_id"].gather(resident),
        "population_row": residents["population_row"].gather(resident),
        "probability": best["probability"].gather(found).fill_null(0.0),
        "tier": tiers.gather(tier.gather(found).fill_null(0)),
        "match_pass": passes.gather(best["pass"].gather(found)),
        "match_weight": best["total"].cast(pl.Float64).round(3).gather(found),
    }
    links = pl.DataFrame([*mentions.some(KEYS), *(column.alias(name) for name, column in told.items())])
    return LINKS.conform(links)


def _pass_names(rules: Settings) -> list[str]:
    """Return the name of each index of ``DECIDED.pass``."""
    return [*(rule.name for rule in rules.passes), MODEL_PASS, DECISION_PASS]


def candidates_frame(mentions: Columns, residents: Columns, shown: list[pl.DataFrame]) -> pl.DataFrame:
    """Return CANDIDATES with ``evidence_<field>`` and ``weight_<field>`` columns, in the mentions' order.

    Of review (``evidence_of``): the persons shown; of matches (``evidence_of_matches``): rank 1, the link, and 2, its runner-up.
    """
    if not shown:
        return CANDIDATES.empty()
    rows = pl.concat(shown).sort("m", "rank")
    keys = mentions.select(pl.col(KEYS).gather(rows["m"]))
    people = residents.select(pl.col("resident_id", "population_row").gather(rows["r"]))
    return CANDIDATES.conform(
        pl.concat([keys, people, rows], how="horizontal")
        .with_columns(match_weight=pl.col("total").cast(pl.Float64).round(3))
        .drop("m", "r", "total", "tier", strict=False)
    )


def evidence_of(
    coded: Coded, pairs: pl.DataFrame, role: str, model: RoleModel, terms: TermFrequencies
) -> pl.DataFrame:
    """Add ``evidence_<field>`` (code of the level) and ``weight_<field>`` (log2) to ``pairs`` (m, r, …)."""
    levels = compare(coded.mentions, coded.residents, pairs, role)
    factors = weights(levels, pairs["r"], model, terms)
    columns = []
    for level in as_frame(levels):
        names = pl.Series(codes_of(level.name), dtype=pl.String)
        columns.append(names.gather(level).alias(f"evidence_{level.name}"))
        weight = pl.Series(f"weight_{level.name}", factors[f"w_{level.name}"])
        columns.append(weight.cast(pl.Float64).round(3))
    return pairs.with_columns(columns)


_PAIRS_AT_ONCE = 200_000


def evidence_of_matches(
    coded: Coded, decided: pl.DataFrame, role: str, model: RoleModel, terms: TermFrequencies
) -> list[pl.DataFrame]:
    """Return the evidence of every match of ``decided`` and of its runner-up, in narrow columns and in parts.

    What a certain pass settled is weighed as well, by the same model, though it did not need to be.
    """
    matched = decided.filter((pl.col("rank") == 1) & (pl.col("tier") == "match"))["m"]
    pairs = decided.filter(pl.col("m").is_in(matched.implode()) & (pl.col("rank") <= 2)).sort("m", "rank")
    parts = []
    for start in range(0, pairs.height, _PAIRS_AT_ONCE):
        told = evidence_of(coded, pairs.slice(start, _PAIRS_AT_ONCE), role, model, terms)
        weighed_up = pl.sum_horizontal(pl.col("^weight_.*$"))
        parts.append(
            told.with_columns(
                pl.coalesce("total", weighed_up).alias("total"),
                pl.col("^weight_.*$").cast(pl.Float32),
                *(
                    pl.col(f"evidence_{f}").cast(pl.Enum(codes_of(f)))
                    for f in model.m
                    if f"evidence_{f}" in told.columns
                ),
            ).select("m", "r", "rank", "probability", "total", "^evidence_.*$", "^weight_.*$")
        )
    return parts
