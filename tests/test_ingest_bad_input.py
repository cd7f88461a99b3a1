"""Each kind of bad input: what is said, what of the rest is still used. Never a traceback, never a lost row."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import pytest
from ingest_files import FIXTURES, HEADER, PLACE, balanced, birth, codes, csv_file, xlsx

from reconcile.ingest import CivilInput, read_civil
from reconcile.ingest import limits as limits_module
from reconcile.ingest.rejects import wordings

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2048


def with_a_good_file(folder: Path) -> CivilInput:
    """Read the folder with a sound file beside the bad one: that one must be read in any case."""
    xlsx(folder / "zz_good.xlsx", [HEADER, birth(1)])
    got = read_civil(folder)
    assert got.records["source_file"].to_list() == ["zz_good.xlsx"]
    assert balanced(got.files)
    return got


def _zip(**members: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            # without the time of day: test workers must agree on the names of the cases, which hold these bytes
            member = zipfile.ZipInfo(name.replace("__", "/").replace("_xml", ".xml"))
            archive.writestr(member, data, zipfile.ZIP_DEFLATED)
    return target.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("empty.xlsx", b"", "EMPTY_FILE"),
        ("empty.csv", b"\n \n", "EMPTY_FILE"),
        ("text.xlsx", b"so,nksHoTen\n1,x\n", "NOT_WHAT_IT_SAYS"),
        ("page.xls", b"<html><table><tr><td>so</td></tr></table></html>", "NOT_WHAT_IT_SAYS"),
        ("table.xls", b'<?xml version="1.0"?><Workbook></Workbook>', "NOT_WHAT_IT_SAYS"),
        ("old.xlsx", OLE, "NOT_WHAT_IT_SAYS"),
        ("zip.xlsx", _zip(a=b"x"), "NOT_WHAT_IT_SAYS"),
        ("scan.xlsx", b"%PDF-1.4 ...", "NOT_WHAT_IT_SAYS"),
        ("book.csv", _zip(xl__workbook_xml=b"<x/>"), "NOT_WHAT_IT_SAYS"),
        ("half.xlsx", _zip(xl__workbook_xml=b"<x/>" * 500)[:60], "DAMAGED_WORKBOOK"),
        ("odd.xlsx", _zip(xl__workbook_xml=b"<x/>"), "DAMAGED_WORKBOOK"),
        ("noise.xls", bytes(range(256)) * 8, "DAMAGED_WORKBOOK"),
        ("old.xls", OLE, "DAMAGED_WORKBOOK"),
        ("locked.xlsx", OLE + "EncryptedPackage".encode("utf-16-le"), "PASSWORD"),
        ("cut.parquet", b"PAR1" + b"\0" * 100, "DAMAGED_PARQUET"),
        ("other.csv", b"foo,bar\n1,2\n", "UNKNOWN_LAYOUT"),
    ],
)
def test_a_file_that_can_not_be_used(tmp_path: Path, name: str, content: bytes, code: str) -> None:
    (tmp_path / name).write_bytes(content)
    got = with_a_good_file(tmp_path)
    assert codes(got) == [(None, code)]
    told = got.rejected.row(0, named=True)
    assert told["source_file"] == name
    assert told["fatal"]
    assert told["reason"].endswith(".")
    assert told["advice"].endswith(".")


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("empty.xlsx", "EMPTY_FILE"),
        ("missing_column.csv", "MISSING_COLUMN"),
        ("password.xlsx", "PASSWORD"),
        ("text.xlsx", "NOT_WHAT_IT_SAYS"),
        ("truncated.xlsx", "DAMAGED_WORKBOOK"),
        ("wrong_header.csv", "UNKNOWN_LAYOUT"),
        ("repeated_numbers.csv", "OTHER_KIND"),
    ],
)
def test_the_committed_broken_samples(name: str, code: str) -> None:
    got = read_civil(FIXTURES / "broken" / name)
    assert codes(got) == [(None, code)]
    assert got.records.is_empty()


def test_an_unknown_header_names_its_columns_and_the_nearest_profile(tmp_path: Path) -> None:
    rows = ["so;mauA;mauB;mauC;mauD;mauE", "1;2;3;4;5;6"]
    got = read_civil(csv_file(tmp_path / "a.csv", "\n".join(rows)))
    reason = got.rejected["reason"][0]
    assert "mauA, mauB" in reason
    assert "hotich158" in reason


@pytest.mark.parametrize(
    "person", ["Phạm Văn Lạc;Nam;x", "PHAM VAN LAC;1;x", "An;15/08/1970;x", "An;030070009999;x"]
)
def test_a_first_row_that_may_be_a_person_is_not_told(tmp_path: Path, person: str) -> None:
    got = read_civil(csv_file(tmp_path / "a.csv", f"{person}\n{person}"))
    reason = got.rejected["reason"][0]
    assert not any(cell in reason for cell in person.split(";")[:2] if len(cell) > 2)
    assert "3 cột" in reason


def test_a_missing_column_is_named_and_its_rows_are_counted(tmp_path: Path) -> None:
    at = HEADER.index("nksNgaySinh")
    rows = [row[:at] + row[at + 1 :] for row in (HEADER, birth(1), birth(2))]
    got = read_civil(xlsx(tmp_path / "a.xlsx", rows))
    assert "nksNgaySinh" in got.rejected["reason"][0]
    assert (got.files[0]["rows_read"], got.files[0]["rows_rejected"]) == (2, 2)


def test_a_sheet_with_a_header_and_nothing_below(tmp_path: Path) -> None:
    got = read_civil(xlsx(tmp_path / "a.xlsx", [HEADER]))
    assert codes(got) == [(None, "NO_ROWS")]


def test_rows_without_a_person_are_named_with_row_and_column(tmp_path: Path) -> None:
    rows = [HEADER, birth(1), birth(2, nksHoTen=""), birth(3, nksHoTen="123"), birth(4, nksHoTen="không rõ")]
    rows += [birth(5, nksHoTen="=A1&B1"), birth(6, chaHoTen="1980"), birth(7, chaHoTen="Không có thông tin")]
    got = read_civil(xlsx(tmp_path / "a.xlsx", rows))
    assert codes(got) == [
        (3, "MISSING_NAME"),
        (4, "NAME_NOT_TEXT"),
        (5, "MISSING_NAME"),
        (6, "NAME_NOT_TEXT"),
        (7, "PERSON_WITHOUT_NAME"),
    ]
    assert got.rejected["column"].to_list() == ["nksHoTen"] * 4 + ["chaHoTen"]
    assert got.rejected["fatal"].to_list() == [True] * 4 + [False]
    fathers = got.mentions.filter(role="cha")["source_row"].to_list()
    assert fathers == [2]
    assert balanced(got.files)


def test_cells_that_can_not_be_read_are_noted_and_the_row_is_used(tmp_path: Path) -> None:
    rows = [
        [*HEADER, "nksSoDinhDanh"],
        [*birth(1, nksNgaySinh="31.02.2016"), ""],
        [*birth(2, so="mười"), ""],
        [*birth(3), "0302160o0123"],
        [*birth(4, ngayDangKy="=B2"), "0"],
        [*birth(5, chaNgaySinh="không rõ", meNgaySinh="0"), "030216000123"],
    ]
    got = read_civil(xlsx(tmp_path / "a.xlsx", rows))
    assert codes(got) == [
        (2, "IMPOSSIBLE_DATE"),
        (3, "NUMBER_NOT_DIGITS"),
        (4, "NUMBER_NOT_DIGITS"),
        (5, "FORMULA"),
    ]
    assert got.rejected["value"].to_list() == ["31.02.2016", "mười", "0302160o0123", "=B2"]
    assert not got.rejected["fatal"].any()
    assert got.records.height == 5


def test_an_equal_row_is_used_once_and_points_at_the_first(tmp_path: Path) -> None:
    xlsx(tmp_path / "a.xlsx", [HEADER, birth(1), birth(2), birth(1)])
    xlsx(tmp_path / "b.xlsx", [HEADER, birth(2)])
    got = read_civil(tmp_path)
    assert got.records.select("source_file", "source_row").rows() == [("a.xlsx", 2), ("a.xlsx", 3)]
    reasons = got.rejected["reason"].to_list()
    assert got.rejected["code"].to_list() == ["DUPLICATE_ROW"] * 2
    assert "dòng 2 của a.xlsx" in reasons[0]
    assert "dòng 3 của a.xlsx" in reasons[1]
    assert balanced(got.files)


def test_one_number_used_for_two_children_keeps_both(tmp_path: Path) -> None:
    got = read_civil(xlsx(tmp_path / "a.xlsx", [HEADER, birth(1), birth(1, nksHoTen="LÊ THỊ MƠ")]))
    assert sorted(got.records["record_id"].to_list()) == ["KS.10918.2016.01.1", "KS.10918.2016.01.1~2"]
    assert codes(got) == [(3, "REPEATED_ADDRESS")]


def test_a_header_repeated_inside_the_sheet_is_no_record(tmp_path: Path) -> None:
    got = read_civil(xlsx(tmp_path / "a.xlsx", [HEADER, birth(1), HEADER, birth(2)]))
    assert codes(got) == [(3, "REPEATED_HEADER")]
    assert got.records["source_row"].to_list() == [2, 4]


def test_hidden_sheets_and_lookup_lists(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    page = book.active
    page.title = "DL Import"
    lists = book.create_sheet("DanhMuc")
    hidden = book.create_sheet("cũ")
    hidden.sheet_state = "hidden"
    for row in (HEADER, birth(1)):
        page.append(row)
        hidden.append(row)
    lists.append(["1", "Nam"])
    book.save(tmp_path / "a.xlsx")
    got = read_civil(tmp_path)
    assert got.records["source_sheet"].to_list() == ["DL Import"]
    assert got.rejected.select("source_sheet", "code", "fatal").rows() == [("cũ", "SHEET_NOT_READ", False)]


def test_mixed_encodings_lose_no_row(tmp_path: Path) -> None:
    lines = [",".join(row).replace(PLACE, "Cẩm Định") for row in (HEADER, birth(1), birth(2))]
    data = "\n".join(lines).encode() + b"\n" + ",".join(birth(3, noiDangKy="x")).encode("cp1258", "replace")
    (tmp_path / "a.csv").write_bytes(data)
    got = read_civil(tmp_path)
    assert got.records["source_row"].to_list() == [2, 3, 4]
    assert codes(got)[0] == (None, "MIXED_ENCODINGS")


def test_lines_with_another_number_of_cells(tmp_path: Path) -> None:
    first, second = (",".join(birth(n, noiDangKy="x")) for n in (1, 2))
    rows = [",".join(HEADER), first, "1,2,3", second + ",,", second + ",more", ",,"]
    got = read_civil(csv_file(tmp_path / "a.csv", "\n".join(rows)))
    assert codes(got) == [(3, "WRONG_CELL_COUNT"), (5, "WRONG_CELL_COUNT")]
    assert got.records["source_row"].to_list() == [2, 4]
    assert got.files[0]["rows_blank"] == 1
    assert balanced(got.files)


@pytest.mark.parametrize("following", [0, 3, 80])
def test_an_unclosed_quote_costs_one_row(tmp_path: Path, following: int) -> None:
    lines = [",".join(HEADER), ",".join(birth(1, noiDangKy='"xã'))]
    lines += [",".join(birth(n, noiDangKy="x")) for n in range(2, following + 2)]
    got = read_civil(csv_file(tmp_path / "a.csv", "\n".join(lines) + "\n"))
    assert codes(got) == [(2, "UNCLOSED_QUOTE")]
    assert got.records.height == following
    assert balanced(got.files)


def test_locks_temporary_and_hidden_files_are_passed_over(tmp_path: Path) -> None:
    for name in ("~$a.xlsx", "a.xlsx.tmp", ".a.csv", "a.csv~", "notes.docx", "scan.pdf"):
        (tmp_path / name).write_bytes(b"x")
    got = with_a_good_file(tmp_path)
    assert len(got.files) == 1
    assert got.rejected.is_empty()


def test_a_circle_of_links_ends(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "back").symlink_to(tmp_path)
    assert len(with_a_good_file(tmp_path).files) == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_without_permission(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "a.xlsx", [HEADER, birth(1)])
    path.chmod(0)
    assert codes(with_a_good_file(tmp_path)) == [(None, "NO_PERMISSION")]


def test_no_permission_is_told_whoever_runs_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from reconcile.ingest import parts

    def refuse(path: Path) -> str:
        raise PermissionError(path)

    path = xlsx(tmp_path / "a.xlsx", [HEADER, birth(1)])
    monkeypatch.setattr(parts, "file_sha256", refuse)
    assert codes(read_civil(path)) == [(None, "NO_PERMISSION")]


def test_an_unexpected_failure_stays_inside_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from reconcile.ingest import parts

    whole = parts.map_table

    def fail(table: object, fit: object) -> object:
        if table.cells.height == 3:  # type: ignore[attr-defined]
            raise ZeroDivisionError("a value that must not be shown")
        return whole(table, fit)  # type: ignore[arg-type]

    monkeypatch.setattr(parts, "map_table", fail)
    xlsx(tmp_path / "a.xlsx", [HEADER, birth(1), birth(2)])
    got = with_a_good_file(tmp_path)
    assert codes(got) == [(None, "UNREADABLE")]
    assert "ZeroDivisionError" in got.rejected["reason"][0]
    assert "must not be shown" not in got.rejected["reason"][0]


def _bounded(monkeypatch: pytest.MonkeyPatch, section: str, **bounds: int) -> None:
    whole = limits_module.limits()
    part = getattr(whole, section).model_copy(update=bounds)
    small = whole.model_copy(update={section: part})
    for module in ("sniff", "workbook", "delimited", "parquet", "reading", "files", "fonts"):
        monkeypatch.setattr(f"reconcile.ingest.{module}.limits", lambda: small)


def test_a_workbook_that_unpacks_to_too_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bomb.xlsx").write_bytes(_zip(xl__workbook_xml=b"0" * 4_000_000))
    _bounded(monkeypatch, "workbook", ratio_from_megabytes=1)
    assert codes(with_a_good_file(tmp_path)) == [(None, "ZIP_BOMB")]
    _bounded(monkeypatch, "workbook", max_unpacked_megabytes=2)
    assert codes(with_a_good_file(tmp_path)) == [(None, "TOO_LARGE")]


@pytest.mark.parametrize(("section", "bound"), [("text", {"max_rows": 2}), ("text", {"max_columns": 5})])
def test_a_text_file_beyond_the_limits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, section: str, bound: dict[str, int]
) -> None:
    lines = [",".join(row).replace(PLACE, "x") for row in (HEADER, birth(1), birth(2))]
    csv_file(tmp_path / "a.csv", "\n".join(lines))
    _bounded(monkeypatch, section, **bound)
    assert codes(with_a_good_file(tmp_path)) == [(None, "TOO_LARGE")]


def test_too_many_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(3):
        csv_file(tmp_path / f"{n}.csv", "x")
    _bounded(monkeypatch, "file", max_files=2)
    assert codes(read_civil(tmp_path)) == [(None, "TOO_MANY_FILES")]


def test_a_cell_too_long_costs_its_row(tmp_path: Path) -> None:
    lines = [",".join(birth(n, noiDangKy="x")) for n in (1, 2)]
    lines[0] = lines[0].replace("Trần", "Trần" * 20_000)
    got = read_civil(csv_file(tmp_path / "a.csv", "\n".join([",".join(HEADER), *lines])))
    assert codes(got) == [(2, "CELL_TOO_LONG")]
    assert got.records["source_row"].to_list() == [3]


def test_every_code_is_worded_in_two_sentences() -> None:
    for code, wording in wordings().items():
        assert wording.reason.endswith("."), code
        assert wording.advice.endswith((".", "}")), code


def test_every_code_is_documented() -> None:
    text = (Path(__file__).parent.parent / "docs" / "ingest.md").read_text(encoding="utf-8")
    assert [code for code in wordings() if code not in text] == []
