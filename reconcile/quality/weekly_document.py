"""The Friday report as a letter: the form of a Vietnamese administrative report (NĐ 30/2020/NĐ-CP, Phụ lục I)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconcile.protection.files import new_office_file
from reconcile.quality.weekly import Week, added, standings
from reconcile.quality.weekly_workbook import week_text
from reconcile.quality.words import number, percent, word

if TYPE_CHECKING:
    from pathlib import Path

    from reconcile.quality.workdays import Pace

FONT = "Times New Roman"
SIZE = 13
"""Points of the body, as NĐ 30/2020 wants (13 to 14)."""


def write_week_document(
    path: Path,
    week: Week,
    *,
    unit: str,
    above: str,
    pace: Pace | None,
    corrected: list[dict[str, Any]],
    single: bool,
) -> None:
    """Write the report of one unit as .docx. ``above``: the office it is sent to; blank lines are left to fill in."""
    import datetime as dt

    from docx import Document
    from docx.shared import Cm, Pt

    paper = Document()
    page = paper.sections[0]
    page.page_width, page.page_height = Cm(21), Cm(29.7)
    page.left_margin, page.right_margin, page.top_margin, page.bottom_margin = Cm(3), Cm(1.5), Cm(2), Cm(2)
    normal = paper.styles["Normal"]
    normal.font.name, normal.font.size = FONT, Pt(SIZE)
    normal.element.rPr.rFonts.set(_qualified("w:eastAsia"), FONT)
    normal.paragraph_format.space_after = Pt(6)
    _heading(paper, unit, week)
    _line(paper, word("report", "title"), bold=True, centred=True, size=14)
    _line(paper, word("report", "subject"), bold=True, centred=True)
    _line(paper, week_text(week), italic=True, centred=True)
    if above:
        _line(paper, f"Kính gửi: {above}.", centred=True)
    sums = added(week.rows)
    _line(paper, "I. Kết quả thực hiện", bold=True)
    for text in _results(sums):
        _line(paper, f"- {text}", indent=True)
    _registers(paper, week)
    _line(paper, "II. Tiến độ", bold=True)
    for text in _progress(sums, pace, None if single else standings(week.rows)):
        _line(paper, f"- {text}", indent=True)
    _line(paper, "III. Khó khăn, vướng mắc", bold=True)
    told = [
        (next((r["name"] for r in week.rows if r["commune"] == c), c), t)
        for c, t in sorted(week.difficulties.items())
    ]
    for name, text in told:
        _line(paper, text if single else f"- {name}: {text}", indent=True)
    if not told:
        _line(paper, word("report", "no_difficulty"), indent=True)
    if corrected:
        _line(paper, "IV. Đính chính số liệu đã báo cáo", bold=True)
        for row in corrected[:30]:
            _line(
                paper,
                f"- {row['name']}, {row['register_title'].lower()}, {row['period_title'].lower()}, "
                f"{row['title'].lower()}: đã báo cáo {_count(row['sent'])}, nay là {_count(row['now'])}.",
                indent=True,
            )
        if len(corrected) > 30:
            _line(
                paper, f"- và {len(corrected) - 30} số khác, xem trang Đính chính của tệp Excel.", indent=True
            )
    _signature(paper)
    paper.core_properties.created = dt.datetime(week.friday.year, week.friday.month, week.friday.day)  # noqa: DTZ001
    paper.core_properties.author = ""
    paper.core_properties.title = word("report", "subject")
    with new_office_file(path) as target:
        paper.save(target)


def _qualified(name: str) -> str:
    from docx.oxml.ns import qn

    return str(qn(name))


def _heading(paper: Any, unit: str, week: Week) -> None:
    """Name of the office on the left, nation and motto on the right, number and date below."""
    table = paper.add_table(rows=2, cols=2)
    table.autofit = False
    from docx.shared import Cm

    for row in table.rows:
        row.cells[0].width, row.cells[1].width = Cm(5.3), Cm(11.2)
    texts = (
        (unit.upper(), f"{word('report', 'nation')}\n{word('report', 'motto')}"),
        ("Số:        /BC-…", f"…, ngày {week.friday:%d} tháng {week.friday:%m} năm {week.friday:%Y}"),
    )
    for line, cells in enumerate(texts):
        for side, text in enumerate(cells):
            spot = table.rows[line].cells[side].paragraphs[0]
            _centre(spot)
            run = spot.add_run(text)
            run.bold, run.italic = line == 0, line == 1 and side == 1
            run.font.size = _points(12)


def _points(size: float) -> Any:
    from docx.shared import Pt

    return Pt(size)


def _centre(paragraph: Any) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER


def _line(
    paper: Any,
    text: str,
    *,
    bold: bool = False,
    italic: bool = False,
    centred: bool = False,
    size: float = SIZE,
    indent: bool = False,
) -> None:
    from docx.shared import Cm

    paragraph = paper.add_paragraph()
    run = paragraph.add_run(text)
    run.bold, run.italic, run.font.size = bold, italic, _points(size)
    if centred:
        _centre(paragraph)
    if indent:
        paragraph.paragraph_format.first_line_indent = Cm(1)


def _count(value: int | None) -> str:
    return word("report", "unknown") if value is None else number(value)


def _results(sums: dict[str, Any]) -> list[str]:
    return [
        f"Tổng số trường hợp phải số hóa: {_count(sums['total'])}; đã nhập lũy kế: {_count(sums['entered'])}"
        + (f" ({percent(sums['percent'])})" if sums["percent"] is not None else "")
        + f"; nhập trong tuần: {_count(sums['entered_week'])}; còn lại: {_count(sums['left'])}.",
        f"Bản ghi đã có bản quét PDF: {_count(sums['scans'])}; đã import: {_count(sums['imported'])}.",
        (
            f"Đã đối chiếu với dân cư: {_count(sums['compared'])}; khớp: {_count(sums['agreeing'])}; sai lệch: "
            f"{_count(sums['differing'])}; chờ xác nhận người: {_count(sums['review'])}; chưa tìm thấy trong dân cư: "
            f"{_count(sums['missing'])}."
        ),
        (
            f"Sai lệch đã xử lý: phía tư pháp {_count(sums['settled_justice'])}; đã chuyển công an "
            f"{_count(sums['sent_police'])}, công an đã xử lý {_count(sums['settled_police'])}."
        ),
        (
            f"Đủ điều kiện phê duyệt: {_count(sums['ready'])}; đã phê duyệt: {_count(sums['approved'])}; đã chuyển chính "
            f"thức vào Cơ sở dữ liệu hộ tịch điện tử: {_count(sums['converted'])}."
        ),
    ]


def _registers(paper: Any, week: Week) -> None:
    """One line per register: the table of the letter; the full one is the workbook."""
    titles = ("Loại sổ", "Tổng số", "Đã nhập", "Trong tuần", "Khớp", "Sai lệch", "Chưa tìm thấy", "Còn lại")
    keys = ("total", "entered", "entered_week", "agreeing", "differing", "missing", "left")
    table = paper.add_table(rows=1, cols=len(titles))
    table.style = "Table Grid"
    for cell, title in zip(table.rows[0].cells, titles, strict=True):
        _cell(cell, title, bold=True)
    registers = list(dict.fromkeys(row["register_title"] for row in week.rows))
    for register in [*registers, None]:
        rows = [r for r in week.rows if register in (None, r["register_title"])]
        sums = added(rows)
        cells = table.add_row().cells
        _cell(cells[0], register or "Tổng cộng", bold=register is None, left=True)
        for cell, key in zip(cells[1:], keys, strict=True):
            _cell(cell, _count(sums[key]), bold=register is None)
    _line(paper, "Số liệu theo từng xã, loại sổ và giai đoạn: biểu Excel kèm theo.", italic=True)


def _cell(cell: Any, text: str, *, bold: bool = False, left: bool = False) -> None:
    paragraph = cell.paragraphs[0]
    run = paragraph.add_run(text)
    run.bold, run.font.size = bold, _points(11)
    if not left:
        _centre(paragraph)


def _progress(sums: dict[str, Any], pace: Pace | None, units: dict[str, list[str]] | None) -> list[str]:
    told: list[str] = []
    if pace is not None and pace.per_day is not None:
        told.append(
            f"Tốc độ bốn tuần qua: {number(pace.per_day)} bản ghi mỗi ngày làm việc (kế hoạch {number(pace.planned_per_day)})."
        )
    if pace is not None and pace.finish is not None and pace.left:
        told.append(f"Với tốc độ này dự kiến xong ngày {pace.finish:%d/%m/%Y}.")
    if pace is not None and pace.deadline is not None:
        needed = (
            ""
            if pace.needed is None
            else f"; cần {number(-(-pace.needed // 1))} bản ghi mỗi ngày làm việc để kịp"
        )
        late = {True: ", sẽ trễ hạn", False: ", kịp hạn", None: ""}[pace.late]
        told.append(f"Hạn hoàn thành: {pace.deadline:%d/%m/%Y}{late}{needed}.")
    for title, names in (units or {}).items():
        if names:
            shown = ", ".join(names[:15]) + (" …" if len(names) > 15 else "")
            told.append(f"{title}: {len(names)} đơn vị ({shown}).")
    if not told:
        told.append(f"Đã nhập {_count(sums['entered'])} bản ghi; chưa có hai lần chạy để tính tốc độ.")
    return told


def _signature(paper: Any) -> None:
    table = paper.add_table(rows=1, cols=2)
    left, right = table.rows[0].cells
    run = left.paragraphs[0].add_run("Nơi nhận:\n")
    run.bold, run.italic, run.font.size = True, True, _points(12)
    rest = left.paragraphs[0].add_run("- Như trên;\n- Lưu: VT.")
    rest.font.size = _points(11)
    _centre(right.paragraphs[0])
    right.paragraphs[0].add_run("THỦ TRƯỞNG ĐƠN VỊ\n").bold = True
    right.paragraphs[0].add_run("(Ký, ghi rõ họ tên)\n\n\n").italic = True
