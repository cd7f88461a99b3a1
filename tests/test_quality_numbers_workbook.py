"""Every sheet of the scorecard's workbook shows the numbers of scorecard.json and the measures themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
from quality_numbers import cards, rows


def test_every_sheet_of_the_workbook(made: Path, told: dict[str, Any]) -> None:
    book = openpyxl.load_workbook(made / "card" / "scorecard.xlsx", read_only=True)
    sheets = {
        name: [list(r) for r in book[name].iter_rows(min_row=2, values_only=True)] for name in book.sheetnames
    }
    by_code = [("", told["*"]), *((c, o) for c, o in cards(told) if c != "*")]
    assert [r[2:4] for r in sheets["Tổng hợp"]] == [
        [d["numerator"], d["denominator"]] for d in told["*"]["dimensions"]
    ]
    assert {r[0]: (r[2], r[-2], r[-1]) for r in sheets["Các xã"]} == {
        c: (o["records"]["now"], o["open"], sum(b["ready"] for b in o["books"])) for c, o in by_code if c
    }
    assert [(r[1], r[3]) for r in sheets["Lỗi"]] == [(r["rule"], r["failing"]) for r in told["*"]["rules"]]
    assert [[r[0] or "", r[3], *r[4:]] for r in sheets["Sai lệch"]] == [
        [code, c["code"], c["tu_phap"], c["cong_an"], c["xac_minh"], c["total"]]
        for code, o in by_code
        for c in o["codes"]
    ]
    keys = ("books", "records", "agreeing", "differing", "review", "missing", "scans", "ready")
    assert [r[4:] for r in sheets["Sổ và giai đoạn"]] == [
        [b[k] for k in keys] for _, o in by_code for b in o["books"]
    ]
    assert [r[5:7] for r in sheets["Theo loại sổ, giai đoạn"]] == [
        [s["numerator"], s["denominator"]]
        for _, o in by_code
        for r in o["cuts"]
        for s in r["shares"].values()
        if s
    ]
    assert [r[4:6] for r in sheets["Số đo khác"]] == [
        [r["numerator"], r["denominator"]] for _, o in by_code for r in o["others"]
    ]
    assert [r[2:] for r in sheets["Phê duyệt"]] == [
        [*o["approval"]["books"].values(), o["approval"]["approved"], o["approval"]["converted"]]
        for _, o in by_code
        if o["approval"]
    ]
    raw = rows(
        made,
        "SELECT commune, measure_id, register, source, sum(numerator)::BIGINT, sum(denominator)::BIGINT FROM m WHERE commune <> '*' GROUP BY ALL",
    )
    assert sorted([tuple("" if v is None else v for v in r) for r in sheets["Số đo"]]) == sorted(
        tuple("" if v is None else v for v in (*r[:5], r[5] or 0)) for r in raw
    )
