"""A small office for tests of the nightly run: two communes, one extract, nobody in it is real."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import polars as pl

from reconcile.synthetic import make
from reconcile.workspace import Workspace, init_workspace

TABLES = ("links", "candidates", "discrepancies", "rejected", "validation", "cases", "records", "mentions")


def make_office(folder: Path, *, residents: int = 600, workbooks: bool = False) -> Workspace:
    """Make a workspace with a synthetic inbox."""
    made = make(residents, "development", 1, communes=2)
    made.write(folder / "made", "parquet")
    workspace = init_workspace(folder / "office")
    shutil.copytree(folder / "made" / "civil", workspace.inbox_civil, dirs_exist_ok=True)
    shutil.copy(folder / "made" / "population.parquet", workspace.inbox_population)
    if not workbooks:
        configure(workspace, "[nightly]", "[nightly]\nworkbooks = false")
    return Workspace.open(workspace.root)


def configure(workspace: Workspace, old: str, new: str) -> Workspace:
    """Change a line of reconcile.toml."""
    file = workspace.root / "reconcile.toml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    return Workspace.open(workspace.root)


def outputs(workspace: Workspace) -> dict[str, pl.DataFrame]:
    """Return every table of the last run, by commune and name."""
    last = max(p for p in workspace.runs.iterdir() if (p / "manifest.json").is_file())
    found = {
        f"{folder.name}/{name}": pl.read_parquet(folder / f"{name}.parquet")
        for folder in sorted(last.iterdir())
        if folder.is_dir()
        for name in TABLES
    }
    assert found
    return found


def command(workspace: Workspace, *arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    """Run ``reconcile`` as a user does."""
    return subprocess.run(
        [sys.executable, "-m", "reconcile", *arguments, str(workspace.root)],
        capture_output=True, text=True, check=False, env=os.environ | {"PYTHONUTF8": "1"}, **options,
    )  # type: ignore[call-overload,no-any-return]  # fmt: skip
