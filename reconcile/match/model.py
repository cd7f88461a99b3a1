"""The Fellegi–Sunter model: m, u and kin probabilities per role, field and level; saved as versioned JSON.

Fellegi & Sunter (1969), "A Theory for Record Linkage", with a third class beside *same person* and *stranger*:
*kin*, a brother or sister of a person who is not in the extract himself. Parents agree for kin as they do for
the same person, so their agreement cannot speak for the person alone.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from reconcile.match.evidence import BIRTH, FIELDS, NAME, codes_of
from reconcile.match.levels import UNKNOWN, by_level
from reconcile.match.parts import PERIODS
from reconcile.problems import ReconcileError
from reconcile.protection.files import read_text, write_text

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

    from reconcile.match.levels import Array, Levels
    from reconcile.match.settings import Settings
    from reconcile.match.term_frequencies import TermFrequencies

FORMAT = 5
_LAST_SAME_GIVEN = FIELDS[NAME].index("middle")
_LAST_SAME_YEAR = FIELDS[BIRTH].index("same_year")
Shares = dict[str, list[float]]


@dataclass(frozen=True, slots=True)
class RoleModel:
    """What is believed of one role.

    ``m``, ``u``, ``kin``: shares per field in level order. ``absent``: share of persons who are not in the
    extract, per period of registration (``parts.PERIODS``): the older a book, the more of its people have died
    or moved. ``means``: what term frequencies are measured by (``TermFrequencies.means``). ``siblings``: expected brothers and sisters in the extract of a person who is not.
    ``slope``, ``intercept``: probability = logistic(intercept + slope · log-odds); the rules' or, with labels, fitted to them.
    """

    m: Shares
    u: Shares
    kin: Shares
    absent: list[float]
    siblings: float
    means: dict[str, dict[str, float]]
    slope: float = 1.0
    intercept: float = 0.0


@dataclass(frozen=True, slots=True)
class Model:
    """A model for all roles; ``residents`` is the size of the extract it was learned on."""

    roles: dict[str, RoleModel]
    residents: int
    rules_version: int

    def save(self, path: Path) -> None:
        """Write the model as JSON, readable and with sorted keys."""
        write_text(path, self.to_json())

    def to_json(self) -> str:
        """Return the model as JSON text."""
        roles = {
            name: {
                **{
                    share: {
                        f: dict(zip(codes_of(f), v, strict=True)) for f, v in getattr(role, share).items()
                    }
                    for share in ("m", "u", "kin")
                },
                "absent": role.absent,
                "siblings": role.siblings,
                "means": role.means,
                "calibration": {"slope": role.slope, "intercept": role.intercept},
            }
            for name, role in self.roles.items()
        }
        body = {
            "format": FORMAT,
            "rules_version": self.rules_version,
            "residents": self.residents,
            "roles": roles,
        }
        return json.dumps(body, ensure_ascii=False, indent=1, sort_keys=True)

    @classmethod
    def load(cls, path: Path) -> Model:
        """Read a saved model. Raises ``ReconcileError`` where the file is of another format."""
        raw = json.loads(read_text(path))
        if raw.get("format") != FORMAT:
            raise ReconcileError(
                f"{path}: model format {raw.get('format')}, this version reads {FORMAT}. Learn the model again."
            )
        roles = {name: _role_from_json(entry) for name, entry in raw["roles"].items()}
        return cls(roles, raw["residents"], raw["rules_version"])


def _role_from_json(entry: dict[str, Any]) -> RoleModel:
    shares: dict[str, Any] = {
        share: {f: [entry[share][f][code] for code in codes_of(f)] for f in entry[share]}
        for share in ("m", "u", "kin")
    }
    return RoleModel(
        absent=entry["absent"],
        siblings=entry["siblings"],
        means=entry["means"],
        **entry["calibration"],
        **shares,
    )


def prior(settings: Settings, role: str) -> RoleModel:
    """Return the model of ``rules/matching.toml`` for one role, before anything is learned."""

    def shares(kind: str) -> Shares:
        tables = {}
        for evidence in settings.evidence:
            values = [float(getattr(level, kind)) for level in evidence.levels]
            tables[evidence.name] = [v / sum(values) for v in values]
        return tables

    expected = settings.roles[role]
    return RoleModel(shares("m"), shares("u"), shares("kin"), [expected.absent] * PERIODS, expected.kin, {},
        settings.calibration["slope"], expected.intercept,
    )  # fmt: skip


def weights(
    levels: Levels, residents: pl.Series, model: RoleModel, terms: TermFrequencies
) -> dict[str, Array]:
    """Return log2 Bayes factors of pairs: ``w_<field>`` (same person), ``total`` and ``kin`` (f32 each).

    An unknown level weighs 0. ``residents``: the row of each pair's resident, for term frequencies.
    """
    rows = residents.to_numpy()
    found: dict[str, Array] = {}
    kin, total = np.zeros(rows.size, np.float32), np.zeros(rows.size, np.float32)
    for field, level in levels.items():
        if field not in model.m or (level == UNKNOWN).all():
            found[f"w_{field}"] = np.zeros(rows.size, np.float32)
            continue
        rarity = terms.rarity(field, level, rows, model.means)
        if field == NAME:
            rarity -= _generation(levels, residents, terms)
        same = by_level(_log_ratio(model.m[field], model.u[field]))[level] + rarity
        found[f"w_{field}"] = same
        total += same
        kin += by_level(_log_ratio(model.kin[field], model.u[field]))[level] + rarity
    return found | {"total": total, "kin": kin}


def _generation(levels: Levels, residents: pl.Series, terms: TermFrequencies) -> Array:
    """The cohort's share of the surprise, where given name and year of birth agree both."""
    rows = np.flatnonzero((levels[NAME] <= _LAST_SAME_GIVEN) & (levels[BIRTH] <= _LAST_SAME_YEAR))
    share = np.zeros(residents.len(), np.float32)
    share[rows] = terms.cohort(residents.gather(rows)).to_numpy()
    return share


def _log_ratio(top: list[float], bottom: list[float]) -> Array:
    return np.log2(np.maximum(top, _FLOOR) / np.maximum(bottom, _FLOOR)).astype(np.float32)


_FLOOR = 1e-9
