"""Sheets of a workbook as rows of raw cells, by two readers that give the same.

calamine (through fastexcel) is ten times faster, but knows neither formulas nor error cells: a workbook whose sheets of rows
hold any is read by openpyxl instead.
"""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol
from xml.etree import ElementTree as ET

from reconcile.report import layout

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import polars as pl

_ODD = re.compile(rb'<(?:\w+:)?f[ >/]|<(?:\w+:)?c [^>]*\bt="[eb]"')
"""In the XML of a sheet: a formula, an error, a truth value."""

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


@dataclass(frozen=True, slots=True)
class RawCell:
    """A cell as the reader gives it; ``data_type`` as openpyxl names it: s n d b e f."""

    value: Any
    data_type: str = "s"


_EMPTY = RawCell(None)
Row = tuple[int, "Sequence[RawCell]"]


class Page(Protocol):
    """One sheet. Rows carry the number that the spreadsheet shows."""

    @property
    def title(self) -> str:
        """Return the name on the tab."""

    def head(self, count: int) -> Iterator[Row]:
        """Yield the first rows."""

    def rows(self, after: int = 0, filled: Sequence[int] | None = None) -> Iterator[Row]:
        """Yield the rows behind row ``after`` in which one of the columns ``filled`` (from 0) holds something."""

    def filled(self, column: int | None, after: int) -> int:
        """Count the filled cells of a column behind row ``after``."""


# openpyxl -------------------------------------------------------------------------------------------------


class slow_pages:  # noqa: N801 - used like a function that must be closed
    """The sheets of a workbook, read by openpyxl."""

    def __init__(self, content: bytes) -> None:
        import openpyxl

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=False)

    def __iter__(self) -> Iterator[Page]:
        for sheet in self._book.worksheets:
            sheet.reset_dimensions()
            cells = [
                [_EMPTY if c.value is None else RawCell(c.value, c.data_type) for c in row]
                for row in sheet.iter_rows()
            ]
            yield _Listed(sheet.title, cells)

    def close(self) -> None:
        """Give the file back."""
        self._book.close()


@dataclass(frozen=True, slots=True)
class _Listed:
    title: str
    cells: list[list[RawCell]]

    def head(self, count: int) -> Iterator[Row]:
        yield from enumerate(self.cells[:count], start=1)

    def rows(self, after: int = 0, filled: Sequence[int] | None = None) -> Iterator[Row]:
        for number, row in enumerate(self.cells[after:], start=after + 1):
            if filled is None or any(i < len(row) and row[i].value is not None for i in filled):
                yield number, row

    def filled(self, column: int | None, after: int) -> int:
        if column is None:
            return 0
        return sum(len(row) > column and row[column].value is not None for row in self.cells[after:])


# calamine -------------------------------------------------------------------------------------------------


def fast_pages(content: bytes) -> list[Page] | None:
    """Return the sheets read by calamine; None where a sheet other than the overview holds what it can't tell."""
    if _is_odd(content):
        return None
    import fastexcel

    reader = fastexcel.read_excel(content)
    pages: list[Page] = []
    for name in reader.sheet_names:
        if name == layout.OVERVIEW_SHEET:
            continue
        sheet = reader.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
        pages.append(_Columns(name, sheet.to_polars()))
    return pages


@dataclass(frozen=True, slots=True)
class _Columns:
    title: str
    frame: pl.DataFrame

    def head(self, count: int) -> Iterator[Row]:
        yield from self._listed(self.frame.head(count).with_row_index("_row", 1))

    def rows(self, after: int = 0, filled: Sequence[int] | None = None) -> Iterator[Row]:
        import polars as pl

        rows = self.frame.with_row_index("_row", 1).slice(after)
        if filled is not None:
            names = [self.frame.columns[i] for i in filled if i < self.frame.width]
            rows = rows.filter(pl.any_horizontal(pl.col(names).is_not_null())) if names else rows.clear()
        yield from self._listed(rows)

    def filled(self, column: int | None, after: int) -> int:
        if column is None or column >= self.frame.width:
            return 0
        rest = self.frame.slice(after)
        return rest.height - rest.to_series(column).null_count()

    @staticmethod
    def _listed(rows: pl.DataFrame) -> Iterator[Row]:
        for number, *values in rows.iter_rows():
            yield number, [_EMPTY if v is None else RawCell(v) for v in values]


def _is_odd(content: bytes) -> bool:
    """Tell whether a sheet of rows holds formulas, errors or truth values."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        book = ET.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314 - expat bounds entity expansion; nothing is fetched
        relations = ET.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314 - expat bounds entity expansion; nothing is fetched
        targets = {r.get("Id"): str(r.get("Target")) for r in relations}
        for sheet in book.iter(f"{_MAIN}sheet"):
            if sheet.get("name") == layout.OVERVIEW_SHEET:
                continue
            target = targets.get(sheet.get(_RELATION), "")
            member = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            if _ODD.search(archive.read(member)):
                return True
    return False
