"""Ledgers written by older programs: opened, brought up to date, their chain and what was decided intact."""

from __future__ import annotations

from pathlib import Path

import duckdb
import polars as pl
import pytest
from apply_books import DEAD, FIRST_CANDIDATE, GROUP, MEMBERS, PARTIAL, SWAPPED, TONE, Office

from reconcile.ledger import Ledger, migration, store, tables
from reconcile.ledger.backup import backup, restore
from reconcile.problems import ReconcileError
from reconcile.schema import Column, Table

VERSION_1 = Path(__file__).parent / "golden" / "ledger_version_1.sql"
"""Written once by the program of version 1 and never again."""

DECIDED_THEN = {
    GROUP: ("Sửa hộ tịch", None),
    FIRST_CANDIDATE: ("Đúng cùng người", None),
    PARTIAL: ("Cần xác minh", None),
} | {case: ("Sửa hộ tịch", f"{n:02}/10/1999") for n, case in enumerate(MEMBERS, start=1)}
"""What counts in that ledger: the decision on the tone was undone."""


@pytest.fixture
def old(tmp_path) -> Path:
    path = tmp_path / "ledger.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(VERSION_1.read_text(encoding="utf-8"))
    return path


def decided(ledger: Ledger) -> dict[str, tuple[str, str | None]]:
    rows = ledger.decisions().select("case_id", "conclusion", "correct_value")
    return {case: (conclusion, value) for case, conclusion, value in rows.iter_rows()}


def test_a_ledger_of_version_1_is_opened_and_its_chain_holds(old):
    with Ledger.open(old, who="tester") as ledger:
        assert ledger.verify() == []
        assert ledger.journal()["kind"].to_list() == ["run", "decisions", "undo", "run", "migrate"]
        assert ledger.journal().row(-1, named=True)["who"] == "tester"
        assert decided(ledger) == DECIDED_THEN
        assert {SWAPPED + "'", DEAD, TONE} <= set(ledger.cases()["case_id"])
        assert SWAPPED not in set(ledger.cases()["case_id"])
    with duckdb.connect(str(old.with_name("ledger.duckdb.version-1"))) as before:
        assert before.sql("SELECT value FROM meta").fetchall() == [("1",)]
        assert before.sql("SELECT count(*) FROM journal").fetchall() == [(4,)]
    with Ledger.open(old) as ledger:
        assert ledger.journal().height == 5, "it is brought up to date once"


def test_it_works_on_like_a_new_one(old, tmp_path):
    office = Office.__new__(Office)
    office.folder, office.ledger_path = tmp_path, old
    import report_data

    office.tables = report_data.small()
    published = office.publish("20261125-today", office.tables)
    path = office.clerk(source=published).write(DEAD, conclusion="Sửa dân cư").save()
    assert [o.status for o in office.apply(path).outcomes] == ["taken"]
    assert office.decided() == DECIDED_THEN | {DEAD: ("Sửa dân cư", "đã chết ngày 10.10.2012")}


def test_a_change_made_before_the_migration_still_shows(old):
    with duckdb.connect(str(old)) as connection:
        connection.execute("UPDATE decisions SET note = 'x' WHERE line = 1 AND entry = 2")
    with Ledger.open(old) as ledger:
        assert any("entry 2" in fault for fault in ledger.verify())


def test_a_step_that_fails_leaves_the_old_ledger_as_it_was(old, monkeypatch):
    def broken(connection):
        connection.execute("CREATE VIEW half AS SELECT 1")
        raise duckdb.IOException("No space left on device")

    with monkeypatch.context() as patched:
        patched.setitem(migration.MIGRATIONS, 1, broken)
        with pytest.raises(ReconcileError, match="disk is full"):
            Ledger.open(old)
    with duckdb.connect(str(old), read_only=True) as before:
        assert before.sql("SELECT value FROM meta").fetchall() == [("1",)]
        assert before.sql("SELECT count(*) FROM duckdb_views() WHERE NOT internal").fetchall() == [(0,)]
    with Ledger.open(old) as ledger:
        assert decided(ledger) == DECIDED_THEN


def test_a_later_column_changes_no_old_hash(old, monkeypatch):
    """Two steps at once: version 1 to a version that keeps the scanned page beside a decision."""
    wider = Table("decisions", "", (*tables.DECISIONS.columns, Column("page", pl.String, "scanned page")))
    monkeypatch.setitem(
        migration.MIGRATIONS, 2, lambda c: c.execute("ALTER TABLE decisions ADD COLUMN page VARCHAR")
    )
    monkeypatch.setattr(store, "VERSION", 3)
    monkeypatch.setattr(store, "DECISIONS", wider)
    with Ledger.open(old) as ledger:
        assert ledger.verify() == []
        assert "page" in ledger.all_decisions().columns


def test_a_backup_of_version_1_can_be_put_back(old, tmp_path):
    copy = tmp_path / "sao-luu.duckdb"
    old.rename(copy)
    assert restore(old, copy) is None
    with Ledger.open(old) as ledger:
        assert ledger.verify() == []
        assert decided(ledger) == DECIDED_THEN
    assert backup(old, tmp_path / "again.duckdb") == 5
    left = {p.name for p in tmp_path.iterdir()}
    assert not [name for name in left if "partial" in name or name.endswith(".wal")]


def test_the_views_say_what_the_program_says(old):
    with Ledger.open(old) as ledger:
        cases, decisions, pins = ledger.cases(), ledger.decisions(), ledger.pins()
    with duckdb.connect(str(old), read_only=True) as connection:

        def view(name: str) -> pl.DataFrame:
            return connection.sql(f'SELECT * FROM "{name}"').pl()

        assert view("runs")["run_id"].to_list() == ["20261122-0a1b2c3d", "20261124-later"]
        assert set(view("cases")["case_id"]) == set(cases["case_id"])
        assert view("current_decisions")["decision_id"].to_list() == decisions["decision_id"].to_list()
        columns = ["record_id", "role", "resident_id", "judgement"]
        assert sorted(view("pairs").select(columns).rows()) == sorted(pins.select(columns).rows())
