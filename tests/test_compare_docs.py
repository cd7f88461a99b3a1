"""The pages on discrepancies are current and complete."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

from reconcile.compare import catalogue, validation
from reconcile.rules import load_rules

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize(
    ("page", "function"), [("discrepancies.md", "text"), ("validation.md", "validation_text")]
)
def test_a_page_for_engineers_is_current(page: str, function: str) -> None:
    made = runpy.run_path(str(ROOT / "scripts" / "write-discrepancy-docs"))[function]()
    written = (ROOT / "docs" / page).read_text(encoding="utf-8")
    assert written == made, "run scripts/write-discrepancy-docs"


CLERKS = (ROOT / "docs" / "vi" / "sai-lech.md").read_text(encoding="utf-8")
EXPLAINED = set(re.findall(r"`([A-Za-z_0-9]+)`", CLERKS))


def test_the_page_for_clerks_explains_every_code_and_nothing_else() -> None:
    codes = set(catalogue.load().codes)
    assert {name for name in EXPLAINED if name.isupper()} == codes


def test_the_page_for_clerks_explains_every_rule_and_nothing_else() -> None:
    assert {name for name in EXPLAINED if not name.isupper()} == set(validation.load())


@pytest.mark.parametrize("name", [*catalogue.load().codes, *validation.load()])
def test_every_code_and_rule_has_a_row_of_its_own_with_an_example(name: str) -> None:
    rows = [
        line for line in CLERKS.splitlines() if line.startswith("|") and f"`{name}`" in line.split("|")[1]
    ]
    assert len(rows) == 1
    cells = [cell.strip() for cell in rows[0].strip("|").split("|")]
    assert len(cells) == 4
    assert all(cells)


def test_the_scorecard_has_a_name_for_every_rule() -> None:
    names = load_rules("quality/wording.toml")["rule"]
    assert set(validation.load()) <= set(names)
