"""The steps of a night. Each asks the cache first (``keys``), gives what is new to workers (``isolation``), keeps notes."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from reconcile.match import load_settings
from reconcile.nightly import crossing
from reconcile.nightly.batches import Task, halves
from reconcile.nightly.isolation import Pool
from reconcile.nightly.keys import digest, engine_digest, entry
from reconcile.nightly.linking import link_nothing
from reconcile.nightly.population import in_doubt
from reconcile.nightly.receiving import Receiving
from reconcile.nightly.units import Unit, birth_units, groups
from reconcile.protection.files import write_table
from reconcile.schema import REJECTED
from reconcile.workspace import private_folder

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconcile.nightly.decisions import Decided

LOADED_AT_ONCE = 120_000
"""Records of one group: what it costs to read a column is paid once per group, and memory grows with it."""

LINKED_AT_ONCE = 210_000
"""Records of one group: what is looked up of the extract is looked up once per group, and memory grows with it."""


class Steps(Receiving):
    """The steps of one night after its inputs are read (``receiving``). Each method is one step."""

    def prepare(
        self, pool: Pool, units: list[Unit], population: Path, beside: Task | None = None
    ) -> tuple[dict[str, Path], dict[str, str], Task, Task]:
        """Return what learning and linking read.

        Code → cache entry of the comparable rows of units, code → why they could not be read, and where the extract's side
        of matching is kept: ``encoded``, and its ``keys`` in order, which the next call makes (None where they can't be made or are
        not there yet). None depends on another: they are made at the same time.
        ``beside``: a task that keeps one core busy meanwhile; its answer comes last.
        """
        clock = time.perf_counter()
        folder, engine = self.folder("loaded"), engine_digest("load")
        entries = {unit.code: folder / digest("load", engine, unit.key()) for unit in units}
        todo = [unit for unit in units if self.missing(entries[unit.code])]
        tasks = [
            {"stage": "load", "units": {u.code: u.task() | {"out": str(entries[u.code])} for u in group}}
            for group in groups(todo, LOADED_AT_ONCE, self.bounds.jobs)
        ]
        encoded = self.path("encoded", digest("encoded", engine_digest("link"), population.name))
        keys = self.path("keys", digest("keys", engine_digest("link"), population.name))
        if units and self.missing(encoded):
            tasks.insert(0, {"stage": "encode", "population": str(population), "out": str(encoded)})
        elif units and self.missing(keys):
            tasks.insert(0, {"stage": "keys", "encoded": str(encoded), "out": str(keys)})
            self.done.add(keys)
        if beside is not None:
            tasks.insert(0, beside)
        failed: dict[str, str] = {}
        last: Task = {}
        self.done.add(encoded)
        for task, answer in self.work(pool, "reading communes", tasks, halves):
            if task is beside:
                last = answer
                continue
            for code in task.get("units", ()):
                if "error" in answer:
                    failed[code] = str(answer["error"])
                    del entries[code]
                else:
                    self.done.add(entries[code])
        self.state["loaded"] |= {code: path.name for code, path in entries.items()}
        self.state["encoded"], self.state["keys"] = encoded.name, keys.name
        seconds = time.perf_counter() - clock if beside is None else 0.0
        self.stages["normalize"] = round(self.stages.get("normalize", 0.0) + seconds, 3)
        self.elsewhere += seconds
        extract = {
            name: str(path) if path.is_dir() else None
            for name, path in (("encoded", encoded), ("keys", keys))
        }
        return entries, failed, extract, last

    def link(
        self, pool: Pool, units: dict[str, Unit], population: Path, model: Path, decided: Decided
    ) -> dict[str, Path]:
        """Return code → cache entry of the links of every unit that could be linked."""
        entries: dict[str, Path] = {}
        todo = []
        for unit in units.values():
            if not unit.files:
                entries[unit.code] = path = self.path("linked", digest("nothing", engine_digest("link")))
                if not path.is_dir():
                    link_nothing(path)
                continue
            own = decided.pins_of(unit)
            key = digest("link", engine_digest("link"), unit.key(), population.name, model.name, self.thresholds,
                         own.write_json())  # fmt: skip
            entries[unit.code] = path = self.path("linked", key)
            if self.missing(path):
                todo.append((unit, own))
        chosen = {unit.code: own for unit, own in todo}
        loaded, failed, extract, _ = self.prepare(pool, [unit for unit, _ in todo], population)
        for code, reason in failed.items():
            self.fail(code, reason)
            del entries[code]
        able = [unit for unit, _ in todo if unit.code in loaded]
        tasks = [self._link_task(group, chosen, population, model, entries, loaded) | extract for group in
                 groups(able, LINKED_AT_ONCE, self.bounds.jobs)]  # fmt: skip

        for task, answer in self.work(pool, "finding people", tasks, halves):
            for code in task["units"]:
                if "error" in answer:
                    self.fail(code, answer["error"])
                    del entries[code]
                else:
                    self.done.add(entries[code])
        return entries

    def _link_task(self, group: list[Unit], pins: dict[str, pl.DataFrame], population: Path, model: Path,
                   entries: dict[str, Path], loaded: dict[str, Path]) -> dict[str, Any]:  # fmt: skip
        own = pl.concat([pins[u.code] for u in group]).unique(maintain_order=True)
        file = None
        if not own.is_empty():
            file = private_folder(self.workspace.cache / "spool") / f"pins-{digest(own.write_json())}.parquet"
            write_table(own, file)
        units = {u.code: {"loaded": str(loaded[u.code]), "out": str(entries[u.code])} for u in group}
        return {"stage": "link", "units": units, "population": str(population), "model": str(model),
                "thresholds": self.thresholds, "pins": str(file) if file else None}  # fmt: skip

    def cross(
        self,
        linked: dict[str, Path],
        population: Path,
        units: dict[str, Unit],
        chosen: set[str],
        doubted: dict[int, str],
        before: Callable[[], list[pl.DataFrame]],
    ) -> dict[str, tuple[Path, str]]:
        """Return code → (cache entry with the foreign rows that bear on the unit, its key), for the chosen units.

        ``doubted``: population_row of residents in doubt → the unit that is asked. ``before``: gives the claims
        (``crossing.claims_of``) of the units that were not linked anew, read meanwhile. Where the links of all units, the extract and the rules are those of the last night, so is the answer.
        """
        keeps = birth_units(units, self.as_of)
        rules = self._thresholds()
        names = {code: path.name for code, path in linked.items()}
        basis = digest(
            "crossed", engine_digest(), names, population.name, keeps, sorted(doubted.items()), rules
        )
        folder = self.folder("crossing")
        last = self.state["crossed"]
        if last.get("basis") == basis and not self.full:
            made = {code: (folder / key, key) for code, key in last["entries"].items()}
            if all(path.is_dir() for path, _ in made.values()):
                return made
        doubt = crossing.doubts(in_doubt(population), doubted, keeps)
        some = chosen & linked.keys()
        others = before()
        read = {code for frame in others for code in frame["unit"].unique()}
        anew = {code: path for code, path in linked.items() if code not in read}
        claims = pl.concat([*others, *crossing.claims_of(anew, sorted(units.keys() | linked.keys()))])
        born = crossing.births(population, {commune: of for commune, of in keeps.items() if of in some})
        if len(some) < len(linked):
            claims = crossing.bearing_on(claims, born, doubt, some).sort("unit", maintain_order=True)
        claims = claims.with_row_index("at")
        changed = crossing.compete(claims, rules)
        known = crossing.foreign(crossing.after(claims, changed), born, doubt)
        changed = changed.drop("at")
        by_unit = _by(changed, "unit"), _by(known, "to")
        made = {}
        for code in some:
            one, two = by_unit[0].get(code, changed.clear()), by_unit[1].get(code, known.clear())
            key = digest("crossing", one.write_csv(), two.write_csv())
            path = folder / key
            if not path.is_dir():
                with entry(path) as partial:
                    write_table(one.drop("unit"), partial / "changed.parquet")
                    write_table(two.drop("to", "unit"), partial / "foreign.parquet")
            made[code] = (path, key)
        known_keys = {code: key for code, key in last.get("entries", {}).items() if code in linked}
        entries = known_keys | {code: key for code, (_, key) in made.items()}
        self.state["crossed"] = {"basis": basis if len(some) == len(linked) else None, "entries": entries}
        return made

    def _thresholds(self) -> dict[str, float]:
        return load_settings().thresholds | {k: v for k, v in self.thresholds.items() if v is not None}

    def report(self, pool: Pool, run_id: str, chosen: dict[str, Unit], units: dict[str, Unit], linked: dict[str, Path],
               crossed: dict[str, tuple[Path, str]], rejected: dict[str, pl.DataFrame], population: Path,
               decided: Decided, doubted: dict[int, str]) -> dict[str, Path]:  # fmt: skip
        """Return code → cache entry of the report of every chosen unit that could be reported."""
        config, entries, tasks = self.workspace.config, {}, []
        asked: dict[str, list[str]] = {}
        for commune, code in birth_units(units, self.as_of).items():
            asked.setdefault(code, []).append(commune)
        spool = private_folder(self.workspace.cache / "spool")
        for code, unit in chosen.items():
            lost, ruled = rejected.get(code, REJECTED.empty()), decided.decisions_of(unit)
            settings = {
                "as_of": self.as_of.isoformat(), "workbook_rows": config.nightly.workbook_rows,
                "workbooks": config.nightly.workbooks, "mask": config.privacy.mask_numbers,
                "scans": str(self.workspace.scans) if self.workspace.scans else None, "births": asked.get(code, []),
                "doubted": sorted(row for row, unit in doubted.items() if unit == code),
            }  # fmt: skip
            key = digest("report", engine_digest(), linked[code].name, crossed[code][1], population.name, settings,
                         lost.write_csv(), code, ruled.drop("entry", "line", strict=False).write_json())  # fmt: skip
            entries[code] = path = self.path("reports", key)
            if self.missing(path):
                write_table(lost, spool / f"rejected-{code}.parquet")
                write_table(ruled, spool / f"decisions-{code}.parquet")
                tasks.append(settings | {
                    "stage": "report", "unit": code, "linked": str(linked[code]), "crossing": str(crossed[code][0]),
                    "population": str(population), "rejected": str(spool / f"rejected-{code}.parquet"),
                    "published": str(self.workspace.reports / code), "out": str(path), "key": key, "run_id": run_id,
                    "decisions": str(spool / f"decisions-{code}.parquet"),
                })  # fmt: skip
        for task, answer in self.work(pool, "writing reports", tasks):
            if "error" in answer:
                self.fail(task["unit"], answer["error"])
                del entries[task["unit"]]
        shutil.rmtree(spool, ignore_errors=True)
        return entries


def _by(frame: pl.DataFrame, column: str) -> dict[str, pl.DataFrame]:
    return {str(k[0]): v for k, v in frame.partition_by(column, as_dict=True, maintain_order=True).items()}
