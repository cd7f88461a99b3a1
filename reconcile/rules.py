"""Load and check the knowledge under ``rules/``. Errors name the file, the key and the fix."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

from reconcile.problems import ReconcileError
from reconcile.resources import rules_path

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def load_toml(path: Path) -> dict[str, Any]:
    """Read one TOML file; a syntax error is told with file and place."""
    try:
        with path.open("rb") as handle:
            return tomllib.load(handle)
    except FileNotFoundError as error:
        raise ReconcileError(
            f"{path}: there is no such rules file. Reinstall the package or restore it."
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise ReconcileError(
            f"{path}: not valid TOML ({error}). Correct that place and run again."
        ) from error


def load_rules(name: str, *, sections: Iterable[str] = ()) -> dict[str, Any]:
    """Read ``rules/<name>``, for example ``load_rules("matching.toml")``.

    Raises ReconcileError that names every one of ``sections`` which the file lacks.
    """
    rules = load_toml(rules_path(*name.split("/")))
    missing = [section for section in sections if section not in rules]
    if missing:
        raise ReconcileError(
            f"rules/{name}: no section [{'], ['.join(missing)}]. Add it as the shipped file has it."
        )
    return rules
