"""Rules on single records, without the population: what can not be right. Every failing row is named.

``rules/validation.toml`` says for each rule its dimension, severity, sentence, source and numbers; one small
function per rule stands in ``validation_dates``, ``_books``, ``_people`` and ``_lists``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import polars as pl

from reconcile.compare.validation_rows import with_record
from reconcile.compare.validation_rules import CHECKS
from reconcile.problems import ReconcileError
from reconcile.rules import load_rules

if TYPE_CHECKING:
    import datetime as dt

FILE = "validation.toml"
DIMENSIONS = ("completeness", "validity", "consistency", "uniqueness", "timeliness")
SEVERITIES = ("info", "minor", "major")

VIOLATIONS = {
    "rule": pl.String,
    "dimension": pl.String,
    "severity": pl.String,
    "record_id": pl.String,
    "source_file": pl.String,
    "source_row": pl.UInt32,
    "register": pl.String,
    "role": pl.String,
    "field": pl.String,
    "value": pl.String,
    "message": pl.String,
    "commune_code": pl.String,
}
"""Columns of ``validate``: one row per record (or person in it) and rule that it breaks."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule as the office wrote it; ``numbers``: what it counts with."""

    id: str
    dimension: str
    severity: str
    sentence: str
    source: str
    numbers: dict[str, Any]


def load(data: dict[str, Any] | None = None) -> dict[str, Rule]:
    """Return the checked rules. Raises ``ReconcileError`` with every mistake at once. A rule left out is not run."""
    return dict(_shipped()) if data is None else _checked(data)


@lru_cache(maxsize=1)
def _shipped() -> dict[str, Rule]:
    return _checked(load_rules(FILE))


def _checked(data: dict[str, Any]) -> dict[str, Rule]:
    raw = data.get("rules", {})
    errors: list[str] = []
    rules: dict[str, Rule] = {}
    named = {"dimension", "severity", "sentence", "source"}
    for name, table in raw.items():
        missing = sorted(named - table.keys())
        if name not in CHECKS:
            errors.append(f"[rules.{name}]: no such rule. Use one of: {', '.join(CHECKS)}.")
        if missing:
            errors.append(f"[rules.{name}]: {', '.join(missing)} missing. Add them.")
        for key, allowed in (("dimension", DIMENSIONS), ("severity", SEVERITIES)):
            if key in table and table[key] not in allowed:
                errors.append(f"[rules.{name}] {key} = {table[key]!r}: use one of {', '.join(allowed)}.")
        wrong = set(re.findall(r"\{([^{}]*)\}", str(table.get("sentence", "")))) - {"gia_tri", "chi_tiet"}
        if wrong:
            errors.append(f"[rules.{name}] sentence: use {{gia_tri}} and {{chi_tiet}} only.")
        numbers = {key: value for key, value in table.items() if key not in named}
        if not missing:
            words = {key: str(table[key]) for key in named}
            rules[name] = Rule(id=name, numbers=numbers, **words)
    if errors:
        raise ReconcileError(f"rules/{FILE}:\n  " + "\n  ".join(errors))
    return rules


def validate(
    records: pl.DataFrame,
    mentions: pl.DataFrame,
    *,
    rules: dict[str, Rule] | None = None,
    as_of: dt.date | None = None,
) -> pl.DataFrame:
    """Check normalized ``records`` and ``mentions`` against the rules; ``as_of``: nothing may be later.

    Returns ``VIOLATIONS`` sorted by file, row, role and rule. The same frame serves the scorecard: failing rows per
    commune and rule, over the rows the commune has.
    """
    parts = [pl.DataFrame(schema=VIOLATIONS)]
    records, mentions = with_record(records, mentions)
    for name, rule in (load() if rules is None else rules).items():
        failing = CHECKS[name](records, mentions, rule.numbers, as_of)
        if failing.is_empty():
            continue
        parts.append(_told(failing, rule))
    return pl.concat(parts).sort("source_file", "source_row", "role", "rule", "record_id", nulls_last=True)


def _told(failing: pl.DataFrame, rule: Rule) -> pl.DataFrame:
    pieces: list[pl.Expr] = []
    for piece in filter(None, re.split(r"(\{[a-z_]+\})", rule.sentence)):
        column = {"{gia_tri}": "value", "{chi_tiet}": "detail"}.get(piece)
        pieces.append(pl.col(column).fill_null("") if column else pl.lit(piece))
    told = failing.with_columns(
        rule=pl.lit(rule.id),
        dimension=pl.lit(rule.dimension),
        severity=pl.lit(rule.severity),
        message=pl.concat_str(pieces),
    )
    return told.select(pl.col(name).cast(dtype) for name, dtype in VIOLATIONS.items())
