"""Workbooks as they come back: sorted, renamed, cut, copied together, saved by other programs, from another run."""

from __future__ import annotations

import datetime as dt
import shutil
import zipfile

import openpyxl
import polars as pl
import pytest
import report_data
from apply_books import (
    ABSENT_CHILD,
    DEAD,
    FIRST_CANDIDATE,
    GROUP,
    HAS_LIBREOFFICE,
    MEMBERS,
    PARTIAL,
    SHEETS,
    SWAPPED,
    TONE,
    Office,
    changed_value,
    libreoffice,
)
from apply_pages import rows_of

from reconcile.ledger.pages import fast_pages
from reconcile.ledger.reading import FileRefusedError, read_returned
from reconcile.protection.office import is_encrypted
from reconcile.report import layout
from reconcile.report.encryption import encrypt

PAGE = layout.DISCREPANCIES.title
ANSWERS = {TONE: ("Sửa dân cư", "Phạm Văn Bính"), SWAPPED: ("Cả hai đúng", None)}


@pytest.fixture
def office(tmp_path) -> Office:
    return Office(tmp_path)


def answered(office: Office, name: str = "tra.xlsx"):
    clerk = office.clerk(name)
    for case, (conclusion, _) in ANSWERS.items():
        clerk.write(case, conclusion=conclusion, by="An")
    return clerk


def put(page, rows: list[list]) -> None:
    page.delete_rows(2, page.max_row)
    for at, row in enumerate(rows, start=2):
        for column, value in enumerate(row, start=1):
            page.cell(at, column).value = value
            if isinstance(value, str):
                page.cell(at, column).data_type = "s"


def sort_rows(book):
    put(book[PAGE], sorted(rows_of(book[PAGE]), key=lambda r: str(r[6]), reverse=True))


def filter_rows(book):
    book[PAGE].auto_filter.add_filter_column(2, ["Nhẹ"])
    for row in range(2, 5):
        book[PAGE].row_dimensions[row].hidden = True


def widen(book):
    book[PAGE].column_dimensions["E"].width = 80


def rename(book):
    for sheet in layout.ROW_SHEETS:
        book[sheet.title].title = f"{sheet.title[:20]} (An)"


def delete_others(book):
    put(book[PAGE], [r for r in rows_of(book[PAGE]) if r[0] in ANSWERS])


def duplicate(book):
    rows = rows_of(book[PAGE])
    put(book[PAGE], rows + rows)


def copy_to_new_sheet(book):
    page = book.copy_worksheet(book[PAGE])
    page.title = "Của tôi"


def line_above(book):
    book[PAGE].insert_rows(1)
    book[PAGE].cell(1, 5).value = "Xã Cẩm Hoàng, tháng 11"


def blank_rows_between(book):
    rows = rows_of(book[PAGE])
    put(book[PAGE], [line for row in rows for line in (row, [None] * len(row))])


def column_in_front(book):
    book[PAGE].insert_cols(1)


def swap_columns(book):
    """Column *Ghi chú* moved to the end: values and titles travel together."""
    page = book[PAGE]
    at = layout.DISCREPANCIES.index("ghi_chu") + 1
    for row in range(1, page.max_row + 1):
        page.cell(row, page.max_column + (row == 1)).value = page.cell(row, at).value
    page.delete_cols(at)


def decomposed(book):
    """Saved on a machine that writes decomposed Unicode."""
    import unicodedata

    for row in book[PAGE].iter_rows(min_row=2):
        for cell in row:
            if isinstance(cell.value, str):
                cell.value = unicodedata.normalize("NFD", cell.value)


HARMLESS = [
    sort_rows, filter_rows, widen, rename, delete_others, duplicate, copy_to_new_sheet, line_above,
    blank_rows_between, column_in_front, swap_columns, decomposed,
]  # fmt: skip


@pytest.mark.parametrize("edit", HARMLESS, ids=lambda f: f.__name__)
def test_what_people_do_to_a_workbook_does_not_change_what_they_decided(office, edit):
    clerk = answered(office)
    edit(clerk.book)
    done = office.apply(clerk.save())
    assert [o.reason for o in done.outcomes if o.status == "refused"] == []
    assert office.decided() == ANSWERS


def test_deleted_rows_are_told_and_asked_again(office):
    clerk = answered(office)
    delete_others(clerk.book)
    assert office.apply(clerk.save()).missing == {"tra.xlsx": {"Sai lệch": 3}}


def overwrite_a_value(page):
    page.cell(page_row(page, TONE), layout.DISCREPANCIES.index("dan_cu") + 1).value = "Phạm Văn Bỉnh"


def sort_ids_apart(page):
    ids = [page.cell(r, 1).value for r in range(2, page.max_row + 1)]
    for row, value in enumerate(reversed(ids), start=2):
        page.cell(row, 1).value = value


def another_id(page):
    page.cell(page_row(page, TONE), 1).value = DEAD


def no_id(page):
    page.cell(page_row(page, TONE), 1).value = None


def page_row(page, case: str) -> int:
    return next(r for r in range(2, page.max_row + 1) if page.cell(r, 1).value == case)


@pytest.mark.parametrize(
    "edit", [overwrite_a_value, sort_ids_apart, another_id, no_id], ids=lambda f: f.__name__
)
def test_a_row_that_is_no_longer_the_row_that_was_written_is_refused(office, edit):
    clerk = office.clerk().write(TONE, conclusion="Sửa dân cư")
    edit(clerk.book[PAGE])
    done = office.apply(clerk.save())
    assert [o.status for o in done.outcomes] == ["refused"]
    assert office.decided() == {}


def test_a_row_of_another_office_is_refused(office, tmp_path):
    (tmp_path / "khac").mkdir()
    tables = report_data.small()
    renamed = tables.discrepancies.with_columns(pl.format("x{}", "discrepancy_id").alias("discrepancy_id"))
    other = Office(tmp_path / "khac", report_data.replace(tables, discrepancies=renamed))
    done = office.apply(other.clerk().write(f"x{TONE}", conclusion="Sửa dân cư").save())
    assert "Không có câu hỏi nào" in done.outcomes[0].reason


def test_no_row_is_taken_by_position_when_rows_of_two_books_are_pasted_together(office):
    """A clerk collects rows of colleagues on one sheet."""
    first = answered(office, "a.xlsx")
    second = office.clerk("b.xlsx").write(DEAD, conclusion="Sửa dân cư", by="Bình")
    put(first.book[PAGE], rows_of(second.book[PAGE])[:2] + rows_of(first.book[PAGE])[2:])
    done = office.apply(first.save())
    assert {o.status for o in done.outcomes} == {"taken"}
    assert office.decided() == ANSWERS | {DEAD: ("Sửa dân cư", "đã chết ngày 10.10.2012")}


# other runs ----------------------------------------------------------------------------------------------


def test_a_workbook_of_an_older_run_is_taken_where_nothing_changed(office):
    old = answered(office)
    office.publish("20261123-later", report_data.small())
    office.apply(old.save())
    assert office.decided() == ANSWERS


def test_a_row_whose_value_changed_since_is_refused_saying_so(office):
    old = answered(office)
    office.publish("20261123-later", changed_value(office.tables, TONE, population_value="Phạm Văn Bằng"))
    done = office.apply(old.save())
    (refused,) = [o for o in done.outcomes if o.status == "refused"]
    assert "dân cư trước ghi “Phạm Văn Bình”, nay ghi “Phạm Văn Bằng”" in refused.reason
    assert set(office.decided()) == {SWAPPED}


def test_a_question_that_is_gone_is_refused(office):
    old = answered(office)
    rest = office.tables.discrepancies.filter(pl.col("discrepancy_id") != TONE)
    office.publish("20261123-later", report_data.replace(office.tables, discrepancies=rest))
    done = office.apply(old.save())
    assert next(o.reason for o in done.outcomes if o.status == "refused").startswith("Câu hỏi này không còn")


def test_a_candidate_whose_data_changed_is_refused(office):
    old = office.clerk().write(FIRST_CANDIDATE, conclusion="Đúng cùng người")
    moved = office.tables.residents.with_columns(
        ngay_sinh=pl.when(pl.col("resident_id") == "030082000501")
        .then(pl.lit("1/1/1970"))
        .otherwise("ngay_sinh")
    )
    office.publish("20261123-later", report_data.replace(office.tables, residents=moved))
    done = office.apply(old.save())
    assert "thông tin bên dân cư" in done.outcomes[0].reason


def test_what_was_taken_stays_taken_when_the_data_move_on(office):
    path = answered(office).save()
    office.apply(path)
    rest = office.tables.discrepancies.filter(pl.col("discrepancy_id") != TONE)
    office.publish("20261123-later", report_data.replace(office.tables, discrepancies=rest))
    assert {o.status for o in office.apply(path).outcomes} == {"repeated"}


# other programs ------------------------------------------------------------------------------------------


@pytest.mark.libreoffice
@pytest.mark.xdist_group("libreoffice")
@pytest.mark.skipif(not HAS_LIBREOFFICE, reason="LibreOffice is not installed")
def test_a_workbook_saved_by_libreoffice_is_read_like_our_own(office, tmp_path):
    clerk = answered(office)
    clerk.write(GROUP, conclusion="Sửa hộ tịch", note="soát 2 dòng").write(
        MEMBERS[0], conclusion="Cần xác minh"
    )
    clerk.write(FIRST_CANDIDATE, conclusion="Không cùng người").write(
        ABSENT_CHILD, conclusion="Sửa hộ tịch", note="a\nb"
    )
    clerk.write(PARTIAL, conclusion="Sửa hộ tich")
    sort_rows(clerk.book)
    saved = libreoffice(clerk.save(), tmp_path)
    done = office.apply(saved)
    assert [o.reason for o in done.outcomes if o.status == "refused"] == []
    decided = office.decided()
    assert ANSWERS.items() <= decided.items()
    assert decided[MEMBERS[1]] == ("Sửa hộ tịch", "02/10/1999")
    assert decided[ABSENT_CHILD] == ("Sửa hộ tịch", None)
    assert decided[PARTIAL][0] == "Sửa hộ tịch"
    again = office.apply(clerk.path)
    assert {o.status for o in again.outcomes} == {"repeated"}, "the file before LibreOffice says the same"


@pytest.mark.libreoffice
@pytest.mark.xdist_group("libreoffice")
@pytest.mark.skipif(not HAS_LIBREOFFICE, reason="LibreOffice is not installed")
def test_the_annotated_copy_opens_in_libreoffice_and_can_be_returned(office, tmp_path):
    done = office.apply(office.clerk().write(TONE, conclusion="Sửa").save())
    saved = libreoffice(done.copies[0], tmp_path)
    clerk = office.clerk("lan2.xlsx", saved).write(TONE, conclusion="Sửa dân cư")
    assert office.apply(clerk.save()).counted("taken") == 1


# files that are not what they seem -----------------------------------------------------------------------


def test_a_workbook_with_a_password_is_read_with_it_and_its_copy_has_it_too(office):
    clerk = answered(office).write(DEAD, conclusion="Sửa hộ tịch")
    path = clerk.save()
    encrypt(path, "mật-khẩu-1")
    assert is_encrypted(path.read_bytes())
    assert not zipfile.is_zipfile(path)
    assert list(office.apply(path).files.values()) == ["Tệp có mật khẩu. Chạy lại với --password-file."]
    assert list(office.apply(path, password="x").files.values()) == ["Mật khẩu không đúng."]
    done = office.apply(path, password="mật-khẩu-1")
    assert office.decided() == ANSWERS
    assert is_encrypted(done.copies[0].read_bytes())


def not_a_zip(path):
    path.write_bytes(b"khong phai so Excel")


def cut_off(path):
    path.write_bytes(path.read_bytes()[:2000])


def with_macros(path):
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"macro")


def another_workbook(path):
    openpyxl.Workbook().save(path)


def a_later_format(path):
    book = openpyxl.load_workbook(path)
    book[layout.STAMP_SHEET].cell(1, 2).value = "99"
    book.save(path)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (not_a_zip, "hỏng"),
        (cut_off, "hỏng"),
        (with_macros, "macro"),
        (another_workbook, "Không có trang nào"),
        (a_later_format, "phiên bản khác"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_and_the_others_are_taken(office, spoil, reason):
    good = answered(office).save()
    bad = shutil.copy(good, office.folder / "xau.xlsx")
    spoil(office.folder / "xau.xlsx")
    done = office.apply(good, office.folder / "xau.xlsx", office.folder / "khong-co.xlsx")
    assert reason in done.files[str(bad)]
    assert len(done.files) == 2
    assert done.exit_status == 1
    assert office.decided() == ANSWERS


def test_a_huge_file_is_not_read(office, monkeypatch):
    from reconcile.ledger import reading

    bounds = reading.rulings().limits.model_copy(update={"unpacked_megabytes": 0})
    rules = reading.rulings().model_copy(update={"limits": bounds})
    monkeypatch.setattr(reading, "rulings", lambda: rules)
    with pytest.raises(FileRefusedError, match="quá lớn"):
        read_returned(office.published)


def test_every_sheet_is_known_by_its_header_alone(office):
    from reconcile.ledger.reading import recognised

    for key, sheet in SHEETS.items():
        found = recognised([c.title.replace("\n", " ").upper() for c in sheet.columns])
        assert found is not None
        assert found[0].key == key


@pytest.mark.parametrize("edit", HARMLESS, ids=lambda f: f.__name__)
def test_the_fast_and_the_plain_reader_give_the_same(office, edit):
    clerk = office.clerk()
    clerk.book = openpyxl.load_workbook(office.published)
    clerk.write(TONE, conclusion="Sửa dân cư", by="An").write(
        SWAPPED, conclusion="Sửa hộ tịch", value=dt.date(2016, 3, 5)
    )
    edit(clerk.book)
    path = clerk.save()
    fast, plain = read_returned(path), read_returned(path, fast=False)
    assert fast_pages(path.read_bytes()) is not None
    assert (fast.stamp, fast.rows, fast.counted) == (plain.stamp, plain.rows, plain.counted)
    assert len(fast.rows) >= 2
