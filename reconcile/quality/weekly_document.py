"""The Friday report as a letter: the form of a Vietnamese administrative report (NĐ 30/2020/NĐ-CP, Phụ lục I)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconcile.protection.files import new_office_file
from reconcile.quality.weekly import Week, added, standings
from reconcile.quality.weekly_workbook import week_text
from reconcile.quality.words import number, percent, word

if TYPE_CHECKING:
    from pathlib import Path

    from reconcile.quality.letter import Letter
    from reconcile.quality.workdays import Pace

FONT = "Times New Roman"
SIZE = 13
"""Points of the body, as NĐ 30/2020 wants (13 to 14)."""


def write_week_document(
    path: Path,
    week: Week,
    *,
    letter: Letter,
    pace: Pace | None,
    corrected: list[dict[str, Any]],
    single: bool,
) -> None:
    """Write the report of one unit as .docx; what the software does not know is left to fill in ("…")."""
    import datetime as dt

    from docx import Document
    from docx.shared import Cm, Pt

    paper = Document()
    page = paper.sections[0]
    page.page_width, page.page_height = Cm(21), Cm(29.7)
    page.left_margin, page.right_margin, page.top_margin, page.bottom_margin = Cm(3), Cm(1.5), Cm(2), Cm(2)
    _page_numbers(page)
    normal = paper.styles["Normal"]
    normal.font.name, normal.font.size = FONT, Pt(SIZE)
    normal.element.rPr.rFonts.set(_qualified("w:eastAsia"), FONT)
    normal.paragraph_format.space_after = Pt(6)
    _heading(paper, letter, week)
    title = _line(paper, word("report", "title"), bold=True, centred=True, size=14)
    title.paragraph_format.space_before, title.paragraph_format.space_after = Pt(12), Pt(0)
    _line(
        paper, word("report", "subject"), bold=True, centred=True, size=14
    ).paragraph_format.space_after = Pt(0)
    _line(paper, week_text(week), italic=True, centred=True).paragraph_format.space_after = Pt(0)
    _rule(paper.add_paragraph(), Cm(6))
    if letter.to:
        _line(paper, f"Kính gửi: {letter.to}.", centred=True)
    sums = added(week.rows)
    _head(paper, "I. KẾT QUẢ THỰC HIỆN")
    for text in _results(sums, whole=all(r["total"] is not None for r in week.rows)):
        _line(paper, f"- {text}", indent=True)
    _registers(paper, week)
    _head(paper, "II. TIẾN ĐỘ")
    for text in _progress(sums, pace, None if single else standings(week.rows)):
        _line(paper, f"- {text}", indent=True)
    _head(paper, "III. KHÓ KHĂN, VƯỚNG MẮC, ĐỀ XUẤT")
    told = [
        (next((r["name"] for r in week.rows if r["commune"] == c), c), t)
        for c, t in sorted(week.difficulties.items())
    ]
    for name, text in told:
        _line(paper, text if single else f"- {name}: {text}", indent=True)
    if not told:
        _line(paper, word("report", "no_difficulty"), indent=True)
    if corrected:
        _head(paper, "IV. ĐÍNH CHÍNH SỐ LIỆU ĐÃ BÁO CÁO")
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
    _signature(paper, letter)
    paper.core_properties.created = dt.datetime(week.friday.year, week.friday.month, week.friday.day)  # noqa: DTZ001
    paper.core_properties.author = ""
    paper.core_properties.title = word("report", "subject")
    with new_office_file(path) as target:
        paper.save(target)


def _qualified(name: str) -> str:
    from docx.oxml.ns import qn

    return str(qn(name))


def _heading(paper: Any, letter: Letter, week: Week) -> None:
    """Name of the office on the left, nation and motto on the right, each with its line; number, place and date below."""
    from docx.shared import Cm, Pt

    table = _grid(paper, 2, (6.2, 10.3))
    left, right = table.rows[0].cells
    for spot, lines, bold in (
        (left, letter.superior.upper().splitlines(), False),
        (left, letter.office.upper().splitlines(), True),
        (right, [word("report", "nation")], True),
    ):
        for text in lines:
            _put(spot, text, bold=bold, size=12)
    _put(right, word("report", "motto"), bold=True, size=13)
    _rule(left.add_paragraph(), Cm(2.2))
    _rule(right.add_paragraph(), Cm(2.55))
    number, place = table.rows[1].cells
    _put(number, f"Số:        /{letter.symbol}", size=13)
    day = f"ngày {week.friday:%d} tháng {week.friday:%m} năm {week.friday:%Y}"
    _put(place, f"{letter.place}, {day}", italic=True, size=13)
    for row in table.rows:
        for cell in row.cells:
            for spot in cell.paragraphs:
                spot.paragraph_format.space_after = Pt(0)


def _grid(paper: Any, rows: int, widths: tuple[float, ...], *, style: str | None = None) -> Any:
    """Return a table whose columns are as wide as told (centimetres), in every program that opens it."""
    from docx.shared import Cm

    table = paper.add_table(rows=rows, cols=len(widths))
    table.autofit = False
    if style:
        table.style = style
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Cm(width)
        for cell in column.cells:
            cell.width = Cm(width)
    return table


def _put(cell: Any, text: str, *, bold: bool = False, italic: bool = False, size: float = SIZE) -> None:
    """Write a centred line into a cell; the first one into the paragraph that is there."""
    first = cell.paragraphs[0]
    spot = first if not first.runs and len(cell.paragraphs) == 1 else cell.add_paragraph()
    run = spot.add_run(text)
    run.bold, run.italic, run.font.size = bold, italic, _points(size)
    _centre(spot)


def _rule(paragraph: Any, indent: Any) -> None:
    """Make of an empty paragraph a thin line, ``indent`` away from both sides."""
    from docx.oxml import OxmlElement
    from docx.shared import Pt

    shape = paragraph.paragraph_format
    shape.left_indent = shape.right_indent = indent
    shape.space_before, shape.space_after, shape.line_spacing = Pt(0), Pt(6), Pt(3)
    borders = OxmlElement("w:pBdr")
    top = OxmlElement("w:top")
    for key, value in (("val", "single"), ("sz", "6"), ("space", "1"), ("color", "000000")):
        top.set(_qualified(f"w:{key}"), value)
    borders.append(top)
    paragraph._p.get_or_add_pPr().insert_element_before(
        borders, "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:spacing", "w:ind", "w:jc", "w:rPr"
    )


def _page_numbers(page: Any) -> None:
    """Number the pages in the middle above the text, from the second one."""
    from docx.oxml import OxmlElement

    page.different_first_page_header_footer = True
    spot = page.header.paragraphs[0]
    _centre(spot)
    for kind, text in (("begin", None), (None, "PAGE"), ("end", None)):
        run = spot.add_run()
        run.font.size = _points(13)
        part = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            part.set(_qualified("w:fldCharType"), kind)
        else:
            part.text = text
        run._r.append(part)


def _head(paper: Any, text: str) -> None:
    from docx.shared import Pt

    spot = _line(paper, text, bold=True)
    spot.paragraph_format.space_before = Pt(6)
    spot.paragraph_format.keep_with_next = True


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
) -> Any:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Cm

    paragraph = paper.add_paragraph()
    run = paragraph.add_run(text)
    run.bold, run.italic, run.font.size = bold, italic, _points(size)
    if centred:
        _centre(paragraph)
    if indent:
        paragraph.paragraph_format.first_line_indent = Cm(1)
        paragraph.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
    return paragraph


def _count(value: int | None) -> str:
    return word("report", "unknown") if value is None else number(value)


def _results(sums: dict[str, Any], *, whole: bool) -> list[str]:
    of = "" if whole else " phần đã có kế hoạch"
    return [
        f"Tổng số trường hợp phải số hóa: {_count(sums['total'])}; đã nhập lũy kế: {_count(sums['entered'])}"
        + (f" ({percent(sums['percent'])}{of})" if sums["percent"] is not None else "")
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


LETTER_COLUMNS = (
    ("total", "Tổng số"), ("entered", "Đã nhập"), ("entered_week", "Nhập trong tuần"), ("agreeing", "Khớp"),
    ("differing", "Sai lệch"), ("review", "Chờ xác nhận"), ("missing", "Chưa tìm thấy"), ("ready", "Đủ điều kiện"),
    ("approved", "Đã phê duyệt"), ("left", "Còn lại"),
)  # fmt: skip
"""Columns of the letter's table; all others stand in the workbook."""


def _registers(paper: Any, week: Week) -> None:
    """One line per register: the table of the letter; the full one is the workbook."""
    table = _grid(paper, 1, (2.4, *(1.41 for _ in LETTER_COLUMNS)), style="Table Grid")
    for cell, title in zip(table.rows[0].cells, ("Loại sổ", *(t for _, t in LETTER_COLUMNS)), strict=True):
        _cell(cell, title, bold=True, align="CENTER")
    registers = list(dict.fromkeys(row["register_title"] for row in week.rows))
    for register in [*registers, None]:
        rows = [r for r in week.rows if register in (None, r["register_title"])]
        sums = added(rows)
        cells = table.add_row().cells
        _cell(cells[0], register or "Tổng cộng", bold=register is None, align="LEFT")
        for cell, (key, _) in zip(cells[1:], LETTER_COLUMNS, strict=True):
            _cell(cell, _count(sums[key]), bold=register is None, align="RIGHT")
    _repeat(table.rows[0])
    note = _line(
        paper, "Số liệu theo từng xã, loại sổ và giai đoạn: biểu Excel kèm theo.", italic=True, size=12
    )
    note.paragraph_format.space_before = _points(4)


def _repeat(row: Any) -> None:
    """Repeat a row at the head of every page that the table runs over."""
    from docx.oxml import OxmlElement

    mark = OxmlElement("w:tblHeader")
    mark.set(_qualified("w:val"), "true")
    row._tr.get_or_add_trPr().append(mark)


def _cell(cell: Any, text: str, *, bold: bool, align: str) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    paragraph = cell.paragraphs[0]
    paragraph.paragraph_format.space_after = _points(1)
    paragraph.alignment = getattr(WD_ALIGN_PARAGRAPH, align)
    run = paragraph.add_run(text)
    run.bold, run.font.size = bold, _points(9.5)
    _margins(cell)


def _margins(cell: Any) -> None:
    """Leave little room beside the numbers, so that eight digits stay on one line."""
    from docx.oxml import OxmlElement

    margins = OxmlElement("w:tcMar")
    for side in ("start", "end"):
        one = OxmlElement(f"w:{side}")
        one.set(_qualified("w:w"), "50")
        one.set(_qualified("w:type"), "dxa")
        margins.append(one)
    cell._tc.get_or_add_tcPr().append(margins)


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


def _signature(paper: Any, letter: Letter) -> None:
    """To whom the report goes on the left, who signs on the right; kept on one page."""
    table = _grid(paper, 1, (7.5, 9.0))
    left, right = table.rows[0].cells
    head = left.paragraphs[0].add_run("Nơi nhận:")
    head.bold, head.italic, head.font.size = True, True, _points(12)
    left.paragraphs[0].paragraph_format.space_after = _points(0)
    for text in [*(f"- {name};" for name in letter.recipients), "- Lưu: VT."]:
        spot = left.add_paragraph()
        spot.paragraph_format.space_after = _points(0)
        spot.add_run(text).font.size = _points(11)
    for text in letter.signer.upper().splitlines():
        _put(right, text, bold=True, size=13)
    _put(right, "(Ký, ghi rõ họ tên, đóng dấu)", italic=True, size=12)
    for spot in right.paragraphs:
        spot.paragraph_format.space_after = _points(0)
        spot.paragraph_format.keep_with_next = True
    for _ in range(3):
        blank = right.add_paragraph()
        blank.paragraph_format.space_after = _points(0)
    _tail(paper)


def _tail(paper: Any) -> None:
    """Keep the paragraph that has to follow a table from taking a page of its own."""
    from docx.enum.text import WD_LINE_SPACING

    shape = paper.add_paragraph().paragraph_format
    shape.space_after, shape.line_spacing_rule, shape.line_spacing = (
        _points(0),
        WD_LINE_SPACING.EXACTLY,
        _points(1),
    )
