"""A few clerks who do anything with a workbook; benchmarks/random_clerks.py lets thousands work."""

from __future__ import annotations

import os

from apply_machine import let_clerks_work

RUNS = os.environ.get("RECONCILE_APPLY_RUNS", "")
"""With RECONCILE_APPLY_RUNS=50 so many clerks, RECONCILE_APPLY_SEED says which."""


def test_what_counts_is_what_was_typed_or_it_was_refused_with_a_reason() -> None:
    if RUNS:
        let_clerks_work(int(RUNS), at=int(os.environ.get("RECONCILE_APPLY_SEED", "1")), shorten=False)
    else:
        let_clerks_work(12)
