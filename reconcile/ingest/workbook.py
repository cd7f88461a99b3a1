"""Excel workbooks → tables of text, through calamine: numbers without '.0', true dates as ISO text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from reconcile.ingest.decoding import decode_table
from reconcile.ingest.fonts import cell_fonts
from reconcile.ingest.fonts_xls import xls_cell_fonts
from reconcile.ingest.limits import limits
from reconcile.ingest.rejects import FileProblem
from reconcile.ingest.table import RawTable, positional, row_numbers

if TYPE_CHECKING:
    from pathlib import Path

_MIDNIGHT = " 00:00:00"


def _open(path: Path):  # type: ignore[no-untyped-def]
    import fastexcel

    try:
        return fastexcel.read_excel(path)
    except fastexcel.CalamineError as error:
        text = str(error).casefold()
        raise FileProblem("PASSWORD" if "password" in text else "DAMAGED_WORKBOOK") from error


def read_workbook(path: Path) -> list[RawTable]:
    """Return every sheet of an .xlsx or .xls file that holds cells, in the order of the workbook.

    Raises FileProblem where the workbook can't be opened or goes beyond the limits.
    """
    import fastexcel

    bounds = limits().workbook
    reader = _open(path)
    frames: dict[str, pl.DataFrame] = {}
    hidden: dict[str, bool] = {}
    for name in reader.sheet_names:
        try:
            sheet = reader.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
            if sheet.width > bounds.max_columns:
                raise FileProblem("TOO_LARGE", what="số cột", found=sheet.width, limit=bounds.max_columns)
            if sheet.height > bounds.max_rows:
                raise FileProblem("TOO_LARGE", what="số dòng", found=sheet.height, limit=bounds.max_rows)
            frame = positional(sheet.to_polars())
        except fastexcel.FastExcelError as error:
            raise FileProblem("DAMAGED_WORKBOOK") from error
        if frame.height and frame.width:
            frames[name] = frame.with_columns(pl.all().cast(pl.String).str.strip_suffix(_MIDNIGHT))
            hidden[name] = sheet.visible != "visible"
    look = xls_cell_fonts if path.suffix.casefold() == ".xls" else cell_fonts
    fonts = look(path, frames)
    return [
        decode_table(
            RawTable(name, frame, row_numbers(1, frame.height), hidden=hidden[name]), fonts.get(name)
        )
        for name, frame in frames.items()
    ]
