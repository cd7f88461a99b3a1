"""What to do about a reason that the night noted: the advice lies in ``rules/wording/nightly.toml``."""

from __future__ import annotations

import re
from functools import lru_cache

from reconcile.resources import rules_path
from reconcile.rules import load_toml

_FILE = re.compile(r"^(.+?\.(?:xlsx|xlsm|xls|csv|tsv|txt|parquet)): ", re.IGNORECASE)


@lru_cache(maxsize=1)
def _advices() -> tuple[tuple[re.Pattern[str], str], ...]:
    listed = load_toml(rules_path("wording", "nightly.toml"))["advice"]
    return tuple((re.compile(one["pattern"], re.IGNORECASE), one["text"]) for one in listed)


def file_in(reason: str) -> str | None:
    """Return the file that a reason begins with."""
    found = _FILE.match(reason)
    return found[1] if found else None


def advise(reason: str, *, commune: str = "", file: str | None = None) -> str:
    """Return what somebody has to do about ``reason``."""
    text = next(text for pattern, text in _advices() if pattern.search(reason))
    return text.format(commune=commune, file=file or file_in(reason) or "the file")
