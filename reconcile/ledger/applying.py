"""Returned workbooks → decisions in the ledger and annotated copies of what could not be taken."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import polars as pl

from reconcile.ledger.agreeing import agree, replaced
from reconcile.ledger.judging import Draft, Outcome, RefusedError, draft
from reconcile.ledger.known import Known
from reconcile.ledger.reading import FileRefusedError, ReturnedWorkbook, read_returned
from reconcile.ledger.refusals import REFUSED, is_news, refused_rows
from reconcile.ledger.returning import write_annotated
from reconcile.ledger.tables import DECISIONS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from reconcile.ledger.store import Ledger

SIDE_BASIS = {"civil": "Theo giá trị sổ hộ tịch đang ghi", "population": "Theo giá trị dân cư đang ghi"}


@dataclass(slots=True)
class Applied:
    """What became of every row: ``outcomes`` in the order of files and rows; ``files``: file → why it was not read.

    ``copies``: annotated copies; ``missing``: file → sheet title → rows deleted by the clerk (asked again).
    """

    outcomes: list[Outcome] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    copies: list[Path] = field(default_factory=list)
    missing: dict[str, dict[str, int]] = field(default_factory=dict)
    read: list[Path] = field(default_factory=list)
    entry: int | None = None

    def counted(self, status: str) -> int:
        """Return how many rows had this outcome: taken, repeated, refused."""
        return sum(o.status == status for o in self.outcomes)

    @property
    def exit_status(self) -> int:
        """0 everything was taken (now or before), 1 something was refused."""
        return 1 if self.files or self.counted("refused") else 0

    def refused(self) -> pl.DataFrame:
        """Return what was refused, one row each: file, sheet, row, case_id, reason."""
        rows = [
            {
                "file": o.row.file,
                "sheet": o.row.tab,
                "row": o.row.row,
                "case_id": o.row.case_id,
                "reason": o.reason,
            }
            for o in self.outcomes
            if o.status == "refused"
        ]
        schema = {
            "file": pl.String,
            "sheet": pl.String,
            "row": pl.Int64,
            "case_id": pl.String,
            "reason": pl.String,
        }
        return pl.DataFrame(rows, schema=schema)

    def as_dict(self) -> dict[str, Any]:
        """Return the summary for ``--json``: counts, places and reasons, no value of a person's row."""
        return {
            "taken": self.counted("taken"),
            "rows_decided": sum(o.covered for o in self.outcomes if o.status == "taken"),
            "repeated": self.counted("repeated"),
            "refused": [
                {"file": o.row.file, "sheet": o.row.tab, "row": o.row.row, "reason": o.reason}
                for o in self.outcomes
                if o.status == "refused"
            ],
            "files_refused": self.files,
            "rows_missing": self.missing,
            "copies": [str(p) for p in self.copies],
            "entry": self.entry,
        }


def apply_workbooks(
    ledger: Ledger,
    paths: Sequence[Path],
    *,
    returned: Path | None = None,
    now: dt.datetime | None = None,
    password: str | None = None,
    again: bool = False,
    who: str = "",
) -> Applied:
    """Take the decisions of returned workbooks into the ledger, all in one entry.

    Every filled row is taken, known already, or refused with a reason; refused rows come back in annotated copies
    in the folder ``returned`` (none are written where it is None). Workbooks are judged together, so that two
    clerks' answers to one question meet, whatever the order of the files.
    """
    moment = now or dt.datetime.now().astimezone()
    result = Applied()
    books: list[ReturnedWorkbook] = []
    for path in sorted(set(paths), key=lambda p: (p.name, str(p))):
        try:
            books.append(read_returned(path, password=password))
            result.read.append(path)
        except FileRefusedError as error:
            result.files[str(path)] = str(error)
    for book in books:
        if book.missing:
            result.missing[book.path.name] = book.missing
    known = Known.of(ledger, (row.case_id for book in books for row in book.rows if row.case_id))
    drafts: list[Draft] = []
    for book in books:
        commune = book.stamp.get("commune_code") or None
        for row in book.rows:
            try:
                drafts.append(draft(row, known, commune, moment.date()))
            except RefusedError as error:
                result.outcomes.append(known_already(row, known) or Outcome(row, "refused", str(error)))
    taken, others = agree(drafts, known, again=again)
    result.outcomes = replaced(result.outcomes + others, taken, known)
    facts: dict[str, Any] = {"files": {b.path.name: b.sha256 for b in books}, "taken": len(taken)}
    unfit = refused_rows(result.outcomes, books)
    if unfit:
        facts[REFUSED] = unfit
    if taken:
        frame, firsts = _frame(taken, moment)
        result.entry = ledger.append("decisions", facts, decisions=frame, who=who, at=moment)
        for one, line in zip(taken, firsts, strict=True):
            covered = len(one.members) if one.kind == "group" else 1
            result.outcomes.append(Outcome(one.row, "taken", None, f"{result.entry}.{line}", covered))
    elif is_news(unfit, facts["files"], ledger.journal()):
        ledger.append(REFUSED, facts, who=who, at=moment)
    order = {str(book.path): at for at, book in enumerate(books)}
    names = {(book.path.name, book.sha256): order[str(book.path)] for book in books}
    result.outcomes.sort(key=lambda o: (names[o.row.file, o.row.sha256], o.row.tab, o.row.row))
    if returned is not None:
        for book in books:
            refused = [
                o for o in result.outcomes
                if o.status == "refused" and (o.row.file, o.row.sha256) == (book.path.name, book.sha256)
            ]  # fmt: skip
            if refused:
                result.copies.append(write_annotated(book.path, refused, returned, password=password))
    return result


def known_already(row: Any, known: Known) -> Outcome | None:
    """A row that the ledger took before stays taken, although its question has changed since."""
    from reconcile.ledger.judging import content_of

    if not row.intact:
        return None
    earlier = known.contents.get(content_of(row))
    if earlier is None or earlier["undone"] is not None:
        return None
    current = known.decisions.get(earlier["case_id"])
    if current is not None and current["decision_id"] != earlier["decision_id"]:
        return None
    return Outcome(row, "repeated", None, earlier["decision_id"])


def _frame(taken: list[Draft], moment: dt.datetime) -> tuple[pl.DataFrame, list[int]]:
    """Return the rows to append, a group before its members, and the line of each draft."""
    rows: list[dict[str, Any]] = []
    firsts: list[int] = []
    for one in taken:
        firsts.append(len(rows) + 1)
        rows.append(_row(one, moment, None))
        rows += [_row(m, moment, f"@{firsts[-1]}") for m in one.members]
    frame = pl.DataFrame(rows, schema={k: v for k, v in DECISIONS.polars.items() if k in rows[0]})
    return DECISIONS.conform(frame), firsts


def _row(one: Draft, moment: dt.datetime, group: str | None) -> dict[str, Any]:
    case = one.case
    return {
        "case_id": one.case_id,
        "kind": one.kind,
        "commune_code": case["commune_code"],
        "record_id": case["record_id"],
        "role": case["role"],
        "resident_id": one.resident_id,
        "field": case["field"],
        "code": case["code"],
        "conclusion": one.conclusion,
        "correct_value": one.value,
        "correct_reading": one.reading,
        "value_source": one.value_source,
        "civil_value": case["civil_value"],
        "population_value": case["population_value"],
        "civil_key": case["civil_key"],
        "population_key": case["population_key"],
        "note": one.note,
        "basis": one.note or SIDE_BASIS.get(one.value_source),
        "decided_by": one.by,
        "decided_at": moment.isoformat(timespec="seconds"),
        "source_file": one.row.file,
        "source_sheet": one.row.tab,
        "source_row": one.row.row,
        "file_sha256": one.row.sha256,
        "run_id": one.row.run_id or None,
        "content": one.content or None,
        "group_decision": group,
        "supersedes": one.supersedes,
    }
