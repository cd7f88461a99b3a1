"""Rows of a sheet written as XML, whole columns at once. XlsxWriter keeps an object per cell and looks at each three
times; a commune's report has a hundred thousand cells, and a province writes one per commune.

The XML is what XlsxWriter itself would write; header, columns, tools and the rest of the sheet stay its own.
"""

from __future__ import annotations

from functools import lru_cache
from io import StringIO
from typing import TYPE_CHECKING, Any

import polars as pl
from xlsxwriter.worksheet import Worksheet
from xlsxwriter.xmlwriter import XMLwriter

from reconcile.report.shared_strings import numbers

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
        self.lines = ""

    def rows_are(self, lines: str, rows: int, columns: int) -> None:
        """Take the rows below the header as XML; ``columns`` is how many columns they fill."""
        self.lines = lines
        self._check_dimensions(rows, columns - 1)

    def _xml_start_tag_unencoded(self, tag: str, attributes: Any = ()) -> None:
        """Leave out that a height was set by hand: see ``RowXml.lines``."""
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
        self.fh.write(self.lines)


class RowXml:
    """Puts the columns of one sheet together."""

    def __init__(self, page: RowSheet, rows: int) -> None:
        """Take the sheet and the number of its rows below the header."""
        self._table = page.str_table
        self._rows = rows
        self._texts: dict[int, pl.Series] = {}
        self._styles: dict[int, int | pl.Series] = {}

    def texts(self, at: int, texts: pl.Series, style: int | pl.Series) -> None:
        """Put a column of texts, null for an empty cell. ``style``: one for all, or one per row."""
        self._texts[at] = texts
        self._styles[at] = style

    def blanks(self, at: int, style: int) -> None:
        """Put a column of empty cells."""
        self._styles[at] = style

    def lines(self, points: pl.Series) -> str:
        """Return the rows. ``points``: their heights, estimates that programs may fit again.

        XlsxWriter declares every height as set by hand; such a height stays where it is when rows are sorted, and
        cuts off the text of the row that moved there.
        """
        frame = {"n": pl.int_range(2, self._rows + 2, eager=True).cast(pl.String)}
        frame["height"] = points.cast(pl.Float64).cast(pl.String).str.strip_suffix(".0")
        frame |= self._ends()
        parts: list[str | pl.Expr] = [
            '<row r="', pl.col("n"), f'" spans="1:{len(self._styles)}" ht="', pl.col("height"), '">',
        ]  # fmt: skip
        for at in sorted(self._styles):
            style = self._styles[at]
            parts += [f'<c r="{column_letter(at)}', pl.col("n"), '" s="']
            if isinstance(style, pl.Series):
                frame[f"style{at}"] = style.cast(pl.String)
                parts.append(pl.col(f"style{at}"))
            else:
                parts.append(str(style))
            parts.append(pl.col(f"end{at}") if at in self._texts else '"/>')
        parts.append("</row>")
        return str(pl.DataFrame(frame).select(_put_together(parts).str.join("")).item())

    def _ends(self) -> dict[str, pl.Series]:
        """Return what follows the style of each cell of the columns with texts: the number of its text."""
        if not self._texts:
            return {}
        whole = pl.concat([texts.rename("text") for texts in self._texts.values()])
        number = pl.col("number")
        filled = pl.concat_str(pl.lit('" t="s"><v>'), number.cast(pl.String), pl.lit("</v></c>"))
        ends = (
            numbers(self._table, whole)
            .alias("number")
            .to_frame()
            .select(pl.when(number.is_null()).then(pl.lit('"/>')).otherwise(filled))
            .to_series()
        )
        return {f"end{at}": ends.slice(k * self._rows, self._rows) for k, at in enumerate(self._texts)}


def _put_together(parts: list[str | pl.Expr]) -> pl.Expr:
    """Return the parts behind each other, neighbouring literals as one."""
    joined: list[str | pl.Expr] = []
    for part in parts:
        if isinstance(part, str) and joined and isinstance(joined[-1], str):
            joined[-1] += part
        else:
            joined.append(part)
    return pl.concat_str([pl.lit(p) if isinstance(p, str) else p for p in joined])


def plain(cells: pl.DataFrame) -> pl.DataFrame:
    """Return columns of texts as cells take them, null where empty."""
    strange = (pl.all().str.len_bytes() > _UNITS // 2) | pl.all().str.starts_with("<r>")
    for name, some in cells.select(strange.any()).row(0, named=True).items():
        if some:
            texts = [cell_content(text) for text in cells[name].to_list()]
            cells = cells.with_columns(pl.Series(name, texts, dtype=pl.String))
    return cells.select(pl.when(pl.all() != "").then(pl.all()))


def cell_content(text: str) -> str:
    """Return a text cut to what a cell can hold, told apart from the XML of several runs."""
    if len(text) > _UNITS // 2:
        text = text.encode("utf-16-le")[: 2 * _UNITS].decode("utf-16-le", "ignore")
    if text.startswith("<r>"):  # XlsxWriter takes such a text for XML of its own
        text = f" {text}"
    return text


class Runs:
    """Writes values of several parts, of which some differ, as runs of two fonts."""

    def __init__(self, page: RowSheet, same: Format, differs: Format) -> None:
        """Take any sheet of the workbook and the two fonts."""
        self._fonts = {False: _font(page, same), True: _font(page, differs)}
        self._run = lru_cache(maxsize=50_000)(self._made)

    def of(self, parts: Parts) -> str:
        """Return the XML of the parts."""
        return "".join([self._run(text, differs) for text, differs in parts])

    def _made(self, text: str, differs: bool) -> str:
        space = _SPACE if text[0].isspace() or text[-1].isspace() else ""
        return f"<r>{self._fonts[differs]}<t{space}>{_escaped(text)}</t></r>"


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
