"""The catalogue of discrepancies: codes, severities, owners and sentences of ``rules/discrepancies.toml``.

``load()`` reads and checks the whole file and reports every mistake at once, so that an office can change
wording, severity or the owner rules without touching code.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from reconcile.problems import ReconcileError
from reconcile.rules import load_rules

FILE = "discrepancies.toml"
SEVERITIES = ("info", "minor", "major", "critical")
OWNERS = ("tu_phap", "cong_an", "xac_minh")
KINDS = ("on_time", "late", "re_registered", "foreign", "unknown")
PLACEHOLDERS = ("so", "dan_cu", "truong", "chi_tiet")
EVIDENCE = (
    "words_support_population",
    "register_impossible",
    "register_without_marks",
    "register_broken_text",
    "register_partial",
    "number_supports_register",
    "number_supports_population",
    "population_impossible",
    "population_without_marks",
    "population_broken_text",
    "population_partial",
    "population_number_known",
    "register_number_known",
)
"""What a comparison can find out beyond the two values; the owner rules refer to it."""

_CODE_KEYS = {"severity", "owner", "title", "sentence", "basis", "minutes", "number", "order"}
_RULE_KEYS = {
    "id",
    "evidence",
    "registers",
    "roles",
    "codes",
    "fields",
    "kinds",
    "defaults",
    "registered_from",
    "registered_before",
    "owner",
    "reason",
}
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Entry:
    """One code, or one of its variants: what it means and what the clerk reads."""

    code: str
    variant: str | None
    severity: str
    owner: str
    title: str
    sentence: str
    basis: str
    minutes: float
    number: bool
    order: int


@dataclass(frozen=True, slots=True)
class OwnerRule:
    """When these conditions all hold, this owner is proposed. Empty condition = holds always."""

    id: str
    owner: str
    reason: str
    evidence: tuple[str, ...] = ()
    registers: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    defaults: tuple[str, ...] = ()
    registered_from: dt.date | None = None
    registered_before: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All codes, the order of the owner rules, and the words put around values."""

    entries: dict[tuple[str, str | None], Entry]
    owner_rules: tuple[OwnerRule, ...]
    default_reasons: dict[str, str]
    fields: dict[str, str]
    roles: dict[str, str]
    blank: str
    noted: str
    codes: tuple[str, ...] = field(default=())

    def entry(self, code: str, variant: str | None = None) -> Entry:
        """Return the entry of a code in the light of ``variant``; an unknown variant is the plain code."""
        return self.entries.get((code, variant)) or self.entries[code, None]


def load(data: dict[str, Any] | None = None) -> Catalogue:
    """Return the checked catalogue: the shipped file, or ``data`` with the same shape.

    Raises ``ReconcileError`` that lists every mistake with its key and the fix.
    """
    return _shipped() if data is None else _build(data)


@lru_cache(maxsize=1)
def _shipped() -> Catalogue:
    return _build(load_rules(FILE))


def _build(data: dict[str, Any]) -> Catalogue:
    errors: list[str] = []
    entries: dict[tuple[str, str | None], Entry] = {}
    raw_codes = data.get("codes", {})
    if not raw_codes:
        errors.append("[codes]: no code at all. Restore the file or add [codes.<CODE>].")
    for code, raw in raw_codes.items():
        _read_code(code, raw, entries, errors)
    rules = tuple(
        rule
        for place, raw in enumerate(data.get("owner_rules", []), 1)
        if (rule := _read_rule(place, raw, set(raw_codes), errors)) is not None
    )
    reasons = data.get("default_reasons", {})
    errors += [
        f"[default_reasons] {owner}: missing. Add one sentence." for owner in OWNERS if owner not in reasons
    ]
    fields = data.get("fields", {})
    if not fields:
        errors.append("[fields]: missing. Give each field its Vietnamese label.")
    if errors:
        raise ReconcileError(f"rules/{FILE}:\n  " + "\n  ".join(errors))
    return Catalogue(
        entries=entries,
        owner_rules=rules,
        default_reasons=reasons,
        fields=fields,
        roles=data.get("roles", {}),
        blank=data.get("defaults", {}).get("blank", "—"),
        noted=data.get("defaults", {}).get("noted", ""),
        codes=tuple(raw_codes),
    )


def _read_code(
    code: str, raw: dict[str, Any], entries: dict[tuple[str, str | None], Entry], errors: list[str]
) -> None:
    where = f"[codes.{code}]"
    own = {key: value for key, value in raw.items() if key != "variants"}
    missing = sorted({"severity", "owner", "title", "sentence", "basis", "minutes"} - own.keys())
    if missing:
        errors.append(f"{where}: {', '.join(missing)} missing. Add them.")
    _check_values(where, own, errors)
    base = Entry(
        code=code,
        variant=None,
        severity=str(own.get("severity", "")),
        owner=str(own.get("owner", "")),
        title=str(own.get("title", "")),
        sentence=str(own.get("sentence", "")),
        basis=str(own.get("basis", "")),
        minutes=_number(own.get("minutes")),
        number=bool(own.get("number", False)),
        order=int(_number(own.get("order", 50))),
    )
    entries[code, None] = base
    for variant, changes in raw.get("variants", {}).items():
        there = f"[codes.{code}.variants.{variant}]"
        _check_values(there, changes, errors)
        known = {key: value for key, value in changes.items() if key in _CODE_KEYS}
        entries[code, variant] = replace(base, variant=variant, **known)


def _check_values(where: str, raw: dict[str, Any], errors: list[str]) -> None:
    unknown = sorted(raw.keys() - _CODE_KEYS)
    if unknown:
        errors.append(
            f"{where}: unknown key {', '.join(unknown)}. Use one of: {', '.join(sorted(_CODE_KEYS))}."
        )
    for key, allowed in (("severity", SEVERITIES), ("owner", OWNERS)):
        if key in raw and raw[key] not in allowed:
            errors.append(f"{where} {key} = {raw[key]!r}: use one of {', '.join(allowed)}.")
    if "minutes" in raw and not (isinstance(raw["minutes"], int | float) and raw["minutes"] >= 0):
        errors.append(f"{where} minutes = {raw['minutes']!r}: give a number of minutes, 0 or more.")
    if "number" in raw and not isinstance(raw["number"], bool):
        errors.append(f"{where} number = {raw['number']!r}: write true or false.")
    if "order" in raw and not isinstance(raw["order"], int):
        errors.append(f"{where} order = {raw['order']!r}: give a whole number.")
    sentence = raw.get("sentence", "")
    wrong = sorted(set(_PLACEHOLDER.findall(str(sentence))) - set(PLACEHOLDERS))
    if wrong:
        names = ", ".join("{" + p + "}" for p in PLACEHOLDERS)
        errors.append(f"{where} sentence: unknown placeholder {{{'}, {'.join(wrong)}}}. Use {names}.")
    if "sentence" in raw and not str(sentence).strip():
        errors.append(f"{where} sentence: empty. Write one Vietnamese sentence.")


def _read_rule(place: int, raw: dict[str, Any], codes: set[str], errors: list[str]) -> OwnerRule | None:
    where = f"[[owner_rules]] {raw.get('id', f'number {place}')}"
    before = len(errors)
    unknown = sorted(raw.keys() - _RULE_KEYS)
    if unknown:
        errors.append(
            f"{where}: unknown key {', '.join(unknown)}. Use one of: {', '.join(sorted(_RULE_KEYS))}."
        )
    errors += [f"{where}: {key} missing. Add it." for key in ("id", "owner", "reason") if key not in raw]
    if raw.get("owner", OWNERS[0]) not in OWNERS:
        errors.append(f"{where} owner = {raw['owner']!r}: use one of {', '.join(OWNERS)}.")
    for key, allowed in (("evidence", EVIDENCE), ("kinds", KINDS), ("defaults", OWNERS)):
        wrong = [value for value in raw.get(key, []) if value not in allowed]
        if wrong:
            errors.append(f"{where} {key}: {', '.join(wrong)} is not known. Use: {', '.join(allowed)}.")
    for pattern in raw.get("codes", []):
        if not any(_fits(code, pattern) for code in codes):
            errors.append(f"{where} codes: {pattern} fits no code of this file. Correct it or remove it.")
    for key in ("registered_from", "registered_before"):
        if key in raw and not isinstance(raw[key], dt.date):
            errors.append(f"{where} {key} = {raw[key]!r}: write a date as 2016-01-01, without quotes.")
    if len(errors) > before:
        return None
    lists = ("evidence", "registers", "roles", "codes", "fields", "kinds", "defaults")
    return OwnerRule(
        id=raw["id"],
        owner=raw["owner"],
        reason=raw["reason"],
        registered_from=raw.get("registered_from"),
        registered_before=raw.get("registered_before"),
        **{key: tuple(raw.get(key, ())) for key in lists},
    )


def _fits(code: str, pattern: str) -> bool:
    return code.startswith(pattern[:-1]) if pattern.endswith("*") else code == pattern


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
