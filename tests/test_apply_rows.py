"""What a clerk may write into a row, and what is answered."""

from __future__ import annotations

import datetime as dt

import openpyxl
import pytest
from apply_books import (
    ABSENT_CHILD,
    DEAD,
    DOUBLE,
    FIRST_CANDIDATE,
    GROUP,
    LATER,
    MEMBERS,
    PARTIAL,
    SECOND_CANDIDATE,
    SWAPPED,
    TONE,
    UNREADABLE,
    WITHOUT_BIRTH,
    Office,
)

from reconcile.report import layout


@pytest.fixture
def office(tmp_path) -> Office:
    return Office(tmp_path)


TAKEN = [
    # question, what the clerk wrote, conclusion and correct value in the ledger
    (TONE, {"conclusion": "Sửa hộ tịch"}, ("Sửa hộ tịch", "Phạm Văn Bình")),
    (TONE, {"conclusion": "Sửa dân cư"}, ("Sửa dân cư", "Phạm Văn Bính")),
    (TONE, {"conclusion": "  SỬA   hộ TỊCH "}, ("Sửa hộ tịch", "Phạm Văn Bình")),
    (TONE, {"conclusion": "sua ho tich"}, ("Sửa hộ tịch", "Phạm Văn Bình")),
    (TONE, {"conclusion": "Sửa hộ tịch"}, ("Sửa hộ tịch", "Phạm Văn Bình")),
    (TONE, {"conclusion": "Sửa hộ tịch", "value": "Phạm Văn Bình"}, ("Sửa hộ tịch", "Phạm Văn Bình")),
    (TONE, {"conclusion": "Sửa hộ tịch", "value": "Phạm Văn Bỉnh", "note": "sổ trang 7"}, ("Sửa hộ tịch", "Phạm Văn Bỉnh")),
    (TONE, {"conclusion": "Cả hai đúng"}, ("Cả hai đúng", None)),
    (TONE, {"conclusion": "Không cùng người"}, ("Không cùng người", None)),
    (TONE, {"conclusion": "Cần xác minh", "note": "mời ông Bình"}, ("Cần xác minh", None)),
    (SWAPPED, {"conclusion": "Sửa dân cư", "value": "3/5/2016"}, ("Sửa dân cư", "3/5/2016")),
    (SWAPPED, {"conclusion": "Sửa dân cư", "value": dt.date(2016, 5, 3)}, ("Sửa dân cư", "03.05.2016")),
    (PARTIAL, {"conclusion": "Sửa hộ tịch"}, ("Sửa hộ tịch", "01/01/1985")),
    (DEAD, {"conclusion": "Sửa dân cư"}, ("Sửa dân cư", "đã chết ngày 10.10.2012")),
    (FIRST_CANDIDATE, {"conclusion": "Đúng cùng người"}, ("Đúng cùng người", None)),
    (ABSENT_CHILD, {"conclusion": "Đúng cùng người", "value": "030216000111"}, ("Đúng cùng người", "030216000111")),
    (ABSENT_CHILD, {"conclusion": "Đúng cùng người", "value": 30216000111}, ("Đúng cùng người", "30216000111")),
    (ABSENT_CHILD, {"conclusion": "Cả hai đúng", "note": "đã chết năm 2017"}, ("Cả hai đúng", None)),
    (ABSENT_CHILD, {"conclusion": "Sửa dân cư"}, ("Sửa dân cư", None)),
    (WITHOUT_BIRTH, {"conclusion": "Sửa hộ tịch", "value": "quyển 02/1988, số 14"}, ("Sửa hộ tịch", "quyển 02/1988, số 14")),
    (DOUBLE, {"conclusion": "Không cùng người", "note": "sinh đôi"}, ("Không cùng người", None)),
]  # fmt: skip


@pytest.mark.parametrize(("case", "cells", "expected"), TAKEN)
def test_a_filled_row_becomes_a_decision(office, case, cells, expected):
    done = office.apply(office.clerk().write(case, **cells).save())
    assert [(o.status, o.reason) for o in done.outcomes] == [("taken", None)]
    assert done.exit_status == 0
    assert done.copies == []
    assert office.decided() == {case: expected}


REFUSED = [
    (TONE, {"conclusion": "Sửa"}, "không có trong danh sách"),
    (TONE, {"conclusion": "Sửa hộ tich nhé"}, "Có phải “Sửa hộ tịch”?"),
    (TONE, {"conclusion": '=IF(1=1,"Cả hai đúng","")'}, "công thức"),
    (TONE, {"note": "đã xem sổ"}, "chưa chọn Kết luận"),
    (TONE, {"value": "Phạm Văn Bình", "by": "An"}, "chưa chọn Kết luận"),
    (TONE, {"conclusion": "Sửa hộ tịch", "value": "Phạm Văn Bỉnh"}, "hãy ghi căn cứ"),
    (TONE, {"conclusion": "Sửa hộ tịch", "value": "Phạm Văn Bính"}, "không có gì để sửa"),
    (TONE, {"conclusion": "Sửa hộ tịch", "value": "1234", "note": "x"}, "không đọc được là một họ tên"),
    (TONE, {"conclusion": "Cả hai đúng", "value": "Phạm Văn Bỉnh"}, "khác cả hai bên"),
    (SWAPPED, {"conclusion": "Sửa hộ tịch", "value": "31.02.2016", "note": "x"}, "ngày có thật"),
    (SWAPPED, {"conclusion": "Sửa hộ tịch", "value": "01.01.2031", "note": "x"}, "sau hôm nay"),
    (DEAD, {"conclusion": "Sửa hộ tịch"}, "dân cư không có giá trị đọc được"),
    (FIRST_CANDIDATE, {"conclusion": "Sửa dân cư"}, "chỉ hỏi có cùng một người"),
    (ABSENT_CHILD, {"conclusion": "Đúng cùng người"}, "số định danh 12 chữ số"),
    (ABSENT_CHILD, {"conclusion": "Đúng cùng người", "value": "0302"}, "không phải số định danh"),
    (ABSENT_CHILD, {"conclusion": "Cả hai đúng"}, "cần Ghi chú"),
    (ABSENT_CHILD, {"conclusion": "Không cùng người"}, "chỉ có một bên"),
    (WITHOUT_BIRTH, {"conclusion": "Sửa hộ tịch"}, "cần Giá trị đúng hoặc Ghi chú"),
    (GROUP, {"conclusion": "Không cùng người"}, "riêng từng dòng"),
    (GROUP, {"conclusion": "Sửa hộ tịch", "value": "01.01.1999"}, "Giá trị đúng của cả nhóm"),
    (TONE, {"conclusion": "Cần xác minh", "note": "x" * 2001}, "dài quá"),
]


@pytest.mark.parametrize(("case", "cells", "reason"), REFUSED)
def test_what_cannot_be_taken_comes_back_with_the_reason_in_its_row(office, case, cells, reason):
    clerk = office.clerk().write(case, **cells)
    _, sheet, row = clerk.find(case)
    done = office.apply(clerk.save())
    assert [o.status for o in done.outcomes] == ["refused"]
    assert reason in done.outcomes[0].reason
    assert done.exit_status == 1
    assert office.decided() == {}
    (copy,) = done.copies
    book = openpyxl.load_workbook(copy)
    titles = [c.value for c in book[sheet.title][1]]
    assert reason in book[sheet.title].cell(row, titles.index("Vì sao chưa nhận") + 1).value
    assert reason in book["Chưa nhận"].cell(2, 3).value
    at = sheet.index("ghi_chu") + 1
    assert book[sheet.title].cell(row, at).value == cells.get("note"), "the clerk's own words stay"


def test_the_returned_copy_can_be_put_right_and_returned(office):
    first = office.apply(
        office.clerk().write(TONE, conclusion="Sửa").write(SWAPPED, conclusion="Sửa dân cư").save()
    )
    second = office.apply(
        office.clerk("lan2.xlsx", first.copies[0]).write(TONE, conclusion="Sửa dân cư").save()
    )
    assert [o.status for o in second.outcomes] == ["repeated", "taken"]
    assert set(office.decided()) == {TONE, SWAPPED}


def test_a_name_filled_down_the_column_decides_nothing(office):
    clerk = office.clerk()
    for case in (TONE, SWAPPED, DEAD):
        clerk.write(case, by="An")
    done = office.apply(clerk.save())
    assert (done.outcomes, done.exit_status, done.entry) == ([], 0, None)


def test_the_same_workbook_twice_changes_nothing(office):
    path = (
        office.clerk()
        .write(TONE, conclusion="Sửa dân cư", by="An")
        .write(GROUP, conclusion="Sửa hộ tịch")
        .save()
    )
    first = office.apply(path)
    before = office.decided()
    second = office.apply(path, now=LATER)
    assert {o.status for o in first.outcomes} == {"taken"}
    assert {o.status for o in second.outcomes} == {"repeated"}
    assert second.exit_status == 0
    assert second.entry is None
    assert office.decided() == before


# several people ------------------------------------------------------------------------------------------


def test_two_clerks_who_disagree_are_both_told_and_neither_wins(office):
    an = office.clerk("an.xlsx").write(TONE, conclusion="Sửa hộ tịch", by="An").save()
    binh = office.clerk("binh.xlsx").write(TONE, conclusion="Sửa dân cư", by="Bình").save()
    done = office.apply(an, binh)
    assert [o.status for o in done.outcomes] == ["refused", "refused"]
    assert "binh.xlsx" in done.outcomes[0].reason
    assert "an.xlsx" in done.outcomes[1].reason
    assert len(done.copies) == 2
    assert office.decided() == {}


def test_who_comes_later_does_not_win_either(office):
    office.apply(office.clerk("an.xlsx").write(TONE, conclusion="Sửa hộ tịch", by="An").save())
    done = office.apply(office.clerk("binh.xlsx").write(TONE, conclusion="Sửa dân cư", by="Bình").save())
    assert [o.status for o in done.outcomes] == ["refused"]
    assert "An, an.xlsx" in done.outcomes[0].reason
    assert "reconcile undo 2.1" in done.outcomes[0].reason
    assert office.decided() == {TONE: ("Sửa hộ tịch", "Phạm Văn Bình")}


def test_two_clerks_who_agree_are_both_kept(office):
    an = office.clerk("an.xlsx").write(TONE, conclusion="Sửa hộ tịch", by="An").save()
    binh = (
        office.clerk("binh.xlsx")
        .write(TONE, conclusion="Sửa hộ tịch", value="PHẠM VĂN BÌNH", by="Bình")
        .save()
    )
    done = office.apply(an, binh)
    assert [o.status for o in done.outcomes] == ["taken", "taken"]
    assert len(office.decided()) == 1


def test_a_clerk_may_correct_themselves_but_an_older_answer_does_not_come_back(office):
    old = office.clerk("1.xlsx").write(TONE, conclusion="Sửa hộ tịch", by="An").save()
    office.apply(old)
    new = office.clerk("2.xlsx").write(TONE, conclusion="Cả hai đúng", by="An").save()
    assert office.apply(new).counted("taken") == 1
    again = office.apply(old)
    assert [o.status for o in again.outcomes] == ["refused"]
    assert "đã được thay" in again.outcomes[0].reason
    assert office.decided() == {TONE: ("Cả hai đúng", None)}


@pytest.mark.parametrize("names", [("1.xlsx", "2.xlsx"), ("2.xlsx", "1.xlsx")])
def test_an_older_answer_returned_together_with_the_one_that_replaces_it_is_told_so(office, names):
    first, second = names
    old = office.clerk(first).write(TONE, conclusion="Cần xác minh", by="An").save()
    office.apply(old)
    new = office.clerk(second).write(TONE, conclusion="Cả hai đúng", by="Bình").save()
    told = {o.row.file: o for o in office.apply(old, new).outcomes}
    assert told[second].status == "taken"
    assert told[first].status == "refused"
    assert f"Bình, {second}" in told[first].reason
    assert office.decided() == {TONE: ("Cả hai đúng", None)}


def test_a_copy_of_a_row_is_told_what_the_row_is_told(office):
    clerk = office.clerk("an.xlsx").write(TONE, conclusion="Sửa hộ tịch", by="An")
    page, _, row = clerk.find(TONE)
    page.append([cell.value for cell in page[row]])
    binh = office.clerk("binh.xlsx").write(TONE, conclusion="Sửa dân cư", by="Bình").save()
    done = office.apply(clerk.save(), binh)
    assert [o.status for o in done.outcomes] == ["refused"] * 3
    assert "binh.xlsx" in done.outcomes[1].reason
    assert office.decided() == {}


def test_what_needed_checking_may_be_answered_by_anybody_later(office):
    office.apply(office.clerk("1.xlsx").write(TONE, conclusion="Cần xác minh", by="An").save())
    done = office.apply(office.clerk("2.xlsx").write(TONE, conclusion="Sửa dân cư", by="Bình").save())
    assert done.counted("taken") == 1


def test_a_person_is_not_two_people(office):
    path = (
        office.clerk()
        .write(FIRST_CANDIDATE, conclusion="Đúng cùng người")
        .write(SECOND_CANDIDATE, conclusion="Đúng cùng người")
        .save()
    )
    done = office.apply(path)
    assert [o.status for o in done.outcomes] == ["refused", "refused"]
    assert all("hai người khác nhau" in o.reason for o in done.outcomes)


def test_one_pair_is_not_the_same_person_on_one_row_and_another_on_the_next(office):
    """The police would correct the data of a stranger."""
    path = (
        office.clerk()
        .write(TONE, conclusion="Không cùng người")
        .write(PARTIAL, conclusion="Sửa dân cư")
        .save()
    )
    done = office.apply(path)
    assert [o.status for o in done.outcomes] == ["refused", "refused"]
    assert office.decided() == {}


# groups --------------------------------------------------------------------------------------------------


def test_one_decision_for_a_group_covers_its_rows_but_not_the_exceptions(office):
    path = (
        office.clerk()
        .write(GROUP, conclusion="Sửa hộ tịch", note="soát 3 dòng", by="An")
        .write(MEMBERS[1], conclusion="Sửa dân cư", by="An")
        .save()
    )
    done = office.apply(path)
    assert sorted(o.covered for o in done.outcomes) == [1, 4]
    decided = office.decided()
    assert decided[MEMBERS[0]] == ("Sửa hộ tịch", "01/10/1999"), "each row gets its own value"
    assert decided[MEMBERS[1]] == ("Sửa dân cư", "10.02.1999")
    with office.ledger() as ledger:
        head = ledger.decisions().filter(case_id=GROUP)["decision_id"][0]
        assert ledger.undo([head], by="Trưởng phòng").height == 5
        assert set(ledger.decisions()["case_id"]) == {MEMBERS[1]}, "the exception stays"


def test_an_exception_may_follow_later_and_leaves_the_group_alone(office):
    office.apply(office.clerk("1.xlsx").write(GROUP, conclusion="Sửa hộ tịch", by="An").save())
    office.apply(office.clerk("2.xlsx").write(MEMBERS[2], conclusion="Sửa dân cư", by="Bình").save())
    decided = office.decided()
    assert decided[MEMBERS[2]][0] == "Sửa dân cư"
    assert decided[MEMBERS[3]][0] == "Sửa hộ tịch"


def test_what_was_undone_is_not_taken_again_by_accident(office):
    path = office.clerk().write(TONE, conclusion="Sửa hộ tịch", by="An").save()
    office.apply(path)
    with office.ledger() as ledger:
        ledger.undo(["2.1"], note="nhầm sổ")
    refused = office.apply(path)
    assert [o.status for o in refused.outcomes] == ["refused"]
    assert "đã bị hủy" in refused.outcomes[0].reason
    assert office.apply(path, again=True).counted("taken") == 1
    assert TONE in office.decided()


def test_a_remark_on_an_unreadable_row_is_kept_and_decides_nothing(office):
    clerk = office.clerk()
    page, sheet, row = clerk.find(UNREADABLE)
    page.cell(row, sheet.index("ghi_chu") + 1).value = "đã gửi lại tệp"
    path = clerk.save()
    assert office.apply(path).counted("taken") == 1
    assert office.apply(path).counted("repeated") == 1
    assert office.decided() == {}
    with office.ledger() as ledger:
        assert ledger.all_decisions()["note"].to_list() == ["đã gửi lại tệp"]


def test_every_conclusion_of_the_list_is_known():
    from reconcile.ledger.rulings import rulings

    assert all(set(rules) == set(layout.CONCLUSIONS) for rules in rulings().sheet.values())
