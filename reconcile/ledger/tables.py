"""The ledger's tables: columns, types, and the statements that make them. Nothing is ever changed or deleted in them."""

from __future__ import annotations

import polars as pl

from reconcile.schema import Column, Table

Text = pl.String

CASE_KINDS = ("discrepancy", "pair", "absent", "resident", "duplicate", "fault", "unreadable")
"""What may be asked: a difference; whether two are one person; who is missing on either side; a double; a record that
breaks a rule; a bad cell."""

_CASE = (
    Column("case_id", Text, "the hidden id of the workbook's row"),
    Column("kind", Text, "discrepancy pair absent resident duplicate fault unreadable"),
    Column("commune_code", Text, "commune that is asked, khong-ro where unknown"),
    Column("record_id", Text, "the record; null for a resident"),
    Column("role", Text, "as in links"),
    Column("resident_id", Text, "as in links"),
    Column("field", Text, "field of the discrepancy or of the rule"),
    Column("code", Text, "code of the discrepancy, id of the rule"),
    Column("severity", Text, "of the discrepancy"),
    Column("owner", Text, "who was proposed to act"),
    Column("civil_value", Text, "as written in the register"),
    Column("population_value", Text, "as written in the population"),
    Column("civil_key", Text, "digest of the mention's values; null where the id itself binds the values"),
    Column("population_key", Text, "digest of the resident's values, likewise"),
    Column("systematic", Text, "id of the common cause"),
    Column("other_record_id", Text, "the other record of a double"),
)

CASES = Table("cases", "one question that a run asks", _CASE)

CASE_EVENTS = Table(
    "case_events",
    "a question that a run opened (or asked anew with other values) or no longer asks",
    (
        Column("entry", pl.Int64, "journal entry that wrote the row"),
        Column("line", pl.Int64, "place within the entry"),
        Column("run_id", Text, "the run"),
        Column("event", Text, "open, close"),
        *_CASE,
    ),
)

DECISIONS = Table(
    "decisions",
    "what one person concluded about one question; also its undoing (conclusion null, undoes set)",
    (
        Column("entry", pl.Int64, "journal entry that wrote the row"),
        Column("line", pl.Int64, "place within the entry"),
        Column("decision_id", Text, "<entry>.<line>, short enough to be typed"),
        Column("case_id", Text, "the question"),
        Column("kind", Text, "discrepancy pair absent resident duplicate fault, group, book (an officer's signature), or note (a remark that decides nothing)"),
        Column("commune_code", Text, "commune that was asked"),
        Column("record_id", Text, "as in cases"),
        Column("role", Text, "as in cases"),
        Column("resident_id", Text, "as in cases; of an absent person the number that the clerk found"),
        Column("field", Text, "as in cases"),
        Column("code", Text, "as in cases"),
        Column("conclusion", Text, "one of the six of report.layout.CONCLUSIONS; of a book what the officer signed"),
        Column("correct_value", Text, "the value that should stand, as the clerk wrote it or as the conclusion implies"),
        Column("correct_reading", Text, "the same as the normaliser reads it"),
        Column("value_source", Text, "given, civil, population, none: where correct_value comes from"),
        Column("civil_value", Text, "the register's value that was judged"),
        Column("population_value", Text, "the population's value that was judged"),
        Column("civil_key", Text, "as in cases"),
        Column("population_key", Text, "as in cases"),
        Column("note", Text, "Ghi chú"),
        Column("basis", Text, "what the conclusion rests on: the note, else the values named by the conclusion"),
        Column("decided_by", Text, "Người xử lý; null where the cell was empty"),
        Column("decided_at", Text, "ISO time when the ledger took it"),
        Column("source_file", Text, "file name of the workbook"),
        Column("source_sheet", Text, "sheet"),
        Column("source_row", pl.Int64, "row number that the spreadsheet shows"),
        Column("file_sha256", Text, "of the workbook"),
        Column("run_id", Text, "run that wrote the workbook"),
        Column("content", Text, "digest of case, conclusion, value, note and person: the same row is taken once"),
        Column("group_decision", Text, "decision_id of the decision of the whole group that this one follows"),
        Column("supersedes", Text, "decision_id that this one replaces"),
        Column("undoes", Text, "decision_id that this row undoes"),
    ),
)  # fmt: skip

JOURNAL = Table(
    "journal",
    "one thing that was written, whole or not at all; each hash covers the one before",
    (
        Column("entry", pl.Int64, "1, 2, 3 …"),
        Column("at", Text, "ISO time"),
        Column("who", Text, "account of the machine"),
        Column("kind", Text, "begin, run, decisions, refused, signatures, undo, migrate"),
        Column("run_id", Text, "the run, for kind run"),
        Column("facts", Text, "JSON: files with their hashes, communes, counts, places of refused rows"),
        Column("rows", pl.Int64, "rows written to case_events and decisions"),
        Column("digest", Text, "BLAKE2b over those rows"),
        Column("previous", Text, "hash of the entry before; empty for the first"),
        Column("hash", Text, "BLAKE2b over all the other columns"),
    ),
)

TABLES = (JOURNAL, CASE_EVENTS, DECISIONS)

VERSION = 2
"""Schema version of the files that this program writes. 1: the tables; 2: the views too."""

VIEWS = {
    "runs": """SELECT run_id, min("entry") AS "entry", min("at") AS "at" FROM journal
        WHERE kind = 'run' GROUP BY run_id ORDER BY min("entry") ASC""",
    "cases": """SELECT * EXCLUDE ("event", "line", run_id) FROM case_events
        QUALIFY row_number() OVER (PARTITION BY case_id ORDER BY "entry" DESC, "line" DESC) = 1 AND "event" = 'open'
        ORDER BY case_id""",
    "current_decisions": """SELECT * FROM decisions AS d
        WHERE conclusion IS NOT NULL AND undoes IS NULL AND kind <> 'book'
        AND NOT EXISTS (FROM decisions AS u WHERE u.undoes = d.decision_id)
        QUALIFY row_number() OVER (PARTITION BY case_id ORDER BY "entry" DESC, "line" DESC) = 1
        ORDER BY "entry" ASC, "line" ASC""",
    "pairs": """SELECT record_id, "role", resident_id,
        CASE conclusion WHEN 'Không cùng người' THEN 'different' ELSE 'same' END AS judgement, decision_id
        FROM current_decisions
        WHERE kind IN ('discrepancy', 'pair', 'absent') AND conclusion IN ('Đúng cùng người', 'Không cùng người')
        AND resident_id IS NOT NULL AND "role" IS NOT NULL
        QUALIFY row_number() OVER (PARTITION BY record_id, "role", resident_id ORDER BY "entry" DESC, "line" DESC) = 1
        ORDER BY record_id, "role", resident_id""",
}
"""For whoever opens the ledger with DuckDB itself: runs, the questions asked now, the decisions and pairs that count.

The program computes the same from the tables (``cases.py``, ``standing.py``); a test holds both together.
"""

_SQL_TYPES = {pl.String: "VARCHAR", pl.Int64: "BIGINT"}


def quoted(name: str) -> str:
    """Return an SQL identifier in quotes."""
    return '"' + name.replace('"', '""') + '"'


def create_statements() -> list[str]:
    """Return the statements that make an empty ledger."""
    made = ["CREATE TABLE meta (key VARCHAR PRIMARY KEY, value VARCHAR NOT NULL)"]
    for table in TABLES:
        columns = ", ".join(f"{quoted(c.name)} {_SQL_TYPES[c.dtype]}" for c in table.columns)  # type: ignore[index]
        made.append(f"CREATE TABLE {quoted(table.name)} ({columns})")
    return made + create_views()


def create_views() -> list[str]:
    """Return the statements that make the views."""
    return [f"CREATE VIEW {quoted(name)} AS {query}" for name, query in VIEWS.items()]
