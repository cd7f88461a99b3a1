"""Every number of the Friday table and of its letter equals independent SQL over the measures."""

from __future__ import annotations

import html
from collections import defaultdict
from pathlib import Path

import docx
import openpyxl
import pytest
from quality_numbers import COMMUNES, dots, per_cent, table

WEEKLY = """SELECT commune, register, period,
    {sums}
    FROM m WHERE register <> '' GROUP BY ALL"""
WEEKLY_COLUMNS = {
    "Số quyển": "measure_id = 'books'",
    "Đã nhập (lũy kế)": "measure_id = 'records'",
    "Đã có PDF": "measure_id = 'scans'",
    "Đã đối chiếu dân cư": "measure_id = 'records'",
    "Khớp": "measure_id = 'state' AND rule = 'agreeing'",
    "Sai lệch (bản ghi)": "measure_id = 'state' AND rule = 'differing'",
    "Sai lệch: họ tên": "measure_id = 'differing_in' AND rule = 'ho_ten'",
    "Sai lệch: ngày sinh": "measure_id = 'differing_in' AND rule = 'ngay_sinh'",
    "Chờ xác nhận người": "measure_id = 'state' AND rule = 'review'",
    "Chưa tìm thấy trong dân cư": "measure_id = 'state' AND rule = 'missing'",
    "Tư pháp đã xử lý": "measure_id = 'carried_out' AND source = 'tu_phap'",
    "Đã chuyển công an": "measure_id = 'conclusions' AND rule = 'Sửa dân cư'",
    "Công an đã xử lý": "measure_id = 'carried_out' AND source = 'cong_an'",
    "Đủ điều kiện phê duyệt": "measure_id = 'ready'",
    "Đã phê duyệt": "measure_id = 'approved'",
    "Đã chuyển chính thức": "measure_id = 'converted'",
}


def test_every_column_of_the_friday_table_and_letter(made: Path) -> None:
    sums = ", ".join(
        f"coalesce(sum(numerator) FILTER ({test}), 0)::BIGINT" for test in WEEKLY_COLUMNS.values()
    )
    expected = {
        key: dict(zip(WEEKLY_COLUMNS, v, strict=True))
        for key, v in table(made, WEEKLY.format(sums=sums), 3).items()
    }
    before = table(
        made,
        "SELECT commune, register, period, sum(numerator)::BIGINT FROM w WHERE measure_id = 'records' GROUP BY ALL",
        3,
    )
    folder = made / "weekly" / "2026-11-20"
    sheet = openpyxl.load_workbook(folder / "bao-cao_khu-vuc.xlsx")["Báo cáo"]
    lines = list(sheet.iter_rows(values_only=True))
    start = next(i for i, line in enumerate(lines) if line[3] == "STT")
    titles = lines[start]
    found = [dict(zip(titles, line, strict=True)) for line in lines[start + 2 :] if line[1]]
    assert len(found) == COMMUNES * 15
    added: dict[str, int] = defaultdict(int)
    for line in found:
        key = (line["Mã xã"], line["Mã sổ"], line["Mã giai đoạn"])
        want = expected[key] | {
            "Tổng số trường hợp": 2000,
            "Nhập trong tuần": expected[key]["Đã nhập (lũy kế)"] - before[key][0],
            "Còn lại": max(0, 2000 - expected[key]["Đã nhập (lũy kế)"]),
        }
        assert {title: 0 if line[title] in (None, "…", "") else line[title] for title in want} == want
        assert line["Tỷ lệ %"] == pytest.approx(want["Đã nhập (lũy kế)"] / 2000)
        for title, n in want.items():
            added[title] += n
    total = next(
        dict(zip(titles, line, strict=True)) for line in lines[start + 2 :] if line[4] == "Tổng cộng"
    )
    assert {title: total[title] for title in added} == dict(added)
    summary = list(
        openpyxl.load_workbook(folder / "bao-cao_khu-vuc.xlsx")["Tổng hợp"].iter_rows(values_only=True)
    )
    births = next(dict(zip(summary[0], line, strict=True)) for line in summary if line[0] == "Cộng khai sinh")
    assert births["Khớp"] == sum(v["Khớp"] for (c, r, _), v in expected.items() if r == "KS" and c != "*")

    letter = docx.Document(str(folder / "bao-cao_khu-vuc.docx"))
    grid = [[cell.text for cell in row.cells] for row in letter.tables[1].rows]
    shown = {row[0]: dict(zip(grid[0][1:], row[1:], strict=True)) for row in grid[1:]}
    names = {"Tổng số": "Tổng số trường hợp", "Đã nhập": "Đã nhập (lũy kế)", "Sai lệch": "Sai lệch (bản ghi)",
             "Chờ xác nhận": "Chờ xác nhận người", "Chưa tìm thấy": "Chưa tìm thấy trong dân cư",
             "Đủ điều kiện": "Đủ điều kiện phê duyệt"}  # fmt: skip
    assert shown["Tổng cộng"] == {title: dots(added[names.get(title, title)]) for title in grid[0][1:]}
    for register, name in (("KS", "Khai sinh"), ("KH", "Kết hôn"), ("KT", "Khai tử")):
        for title in ("Khớp", "Sai lệch", "Đã phê duyệt"):
            want = sum(
                v[names.get(title, title)] for (c, r, _), v in expected.items() if r == register and c != "*"
            )
            assert shown[name][title] == dots(want)
    text = html.unescape("\n".join(p.text for p in letter.paragraphs)).replace("\u00a0", " ")
    done, planned = added["Đã nhập (lũy kế)"], added["Tổng số trường hợp"]
    for sentence in (
        (
            f"Tổng số trường hợp phải số hóa: {dots(planned)}; đã nhập lũy kế: {dots(done)} ({per_cent(done, planned)}); "
            f"nhập trong tuần: {dots(added['Nhập trong tuần'])}; còn lại: {dots(added['Còn lại'])}."
        ),
        f"Bản ghi đã có bản quét PDF: {dots(added['Đã có PDF'])}; đã import: ….",
        f"khớp: {dots(added['Khớp'])}; sai lệch: {dots(added['Sai lệch (bản ghi)'])}",
        (
            f"phía tư pháp {dots(added['Tư pháp đã xử lý'])}; đã chuyển công an {dots(added['Đã chuyển công an'])}, công an đã "
            f"xử lý {dots(added['Công an đã xử lý'])}."
        ),
        (
            f"Đủ điều kiện phê duyệt: {dots(added['Đủ điều kiện phê duyệt'])}; đã phê duyệt: {dots(added['Đã phê duyệt'])}; đã "
            f"chuyển chính thức vào Cơ sở dữ liệu hộ tịch điện tử: {dots(added['Đã chuyển chính thức'])}."
        ),
    ):
        assert sentence in text
