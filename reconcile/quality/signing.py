"""Signed lists of books → signatures in the ledger: each row is taken once, or refused with its reason."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import polars as pl

from reconcile.ledger.reading import FileRefusedError
from reconcile.ledger.standing import BOOK
from reconcile.ledger.tables import DECISIONS
from reconcile.quality.approvals import ANSWERS, APPROVED, CONVERTED
from reconcile.quality.readiness_workbook import SHEET, SignedRow, read_list, write_refused
from reconcile.quality.words import word

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from reconcile.ledger import Ledger

Book = dict[str, Any]


@dataclass(slots=True)
class Signed:
    """What became of signed lists: rows ``taken`` and ``repeated``, ``refused`` (row → reason), files not read."""

    taken: int = 0
    repeated: int = 0
    refused: list[tuple[SignedRow, str]] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    copies: list[Path] = field(default_factory=list)
    read: list[Path] = field(default_factory=list)
    entry: int | None = None

    @property
    def exit_status(self) -> int:
        """0 everything was taken, 1 something was refused."""
        return 1 if self.refused or self.files else 0

    def lines(self) -> list[str]:
        """Return what happened for a terminal: counts and places, no name."""
        told = f"{self.taken} signatures taken, {self.repeated} known already, {len(self.refused)} refused."
        places = [f"{row.file}, dòng {row.row}: {why}" for row, why in self.refused[:20]]
        return [told, *places, *(f"Annotated copy: {path}" for path in self.copies)]

    def as_dict(self) -> dict[str, Any]:
        """Return the summary for ``--json``."""
        return {
            "taken": self.taken,
            "repeated": self.repeated,
            "refused": [
                {"file": r.file, "sheet": SHEET, "row": r.row, "reason": why} for r, why in self.refused
            ],
            "files_refused": self.files,
            "copies": [str(path) for path in self.copies],
            "entry": self.entry,
        }


def take_signatures(
    ledger: Ledger,
    paths: Sequence[Path],
    books: pl.DataFrame,
    *,
    returned: Path | None = None,
    now: dt.datetime | None = None,
    password: str | None = None,
    who: str = "",
) -> Signed:
    """Take what officers signed into the ledger, all lists in one entry.

    ``books``: the books as they are now (``approvals.standing_of_books``). An approval counts only for a book that is
    ready and still is what the list showed; a conversion only after an approval that holds. Refused rows come back
    in copies in ``returned``.
    """
    moment = now or dt.datetime.now().astimezone()
    result = Signed()
    rows: list[SignedRow] = []
    for path in sorted(set(paths), key=lambda p: (p.name, str(p))):
        try:
            rows += read_list(path, password=password)
            result.read.append(path)
        except FileRefusedError as error:
            result.files[str(path)] = str(error)
    known = {book["case_id"]: book for book in books.iter_rows(named=True)}
    answers: dict[str, set[str]] = {}
    for row in rows:
        answers.setdefault(row.case_id, set()).add(row.answer)
    signed = {r["case_id"]: r for r in ledger.signatures().iter_rows(named=True)}
    fresh: dict[str, SignedRow] = {}
    for row in rows:
        if row.content == (signed.get(row.case_id) or {}).get("content") or row.case_id in fresh:
            result.repeated += 1
            continue
        why = refusal(row, known.get(row.case_id), contradicted=len(answers[row.case_id]) > 1)
        if why:
            result.refused.append((row, why))
        else:
            fresh[row.case_id] = row
    if fresh:
        frame = pl.DataFrame([_decision(row, known[row.case_id], signed, moment) for row in fresh.values()])
        facts = {"files": {row.file: row.sha256 for row in rows}, "taken": len(fresh)}
        result.entry = ledger.append(
            "signatures", facts, decisions=DECISIONS.conform(frame), who=who, at=moment
        )
        result.taken = len(fresh)
    if returned is not None:
        for path in result.read:
            mine = {row.row: why for row, why in result.refused if row.file == path.name}
            if mine:
                result.copies.append(write_refused(path, mine, returned, password=password))
    return result


def refusal(row: SignedRow, book: Book | None, *, contradicted: bool = False) -> str | None:
    """Return why a row can't be taken, None where it can."""
    if not row.intact:
        return word("signing", "row_changed")
    if row.answer not in ANSWERS:
        return word("signing", "answer_unknown").format(answers=", ".join(ANSWERS))
    if contradicted:
        return word("signing", "contradicted")
    if book is None:
        return word("signing", "book_unknown")
    if not row.person:
        return word("signing", "person_missing")
    if row.fingerprint != book["fingerprint"]:
        return word("signing", "book_changed")
    if row.answer in (APPROVED, CONVERTED) and book["why"]:
        return word("signing", "not_ready").format(why=book["why"])
    if row.answer == CONVERTED and book["state"] not in ("approved", "converted"):
        return word("signing", "not_approved")
    return None


def _decision(row: SignedRow, book: Book, signed: dict[str, Book], moment: dt.datetime) -> Book:
    earlier = signed.get(row.case_id)
    return {
        "case_id": row.case_id,
        "kind": BOOK,
        "commune_code": book["commune"],
        "conclusion": row.answer,
        "civil_key": row.fingerprint,
        "note": row.note or None,
        "decided_by": row.person,
        "decided_at": moment.isoformat(timespec="seconds"),
        "source_file": row.file,
        "source_sheet": SHEET,
        "source_row": row.row,
        "file_sha256": row.sha256,
        "content": row.content,
        "supersedes": earlier["decision_id"] if earlier else None,
    }
