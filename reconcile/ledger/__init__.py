"""What people decided, kept for good: cases, decisions, the chain of hashes, and reading workbooks back."""

from __future__ import annotations

from reconcile.ledger.cases import cases_of
from reconcile.ledger.standing import labels, pins_of, settle, standing
from reconcile.ledger.store import Ledger

__all__ = ["Ledger", "cases_of", "labels", "pins_of", "settle", "standing"]
