"""Rows of a sheet written as XML at once. XlsxWriter keeps an object per cell and looks at each three times; a
commune's report has a hundred thousand cells, and a province writes one per commune.

The XML is what XlsxWriter itself would write; header, columns, tools and the rest of the sheet stay its own.
"""

from __future__ import annotations

from functools import lru_cache
from io import StringIO
from typing import TYPE_CHECKING, Any

from xlsxwriter.worksheet import Worksheet
from xlsxwriter.xmlwriter import XMLwriter

if TYPE_CHECKING:
    from xlsxwriter.format import Format

    from reconcile.report.marking import Parts

_UNITS = 32_767
"""UTF-16 units that a cell can hold."""


@lru_cache(maxsize=256)
def column_letter(at: int) -> str:
    """Return the letters of a column counted from 0."""
    letters = ""
    at += 1
    while at:
        at, rest = divmod(at - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


class RowSheet(Worksheet):  # type: ignore[misc]
    """A worksheet with a header in row 0 and, below it, rows given as XML."""

    def __init__(self) -> None:
        """Begin without rows."""
        super().__init__()
        self.lines: list[str] = []

    def rows_are(self, lines: list[str], columns: int) -> None:
        """Take the rows below the header as XML; ``columns`` is how many columns they fill."""
        self.lines = lines
        self._check_dimensions(len(lines), columns - 1)

    def _xml_start_tag_unencoded(self, tag: str, attributes: Any = ()) -> None:
        """Leave out that a height was set by hand: see ``RowXml.row``."""
        if tag == "row":
            attributes = [a for a in attributes if a[0] != "customHeight"]
        super()._xml_start_tag_unencoded(tag, attributes)

    def _write_rows(self) -> None:
        """Write the header as XlsxWriter does, then the rows."""
        last: int = self.dim_rowmax  # type: ignore[has-type]
        if self.lines:
            self.dim_rowmax = 0
        super()._write_rows()
        self.dim_rowmax = last
        self.fh.write("".join(self.lines))


class RowXml:
    """Puts cells of one sheet together. ``line`` counts from 0, as in XlsxWriter."""

    def __init__(self, page: RowSheet, columns: int, same: Format, differs: Format) -> None:
        """Take the sheet, its number of columns and the two fonts of marked values."""
        self._strings = page.str_table
        self._letters = [column_letter(at) for at in range(columns)]
        self._columns = columns
        self._fonts = {False: _font(page, same), True: _font(page, differs)}
        self._cells: list[str] = []

    def row(self, line: int, points: float) -> str:
        """Return the row begun with the cells put since the last one. Its height is an estimate that programs may fit again.

        XlsxWriter declares every height as set by hand; such a height stays where it is when rows are sorted, and
        cuts off the text of the row that moved there.
        """
        cells = "".join(self._cells)
        self._cells.clear()
        return f'<row r="{line + 1}" spans="1:{self._columns}" ht="{points:.16g}">{cells}</row>'

    def text(self, line: int, at: int, text: str, style: int) -> None:
        """Put a text."""
        if len(text) > _UNITS // 2:
            text = text.encode("utf-16-le")[: 2 * _UNITS].decode("utf-16-le", "ignore")
        if text.startswith("<r>"):  # XlsxWriter takes such a text for XML of its own
            text = f" {text}"
        self._string(line, at, text, style)

    def rich(self, line: int, at: int, parts: Parts, style: int) -> None:
        """Put a value of several parts, of which some differ."""
        runs = [
            f"<r>{self._fonts[differs]}<t{_SPACE if text[0].isspace() or text[-1].isspace() else ''}>{_escaped(text)}</t></r>"
            for text, differs in parts
        ]
        self._string(line, at, "".join(runs), style)

    def blank(self, line: int, at: int, style: int) -> None:
        """Put an empty cell."""
        self._cells.append(f'<c r="{self._letters[at]}{line + 1}" s="{style}"/>')

    def _string(self, line: int, at: int, string: str, style: int) -> None:
        index = self._strings._get_shared_string_index(string)
        self._cells.append(f'<c r="{self._letters[at]}{line + 1}" s="{style}" t="s"><v>{index}</v></c>')


_SPACE = ' xml:space="preserve"'


def _escaped(text: str) -> str:
    if "&" in text or "<" in text or ">" in text:
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text


def _font(page: Any, style: Format) -> str:
    """Return the font of a format as XlsxWriter writes it into a text of several fonts."""
    page.rstring = XMLwriter()
    page.rstring._set_filehandle(StringIO())
    page._write_font(style)
    return str(page.rstring.fh.getvalue())
