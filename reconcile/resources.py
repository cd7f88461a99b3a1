"""Where the project's knowledge lies: ``rules/`` in a checkout, inside the package once installed."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


@lru_cache(maxsize=1)
def rules_dir() -> Path:
    """Return the folder ``rules/``: the checkout's own if there is one, else the copy inside the wheel."""
    checkout = _PACKAGE.parent / "rules"
    if (checkout / "sources").is_dir() and (_PACKAGE.parent / "pyproject.toml").is_file():
        return checkout
    return _PACKAGE / "_rules"


def rules_path(*parts: str) -> Path:
    """Return the path of one rules file, for example ``rules_path("lists", "ethnic_groups.csv")``."""
    return rules_dir().joinpath(*parts)
