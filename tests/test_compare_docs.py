"""The pages on discrepancies are current and complete."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from reconcile.compare import catalogue

ROOT = Path(__file__).resolve().parent.parent


def test_the_page_for_engineers_is_current() -> None:
    made = runpy.run_path(str(ROOT / "scripts" / "write-discrepancy-docs"))["text"]()
    written = (ROOT / "docs" / "discrepancies.md").read_text(encoding="utf-8")
    assert written == made, "run scripts/write-discrepancy-docs"


@pytest.mark.parametrize("code", catalogue.load().codes)
def test_the_page_for_clerks_explains_every_code(code: str) -> None:
    assert f"`{code}`" in (ROOT / "docs" / "vi" / "sai-lech.md").read_text(encoding="utf-8")
