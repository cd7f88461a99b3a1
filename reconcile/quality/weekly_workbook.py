"""The Friday report as a workbook: the table, the difficulties that people write, corrections to sent numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconcile.protection.files import new_office_file, read_office, xlsx_options
from reconcile.quality.knowledge import knowledge
from reconcile.quality.weekly import KEY, MEASURED, Week, added, columns
from reconcile.quality.words import word

if TYPE_CHECKING:
    from pathlib import Path

    from reconcile.quality.letter import Letter

TABLE_SHEET = "Báo cáo"
TEXT_SHEET = "Khó khăn, vướng mắc"
CORRECTION_SHEET = "Đính chính"
SUMMARY_SHEET = "Tổng hợp"
FIRST_ROW = 10
"""Row (from 1) of the first numbers; the titles stand above, the key in the first three, hidden columns."""

TITLES = ("Mã xã", "Mã sổ", "Mã giai đoạn", "STT", "Đơn vị", "Loại sổ", "Giai đoạn")
MAX_TEXT = 4000

COUNT, SHARE = "[$-42A]#,##0", "[$-42A]0.0%"
"""Numbers as the Vietnamese locale writes them (12.345; 97,5%)."""


def write_week_workbook(
    path: Path, week: Week, *, letter: Letter, single: bool, corrected: list[dict[str, Any]]
) -> None:
    """Write the report of one unit. ``single``: one commune, which needs no line per unit."""
    import xlsxwriter

    with new_office_file(path) as target, xlsxwriter.Workbook(target, xlsx_options(path)) as book:
        _write_sheets(book, week, letter, single=single, corrected=corrected)


def _write_sheets(
    book: Any, week: Week, letter: Letter, *, single: bool, corrected: list[dict[str, Any]]
) -> None:
    import datetime as dt

    day = week.friday
    book.set_properties(
        {"created": dt.datetime(day.year, day.month, day.day), "title": word("report", "subject")}  # noqa: DTZ001
    )
    base = {"font_name": "Times New Roman", "font_size": 11, "valign": "vcenter"}
    cell = base | {"border": 1, "border_color": "#8A94A0"}
    right, total = {"align": "right"}, {"bold": True, "bg_color": "#E8EDF3"}
    looks = {
        "plain": base | {"align": "center", "text_wrap": True, "valign": "top"},
        "bold": base | {"bold": True, "align": "center", "text_wrap": True, "valign": "top"},
        "title": base | {"bold": True, "align": "center", "font_size": 14},
        "italic": base | {"italic": True, "align": "center"},
        "note": base | {"italic": True, "font_size": 10},
        "head": cell | {"bold": True, "align": "center", "text_wrap": True, "bg_color": "#E8EDF3"},
        "text": cell | {"text_wrap": True},
        "count": cell | right | {"num_format": COUNT},
        "place": cell | {"align": "center"},
        "share": cell | right | {"num_format": SHARE},
        "hand": cell | right | {"num_format": COUNT, "bg_color": "#FFF8DC", "locked": False},
        "free": cell | {"text_wrap": True, "bg_color": "#FFF8DC", "valign": "top"},
        "label": cell | total,
        "sum": cell | right | total | {"num_format": COUNT},
        "sumshare": cell | right | total | {"num_format": SHARE},
    }
    style = {name: book.add_format(look) for name, look in looks.items()}
    _table(book.add_worksheet(TABLE_SHEET), style, week, letter)
    if not single:
        _summary(book.add_worksheet(SUMMARY_SHEET), style, week)
    _difficulties(book.add_worksheet(TEXT_SHEET), style, week, single=single)
    if corrected:
        _corrections(book.add_worksheet(CORRECTION_SHEET), style, corrected)


def _table(sheet: Any, style: dict[str, Any], week: Week, letter: Letter) -> None:
    last = len(TITLES) + len(columns()) - 1
    middle = 4 + (last - 4) // 2
    office = "\n".join(filter(None, (letter.superior, letter.office))).upper()
    nation = f"{word('report', 'nation')}\n{word('report', 'motto')}"
    day = f"ngày {week.friday:%d} tháng {week.friday:%m} năm {week.friday:%Y}"
    sheet.merge_range(0, 4, 0, middle, office, style["bold"])
    sheet.merge_range(0, middle + 1, 0, last, nation, style["bold"])
    sheet.set_row(0, 15.5 * max(2, office.count("\n") + 1))
    sheet.merge_range(1, 4, 1, middle, f"Số:        /{letter.symbol}", style["plain"])
    sheet.merge_range(1, middle + 1, 1, last, f"{letter.place}, {day}", style["italic"])
    sheet.merge_range(3, 4, 3, last, f"BIỂU KÈM THEO {word('report', 'title')} TUẦN", style["title"])
    sheet.merge_range(4, 4, 4, last, word("report", "subject"), style["bold"])
    sheet.merge_range(5, 4, 5, last, week_text(week), style["italic"])
    sheet.merge_range(6, 4, 6, last, "Đơn vị tính: bản ghi (trường hợp)", style["note"])
    sheet.write_row(FIRST_ROW - 3, 0, [*TITLES, *(c.title for c in columns())], style["head"])
    sheet.set_row(FIRST_ROW - 3, 62)
    sheet.write_row(FIRST_ROW - 2, 3, [f"({n})" for n in range(1, last - 1)], style["head"])
    number = FIRST_ROW - 1
    for place, row in enumerate(week.rows, start=1):
        sheet.write_row(number, 0, [row[k] for k in KEY])
        sheet.write_number(number, 3, place, style["place"])
        for offset, key in enumerate(("name", "register_title", "period_title"), start=4):
            sheet.write_string(number, offset, row[key], style["text"])
        _numbers(sheet, number, row, style)
        number += 1
    sheet.write_row(number, 3, ["", "Tổng cộng", "", ""], style["label"])
    _numbers(sheet, number, added(week.rows), style, total=True)
    sheet.set_column(0, 2, 6, None, {"hidden": True})
    sheet.set_column(3, 3, 5)
    sheet.set_column(4, 4, 20)
    sheet.set_column(5, 6, 13)
    sheet.set_column(7, last, 8.6)
    sheet.freeze_panes(FIRST_ROW - 1, 7)
    _on_paper(sheet)
    sheet.repeat_rows(FIRST_ROW - 3, FIRST_ROW - 2)
    sheet.write_string(
        number + 1,
        4,
        "Ô nền vàng do đơn vị ghi (phần mềm không biết); giữ sang tuần sau. “…”: chưa có số.",
        style["note"],
    )
    sheet.merge_range(number + 3, 4, number + 3, middle, "NGƯỜI LẬP BIỂU", style["bold"])
    sheet.merge_range(number + 4, 4, number + 4, middle, "(Ký, ghi rõ họ tên)", style["italic"])
    sheet.merge_range(number + 3, middle + 1, number + 3, last, letter.signer.upper(), style["bold"])
    sheet.set_row(number + 3, 15.5 * (letter.signer.count("\n") + 1))
    sheet.merge_range(
        number + 4, middle + 1, number + 4, last, "(Ký, ghi rõ họ tên, đóng dấu)", style["italic"]
    )


def _on_paper(sheet: Any) -> None:
    sheet.set_landscape()
    sheet.set_paper(8)
    sheet.set_margins(0.4, 0.4, 0.5, 0.6)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&CTrang &P/&N")


def _summary(sheet: Any, style: dict[str, Any], week: Week) -> None:
    """All units added up by register and period: what the office above asks for first."""
    sheet.write_row(0, 0, ["Loại sổ", "Giai đoạn", *(c.title for c in columns())], style["head"])
    sheet.set_row(0, 62)
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in week.rows:
        groups.setdefault((row["register"], row["period"]), []).append(row)
    number = 1
    registers = list(dict.fromkeys(register for register, _ in groups))
    periods = [p.key for p in knowledge().periods]
    for register in registers:
        own = sorted(
            (p for r, p in groups if r == register), key=lambda p: periods.index(p) if p in periods else 99
        )
        for period in own:
            rows = groups[register, period]
            sheet.write_string(number, 0, rows[0]["register_title"], style["text"])
            sheet.write_string(number, 1, rows[0]["period_title"], style["text"])
            _numbers(sheet, number, added(rows), style, first=2, read_only=True)
            number += 1
        rows = [r for r in week.rows if r["register"] == register]
        sheet.write_row(number, 0, [f"Cộng {rows[0]['register_title'].lower()}", ""], style["label"])
        _numbers(sheet, number, added(rows), style, total=True, first=2)
        number += 1
    sheet.write_row(number, 0, ["Tổng cộng", ""], style["label"])
    _numbers(sheet, number, added(week.rows), style, total=True, first=2)
    sheet.set_column(0, 1, 20)
    sheet.set_column(2, 1 + len(columns()), 8.6)
    sheet.freeze_panes(1, 2)
    _on_paper(sheet)
    sheet.repeat_rows(0)


def _numbers(
    sheet: Any,
    line: int,
    row: dict[str, Any],
    style: dict[str, Any],
    *,
    total: bool = False,
    first: int = len(TITLES),
    read_only: bool = False,
) -> None:
    """Write the columns of a row; cells that people fill in are yellow, unless the number was measured."""
    for place, column in enumerate(columns(), start=first):
        value = row[column.key]
        share = column.key == "percent"
        plain = style["sumshare" if share else "sum"] if total else style["share" if share else "count"]
        by_hand = column.by_hand and not total and not read_only and column.key not in row.get(MEASURED, ())
        if by_hand:
            plain = style["hand"]
        if value is None:
            sheet.write_string(line, place, "" if by_hand else word("report", "unknown"), plain)
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
