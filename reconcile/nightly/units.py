"""Which commune works on which rows: files and the places in them → units, one per commune that keeps the books today."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from reconcile.nightly.keys import read_json
from reconcile.nightly.registers import rejected_in
from reconcile.report.layout import UNKNOWN_COMMUNE
from reconcile.report.responsible import keeper


@dataclass(slots=True)
class Unit:
    """One commune's share: the files with rows of it, the places of those rows, an estimate of their number."""

    code: str
    files: list[dict[str, str]] = field(default_factory=list)
    places: set[tuple[str | None, str | None, str | None]] = field(default_factory=set)
    rows: float = 0.0

    def task(self) -> dict[str, Any]:
        """Return what a worker needs to load the unit."""
        return {"files": self.files, "places": sorted(self.places, key=str)}


def _keeper(place: tuple[str | None, str | None, str | None], as_of: dt.date) -> str:
    code, month, folder = place
    if code is None:
        return UNKNOWN_COMMUNE
    return keeper(code, dt.date.fromisoformat(month) if month else None, folder, as_of)


def plan_units(entries: list[tuple[str, str, Path]], as_of: dt.date) -> dict[str, Unit]:
    """Return code → unit. ``entries``: name, key and cache folder of each register file, in the order of the names."""
    units: dict[str, Unit] = {}
    keepers: dict[tuple[str | None, str | None, str | None], str] = {}
    for name, key, folder in entries:
        told = read_json(folder / "file.json")
        rows = sum(report["rows_used"] for report in told["reports"])
        by_unit: dict[str, list[tuple[str | None, str | None, str | None]]] = {}
        for raw in told["places"]:
            place = (raw[0], raw[1], raw[2])
            if place not in keepers:
                keepers[place] = _keeper(place, as_of)
            by_unit.setdefault(keepers[place], []).append(place)
        for code, places in by_unit.items():
            unit = units.setdefault(code, Unit(code))
            unit.files.append({"name": name, "key": key, "entry": str(folder)})
            unit.places |= set(places)
            unit.rows += rows * len(places) / len(told["places"])
    return units


def birth_units(units: dict[str, Unit], as_of: dt.date) -> dict[str, str]:
    """Return commune as registered → the unit that is asked for a birth missing from that commune's books.

    The same one as in ``report.responsible.by_keeper``: of a commune that was split the first heir, where it is a unit.
    """
    held: dict[str, list[str]] = {}
    for unit in units.values():
        for code in {place[0] for place in unit.places if place[0]}:
            held.setdefault(code, []).append(unit.code)
    asked = {code: _keeper((code, None, None), as_of) for code in held}
    return {code: asked[code] if asked[code] in units else min(held[code]) for code in sorted(held)}


def rejected_of(
    entries: list[tuple[str, str, Path]], units: dict[str, Unit], as_of: dt.date, extract: pl.DataFrame
) -> dict[str, pl.DataFrame]:
    """Return code → what could not be read: of the commune it names, else of the file's only commune, else the area's.

    ``extract``: what could not be read of the population extract. It belongs to the only commune of the workspace
    where there is but one, as in ``reconcile run``.
    """
    of_file: dict[str, set[str]] = {}
    for unit in units.values():
        for file in unit.files:
            of_file.setdefault(file["name"], set()).add(unit.code)
    frames: dict[str, list[pl.DataFrame]] = {}
    for name, _, folder in entries:
        rejected = rejected_in(folder)
        if rejected.is_empty():
            continue
        only = next(iter(of_file[name])) if len(of_file.get(name, ())) == 1 else UNKNOWN_COMMUNE
        for (code,), rows in rejected.partition_by("commune_code", as_dict=True, maintain_order=True).items():
            to = _keeper((str(code), None, None), as_of) if code else only
            to = only if to not in units and only != UNKNOWN_COMMUNE else to
            frames.setdefault(to, []).append(rows)
    if not extract.is_empty():
        to = next(iter(units)) if len(units) == 1 else UNKNOWN_COMMUNE
        frames.setdefault(to, []).append(extract)
    return {code: pl.concat(parts) for code, parts in sorted(frames.items())}


def groups(units: list[Unit], most: int, jobs: int) -> list[list[Unit]]:
    """Cut the units into groups of about equal size with at most ``most`` rows each, as many as keep all jobs busy."""
    if not units:
        return []
    total = sum(u.rows for u in units)
    wanted = max(1, -(-int(total) // most))
    if wanted > 1:
        wanted = -(-wanted // jobs) * jobs
    size = total / wanted
    made: list[list[Unit]] = [[]]
    filled = 0.0
    for unit in sorted(units, key=lambda u: u.code):
        if made[-1] and filled + unit.rows / 2 > size * len(made):
            made.append([])
        made[-1].append(unit)
        filled += unit.rows
    return made
