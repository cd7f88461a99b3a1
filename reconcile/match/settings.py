"""The matching rules as values: passes, blocks, evidence, thresholds. Read from ``rules/matching.toml`` and checked."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as _field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from reconcile.match.extras import LEVELS
from reconcile.match.parts import PARTS, VETOES
from reconcile.problems import ReconcileError
from reconcile.rules import load_rules, load_toml
from reconcile.schema import ROLES

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Pass:
    """A certain pass: settles a mention whose key belongs to exactly one resident.

    Where the role is exclusive (one birth, one death) no other mention may have the key either.
    """

    name: str
    title: str
    key: tuple[str, ...]
    unless_differs: tuple[str, ...] = ()
    roles: tuple[str, ...] = tuple(ROLES)
    probability: float = 0.999

    @property
    def leans_on_family(self) -> bool:
        """Whether the key needs links of the record's other persons."""
        return any(part.startswith("expected") for part in self.key)

    def describe(self) -> str:
        """Return the pass in words."""
        doubt = f", unless {', '.join(self.unless_differs)} contradicts" if self.unless_differs else ""
        return f"{self.name}: {_key_words(self.key)} belongs to one resident (and one mention) only{doubt}"


@dataclass(frozen=True, slots=True)
class Block:
    """A blocking key: mentions and residents that share it are compared.

    ``most``: residents of one key value above which the key says too little to be worth comparing.
    """

    name: str
    key: tuple[str, ...]
    roles: tuple[str, ...] = tuple(ROLES)
    most: int | None = None

    def describe(self) -> str:
        """Return the block in words."""
        bound = f", unless more than {self.most} residents share it" if self.most else ""
        return f"{self.name}: compare where {_key_words(self.key)} agree{bound}"


@dataclass(frozen=True, slots=True)
class Doubt:
    """Evidence that a clerk has to see whatever the probability, unless other evidence outweighs it."""

    name: str
    title: str
    field: str
    levels: tuple[str, ...]
    unless: dict[str, list[str]] = _field(default_factory=dict)
    roles: tuple[str, ...] = tuple(ROLES)

    def describe(self) -> str:
        """Return the rule in words."""
        rest = "".join(f", unless {name} is {' or '.join(codes)}" for name, codes in self.unless.items())
        of = "" if len(self.roles) == len(ROLES) else f" of {', '.join(self.roles)}"
        return f"{self.name}: a clerk decides where {self.field}{of} is {' or '.join(self.levels)}{rest}"


@dataclass(frozen=True, slots=True)
class Stranger:
    """Evidence after which a pair is not proposed at all, not even to a clerk: every field of ``all`` shows one of its
    levels, and no field of ``unless`` does.
    """

    name: str
    title: str
    all: dict[str, list[str]]
    unless: dict[str, list[str]] = _field(default_factory=dict)

    def describe(self) -> str:
        """Return the rule in words."""
        here = " and ".join(f"{name} is {' or '.join(codes)}" for name, codes in self.all.items())
        rest = "".join(f", unless {name} is {' or '.join(codes)}" for name, codes in self.unless.items())
        return f"{self.name}: never proposed where {here}{rest}"


@dataclass(frozen=True, slots=True)
class Level:
    """One comparison level of one field: probabilities among true pairs (m), strangers (u) and siblings (kin)."""

    code: str
    m: float
    u: float
    kin: float
    title: str
    frequency: str | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """A compared field and its levels, best first."""

    name: str
    title: str
    levels: tuple[Level, ...]

    def describe(self) -> str:
        """Return the comparison in words."""
        return f"{self.name}: " + " > ".join(level.code for level in self.levels)


@dataclass(frozen=True, slots=True)
class Role:
    """What is expected of a role before anything is seen; ``intercept`` calibrates its log-odds.

    ``match``, ``margin``, ``review``: thresholds of its own, where those of all roles are too low for it.
    """

    name: str
    absent: float
    kin: float
    exclusive: bool = False
    intercept: float = 0.0
    match: float | None = None
    margin: float | None = None
    review: float | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything ``rules/matching.toml`` says."""

    version: int
    thresholds: dict[str, float]
    limits: dict[str, int]
    learning: dict[str, int]
    calibration: dict[str, float]
    roles: dict[str, Role]
    passes: tuple[Pass, ...]
    blocks: tuple[Block, ...]
    evidence: tuple[Evidence, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    strangers: tuple[Stranger, ...] = ()
    extras: dict[str, str] = _field(default_factory=dict)

    def threshold(self, role: str, name: str) -> float:
        """Return the threshold ``match``, ``margin`` or ``review`` of a role: that of all roles, or its own if stricter."""
        return max(self.thresholds[name], float(getattr(self.roles[role], name) or 0.0))

    def describe(self) -> str:
        """Return passes, blocks and evidence in words, in the order in which they are used."""
        lines = ["Certain passes:"]
        lines += [f"  {p.describe()}" for p in self.passes]
        lines += ["Blocks:", *(f"  {b.describe()}" for b in self.blocks)]
        lines += ["Never without a clerk:", *(f"  {d.describe()}" for d in self.doubts)]
        lines += ["Never proposed:", *(f"  {x.describe()}" for x in self.strangers)]
        lines += ["Evidence:", *(f"  {e.describe()}" for e in self.evidence)]
        return "\n".join(lines)


def _key_words(key: tuple[str, ...]) -> str:
    return " + ".join(part.replace("~", " of the mention with ") for part in key)


def load_settings(path: Path | None = None) -> Settings:
    """Read and check the matching rules (``rules/matching.toml`` unless ``path`` names another file).

    Raises ``ReconcileError`` that lists every mistake of the file at once.
    """
    return _parse(load_toml(path), str(path)) if path else _shipped()


@lru_cache(maxsize=1)
def _shipped() -> Settings:
    return _parse(load_rules("matching.toml"), "rules/matching.toml")


def _parse(raw: dict[str, Any], where: str) -> Settings:
    mistakes: list[str] = []
    for section in (
        "thresholds",
        "limits",
        "learning",
        "calibration",
        "role",
        "pass",
        "block",
        "evidence",
    ):
        if section not in raw:
            mistakes.append(f"section [{section}] is missing; restore it from the shipped file")
    if mistakes:
        _fail(where, mistakes)
    passes = [Pass(**_tuples(entry)) for entry in raw["pass"]]
    blocks = [Block(**_tuples(entry)) for entry in raw["block"]]
    evidence = [
        Evidence(name, entry["title"], tuple(Level(**level) for level in entry["levels"]))
        for name, entry in raw["evidence"].items()
    ]
    extras = {name: entry["column"] for name, entry in raw.get("extra", {}).items()}
    parts = (*PARTS, *extras)
    codes = {item.name: [level.code for level in item.levels] for item in evidence}
    for name in extras:
        if codes.get(name) != list(LEVELS):
            mistakes.append(f"extra.{name}: [evidence.{name}] must have the levels {', '.join(LEVELS)}")
    rules: list[Pass | Block] = [*passes, *blocks]
    for rule in rules:
        for part in rule.key:
            mistakes += [
                f'{rule.name}: "{name}" is no key part; use one of {", ".join(parts)}'
                for name in part.split("~")
                if name not in parts
            ]
    doubts = [Doubt(**_tuples(entry)) for entry in raw.get("doubt", [])]
    named: list[Pass | Block | Doubt] = [*rules, *doubts]
    for entry in named:
        mistakes += [f'{entry.name}: "{role}" is no role' for role in entry.roles if role not in ROLES]
    for certain in passes:
        mistakes += [
            f'{certain.name}: unless_differs knows {", ".join(VETOES)}, not "{veto}"'
            for veto in certain.unless_differs
            if veto not in VETOES
        ]
    for item in evidence:
        for share in ("m", "u", "kin"):
            total = sum(getattr(level, share) for level in item.levels)
            if not 0.9 <= total <= 1.1:
                mistakes.append(
                    f"evidence.{item.name}: the {share} of its levels add up to {total:.3f}, not 1"
                )
    for name, own in {"thresholds": {}, **raw["role"]}.items():
        low, high = (own.get(key, raw["thresholds"][key]) for key in ("review", "match"))
        if not 0 < low < high <= 1:
            where_ = name if name == "thresholds" else f"role.{name}"
            mistakes.append(f"{where_}: review ({low}) must be above 0 and below match ({high})")
    if mistakes:
        _fail(where, mistakes)
    roles = {name: Role(name=name, **entry) for name, entry in raw["role"].items()}
    return Settings(
        raw["version"],
        raw["thresholds"],
        raw["limits"],
        raw["learning"],
        raw["calibration"],
        roles,
        tuple(passes),
        tuple(blocks),
        tuple(evidence),
        tuple(doubts),
        tuple(Stranger(**entry) for entry in raw.get("stranger", [])),
        extras,
    )


def _tuples(entry: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}


def _fail(where: str, mistakes: list[str]) -> None:
    raise ReconcileError("\n".join(f"{where}: {mistake}." for mistake in mistakes))
