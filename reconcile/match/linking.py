"""Link every mention of the registers to a resident of the extract, or to nobody, or to a clerk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from reconcile.match.assignment import assign
from reconcile.match.blocking import PAIRS, candidate_pairs
from reconcile.match.encode import Coded, encode
from reconcile.match.evidence import compare
from reconcile.match.expectation_maximisation import learn
from reconcile.match.model import Model, RoleModel, weights
from reconcile.match.passes import settle
from reconcile.match.settings import Settings, load_settings
from reconcile.match.term_frequencies import TermFrequencies
from reconcile.schema import CANDIDATES, LINKS, ROLES

if TYPE_CHECKING:
    from collections.abc import Iterator

_KEYS = ("record_id", "source_file", "source_row", "register", "role")
_SCORED = {**PAIRS, "total": pl.Float32, "kin": pl.Float32}
_HOPELESS = -30.0
"""log2 weight below which a candidate is dropped at once."""
DUPLICATES = dict.fromkeys(("record_id", "other_record_id", "role", "resident_id", "reason"), pl.String)
MODEL_PASS = "mo_hinh"  # noqa: S105 - the name of a matching pass
DECISION_PASS = "quyet_dinh"  # noqa: S105


@dataclass(frozen=True, slots=True)
class MatchResult:
    """Links (one per mention, in the mentions' order), candidates of the review tier, duplicates and the model.

    ``duplicates``: record_id, other_record_id, role, resident_id, reason (one Vietnamese sentence).
    """

    links: pl.DataFrame
    candidates: pl.DataFrame
    duplicates: pl.DataFrame
    model: Model


def link(
    mentions: pl.DataFrame,
    residents: pl.DataFrame,
    *,
    settings: Settings | None = None,
    decisions: pl.DataFrame | None = None,
    model: Model | None = None,
) -> MatchResult:
    """Find the resident of every mention.

    ``mentions``: NORMALIZED_MENTIONS, ``residents``: NORMALIZED_RESIDENTS. ``decisions``: what people decided
    before (record_id, role, resident_id, judgement ``same`` or ``different``); they outrank every pass.
    ``model``: a saved model to use instead of learning one. The result depends on nothing else.
    """
    rules = settings or load_settings()
    coded = encode(mentions, residents)
    common = TermFrequencies(coded.residents, rules)
    terms: dict[str, TermFrequencies] = {}
    pins = _Pins.of(decisions, mentions, residents)
    decided: list[pl.DataFrame] = []
    roles: dict[str, RoleModel] = {}
    for role in ROLES:
        rows = _rows(coded, role)
        if rows.is_empty():
            continue
        once = rules.roles[role].exclusive
        terms[role] = TermFrequencies(coded.residents, rules, coded.mentions, rows) if once else common
        known = model.roles.get(role) if model else None
        found, roles[role] = _link_role(coded, rows, role, rules, terms[role], pins, known)
        decided.append(found)
    ranked = pl.concat([pl.DataFrame(schema=_DECIDED), *decided])
    learned = Model(roles, residents.height, rules.version)
    return MatchResult(
        links=_links(mentions, residents, ranked, rules),
        candidates=_candidates(mentions, residents, coded, ranked, learned, terms),
        duplicates=pl.DataFrame(schema=DUPLICATES),
        model=learned,
    )


_DECIDED: dict[str, pl.DataType | type[pl.DataType]] = {
    "m": pl.UInt32,
    "r": pl.UInt32,
    "rank": pl.Int64,
    "probability": pl.Float64,
    "total": pl.Float32,
    "tier": pl.String,
    "pass": pl.UInt8,
}


@dataclass(frozen=True, slots=True)
class _Pins:
    """Decisions as row numbers: ``same`` and ``different`` pairs (m, r)."""

    same: pl.DataFrame
    different: pl.DataFrame

    @classmethod
    def of(cls, decisions: pl.DataFrame | None, mentions: pl.DataFrame, residents: pl.DataFrame) -> _Pins:
        empty = pl.DataFrame(schema=PAIRS)
        if decisions is None or decisions.is_empty():
            return cls(empty, empty)
        m = mentions.select("record_id", "role").with_row_index("m")
        r = residents.select("resident_id").with_row_index("r")
        pairs = decisions.join(m, on=["record_id", "role"]).join(r, on="resident_id")
        split = [
            pairs.filter(pl.col("judgement") == j).select("m", "r").sort("m", "r")
            for j in ("same", "different")
        ]
        return cls(split[0].unique(subset="m", keep="last", maintain_order=True), split[1])


def _rows(coded: Coded, role: str) -> pl.Series:
    table = coded.mentions.table
    return (
        table.select("role", "name")
        .with_row_index("m")
        .filter((pl.col("role") == role) & pl.col("name").is_not_null())["m"]
    )


def _link_role(
    coded: Coded,
    rows: pl.Series,
    role: str,
    rules: Settings,
    terms: TermFrequencies,
    pins: _Pins,
    known: RoleModel | None,
) -> tuple[pl.DataFrame, RoleModel]:
    exclusive = rules.roles[role].exclusive
    pinned = pins.same.filter(pl.col("m").is_in(rows.implode()))
    free = rows.filter(~rows.is_in(pinned["m"].implode()))
    settled = settle(coded, free, rules.passes, role, exclusive=exclusive)
    settled = settled.join(pins.different, on=["m", "r"], how="anti", maintain_order="left")
    if exclusive:
        settled = settled.filter(~pl.col("r").is_in(pinned["r"].implode()))
    model = known or learn(coded, free, settled, role, rules, terms)
    open_rows = free.filter(~free.is_in(settled["m"].implode()))
    scored = [
        _score(coded, chunk, role, rules, model, terms, pins)
        for chunk in _chunks(open_rows, rules.limits["mentions_per_chunk"])
    ]
    taken = pl.concat([settled["r"], pinned["r"]])
    ranked = assign(
        pl.concat([pl.DataFrame(schema=_SCORED), *scored]),
        taken,
        model,
        coded.residents.table.height,
        rules,
        exclusive=exclusive,
    )
    probability = pl.Series([p.probability for p in rules.passes], dtype=pl.Float64)
    sure = settled.select(
        "m",
        "r",
        rank=pl.lit(1, pl.Int64),
        probability=probability.gather(settled["pass"]),
        total=pl.lit(None, pl.Float32),
        tier=pl.lit("match"),
        **{"pass": "pass"},
    )
    by_hand = pinned.select(
        "m",
        "r",
        rank=pl.lit(1, pl.Int64),
        probability=pl.lit(1.0),
        total=pl.lit(None, pl.Float32),
        tier=pl.lit("match"),
        **{"pass": pl.lit(len(rules.passes) + 1, pl.UInt8)},
    )
    weighed = ranked.with_columns(pl.lit(len(rules.passes), pl.UInt8).alias("pass")).select(*_DECIDED)
    return pl.concat([_decided(sure), _decided(by_hand), _decided(weighed)]), model


def _decided(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select(pl.col(name).cast(dtype) for name, dtype in _DECIDED.items())


def _chunks(rows: pl.Series, size: int) -> Iterator[pl.Series]:
    for start in range(0, rows.len(), size):
        yield rows.slice(start, size)


def _score(
    coded: Coded,
    rows: pl.Series,
    role: str,
    rules: Settings,
    model: RoleModel,
    terms: TermFrequencies,
    pins: _Pins,
) -> pl.DataFrame:
    """Return ``_SCORED`` for all candidates of ``rows`` that are not hopeless."""
    pairs = candidate_pairs(coded, rows, rules.blocks, role, rules.limits)
    if pins.different.height:
        pairs = pairs.join(pins.different, on=["m", "r"], how="anti", maintain_order="left")
    levels = compare(coded.mentions, coded.residents, pairs, role)
    scored = pairs.with_columns(weights(levels, pairs["r"], model, terms).select("total", "kin"))
    return scored.filter((pl.col("total") > _HOPELESS) | (pl.col("kin") > 0)).select(*_SCORED)


def _links(
    mentions: pl.DataFrame, residents: pl.DataFrame, ranked: pl.DataFrame, rules: Settings
) -> pl.DataFrame:
    """Return LINKS, one row per mention in the mentions' order; ``none`` where nobody was found."""
    best = ranked.filter((pl.col("rank") == 1) & (pl.col("tier") != "none")).sort("m")
    passes = pl.Series([*(p.name for p in rules.passes), MODEL_PASS, DECISION_PASS], dtype=pl.String)
    best = best.select(
        "m",
        "tier",
        "probability",
        resident_id=residents["resident_id"].gather(best["r"]),
        population_row=residents["population_row"].gather(best["r"]),
        match_pass=passes.gather(best["pass"]),
        match_weight=pl.col("total").cast(pl.Float64).round(3),
    )
    links = mentions.select(_KEYS).with_row_index("m").join(best, on="m", how="left", maintain_order="left")
    return LINKS.conform(
        links.with_columns(pl.col("tier").fill_null("none"), pl.col("probability").fill_null(0.0)).drop("m")
    )


def _candidates(
    mentions: pl.DataFrame,
    residents: pl.DataFrame,
    coded: Coded,
    ranked: pl.DataFrame,
    model: Model,
    terms: dict[str, TermFrequencies],
) -> pl.DataFrame:
    """Return CANDIDATES of the mentions in review, with evidence_<field> and weight_<field> columns."""
    in_review = ranked.filter(pl.col("tier") == "review")["m"]
    shown = ranked.filter(pl.col("m").is_in(in_review.implode())).sort("m", "rank")
    parts = [
        evidence_of(
            coded,
            shown.filter(pl.col("m").is_in(_rows(coded, role).implode())),
            role,
            role_model,
            terms[role],
        )
        for role, role_model in model.roles.items()
    ]
    if not parts:
        return CANDIDATES.empty()
    shown = pl.concat(parts).sort("m", "rank")
    keys = mentions.select(_KEYS).select(pl.all().gather(shown["m"]))
    people = residents.select("resident_id", "population_row").select(pl.all().gather(shown["r"]))
    return CANDIDATES.conform(
        pl.concat([keys, people, shown], how="horizontal")
        .with_columns(match_weight=pl.col("total").cast(pl.Float64).round(3))
        .drop("m", "r", "total", "tier", "pass")
    )


def evidence_of(
    coded: Coded, pairs: pl.DataFrame, role: str, model: RoleModel, terms: TermFrequencies
) -> pl.DataFrame:
    """Add ``evidence_<field>`` (level code) and ``weight_<field>`` (log2) to ``pairs`` (m, r, …)."""
    from reconcile.match.evidence import FIELDS

    levels = compare(coded.mentions, coded.residents, pairs, role)
    factors = weights(levels, pairs["r"], model, terms)
    columns = []
    for field, codes in FIELDS.items():
        names = pl.Series(codes, dtype=pl.String)
        columns.append(names.gather(levels[field]).alias(f"evidence_{field}"))
        columns.append(factors[f"w_{field}"].cast(pl.Float64).round(3).alias(f"weight_{field}"))
    return pairs.with_columns(columns)
