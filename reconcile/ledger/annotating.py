"""One sheet of an annotated copy: reasons written beside the rows, the list of all reasons, the formats of both."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.parsers import expat

from reconcile.ledger.markup import (
    attribute,
    column_of,
    edited,
    elements,
    inside,
    text_cell,
    with_attributes,
)
from reconcile.ledger.reading import HEADER_ROWS, recognised
from reconcile.report.row_xml import column_letter
from reconcile.report.typeface import LINE_HEIGHT, wrapped_lines

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from reconcile.ledger.markup import Edit, Element

TITLE = "Vì sao chưa nhận"
LIST_HEADER = ("Trang", "Dòng", TITLE)
WIDTH = 60
"""Width of the column of reasons, in characters."""

_ADDRESS = re.compile(rb"""\br=["']([A-Z]+)\d""")
_SLASH = ord("/")
_LIST_WIDTHS = (26, 8, 110)
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def shared_texts(content: bytes) -> list[str]:
    """Return the workbook's shared texts in their order, without marks and phonetic hints."""
    texts: list[str] = []
    if not content:
        return texts
    parser = expat.ParserCreate()
    parser.buffer_text = True
    piece: list[str] = []
    state = {"t": False, "aside": False}

    def begin(tag: str, _: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if name == "rPh":
            state["aside"] = True
        state["t"] = name == "t"

    def finish(tag: str) -> None:
        name = tag.rpartition(":")[2]
        if name == "si":
            texts.append("".join(piece))
            piece.clear()
        if name == "rPh":
            state["aside"] = False
        state["t"] = False

    def text(data: str) -> None:
        if state["t"] and not state["aside"]:
            piece.append(data)

    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = begin, finish, text
    parser.Parse(content, True)
    return texts


def with_styles(styles: bytes) -> tuple[bytes, dict[str, str]]:
    """Return the part of formats with ours added, and name → number: ``reason``, ``plain``, ``bold``.

    A workbook without formats gets none.
    """
    if not styles:
        return b"", {}
    prefix, found = elements(styles, ("fonts", "font", "fills", "fill", "cellXfs", "xf"))
    groups = {one.name: one for one in found if one.name in ("fonts", "fills", "cellXfs")}
    if len(groups) < 3:
        return b"", {}

    def held(group: Element, name: str) -> int:
        return sum(o.name == name and group.start < o.start < group.end for o in found)

    fonts, fills, formats = (
        held(groups[g], n) for g, n in (("fonts", "font"), ("fills", "fill"), ("cellXfs", "xf"))
    )
    p = prefix
    arial = f'<{p}sz val="10"/><{p}name val="Arial"/><{p}family val="2"/>'
    font = f"<{p}font>{arial}</{p}font><{p}font><{p}b/>{arial}</{p}font>"
    fill = f'<{p}fill><{p}patternFill patternType="solid"><{p}fgColor rgb="FFFFD9D9"/></{p}patternFill></{p}fill>'
    wrap = f'<{p}alignment vertical="top" wrapText="1"/>'

    def one_format(font_at: int, fill_at: int) -> str:
        return (
            f'<{p}xf numFmtId="49" fontId="{font_at}" fillId="{fill_at}" borderId="0" xfId="0" applyNumberFormat="1" '
            f'applyFont="1" applyFill="1" applyAlignment="1">{wrap}</{p}xf>'
        )

    made = one_format(fonts, fills) + one_format(fonts, 0) + one_format(fonts + 1, 0)
    edits = []
    for name, text, count in (
        ("fonts", font, fonts + 2),
        ("fills", fill, fills + 1),
        ("cellXfs", made, formats + 3),
    ):
        group = groups[name]
        edits += [
            with_attributes(styles, group, {"count": str(count)}),
            (group.close, group.close, text.encode()),
        ]
    look = {"reason": str(formats), "plain": str(formats + 1), "bold": str(formats + 2)}
    return edited(styles, edits), look


@dataclass(frozen=True, slots=True)
class Annotations:
    """What is written into one sheet: row → reason; the formats; the workbook's shared texts, to read headers."""

    reasons: dict[int, str]
    look: dict[str, str]
    texts: list[str]

    def is_list(self, sheet: bytes) -> bool:
        """Tell whether the sheet is a list of reasons."""
        rows = _Rows(sheet, elements(sheet, ("row",))[1])
        first = self.titles(rows, 1)
        return tuple(first.get(n) for n in (1, 2, 3)) == LIST_HEADER

    def titles(self, rows: _Rows, row: int) -> dict[int, str]:
        """Return column → text of one row."""
        return {column_of(cell.attributes["r"]): self._text(cell, text) for cell, text in rows.texts(row)}

    def _text(self, cell: Element, text: str) -> str:
        if cell.attributes.get("t") != "s":
            return text
        return self.texts[int(text)] if text.isdigit() and int(text) < len(self.texts) else ""


class _Rows:
    """The rows of a sheet by number; their cells are looked for when they are asked for."""

    def __init__(self, sheet: bytes, found: Sequence[Element]) -> None:
        self.sheet = sheet
        self.rows: dict[int, Element] = {}
        number = 0
        for one in found:
            if one.name == "row":
                number = int(one.attributes.get("r", number + 1))
                self.rows[number] = one

    def cells(self, row: int) -> list[Element]:
        """Return the cells of a row, each with its address."""
        return self._inside(row, ("c",))

    def last_column(self, row: int, prefix: str, *, filled: bool = False) -> int:
        """Return the column of the last cell of a row, of the last that holds something where ``filled``; 0 if none."""
        line, tag = self.rows[row], f"<{prefix}c".encode()
        end = line.close
        while (start := self.sheet.rfind(tag, line.inner, end)) >= 0:
            close = self.sheet.index(b">", start)
            if filled and (self.sheet[close - 1] == _SLASH or self.sheet.startswith(b"</", close + 1)):
                end = start
                continue
            address = _ADDRESS.search(self.sheet, start, close)
            if address is None:  # a program may leave the addresses out
                return column_of(self.cells(row)[-1].attributes["r"])
            return column_of(address[1].decode())
        return 0

    def texts(self, row: int) -> list[tuple[Element, str]]:
        """Return the cells of a row with what stands in them."""
        told: list[tuple[Element, str]] = []
        for one in self._inside(row, ("c", "v", "t")):
            if one.name == "c":
                told.append((one, ""))
            elif told and one.start < told[-1][0].end:
                told[-1] = (told[-1][0], told[-1][1] + _plain(self.sheet[one.inner : one.close]))
        return told

    def _inside(self, row: int, names: Collection[str]) -> list[Element]:
        if row not in self.rows:
            return []
        line = self.rows[row]
        found = elements(self.sheet[line.start : line.end], names)[1]
        column = 0
        for one in found:
            one.move(line.start)
            if one.name == "c":  # a program may leave the addresses out
                column = column_of(one.attributes.setdefault("r", f"{column_letter(column)}{row}"))
        return found


def annotated_sheet(sheet: bytes, notes: Annotations) -> bytes:
    """Return the XML of a sheet with its reasons, without those of an earlier copy, and not chosen any more.

    Several chosen sheets would be edited together, so only the list stays chosen.
    """
    names = ("dimension", "sheetView", "cols", "col", "sheetData", "row")
    prefix, found = elements(sheet, names)
    edits: list[Edit] = []
    for one in found:
        if one.name == "sheetView" and "tabSelected" in one.attributes:
            edits.append(with_attributes(sheet, one, {"tabSelected": None}))
    rows = _Rows(sheet, found)
    for number in sorted(n for n in rows.rows if n <= HEADER_ROWS):
        titles = notes.titles(rows, number)
        last = max(titles, default=0)
        if recognised([titles.get(n) for n in range(1, last + 1)]) is not None:
            break
    else:
        return edited(sheet, edits)
    earlier = next((column for column, title in titles.items() if title == TITLE), None)
    if earlier is None and not notes.reasons:
        return edited(sheet, edits)
    at = earlier or 1 + max(rows.last_column(row, prefix, filled=True) for row in rows.rows)
    edits += [
        (o.start, o.end, b"") for o in found if o.name == "dimension"
    ]  # it may leave out the new column
    written = {number: (_header_style(rows.cells(number)), TITLE)}
    written |= {
        row: (notes.look.get("reason"), reason) for row, reason in notes.reasons.items() if row != number
    }
    for row in sorted(written.keys() | {n for n in rows.rows if n > number and earlier is not None}):
        if row in rows.rows:
            edits += _in_row(sheet, rows, row, at, prefix, written.get(row))
    edits += _column(found, at, prefix)
    return edited(sheet, edits)


def _in_row(
    sheet: bytes, rows: _Rows, row: int, at: int, prefix: str, written: tuple[str | None, str] | None
) -> list[Edit]:
    """Return the edits that write one cell of one row, or take out what stands there."""
    line = rows.rows[row]
    place = f"{column_letter(at - 1)}{row}"
    text = b"" if written is None else text_cell(prefix, place, *written)
    edits: list[Edit] = []
    if line.empty:
        edits = [inside(sheet, line, text, prefix)] if text else []
    elif rows.last_column(row, prefix) < at:  # nearly always: no cell has to be looked at
        edits = [(line.close, line.close, text)] if text else []
    else:
        cells = rows.cells(row)
        there = next((c for c in cells if column_of(c.attributes["r"]) == at), None)
        behind = next((c for c in cells if column_of(c.attributes["r"]) > at), None)
        if there is not None:
            edits = [(there.start, there.end, text)]
        elif text:
            start = line.close if behind is None else behind.start
            edits = [(start, start, text)]
    if written is not None and written[1] != TITLE and "ht" in line.attributes and not line.empty:
        needed = LINE_HEIGHT * sum(wrapped_lines(piece, WIDTH) for piece in written[1].split("\n"))
        if needed > float(line.attributes["ht"]):
            edits.append(with_attributes(sheet, line, {"ht": f"{needed:g}"}))
    return edits


def _header_style(cells: Sequence[Element]) -> str | None:
    """Return the format of the last filled header cell, so that ours looks like its neighbours."""
    return next((c.attributes["s"] for c in reversed(cells) if "s" in c.attributes and not c.empty), None)


def _column(found: Sequence[Element], at: int, prefix: str) -> list[Edit]:
    """Return the edits that give the column of reasons its width; a range of columns over it is cut in three."""
    wide = f'<{prefix}col min="{at}" max="{at}" width="{WIDTH}" customWidth="1"/>'
    columns = [o for o in found if o.name == "col"]
    group = next((o for o in found if o.name == "cols"), None)
    if group is None:
        data = next(o for o in found if o.name == "sheetData")
        return [(data.start, data.start, f"<{prefix}cols>{wide}</{prefix}cols>".encode())]
    for one in columns:
        low, high = int(one.attributes["min"]), int(one.attributes["max"])
        if not low <= at <= high:
            continue
        parts = []
        for first, last in ((low, at - 1), (at, at), (at + 1, high)):
            if first == at == last:
                parts.append(wide)
            elif first <= last:
                others = {k: v for k, v in one.attributes.items() if k not in ("min", "max")}
                told = "".join(f' {k}="{attribute(v)}"' for k, v in others.items())
                parts.append(f'<{prefix}col min="{first}" max="{last}"{told}/>')
        return [(one.start, one.end, "".join(parts).encode())]
    behind = next((o for o in columns if int(o.attributes["min"]) > at), None)
    place = behind.start if behind is not None else group.close
    return [(place, place, wide.encode())]


def list_sheet(rows: Sequence[tuple[str, int, str]], look: dict[str, str]) -> bytes:
    """Return the XML of the list: sheet, row (a link to it) and reason."""
    lines = [
        b"".join(text_cell("", f"{c}1", look.get("bold"), t) for c, t in zip("ABC", LIST_HEADER, strict=True))
    ]
    links = []
    for number, (tab, row, reason) in enumerate(rows, start=2):
        cells = ((f"A{number}", tab), (f"B{number}", str(row)), (f"C{number}", reason))
        lines.append(b"".join(text_cell("", place, look.get("plain"), text) for place, text in cells))
        place = "'" + tab.replace("'", "''") + f"'!A{row}"
        links.append(f'<hyperlink ref="B{number}" location="{attribute(place)}" display="{row}"/>')
    widths = "".join(
        f'<col min="{n}" max="{n}" width="{w}" customWidth="1"/>' for n, w in enumerate(_LIST_WIDTHS, start=1)
    )
    data = b"".join(b'<row r="%d">%s</row>' % (n, cells) for n, cells in enumerate(lines, start=1))
    head = (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<worksheet xmlns="{_MAIN}">'
        '<sheetPr><pageSetUpPr fitToPage="1"/></sheetPr><sheetViews><sheetView tabSelected="1" workbookViewId="0">'
        '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
        f"<cols>{widths}</cols><sheetData>"
    )
    told = f"<hyperlinks>{''.join(links)}</hyperlinks>" if links else ""
    end = f'</sheetData>{told}<pageSetup paperSize="9" orientation="landscape" fitToHeight="0"/></worksheet>'
    return b"".join((head.encode(), data, end.encode()))


def _plain(piece: bytes) -> str:
    return html.unescape(piece.decode())
