"""The lists for the register and for the commune police."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from exports_data import decisions, sheet
from test_exports_template import BIRTH, book, fix

from reconcile.exports import export
from reconcile.exports.corrections import DECISIONS, expand_groups
from reconcile.problems import ReconcileError


def listed(folder: Path, kind: str, *made: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    """Return the rows of the exported lists of all communes."""
    done = export(kind, decisions(*made), book(folder, BIRTH), folder / "out", **more)
    return [row for path in done.files for row in sheet(path)[1]]


def test_the_list_for_the_register_names_book_page_value_and_ground(tmp_path: Path) -> None:
    made = fix("ho_ten", "VŨ THỊ MẪN", "Vũ Thị Mận", note="Giấy khai sinh bản chính", decided_by="T.V.A")
    (row,) = listed(tmp_path, "hotich", made)
    assert row == {
        "STT": "1",
        "Loại sổ": "Khai sinh",
        "Quyển số": "01/2016",
        "Số": "52",
        "Trang": "26",
        "Ngày đăng ký": "15/3/2016",
        "Là ai trong sổ": "người được khai sinh",
        "Họ tên trong sổ": "VŨ THỊ MẪN",
        "Nội dung": "Họ tên",
        "Cột trong mẫu": "nksHoTen",
        "Đang ghi": "VŨ THỊ MẪN",
        "Sửa thành": "Vũ Thị Mận",
        "Căn cứ": "Giấy khai sinh bản chính",
        "Cơ sở pháp lý": "NĐ 123/2015/NĐ-CP Điều 6",
        "Lưu ý": None,
        "Người quyết định": "T.V.A",
        "Ngày quyết định": "2026-11-20",
        "Trang quét": "KS.2016.01.2016-03-15.52.pdf",
        "Tệp nguồn": "10909/KS.csv",
        "Dòng": "2",
        "Số định danh (dân cư)": None,
        "Tình trạng trong tệp": None,
    }


def test_the_list_for_the_police_names_number_field_values_and_ground(tmp_path: Path) -> None:
    made = {
        **fix("ngay_sinh", "8.3.2016", None, population_value="03/08/2016", code="DOB_DAY_MONTH_SWAPPED"),
        "conclusion": "Sửa dân cư", "resident_id": "030316001234",
    }  # fmt: skip
    (row,) = listed(tmp_path, "dancu", made)
    assert row["Số định danh"] == "030316001234"
    assert (row["Nội dung"], row["Dân cư đang ghi"], row["Sửa thành"]) == (
        "Ngày sinh",
        "03/08/2016",
        "8.3.2016",
    )
    assert (
        row["Căn cứ: bản ghi hộ tịch"] == "Khai sinh số 52, quyển 01/2016, đăng ký ngày 15/3/2016, trang 26"
    )
    assert row["Cơ sở pháp lý"]


def test_each_office_gets_only_its_own_corrections(tmp_path: Path) -> None:
    made = [fix("ho_ten", "VŨ THỊ MẪN", "Vũ Thị Mận"), fix("dan_toc", "Kinh", None, population_value="Tày") | {"conclusion": "Sửa dân cư"}, fix("que_quan", "a", "b") | {"conclusion": "Cả hai đúng"}, fix("noi_sinh", "a", "b") | {"undone": "2026-11-21T08:00:00"}]  # fmt: skip
    assert [r["Nội dung"] for r in listed(tmp_path / "a", "hotich", *made)] == ["Họ tên"]
    assert [r["Nội dung"] for r in listed(tmp_path / "b", "dancu", *made)] == ["Dân tộc"]


@pytest.mark.parametrize(
    ("code", "field", "expected"),
    [
        ("DEAD_BUT_ALIVE", "tinh_trang_song", "Đã chết ngày 12.03.2010"),
        ("ID_STRUCTURE_SEX", "so_dinh_danh", "Hủy, xác lập lại số định danh: giới tính đúng là 12.03.2010"),
        ("NOT_IN_POPULATION", "ton_tai", "Thu thập, bổ sung người này vào dữ liệu dân cư"),
    ],
)
def test_what_is_no_plain_value_says_what_to_do(tmp_path: Path, code: str, field: str, expected: str) -> None:
    made = fix(field, "12.03.2010", "12.03.2010", code=code, value_source="civil") | {
        "conclusion": "Sửa dân cư"
    }
    (row,) = listed(tmp_path, "dancu", made)
    assert row["Sửa thành"] == expected


def test_a_correction_that_breaks_the_number_warns(tmp_path: Path) -> None:
    made = fix("ngay_sinh", "8.3.2016", None, population_value="8.3.2017", code="DOB_YEAR") | {"conclusion": "Sửa dân cư"}  # fmt: skip
    (row,) = listed(tmp_path, "dancu", made)
    assert "TT 59/2021" in row["Lưu ý"]


def test_a_person_without_a_number_is_named_by_his_row(tmp_path: Path) -> None:
    (row,) = listed(tmp_path, "dancu", fix("ho_ten", "VŨ THỊ MẪN", None, resident_id="row:17") | {"conclusion": "Sửa dân cư"})  # fmt: skip
    assert row["Số định danh"] == "(chưa có số; dòng 17 của tệp dân cư)"


def test_a_decision_whose_record_is_gone_stays_in_the_list_of_its_commune(tmp_path: Path) -> None:
    made = fix("ho_ten", "A", "B") | {
        "record_id": "KS.10909.2016.01.999",
        "source_file": "doi-soat_10888_20261120.xlsx",
    }
    done = export("hotich", decisions(made), book(tmp_path, BIRTH), tmp_path / "out")
    (path,) = done.files
    assert path.parent.name == "10888"
    assert sheet(path)[1][0]["Tình trạng trong tệp"].startswith("Không còn bản ghi này")


def test_a_birth_that_was_never_keyed_is_asked_for_by_number(tmp_path: Path) -> None:
    made = {"kind": "resident", "case_id": "||030216001234", "resident_id": "030216001234", "conclusion": "Sửa hộ tịch", "correct_value": "quyển 02/2016, số 7", "source_file": "doi-soat_10888_20261120.xlsx"}  # fmt: skip
    (row,) = listed(tmp_path, "hotich", made)
    assert row["Số định danh (dân cư)"] == "030216001234"
    assert row["Sửa thành"] == "quyển 02/2016, số 7"
    assert row["Tình trạng trong tệp"].startswith("Bản ghi chưa được nhập")


def test_a_person_who_is_missing_in_the_population_is_to_be_added(tmp_path: Path) -> None:
    made = {"kind": "absent", "record_id": "KS.10909.2016.01.52", "role": "nks", "conclusion": "Sửa dân cư"}
    (row,) = listed(tmp_path, "dancu", made)
    assert row["Họ tên (theo sổ hộ tịch)"] == "VŨ THỊ MẪN"
    assert row["Sửa thành"] == "Thu thập, bổ sung người này vào dữ liệu dân cư"


def test_a_decision_on_a_group_counts_for_each_member_without_its_own() -> None:
    made = decisions(
        {"case_id": "nhom:g1", "kind": "group", "conclusion": "Sửa hộ tịch"},
        {"case_id": "b", "record_id": "R2", "conclusion": "Cả hai đúng"},
    )
    made = made.select(pl.col(c).cast(t) if c in made.columns else pl.lit(None, t).alias(c) for c, t in DECISIONS.items())  # fmt: skip
    members = pl.DataFrame(
        {"discrepancy_id": ["a", "b", "c"], "systematic": ["g1", "g1", None], "record_id": ["R1", "R2", "R3"], "role": "nks", "resident_id": "x", "field": "ngay_sinh", "code": "DOB_DAY_MONTH_SWAPPED", "civil_value": ["1", "2", "3"], "population_value": ["4", "5", "6"]}
    )  # fmt: skip
    rows = (
        expand_groups(made, members).select("case_id", "record_id", "conclusion", "population_value").rows()
    )
    assert sorted(rows) == [("a", "R1", "Sửa hộ tịch", "4"), ("b", "R2", "Cả hai đúng", None)]
    ledger = made.with_columns(group_decision=pl.when(pl.col("case_id") == "b").then(pl.lit("1.1")))
    assert expand_groups(ledger, members)["case_id"].to_list() == [
        "b"
    ]  # the ledger has followed the group itself


def test_wrong_arguments_say_what_is_right(tmp_path: Path) -> None:
    with pytest.raises(ReconcileError, match="hotich, dancu, template"):
        export("excel", decisions(), tmp_path, tmp_path / "out")
    with pytest.raises(ReconcileError, match=r"commune 99999. Communes .* today: 10909"):
        export("dancu", decisions(), book(tmp_path, BIRTH), tmp_path / "out", communes=["99999"])
    with pytest.raises(ReconcileError, match="corrected, books, all"):
        export("template", decisions(), tmp_path, tmp_path / "out", rows="some")
