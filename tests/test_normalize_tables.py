"""Canonical tables: every comparable column is filled from its written one, no row is lost or moved."""

from __future__ import annotations

from datetime import date

import polars as pl

from reconcile import schema
from reconcile.normalize.gazetteer import gazetteer
from reconcile.normalize.place_days import change_days, place_days
from reconcile.normalize.tables import normalize_mentions, normalize_records, normalize_residents

ORIGIN = {"source_file": ["KS.xlsx"] * 3, "source_row": [2, 3, 4], "register": ["KS"] * 3}
RECORDS = schema.RECORDS.conform(
    pl.DataFrame(
        {
            "record_id": ["KS.1", "KS.2", "KS.3"],
            **ORIGIN,
            "so": ["02", "99/2016", "x"],
            "quyen_so": ["01/2016", "01", None],
            "ngay_dang_ky": ["15.03.2016", "2016-03-16 00:00:00", None],
            "noi_dang_ky": ["UBND xã Cẩm Văn, huyện Cẩm Giàng, tỉnh Hải Dương", "UBND xã", None],
            "folder_commune": [None, "10918", None],
            "ngay_su_kien": ["10/3/16", None, "1970"],
        }
    )
)
MENTIONS = schema.MENTIONS.conform(
    pl.DataFrame(
        {
            "record_id": ["KS.1", "KS.2", "KS.1"],
            "source_file": ["KS.xlsx"] * 3,
            "source_row": [2, 3, 2],
            "register": ["KS"] * 3,
            "role": ["nks", "nks", "me"],
            "ho_ten": ["NGUYỄN VĂN AN", "Trần Thị Bình", None],
            "ngay_sinh": ["10.03.2016", "01/3/16", "1988"],
            "ngay_sinh_cha": ["1984", "ngày 5 tháng 6 năm 1985", None],
            "gioi_tinh": ["1", "Nữ", "0"],
            "so_dinh_danh": [None, "141234567", None],
            "so_cmnd": ["30085001234", None, "012345678"],
            "so_dinh_danh_me": ["030188001234", None, None],
            "dan_toc": ["Kinh", "Khơ Me (Khmer)", "1"],
            "quoc_tich": ["VIỆT NAM", None, "Không có thông tin"],
            "que_quan": ["Cẩm Đoài - Cẩm Bình - Hải Hưng", None, ", , "],
        }
    )
)


def test_records() -> None:
    out = normalize_records(RECORDS)
    assert out.columns == schema.RECORDS.names
    assert out["number"].to_list() == [2, 99, None]
    assert out["book"].to_list() == [1, 1, None]
    assert out["book_year"].to_list() == [2016, 2016, None]
    assert out["registered_earliest"].to_list() == [date(2016, 3, 15), date(2016, 3, 16), None]
    assert out["event_latest"].to_list() == [date(2016, 3, 10), None, date(1970, 12, 31)]
    assert out["commune_code"].to_list() == ["10900", "10918", None]  # named, else the folder's
    assert out["so"].to_list() == RECORDS["so"].to_list()


def test_mentions() -> None:
    out = normalize_mentions(MENTIONS, normalize_records(RECORDS))
    assert out.columns == schema.NORMALIZED_MENTIONS.names
    assert out.select("record_id", "role").rows() == MENTIONS.select("record_id", "role").rows()
    assert out["name_key"].to_list() == ["nguyễn văn an", "trần thị bình", None]
    assert out["birth_earliest"].to_list() == [date(2016, 3, 10), date(2016, 3, 1), date(1988, 1, 1)]
    assert out["father_birth_latest"].to_list() == [date(1984, 12, 31), date(1985, 6, 5), None]
    assert out["sex"].to_list() == [1, 2, None]
    assert out["personal_id"].to_list() == ["030085001234", None, None]  # a CCCD in the paper's column
    assert out["old_id"].to_list() == [None, "141234567", "012345678"]
    assert out["mother_id"].to_list() == ["030188001234", None, None]
    assert out["ethnicity"].to_list() == ["01", "05", None]
    assert out["nationality"].to_list() == ["VN", None, None]
    assert out["home_unit"].to_list() == ["10942", None, None]
    assert out["commune_code"].to_list() == ["10900", "10918", "10900"]


def test_a_record_read_from_two_files_keeps_two_mentions() -> None:
    twice = pl.concat([RECORDS.head(1), RECORDS.head(1).with_columns(source_file=pl.lit("copy.xlsx"))])
    mentions = pl.concat([MENTIONS.head(1), MENTIONS.head(1).with_columns(source_file=pl.lit("copy.xlsx"))])
    assert normalize_mentions(mentions, normalize_records(twice)).height == 2


def test_residents() -> None:
    residents = schema.RESIDENTS.conform(
        pl.DataFrame(
            {
                "population_row": [2, 3],
                "resident_id": ["030085001234", "row:3"],
                "ho_ten": ["Nguyễn Văn An", "Lê Thị Hoà"],
                "ten_goi_khac": [None, "Hòa"],
                "ngay_sinh": ["15/08/1985", "15/8/70"],
                "so_dinh_danh": ["30085001234.0", None],
                "so_dinh_danh_cu": ["30085001235; 030085001236", None],
                "so_dinh_danh_chu_ho": ["030085001234", "x"],
                "tinh_trang_hon_nhan": ["Có vợ", "0"],
            }
        )
    )
    out = normalize_residents(residents)
    assert out.columns == schema.NORMALIZED_RESIDENTS.names
    assert out["former_ids"].to_list() == [["030085001235", "030085001236"], None]
    assert out["household_id"].to_list() == ["030085001234", None]
    assert out["marital_status"].to_list() == ["married", None]
    assert out["other_name_key"].to_list() == [None, "hòa"]
    assert out["birth_earliest"].to_list() == [date(1985, 8, 15), None]  # no context gives 70 a century
    assert out["personal_id"].to_list() == ["030085001234", None]


def test_a_code_used_again_keeps_its_two_units_apart() -> None:
    written = [
        ("xã Ngọc Liên, huyện Cẩm Giàng, tỉnh Hải Dương", "10/05/1980"),  # bore 10903 until 06/2025
        ("xã Cẩm Giàng, thành phố Hải Phòng", "10/05/1980"),  # today's name for a birth of 1980
        ("huyện Cẩm Giàng, tỉnh Hải Dương", "10/05/1980"),  # no commune: no code, but a unit
        ("không rõ", "10/05/1980"),
    ]
    residents = schema.RESIDENTS.conform(
        pl.DataFrame(written, schema=["noi_sinh", "ngay_sinh"], orient="row").with_columns(
            population_row=pl.int_range(2, 6), resident_id=pl.format("row:{}", pl.int_range(2, 6))
        )
    )
    out = normalize_residents(residents)
    assert out["birth_unit"].to_list() == ["10903", "10903", None, None]
    assert out["birth_unit_id"].to_list() == ["10903-1", "10903-2", "295-1", None]


def test_empty_tables() -> None:
    records = normalize_records(schema.RECORDS.empty())
    assert normalize_mentions(schema.MENTIONS.empty(), records).height == 0
    assert normalize_residents(schema.RESIDENTS.empty()).columns == schema.NORMALIZED_RESIDENTS.names


def test_rounded_days_hold_the_same_units() -> None:
    days = pl.Series([date(2019, 11, 30), date(2019, 12, 1), date(1977, 3, 11), date(2025, 6, 30), None])
    rounded = place_days(days).to_list()
    assert rounded[-1] is None
    for day, start in zip(days.to_list()[:-1], rounded[:-1], strict=True):
        assert start <= day
        assert not [change for change in change_days() if start < change <= day]
        for unit in gazetteer().by_code[3, "10891"]:
            assert unit.holds(day) == unit.holds(start)


def test_the_order_of_rows_changes_nothing() -> None:
    records = normalize_records(RECORDS)
    forward = normalize_mentions(MENTIONS, records)
    backward = normalize_mentions(MENTIONS.reverse(), records)
    assert forward.equals(backward.reverse())
