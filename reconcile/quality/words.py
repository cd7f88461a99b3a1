"""The words of scorecard and weekly report: ``rules/quality/wording.toml`` and the catalogue's titles."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from reconcile.quality.knowledge import knowledge
from reconcile.rules import load_rules

FIXED_BLANK = "\u00a0"
"""A blank at which no line breaks."""


@lru_cache(maxsize=1)
def wording() -> dict[str, dict[str, Any]]:
    """Return the words by section."""
    return load_rules("quality/wording.toml")


@lru_cache(maxsize=1)
def _catalogue() -> dict[str, Any]:
    return load_rules("discrepancies.toml")


def word(section: str, key: str) -> str:
    """Return one word; the key itself where there is none, so that nothing is lost."""
    return str(wording().get(section, {}).get(key, key))


def code_title(code: str) -> str:
    """Return the Vietnamese title of a discrepancy's code."""
    return str(_catalogue()["codes"].get(code, {}).get("title", code))


def field_title(field: str) -> str:
    """Return the Vietnamese name of a compared field."""
    return str(_catalogue()["fields"].get(field, word("rule", field)))


def rule_title(measure_id: str, rule: str) -> str:
    """Return what a rule of a measure is called: a required cell, a compared field, a validation rule."""
    if measure_id == "field_agrees":
        return f"{field_title(rule)} khác nhau ở hai bên"
    if measure_id == "field_filled":
        role, _, column = rule.rpartition(".")
        of_whom = f" ({word('role', role)})" if role else ""
        return f"Thiếu {word('rule', column).lower()}{of_whom}"
    if measure_id == "rule_passed":
        return word("rule", rule)
    if measure_id == "found":
        return f"Chưa tìm thấy {word('role', rule)} ở dân cư"
    return rule


def period_title(key: str) -> str:
    """Return the name of a period of books."""
    return next((p.title for p in knowledge().periods if p.key == key), "Chưa rõ năm")


def percent(share: float | None, digits: int = 1) -> str:
    """Return a share as Vietnamese write it: ``97,5 %``. A share just below 1 never reads as 100 %."""
    if share is None:
        return "–"
    value = share * 100
    if share < 1 and round(value, digits) >= 100:
        value = 100 - 10**-digits
    return f"{value:.{digits}f}{FIXED_BLANK}%".replace(".", ",")


def number(value: float | None) -> str:
    """Return a count with dots between thousands: ``12.345``."""
    return "–" if value is None else f"{round(value):,}".replace(",", ".")


def signed(value: float | None, *, points: bool = False) -> str:
    """Return a difference with its sign, ``+1,2 điểm`` or ``−34``; ``không đổi`` where there is none."""
    if value is None:
        return "–"
    if points:
        value = round(value * 100, 1)
        text = f"{abs(value):.1f}".replace(".", ",") + f"{FIXED_BLANK}điểm"
    else:
        text = number(abs(value))
    if value == 0:
        return "không đổi"
    return ("+" if value > 0 else "−") + text
