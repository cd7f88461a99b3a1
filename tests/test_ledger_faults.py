"""The ledger when things go wrong: killed at any moment, a full disk, two processes, a damaged or altered file."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import duckdb
import polars as pl
import pytest
import report_data
from apply_books import GROUP, SWAPPED, TONE, Office

from reconcile.ledger import Ledger, cases_of
from reconcile.ledger.backup import backup, restore
from reconcile.problems import ReconcileError

KILLS = int(os.environ.get("RECONCILE_KILLS", "6"))
"""How often the process is killed; more with RECONCILE_KILLS=500."""

APPLY = """
    import sys
    sys.path.insert(0, {tests!r})
    from pathlib import Path
    from apply_books import NOW
    from reconcile.ledger import Ledger
    from reconcile.ledger.applying import apply_workbooks
    {before}
    print("ready", flush=True)
    with Ledger.open({ledger!r}) as ledger:
        apply_workbooks(ledger, [Path({book!r})], now=NOW, returned=Path({returned!r}))
    print("done", flush=True)
"""


@pytest.fixture
def office(tmp_path) -> Office:
    return Office(tmp_path)


@pytest.fixture
def book(office):
    clerk = (
        office.clerk().write(TONE, conclusion="Sửa dân cư", by="An").write(GROUP, conclusion="Sửa hộ tịch")
    )
    return clerk.write(SWAPPED, conclusion="Sửa").save()


def script(office, book, before: str = "") -> list[str]:
    code = textwrap.dedent(APPLY).format(
        tests=str(Path(__file__).parent), ledger=str(office.ledger_path), book=str(book),
        returned=str(office.folder / "tra-lai"), before=before,
    )  # fmt: skip
    return [sys.executable, "-c", code]


EXPECTED = {TONE, GROUP, "d0005", "d0006", "d0007", "d0008", "d0009"}


def whole(office) -> set[str]:
    """The ledger opens, its chain holds, and it has all of the workbook's decisions or none."""
    decided = set(office.decided())
    assert decided in (set(), EXPECTED)
    return decided


# killed --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("statement", range(1, 6))
def test_killed_at_each_statement_of_the_transaction(office, book, statement):
    """BEGIN, rows, journal, COMMIT: wherever the process dies, the entry is there whole or not at all."""
    before = f"""
import os, signal, reconcile.ledger.store as store
class Dying:
    def __init__(self, inner): self.inner, self.left = inner, None
    def __getattr__(self, name): return getattr(self.inner, name)
    def execute(self, statement, *values):
        if statement == "BEGIN": self.left = {statement}
        if self.left is not None:
            self.left -= 1
            if self.left == 0: os.kill(os.getpid(), signal.SIGKILL)
        return self.inner.execute(statement, *values)
connect = store.connect
store.connect = lambda *a: Dying(connect(*a))
"""
    done = subprocess.run(script(office, book, before), capture_output=True, text=True, check=False)
    reached = done.returncode == 0
    assert reached or done.returncode == -signal.SIGKILL, done.stderr
    assert whole(office) == (EXPECTED if reached else set())
    office.apply(book)
    assert whole(office) == EXPECTED, "running again gives the same"


def test_killed_at_random_moments(office, book):
    """kill -9 while it works, again and again: never half, never twice."""
    slowest = 1.2
    for attempt in range(KILLS):
        process = subprocess.Popen(script(office, book), stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(slowest * attempt / KILLS)
        process.kill()
        process.communicate()
        whole(office)
    office.apply(book)
    assert whole(office) == EXPECTED
    with office.ledger() as ledger:
        assert ledger.journal().filter(kind="decisions").height == 1


def test_a_copy_half_written_leaves_no_file_that_looks_whole(office, book):
    before = """
import os, signal, zipfile
write = zipfile.ZipFile.writestr
def dying(self, name, data):
    write(self, name, data)
    if "styles" in getattr(name, "filename", name): os.kill(os.getpid(), signal.SIGKILL)
zipfile.ZipFile.writestr = dying
"""
    done = subprocess.run(script(office, book, before), capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL
    assert [p for p in (office.folder / "tra-lai").iterdir() if not p.name.startswith(".")] == []
    again = office.apply(book)
    assert whole(office) == EXPECTED
    assert again.copies == list((office.folder / "tra-lai").iterdir()), "nothing half-made is left"
    assert again.copies[0].name == "tra_chua-nhan.xlsx"


# disk full -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("room", [0, 20_000])
def test_a_full_disk_is_told_and_nothing_is_half_written(office, book, room):
    """No file may grow beyond what the ledger has now plus ``room`` bytes: the same error as a full disk."""
    pytest.importorskip("resource")
    large = pl.concat([cases_of(office.tables)] * 3000)
    large = large.with_columns(case_id=pl.format("{}-{}", "case_id", pl.int_range(large.height)))
    large.write_parquet(office.folder / "cases.parquet")
    before = f"""
import resource, signal, polars as pl
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
limit = Path({str(office.ledger_path)!r}).stat().st_size + {room}
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
from reconcile.problems import ReconcileError
with Ledger.open({str(office.ledger_path)!r}) as ledger:
    try:
        ledger.record_run("large", pl.read_parquet({str(office.folder / "cases.parquet")!r}))
    except ReconcileError as error:
        print("told:", error, flush=True)
sys.exit(7)
"""
    done = subprocess.run(script(office, book, before), capture_output=True, text=True, check=False)
    assert done.returncode == 7, done.stderr
    assert re.search("told: .*disk is full", done.stdout), done.stdout + done.stderr
    assert whole(office) == set()
    office.apply(book)
    assert whole(office) == EXPECTED


def test_a_backup_onto_a_full_disk_leaves_nothing_and_the_ledger_whole(office, book, tmp_path):
    pytest.importorskip("resource")
    office.apply(book)
    code = f"""
import resource, signal
from pathlib import Path
from reconcile.ledger.backup import backup, restore
from reconcile.problems import ReconcileError
ledger = Path({str(office.ledger_path)!r})
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
backup(ledger, ledger.with_name("sao-luu.duckdb"))
limit = ledger.stat().st_size // 2
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
for act in (lambda: backup(ledger, ledger.with_name("hai.duckdb")), lambda: restore(ledger, ledger.with_name("sao-luu.duckdb"))):
    try:
        act()
    except ReconcileError as error:
        print("told:", error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.count("told:") == 2, done.stdout + done.stderr
    left = {p.name for p in tmp_path.iterdir() if p.is_file() and ("duckdb" in p.name)}
    assert left == {"ledger.duckdb", "sao-luu.duckdb"}, "no half of a copy"
    assert whole(office) == EXPECTED


# two processes -------------------------------------------------------------------------------------------


def test_a_second_process_is_told_that_the_ledger_is_in_use(office):
    holder = subprocess.Popen(
        [sys.executable, "-c", f"""
from reconcile.ledger import Ledger
with Ledger.open({str(office.ledger_path)!r}):
    print("held", flush=True); input()
"""],
        stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(ReconcileError, match="Another process is using the ledger"):
        office.ledger()
    holder.communicate("\n")
    assert office.decided() == {}


def test_two_processes_at_once_take_each_decision_once(office, book):
    both = [subprocess.Popen(script(office, book), stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert [p.communicate()[0].split() for p in both] == [["ready", "done"]] * 2
    assert whole(office) == EXPECTED
    with office.ledger() as ledger:
        assert ledger.journal().filter(kind="decisions").height == 1


# altered -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE decisions SET conclusion = 'Cả hai đúng' WHERE line = 1", "not those that were written"),
        ("UPDATE decisions SET decided_by = NULL", "not those that were written"),
        ("DELETE FROM decisions WHERE line = 2", "not those that were written"),
        ("UPDATE case_events SET civil_value = 'x' WHERE line = 1", "not those that were written"),
        ("INSERT INTO decisions (entry, line, case_id) VALUES (99, 1, 'x')", "does not know"),
        ("UPDATE journal SET who = 'somebody' WHERE entry = 1", "was changed"),
        ("DELETE FROM journal WHERE entry = 1", "missing"),
    ],
)
def test_a_change_behind_the_ledgers_back_shows(office, book, statement, told):
    office.apply(book)
    with duckdb.connect(str(office.ledger_path)) as connection:
        connection.execute(statement)
    with office.ledger() as ledger:
        assert any(told in fault for fault in ledger.verify())


# backup, restore, migration ------------------------------------------------------------------------------


def test_a_backup_is_whole_and_can_be_put_back(office, book, tmp_path):
    office.apply(book)
    copy = tmp_path / "sao-luu.duckdb"
    assert backup(office.ledger_path, copy) == 2
    with office.ledger() as ledger:
        ledger.undo(["2.1"])
    aside = restore(office.ledger_path, copy)
    assert whole(office) == EXPECTED
    assert aside is not None
    with Ledger.open(aside) as before:
        assert before.journal().height == 3, "the ledger before is kept"
    with pytest.raises(ReconcileError, match="exists already"):
        backup(office.ledger_path, copy)


def test_a_broken_backup_is_not_put_back(office, book, tmp_path):
    office.apply(book)
    copy = tmp_path / "sao-luu.duckdb"
    backup(office.ledger_path, copy)
    with duckdb.connect(str(copy)) as connection:
        connection.execute("UPDATE decisions SET conclusion = 'x'")
    with pytest.raises(ReconcileError, match="not whole"):
        restore(office.ledger_path, copy)
    copy.write_bytes(copy.read_bytes()[:5000])
    with pytest.raises(ReconcileError, match="can't be used"):
        restore(office.ledger_path, copy)
    assert whole(office) == EXPECTED


def test_a_damaged_ledger_is_told_and_a_backup_takes_its_place(office, book, tmp_path):
    office.apply(book)
    copy = tmp_path / "sao-luu.duckdb"
    backup(office.ledger_path, copy)
    office.ledger_path.write_bytes(b"\0" * 20_000)
    with pytest.raises(ReconcileError, match="reconcile ledger restore"):
        office.ledger()
    restore(office.ledger_path, copy)
    assert whole(office) == EXPECTED


@pytest.mark.parametrize("place", [0.0, 0.1, 0.3, 0.5, 0.7, 0.9])
def test_a_corrupt_page_is_told_and_never_read_as_an_answer(office, book, place):
    """A block of the file is overwritten: the ledger does not open, or verify names it, or nothing of it was in use."""
    office.apply(book)
    with office.ledger() as ledger:
        ledger.checkpoint()
        before = ledger.decisions().drop("decided_at")
    content = bytearray(office.ledger_path.read_bytes())
    start = int(len(content) * place)
    content[start : start + 8192] = os.urandom(len(content[start : start + 8192]))
    office.ledger_path.write_bytes(bytes(content))
    told, after = "", None
    try:
        with office.ledger() as ledger:
            told = " ".join(ledger.verify())
            after = ledger.decisions().drop("decided_at")
    except ReconcileError as error:
        told = str(error)
        assert "reconcile ledger restore" in told
    assert told or (after is not None and after.equals(before))


def test_a_file_that_is_no_ledger_is_left_alone(tmp_path):
    path = tmp_path / "other.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE something (a INT)")
    with pytest.raises(ReconcileError, match="no ledger"):
        Ledger.open(path)


def test_a_newer_ledger_is_not_touched(office):
    with duckdb.connect(str(office.ledger_path)) as connection:
        connection.execute("UPDATE meta SET value = '99'")
    with pytest.raises(ReconcileError, match="newer program"):
        office.ledger()


def test_a_version_without_a_step_is_told(office, monkeypatch):
    from reconcile.ledger import store

    monkeypatch.setattr(store, "VERSION", 5)
    with pytest.raises(ReconcileError, match="can't bring up to date"):
        office.ledger()


def test_the_same_run_twice_writes_one_entry(office):
    with office.ledger() as ledger:
        assert ledger.record_run(report_data.RUN_ID, cases_of(office.tables)) is None
        assert ledger.record_runs(
            [("b", cases_of(office.tables), ["10912"]), ("b", cases_of(office.tables), None)]
        ) == [2]


def test_a_run_of_one_commune_closes_no_question_of_another(office):
    with office.ledger() as ledger:
        before = set(ledger.cases()["case_id"])
        mine = cases_of(office.tables).filter(pl.col("commune_code") == "10915").clear()
        ledger.record_run("one commune", mine, communes=["10915"])
        gone = before - set(ledger.cases()["case_id"])
        assert gone == set(cases_of(office.tables).filter(pl.col("commune_code") == "10915")["case_id"])
        assert gone
