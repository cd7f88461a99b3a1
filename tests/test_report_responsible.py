"""Whose workbook a record is in: the commune that keeps the book on the day of the run."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from reconcile.report.responsible import by_keeper, keeper, unit_name
from reconcile.report.tables import ReportTables
from reconcile.schema import CANDIDATES, DISCREPANCIES, LINKS, MENTIONS, RECORDS, REJECTED, RESIDENTS

WRITTEN = dt.date(2010, 5, 20)
TODAY = dt.date(2026, 11, 22)


@pytest.mark.parametrize(
    ("code", "folder", "as_of", "expected"),
    [
        ("10915", None, dt.date(2018, 1, 1), "10915"),  # xã Cẩm Sơn while it lasted
        ("10915", None, dt.date(2024, 1, 1), "10918"),  # merged into xã Định Sơn in 12/2019
        ("10915", None, TODAY, "10888"),  # and with it into xã Cẩm Giang in 07/2025
        ("10888", None, TODAY, "10888"),  # the same code, another unit
        ("10933", None, TODAY, "10903"),  # xã Cẩm Phúc was split: the first by code …
        ("10933", "10930", TODAY, "10930"),  # … unless the file lies in the other's folder
        ("10933", "00001", TODAY, "10903"),
        ("99999", None, TODAY, "99999"),  # no such unit: nothing is guessed
    ],
)
def test_keeper(code: str, folder: str | None, as_of: dt.date, expected: str) -> None:
    assert keeper(code, WRITTEN, folder, as_of) == expected


def test_a_workbook_bears_the_name_of_the_day() -> None:
    assert unit_name("10915", dt.date(2018, 1, 1)) == "Xã Cẩm Sơn, Tỉnh Hải Dương"
    assert unit_name("10888", TODAY) == "Xã Cẩm Giang, Thành phố Hải Phòng"
    assert unit_name("10915", TODAY) is None


def _tables(codes: list[str | None]) -> ReportTables:
    count = len(codes)
    records = RECORDS.conform(
        pl.DataFrame(
            {
                "record_id": [f"r{n}" for n in range(count)],
                "commune_code": codes,
                "registered_earliest": [WRITTEN] * count,
            },
            schema_overrides={"commune_code": pl.String},
        )
    )
    found = DISCREPANCIES.conform(
        pl.DataFrame({"discrepancy_id": ["d0", "d1"], "record_id": ["r0", None], "commune_code": codes[:2]})
    )
    rejected = REJECTED.conform(pl.DataFrame({"source_file": ["population.csv"], "register": ["DC"]}))
    return ReportTables(
        records, MENTIONS.empty(), RESIDENTS.empty(), LINKS.empty(), CANDIDATES.empty(), found, rejected
    )


def test_the_books_of_merged_communes_come_together() -> None:
    told = by_keeper(_tables(["10915", "10918", None]), TODAY)
    assert told.records["commune_code"].to_list() == ["10888"] * 3
    assert told.discrepancies["commune_code"].to_list() == ["10888"] * 2
    assert told.rejected["commune_code"].to_list() == ["10888"]


def test_what_belongs_to_no_commune_stays_so_where_there_are_several() -> None:
    told = by_keeper(_tables(["10915", "10909", None]), TODAY)
    assert told.records["commune_code"].to_list() == ["10888", "10909", None]
    assert told.rejected["commune_code"].to_list() == [None]


def test_the_tables_given_are_not_changed() -> None:
    given = _tables(["10915", "10918"])
    by_keeper(given, TODAY)
    assert given.records["commune_code"].to_list() == ["10915", "10918"]
