"""Rows in the Ministry's template: its headers, its kinds of values, and the corrections written into the right cells."""

from __future__ import annotations

import stat
import zipfile
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from apply_books import HAS_LIBREOFFICE, libreoffice
from exports_data import decisions, header, pdf, sheet
from hypothesis import given
from hypothesis import strategies as st

from reconcile.exports import export
from reconcile.exports.convert import convert
from reconcile.exports.corrections import corrections
from reconcile.exports.date_words import date_in_words
from reconcile.exports.templates import newest, source_field, template_of, templates
from reconcile.exports.values import format_column
from reconcile.ingest import read_civil, read_originals
from reconcile.normalize.dates import read_date
from reconcile.normalize.tables import normalize_mentions, normalize_records
from reconcile.problems import ReconcileError

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"

BIRTH = {
    "so": "52", "quyenSo": "01/2016", "trangSo": "26", "ngayDangKy": "15/3/2016", "loaiDangKy": "Đúng hạn",
    "noiDangKy": "UBND xã Cẩm Vũ, huyện Cẩm Giàng, tỉnh Hải Dương", "nguoiKy": "Phạm Đức Thuần",
    "nksSoDinhDanh": "30216001234", "nksHoTen": "VŨ THỊ MẪN", "nksGioiTinh": "Nữ", "nksNgaySinh": "8.3.2016",
    "nksNgaySinhBangChu": "Ngày tám tháng ba năm hai nghìn không trăm mười sáu", "nksDanToc": "Kinh",
    "nksQuocTich": "VN", "meHoTen": "ĐÀO THỊ CẨN", "meNgaySinh": "1988", "meLoaiCuTru": "Thường trú",
    "chaHoTen": "VŨ HỮU TỈ", "chaNgaySinh": "4/1985", "nycHoTen": "ĐÀO THỊ CẨN", "nycQuanHe": "Mẹ",
}  # fmt: skip
V2 = templates()["ks_v2"].columns


def book(folder: Path, *rows: dict[str, str], columns: tuple[str, ...] = V2, name: str = "KS.csv") -> Path:
    """Write a register file in the template's columns; return its folder."""
    place = folder / "civil" / "10909"
    place.mkdir(parents=True, exist_ok=True)
    pl.DataFrame([{c: row.get(c) for c in columns} for row in rows], schema=dict.fromkeys(columns, pl.String)).write_csv(place / name)  # fmt: skip
    return folder / "civil"


def fix(field: str, old: str | None, new: str | None, *, role: str = "nks", **more: Any) -> dict[str, Any]:
    """Return the decision *Sửa hộ tịch* on one field of the record BIRTH."""
    return {
        "record_id": "KS.10909.2016.01.52", "role": role, "field": field, "conclusion": "Sửa hộ tịch",
        "civil_value": old, "correct_value": new, "code": "NAME_TONE", **more,
    }  # fmt: skip


def exported(
    folder: Path, *fixes: dict[str, Any], rows: tuple[dict[str, str], ...] = (BIRTH,)
) -> dict[str, Any]:
    """Return the first exported row after these decisions."""
    done = export("template", decisions(*fixes), book(folder, *rows), folder / "out")
    return sheet(next(p for p in done.files if p.suffix == ".xlsx"))[1][0]


@pytest.mark.parametrize("name", templates())
def test_every_template_is_written_with_its_own_header(tmp_path: Path, name: str) -> None:
    template = templates()[name]
    people = {"KS": ["nksHoTen"], "KH": ["chongHoTen", "voHoTen"], "KT": ["nktHoTen"], "CMC": ["cmHoTen", "ncHoTen"], "HN": ["nxnHoTen"]}  # fmt: skip
    row = {"so": "01", "quyenSo": "01/2016", "ngayDangKy": "05.01.2016"} | dict.fromkeys(
        people[template.register], "TRẦN BÁ THUYÊN"
    )
    done = export(
        "template", decisions(), book(tmp_path, row, columns=template.columns), tmp_path / "out", rows="all"
    )
    excel = next(p for p in done.files if p.suffix == ".xlsx")
    assert excel.name == f"{template.register}.2016.01.xlsx"
    assert header(excel) == list(template.columns)
    assert sheet(excel)[0] == ("DL Import" if name == "ks_v2" else "Sheet1")


def test_a_row_is_written_as_the_template_wants_it(tmp_path: Path) -> None:
    row = exported(tmp_path, fix("ho_ten", "VŨ THỊ MẪN", "Vũ Thị Mận"))
    assert row == dict.fromkeys(V2) | BIRTH | {
        "STT": "1",
        "ngayDangKy": "15.03.2016",
        "loaiDangKy": "1",
        "nksSoDinhDanh": "030216001234",  # the 0 that Excel dropped
        "nksHoTen": "VŨ THỊ MẬN",  # in capitals, as the book has its names
        "nksGioiTinh": "2",
        "nksNgaySinh": "08.03.2016",
        "nksQuocTich": "Việt Nam",
        "meLoaiCuTru": "1",
        "chaNgaySinh": "04.1985",
    }


def test_every_cell_is_text(tmp_path: Path) -> None:
    import openpyxl

    exported(tmp_path, fix("ho_ten", "VŨ THỊ MẪN", "Vũ Thị Mận"))
    page = openpyxl.load_workbook(next((tmp_path / "out").rglob("*.xlsx"))).worksheets[0]
    cells = [c for row in page.iter_rows(min_row=2) for c in row if c.value is not None]
    assert cells
    assert {(c.data_type, c.number_format) for c in cells} == {("s", "@")}


@pytest.mark.parametrize("evil", ["=1+1", "+84 912", "-1", "@SUM(A1)", '=HYPERLINK("http://x","y")', "\t=1"])
def test_no_text_becomes_a_formula(tmp_path: Path, evil: str) -> None:
    import openpyxl

    rows = ({**BIRTH, "ghiChu": evil},)
    row = exported(tmp_path, fix("ho_ten", "VŨ THỊ MẪN", "Vũ Thị Mận", note=evil), rows=rows)
    assert row["ghiChu"].strip() == evil.strip()
    export("hotich", decisions(fix("que_quan", None, evil, note=evil)), tmp_path / "civil", tmp_path / "list")
    for path in tmp_path.rglob("*.xlsx"):
        for page in openpyxl.load_workbook(path):
            assert {c.data_type for line in page.iter_rows() for c in line} <= {"s", "n"}
            assert {c.value for line in page.iter_rows() for c in line if c.data_type == "n"} <= {None}


@pytest.mark.parametrize(
    ("field", "role", "old", "new", "cells"),
    [
        ("ngay_sinh", "nks", "8.3.2016", "18/3/2016", {"nksNgaySinh": "18.03.2016", "nksNgaySinhBangChu": "Ngày mười tám tháng ba năm hai nghìn không trăm mười sáu"}),
        ("ngay_sinh", "cha", "4/1985", "1986", {"chaNgaySinh": "1986"}),
        ("gioi_tinh", "nks", "Nữ", "Nam", {"nksGioiTinh": "1"}),
        ("so_dinh_danh", "nks", "30216001234", "030316001234", {"nksSoDinhDanh": "030316001234"}),
        ("ho_ten_me", "nks", "ĐÀO THỊ CẨN", "Đào Thị Cần", {"meHoTen": "ĐÀO THỊ CẦN"}),
        ("ho_ten_vo_chong", "me", "VŨ HỮU TỈ", "Vũ Hữu Tỷ", {"chaHoTen": "VŨ HỮU TỶ"}),
        ("que_quan", "nks", None, "xã Cẩm Vũ, huyện Cẩm Giàng", {"nksQueQuan": "xã Cẩm Vũ, huyện Cẩm Giàng"}),
        ("quoc_tich", "nks", "VN", "Hàn Quốc (Korea)", {"nksQuocTich": "Hàn Quốc (Korea)"}),
        ("noi_dang_ky_khai_sinh", "nks", BIRTH["noiDangKy"], "UBND xã Cẩm Văn", {"noiDangKy": "UBND xã Cẩm Văn"}),
    ],
)  # fmt: skip
def test_a_correction_goes_to_its_cell_and_nowhere_else(
    tmp_path: Path, field: str, role: str, old: str | None, new: str, cells: dict[str, str]
) -> None:
    before = exported(tmp_path / "before", fix("ho_ten", "VŨ THỊ MẪN", "Vũ Thị Mẩn"))
    after = exported(
        tmp_path / "after", fix("ho_ten", "VŨ THỊ MẪN", "Vũ Thị Mẩn"), fix(field, old, new, role=role)
    )
    assert {c: v for c, v in after.items() if v != before[c]} == cells


def test_without_a_value_of_its_own_a_decision_takes_the_other_sides(tmp_path: Path) -> None:
    row = exported(tmp_path, fix("ho_ten", "VŨ THỊ MẪN", None, population_value="Vũ Thị Mẫn Nhi"))
    assert row["nksHoTen"] == "VŨ THỊ MẪN NHI"


@pytest.mark.parametrize(
    ("decision", "why"),
    [
        (fix("ho_ten", "VŨ THỊ MẬN", "Vũ Thị Mận"), "ALREADY"),
        (fix("ho_ten", "VŨ THỊ LAN", "Vũ Thị Liên"), "CHANGED"),
        (fix("ho_ten", "VŨ THỊ MẬN", None), "NO_VALUE"),
        (fix("ngay_sinh", "8.3.2016", "hôm qua"), "NOT_OF_KIND"),
        (fix("gioi_tinh", None, "Nam", role="cha"), "NO_COLUMN"),
        (fix("so_dinh_danh", "2016", "030216001234", code="ID_STRUCTURE_YEAR"), "NO_CELL"),
        (fix("ho_ten", "VŨ THỊ MẬN", "Vũ Thị Mẫn") | {"record_id": "KS.10909.2016.01.99"}, "NO_RECORD"),
    ],
)
def test_what_can_not_be_written_is_told_with_its_reason(
    tmp_path: Path, decision: dict[str, Any], why: str
) -> None:
    from reconcile.exports.corrections import wording

    rows = {**BIRTH, "nksHoTen": "VŨ THỊ MẬN"}
    done = export("template", decisions(decision), book(tmp_path, rows), tmp_path / "out")
    page = next(p for p in done.files if p.suffix == ".html").read_text(encoding="utf-8")
    assert done.summary["counts"]["not_placed"] == 1
    assert done.exit_status == 1
    assert wording()["not_placed"][why] in page


def test_two_decisions_that_contradict_are_both_left_out(tmp_path: Path) -> None:
    row = exported(tmp_path, fix("ho_ten_me", "ĐÀO THỊ CẨN", "Đào Thị Cần"), fix("ho_ten", "ĐÀO THỊ CẨN", "Đào Thị Cẫn", role="me"))  # fmt: skip
    assert row["meHoTen"] == "ĐÀO THỊ CẨN"


def test_a_decision_that_names_no_cell_does_not_stand_in_the_way_of_one_that_does(tmp_path: Path) -> None:
    number = fix("so_dinh_danh", "2016", "030216009999", code="ID_STRUCTURE_YEAR")
    row = exported(tmp_path, fix("so_dinh_danh", "30216001234", "030316001234"), number)
    assert row["nksSoDinhDanh"] == "030316001234"


def test_only_corrected_rows_leave_unless_more_is_asked_for(tmp_path: Path) -> None:
    rows = [BIRTH, {**BIRTH, "so": "53", "nksHoTen": "LÊ THỊ CHUYÊN"}, {**BIRTH, "so": "1", "quyenSo": "02/2016", "nksHoTen": "BÙI HỮU CẨN"}]  # fmt: skip
    civil = book(tmp_path, *rows)
    made = decisions(fix("ho_ten", "VŨ THỊ MẪN", "Vũ Thị Mận"))
    counts = {
        kind: export("template", made, civil, tmp_path / kind, rows=kind).summary["counts"]
        for kind in ("corrected", "books", "all")
    }
    assert {kind: (c["rows"], c["books"]) for kind, c in counts.items()} == {"corrected": (1, 1), "books": (2, 1), "all": (3, 2)}  # fmt: skip


def test_a_cell_that_can_not_be_read_stays_as_written_and_is_told(tmp_path: Path) -> None:
    rows = ({**BIRTH, "loaiDangKy": "theo lệ", "chaNgaySinh": "15/8/5005"},)
    row = exported(tmp_path, fix("ho_ten", "VŨ THỊ MẪN", "Vũ Thị Mận"), rows=rows)
    assert (row["loaiDangKy"], row["chaNgaySinh"]) == ("theo lệ", "15/8/5005")
    page = next((tmp_path / "out").rglob("kiem-tra_*.html")).read_text(encoding="utf-8")
    assert "loaiDangKy" in page
    assert "chaNgaySinh" in page


@pytest.mark.parametrize("source", ["misa", "congan", "hotichdientu", "hotich158"])
def test_converted_rows_say_the_same_as_their_source(tmp_path: Path, source: str) -> None:
    """Read back, every person of the exported books has the comparable values that the source gives him."""
    inbox = tmp_path / "civil" / "10918"
    inbox.mkdir(parents=True)
    for path in (FIXTURES / source).iterdir():
        (inbox / path.name).write_bytes(path.read_bytes())
    done = export("template", decisions(), tmp_path / "civil", tmp_path / "out", rows="all")
    people = []
    for folder in (tmp_path / "civil", tmp_path / "out"):
        read = read_civil(folder)
        assert read.rejected.filter("fatal").is_empty()
        records = normalize_records(read.records)
        mentions = normalize_mentions(read.mentions, records)
        compared = mentions.columns[mentions.columns.index("name_key") :]
        people.append(mentions.select("record_id", "role", *(c for c in compared if c != "loai_dang_ky")).sort("record_id", "role"))  # fmt: skip
    assert people[0].equals(people[1])
    assert people[0].height >= done.summary["counts"]["rows"] > 0


def test_sources_that_were_never_in_the_template_are_converted_whole(tmp_path: Path) -> None:
    inbox = tmp_path / "civil" / "10918"
    inbox.mkdir(parents=True)
    name = "khai_sinh_2017.xlsx"
    (inbox / name).write_bytes((FIXTURES / "misa" / name).read_bytes())
    read = read_civil(tmp_path / "civil")
    done = export("template", decisions(), tmp_path / "civil", tmp_path / "out")
    assert done.summary["counts"]["rows"] == read.records.height
    first = sheet(next(p for p in done.files if p.suffix == ".xlsx"))[1][0]
    assert list(first) == list(newest("KS").columns)
    assert first["quyenSo"].count("/") == 1


def test_original_tables_hold_every_column_of_the_rows_that_were_used() -> None:
    read = read_civil(FIXTURES / "hotich158")
    tables = list(read_originals(FIXTURES / "hotich158"))
    rows = {(t.source_file, t.source_sheet, row) for t in tables for row in t.cells["source_row"]}
    used = set(read.records.select("source_file", "source_sheet", "source_row").iter_rows())
    assert used <= rows
    assert {t.register: len([h for h in t.headers if h]) for t in tables if t.source_file != "KS_v1.xlsx"} == {"CMC": 50, "HN": 35, "KH": 44, "KS": 70, "KT": 48}  # fmt: skip


def test_columns_without_a_place_in_the_template_are_told(tmp_path: Path) -> None:
    table = {**BIRTH, "ghiChuRieng": "chờ bổ sung"}
    civil = book(tmp_path, table, columns=(*V2, "ghiChuRieng"))
    records = normalize_records(read_civil(civil).records).with_columns(keeper=pl.lit("10888"))
    none = corrections("hotich", decisions(), records, read_civil(civil).mentions)
    converted = convert(next(iter(read_originals(civil))), records, none)
    assert converted.cells.select("column", "value", "why").rows() == [
        ("ghiChuRieng", "chờ bổ sung", "NO_PLACE")
    ]


@pytest.mark.parametrize(
    ("column", "written", "expected"),
    [
        ("nksNgaySinh", "1970-08-15", "15.08.1970"),
        ("nksNgaySinh", "8/1970", "08.1970"),
        ("nksNgaySinh", "1970", "1970"),
        ("nksNgaySinh", "15/8/1960 (tức 24/6 âm lịch)", "15/8/1960 (tức 24/6 âm lịch)"),
        ("nksNgaySinh", "khoảng 1970", "khoảng 1970"),
        ("loaiDangKy", "Quá hạn", "4"),
        ("nksLoaiKhaiSinh", "Con ngoài giá thú", "3"),
        ("meLoaiGiayToTuyThan", "Căn cước công dân", "4"),
        ("meSoGiayToTuyThan", "B1234567", "B1234567"),
        ("meSoGiayToTuyThan", "141234567.0", "141234567"),
        ("nksGioiTinh", "0", "0"),
        ("quyenSo", "1/2016", "01/2016"),
        ("ghiChu", "8/1970", "8/1970"),
    ],
)
def test_values_of_the_template(column: str, written: str, expected: str) -> None:
    formatted, _ = format_column(templates()["ks_v2"], column, pl.Series([written, None]))
    assert formatted.to_list() == [expected, None]


@given(st.dates(min_value=__import__("datetime").date(1900, 1, 1), max_value=__import__("datetime").date(2026, 12, 31)), st.sampled_from([4, 7, 10]))  # fmt: skip
def test_dates_in_words_are_read_back(day: Any, length: int) -> None:
    value = day.isoformat()[:length]
    assert read_date(date_in_words(value)).value == value


def test_the_version_of_a_file_is_kept() -> None:
    assert template_of("KS", templates()["ks_v1"].columns).name == "ks_v1"
    assert template_of("KS", ["nksHoTen", "nksSoDinhDanh"]).name == "ks_v2"
    with_sex = template_of("CMC", [*templates()["cmc"].columns, "cmGioiTinh"]).columns
    assert with_sex.index("cmGioiTinh") == with_sex.index("cmHoTen") + 1
    assert source_field("nc", "ho_ten_cha") == "cm.ho_ten"


def test_a_book_keyed_in_both_versions_is_one_file_in_the_newer_one(tmp_path: Path) -> None:
    old = {**BIRTH, "so": "51", "nksHoTen": "LÊ THỊ CHUYÊN"}
    book(tmp_path, BIRTH, name="new.csv")
    civil = book(tmp_path, old, columns=templates()["ks_v1"].columns, name="old.csv")
    done = export("template", decisions(), civil, tmp_path / "out", rows="all")
    (excel,) = [p for p in done.files if p.suffix == ".xlsx"]
    assert header(excel) == list(V2)
    assert [(r["STT"], r["so"], r["nksSoDinhDanh"]) for r in sheet(excel)[1]] == [("1", "51", None), ("2", "52", "030216001234")]  # fmt: skip


def test_books_of_merged_communes_keep_their_names_apart(tmp_path: Path) -> None:
    place = tmp_path / "civil" / "10906"
    place.mkdir(parents=True)
    other = {
        **BIRTH,
        "noiDangKy": "UBND xã Cẩm Văn, huyện Cẩm Giàng, tỉnh Hải Dương",
        "nksHoTen": "LÊ THỊ CHUYÊN",
    }
    civil = book(tmp_path, BIRTH, other)
    done = export("template", decisions(), civil, tmp_path / "out", rows="all")
    books = {p.relative_to(tmp_path / "out").as_posix() for p in done.files if p.suffix == ".xlsx"}
    assert len(books) == 2
    assert {b.rsplit("/", 1)[1] for b in books} == {"KS.2016.01.xlsx"}
    assert len({b.split("/", 1)[0] for b in books}) == 1  # one keeper today


def test_a_book_comes_with_a_zip_of_its_pages(tmp_path: Path) -> None:
    rows = [
        BIRTH,
        {**BIRTH, "so": "53", "nksHoTen": "LÊ THỊ CHUYÊN"},
        {**BIRTH, "so": "54", "nksHoTen": "BÙI HỮU CẨN"},
    ]
    scans = tmp_path / "scans" / "10909"
    scans.mkdir(parents=True)
    (scans / "ks.2016.01.2016-03-15.052.PDF").write_bytes(pdf("52"))
    (scans / "KS.2016.01.2016-03-15.053.pdf").write_bytes(pdf("53")[:-30])
    done = export(
        "template",
        decisions(),
        book(tmp_path, *rows),
        tmp_path / "out",
        rows="all",
        scans=[tmp_path / "scans"],
    )
    archive = next(p for p in done.files if p.suffix == ".zip")
    assert archive.name == "KS.2016.01.zip"
    with zipfile.ZipFile(archive) as packed:
        assert packed.namelist() == ["KS.2016.01.2016-03-15.052.pdf"]
        assert packed.read("KS.2016.01.2016-03-15.052.pdf") == pdf("52")
    page = next(p for p in done.files if p.suffix == ".html").read_text(encoding="utf-8")
    assert "KS.2016.01.2016-03-15.54.pdf" in page  # missing
    assert "bị đứt" in page
    assert done.summary["counts"]["scan_problems"] == 2


def test_outputs_are_private_whole_and_never_overwrite_a_clerks_work(tmp_path: Path) -> None:
    civil = book(tmp_path, BIRTH)
    made = decisions(fix("ho_ten", "VŨ THỊ MẪN", "Vũ Thị Mận"))
    first = export("template", made, civil, tmp_path / "out")
    assert {stat.S_IMODE(p.stat().st_mode) for p in first.files} == {0o600}
    bytes_before = [p.read_bytes() for p in first.files]
    again = export("template", made, civil, tmp_path / "out")
    assert [p.read_bytes() for p in again.files] == bytes_before
    excel = next(p for p in first.files if p.suffix == ".xlsx")
    excel.write_bytes(b"changed by hand")
    with pytest.raises(ReconcileError, match="was changed"):
        export("template", made, civil, tmp_path / "out")
    assert excel.read_bytes() == b"changed by hand"


@pytest.mark.libreoffice
@pytest.mark.xdist_group("libreoffice")
@pytest.mark.skipif(not HAS_LIBREOFFICE, reason="LibreOffice is not installed")
def test_a_book_opened_and_saved_by_libreoffice_stays_what_it_was(tmp_path: Path) -> None:
    rows = (
        {
            **BIRTH,
            "ghiChu": '=HYPERLINK("http://x")',
            "meNgaySinh": "05.1988",
            "meSoGiayToTuyThan": "012345678",
        },
    )
    row = exported(tmp_path, fix("ho_ten", "VŨ THỊ MẪN", "Vũ Thị Mận"), rows=rows)
    excel = next((tmp_path / "out").rglob("*.xlsx"))
    saved = libreoffice(excel, tmp_path)
    assert sheet(saved) == ("DL Import", [row])
    assert header(saved) == list(V2)
