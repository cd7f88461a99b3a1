"""The Friday report as a workbook: the table, the difficulties that people write, corrections to sent numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconcile.protection.files import new_office_file, read_office, xlsx_options
from reconcile.quality.weekly import KEY, Week, added, columns
from reconcile.quality.words import word

if TYPE_CHECKING:
    from pathlib import Path

TABLE_SHEET = "Báo cáo"
TEXT_SHEET = "Khó khăn, vướng mắc"
CORRECTION_SHEET = "Đính chính"
FIRST_ROW = 8
"""Row (from 1) of the first numbers; the titles stand above, the key in the first three, hidden columns."""

TITLES = ("Mã xã", "Mã sổ", "Mã giai đoạn", "STT", "Đơn vị", "Loại sổ", "Giai đoạn")
MAX_TEXT = 4000


def write_week_workbook(
    path: Path, week: Week, *, unit: str, single: bool, corrected: list[dict[str, Any]]
) -> None:
    """Write the report of one unit. ``single``: one commune, which needs no line per unit."""
    import xlsxwriter

    with new_office_file(path) as target, xlsxwriter.Workbook(target, xlsx_options(path)) as book:
        _write_sheets(book, week, unit, single=single, corrected=corrected)


def _write_sheets(book: Any, week: Week, unit: str, *, single: bool, corrected: list[dict[str, Any]]) -> None:
    import datetime as dt

    day = week.friday
    book.set_properties(
        {"created": dt.datetime(day.year, day.month, day.day), "title": word("report", "subject")}  # noqa: DTZ001
    )
    base = {"font_name": "Times New Roman", "font_size": 11, "valign": "vcenter"}
    style = {
        "bold": book.add_format(base | {"bold": True, "align": "center"}),
        "title": book.add_format(base | {"bold": True, "align": "center", "font_size": 14}),
        "italic": book.add_format(base | {"italic": True, "align": "center"}),
        "head": book.add_format(base | {"bold": True, "align": "center", "text_wrap": True, "border": 1, "bg_color": "#E8EDF3"}),
        "text": book.add_format(base | {"border": 1, "text_wrap": True}),
        "count": book.add_format(base | {"border": 1, "num_format": "#,##0"}),
        "share": book.add_format(base | {"border": 1, "num_format": "0.0%"}),
        "hand": book.add_format(base | {"border": 1, "num_format": "#,##0", "bg_color": "#FFF8DC", "locked": False}),
        "free": book.add_format(base | {"border": 1, "text_wrap": True, "bg_color": "#FFF8DC", "valign": "top"}),
        "sum": book.add_format(base | {"bold": True, "border": 1, "num_format": "#,##0", "bg_color": "#E8EDF3"}),
        "sumshare": book.add_format(base | {"bold": True, "border": 1, "num_format": "0.0%", "bg_color": "#E8EDF3"}),
    }  # fmt: skip
    _table(book.add_worksheet(TABLE_SHEET), style, week, unit)
    _difficulties(book.add_worksheet(TEXT_SHEET), style, week, single=single)
    if corrected:
        _corrections(book.add_worksheet(CORRECTION_SHEET), style, corrected)


def _table(sheet: Any, style: dict[str, Any], week: Week, unit: str) -> None:
    last = len(TITLES) + len(columns()) - 1
    middle = 4 + (last - 4) // 2
    sheet.merge_range(0, 4, 0, middle, unit.upper(), style["bold"])
    sheet.merge_range(0, middle + 1, 0, last, word("report", "nation"), style["bold"])
    sheet.merge_range(1, middle + 1, 1, last, word("report", "motto"), style["bold"])
    sheet.merge_range(3, 4, 3, last, f"{word('report', 'title')} TUẦN", style["title"])
    sheet.merge_range(4, 4, 4, last, word("report", "subject"), style["bold"])
    sheet.merge_range(5, 4, 5, last, week_text(week), style["italic"])
    sheet.write_row(FIRST_ROW - 2, 0, [*TITLES, *(c.title for c in columns())], style["head"])
    sheet.set_row(FIRST_ROW - 2, 62)
    number = FIRST_ROW - 1
    for place, row in enumerate(week.rows, start=1):
        sheet.write_row(number, 0, [row[k] for k in KEY])
        sheet.write_number(number, 3, place, style["count"])
        for offset, key in enumerate(("name", "register_title", "period_title"), start=4):
            sheet.write_string(number, offset, row[key], style["text"])
        _numbers(sheet, number, row, style)
        number += 1
    sheet.write_row(number, 3, ["", "Tổng cộng", "", ""], style["sum"])
    _numbers(sheet, number, added(week.rows), style, total=True)
    sheet.set_column(0, 2, 6, None, {"hidden": True})
    sheet.set_column(3, 3, 5)
    sheet.set_column(4, 4, 22)
    sheet.set_column(5, 6, 14)
    sheet.set_column(7, last, 9.5)
    sheet.freeze_panes(FIRST_ROW - 1, 7)
    sheet.set_landscape()
    sheet.set_paper(8)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(FIRST_ROW - 2)
    sheet.write_string(
        number + 2, 4, "Ô nền vàng do đơn vị ghi (phần mềm không biết); giữ sang tuần sau. “…”: chưa có số."
    )


def _numbers(
    sheet: Any, line: int, row: dict[str, Any], style: dict[str, Any], *, total: bool = False
) -> None:
    for place, column in enumerate(columns(), start=len(TITLES)):
        value = row[column.key]
        share = column.key == "percent"
        plain = style["sumshare" if share else "sum"] if total else style["share" if share else "count"]
        if column.by_hand and not total:
            plain = style["hand"]
        if value is None:
            sheet.write_string(line, place, "" if column.by_hand else word("report", "unknown"), plain)
        else:
            sheet.write_number(line, place, value, plain)


def _difficulties(sheet: Any, style: dict[str, Any], week: Week, *, single: bool) -> None:
    sheet.write_row(
        0,
        0,
        ["Mã xã", "Đơn vị", "Khó khăn, vướng mắc, đề xuất (ghi tự do, giữ sang tuần sau)"],
        style["head"],
    )
    names = {row["commune"]: row["name"] for row in week.rows}
    units = sorted({*names, *week.difficulties}) if not single else sorted(names)
    for line, commune in enumerate(units, start=1):
        sheet.write_string(line, 0, commune)
        sheet.write_string(line, 1, names.get(commune, commune), style["text"])
        sheet.write_string(line, 2, week.difficulties.get(commune, ""), style["free"])
        if single:
            sheet.set_row(line, 160)
    sheet.set_column(0, 0, 6, None, {"hidden": True})
    sheet.set_column(1, 1, 26)
    sheet.set_column(2, 2, 110)
    sheet.freeze_panes(1, 0)


def _corrections(sheet: Any, style: dict[str, Any], corrected: list[dict[str, Any]]) -> None:
    sheet.write_row(
        0, 0, ["Đơn vị", "Loại sổ", "Giai đoạn", "Chỉ tiêu", "Đã báo cáo", "Nay là"], style["head"]
    )
    for line, row in enumerate(corrected, start=1):
        for place, key in enumerate(("name", "register_title", "period_title", "title")):
            sheet.write_string(line, place, row[key], style["text"])
        for place, key in enumerate(("sent", "now"), start=4):
            if row[key] is None:
                sheet.write_string(line, place, word("report", "unknown"), style["count"])
            else:
                sheet.write_number(line, place, row[key], style["count"])
    sheet.set_column(0, 3, 24)
    sheet.set_column(4, 5, 12)
    sheet.freeze_panes(1, 0)


def week_text(week: Week) -> str:
    """Return the week as the report names it."""
    return f"(Tuần từ {week.saturday:%d/%m/%Y} đến {week.friday:%d/%m/%Y})"


def read_by_hand(
    path: Path,
) -> tuple[dict[tuple[str, str, str], dict[str, int]], dict[str, str]]:
    """Read what people wrote into a report: numbers by key and column, difficulties by commune.

    Cells that hold no whole number are left out. Rows are found by their hidden keys, so sorting does no harm.
    """
    import openpyxl

    book = openpyxl.load_workbook(read_office(path), read_only=True, data_only=True)
    numbers: dict[tuple[str, str, str], dict[str, int]] = {}
    texts: dict[str, str] = {}
    try:
        if TABLE_SHEET in book.sheetnames:
            for row in book[TABLE_SHEET].iter_rows(min_row=FIRST_ROW, values_only=True):
                if len(row) < len(TITLES) + len(columns()) or row[1] is None or row[2] is None:
                    continue
                key = (str(row[0] or ""), str(row[1]), str(row[2]))
                cells = zip(columns(), row[len(TITLES) :], strict=False)
                given = {c.key: int(v) for c, v in cells if c.by_hand and isinstance(v, int | float)}
                if given:
                    numbers[key] = given
        if TEXT_SHEET in book.sheetnames:
            for row in book[TEXT_SHEET].iter_rows(min_row=2, max_col=3, values_only=True):
                if row[2] is not None and str(row[2]).strip():
                    texts[str(row[0] or "")] = str(row[2]).strip()[:MAX_TEXT]
    finally:
        book.close()
    return numbers, texts
