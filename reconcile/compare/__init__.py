"""Links → discrepancies: fields, events and existence, owners, systematic causes."""

from __future__ import annotations

from reconcile.compare.births import residents_without_birth
from reconcile.compare.stage import discrepancies, discrepancies_with_causes
from reconcile.compare.validation import validate

__all__ = ["discrepancies", "discrepancies_with_causes", "residents_without_birth", "validate"]
