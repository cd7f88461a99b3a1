"""Who is proposed to act on a difference, and why: the owner rules of ``rules/discrepancies.toml``, first fit wins.

The rules carry the law (TT 01/2022 Điều 4; NĐ 123/2015 Điều 6, 7): a register is never proposed to be changed to
what the population says; ``tu_phap`` means that the keyed row is checked against the book.
"""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from reconcile.compare.catalogue import Catalogue, OwnerRule

_RE_REGISTERED = r"(?i)^\s*2(\.0)?\s*$|đăng ký lại|đăng kí lại"
_LATE = r"(?i)^\s*4(\.0)?\s*$|quá hạn"
_FOREIGN = r"(?i)^\s*3(\.0)?\s*$|nước ngoài|ghi vào sổ"
_ON_TIME = r"(?i)^\s*1(\.0)?\s*$|đúng hạn|đăng ký mới|lần đầu"


def kind_of_registration(written: pl.Expr) -> pl.Expr:
    """Return on_time, late, re_registered, foreign or unknown for loaiDangKy of a birth, code or words."""
    return (
        pl.when(written.str.contains(_RE_REGISTERED))
        .then(pl.lit("re_registered"))
        .when(written.str.contains(_LATE))
        .then(pl.lit("late"))
        .when(written.str.contains(_FOREIGN))
        .then(pl.lit("foreign"))
        .when(written.str.contains(_ON_TIME))
        .then(pl.lit("on_time"))
        .otherwise(pl.lit("unknown"))
    )


def _holds(rule: OwnerRule) -> pl.Expr:
    conditions: list[pl.Expr] = []
    for column in ("evidence", "register", "role", "field", "kind", "default"):
        values = getattr(rule, {"evidence": "evidence"}.get(column, f"{column}s"))
        if values:
            conditions.append(pl.col(column).is_in(list(values)))
    if rule.codes:
        starts = [p[:-1] for p in rule.codes if p.endswith("*")]
        exact = [p for p in rule.codes if not p.endswith("*")]
        fits = [pl.col("code").str.starts_with(start) for start in starts]
        conditions.append(pl.any_horizontal(pl.col("code").is_in(exact), *fits))
    if rule.registered_from is not None:
        conditions.append(pl.col("registered_earliest") >= rule.registered_from)
    if rule.registered_before is not None:
        conditions.append(pl.col("registered_latest") < rule.registered_before)
    return reduce(lambda a, b: a & b, conditions, pl.lit(value=True)).fill_null(value=False)


def propose_owners(frame: pl.DataFrame, catalogue: Catalogue) -> pl.DataFrame:
    """Add ``owner`` and ``owner_reason`` to rows with code, evidence, register, role, field, kind, registered_…, default.

    ``default``: the code's own owner, taken where no rule holds.
    """
    chosen = pl.lit(None, dtype=pl.Int32)
    for place in reversed(range(len(catalogue.owner_rules))):
        chosen = pl.when(_holds(catalogue.owner_rules[place])).then(pl.lit(place, dtype=pl.Int32)).otherwise(chosen)  # fmt: skip
    frame = frame.with_columns(_rule=chosen)
    owners = {place: rule.owner for place, rule in enumerate(catalogue.owner_rules)}
    reasons = {place: rule.reason for place, rule in enumerate(catalogue.owner_rules)}
    rule = pl.col("_rule")
    return frame.with_columns(
        owner=pl.coalesce(rule.replace_strict(owners, default=None, return_dtype=pl.String), "default"),
        owner_reason=pl.coalesce(
            rule.replace_strict(reasons, default=None, return_dtype=pl.String),
            pl.col("default").replace_strict(catalogue.default_reasons, return_dtype=pl.String),
        ),
    ).drop("_rule")
