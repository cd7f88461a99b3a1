"""The first and the last sheet: *Tổng hợp* with progress that counts itself, *Hướng dẫn*, and the hidden ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconcile.report import layout
from reconcile.report.row_xml import column_letter
from reconcile.report.sheets import escaped
from reconcile.report.tally import told_only
from reconcile.report.typeface import LINE_HEIGHT, wrapped_lines
from reconcile.report.wording import SEVERITIES, wording, words

if TYPE_CHECKING:
    import xlsxwriter
    from xlsxwriter.worksheet import Worksheet

    from reconcile.report.styles import Styles
    from reconcile.report.tally import Tally

_WIDTHS = (27, 46, 10, 12, 10, 10, 13)
_GUIDE_WIDTH = 92


def conclusion_cells(sheet: layout.SheetLayout, rows: int, key: str = "ket_luan") -> str:
    """Return the cells of one column of a sheet, quoted for a formula."""
    letter = column_letter(sheet.index(key))
    return f"'{sheet.title}'!${letter}$2:${letter}${max(rows, 1) + 1}"


def decided(sheet: layout.SheetLayout, rows: int) -> str:
    """Return the formula that counts the decided rows; rows that are only told do not count."""
    if not sheet.has("muc_do"):
        return f'=COUNTIF({conclusion_cells(sheet, rows)},"?*")'
    level = conclusion_cells(sheet, rows, "muc_do")
    return f'=COUNTIFS({conclusion_cells(sheet, rows)},"?*",{level},"<>{told_only()}")'


def write_overview(book: xlsxwriter.Workbook, styles: Styles, told: Tally) -> None:
    """Write *Tổng hợp*: what is to be done, counted by formulas as the clerk works, and what was found."""
    page = book.add_worksheet(layout.OVERVIEW_SHEET)
    page.set_tab_color(wording()["sheet_tab"][layout.OVERVIEW_SHEET])
    page.hide_gridlines(2)
    for at, width in enumerate(_WIDTHS):
        page.set_column(at, at, width)
    page.set_row(0, 26)
    page.write_string(0, 0, "Đối chiếu hộ tịch – dân cư", styles.title)
    page.write_string(1, 0, told.heading, styles.section)
    for at in range(1, 7):
        page.write_blank(1, at, None, styles.section)
    page.write_string(2, 0, told.caption, styles.subtitle)

    line = _work(page, styles, told, 4)
    line = _first(page, styles, told, line + 1)
    _facts(page, styles, told, line + 1)
    _conclusions(page, styles, told, line + 1)

    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 1)
    page.set_footer(f"&L{escaped(told.footer)}&RTrang &P/&N")


def _section(page: Worksheet, styles: Styles, line: int, title: str) -> None:
    page.write_string(line, 0, title, styles.section)
    for at in range(1, 7):
        page.write_blank(line, at, None, styles.section)


def _work(page: Worksheet, styles: Styles, told: Tally, line: int) -> int:
    """Write one line per sheet: rows, decided, left, share, hours; all but the rows are formulas."""
    _section(page, styles, line, "Việc phải làm")
    titles = ("Trang", "Câu hỏi", "Số dòng", "Đã kết luận", "Còn lại", "Xong", "Giờ còn lại")
    for at, title in enumerate(titles):
        page.write_string(line + 1, at, title, styles.header)
    tasks = words("sheet_task")
    first = row = line + 2
    left_hours = 0.0
    for sheet in layout.DECIDED_SHEETS:
        count = told.work[sheet.key]
        page.write_url(row, 0, f"internal:'{sheet.title}'!A1", styles.label_link, sheet.title)
        page.write_string(row, 1, tasks[sheet.key], styles.label)
        page.write_number(row, 2, count, styles.number)
        done = decided(sheet, told.rows[sheet.key])
        page.write_formula(row, 3, done, styles.number, 0)
        page.write_formula(row, 4, f"=C{row + 1}-D{row + 1}", styles.number, count)
        page.write_formula(
            row, 5, f"=IF(C{row + 1}=0,1,D{row + 1}/C{row + 1})", styles.share, 0 if count else 1
        )
        page.write_formula(
            row,
            6,
            f"=ROUND(E{row + 1}*{told.minutes[sheet.key]:g}/60,1)",
            styles.hours,
            _hours(count * told.minutes[sheet.key]),
        )
        left_hours += _hours(count * told.minutes[sheet.key])
        row += 1
    total = sum(told.work[s.key] for s in layout.DECIDED_SHEETS)
    page.write_string(row, 0, "Cộng", styles.label_total)
    page.write_blank(row, 1, None, styles.label_total)
    for at, value in ((2, total), (3, 0), (4, total), (6, left_hours)):
        letter = column_letter(at)
        style = styles.hours_total if at == 6 else styles.number_total
        page.write_formula(row, at, f"=SUM({letter}{first + 1}:{letter}{row})", style, value)
    page.write_formula(
        row, 5, f"=IF(C{row + 1}=0,1,D{row + 1}/C{row + 1})", styles.share_total, 0 if total else 1
    )
    page.conditional_format(
        first,
        5,
        row,
        5,
        {
            "type": "data_bar",
            "bar_color": "#A9D08E",
            "min_type": "num",
            "min_value": 0,
            "max_type": "num",
            "max_value": 1,
        },
    )
    return row + 1


def _hours(minutes: float) -> float:
    return int(minutes / 6 + 0.5) / 10  # as the spreadsheet's ROUND, which rounds halves up


def _first(page: Worksheet, styles: Styles, told: Tally, line: int) -> int:
    """Say what to do first, with the numbers."""
    _section(page, styles, line, "Nên làm trước")
    said = []
    if told.groups:
        said.append(
            f"{told.groups} dòng “Nhóm” đầu trang Sai lệch: mỗi dòng quyết định một lần cho nhiều trường hợp."
        )
    names, meanings = words("severity"), words("severity_meaning")
    said += [
        f"{told.severities[c]} dòng mức {names[c]}. {meanings[c]}"
        for c in SEVERITIES
        if told.severities.get(c)
    ]
    quiet = told.rows[layout.NOT_FOUND.key] - told.work[layout.NOT_FOUND.key]
    if told.rows[layout.REVIEW.key]:
        said.append(
            f"{told.rows[layout.REVIEW.key]} dòng ở trang Cần xác nhận: chỉ cần trả lời có phải cùng một người."
        )
    if quiet:
        said.append(f"{quiet} dòng mức Để biết ở trang Chưa tìm thấy không tính vào việc phải làm.")
    if told.rows[layout.UNREADABLE.key]:
        said.append(
            f"{told.rows[layout.UNREADABLE.key]} chỗ ở trang Không đọc được: sửa trong tệp gốc rồi gửi lại."
        )
    if not said:
        said.append("Không còn việc gì phải làm.")
    for at, text in enumerate(said, start=1):
        line += 1
        page.write_string(line, 0, f"{at}. {text}", styles.subtitle if at > 8 else None)
    return line + 1


def _facts(page: Worksheet, styles: Styles, told: Tally, line: int) -> None:
    """Write the counts of the run on the left."""
    _section(page, styles, line, "Kết quả đối chiếu")
    for label, number, remark in told.facts:
        line += 1
        page.set_row(line, 4 + LINE_HEIGHT * wrapped_lines(remark, _WIDTHS[1]))
        page.write_string(line, 0, label, styles.label)
        page.write_string(line, 1, remark, styles.label)
        page.write_number(line, 2, number, styles.number)


def _conclusions(page: Worksheet, styles: Styles, told: Tally, line: int) -> None:
    """Count each conclusion over the sheets, to the right of the counts of the run."""
    page.write_string(line, 4, "Kết luận đã ghi", styles.section)
    for conclusion in layout.CONCLUSIONS:
        line += 1
        terms = [
            f'COUNTIF({conclusion_cells(s, told.rows[s.key])},"{conclusion}")' for s in layout.DECIDED_SHEETS
        ]
        page.merge_range(line, 4, line, 5, conclusion, styles.label)
        page.write_formula(line, 6, "=" + "+".join(terms), styles.number, 0)


def write_guide(book: xlsxwriter.Workbook, styles: Styles) -> None:
    """Write *Hướng dẫn*: how to work with the file, on one page."""
    page = book.add_worksheet(layout.GUIDE_SHEET)
    page.set_tab_color(wording()["sheet_tab"][layout.GUIDE_SHEET])
    page.hide_gridlines(2)
    page.set_column(0, 0, _GUIDE_WIDTH)
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    for line, text in enumerate(wording()["guide"]["lines"]):
        if text.startswith("# "):
            page.set_row(line, 30)
            page.write_string(line, 0, text[2:], styles.section)
        else:
            page.set_row(line, 3 + LINE_HEIGHT * wrapped_lines(text, _GUIDE_WIDTH))
            page.write_string(line, 0, text, styles.plain)


def write_hidden(book: xlsxwriter.Workbook, stamp: list[tuple[str, str]]) -> None:
    """Write the list sheet for the drop-downs and the stamp that ``apply`` checks."""
    lists = book.add_worksheet(layout.LIST_SHEET)
    for at, choices in enumerate((layout.CONCLUSIONS, layout.CONCLUSIONS_IDENTITY)):
        for line, choice in enumerate(choices):
            lists.write_string(line, at, choice)
    lists.very_hidden()
    marks = book.add_worksheet(layout.STAMP_SHEET)
    for line, (key, value) in enumerate(stamp):
        marks.write_string(line, 0, key)
        marks.write_string(line, 1, value)
    marks.very_hidden()
