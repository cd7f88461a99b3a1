"""Each kind of bad input in a population extract: what is said, what of the rest is still used."""

from __future__ import annotations

import os
from pathlib import Path

from ingest_files import FIXTURES, balanced, codes, csv_file, parquet

from reconcile.ingest import read_population


def test_extract_rows_without_name_or_birth_are_rejected(tmp_path: Path) -> None:
    header = ["soDinhDanh", "hoTen", "ngaySinh"]
    rows = [
        ["030085001234", "Lê An", "1985"],
        ["030085001235", "", "1985"],
        ["030085001236", "1985", "1985"],
        ["030085001237", "Lê Ba", ""],
        ["030085001238", "Lê Cư", "không rõ"],
        ["030085001239", "Lê Dư", "31/02/1985"],
        ["03008500123x", "Lê Đa", "1985"],
    ]
    got = read_population(parquet(tmp_path / "p.parquet", header, rows))
    assert codes(got) == [
        (3, "MISSING_NAME"),
        (4, "NAME_NOT_TEXT"),
        (5, "MISSING_BIRTH_DATE"),
        (6, "MISSING_BIRTH_DATE"),
        (7, "IMPOSSIBLE_DATE"),
        (8, "NUMBER_NOT_DIGITS"),
    ]
    assert got.residents.select("population_row", "resident_id").rows() == [
        (2, "030085001234"),
        (7, "030085001239"),
        (8, "row:8"),
    ]
    assert balanced(got.files)
    assert set(got.rejected["register"]) == {"DC"}


def test_a_repeated_number_keeps_both_rows(tmp_path: Path) -> None:
    rows = [["030085001234", "Lê An", "1985"], ["30085001234.0", "Lê Bé", "1986"]]
    got = read_population(parquet(tmp_path / "p.parquet", ["soDinhDanh", "hoTen", "ngaySinh"], rows))
    assert got.residents["resident_id"].to_list() == ["030085001234", "row:3"]
    assert codes(got) == [(3, "REPEATED_ID")]
    assert "dòng 2" in got.rejected["reason"][0]


def test_a_register_given_as_extract_is_told(tmp_path: Path) -> None:
    got = read_population(FIXTURES / "misa" / "khai_sinh_2017.xlsx")
    assert codes(got) == [(None, "OTHER_KIND")]
    assert got.residents.is_empty()


def test_an_extract_folder_counts_the_newest_file(tmp_path: Path) -> None:
    old = csv_file(tmp_path / "z.csv", "hoTen,ngaySinh\nLê An,1980\n")
    new = csv_file(tmp_path / "a.csv", "hoTen,ngaySinh\nLê Ba,1980\n")
    os.utime(old, (1, 1))
    os.utime(new, (2, 2))
    assert read_population(tmp_path).residents["ho_ten"].to_list() == ["Lê Ba"]


def test_an_empty_extract_folder_is_told(tmp_path: Path) -> None:
    assert codes(read_population(tmp_path)) == [(None, "EMPTY_FILE")]


def test_a_second_sheet_of_an_extract_is_counted_as_rejected(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    for name in ("một", "hai"):
        page = book.create_sheet(name)
        page.append(["hoTen", "ngaySinh"])
        page.append([f"Lê {name}", "1980"])
    book.remove(book.worksheets[0])
    book.save(tmp_path / "p.xlsx")
    got = read_population(tmp_path / "p.xlsx")
    assert got.residents["ho_ten"].to_list() == ["Lê một"]
    assert got.rejected.select("source_sheet", "code").rows() == [("hai", "EXTRA_SHEET")]
    assert balanced(got.files)
