"""Cells become text without loss, rows keep the number that Excel shows, ids stay the same; no row is lost."""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ingest_files import HEADER, balanced, birth, csv_file, parquet, xlsx

from reconcile.ingest import read_civil, read_population
from reconcile.ingest.cells import read_column
from reconcile.ingest.delimited import find_shape
from reconcile.ingest.encoding import decode
from reconcile.normalize.encodings import encode
from reconcile.problems import ReconcileError

NOON = dt.datetime(1970, 8, 15, 12)  # noqa: DTZ001 - workbooks know no time zones


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("05.1970", "05.1970"),
        ("01", "01"),
        ("030085001234", "030085001234"),
        (30085001234.0, "30085001234"),
        (1984, "1984"),
        (5.197, "5.197"),
        (NOON.replace(hour=0), "1970-08-15"),
        (NOON.replace(hour=13, minute=5), "1970-08-15 13:05:00"),
        ("  hai  chữ ", "  hai  chữ "),
        ("một\nhai", "một\nhai"),
        ("   ", None),
        ("\u00a0", None),
    ],
)
def test_workbook_cells_become_text(tmp_path: Path, cell: object, text: str | None) -> None:
    path = xlsx(tmp_path / "p.xlsx", [["hoTen", "ngaySinh", "queQuan"], ["Lê An", "1980", cell]])
    assert read_population(path).residents["que_quan"].to_list() == [text]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (30085001234.0, "30085001234"),
        (0.1, "0.1"),
        (7, "7"),
        (dt.date(1970, 8, 15), "1970-08-15"),
        (NOON.replace(hour=0), "1970-08-15"),
        (["030085001234", "031085001234"], "030085001234; 031085001234"),
        (True, "true"),
        (None, None),
    ],
)
def test_parquet_cells_become_text(tmp_path: Path, cell: object, text: str | None) -> None:
    path = parquet(tmp_path / "p.parquet", ["hoTen", "ngaySinh", "soDinhDanhCu"], [["Lê An", "1980", cell]])
    assert read_population(path).residents["so_dinh_danh_cu"].to_list() == [text]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_text_files_in_any_dress(tmp_path: Path, separator: str, encoding: str, end: str) -> None:
    lines = [
        separator.join(cells) for cells in (["hoTen", "ngaySinh", "queQuan"], ["Lê Đức", "1980", "Cẩm Giàng"])
    ]
    got = read_population(csv_file(tmp_path / "p.csv", end.join(lines) + end, encoding))
    assert got.residents.select("population_row", "ho_ten", "que_quan").rows() == [(2, "Lê Đức", "Cẩm Giàng")]


@pytest.mark.parametrize("encoding", ["tcvn3", "vni"])
def test_a_legacy_text_file_is_read_by_its_columns(tmp_path: Path, encoding: str) -> None:
    names = ["Nguyễn Văn Hòa", "Trần Thị Hường", "Phạm Đức Bình", "Lê Thị Thủy"]
    rows = [f"{encode(name, encoding)},19{n}0" for n, name in enumerate(names, 5)]
    (tmp_path / "p.csv").write_bytes("\n".join(["hoTen,ngaySinh", *rows]).encode("latin-1"))
    assert read_population(tmp_path / "p.csv").residents["ho_ten"].to_list() == names


def test_a_line_that_is_not_utf8_keeps_every_byte() -> None:
    got = decode("Lê\n".encode() + b"H\xad\xac\x81\n")
    assert got.encoding == "mixed"
    assert got.legacy_lines == {1}
    assert got.data.decode().split("\n")[1] == "H\u00ad\u00ac\u0081"


def test_the_separator_is_not_fooled_by_commas_in_places() -> None:
    rows = "xã A, huyện B, tỉnh C;1\nxã D, huyện E, tỉnh G;2\n"
    assert find_shape("queQuan;ngaySinh\n" + rows).separator == ";"
    assert find_shape("a;b\n" + rows).separator == ";"


def test_a_record_over_several_lines_counts_once(tmp_path: Path) -> None:
    text = 'hoTen,ngaySinh,queQuan\nAn Lê,1980,"một\nhai"\n\nBa Lê,1981,x\n"Cu ""Tý""",1982,"a, b"\n'
    got = read_population(csv_file(tmp_path / "p.csv", text))
    assert got.residents.select("population_row", "ho_ten", "que_quan").rows() == [
        (2, "An Lê", "một\nhai"),
        (4, "Ba Lê", "x"),
        (5, 'Cu "Tý"', "a, b"),
    ]
    assert got.files[0]["rows_blank"] == 1


def test_row_numbers_are_those_of_excel(tmp_path: Path) -> None:
    rows = [HEADER, birth(1), None, birth(2), ["", " ", ""], None, birth(3)]
    got = read_civil(xlsx(tmp_path / "a.xlsx", rows))
    assert got.records["source_row"].to_list() == [2, 4, 7]
    assert got.files[0]["rows_blank"] == 3


def test_rows_with_nothing_but_their_ordinal_are_blank(tmp_path: Path) -> None:
    rows = [["STT", *HEADER], ["1", *birth(1)], ["2"], ["3"]]
    got = read_civil(xlsx(tmp_path / "a.xlsx", rows))
    assert (got.files[0]["rows_read"], got.files[0]["rows_blank"]) == (1, 2)


def test_ids_are_the_same_in_every_format_and_hold_no_personal_data(tmp_path: Path) -> None:
    rows = [birth(7), birth(8), birth(9, so="")]
    for folder in ("x", "c", "p"):
        (tmp_path / folder).mkdir()
    lines = ["|".join(row) for row in (HEADER, *rows)]
    sources = [
        xlsx(tmp_path / "x" / "one.xlsx", [HEADER, *rows]),
        csv_file(tmp_path / "c" / "two.csv", "\n".join(lines)),
        parquet(tmp_path / "p" / "three.parquet", HEADER, rows),
    ]
    ids = [read_civil(source).records["record_id"].to_list() for source in sources]
    assert ids[0] == ids[1] == ids[2]
    assert ids[0][:2] == ["KS.10918.2016.01.7", "KS.10918.2016.01.8"]
    assert ids[0][2].startswith("KS.x")
    assert len(ids[0][2]) == len("KS.x") + 15


@pytest.mark.parametrize(
    ("cells", "record_id"),
    [
        ({"so": "052", "quyenSo": "1/2016"}, "KS.10918.2016.01.52"),
        ({"so": "52/2017", "quyenSo": "", "ngayDangKy": ""}, "KS.10918.2017.00.52"),
        ({"so": "52", "quyenSo": "02/2015", "ngayDangKy": "03.2016"}, "KS.10918.2016.02.52"),
        ({"so": "52", "ngayDangKy": "2016-03-15"}, "KS.10918.2016.01.52"),
    ],
)
def test_the_id_is_the_register_address(tmp_path: Path, cells: dict[str, str], record_id: str) -> None:
    got = read_civil(xlsx(tmp_path / "a.xlsx", [HEADER, birth(1, **cells)]))
    assert got.records["record_id"].to_list() == [record_id]


def test_the_folder_stands_in_for_a_place_that_is_not_written(tmp_path: Path) -> None:
    folder = tmp_path / "10918" / "2016"
    folder.mkdir(parents=True)
    xlsx(folder / "a.xlsx", [HEADER, birth(1, noiDangKy="")])
    got = read_civil(tmp_path)
    assert got.records.select("folder_commune", "record_id", "source_file").rows() == [
        ("10918", "KS.10918.2016.01.1", "10918/2016/a.xlsx")
    ]


def test_ids_do_not_depend_on_the_names_of_the_files(tmp_path: Path) -> None:
    first, second = birth(1), birth(1, nksHoTen="LÊ THỊ MƠ")
    seen = []
    for n, order in enumerate(((first, second), (second, first))):
        folder = tmp_path / str(n)
        folder.mkdir()
        for name, row in zip("ab", order, strict=True):
            xlsx(folder / f"{name}.xlsx", [HEADER, row])
        got = read_civil(folder)
        seen.append(dict(got.mentions.filter(role="nks").select("ho_ten", "record_id").rows()))
    assert seen[0] == seen[1]


def test_files_of_one_name_in_two_folders_are_told_apart(tmp_path: Path) -> None:
    for n, folder in enumerate(("a", "b"), 1):
        (tmp_path / folder).mkdir()
        xlsx(tmp_path / folder / "x.xlsx", [HEADER, birth(n)])
    got = read_civil([tmp_path / "a", tmp_path / "b", tmp_path / "a" / "x.xlsx"])
    assert got.records["source_file"].n_unique() == 2
    assert got.records.height == 2


def test_one_column_is_counted_by_distinct_cells(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "a.xlsx", [HEADER, birth(1), birth(2), birth(3, nksGioiTinh="2")])
    assert read_column(path, "nksGioiTinh") == [("1", 2), ("2", 1)]
    assert read_column(path, "nks.gioi_tinh") == [("1", 2), ("2", 1)]
    with pytest.raises(ReconcileError, match="noiDangKy"):
        read_column(path, "lạ")


def _mutilate(rows: list[list[str]], dice: random.Random) -> list[list[str]]:
    """Damage the rows of a sheet as people and programs do."""
    for _ in range(dice.randint(0, 8)):
        at = dice.randrange(len(rows) + 1)
        row = rows[at] if at < len(rows) else []
        kind = dice.randrange(8)
        if kind == 0:
            rows.insert(at, [])
        elif kind == 1:
            rows.insert(at, list(row))
        elif kind == 2 and at < len(rows):
            del rows[at]
        elif kind == 3 and row:
            rows[at] = row[: dice.randrange(1, len(row) + 1)]
        elif kind == 4 and row:
            row[dice.randrange(len(row))] = dice.choice(["", " ", "0", "???", "31.02.2016", "=A1", "\u00a0"])
        elif kind == 5:
            rows.insert(at, list(HEADER))
        elif kind == 6:
            rows.insert(at, ["Người lập biểu"])
        elif row:
            dice.shuffle(row)
    return rows


@given(seed=st.integers(0, 10_000), ending=st.sampled_from(["xlsx", "csv"]), people=st.integers(0, 6))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_row_is_ever_lost(tmp_path: Path, seed: int, ending: str, people: int) -> None:
    dice = random.Random(seed)
    rows = [list(HEADER), *_mutilate([birth(n) for n in range(1, people + 1)], dice)]
    path = tmp_path / f"a.{ending}"
    if ending == "xlsx":
        xlsx(path, rows)
    else:
        csv_file(path, "\n".join("|".join(row) for row in rows))
    got = read_civil(path)
    assert balanced(got.files)
    assert got.files[0]["problem"] is None
    assert got.files[0]["rows_read"] == sum(1 for row in rows[1:] if any(cell.strip() for cell in row))
    lost = got.rejected.filter(pl.col("fatal") & pl.col("source_row").is_not_null())
    assert lost.height == got.files[0]["rows_rejected"]
    assert got.records.height == got.files[0]["rows_used"]
    assert not set(lost["source_row"]) & set(got.records["source_row"])


def test_a_header_sorted_into_the_middle_loses_no_row(tmp_path: Path) -> None:
    rows = [["DANH SÁCH"], birth(1), HEADER, birth(2)]
    got = read_civil(xlsx(tmp_path / "a.xlsx", rows))
    assert got.records["source_row"].to_list() == [4]
    assert got.rejected.select("source_row", "code").rows() == [(2, "ROW_ABOVE_HEADER")]
    assert balanced(got.files)


@given(st.lists(st.text(alphabet='a"\n,;ễ ', max_size=12), min_size=1, max_size=8))
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_below_a_header_is_read_or_told(tmp_path: Path, lines: list[str]) -> None:
    path = csv_file(tmp_path / "p.csv", "hoTen,ngaySinh,queQuan\nLê An,1980,x\n" + "\n".join(lines))
    got = read_population(path)
    assert balanced(got.files)
    assert got.residents["ho_ten"][0] == "Lê An"
