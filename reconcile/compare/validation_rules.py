"""All rules on single records by their id in ``rules/validation.toml``; each family has a module of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconcile.compare import validation_books, validation_dates, validation_lists, validation_people

if TYPE_CHECKING:
    from reconcile.compare.validation_rows import Check

CHECKS: dict[str, Check] = {
    **validation_dates.CHECKS,
    **validation_books.CHECKS,
    **validation_lists.CHECKS,
    **validation_people.CHECKS,
}
"""Rule id → its function."""
