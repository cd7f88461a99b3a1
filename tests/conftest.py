"""Shared fixtures: one small synthetic commune, made once per test process."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def commune(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with civil/, population.parquet and truth/: 2,000 residents, development mix."""
    from reconcile.synthetic import make

    folder = tmp_path_factory.mktemp("commune")
    make(2_000, "development", 11, communes=2).write(folder)
    return folder
