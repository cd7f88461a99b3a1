"""Vietnamese family names (họ), from ``rules/lists/family_names.csv``."""

from __future__ import annotations

import csv
from functools import lru_cache

from reconcile.normalize.alphabet import plain
from reconcile.resources import rules_path


@lru_cache(maxsize=1)
def family_names() -> frozenset[str]:
    """Return the family names in lower case."""
    with rules_path("lists", "family_names.csv").open(encoding="utf-8", newline="") as handle:
        return frozenset(row["family"].lower() for row in csv.DictReader(handle))


@lru_cache(maxsize=1)
def plain_family_names() -> frozenset[str]:
    """Return the same in ASCII."""
    return frozenset(map(plain, family_names()))
