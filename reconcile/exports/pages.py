"""Writing workbooks of plain text cells: nothing in them is ever a formula, a number or a date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from html import escape
from math import ceil
from typing import TYPE_CHECKING, Any

from reconcile.protection.files import new_office_file, write_text, xlsx_options
from reconcile.report.layout import cell_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Listing:
    """One list: title, columns as (header, width in characters), rows; ``printed`` counts the columns that go on
    paper (0: all), so that what is printed stays large enough to read.
    """

    title: str
    columns: Sequence[tuple[str, float]]
    rows: list[tuple[Any, ...]]
    printed: int = 0


CREATED = datetime(2026, 1, 1)  # noqa: DTZ001 - a workbook's own clock has no zone
"""When the workbooks say they were made: fixed, so that the same decisions give the same bytes."""

_IN_MEMORY = 20_000
"""Rows up to which a workbook is put together in memory: five times faster for the many small books."""


def _options(path: Path, rows: int) -> dict[str, Any]:
    """Return how a workbook is written; what must go through files stays in the folder that is not published yet."""
    way: dict[str, Any] = {"in_memory": True} if rows <= _IN_MEMORY else {"constant_memory": True}
    plain = dict.fromkeys(("strings_to_formulas", "strings_to_urls", "strings_to_numbers"), False)
    return {**way, **plain, "tmpdir": str(path.parent), **xlsx_options(path)}


def write_plain(path: Path, sheet: str, columns: Sequence[str], rows: Sequence[Sequence[str | None]]) -> None:
    """Write one sheet as the Ministry's template is written: header in row 1, every cell text."""
    import xlsxwriter

    with new_office_file(path) as target, xlsxwriter.Workbook(target, _options(path, len(rows))) as book:
        book.set_properties({"created": CREATED})
        text = book.add_format({"num_format": "@"})
        header = book.add_format(
            {"num_format": "@", "bg_color": "#0070C0", "font_color": "#FFFFFF", "bold": True}
        )
        page = book.add_worksheet(sheet)
        page.set_column(0, len(columns) - 1, 14, text)
        page.freeze_panes(1, 0)
        for position, name in enumerate(columns):
            page.write_string(0, position, name, header)
        for number, row in enumerate(rows, start=1):
            for position, value in enumerate(row):
                if value:
                    page.write_string(number, position, cell_text(value), text)


def write_lists(path: Path, sheets: Sequence[Listing]) -> None:
    """Write lists to be read and printed: one sheet per list, A4 landscape, header repeated."""
    import xlsxwriter

    options = _options(path, max((len(one.rows) for one in sheets), default=0))
    with new_office_file(path) as target, xlsxwriter.Workbook(target, options) as book:
        book.set_properties({"created": CREATED})
        box: dict[str, Any] = {"border": 1, "border_color": "#BFBFBF", "text_wrap": True, "num_format": "@"}
        text = book.add_format({**box, "valign": "top"})
        header = book.add_format(
            {**box, "bold": True, "valign": "vcenter", "bg_color": "#1F4E79", "font_color": "#FFFFFF"}
        )
        for one in sheets:
            title, columns, rows = one.title, one.columns, one.rows
            page = book.add_worksheet(title)
            page.set_landscape()
            page.set_paper(9)
            page.fit_to_pages(1, 0)
            page.repeat_rows(0)
            page.print_area(0, 0, max(len(rows), 1), (one.printed or len(columns)) - 1)
            page.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
            page.set_footer("&L" + title.replace("&", "&&") + "&RTrang &P/&N")
            page.freeze_panes(1, 0)
            page.autofilter(0, 0, max(len(rows), 1), len(columns) - 1)
            for position, (name, width) in enumerate(columns):
                page.set_column(position, position, width, text)
                page.write_string(0, position, name, header)
            page.set_row(0, _height([name for name, _ in columns], columns))
            for number, row in enumerate(rows, start=1):
                page.set_row(number, _height(row[: one.printed or None], columns))
                for position, value in enumerate(row):
                    shown = cell_text("" if value is None else str(value))
                    if shown:
                        page.write_string(number, position, shown, text)
                    else:
                        page.write_blank(number, position, None, text)


_STYLE = (
    "body{font:14px/1.4 sans-serif;margin:1.5em;color:#222}table{border-collapse:collapse;width:100%}"
    "th,td{border:1px solid #bfbfbf;padding:.3em .5em;text-align:left;vertical-align:top}"
    "th{background:#1f4e79;color:#fff}thead{display:table-header-group}@page{size:A4 landscape;margin:1cm}"
)


def _height(row: Sequence[Any], columns: Sequence[tuple[str, float]]) -> float:
    """Return the height in points at which every wrapped text shows; programs don't work it out when they open a file."""
    lines = (
        max(1, ceil(len(str(value)) * 1.05 / width))
        for value, (_, width) in zip(row, columns, strict=False)
        if value is not None
    )
    return 15.0 * min(max(lines, default=1), 12)


def write_page(path: Path, title: str, sheets: Sequence[Listing]) -> None:
    """Write the same lists as one page for a browser: no script, nothing from elsewhere, every text escaped."""
    parts = [
        f'<!doctype html><html lang="vi"><meta charset="utf-8"><title>{escape(title)}</title><style>{_STYLE}</style>',
        f"<h1>{escape(title)}</h1>",
    ]
    for one in sheets:
        name, columns, rows = one.title, one.columns, one.rows
        parts.append(f"<h2>{escape(name)} ({len(rows)})</h2>")
        if not rows:
            parts.append("<p>Không có.</p>")
            continue
        head = "".join(f"<th>{escape(header)}</th>" for header, _ in columns)
        parts.append(f"<table><thead><tr>{head}</tr></thead><tbody>")
        for row in rows:
            cells = "".join(
                f"<td>{escape(cell_text(str(value)) if value is not None else '')}</td>" for value in row
            )
            parts.append(f"<tr>{cells}</tr>")
        parts.append("</tbody></table>")
    write_text(path, "\n".join(parts) + "\n")
