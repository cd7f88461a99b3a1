"""Books signed in the round trip: taken once, refused with a reason, no longer valid once a record changes."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import polars as pl
import pytest

from reconcile.ledger import Ledger
from reconcile.quality.approvals import measure_books, standing_of_books
from reconcile.quality.readiness import readiness
from reconcile.quality.readiness_workbook import TITLES, is_list, read_list, write_readiness
from reconcile.quality.signing import Signed, take_signatures
from reconcile.quality.tables import RunFrames
from reconcile.schema import DISCREPANCIES, LINKS, MENTIONS, RECORDS

NOW = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.timezone(dt.timedelta(hours=7)))
ROWS = (("KS.10543.2010.01.1", 2010, 1), ("KS.10543.2010.01.2", 2010, 1), ("KS.10543.2011.02.1", 2011, 2))
ANSWER, PERSON, NOTE = 11, 12, 13
"""Columns of the yellow cells."""


def frames(
    *differing: str, place: str = "Cẩm Giàng", file: str = "a.xlsx", scanned: bool = True
) -> RunFrames:
    ids = [row[0] for row in ROWS]
    links = LINKS.conform(pl.DataFrame({"record_id": ids, "register": "KS", "role": "nks", "tier": "match"}))
    found = DISCREPANCIES.conform(
        pl.DataFrame(
            {"discrepancy_id": [f"d-{i}" for i in differing], "record_id": list(differing)},
            schema={"discrepancy_id": pl.String, "record_id": pl.String},
        ).with_columns(
            code=pl.lit("SEX"), severity=pl.lit("major"), role=pl.lit("nks"), field=pl.lit("gioi_tinh")
        )
    )
    records = RECORDS.conform(
        pl.DataFrame(
            [
                {
                    "record_id": i,
                    "register": "KS",
                    "book_year": y,
                    "book": b,
                    "commune_code": "10543",
                    "source_file": file,
                }
                for i, y, b in ROWS
            ]
        )
    )
    mentions = MENTIONS.conform(
        pl.DataFrame(
            {"record_id": ids, "role": "nks", "register": "KS", "noi_sinh": ["Hải Dương", place, "Hải Dương"]}
        )
    )
    held = pl.Series(ids if scanned else ids[1:], dtype=pl.String)
    return RunFrames(links, found, records=records, mentions=mentions, scanned=held)


class Office:
    """An officer's desk: the books, the ledger, the list."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.state = folder, frames()

    def books(self) -> pl.DataFrame:
        with Ledger.open(self.folder / "ledger.duckdb") as ledger:
            return standing_of_books(readiness(self.state), ledger.signatures())

    def publish(self, name: str = "san-sang_10543.xlsx") -> Path:
        file = self.folder / name
        write_readiness(file, self.books(), unit="Xã Mẫu")
        return file

    def sign(self, file: Path, *rows: tuple[int, Any, Any, Any], name: str | None = None) -> Path:
        book = openpyxl.load_workbook(file)
        for row, answer, person, note in rows:
            for column, value in ((ANSWER, answer), (PERSON, person), (NOTE, note)):
                book.worksheets[0].cell(row, column, value)
        target = file if name is None else file.with_name(name)
        book.save(target)
        return target

    def apply(self, *files: Path) -> Signed:
        with Ledger.open(self.folder / "ledger.duckdb") as ledger:
            books = standing_of_books(readiness(self.state), ledger.signatures())
            done = take_signatures(ledger, files, books, returned=self.folder / "tra-lai", now=NOW)
            assert ledger.verify() == []
            return done

    def states(self) -> list[str]:
        return self.books()["state"].to_list()


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


APPROVE = ("Phê duyệt", "Nguyễn Văn Duyệt", None)


def test_a_signature_is_taken_once_and_stands_in_the_next_list(office: Office) -> None:
    file = office.sign(office.publish(), (2, *APPROVE), (3, "phê  DUYỆT ", "Nguyễn Văn Duyệt", "đã xem"))
    assert is_list(file)
    done = office.apply(file)
    assert (done.taken, done.repeated, done.refused, done.exit_status) == (2, 0, [], 0)
    again = office.apply(file)
    assert (again.taken, again.repeated, again.entry) == (0, 2, None), "nothing is written twice"
    assert office.states() == ["approved", "approved"]
    rows = list(openpyxl.load_workbook(office.publish()).worksheets[0].iter_rows(min_row=2, values_only=True))
    assert [row[7] for row in rows] == ["Chuyển đổi", "Chuyển đổi"]
    assert [row[ANSWER - 1 : NOTE] for row in rows] == [APPROVE, ("Phê duyệt", "Nguyễn Văn Duyệt", "đã xem")]
    assert "20/11/2026" in str(rows[0][9])


@pytest.mark.parametrize(
    ("change", "state"),
    [
        ({}, "approved"),
        ({"file": "b.xlsx"}, "approved"),                    # the same rows in another file
        ({"place": "Cẩm Giang"}, "lapsed"),                  # one cell of one record
        ({"differing": "KS.10543.2010.01.2"}, "lapsed"),     # a question about a record
        ({"scanned": False}, "lapsed"),                      # a scan was lost
    ],
)  # fmt: skip
def test_a_signature_ends_when_a_record_of_its_book_changes(
    office: Office, change: dict[str, Any], state: str
) -> None:
    office.apply(office.sign(office.publish(), (2, *APPROVE), (3, *APPROVE)))
    differing = (change["differing"],) if "differing" in change else ()
    office.state = frames(*differing, **{k: v for k, v in change.items() if k != "differing"})
    assert office.states() == [state, "approved"], "only the book that changed"
    row = next(openpyxl.load_workbook(office.publish()).worksheets[0].iter_rows(min_row=2, values_only=True))
    assert ("không còn hiệu lực" in str(row[9])) == (state == "lapsed")
    assert bool(row[ANSWER - 1]) == (state != "lapsed"), "what lapsed has to be signed anew"
    measured = measure_books(office.books(), day=NOW.date())
    assert count(measured, "approved") == (3 if state == "approved" else 1)
    assert count(measured, "book_state", "lapsed") == int(state == "lapsed")
    assert set(measured["period"]) == {"2006-2012"}


def count(measured: pl.DataFrame, measure: str, rule: str = "") -> int:
    rows = measured.filter((pl.col("measure_id") == measure) & (pl.col("rule") == rule))
    return int(rows["numerator"].sum())


REFUSED = [
    # state of the books when the list is applied, what was signed, the reason
    (frames(), ("Phê duyệt", None, None), "Người phê duyệt"),
    (frames(), ("Đồng ý", "A", None), "chỉ nhận"),
    (frames(), ("Đã chuyển đổi", "A", None), "sau khi quyển sổ đã được phê duyệt"),
    (frames(place="Cẩm Giang"), ("Phê duyệt", "A", None), "đã thay đổi từ khi lập danh sách"),
]


@pytest.mark.parametrize(("state", "signed", "reason"), REFUSED)
def test_what_cannot_be_taken_comes_back_with_its_reason(
    office: Office, state: RunFrames, signed: tuple[Any, Any, Any], reason: str
) -> None:
    file = office.sign(office.publish(), (2, *signed))
    office.state = state
    done = office.apply(file)
    assert (done.taken, done.exit_status) == (0, 1)
    assert reason in done.refused[0][1]
    (copy,) = done.copies
    page = openpyxl.load_workbook(copy).worksheets[0]
    assert page.cell(1, len(TITLES) + 1).value == "Vì sao chưa nhận"
    assert reason in page.cell(2, len(TITLES) + 1).value
    assert [r.row for r in read_list(copy)] == [2], "the copy can be put right and returned as it is"


def test_a_book_that_is_not_ready_is_not_approved(office: Office) -> None:
    office.state = frames("KS.10543.2010.01.2")
    done = office.apply(office.sign(office.publish(), (2, *APPROVE), (3, *APPROVE)))
    assert (done.taken, len(done.refused)) == (1, 1)
    assert "1 bản ghi còn sai lệch" in done.refused[0][1]
    assert office.states() == ["busy", "approved"]


def test_conversion_follows_approval_and_undoing_gives_both_back(office: Office) -> None:
    office.apply(office.sign(office.publish(), (2, *APPROVE)))
    office.apply(office.sign(office.publish(), (2, "Đã chuyển đổi", "Trần Thị Chuyển", None)))
    assert office.states() == ["converted", "ready"]
    measured = measure_books(office.books(), day=NOW.date())
    assert (count(measured, "approved"), count(measured, "converted")) == (2, 2)
    with Ledger.open(office.folder / "ledger.duckdb") as ledger:
        latest = ledger.signatures()["decision_id"][0]
        ledger.undo([latest], by="x")
        assert ledger.decisions().is_empty(), "a signature answers no question of a clerk"
    assert office.states() == ["approved", "ready"]


def test_sorted_apart_or_signed_differently_nothing_is_taken(office: Office) -> None:
    file = office.publish()
    book = openpyxl.load_workbook(file)
    page = book.worksheets[0]
    for column in (1, 2):  # the hidden cells of the two rows exchanged
        page.cell(2, column).value, page.cell(3, column).value = (
            page.cell(3, column).value,
            page.cell(2, column).value,
        )
    book.save(file)
    done = office.apply(office.sign(file, (2, *APPROVE)))
    assert "bị sắp xếp lệch nhau" in done.refused[0][1]
    one = office.sign(office.publish(), (2, *APPROVE), name="mot.xlsx")
    two = office.sign(office.publish(), (2, "Chưa phê duyệt", "Lê Văn Khác", "thiếu trang"), name="hai.xlsx")
    done = office.apply(one, two)
    assert (done.taken, len(done.refused)) == (0, 2)
    assert office.states() == ["ready", "ready"]


def test_measures_of_books_equal_sql_over_the_ledger(office: Office) -> None:
    office.apply(office.sign(office.publish(), (2, *APPROVE), (3, "Chưa phê duyệt", "A", "xem lại")))
    books = office.books()
    measured = measure_books(books, day=NOW.date())
    with duckdb.connect() as sql:
        sql.execute(f"ATTACH '{office.folder / 'ledger.duckdb'}' AS l (READ_ONLY)")
        sql.register("books", books.select("case_id", "fingerprint", "records"))
        expected = sql.execute(
            """SELECT conclusion, count(*), sum(records)::BIGINT FROM l.decisions d
            JOIN books b ON b.case_id = d.case_id AND b.fingerprint = d.civil_key WHERE kind = 'book' GROUP BY ALL"""
        ).fetchall()
    assert sorted(expected) == [("Chưa phê duyệt", 1, 1), ("Phê duyệt", 1, 2)]
    assert (count(measured, "approved"), count(measured, "book_state", "declined")) == (2, 1)
