"""Source profiles: what the columns of a register file are called and which canonical field each fills.

A profile is data (``rules/sources/<name>.toml``): one source, with one layout per register. All faults of
all profiles are told at once, each with file, key and fix.
"""

from __future__ import annotations

from functools import cached_property, lru_cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from reconcile.ingest.vocabulary import Vocabulary
from reconcile.problems import ReconcileError
from reconcile.resources import rules_path
from reconcile.rules import load_toml
from reconcile.schema import (
    MENTION_EXTRA,
    MENTION_ROLES,
    ORIGIN,
    PERSON_AS_WRITTEN,
    RECORDS,
    REGISTERS,
    RESIDENT_EXTRA,
)

POPULATION = "DC"
"""Register code of the population extract."""
PRINCIPAL = {
    "KS": ("nks",),
    "KH": ("chong", "vo"),
    "KT": ("nkt",),
    "CMC": ("cm", "nc"),
    "HN": ("nxn",),
}
"""Register → the persons of whom one at least must have a name for a row to be of use."""

_BY_ENGINE = {"source_sheet", "profile", "folder_commune"}
_AS_WRITTEN = RECORDS.names[len(ORIGIN) : RECORDS.names.index("number")]
RECORD_FIELDS = tuple(name for name in _AS_WRITTEN if name not in _BY_ENGINE)
"""Fields of a record that a file may fill, in the order of the table."""
PERSON_FIELDS = tuple(c.name for c in (*PERSON_AS_WRITTEN, *MENTION_EXTRA) if c.name != "role")
"""Fields of a person that a register may fill."""
RESIDENT_FIELDS = tuple(
    c.name for c in (*PERSON_AS_WRITTEN, *RESIDENT_EXTRA) if c.name not in {"population_row", "resident_id"}
)
"""Fields that the population extract may fill."""


class Layout(BaseModel):
    """The columns of one register in one source.

    ``columns`` column code → field; ``aliases`` field → further header texts; ``persons`` role → words
    that name this person in a header ("" = the person whom a header without a person means); ``ignored``
    columns that belong to the layout but are not needed; ``required`` fields without which the file can't
    be used; ``any_of`` fields of which one must be there; ``titles`` words of a title line that speak for
    this register.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    register_: str = Field(alias="register")
    label: str
    required: tuple[str, ...]
    ignored: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    columns: dict[str, str] = {}
    aliases: dict[str, tuple[str, ...]] = {}
    persons: dict[str, tuple[str, ...]] = {}
    any_of: tuple[str, ...] = ()

    def faults(self) -> list[str]:
        """Return what is wrong with this layout, one sentence with its fix each."""
        if self.register_ != POPULATION and self.register_ not in REGISTERS:
            known = ", ".join([*REGISTERS, POPULATION])
            return [f"register = {self.register_!r}: unknown register; use one of {known}"]
        allowed = set(allowed_fields(self.register_))
        found: list[str] = []
        for where, fields in (
            ("columns", self.columns.values()),
            ("aliases", self.aliases),
            ("required", self.required),
            ("any_of", self.any_of),
        ):
            found += [
                f"{where}: {field!r} is no field of {self.register_}; see the table in docs/ingest.md"
                for field in fields
                if field not in allowed
            ]
        names = {f"{role}.ho_ten" for role in PRINCIPAL.get(self.register_, ())} or {"ho_ten", "ngay_sinh"}
        needed = names if self.register_ == POPULATION else set()
        if not names & set(self.required) or needed - set(self.required):
            found.append(
                f"required: name {' and '.join(sorted(names))} there, without which no person is found"
            )
        found += [
            f"persons: {role!r} is no person of {self.register_}; use one of "
            f"{', '.join(MENTION_ROLES.get(self.register_, ()))}"
            for role in self.persons
            if role not in MENTION_ROLES.get(self.register_, ())
        ]
        return found


class Profile(BaseModel):
    """One source of files.

    ``priority``: the smaller wins when two profiles fit a header equally well; ``sheets`` the sheets to
    prefer in a workbook; ``marks`` words in the header or above it that speak for this source;
    ``header_search`` number of rows among which the header is looked for; ``common``
    record field → header texts in every layout; ``persons`` person field → header words, to stand before or
    behind the words for a person.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    title: str
    kind: Literal["civil", "population"]
    priority: int = 50
    sheets: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    header_search: int = Field(default=20, ge=1, le=200)
    date_style: Literal["dd.mm.yyyy", "dd/mm/yyyy", "yyyy-mm-dd", "mm/dd/yyyy"] = "dd/mm/yyyy"
    common: dict[str, tuple[str, ...]] = {}
    persons: dict[str, tuple[str, ...]] = {}
    layouts: tuple[Layout, ...] = Field(min_length=1)

    def __hash__(self) -> int:
        return hash(self.name)

    @cached_property
    def vocabularies(self) -> tuple[Vocabulary, ...]:
        """The header words of each layout, in the order of ``layouts``."""
        return tuple(Vocabulary(layout, self.common, self.persons) for layout in self.layouts)

    def faults(self) -> list[str]:
        """Return what is wrong with this profile, one sentence with its fix each."""
        found = [
            f"persons: {name!r} is no field of a person; use one of {', '.join(PERSON_FIELDS)}"
            for name in self.persons
            if name not in PERSON_FIELDS
        ]
        found += [
            f"common: {name!r} is no field of a record; use one of {', '.join(RECORD_FIELDS)}"
            for name in self.common
            if name not in RECORD_FIELDS
        ]
        for n, (layout, words) in enumerate(zip(self.layouts, self.vocabularies, strict=True)):
            filled = {name for name, _ in words.fields.values()}
            if words.principal:
                filled |= {f"{words.principal}.{name}" for name in words.loose.values()}
            wrong = layout.faults()
            if not wrong:
                wrong = [
                    f"required: no header fills {name!r}; add it to columns or aliases"
                    for name in (*layout.required, *layout.any_of)
                    if name not in filled
                ]
            found += [f"layouts.{n} ({layout.register_}): {fault}" for fault in wrong]
        return found


def allowed_fields(register: str) -> list[str]:
    """Return the fields that a layout of this register may fill, ``role.field`` for persons."""
    if register == POPULATION:
        return list(RESIDENT_FIELDS)
    persons = [f"{role}.{field}" for role in MENTION_ROLES[register] for field in PERSON_FIELDS]
    return [*RECORD_FIELDS, *persons]


def _read(path: Path) -> tuple[Profile | None, list[str]]:
    data = load_toml(path)
    try:
        profile = Profile.model_validate(data)
    except ValidationError as error:
        return None, [
            f"{path}: {'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}"
            for fault in error.errors()
        ]
    faults = [f"{path}: {fault}" for fault in profile.faults()]
    if profile.name != path.stem:
        faults.append(
            f"{path}: name = {profile.name!r}: give the profile the name of its file, {path.stem!r}"
        )
    return profile, faults


def read_profiles(folder: Path) -> tuple[Profile, ...]:
    """Read and check every ``*.toml`` of ``folder``, ordered by priority and name.

    Raises ReconcileError with every fault of every file.
    """
    profiles: list[Profile] = []
    faults: list[str] = []
    for path in sorted(folder.glob("*.toml")):
        try:
            profile, wrong = _read(path)
        except ReconcileError as error:
            faults.append(str(error))
            continue
        faults += wrong
        if profile is not None:
            profiles.append(profile)
    if faults:
        raise ReconcileError("Source profiles can't be used:\n" + "\n".join(f"- {fault}" for fault in faults))
    if not profiles:
        raise ReconcileError(f"{folder}: there is no source profile. Restore rules/sources/.")
    return tuple(sorted(profiles, key=lambda p: (p.priority, p.name)))


@lru_cache(maxsize=1)
def load_profiles() -> tuple[Profile, ...]:
    """Return the shipped profiles."""
    return read_profiles(rules_path("sources"))


def choose_profiles(kind: str, name: str | None = None) -> tuple[Profile, ...]:
    """Return the profiles of one kind (``civil``, ``population``), or the one asked for by name or by the path of its file."""
    fitting = tuple(p for p in load_profiles() if p.kind == kind)
    if name is None:
        return fitting
    if name.endswith(".toml"):
        own, faults = _read(Path(name))
        if own is not None and own.kind != kind:
            faults.append(f"{name}: kind = {own.kind!r}: a {kind} profile is needed here")
        if faults or own is None:
            raise ReconcileError("The source profile can't be used:\n" + "\n".join(f"- {f}" for f in faults))
        return (own,)
    chosen = tuple(p for p in fitting if p.name == name)
    if not chosen:
        names = ", ".join(p.name for p in fitting)
        raise ReconcileError(f"There is no {kind} profile {name!r}. Use one of: {names}.")
    return chosen
