"""The Vietnamese words of the workbook, loaded once from ``rules/wording/report.toml``."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from reconcile.rules import load_rules

if TYPE_CHECKING:
    import polars as pl

FILE = "wording/report.toml"
SECTIONS = (
    "severity",
    "severity_meaning",
    "owner",
    "register",
    "role",
    "field",
    "minutes",
    "sheet_task",
    "sheet_tab",
    "input_message",
    "input_error",
    "guide",
)
SEVERITIES = ("critical", "major", "minor", "info")
"""Severity codes, the most important first."""


@lru_cache(maxsize=1)
def wording() -> dict[str, dict[str, Any]]:
    """Return the words by section; ReconcileError names every section that is missing."""
    return load_rules(FILE, sections=SECTIONS)


@lru_cache(maxsize=1)
def evidence_titles() -> dict[str, dict[str, Any]]:
    """Return field of evidence → its title and its levels' titles, as ``rules/matching.toml`` has them."""
    fields = load_rules("matching.toml").get("evidence", {})
    return {
        field: {
            "title": str(rule.get("title", field)),
            "levels": {
                level["code"]: str(level["title"]) for level in rule.get("levels", []) if "title" in level
            },
        }
        for field, rule in fields.items()
    }


def words(section: str) -> dict[str, str]:
    """Return one section, for ``replace`` on a column: code → Vietnamese."""
    return {key: str(value) for key, value in wording()[section].items()}


def severity_rank(severity: pl.Expr) -> pl.Expr:
    """Return the place of a severity code in the order of work, 0 first."""
    import polars as pl

    rank = {code: place for place, code in enumerate(SEVERITIES)}
    return severity.replace_strict(rank, default=len(rank), return_dtype=pl.Int8)
