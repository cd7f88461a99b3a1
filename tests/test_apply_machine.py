"""Thousands of clerks: RECONCILE_APPLY_RUNS=2000 pytest tests/test_apply_machine.py."""

from __future__ import annotations

import os

from apply_machine import ClerkMachine
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test


def test_what_counts_is_what_was_typed_or_it_was_refused_with_a_reason() -> None:
    run_state_machine_as_test(
        ClerkMachine,
        settings=settings(
            max_examples=int(os.environ.get("RECONCILE_APPLY_RUNS", "12")),
            stateful_step_count=20,
            deadline=None,
            derandomize="RECONCILE_APPLY_RUNS" not in os.environ,
            suppress_health_check=list(HealthCheck),
        ),
    )
