"""Mixes of mistakes: ``rules/synthetic/mixes.toml`` read and completed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from reconcile.problems import ReconcileError
from reconcile.rules import load_rules

WRITING = "writing"


@dataclass(frozen=True, slots=True)
class Share:
    """How often something goes wrong, and the relative weights of what."""

    share: float
    kinds: dict[str, float]


@dataclass(frozen=True, slots=True)
class Mix:
    """One mix: single rates, shares for the register and the population, shares of whole books."""

    name: str
    rates: dict[str, float]
    register: dict[str, Share]
    population: dict[str, Share]
    books: dict[str, float]


def _merged(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    out = dict(base)
    for key, value in own.items():
        nested = isinstance(value, dict) and isinstance(out.get(key), dict) and key != "kinds"
        out[key] = _merged(out[key], value) if nested else value
    return out


def _scaled(table: dict[str, Any], factor: float) -> dict[str, Any]:
    """Multiply the shares of mistakes; variety of writing is no mistake and stays."""
    out = dict(table)
    for side in ("register", "population"):
        out[side] = {
            name: {**part, "share": part["share"] * (1.0 if name == WRITING else factor)}
            for name, part in table[side].items()
        }
    out["books"] = {name: share * factor for name, share in table["books"].items()}
    return out


def _complete(name: str, tables: dict[str, Any]) -> dict[str, Any]:
    own = dict(tables[name])
    base = own.pop("like", None)
    factor = float(own.pop("factor", 1.0))
    if base is None:
        return own
    return _merged(_scaled(_complete(base, tables), factor), own)


def load_mix(name: str) -> Mix:
    """Return the mix ``name`` of rules/synthetic/mixes.toml."""
    tables = load_rules("synthetic/mixes.toml")
    if name not in tables:
        raise ReconcileError(f"There is no mix {name!r}. Known: {', '.join(sorted(tables))}.")
    table = _complete(name, tables)
    shares = {
        side: {
            key: Share(float(part["share"]), dict(part.get("kinds", {}))) for key, part in table[side].items()
        }
        for side in ("register", "population")
    }
    rates = {key: float(value) for key, value in table.items() if not isinstance(value, dict)}
    return Mix(name, rates, shares["register"], shares["population"], dict(table["books"]))
