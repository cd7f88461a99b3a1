"""Thousands of clerks: RECONCILE_APPLY_RUNS=2000 pytest tests/test_apply_machine.py.

With RECONCILE_APPLY_SAVES=200 every 200th save or so goes through LibreOffice.
"""

from __future__ import annotations

import os

from apply_machine import ClerkMachine
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

MANY = "RECONCILE_APPLY_RUNS" in os.environ
"""Then the first clerk who finds something is told as they were, and not made shorter for minutes."""


def test_what_counts_is_what_was_typed_or_it_was_refused_with_a_reason() -> None:
    run_state_machine_as_test(
        ClerkMachine,
        settings=settings(
            max_examples=int(os.environ.get("RECONCILE_APPLY_RUNS", "12")),
            stateful_step_count=20,
            deadline=None,
            derandomize=not MANY,
            phases=[Phase.explicit, Phase.generate] if MANY else list(Phase),
            report_multiple_bugs=False,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
