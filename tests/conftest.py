"""Shared fixtures, made once per test process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# how long an example takes says more of what else the machine does
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def commune(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with civil/, population.parquet and truth/: 2,000 residents, development mix."""
    from reconcile.synthetic import make

    folder = tmp_path_factory.mktemp("commune")
    make(2_000, "development", 11, communes=2).write(folder)
    return folder


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the measures of an invented area, its scorecard and its Friday report: see quality_numbers.py."""
    from quality_numbers import measure

    return measure(tmp_path_factory.mktemp("numbers"))


@pytest.fixture(scope="session")
def told(made: Path) -> dict[str, Any]:
    """What scorecard.json tells of that area."""
    from quality_numbers import told_by

    return told_by(made)
