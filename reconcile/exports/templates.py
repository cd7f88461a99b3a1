"""The Ministry's template ("hộ tịch 158"): its columns per register and version, and what may stand in a column."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from reconcile.ingest.persons import FROM_RECORD, RELATIVES
from reconcile.ingest.profiles import load_profiles
from reconcile.ingest.vocabulary import header_key
from reconcile.rules import load_rules

if TYPE_CHECKING:
    from collections.abc import Iterable

LAYOUTS = "templates/hotich158.toml"
VALUES = "templates/values.toml"
_VALUE_SECTIONS = (
    "values",
    "codes",
    "write",
    "words",
    "optional",
    "sources",
    "headers",
    "left_out",
    "no_cell",
)
_OF_A_RELATIVE = ("ho_ten", "ngay_sinh", "so_dinh_danh")


@dataclass(frozen=True, slots=True)
class CodeList:
    """Columns whose values are codes of one list of ``rules/lists``; ``by_register``: the list has a part per register."""

    columns: re.Pattern[str]
    file: str
    where: dict[str, str]
    by_register: bool


@dataclass(frozen=True)
class Template:
    """One version of one register: ``name`` as in the rules (``ks_v2``), its sheet, its columns in order."""

    name: str
    register: str
    sheet: str
    columns: tuple[str, ...]

    @property
    def version(self) -> str:
        """The version number as the code lists use it, "" where a register has one version only."""
        return self.name.rpartition("_v")[2] if "_v" in self.name else ""

    @cached_property
    def columns_of(self) -> dict[str, tuple[str, ...]]:
        """Field of a record or ``role.field`` → the columns that hold it, the one that counts first."""
        found: dict[str, list[str]] = {}
        for column, field in _profile_columns(self.register).items():
            if column in self.columns:
                found.setdefault(field, []).append(column)
        return {field: tuple(columns) for field, columns in found.items()}

    def column_for(self, field: str) -> str | None:
        """Return the column that a value of ``field`` is written to, None where the template has none."""
        wanted = value_rules()["write"].get(field)
        if wanted in self.columns:
            return str(wanted)
        return next(iter(self.columns_of.get(field, ())), None)

    def with_optional(self, headers: Iterable[str]) -> Template:
        """Return this template with the columns that only some copies have, where ``headers`` has them."""
        keys = {header_key(header) for header in headers}
        columns = list(self.columns)
        for column, before in value_rules()["optional"].items():
            if header_key(column) in keys and before in columns and column not in columns:
                columns.insert(columns.index(before) + 1, column)
        return Template(self.name, self.register, self.sheet, tuple(columns))


@lru_cache(maxsize=8)
def _profile_columns(register: str) -> dict[str, str]:
    """Return column code → field of the template, as the profile that reads it has them."""
    profile = next(p for p in load_profiles() if p.name == "hotich158")
    return next(dict(layout.columns) for layout in profile.layouts if layout.register_ == register)


@lru_cache(maxsize=1)
def templates() -> dict[str, Template]:
    """Return every template by name, older versions of a register first."""
    return {
        name: Template(name, str(table["register"]), str(table["sheet"]), tuple(table["columns"].split()))
        for name, table in load_rules(LAYOUTS).items()
    }


@lru_cache(maxsize=1)
def value_rules() -> dict[str, Any]:
    """Return ``rules/templates/values.toml``. Raises ReconcileError that names every section it lacks."""
    return load_rules(VALUES, sections=_VALUE_SECTIONS)


@lru_cache(maxsize=1)
def code_lists() -> tuple[CodeList, ...]:
    """Return the columns that hold codes."""
    return tuple(
        CodeList(
            re.compile(entry["columns"]),
            entry["list"],
            dict(entry.get("where", {})),
            bool(entry.get("by_register")),
        )
        for entry in value_rules()["codes"]
    )


@lru_cache(maxsize=1)
def kinds() -> dict[str, re.Pattern[str]]:
    """Return kind of value (date, personal_number …) → pattern of its column codes."""
    return {kind: re.compile(pattern) for kind, pattern in value_rules()["values"].items()}


def newest(register: str) -> Template:
    """Return the newest template of a register."""
    return [t for t in templates().values() if t.register == register][-1]


def template_of(register: str, headers: Iterable[str]) -> Template:
    """Return the version that a header in the template's own codes follows: the newest of which it has a column."""
    keys = {header_key(header) for header in headers}
    versions = [t for t in templates().values() if t.register == register]
    for older, template in reversed(list(pairwise(versions))):
        own = {header_key(c) for c in template.columns if c not in older.columns and c != "STT"}
        if own & keys:
            return template.with_optional(headers)
    return versions[0].with_optional(headers)


def source_field(role: str, field: str) -> str:
    """Return the field of the row that says ``field`` of the person ``role``: a mother's name is the child's too.

    >>> source_field("nks", "ho_ten_me"), source_field("nkt", "ngay_chet"), source_field("vo", "ho_ten")
    ('me.ho_ten', 'ngay_su_kien', 'vo.ho_ten')
    """
    if (role, field) in FROM_RECORD:
        return FROM_RECORD[role, field]
    if (role, field) == ("nxn", "tinh_trang_hon_nhan"):
        return "tinh_trang"
    relatives = {**dict(RELATIVES.get(role, ())), **({"cha": "cm", "me": "cm"} if role == "nc" else {})}
    for suffix, relative in relatives.items():
        own = field.removesuffix(f"_{suffix}")
        if own != field and own in _OF_A_RELATIVE:
            return f"{relative}.{own}"
    return f"{role}.{field}"
