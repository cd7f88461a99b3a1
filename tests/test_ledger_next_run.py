"""What a decision does: settled questions, reopened ones, pins, the story, and the commands end to end."""

from __future__ import annotations

import openpyxl
import polars as pl
import pytest
import report_data
from apply_books import (
    ABSENT_CHILD,
    DEAD,
    FIRST_CANDIDATE,
    GROUP,
    MEMBERS,
    PARTIAL,
    SECOND_CANDIDATE,
    SWAPPED,
    TONE,
    Office,
)
from typer.testing import CliRunner

from reconcile.ledger import cases_of, standing
from reconcile.ledger.story import story
from reconcile.report.workbook import prepare


@pytest.fixture
def office(tmp_path) -> Office:
    return Office(tmp_path)


def asked(office, tables=None) -> dict[str, str]:
    """Return the rows of the next workbook: id → the sentence of the row."""
    tables = tables or office.tables
    with office.ledger() as ledger:
        stands = standing(cases_of(tables), ledger.decisions())
    sheets = prepare(report_data.replace(tables, standing=stands))
    said = {}
    for by_commune in sheets.values():
        for frame in by_commune.values():
            column = "giai_thich" if "giai_thich" in frame.columns else "ly_do"
            said |= dict(frame.select("ma", column).iter_rows())
    return said


def test_the_ledger_knows_exactly_the_questions_of_the_workbooks(office):
    rows = {i for i in asked(office) if not i.startswith("nhom:")}
    assert rows == set(cases_of(office.tables)["case_id"])


def test_what_was_decided_is_not_asked_again(office):
    before = set(asked(office))
    clerk = office.clerk().write(TONE, conclusion="Cả hai đúng").write(ABSENT_CHILD, conclusion="Sửa dân cư")
    office.apply(clerk.write(SECOND_CANDIDATE, conclusion="Không cùng người").save())
    assert before - set(asked(office)) == {TONE, ABSENT_CHILD, SECOND_CANDIDATE}


def test_a_group_decided_leaves_with_its_rows_and_comes_back_when_undone(office):
    before = set(asked(office))
    office.apply(office.clerk().write(GROUP, conclusion="Sửa hộ tịch").save())
    assert before - set(asked(office)) == {GROUP, *MEMBERS}
    with office.ledger() as ledger:
        ledger.undo(["2.1"])
    assert set(asked(office)) == before


def test_what_needs_checking_is_asked_again_with_the_remark(office):
    office.apply(office.clerk().write(DEAD, conclusion="Cần xác minh", note="gọi CA xã", by="An").save())
    assert "Ngày 23/11/2026 đã kết luận “Cần xác minh” (An): gọi CA xã." in asked(office)[DEAD]


def test_another_value_reopens_the_question_saying_so(office):
    office.apply(office.clerk().write(TONE, conclusion="Cả hai đúng", by="An").save())
    mine = pl.col("discrepancy_id") == TONE
    found = office.tables.discrepancies.with_columns(
        population_value=pl.when(mine).then(pl.lit("Phạm Văn Bằng")).otherwise("population_value"),
        discrepancy_id=pl.when(mine).then(pl.lit("new")).otherwise("discrepancy_id"),
    )
    said = asked(office, report_data.replace(office.tables, discrepancies=found))["new"]
    assert (
        "đã kết luận “Cả hai đúng” (An), nay hỏi lại vì dân cư trước ghi “Phạm Văn Bình”, nay ghi “Phạm Văn Bằng”."
        in said
    )
    with office.ledger() as ledger:
        still, settled, reopened = ledger.settle(found)
        assert (settled.height, reopened["discrepancy_id"].to_list()) == (0, ["new"])
        assert still.height + reopened.height == found.height


def test_judged_pairs_become_pins_and_labels(office):
    clerk = (
        office.clerk()
        .write(FIRST_CANDIDATE, conclusion="Đúng cùng người")
        .write(SWAPPED, conclusion="Sửa dân cư")
    )
    office.apply(clerk.write(PARTIAL, conclusion="Không cùng người").write(ABSENT_CHILD, conclusion="Đúng cùng người", value="30216000111").save())  # fmt: skip
    with office.ledger() as ledger:
        pins = {r[:3]: r[3] for r in ledger.pins().iter_rows()}
        labels = {r[:3]: r[3] for r in ledger.labels().iter_rows()}
    assert pins == {
        ("KH.10912.2010.01.3", "chong", "030082000501"): "same",
        ("KS.10912.1985.02.7", "nks", "030085004321"): "different",
        ("KS.10912.2016.01.9", "nks", "030216000111"): "same",
    }
    assert labels == pins | {("KS.10912.2016.01.52", "nks", "030216001234"): "same"}


@pytest.mark.parametrize(
    ("language", "told"), [("vi", "An kết luận “Sửa dân cư”"), ("en", "An concluded “Sửa dân cư”")]
)
def test_the_story_of_a_record(office, language, told):
    office.apply(office.clerk().write(TONE, conclusion="Sửa dân cư", by="An", note="trang 7").save())
    with office.ledger() as ledger:
        ledger.undo(["2.1"], by="Trưởng phòng", note="nhầm")
        lines, objects = story(ledger, "KS.10912.1985.02.7", language)
    assert [i for i, line in enumerate(lines) if told in line] == [3]
    assert "tra.xlsx" in lines[3]
    assert "Trưởng phòng" in lines[4]
    assert len(objects) == 4


def test_the_commands_end_to_end(tmp_path, commune):
    """run → the clerk decides → apply → run again: not asked; log, undo, ledger verify and backup."""
    from reconcile.cli import register_rooms
    from reconcile.ledger import Ledger
    from reconcile.report import layout
    from reconcile.run import run

    first = run(commune / "civil", commune / "population.parquet", tmp_path / "out")
    app, cli = register_rooms(), CliRunner()
    office = tmp_path / "office"
    assert cli.invoke(app, ["init", str(office)]).exit_code == 0
    book = openpyxl.load_workbook(first.workbooks[0])
    sheet = layout.DISCREPANCIES
    row = next(r for r in range(2, 500) if not str(book[sheet.title].cell(r, 1).value).startswith("nhom:"))
    case = book[sheet.title].cell(row, 1).value
    book[sheet.title].cell(row, sheet.index("ket_luan") + 1).value = "Cả hai đúng"
    book.save(office / "inbox" / "decisions" / "tra.xlsx")
    applied = cli.invoke(app, ["apply", str(office), "--run", str(tmp_path / "out"), "--json"])
    assert applied.exit_code == 0, applied.output
    assert '"taken": 1' in applied.output
    with Ledger.open(office / "ledger.duckdb") as ledger:
        decisions = ledger.decisions()
    again = run(commune / "civil", commune / "population.parquet", tmp_path / "out2", decisions=decisions)
    ids = {
        r[0].value
        for b in again.workbooks
        for r in openpyxl.load_workbook(b)[sheet.title].iter_rows(min_row=2)
    }
    assert case not in ids
    assert ids
    assert "Cả hai đúng" in cli.invoke(app, ["log", str(office), case]).output
    unnamed = cli.invoke(app, ["log", str(office)])
    assert "Name a record" in str(unnamed.exception or unnamed.output)
    assert cli.invoke(app, ["ledger", "verify", str(office)]).exit_code == 0
    assert cli.invoke(app, ["ledger", "backup", str(tmp_path / "b.duckdb"), "-w", str(office)]).exit_code == 0
    assert "1 decision undone" in cli.invoke(app, ["undo", str(office), "2.1"]).output
    assert (
        cli.invoke(app, ["ledger", "restore", str(tmp_path / "b.duckdb"), "-w", str(office)]).exit_code == 0
    )
