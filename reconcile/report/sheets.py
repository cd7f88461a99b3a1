"""Write the sheets made of rows: header, text cells with marked letters, cells to fill in, filters, print set-up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from reconcile.report import layout
from reconcile.report.marked_columns import marked
from reconcile.report.readied import CELL, LINES
from reconcile.report.row_xml import RowSheet, RowXml, Runs, column_letter, plain
from reconcile.report.typeface import LINE_HEIGHT
from reconcile.report.wording import wording

if TYPE_CHECKING:
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

_OPEN = "mở bản quét"
_USED = ("text", "edit", "hidden", "link", "differs_cell")
"""Formats of the cells of a row."""


class SheetWriter:
    """Writes row sheets into one workbook."""

    def __init__(self, book: xlsxwriter.Workbook, styles: Styles, scans: Scans, footer: str) -> None:
        """Take the workbook, its formats, the scans and the footer text."""
        self.book = book
        self.styles = styles
        self.scans = scans
        self.footer = footer
        self._runs: Runs | None = None

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
        """Write the rows (``readied``) a column at a time; return their fingerprints."""
        style = {name: getattr(self.styles, name)._get_xf_index() for name in _USED}
        cells = rows.select(
            pl.col(CELL + key).alias(key)
            for key in (layout.ID_KEY, layout.FINGERPRINT_KEY, *sheet.fingerprinted)
        )
        shown = plain(cells)
        xml = RowXml(page, rows.height)
        xml.texts(0, cells[layout.ID_KEY], style["hidden"])
        xml.texts(1, cells[layout.FINGERPRINT_KEY], style["hidden"])
        columns = {c.key: at for at, c in enumerate(sheet.columns)}
        for at, column in enumerate(sheet.columns[2:], start=2):
            if column.kind == "edit":
                xml.blanks(at, style["edit"])
            elif column.kind == "link":
                self._links(page, xml, at, rows, style)
            else:
                xml.texts(at, shown[column.key], style["text"])
        for a, b in MARKED_PAIRS.items():
            if a in columns and b in columns and sheet.columns[columns[a]].kind == "marked":
                sides = marked(cells.select(a, b), shown.select(a, b), self.runs(page), style)
                for key, (texts, styles) in zip((a, b), sides, strict=True):
                    xml.texts(columns[key], texts, styles)
        page.rows_are(xml.lines(rows[LINES] * LINE_HEIGHT), rows.height, len(sheet.columns))
        return cells[layout.FINGERPRINT_KEY].to_list()

    def runs(self, page: RowSheet) -> Runs:
        """Return the writer of values of several parts, one per workbook."""
        if self._runs is None:
            self._runs = Runs(page, self.styles.same, self.styles.differs)
        return self._runs

    def _links(self, page: RowSheet, xml: RowXml, at: int, rows: pl.DataFrame, style: dict[str, int]) -> None:
        """Link the rows to their scanned pages."""
        if not self.scans:
            xml.blanks(at, style["text"])
            return
        address = rows.select("register", "book_year", "book", "number", "registered_earliest")
        found = [self.scans.link(*row) for row in address.iter_rows()]
        for line, link in enumerate(found, start=1):
            if link:
                page.write_url(line, at, f"external:{link}", self.styles.link, _OPEN)
        xml.texts(
            at,
            pl.Series([_OPEN if link else None for link in found], dtype=pl.String),
            pl.Series([style["link" if link else "text"] for link in found], dtype=pl.UInt32),
        )

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


def _hidden(sheet: layout.SheetLayout) -> list[layout.SheetColumn]:
    return [c for c in sheet.columns if c.kind == "hidden"]


def escaped(text: str) -> str:
    """Escape the ampersand, which starts a code in headers and footers."""
    return text.replace("&", "&&")[:110]
