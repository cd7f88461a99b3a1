"""What a night knows of itself and how it takes in its inputs: registers and the extract, read where they are new."""

from __future__ import annotations

import datetime as dt
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from reconcile.nightly import keep
from reconcile.nightly.batches import Task, batches, halves, size
from reconcile.nightly.inputs import Inbox, Input, look, take, unchanged
from reconcile.nightly.isolation import Bounds, Done, Pool
from reconcile.nightly.keys import digest, engine_digest, read_json
from reconcile.nightly.registers import mark_unreadable
from reconcile.nightly.units import Entry, plan_units
from reconcile.problems import ReconcileError
from reconcile.workspace import Workspace, now, private_folder

Told = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and of how much."""


class Receiving:
    """The state of one night, and its first step."""

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

    def fail(self, code: str, reason: str) -> None:
        """Set a commune aside for this night."""
        self.units[code] = {"outcome": "failed", "reason": reason}

    def timed(self, name: str, start: float) -> float:
        """Add the seconds since ``start`` that no other stage counts to a stage; return the present."""
        present = time.perf_counter()
        self.stages[name] = round(self.stages.get(name, 0.0) + present - start - self.elsewhere, 3)
        self.elsewhere = 0.0
        return present

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
