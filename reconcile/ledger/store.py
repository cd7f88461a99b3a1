"""The ledger's file: DuckDB, written only by adding whole entries, each in one transaction."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import polars as pl

from reconcile.ledger import chain, migration
from reconcile.ledger.cases import changes, current_cases
from reconcile.ledger.connection import SETTINGS, WAIT_SECONDS, connect, file_error
from reconcile.ledger.refusals import refusals
from reconcile.ledger.sealed import SealedLedger, key_of
from reconcile.ledger.standing import (
    current_decisions,
    current_signatures,
    labels,
    pins_of,
    settle,
    with_undone,
)
from reconcile.ledger.tables import CASE_EVENTS, CASES, DECISIONS, JOURNAL, VERSION, create_statements, quoted
from reconcile.problems import ReconcileError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

    from reconcile.schema import Table


class Ledger:
    """An opened ledger. Use it as a context manager: ``with Ledger.open(path) as ledger: …``.

    One process holds it at a time. Every ``record_*`` and ``undo`` writes one entry, whole or not at all.
    """

    def __init__(
        self, path: Path, connection: duckdb.DuckDBPyConnection, sealed: SealedLedger | None = None
    ) -> None:
        self.path = path
        self._connection = connection
        self._sealed = sealed

    # opening ----------------------------------------------------------------------------------------------

    @classmethod
    def open(cls, path: str | Path, *, wait: float = WAIT_SECONDS, who: str = "") -> Ledger:
        """Open the ledger, making an empty one where there is none; migrate an older one.

        Raises ReconcileError where another process holds it longer than ``wait`` seconds, where the file is no
        ledger or damaged, or where a newer program wrote it.
        """
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        key = key_of(path)
        if key is None:
            ledger = cls(path, connect(path, wait))
        else:
            held = SealedLedger(path, key, SETTINGS, wait)
            ledger = cls(path, held.connection, held)
        try:
            ledger._prepare(who)
        except duckdb.Error as error:
            ledger.close()
            raise file_error(error, path) from error
        except BaseException:
            ledger.close()
            raise
        return ledger

    def __enter__(self) -> Ledger:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the file back to other processes."""
        self._connection.close()
        if self._sealed is not None:
            self._sealed.close()

    def _prepare(self, who: str) -> None:
        names = {row[0] for row in self._rows("SELECT table_name FROM duckdb_tables()")}
        if not names:
            self._connection.execute("BEGIN")
            for statement in create_statements():
                self._connection.execute(statement)
            self._connection.execute("INSERT INTO meta VALUES ('schema_version', ?)", [str(VERSION)])
            self._connection.execute("COMMIT")
            if self._sealed is not None:
                self._sealed.save()
            self.path.chmod(0o600)
            return
        if not {"meta", *(t.name for t in (JOURNAL, CASE_EVENTS, DECISIONS))} <= names:
            raise ReconcileError(
                f"{self.path} is a DuckDB file but no ledger. Give the path of the ledger, or move this file away."
            )
        row = self._rows("SELECT value FROM meta WHERE key = 'schema_version'")
        found = int(row[0][0]) if row else 0
        if found > VERSION:
            raise ReconcileError(
                f"{self.path} was written by a newer program (ledger version {found}, this one knows {VERSION}). "
                "Install the newer reconcile; nothing was changed."
            )
        if found < VERSION:
            migration.migrate(self._connection, self.path, found, VERSION)
            self.append("migrate", {"from": found, "to": VERSION}, who=who)

    # reading ----------------------------------------------------------------------------------------------

    def _rows(self, statement: str, values: list[Any] | None = None) -> list[tuple[Any, ...]]:
        """Return all rows of a small result; DuckDB wants a result read to its end before the next statement."""
        try:
            return self._connection.execute(statement, values or []).fetchall()
        except duckdb.Error as error:
            raise file_error(error, self.path) from error

    def _read(
        self,
        table: Table,
        order: str = '"entry", "line"',
        *,
        about: str = "",
        values: list[Any] | None = None,
    ) -> pl.DataFrame:
        statement = f"SELECT * FROM {quoted(table.name)}{about} ORDER BY {order}"
        try:
            frame = self._connection.sql(statement, params=values).pl()
        except duckdb.Error as error:  # a page that nothing read before may be damaged
            raise file_error(error, self.path) from error
        return table.conform(frame).select(table.names)

    def journal(self) -> pl.DataFrame:
        """Return every entry ever written, in order."""
        return self._read(JOURNAL, '"entry"')

    def case_events(self) -> pl.DataFrame:
        """Return when each question was opened and closed, in order."""
        return self._read(CASE_EVENTS)

    def _events_about(self, runs: list[tuple[str, pl.DataFrame, Iterable[str] | None]]) -> pl.DataFrame:
        """Return the events of every question that ``runs`` ask or may close.

        Of a province's ledger, one commune's run needs its own questions, and those it asks that were another's before.
        """
        if any(communes is None for _, _, communes in runs):
            return self.case_events()
        asked = pl.concat([CASES.empty(), *(CASES.conform(cases) for _, cases, _ in runs)]).select("case_id")
        covered = sorted({code for _, _, communes in runs for code in communes or ()})
        self._connection.register("_asked", asked.unique())
        about = """ WHERE case_id IN (SELECT case_id FROM _asked)
            OR case_id IN (SELECT case_id FROM case_events WHERE list_contains(?, commune_code))"""
        try:
            return self._read(CASE_EVENTS, about=about, values=[covered])
        finally:
            self._connection.unregister("_asked")

    def cases(self) -> pl.DataFrame:
        """Return the questions that the latest runs ask, decided or not: CASES with the entry that opened each."""
        return current_cases(self.case_events())

    def all_decisions(self) -> pl.DataFrame:
        """Return every row of the table of decisions, undoings and remarks included."""
        return self._read(DECISIONS)

    def decisions(self, *, current: bool = True) -> pl.DataFrame:
        """Return what people decided, with ``undone`` (ISO time or null) behind the columns of DECISIONS.

        ``current``: only what counts now, one row per question (and one per decided group); else everything that
        was ever decided.
        """
        rows = self.all_decisions()
        return current_decisions(rows) if current else with_undone(rows, self.journal())

    def signatures(self) -> pl.DataFrame:
        """Return what officers signed about whole books, one row per book (``case_id``): columns as ``decisions()``."""
        return current_signatures(self.all_decisions())

    def refused(self) -> pl.DataFrame:
        """Return the answers that could not be taken and were not put right since; see ``refusals.refusals``."""
        return refusals(self.journal(), self.decisions(), self.cases())

    def pins(self) -> pl.DataFrame:
        """Return the pairs decided by people for ``match.link(decisions=…)``: record_id, role, resident_id, judgement."""
        return pins_of(self.decisions())

    def labels(self) -> pl.DataFrame:
        """Return every pair that people judged, also by saying which side is right, to train or measure the model."""
        return labels(self.decisions())

    def settle(self, discrepancies: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
        """Split DISCREPANCIES into ``(open, settled, reopened)``; see ``standing.settle``."""
        return settle(discrepancies, self.decisions())

    def verify(self) -> list[str]:
        """Return one sentence per break of the chain of hashes; an empty list where the ledger is whole."""
        return chain.faults(self.journal(), self.case_events(), self.all_decisions())

    def checkpoint(self) -> None:
        """Move what was written into the file itself, so that the file alone is the whole ledger."""
        self._connection.execute("CHECKPOINT")

    # writing ----------------------------------------------------------------------------------------------

    def append(
        self,
        kind: str,
        facts: dict[str, Any],
        *,
        events: pl.DataFrame | None = None,
        decisions: pl.DataFrame | None = None,
        run_id: str | None = None,
        who: str = "",
        at: dt.datetime | None = None,
    ) -> int:
        """Write one entry with its rows in one transaction; return its number.

        The rows get ``entry`` and ``line`` here. Raises ReconcileError where the disk is full or the file broken;
        then nothing of the entry is there.
        """
        last = self._rows('SELECT "entry", "hash" FROM journal ORDER BY "entry" DESC LIMIT 1')
        number, previous = (int(last[0][0]) + 1, str(last[0][1])) if last else (1, "")
        rows = [
            _numbered(table, frame, number)
            for table, frame in ((CASE_EVENTS, events), (DECISIONS, decisions))
        ]
        row: dict[str, Any] = {
            "entry": number,
            "at": (at or dt.datetime.now().astimezone()).isoformat(timespec="seconds"),
            "who": who,
            "kind": kind,
            "run_id": run_id,
            "facts": json.dumps(facts, ensure_ascii=False, sort_keys=True, default=str),
            "rows": sum(f.height for f in rows),
            "digest": chain.digest(*rows),
            "previous": previous,
        }
        row["hash"] = chain.link_hash(row)
        try:
            self._connection.execute("BEGIN")
            for table, frame in zip((CASE_EVENTS, DECISIONS), rows, strict=True):
                self._insert(table, frame)
            self._insert(JOURNAL, JOURNAL.conform(pl.DataFrame([row], infer_schema_length=None)))
            if self._sealed is not None:
                self._sealed.save()
            self._connection.execute("COMMIT")
        except (duckdb.Error, OSError) as error:
            with contextlib.suppress(duckdb.Error):
                self._connection.execute("ROLLBACK")
            raise file_error(error, self.path) from error
        return number

    def _insert(self, table: Table, frame: pl.DataFrame) -> None:
        if frame.is_empty():
            return
        self._connection.register("_new", frame.select(table.names))
        columns = ", ".join(map(quoted, table.names))
        self._connection.execute(f"INSERT INTO {quoted(table.name)} ({columns}) SELECT {columns} FROM _new")
        self._connection.unregister("_new")

    def record_run(
        self,
        run_id: str,
        cases: pl.DataFrame,
        *,
        communes: Iterable[str] | None = None,
        facts: dict[str, Any] | None = None,
        who: str = "",
        at: dt.datetime | None = None,
    ) -> int | None:
        """Keep what a run asks: ``cases`` as ``cases_of`` gives them (or read from ``cases.parquet``).

        ``communes``: codes that the run covered; questions of others stay as they are. None: all of them. Only what
        changed since is written. The same run recorded twice writes nothing and returns None.
        """
        written = self.record_runs([(run_id, cases, communes)], facts=facts, who=who, at=at)
        return written[0] if written else None

    def record_runs(
        self,
        runs: Iterable[tuple[str, pl.DataFrame, Iterable[str] | None]],
        *,
        facts: dict[str, Any] | None = None,
        who: str = "",
        at: dt.datetime | None = None,
    ) -> list[int]:
        """Keep what several runs ask, one per commune for example: ``(run_id, cases, communes)`` each.

        The same as ``record_run`` one after the other, but the ledger is read once. Returns the entries written.
        """
        runs = list(runs)
        before = current_cases(self._events_about(runs))
        known = {row[0] for row in self._rows("SELECT DISTINCT run_id FROM journal WHERE kind = 'run'")}
        entries = []
        for run_id, cases, communes in runs:
            covered = None if communes is None else sorted(set(communes))
            events = changes(before, CASES.conform(cases), covered, run_id)
            if events.is_empty() and run_id in known:
                continue
            told = {"communes": covered, "cases": cases.height, **(facts or {})}
            entry = self.append("run", told, events=events, run_id=run_id, who=who, at=at)
            entries.append(entry)
            known.add(run_id)
            opened = events.filter(pl.col("event") == "open").select(
                *CASES.names, entry=pl.lit(entry, pl.Int64)
            )
            before = pl.concat([before.join(events.select("case_id"), on="case_id", how="anti"), opened])
        return entries

    def undo(
        self,
        decision_ids: Iterable[str],
        *,
        note: str = "",
        by: str | None = None,
        at: dt.datetime | None = None,
        who: str = "",
    ) -> pl.DataFrame:
        """Undo decisions, and with the decision of a group those that follow it; return the decisions undone.

        What they replaced counts again. Raises ReconcileError naming every id that is unknown or undone already.
        """
        wanted = list(dict.fromkeys(decision_ids))
        everything = self.decisions(current=False)
        live = everything.filter(pl.col("undone").is_null())
        unknown = [i for i in wanted if i not in set(live["decision_id"])]
        if unknown:
            raise ReconcileError(
                f"There is no decision {', '.join(unknown)}, or it is undone already. "
                "reconcile log RECORD shows the numbers of its decisions."
            )
        rows = live.filter(pl.col("decision_id").is_in(wanted) | pl.col("group_decision").is_in(wanted))
        moment = (at or dt.datetime.now().astimezone()).isoformat(timespec="seconds")
        undoing = rows.select(
            "case_id", "kind", "commune_code", "record_id", "role", "resident_id", "field", "code",
            note=pl.lit(note or None, dtype=pl.String), decided_by=pl.lit(by, dtype=pl.String),
            decided_at=pl.lit(moment), undoes="decision_id",
        )  # fmt: skip
        self.append("undo", {"decisions": wanted}, decisions=DECISIONS.conform(undoing), who=who, at=at)
        return rows


def _numbered(table: Table, frame: pl.DataFrame | None, number: int) -> pl.DataFrame:
    """Return the rows with entry, line and, for decisions, their short id."""
    if frame is None or frame.is_empty():
        return table.empty()
    frame = table.conform(frame).select(table.names)
    frame = frame.with_columns(
        entry=pl.lit(number, dtype=pl.Int64), line=pl.int_range(1, frame.height + 1, dtype=pl.Int64)
    )
    if table is DECISIONS:
        frame = frame.with_columns(
            decision_id=pl.format("{}.{}", "entry", "line"),
            # "@3" points at line 3 of the same entry, whose number is known only now
            group_decision=pl.col("group_decision").str.replace("^@", f"{number}."),
        )
    return frame
