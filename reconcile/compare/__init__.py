"""Links → discrepancies: fields, events and existence, owners, systematic causes."""

from __future__ import annotations

from reconcile.compare.existence import residents_without_birth
from reconcile.compare.stage import discrepancies

__all__ = ["discrepancies", "residents_without_birth"]
