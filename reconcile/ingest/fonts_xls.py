"""The fonts of an old ``.xls`` workbook's cells, looked at only where the file names a legacy font.

The formatting records of the binary format are read by xlrd, which is slow beside calamine; a search of the raw
bytes for ``.Vn`` and ``VNI-`` (as Latin-1 or UTF-16) spares nearly every workbook that.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

from reconcile.ingest.fonts import spread
from reconcile.ingest.limits import limits
from reconcile.normalize.encodings import font_encoding

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

_NAMES_LEGACY_FONT = re.compile(rb"\.\x00?V\x00?[Nn]|V\x00?N\x00?I\x00?-", re.IGNORECASE)


def xls_cell_fonts(path: Path, frames: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Return sheet name → fonts, as ``fonts.cell_fonts`` does for ``.xlsx``.

    Empty where no legacy font is used, where the workbook is too large to look at cell by cell, and where xlrd
    can't read what calamine could: then the columns vote.
    """
    data = path.read_bytes()
    if not _NAMES_LEGACY_FONT.search(data):
        return {}
    import xlrd

    try:
        book = xlrd.open_workbook(file_contents=data, formatting_info=True, logfile=io.StringIO())
    except Exception:  # noqa: BLE001 - xlrd raises assertions, index and struct errors as well on odd files
        return {}
    legacy = {
        number: book.font_list[style.font_index].name
        for number, style in enumerate(book.xf_list)
        if style.font_index < len(book.font_list) and font_encoding(book.font_list[style.font_index].name)[0]
    }
    result: dict[str, pl.DataFrame] = {}
    for sheet in book.sheets() if legacy else ():
        frame = frames.get(sheet.name)
        if frame is None or frame.height * frame.width > limits().workbook.max_font_cells:
            continue
        filled = [
            (row, column)
            for row in range(sheet.nrows)
            for column in range(sheet.row_len(row))
            if sheet.cell_value(row, column) != ""
        ]
        cells = [
            (row, column, legacy[style])
            for row, column in filled
            if (style := sheet.cell_xf_index(row, column)) in legacy
        ]
        if cells:
            result[sheet.name] = spread(cells, min(column for _, column in filled), frame)
    return result
