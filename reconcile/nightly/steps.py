"""The steps of a night. Each asks the cache first (``keys``), gives what is new to workers (``isolation``), keeps notes."""

from __future__ import annotations

import datetime as dt
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from reconcile.match import load_settings
from reconcile.nightly import crossing, keep
from reconcile.nightly.batches import Task, batches, halves, size
from reconcile.nightly.inputs import Inbox, Input, look, take, unchanged
from reconcile.nightly.isolation import Bounds, Done, Pool
from reconcile.nightly.keys import digest, engine_digest, entry, read_json
from reconcile.nightly.linking import link_nothing
from reconcile.nightly.registers import mark_unreadable
from reconcile.nightly.units import Entry, Unit, birth_units, groups, plan_units
from reconcile.problems import ReconcileError
from reconcile.protection.files import write_table
from reconcile.schema import REJECTED
from reconcile.workspace import Workspace, now, private_folder

if TYPE_CHECKING:
    from reconcile.nightly.decisions import Decided

LOADED_AT_ONCE = 60_000
"""Records of one group: what it costs to read a column is paid once per group, and memory grows with it."""

LINKED_AT_ONCE = 150_000
"""Records of one group: what is looked up of the extract is looked up once per group, and memory grows with it."""

Told = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and of how much."""


class Steps:
    """The state of one night. Each method is one step."""

    def __init__(self, workspace: Workspace, *, jobs: int | None, full: bool, told: Told | None) -> None:
        config = workspace.config
        self.workspace, self.full = workspace, full
        self.told: Told = told or (lambda _what, _done, _of: None)
        bounds = config.nightly
        self.bounds = Bounds(jobs or bounds.jobs, bounds.memory_megabytes, bounds.minutes_per_commune * 60)
        self.thresholds = config.thresholds.model_dump()
        self.state = keep.load(workspace)
        self.as_of = now().date()
        self.notes: list[str] = []
        self.stages: dict[str, float] = {}
        self.files: dict[str, dict[str, Any]] = {}
        self.units: dict[str, dict[str, Any]] = {}
        self.done: set[Path] = set()
        self.elsewhere = 0.0

    def folder(self, kind: str) -> Path:
        """Return where the cache keeps answers of a kind."""
        return private_folder(self.workspace.cache / kind)

    def path(self, kind: str, key: str) -> Path:
        """Return where the cache keeps an answer."""
        return self.folder(kind) / key

    def missing(self, path: Path) -> bool:
        """True where an answer must be worked out: it isn't there, or everything is wanted anew and it is not yet."""
        return not path.is_dir() or (self.full and path not in self.done)

    def work(
        self, pool: Pool, what: str, tasks: list[Task], split: Callable[[Task], list[Task]] | None = None
    ) -> list[Done]:
        """Give tasks to the workers and tell how far they are."""
        done = 0

        whole = sum(size(task) for task in tasks)

        def told(task: Task, _answer: Task) -> None:
            nonlocal done
            done += size(task)
            self.told(what, done, whole)

        if tasks:
            self.told(what, 0, whole)
        return pool.run(tasks, told, split)

    # inputs

    def read_inbox(self, pool: Pool) -> tuple[list[Entry], dict[str, str], Path]:
        """Return every usable register, held unit → reason, and the cache entry of the extract.

        The registers and the extract don't depend on each other and are read at the same time.
        """
        inbox = look(self.workspace, self.state["files"], again=self.full)
        self.as_of = inbox.as_of or self.as_of
        if inbox.extract is None:
            raise ReconcileError(
                f"{self.workspace.inbox_population} holds no population extract. Put one there, then run again."
            )
        spool = self.workspace.cache / "spool"
        shutil.rmtree(spool, ignore_errors=True)
        wanted, todo = self._wanted(inbox, spool)
        tasks = batches(todo, self.bounds.jobs)
        asked = self._extract_task(inbox.extract, spool)
        what = "reading registers" if asked is None else "reading registers and the extract"
        if asked is not None:
            tasks.insert(0, asked)
        failed: dict[str, str] = {}
        answer: dict[str, Any] = {}
        for task, told in self.work(pool, what, tasks, halves):
            if task["stage"] == "population":
                answer = told
            elif "error" in told:
                failed |= {file["name"]: told["error"] for file in task["files"]}
        self.done |= {Path(file["out"]) for file in todo}
        for at, (one, made) in enumerate(wanted):
            if (
                one.copy == one.path and made is not None and not unchanged(one)
            ):  # read in place, and it changed
                shutil.rmtree(made, ignore_errors=True)
                self.files[one.name] = {"problem": "ARRIVING"}
                wanted[at] = (one, self._last_good(one.name))
        shutil.rmtree(spool, ignore_errors=True)
        population = self._extract(inbox.extract, answer)
        entries: list[Entry] = []
        held: dict[str, str] = {}
        for one, made in wanted:
            if made is not None:
                entries.append(self._judge(one, made, failed.get(one.name), held))
        return entries, held, population

    def _wanted(
        self, inbox: Inbox, spool: Path
    ) -> tuple[list[tuple[Input, Path | None]], list[dict[str, Any]]]:
        """Return every register with its cache entry (None: none), and what has to be read."""
        engine = engine_digest("register")
        folder = self.folder("registers")
        todo: list[dict[str, Any]] = []
        wanted: list[tuple[Input, Path | None]] = []
        for one in inbox.registers:
            if one.sha256 is None and not take(one, spool):
                self.files[one.name] = {"problem": "ARRIVING"}
                wanted.append((one, self._last_good(one.name)))
                continue
            path = folder / digest("register", engine, one.name, one.sha256, one.folder)
            wanted.append((one, path))
            if self.missing(path):
                if one.copy is None and not take(one, spool):
                    self.files[one.name] = {"problem": "ARRIVING"}
                    wanted[-1] = (one, self._last_good(one.name))
                    continue
                todo.append({"file": str(one.copy), "name": one.name, "out": str(path), "bytes": one.stat[0]})
        return wanted, todo

    def _judge(self, one: Input, path: Path, failure: str | None, held: dict[str, str]) -> Entry:
        """Note what became of one file; where it can't be read any more, hold the communes that it was good for."""
        if failure:
            path = self.folder("failed") / path.name
            mark_unreadable(one.name, one.path, failure, path)
        read: dict[str, Any] = read_json(path / "file.json") or {
            "unreadable": True,
            "reports": [],
            "places": [],
        }
        good = self._last_good(one.name)
        told = self.files.setdefault(one.name, {})
        if read["unreadable"]:
            reason = (
                failure or ", ".join(r["problem"] for r in read["reports"] if r["problem"]) or "UNREADABLE"
            )
            told["problem"] = reason
            if good is not None and good != path:
                held |= dict.fromkeys(self._units_of(good), f"{one.name}: {reason}")
        else:
            good = path
        told |= one.memo() | {"entry": path.name, "good": good.name if good else None}
        return Entry(one.name, path.name, path, read)

    def _last_good(self, name: str) -> Path | None:
        key = self.state["files"].get(name, {}).get("good")
        path = self.workspace.cache / "registers" / key if key else None
        return path if path and path.is_dir() else None

    def _units_of(self, path: Path) -> set[str]:
        return set(plan_units([Entry("", "", path, read_json(path / "file.json"))], self.as_of))

    def _extract_task(self, extract: Input, spool: Path) -> dict[str, Any] | None:
        """Return the task that reads the extract; None where it was read before or is still being written."""
        if extract.sha256 is None and not take(extract, spool):
            return None
        path = self._extract_entry(extract)
        if not self.missing(path) or (extract.copy is None and not take(extract, spool)):
            return None
        file = str(extract.copy or extract.path)
        return {"stage": "population", "file": file, "name": extract.name, "out": str(path)}

    def _extract_entry(self, extract: Input) -> Path:
        return self.folder("population") / digest(
            "population", engine_digest("population"), extract.name, extract.sha256
        )

    def _extract(self, extract: Input, answer: dict[str, Any]) -> Path:
        """Return the cache entry of the normalised extract; the last good one where the newest can't be read."""
        last: dict[str, str] | None = self.state.get("population")
        known = self.workspace.cache / "population" / last["key"] if last else None
        path = self._extract_entry(extract) if extract.sha256 is not None else None
        if path is None or not ("error" in answer or path.is_dir()):
            self.notes.append(f"{extract.name} is still being written; the extract of the last night is used")
        elif "error" in answer:
            self.files[f"population/{extract.name}"] = {"problem": answer["error"]}
            self.notes.append(f"{answer['error']} The extract of the last good night is used")
        else:
            self.done.add(path)
            if last is not None and last["key"] != path.name:
                self.notes.append("new extract, rules or version: every commune is linked again")
            self.state["population"] = {
                "key": path.name,
                "name": extract.name,
                "as_of": self.as_of.isoformat(),
            }
            self.files[f"population/{extract.name}"] = extract.memo()
            return path
        if last is None or known is None or not known.is_dir():
            raise ReconcileError(f"No population extract can be used. {' '.join(self.notes)}")
        self.as_of = dt.date.fromisoformat(last["as_of"])
        return known

    # stages

    def prepare(
        self, pool: Pool, units: list[Unit], population: Path, beside: Task | None = None
    ) -> tuple[dict[str, Path], dict[str, str], str | None, Task]:
        """Return what learning and linking read.

        Code → cache entry of the comparable rows of units, code → why they could not be read, and where the extract's side
        of matching is kept (None where it can't be made). None depends on another: they are made at the same time.
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
        if units and self.missing(encoded):
            tasks.insert(0, {"stage": "encode", "population": str(population), "out": str(encoded)})
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
        self.state["encoded"] = encoded.name
        seconds = time.perf_counter() - clock if beside is None else 0.0
        self.stages["normalize"] = round(self.stages.get("normalize", 0.0) + seconds, 3)
        self.elsewhere += seconds
        return entries, failed, str(encoded) if encoded.is_dir() else None, last

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
        loaded, failed, encoded, _ = self.prepare(pool, [unit for unit, _ in todo], population)
        for code, reason in failed.items():
            self.fail(code, reason)
            del entries[code]
        able = [unit for unit, _ in todo if unit.code in loaded]
        tasks = [self._link_task(group, chosen, population, model, entries, loaded) | {"encoded": encoded} for group in
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
        self, linked: dict[str, Path], population: Path, units: dict[str, Unit], chosen: set[str]
    ) -> dict[str, tuple[Path, str]]:
        """Return code → (cache entry with the foreign rows that bear on the unit, its key), for the chosen units.

        Where the links of all units, the extract and the rules are those of the last night, so is the answer.
        """
        keeps = birth_units(units, self.as_of)
        rules = self._thresholds()
        names = {code: path.name for code, path in linked.items()}
        basis = digest("crossed", engine_digest(), names, population.name, keeps, rules)
        folder = self.folder("crossing")
        last = self.state["crossed"]
        if last.get("basis") == basis and not self.full:
            made = {code: (folder / key, key) for code, key in last["entries"].items()}
            if all(path.is_dir() for path, _ in made.values()):
                return made
        claims, born = crossing.all_claims(linked), crossing.births(population, keeps)
        some = chosen & linked.keys()
        if len(some) < len(linked):
            claims = crossing.bearing_on(claims, born, some)
        changed = crossing.compete(claims, rules)
        known = crossing.foreign(crossing.after(claims, changed), born)
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
               decided: Decided) -> dict[str, Path]:  # fmt: skip
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

    def fail(self, code: str, reason: str) -> None:
        """Set a commune aside for this night."""
        self.units[code] = {"outcome": "failed", "reason": reason}

    def timed(self, name: str, start: float) -> float:
        """Add the seconds since ``start`` that no other stage counts to a stage; return the present."""
        present = time.perf_counter()
        self.stages[name] = round(self.stages.get(name, 0.0) + present - start - self.elsewhere, 3)
        self.elsewhere = 0.0
        return present


def _by(frame: pl.DataFrame, column: str) -> dict[str, pl.DataFrame]:
    return {str(k[0]): v for k, v in frame.partition_by(column, as_dict=True, maintain_order=True).items()}
