import csv
import shutil
import subprocess
import zipfile

import openpyxl
import polars as pl
import pytest
import report_data
from openpyxl.utils import get_column_letter
from report_golden import GOLDEN, cells, file_name

from reconcile import schema
from reconcile.report import layout
from reconcile.report.workbook import write_workbooks

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")


def write(folder, tables=None, **options):
    return write_workbooks(
        folder, tables or report_data.small(), run_id=report_data.RUN_ID, as_of=report_data.AS_OF, **options
    )


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    return write(tmp_path_factory.mktemp("workbooks"))


@pytest.fixture(scope="module")
def book(paths):
    return openpyxl.load_workbook(paths[0])


def column(book, sheet, key):
    return [c.value for c in book[sheet.title][get_column_letter(sheet.index(key) + 1)][1:]]


def test_one_workbook_per_commune_named_by_code_and_day(paths):
    assert [p.name for p in paths] == [
        "doi-soat_10912_20261122.xlsx",
        "doi-soat_10915_20261122.xlsx",
        "doi-soat_khong-ro_20261122.xlsx",
    ]


def test_the_sheets_stand_in_the_agreed_order(book):
    assert book.sheetnames == [
        "Tổng hợp", "Sai lệch", "Chi tiết nhóm", "Cần xác nhận", "Chưa tìm thấy", "Dân cư chưa có khai sinh",
        "Nghi trùng", "Lỗi trong sổ", "Không đọc được", "Hướng dẫn", "_danh_muc", "_dau_kiem_tra",
    ]  # fmt: skip
    assert [s.title for s in book if s.sheet_state != "visible"] == ["_danh_muc", "_dau_kiem_tra"]


def test_cells_as_agreed(paths):
    """Changed on purpose? Run ``python tests/report_golden.py`` and look at the difference."""
    found = cells(paths[0])
    for sheet, rows in found.items():
        with (GOLDEN / file_name(sheet)).open(encoding="utf-8", newline="") as handle:
            assert rows == list(csv.reader(handle)), sheet
    assert {p.name for p in GOLDEN.glob("*.csv")} == {file_name(sheet) for sheet in found}


def test_a_workbook_holds_only_its_own_commune(paths):
    own = {"10912": "Hòa An", "10915": "Bùi Thị Xuân", "khong-ro": "Trịnh Công Tâm"}
    for path in paths:
        with zipfile.ZipFile(path) as parts:
            text = "".join(parts.read(n).decode() for n in parts.namelist() if n.endswith(".xml"))
        for commune, name in own.items():
            assert (name in text) == (f"_{commune}_" in path.name), (path.name, commune)


def test_a_group_is_one_row_on_top_and_severity_then_book_orders_the_rest(book):
    assert column(book, layout.DISCREPANCIES, "muc_do") == [
        "Nhóm 1: nặng", "Nghiêm trọng", "Nặng", "Nhẹ", "Để biết",
    ]  # fmt: skip
    assert column(book, layout.DISCREPANCIES, layout.ID_KEY)[0] == "nhom:KS.1999.01-swap"
    assert len(column(book, layout.GROUP_ROWS, "nhom")) == 5


def test_a_question_is_asked_once(book):
    """Not found in the population has its own sheet and is no row of *Sai lệch*."""
    assert "=Cmd|'/C calc'!A0" not in column(book, layout.DISCREPANCIES, "ho_tich")
    assert "=Cmd|'/C calc'!A0" in column(book, layout.NOT_FOUND, "ho_ten")
    assert "Trần Thị Lụa" not in column(book, layout.NOT_FOUND, "ho_ten"), (
        "parents are counted, not asked for"
    )


def test_review_rows_carry_the_ids_and_the_reasons(book):
    assert column(book, layout.REVIEW, layout.ID_KEY) == [
        "KH.10912.2010.01.3|chong|030082000501",
        "KH.10912.2010.01.3|chong|030083000777",
    ]
    assert column(book, layout.REVIEW, "ly_do")[0].startswith("Giống: họ tên, ngày sinh")
    assert "Khác: vợ, chồng." in column(book, layout.REVIEW, "ly_do")[0]


@pytest.mark.parametrize("sheet", layout.ROW_SHEETS, ids=lambda s: s.key)
def test_header_is_frozen_and_filter_covers_all_rows(book, sheet):
    page = book[sheet.title]
    assert page.freeze_panes == f"{get_column_letter(sheet.frozen + 1)}2"
    assert page.auto_filter.ref == f"A1:{get_column_letter(len(sheet.columns))}{page.max_row}"
    assert [c.value for c in page[1]] == [c.title for c in sheet.columns]
    assert not page.merged_cells.ranges, "sorting needs cells that are not merged"
    assert not page.protection.sheet
    hidden = {n for d in page.column_dimensions.values() if d.hidden for n in range(d.min, d.max + 1)}
    for at, wanted in enumerate(sheet.columns, start=1):
        assert (at in hidden) == (wanted.kind in ("hidden", "link")), wanted.key


@pytest.mark.parametrize("sheet", layout.DECIDED_SHEETS, ids=lambda s: s.key)
def test_conclusions_come_from_a_list_of_six(book, sheet):
    page = book[sheet.title]
    rules = {str(r.sqref).split(":")[0]: r for r in page.data_validations.dataValidation}
    rule = rules[f"{get_column_letter(sheet.index('ket_luan') + 1)}2"]
    assert rule.type == "list"
    assert rule.prompt
    name, _, cells_ = rule.formula1.partition("!")
    listed = [c[0].value for c in book[name][cells_.replace("$", "")]]
    assert sorted(listed) == sorted(layout.CONCLUSIONS)
    assert listed[0] == ("Đúng cùng người" if sheet.identity else "Sửa hộ tịch")
    for key in layout.EDIT_KEYS:
        assert f"{get_column_letter(sheet.index(key) + 1)}2" in rules


def test_formulas_are_ours_and_stand_on_the_first_sheet_only(book):
    formulas = [
        (page.title, c.value) for page in book for row in page.iter_rows() for c in row if c.data_type == "f"
    ]
    assert {title for title, _ in formulas} == {"Tổng hợp"}
    assert all(str(f).startswith(("=COUNTIF(", "=SUM(", "=ROUND(", "=IF(", "=C")) for _, f in formulas)


def test_every_cell_of_a_row_is_text(book):
    for sheet in layout.ROW_SHEETS:
        for row in book[sheet.title].iter_rows(min_row=2):
            assert all(c.data_type in ("s", "n") and (c.value is None or c.data_type == "s") for c in row)
            assert all(c.number_format == "@" for c in row)


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r", "http://x.vn/", "{=", "007", "1e5"])
def test_nothing_a_register_says_becomes_a_formula_a_link_or_a_number(tmp_path, first):
    tables = report_data.small()
    evil = f"{first}1+1"
    changed = tables.discrepancies.with_columns(civil_value=pl.lit(evil), message=pl.lit(evil))
    tables = report_data.replace(tables, discrepancies=changed)
    page = openpyxl.load_workbook(write(tmp_path, tables)[0])[layout.DISCREPANCIES.title]
    cell = page.cell(3, layout.DISCREPANCIES.index("ho_tich") + 1)
    assert cell.data_type == "s"
    assert cell.value.strip() == layout.cell_text(evil).strip()
    assert not page._hyperlinks


def test_the_stamp_tells_the_run_and_the_checksum_matches_the_cells(book):
    stamp = {row[0].value: row[1].value for row in book[layout.STAMP_SHEET].iter_rows()}
    assert stamp["run_id"] == report_data.RUN_ID
    assert stamp["commune_code"] == "10912"
    assert stamp["format_version"] == layout.FORMAT_VERSION
    prints = []
    for sheet in layout.ROW_SHEETS:
        rows = book[sheet.title].iter_rows(min_row=2, values_only=True)
        at = [sheet.index(k) for k in sheet.fingerprinted]
        for row in rows:
            again = layout.fingerprint(sheet.key, row[0], [row[i] for i in at])
            assert again == row[1], "a reader must get the same fingerprint from the cells"
            prints.append(again)
        assert stamp[f"rows.{sheet.key}"] == str(book[sheet.title].max_row - 1)
    assert layout.checksum(stamp["run_id"], stamp["commune_code"], reversed(prints)) == stamp["checksum"]


def test_a_changed_value_or_an_id_sorted_apart_changes_the_fingerprint():
    whole = layout.fingerprint("sai_lech", "d1", ["Hoà", "Hòa"])
    assert whole == layout.fingerprint("sai_lech", "d1", ["Hoà", "Ho\u0300a "]), (
        "saving may change blanks and form"
    )
    assert whole != layout.fingerprint("sai_lech", "d1", ["Hoà", "Hoa"])
    assert whole != layout.fingerprint("sai_lech", "d2", ["Hoà", "Hòa"])


def test_differing_letters_are_marked_in_the_text(paths):
    page = openpyxl.load_workbook(paths[0], rich_text=True)[layout.DISCREPANCIES.title]
    value = page.cell(5, layout.DISCREPANCIES.index("ho_tich") + 1).value
    marked = [part.text for part in value if getattr(part, "font", None) and part.font.b]
    assert str(value) == "Phạm Văn Bính"
    assert marked == ["í"]


def test_a_sheet_without_rows_says_so(paths):
    page = openpyxl.load_workbook(paths[1])[layout.REVIEW.title]
    assert page.cell(2, 3).value == layout.REVIEW.empty
    assert page.max_row == 2


def test_same_input_gives_the_same_bytes(paths, tmp_path):
    for first, second in zip(paths, write(tmp_path), strict=True):
        assert first.read_bytes() == second.read_bytes()


def test_row_order_of_the_input_does_not_matter(paths, tmp_path):
    tables = report_data.small()
    turned = report_data.replace(
        tables,
        records=tables.records.reverse(),
        mentions=tables.mentions.reverse(),
        residents=tables.residents.reverse(),
        links=tables.links.reverse(),
        discrepancies=tables.discrepancies.reverse(),
        rejected=tables.rejected.reverse(),
    )
    for first, second in zip(paths, write(tmp_path, turned), strict=True):
        assert cells(first) == cells(second)


def test_a_large_commune_is_split_by_book(tmp_path):
    paths = write(tmp_path, max_rows=6)
    names = [p.name for p in paths if "10912" in p.name]
    assert names == [f"doi-soat_10912_20261122_phan-{n}.xlsx" for n in (1, 2, 3, 4)]
    whole = sum(_rows(p) for p in write(tmp_path, max_rows=5000) if "10912" in p.name)
    assert sum(_rows(tmp_path / n) for n in names) == whole
    assert all(_rows(tmp_path / n) <= 6 for n in names)


def _rows(path):
    stamp = {r[0].value: r[1].value for r in openpyxl.load_workbook(path)[layout.STAMP_SHEET].iter_rows()}
    return sum(int(v) for k, v in stamp.items() if k.startswith("rows."))


def test_a_scanned_page_is_linked_whatever_its_leading_zeros(tmp_path):
    scans, out = tmp_path / "scans", tmp_path / "out"
    (scans / "KS").mkdir(parents=True)
    out.mkdir()
    (scans / "KS" / "KS.2016.01.2016-03-15.0052.pdf").touch()
    (scans / "KS" / "khong-lien-quan.pdf").touch()
    page = openpyxl.load_workbook(write(out, scans=scans)[0])[layout.DISCREPANCIES.title]
    at = layout.DISCREPANCIES.index("ban_quet") + 1
    linked = {page.cell(r, 5).value: page.cell(r, at).hyperlink for r in range(2, page.max_row + 1)}
    assert linked["52"].target.replace("\\", "/") == "../scans/KS/KS.2016.01.2016-03-15.0052.pdf"
    assert linked["07"] is None
    assert not page.column_dimensions[get_column_letter(at)].hidden


@pytest.mark.libreoffice
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_libreoffice_saves_the_workbook_without_breaking_what_apply_reads(paths, tmp_path):
    """A clerk works in LibreOffice: decides, saves; ids, fingerprints, lists and the progress survive."""
    book = openpyxl.load_workbook(paths[0])
    book[layout.DISCREPANCIES.title].cell(2, layout.DISCREPANCIES.index("ket_luan") + 1).value = "Sửa hộ tịch"
    decided = tmp_path / "decided.xlsx"
    book.save(decided)
    profile = f"-env:UserInstallation=file://{tmp_path / 'profile'}"
    command = ["soffice", profile, "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir"]
    subprocess.run(
        [*command, str(tmp_path / "saved"), str(decided)], check=True, capture_output=True, timeout=180
    )
    saved = openpyxl.load_workbook(tmp_path / "saved" / "decided.xlsx", data_only=True)
    assert saved["Tổng hợp"]["D7"].value == 1, "COUNTIF counts the decision"
    for sheet in layout.ROW_SHEETS:
        at = [sheet.index(k) for k in sheet.fingerprinted]
        for row in saved[sheet.title].iter_rows(min_row=2, values_only=True):
            if row[0]:
                assert layout.fingerprint(sheet.key, row[0], [row[i] for i in at]) == row[1]
        assert saved[sheet.title].auto_filter.ref
    rules = saved[layout.DISCREPANCIES.title].data_validations.dataValidation
    assert any(r.type == "list" and layout.LIST_SHEET in r.formula1 for r in rules)
    assert saved[layout.STAMP_SHEET].sheet_state != "visible"


def test_empty_tables_make_no_workbook_and_bare_ones_make_one(tmp_path):
    """Columns may be null throughout: an old book without number, date or place still gets its rows."""
    empty = report_data.ReportTables(*(t.empty() for t in BARE))
    assert write(tmp_path, empty) == []
    key = {"record_id": ["r1"], "register": ["KS"], "role": ["nks"]}
    bare = report_data.ReportTables(
        *(t.conform(pl.DataFrame({k: v for k, v in key.items() if k in t.names})) for t in BARE)
    )
    bare = report_data.replace(bare, links=bare.links.with_columns(tier=pl.lit("review")))
    (path,) = write(tmp_path, bare)
    assert path.name == "doi-soat_khong-ro_20261122.xlsx"
    assert _rows(path) == 2


BARE = (
    schema.RECORDS,
    schema.NORMALIZED_MENTIONS,
    schema.NORMALIZED_RESIDENTS,
    schema.LINKS,
    schema.CANDIDATES,
    schema.DISCREPANCIES,
)
