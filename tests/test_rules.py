"""Rules files that lack something are told with file and section."""

from __future__ import annotations

import pytest

from reconcile.problems import ReconcileError
from reconcile.rules import load_rules


def test_every_missing_section_is_named_at_once():
    with pytest.raises(ReconcileError, match=r"rules/wording/report\.toml: no section \[colour\], \[smell\]"):
        load_rules("wording/report.toml", sections=("colour", "role", "smell"))


def test_a_missing_file_is_told():
    with pytest.raises(ReconcileError, match="no such rules file"):
        load_rules("wording/nothing.toml")
