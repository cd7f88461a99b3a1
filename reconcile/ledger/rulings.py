"""What a conclusion needs beside it, sheet by sheet, and the sentences of refusal: ``rules/decisions.toml``."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

from pydantic import BaseModel, ConfigDict, PositiveInt, ValidationError, model_validator

from reconcile.problems import ReconcileError
from reconcile.report import layout
from reconcile.rules import load_rules

FILE = "decisions.toml"
GROUP_SHEET = "nhom"
"""Section of the rows that decide a whole group."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Ruling(_Strict):
    """What one conclusion on one sheet needs; ``refuse`` is the reason why it is not taken there at all."""

    value: Literal["given", "implied", "number", "one_of", "none", "free"] = "free"
    side: Literal["civil", "population"] | None = None
    note: Literal["given", "third", "free"] = "free"
    refuse: str | None = None

    @model_validator(mode="after")
    def _implied_needs_a_side(self) -> Ruling:
        if self.value == "implied" and self.side is None:
            raise ValueError("value = 'implied' needs side = 'civil' or 'population'")
        return self


class Bounds(_Strict):
    """Sizes beyond which nothing is read."""

    text: PositiveInt
    megabytes: PositiveInt
    unpacked_megabytes: PositiveInt
    rows: PositiveInt


class Rulings(_Strict):
    """The whole file."""

    sheet: dict[str, dict[str, Ruling]]
    reasons: dict[str, str]
    file_reasons: dict[str, str]
    limits: Bounds

    @model_validator(mode="after")
    def _complete(self) -> Rulings:
        wanted = {s.key for s in layout.DECIDED_SHEETS} | {GROUP_SHEET}
        faults = [f"no section [sheet.{key}]" for key in sorted(wanted - set(self.sheet))]
        for key, rules in self.sheet.items():
            faults += [f"[sheet.{key}] lacks “{c}”" for c in layout.CONCLUSIONS if c not in rules]
            faults += [
                f"[sheet.{key}] “{c}” refuses with “{r.refuse}”, which is not in [reasons]"
                for c, r in rules.items()
                if r.refuse is not None and r.refuse not in self.reasons
            ]
        if faults:
            raise ValueError("; ".join(faults))
        return self


@lru_cache(maxsize=1)
def rulings() -> Rulings:
    """Return the checked rules. Raises ReconcileError that names every fault."""
    try:
        return Rulings.model_validate(load_rules(FILE))
    except ValidationError as error:
        faults = "\n".join(
            f"- {'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}" for fault in error.errors()
        )
        raise ReconcileError(f"rules/{FILE} can't be used:\n{faults}") from error


def reason(code: str, **values: object) -> str:
    """Return the Vietnamese sentence of a refusal."""
    return rulings().reasons[code].format(**values)


def file_reason(code: str, **values: object) -> str:
    """Return the Vietnamese sentence for a file that can't be read."""
    return rulings().file_reasons[code].format(**values)
