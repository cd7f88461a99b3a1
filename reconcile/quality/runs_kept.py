"""The runs that a workspace keeps, and the folders in them that hold outputs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from reconcile.protection.files import read_text
from reconcile.publishing import MANIFEST

if TYPE_CHECKING:
    from pathlib import Path

MEASURES_FILE = "measures.parquet"
"""What a run leaves for the scorecard, where it measured itself (``stage.measures_of``)."""

MANIFESTS = ("manifest.json", MANIFEST)


def finished_runs(folder: Path) -> list[tuple[Path, dict[str, Any]]]:
    """Return folder and manifest of each finished run, oldest first."""
    if not folder.is_dir():
        return []
    found: list[tuple[Path, dict[str, Any]]] = []
    for run in sorted(folder.iterdir()):
        manifest = next((run / name for name in MANIFESTS if (run / name).is_file()), None)
        if run.name.startswith(".") or manifest is None:
            continue
        told = json.loads(read_text(manifest))
        if "run_id" in told and ("started" in told or "as_of" in told):
            found.append((run, told))
    return found


def parts_of(run: Path) -> list[Path]:
    """Return the folders of a run that hold outputs: the run itself, or one per commune."""
    files = sorted(run.rglob(MEASURES_FILE)) or sorted(run.rglob("links.parquet"))
    return [file.parent for file in files]
