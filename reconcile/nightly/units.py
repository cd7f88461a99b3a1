"""Which commune works on which rows: files and the places in them → units, one per commune that keeps the books today."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl

from reconcile.nightly.registers import by, rejected_in
from reconcile.normalize.gazetteer import gazetteer
from reconcile.report.layout import UNKNOWN_COMMUNE
from reconcile.report.responsible import keeper

if TYPE_CHECKING:
    from pathlib import Path


class Entry(NamedTuple):
    """One register file: its name, its key, its cache folder and the ``file.json`` in it."""

    name: str
    key: str
    path: Path
    told: dict[str, Any]


@dataclass(slots=True)
class Unit:
    """One commune's share: the files with rows of it, the (commune, folder) of those rows, an estimate of their number.

    A file says whether all its rows are the unit's (``whole``), else which places are: commune, month, folder.
    """

    code: str
    files: list[dict[str, Any]] = field(default_factory=list)
    places: set[tuple[str | None, str | None]] = field(default_factory=set)
    rows: float = 0.0

    def task(self) -> dict[str, Any]:
        """Return what a worker needs to load the unit."""
        places = sorted({tuple(place) for file in self.files for place in file["places"]}, key=str)
        return {"files": [f | {"places": []} for f in self.files], "places": places}

    def key(self) -> list[Any]:
        """Return what its rows depend on."""
        return [[file["name"], file["key"], file["places"]] for file in self.files]


@lru_cache(maxsize=200_000)
def _keeper(code: str | None, month: str | None, folder: str | None, as_of: dt.date) -> str:
    if code is None:
        return UNKNOWN_COMMUNE
    return keeper(code, dt.date.fromisoformat(month) if month else None, folder, as_of)


@lru_cache(maxsize=20_000)
def _bearers(code: str) -> tuple[tuple[str, str], ...]:
    """Return first day and first day no longer valid, as ISO texts, of each commune that bore a code, in the gazetteer's order."""
    found = gazetteer().by_code.get((3, code), ())
    return tuple((unit.start.isoformat(), unit.end.isoformat()) for unit in found)


def _keepers(told: dict[str, Any], as_of: dt.date) -> tuple[dict[str, list[tuple[str | None, str | None, list[str | None]]]], int]:  # fmt: skip
    """Return unit → its places of a file (commune, folder, months), and how many places the file has."""
    found: dict[str, list[tuple[str | None, str | None, list[str | None]]]] = {}
    count = 0
    for commune, folder, months in told["places"]:
        count += len(months)
        bearers = _bearers(commune) if commune is not None else ()
        if len(bearers) < 2:
            found.setdefault(_keeper(commune, months[0], folder, as_of), []).append((commune, folder, months))
            continue
        # the keeper hangs on who bore the code, and a book has hundreds of months
        of_bearer: dict[int, str] = {}
        apart: dict[str, list[str | None]] = {}
        for month in months:
            bearer = _bearer(bearers, month)
            if bearer not in of_bearer:
                of_bearer[bearer] = _keeper(commune, month, folder, as_of)
            apart.setdefault(of_bearer[bearer], []).append(month)
        for code, own in apart.items():
            found.setdefault(code, []).append((commune, folder, own))
    return found, count


def _bearer(bearers: tuple[tuple[str, str], ...], month: str | None) -> int:
    """Return the number of the one who bore a code in a month (first day, ISO), -1 for nobody or where no month is known."""
    if month is None:
        return -1
    return next((number for number, (start, end) in enumerate(bearers) if start <= month < end), -1)


def plan_units(entries: list[Entry], as_of: dt.date) -> dict[str, Unit]:
    """Return code → unit. ``entries``: the register files in the order of their names."""
    units: dict[str, Unit] = {}
    for name, key, folder, told in entries:
        rows = sum(report["rows_used"] for report in told["reports"])
        by_unit, count = _keepers(told, as_of)
        whole = len(by_unit) == 1
        for code, places in by_unit.items():
            unit = units.setdefault(code, Unit(code))
            own = [] if whole else [(c, month, f) for c, f, months in places for month in months]
            unit.files.append({"name": name, "key": key, "entry": str(folder), "whole": whole, "places": own})
            unit.places |= {(commune, where) for commune, where, _ in places}
            unit.rows += rows * sum(len(months) for _, _, months in places) / count
    return units


def birth_units(units: dict[str, Unit], as_of: dt.date) -> dict[str, str]:
    """Return commune as registered → the unit that is asked for a birth missing from that commune's books.

    The same one as in ``report.responsible.by_keeper``: of a commune that was split the first heir, where it is a unit.
    """
    held: dict[str, list[str]] = {}
    for unit in units.values():
        for code in {place[0] for place in unit.places if place[0]}:
            held.setdefault(code, []).append(unit.code)
    asked = {code: _keeper(code, None, None, as_of) for code in held}
    return {code: asked[code] if asked[code] in units else min(held[code]) for code in sorted(held)}


def doubt_units(doubt: pl.DataFrame, units: dict[str, Unit], as_of: dt.date) -> dict[int, str]:
    """Return population_row → the unit that is asked about a resident in doubt (``population.in_doubt``).

    As in ``report.responsible.by_keeper``: the commune's keeper where it has a book here, else the only one, else the area's.
    """
    known = units.keys() - {UNKNOWN_COMMUNE}
    rest = next(iter(known)) if len(known) == 1 else UNKNOWN_COMMUNE
    rows = doubt.select("population_row", "commune_code").unique().sort("population_row")
    keepers = {row: _keeper(code, None, None, as_of) for row, code in rows.iter_rows()}
    return {row: code if code in known else rest for row, code in keepers.items()}


def rejected_of(
    entries: list[Entry], units: dict[str, Unit], as_of: dt.date, extract: pl.DataFrame
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
    told_of = [one for one in entries if one.told.get("rejected")]
    rejected = rejected_in([one.path for one in told_of])
    for (at, code), rows in by(rejected, "file", "commune_code").items():
        name = told_of[at].name
        only = next(iter(of_file[name])) if len(of_file.get(name, ())) == 1 else UNKNOWN_COMMUNE
        to = _keeper(str(code), None, None, as_of) if code else only
        to = only if to not in units and only != UNKNOWN_COMMUNE else to
        frames.setdefault(to, []).append(rows.drop("file"))
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
