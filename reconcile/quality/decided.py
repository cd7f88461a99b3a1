"""Measures of the ledger: what clerks concluded, what is still open and since when. Pure: no file, no clock."""

from __future__ import annotations

import datetime as dt

import polars as pl

from reconcile.quality.base import CUTS, cut_by_id, shares, tallies
from reconcile.quality.knowledge import knowledge, period_of
from reconcile.quality.tables import measures_frame

REGISTER_WRONG = "Sửa hộ tịch"
POPULATION_WRONG = "Sửa dân cư"
BOTH_RIGHT = "Cả hai đúng"
SAME = "Đúng cùng người"
DIFFERENT = "Không cùng người"
UNSURE = "Cần xác minh"

SIDES = {REGISTER_WRONG: "tu_phap", POPULATION_WRONG: "cong_an", UNSURE: "xac_minh"}
"""Conclusion → who has to act on it; every other conclusion closes the case at once."""


def resolved(decisions: pl.DataFrame) -> pl.Series:
    """Return the case ids whose conclusion leaves nothing to put right on either side. No decision yet: none."""
    return _concluded(decisions, BOTH_RIGHT, DIFFERENT, SAME)


def register_cleared(decisions: pl.DataFrame) -> pl.Series:
    """Return the case ids whose conclusion leaves nothing to put right in the register: its row may be approved."""
    return _concluded(decisions, BOTH_RIGHT, DIFFERENT, SAME, POPULATION_WRONG)


def _concluded(decisions: pl.DataFrame, *conclusions: str) -> pl.Series:
    if decisions.is_empty():
        return pl.Series("case_id", [], dtype=pl.String)
    done = decisions.filter(pl.col("conclusion").is_in(conclusions))
    return done["case_id"].drop_nulls().unique().sort()


def measure_decisions(
    decisions: pl.DataFrame,
    cases: pl.DataFrame,
    *,
    day: dt.date,
    run_id: str,
    refused: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Return the measures frame of what was decided until ``day``.

    ``decisions``: the decisions in force, as the ledger gives them. ``cases``: the questions that still stand today:
    ``case_id``, ``kind``, ``record_id``, ``commune_code``, ``first_seen`` (date or null), ``decided`` (bool).
    ``refused``: answers that could not be used (``record_id``, ``commune_code``).
    """
    taken = _cut(decisions).with_columns(_day_of("decided_at").alias("decided_on"))
    taken = taken.filter(pl.col("decided_on").is_null() | (pl.col("decided_on") <= day))
    opened = _cut(cases)
    parts = [*_accuracy(taken), *_states(taken, opened), *_age(opened, day), *_throughput(taken)]
    if refused is not None and refused.height:
        parts.append(tallies(_cut(refused), "decisions", "decisions", rule="refused"))
    columns = ["measure_id", "dimension", *CUTS, "source", "rule", "numerator", "denominator"]
    whole = pl.concat([part.select(columns) for part in parts])
    return measures_frame(whole.with_columns(pl.lit(run_id).alias("run_id"), pl.lit(day).alias("day")))


def _day_of(column: str) -> pl.Expr:
    """Return the day of an ISO moment, be it text or a datetime."""
    return pl.col(column).cast(pl.String).str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)


def _cut(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame cut by commune, register, period; ``commune_code`` counts before the one of the id."""
    told = [name for name in ("commune", "register", "year", "book", "period") if name in frame.columns]
    cut = frame.drop(told).with_columns(cut_by_id(pl.col("record_id").fill_null("")))
    if "commune_code" in frame.columns:
        cut = cut.with_columns(pl.coalesce("commune_code", "commune").alias("commune"))
    return cut.with_columns(period_of(pl.col("year")).alias("period"))


def _accuracy(taken: pl.DataFrame) -> list[pl.DataFrame]:
    """Which side was right, as clerks found with the papers; and whether a pair asked about was one person."""
    about_value = taken.filter(
        (pl.col("kind") != "pair")
        & pl.col("conclusion").is_in([REGISTER_WRONG, POPULATION_WRONG, BOTH_RIGHT])
    )
    field = pl.col("field").fill_null("")
    given = pl.col("correct_value").str.strip_chars().fill_null("")
    other = (given != "") & (given != pl.col("civil_value").str.strip_chars().fill_null(""))
    third = (given != "") & (given != pl.col("population_value").str.strip_chars().fill_null(""))
    register_right = (pl.col("conclusion") == BOTH_RIGHT) | (
        (pl.col("conclusion") == POPULATION_WRONG) & ~other
    )
    population_right = (pl.col("conclusion") == BOTH_RIGHT) | (
        (pl.col("conclusion") == REGISTER_WRONG) & ~third
    )
    of_people = pl.col("kind").is_in(["pair", "discrepancy"]) & pl.col("conclusion").is_in([SAME, DIFFERENT])
    pairs = taken.filter(of_people).unique(["record_id", "role", "case_id"], keep="last", maintain_order=True)
    return [
        shares(about_value, "register_right", "accuracy", register_right, source="civil", rule=field),
        shares(
            about_value, "population_right", "accuracy", population_right, source="population", rule=field
        ),
        shares(pairs, "pair_right", "accuracy", pl.col("conclusion") == SAME, source="both"),
    ]


def _states(taken: pl.DataFrame, opened: pl.DataFrame) -> list[pl.DataFrame]:
    """Open (nobody decided), returned (decided), applied (decided and gone), waiting (decided, still differs)."""
    undecided = opened.filter(~pl.col("decided"))
    acting = taken.filter(pl.col("conclusion").is_in([REGISTER_WRONG, POPULATION_WRONG]))
    still = opened["case_id"].implode()
    gone = acting.filter(~pl.col("case_id").is_in(still))
    waiting = acting.filter(pl.col("case_id").is_in(still))
    side = pl.col("conclusion").replace_strict(SIDES, default="", return_dtype=pl.String)
    return [
        tallies(undecided, "decisions", "decisions", rule="open"),
        tallies(taken, "decisions", "decisions", rule="returned"),
        tallies(gone, "decisions", "decisions", rule="applied"),
        tallies(waiting, "decisions", "decisions", rule="waiting"),
        tallies(taken, "conclusions", "decisions", source=side, rule=pl.col("conclusion")),
        tallies(gone, "carried_out", "decisions", source=side),
    ]


def _age(opened: pl.DataFrame, day: dt.date) -> list[pl.DataFrame]:
    known = opened.filter(~pl.col("decided") & pl.col("first_seen").is_not_null()).with_columns(
        (pl.lit(day) - pl.col("first_seen").cast(pl.Date)).dt.total_days().alias("days")
    )
    band = pl.lit(f">{knowledge().bands[-1]}")
    for end in reversed(knowledge().bands):
        band = pl.when(pl.col("days") <= end).then(pl.lit(f"<={end}")).otherwise(band)
    return [
        shares(known, "fresh", "timeliness", pl.col("days") <= knowledge().late_after, source="both"),
        tallies(known, "age", "timeliness", rule=band),
    ]


def friday_of(day: pl.Expr) -> pl.Expr:
    """Return the Friday that closes the reporting week (Saturday to Friday) of a day."""
    return day + pl.duration(days=(12 - day.dt.weekday().cast(pl.Int64)) % 7)


def _throughput(taken: pl.DataFrame) -> list[pl.DataFrame]:
    """Decisions per reporting week, named by its Friday."""
    dated = taken.filter(pl.col("decided_on").is_not_null())
    week = friday_of(pl.col("decided_on")).cast(pl.Date).cast(pl.String)
    return [tallies(dated, "decided_in_week", "decisions", rule=week)]
