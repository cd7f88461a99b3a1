"""What stays after a night: the state, the published reports, the folder of the run, and what is too old to keep."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from reconcile import __version__
from reconcile.ledger.runs import CASES_FILE
from reconcile.nightly.keys import engine_digest, entry, read_json, second_name, write_json
from reconcile.nightly.reporting import OUTPUTS
from reconcile.problems import ReconcileError
from reconcile.protection.files import read_tables
from reconcile.publishing import MANIFEST as SUMMARY
from reconcile.publishing import published
from reconcile.workspace import now, private_folder, user

if TYPE_CHECKING:
    import datetime as dt

    from reconcile.nightly.night import NightResult
    from reconcile.workspace import Workspace

MANIFEST = "manifest.json"
CURRENT = "current.json"
"""Beside the models: which one is in use. It outlives the cache, since another model gives other answers."""
_EMPTY: dict[str, Any] = {
    "sequence": 0,
    "files": {},
    "loaded": {},
    "linked": {},
    "crossed": {},
    "reports": {},
}
_KEPT_TABLES = ("records", "mentions")
_OF_PARTIAL = "*.partial-*"


def state_file(workspace: Workspace) -> Path:
    """Return where the state lies: what the last night saw and made. Losing it costs time, never an answer."""
    return workspace.cache / "state.json"


def load(workspace: Workspace) -> dict[str, Any]:
    """Return the state of the last night; that of a new workspace where there is none."""
    found = read_json(state_file(workspace))
    return {**{k: (dict(v) if isinstance(v, dict) else v) for k, v in _EMPTY.items()}, **(found or {})}


def manifests(workspace: Workspace) -> list[dict[str, Any]]:
    """Return the manifests of the runs kept, oldest first, by their numbers: a clock may go back."""
    found = []
    if workspace.runs.is_dir():
        for folder in sorted(workspace.runs.iterdir()):
            told = read_json(folder / MANIFEST) if not folder.name.startswith(".") else None
            if isinstance(told, dict) and "sequence" in told:
                found.append(told)
    return sorted(found, key=lambda m: m["sequence"])


def next_run(workspace: Workspace, state: dict[str, Any], started: dt.datetime) -> str:
    """Return the id of the run that begins; its number is one more than any before, whatever the clock says."""
    last = max([state["sequence"], *(m["sequence"] for m in manifests(workspace)[-1:])])
    state["sequence"] = last + 1
    return f"{last + 1:06d}-{started:%Y%m%d}"


def clean(workspace: Workspace) -> None:
    """Drop what killed runs left half made. Only the holder of the lock may call it."""
    private_folder(workspace.cache)
    for folder in (workspace.runs, workspace.cache, *(p for p in workspace.cache.iterdir() if p.is_dir())):
        for left in folder.glob("." + _OF_PARTIAL):
            if left.is_dir():
                shutil.rmtree(left, ignore_errors=True)
            else:
                left.unlink(missing_ok=True)
    shutil.rmtree(workspace.cache / "failed", ignore_errors=True)


def publish(workspace: Workspace, reports: dict[str, Path], units: dict[str, dict[str, Any]]) -> None:
    """Put each new report into ``reports/<code>/`` by renaming a whole folder; fill ``units`` with the outcome.

    A folder whose workbook somebody changed is left alone: its decisions must be applied first.
    """
    fresh = {}
    for code, made in reports.items():
        told = read_json(made / SUMMARY)
        counted = {
            "records": told["records"]["total"],
            "mentions": told["mentions"]["by_tier"],
            "discrepancies": told["discrepancies"]["total"],
            "rejected": told["rejected"]["rows"] + told["rejected"]["files"],
        }
        target = workspace.reports / code
        there = read_json(target / SUMMARY) or {}
        same = there.get("key") == told["key"] and all((target / name).is_file() for name in told["outputs"])
        units[code] = {"outcome": "unchanged" if same else "new", "report": told["run_id"], **counted}
        if not same:
            fresh[code] = (made, told)
    _record(workspace, fresh)
    for code, (made, told) in fresh.items():
        try:
            with published(workspace.reports / code) as folder:
                for name in [*told["outputs"], SUMMARY]:
                    shutil.copyfile(made / name, folder / name)
        except ReconcileError as error:
            units[code] |= {"outcome": "held", "reason": f"{error} Apply it first: reconcile apply."}


def _record(workspace: Workspace, fresh: dict[str, Any]) -> None:
    """Tell the ledger what the new workbooks ask, before anybody can open one."""
    if not fresh:
        return
    from reconcile.ledger import Ledger

    by_run: dict[str, list[str]] = {}
    for code, (_, told) in fresh.items():
        by_run.setdefault(told["run_id"], []).append(code)
    with Ledger.open(workspace.ledger_path, who=user()) as ledger:
        for run_id, codes in sorted(by_run.items()):
            asked = read_tables([fresh[code][0] / CASES_FILE for code in codes], "report").drop("report")
            ledger.record_run(run_id, asked, communes=codes, who=user())


def finish(
    workspace: Workspace,
    state: dict[str, Any],
    result: NightResult,
    started: dt.datetime,
    gone: list[str],
) -> None:
    """Write the folder of the run and the state, then remove what is too old."""
    for code in gone:
        state["linked"].pop(code, None)
        result.notes.append(f"{code}: no register holds its records any more; its last report stays")
    extract = state.get("population", {})
    result.manifest = {
        "run_id": result.run_id,
        "sequence": state["sequence"],
        "started": started.isoformat(timespec="seconds"),
        "finished": now().isoformat(timespec="seconds"),
        "by": user(),
        "exit_status": result.exit_status,
        "notes": result.notes,
        "versions": {"reconcile": __version__, "polars": pl.__version__, "engine": engine_digest()},
        "as_of": extract.get("as_of"),
        "inputs": {
            name: {k: v for k, v in one.items() if k in {"sha256", "problem"}}
            for name, one in sorted(result.files.items())
        },
        "communes": result.units,
        "stages": result.stages,
        "seconds": round(sum(result.stages.values()), 3),
    }
    with entry(workspace.runs / result.run_id) as folder:
        for code, key in sorted(state["reports"].items()):
            made = workspace.cache / "reports" / key
            linked = workspace.cache / "linked" / state["linked"].get(code, "-")
            sources = [made / f"{name}.parquet" for name in OUTPUTS] + [made / CASES_FILE]
            sources.append(made / "measures.parquet")
            sources += [linked / f"{name}.parquet" for name in _KEPT_TABLES]
            own = folder / code
            own.mkdir(mode=0o700)
            for source in sources:
                if source.is_file():
                    second_name(source, own / source.name)
        write_json(folder / MANIFEST, result.manifest)
    write_json(state_file(workspace), state)
    _retain(workspace, state)


def _retain(workspace: Workspace, state: dict[str, Any]) -> None:
    """Remove runs beyond ``nightly.keep_runs`` and cache entries that the last state does not name."""
    kept = manifests(workspace)
    for told in kept[: -workspace.config.nightly.keep_runs]:
        shutil.rmtree(workspace.runs / told["run_id"], ignore_errors=True)
    files = state["files"].values()
    used = {
        "registers": {f[k] for f in files for k in ("entry", "good") if f.get(k)},
        "loaded": set(state["loaded"].values()),
        "linked": set(state["linked"].values()),
        "reports": set(state["reports"].values()),
        "population": {state["population"]["key"]} if state.get("population") else set(),
        "encoded": {state["encoded"]} if state.get("encoded") else set(),
        "keys": {state["keys"]} if state.get("keys") else set(),
        "crossing": set(state["crossed"].get("entries", {}).values()),
    }
    for kind, names in used.items():
        folder = workspace.cache / kind
        if folder.is_dir():
            for one in folder.iterdir():
                if one.name not in names:
                    shutil.rmtree(one, ignore_errors=True)
    models = workspace.runs / "models"
    current = read_json(models / CURRENT)
    if current:
        for one in models.iterdir():
            if one.is_dir() and one.name != current["key"]:
                shutil.rmtree(one, ignore_errors=True)


def sizes(workspace: Workspace) -> dict[str, int]:
    """Return bytes free on the disk and used by the cache."""
    used = 0
    for current, _, names in os.walk(workspace.cache):
        for name in names:
            with contextlib.suppress(OSError):
                used += (Path(current) / name).lstat().st_size
    return {"free": shutil.disk_usage(workspace.root).free, "cache": used}
