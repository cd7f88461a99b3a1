"""Write the sheets made of rows: header, text cells with marked letters, cells to fill in, filters, print set-up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconcile.report import layout
from reconcile.report.facts import BLANK, SEE_ELSEWHERE
from reconcile.report.marking import Parts, differing, differing_lines
from reconcile.report.row_xml import RowSheet, RowXml, column_letter
from reconcile.report.typeface import LINE_HEIGHT, wrapped_lines
from reconcile.report.wording import wording

if TYPE_CHECKING:
    import polars as pl
    import xlsxwriter
    from xlsxwriter.worksheet import Worksheet

    from reconcile.report.scans import Scans
    from reconcile.report.styles import Styles

MARKED_PAIRS = {
    "ho_tich": "dan_cu",
    "ho_ten": "ho_ten_dc",
    "ngay_sinh": "ngay_sinh_dc",
    "nguoi_than": "nguoi_than_dc",
    "nguoi": "nguoi_kia",
}
"""Columns that are compared with each other, where the sheet marks both."""

MOST_LINES = 12

_SURE = 0.7
"""Text shorter than this share of a column's width is on one line, even in capitals."""

NO_VALUE = (BLANK, SEE_ELSEWHERE)
"""Cells that begin so stand in for a value: nothing is marked."""


_OPEN = "mở bản quét"
_USED = ("text", "edit", "hidden", "link", "differs_cell")
"""Formats of the cells of a row."""


class Marks:
    """Parts of value pairs, each distinct pair worked out once per run."""

    def __init__(self) -> None:
        """Begin with nothing known."""
        self._known: dict[tuple[str, str], tuple[Parts, Parts]] = {}

    def of(self, left: str, right: str) -> tuple[Parts, Parts]:
        """Return the parts of both values."""
        key = (left, right)
        parts = self._known.get(key)
        if parts is None:
            if any(value.startswith(NO_VALUE) for value in key):
                parts = differing(left, None)[0], differing(None, right)[1]
            else:
                parts = differing_lines(left, right)
            self._known[key] = parts
        return parts


class SheetWriter:
    """Writes row sheets into one workbook."""

    def __init__(
        self, book: xlsxwriter.Workbook, styles: Styles, marks: Marks, scans: Scans, footer: str
    ) -> None:
        """Take the workbook, its formats, the marks shared by the whole run, the scans and the footer text."""
        self.book = book
        self.styles = styles
        self.marks = marks
        self.scans = scans
        self.footer = footer

    def write(self, sheet: layout.SheetLayout, rows: pl.DataFrame, heading: str) -> list[str]:
        """Write one sheet; return the rows' fingerprints in order."""
        page = self.book.add_worksheet(sheet.title, RowSheet)
        page.set_tab_color(wording()["sheet_tab"][sheet.key])
        self._columns(page, sheet)
        self._header(page, sheet)
        self._page(page, sheet, rows.height, heading)
        if rows.is_empty():
            page.write_string(1, len(_hidden(sheet)), sheet.empty, self.styles.empty)
            return []
        fingerprints = self._rows(page, sheet, rows)
        self._tools(page, sheet, rows.height)
        return fingerprints

    # parts ------------------------------------------------------------------------------------------------

    def _columns(self, page: Worksheet, sheet: layout.SheetLayout) -> None:
        for at, column in enumerate(sheet.columns):
            hidden = column.kind == "hidden" or (column.kind == "link" and not self.scans)
            page.set_column(at, at, column.width, None, {"hidden": hidden})

    def _header(self, page: Worksheet, sheet: layout.SheetLayout) -> None:
        page.set_row(0, 32)
        for at, column in enumerate(sheet.columns):
            style = self.styles.header_edit if column.kind == "edit" else self.styles.header
            page.write_string(0, at, column.title, style)

    def _page(self, page: Worksheet, sheet: layout.SheetLayout, rows: int, heading: str) -> None:
        """Set up freezing and printing: A4 landscape, one page wide up to the last cell to fill in."""
        page.freeze_panes(1, sheet.frozen)
        first_edit = next(i for i, c in enumerate(sheet.columns) if c.kind == "edit")
        last_edit = max(i for i, c in enumerate(sheet.columns) if c.kind == "edit")
        page.set_selection(1, first_edit, 1, first_edit)
        page.set_landscape()
        page.set_paper(9)
        page.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
        page.fit_to_pages(1, 0)
        page.repeat_rows(0)
        page.print_area(0, 0, max(rows, 1), last_edit)
        page.set_header(f"&L{escaped(heading)}&R{escaped(sheet.title)}")
        page.set_footer(f"&L{escaped(self.footer)}&RTrang &P/&N")

    def _rows(self, page: RowSheet, sheet: layout.SheetLayout, rows: pl.DataFrame) -> list[str]:
        styles = self.styles
        columns = {c.key: at for at, c in enumerate(sheet.columns)}
        edit = [at for at, c in enumerate(sheet.columns) if c.kind == "edit"]
        plain = [(at, c.key) for at, c in enumerate(sheet.columns) if c.kind == "shown"]
        pairs = [
            (columns[a], a, columns[b], b)
            for a, b in MARKED_PAIRS.items()
            if a in columns and b in columns and sheet.columns[columns[a]].kind == "marked"
        ]
        covered = sheet.fingerprinted
        link_at = columns.get("ban_quet")
        widths = [(c.key, c.width) for c in sheet.columns if c.kind in ("shown", "marked")]
        order = _in_order(edit, plain, pairs, link_at)
        style = {name: getattr(styles, name)._get_xf_index() for name in _USED}
        xml = RowXml(page, len(sheet.columns), styles.same, styles.differs)
        fingerprints: list[str] = []
        lines: list[str] = []
        for line, row in enumerate(rows.iter_rows(named=True), start=1):
            row_id = row[layout.ID_KEY]
            print_ = layout.fingerprint(sheet.key, row_id, [row[k] for k in covered])
            fingerprints.append(print_)
            xml.text(line, 0, layout.cell_text(row_id), style["hidden"])
            xml.text(line, 1, print_, style["hidden"])
            marked: dict[int, Parts] = {}
            for at_a, a, at_b, b in pairs:
                marked[at_a], marked[at_b] = self.marks.of(layout.cell_text(row[a]), layout.cell_text(row[b]))
            for at, key in order:
                if key is None:
                    xml.blank(line, at, style["edit"])
                elif key == "":
                    self._link(page, xml, line, at, row, style)
                elif at in marked:
                    _marked(xml, line, at, marked[at], style)
                elif row[key]:
                    xml.text(line, at, layout.cell_text(row[key]), style["text"])
                else:
                    xml.blank(line, at, style["text"])
            lines.append(xml.row(line, LINE_HEIGHT * _lines(row, widths)))
        page.rows_are(lines, len(sheet.columns))
        return fingerprints

    def _link(
        self, page: RowSheet, xml: RowXml, line: int, at: int, row: dict[str, Any], style: dict[str, int]
    ) -> None:
        found = (
            self.scans.link(
                row["register"], row["book_year"], row["book"], row["number"], row["registered_earliest"]
            )
            if self.scans
            else None
        )
        if found:
            page.write_url(line, at, f"external:{found}", self.styles.link, _OPEN)
            xml.text(line, at, _OPEN, style["link"])
        else:
            xml.blank(line, at, style["text"])

    def _tools(self, page: Worksheet, sheet: layout.SheetLayout, count: int) -> None:
        """Add the filter, the drop-downs with their messages, and the colours that go with the words."""
        words = wording()
        styles = self.styles
        last = len(sheet.columns) - 1
        page.autofilter(0, 0, count, last)
        page.ignore_errors({"number_stored_as_text": f"A2:{column_letter(last)}{count + 1}"})
        for key in layout.EDIT_KEYS:
            if not sheet.has(key):
                continue
            at = sheet.index(key)
            rule: dict[str, Any] = {
                "input_title": sheet.columns[at].title,
                "input_message": words["input_message"][key],
            }
            if key == "ket_luan":
                letter = "B" if sheet.identity else "A"
                size = len(layout.CONCLUSIONS)
                rule |= {
                    "validate": "list",
                    "source": f"={layout.LIST_SHEET}!${letter}$1:${letter}${size}",
                    "error_title": words["input_error"]["title"][:32],
                    "error_message": words["input_error"]["text"],
                }
            else:
                rule["validate"] = "any"
            page.data_validation(1, at, count, at, rule)
        if sheet.has("ket_luan"):
            at = sheet.index("ket_luan")
            done = f"=LEN(${column_letter(at)}2)>0"
            page.conditional_format(
                1, at, count, at + 3, {"type": "formula", "criteria": done, "format": styles.taken}
            )
        if sheet.has("muc_do"):
            at = sheet.index("muc_do")
            for word, style in styles.by_severity.items():
                page.conditional_format(
                    1,
                    at,
                    count,
                    at,
                    {"type": "cell", "criteria": "==", "value": f'"{word}"', "format": style},
                )
            page.conditional_format(
                1,
                at,
                count,
                at,
                {"type": "text", "criteria": "begins with", "value": "Nhóm", "format": styles.group},
            )
        if sheet.has("so_quyen"):
            a, b = column_letter(sheet.index("so_quyen")), column_letter(sheet.index("so"))
            other = f"=OR(${a}2<>${a}1,${b}2<>${b}1)"
            page.conditional_format(
                1, 0, count, last, {"type": "formula", "criteria": other, "format": styles.next_record}
            )


def _in_order(
    edit: list[int],
    plain: list[tuple[int, str]],
    pairs: list[tuple[int, str, int, str]],
    link_at: int | None,
) -> list[tuple[int, str | None]]:
    """Return column → its key, from left to right; None for a cell to fill in, "" for the link to the scan."""
    found: list[tuple[int, str | None]] = [*plain, *((at, None) for at in edit)]
    found += [one for at_a, a, at_b, b in pairs for one in ((at_a, a), (at_b, b))]
    if link_at is not None:
        found = [(at, key) for at, key in found if at != link_at] + [(link_at, "")]
    return sorted(found, key=lambda one: one[0])


def _marked(xml: RowXml, line: int, at: int, parts: Parts, style: dict[str, int]) -> None:
    """Put a value with its differing letters red, bold and underlined."""
    if not parts:
        xml.blank(line, at, style["text"])
    elif len(parts) == 1:
        text, differs = parts[0]
        xml.text(line, at, text, style["differs_cell"] if differs else style["text"])
    else:
        xml.rich(line, at, parts, style["text"])


def _lines(row: dict[str, Any], widths: list[tuple[str, float]]) -> int:
    """Estimate how many lines the tallest cell of a row needs, words not being cut."""
    most = 1
    for key, width in widths:
        text = row[key]
        if len(text) < _SURE * width and "\n" not in text:
            continue
        lines = 0
        for piece in text.split("\n"):
            lines += 1 if len(piece) < _SURE * width else wrapped_lines(piece, width)
        most = max(most, lines)
    return min(most, MOST_LINES)


def _hidden(sheet: layout.SheetLayout) -> list[layout.SheetColumn]:
    return [c for c in sheet.columns if c.kind == "hidden"]


def escaped(text: str) -> str:
    """Escape the ampersand, which starts a code in headers and footers."""
    return text.replace("&", "&&")[:110]
