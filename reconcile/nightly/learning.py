"""When the model is learned and on what. It is frozen between: a night changes no answer by itself.

Learned anew with a new extract, with changed matching rules, when the registers have doubled or halved, and when twice
as many pairs were judged by clerks as it was learned from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconcile.nightly import keep
from reconcile.nightly.keys import digest, engine_digest, read_json, write_json
from reconcile.problems import ReconcileError
from reconcile.protection.files import write_table
from reconcile.workspace import private_folder

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

    from reconcile.nightly.decisions import Decided
    from reconcile.nightly.isolation import Pool
    from reconcile.nightly.steps import Steps
    from reconcile.nightly.units import Unit

LEARN_ON = 150_000
"""Records of the communes, spread over the area, on which the model is learned."""

RELEARN = 2.0
"""The model is learned anew when the registers, or the pairs that clerks judged, are so many times those it knew."""

LEAST_JUDGED = 100
"""Judged pairs below which they are no reason to learn anew."""


def learn(
    night: Steps,
    pool: Pool,
    units: dict[str, Unit],
    population: Path,
    decided: Decided,
    linked_next: list[Unit],
) -> Path:
    """Return the folder of the model for this extract, these rules and what clerks judged so far.

    ``linked_next``: units that will be linked with it; what is not busy learning makes their rows comparable meanwhile.
    Where it can't be learned (one commune needs too much memory), the last model serves if it is for this extract and
    these rules; else it is learned on half of the communes, and so on. Raises ReconcileError where there is none at all.
    """
    records = round(sum(u.rows for u in units.values()))
    judged = decided.labels.height
    basis = digest("model", engine_digest("link"), population.name, night.thresholds)
    models = private_folder(night.workspace.runs / "models")
    nothing: dict[str, Any] = {"basis": None, "key": "-", "records": 0, "judged": 0}
    last = nothing | (read_json(models / keep.CURRENT) or {})
    path: Path = models / last["key"]
    if not any(u.files for u in units.values()):
        return path
    size = max(1, records) / max(1, last["records"])
    same = last["basis"] == basis and 1 / RELEARN < size < RELEARN
    if same and path.is_dir() and judged < RELEARN * max(LEAST_JUDGED, last["judged"]):
        return path
    waiting = [_spread(units, decided, LEARN_ON)]
    errors: list[str] = []
    while waiting:
        chosen = waiting.pop(0)
        made, error = _learned(night, pool, chosen, population, basis, models, decided.labels, linked_next)
        if made is not None:
            if last["basis"]:
                night.notes.append("the model is learned anew: every commune is linked again")
            known = {"basis": basis, "key": made.name, "records": records, "judged": judged}
            write_json(models / keep.CURRENT, known)
            return made
        errors.append(error)
        if last["basis"] == basis and path.is_dir():
            break  # it still fits extract and rules; half a model for one night would change answers for nothing
        if len(chosen) > 1:
            waiting += [chosen[: len(chosen) // 2], chosen[len(chosen) // 2 :]]
    if not path.is_dir():
        raise ReconcileError(f"The model could not be learned: {errors[-1]}.")
    night.notes.append(f"the model could not be learned anew, the last one is used: {errors[-1]}")
    return path


def _learned(
    night: Steps,
    pool: Pool,
    chosen: list[Unit],
    population: Path,
    basis: str,
    models: Path,
    labels: pl.DataFrame,
    linked_next: list[Unit],
) -> tuple[Path | None, str]:
    """Return the model learned on ``chosen``, or why it could not be learned."""
    known = sorted((u.code, [f["key"] for f in u.files]) for u in chosen)
    path = models / digest(basis, known, labels.write_json())
    if path.is_dir():
        return path, ""
    loaded, failed, extract, _ = night.prepare(pool, chosen, population)
    if failed:
        return None, next(iter(failed.values()))
    spool = private_folder(night.workspace.cache / "spool")
    write_table(labels, spool / "labels.parquet")
    task = {
        "stage": "learn", "population": str(population), "thresholds": night.thresholds, "out": str(path),
        "units": {u.code: {"loaded": str(loaded[u.code])} for u in chosen}, "labels": str(spool / "labels.parquet"),
    } | extract  # fmt: skip
    *_, answer = night.prepare(pool, linked_next, population, beside=task)
    return (None, str(answer["error"])) if "error" in answer else (path, "")


def _spread(units: dict[str, Unit], decided: Decided, rows: int) -> list[Unit]:
    """Return units evenly over the sorted codes with about ``rows`` rows together; of neighbours the one judged most."""
    ordered = sorted((u for u in units.values() if u.files), key=lambda u: u.code)
    step = max(1, round(sum(u.rows for u in ordered) / rows))
    judged = {u.code: decided.labels_of(u).height if step > 1 else 0 for u in ordered}
    neighbours = [ordered[at : at + step] for at in range(0, len(ordered), step)]
    return [max(some, key=lambda u: judged[u.code]) for some in neighbours]
