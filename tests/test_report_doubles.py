"""Suspected doubles: one question per pair, both records side by side."""

from __future__ import annotations

import polars as pl
import pytest
import report_data

from reconcile import schema
from reconcile.ledger import cases_of
from reconcile.report.doubles import asked_doubles
from reconcile.report.typeface import wrapped_lines
from reconcile.report.workbook import prepare

A, B, C = "KS.10912.2016.01.52", "KS.10912.2016.01.9", "KS.10912.1985.02.7"


def told(*lists: tuple[str, ...]):
    """Tables in which the comparison finds each list of records to be one birth: one difference per record."""
    tables = report_data.small()
    rows = [
        {
            "discrepancy_id": f"x{n}-{record}", "record_id": record, "register": "KS", "role": "nks", "field": "ban_ghi",
            "code": "DUPLICATE_REGISTRATION", "severity": "major", "civil_value": ", ".join(records), "owner": "tu_phap",
            "commune_code": "10912", "message": f"Người này có {len(records)} bản ghi khai sinh: {', '.join(records)}.",
        }
        for n, records in enumerate(lists)
        for record in records
        if record in set(tables.records["record_id"])
    ]  # fmt: skip
    found = schema.DISCREPANCIES.conform(pl.DataFrame(rows)).select(tables.discrepancies.columns)
    return report_data.replace(
        tables,
        discrepancies=pl.concat([tables.discrepancies, found]),
        duplicates=tables.duplicates.clear(),
    )


def test_two_records_are_one_row_with_the_other_record_beside():
    rows = prepare(told((C, A)))["nghi_trung"]["10912"].to_dicts()
    assert [(r["ma"], r["so_quyen"], r["so_quyen_kia"], r["so_kia"]) for r in rows] == [
        (f"x0-{C}", "KS 02/1985", "KS 01/2016", "52")
    ]
    assert rows[0]["giai_thich"] == "Người này có 2 bản ghi khai sinh."


def test_three_records_are_one_row_that_names_all():
    (row,) = asked_doubles(told((C, A, B))).to_dicts()
    assert (row["record_id"], row["other_record_id"]) == (C, A)
    assert B in row["reason"]


def test_the_ledger_asks_what_the_workbook_asks():
    tables = told((C, A), (B, "KS.10999.2001.01.1"))
    asked = {r["ma"] for frame in prepare(tables)["nghi_trung"].values() for r in frame.to_dicts()}
    assert asked == set(cases_of(tables).filter(kind="duplicate")["case_id"]) == {f"x0-{C}", f"x1-{B}"}


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("Nguyễn Thị Nhung", 17, 1),
        ("NGUYỄN THỊ NHUNG", 17, 2),
        ("iiiiiiiiiiiiiiiiiiiiiiii", 12, 1),
        ("MMMMMMMMMMMM", 12, 2),
        ("05.06.1991 05.06.1991", 21, 1),
    ],
)
def test_a_row_is_as_high_as_its_text_in_arial(text, width, lines):
    assert wrapped_lines(text, width) == lines
