"""Write what was made: Parquet, CSV or Excel, one folder per commune, and the truth beside it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from reconcile.synthetic import Synthetic

CREATED = datetime(2026, 7, 1)  # noqa: DTZ001 - a workbook's own clock has no zone
"""When the workbooks say they were made: fixed, so that the same data give the same bytes."""


def write_table(frame: pl.DataFrame, path: Path, sheet: str = "DL Import") -> None:
    """Write one table in the format that the file's suffix names (parquet, csv with a byte order mark, xlsx)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".parquet":
        frame.write_parquet(path)
    elif path.suffix == ".csv":
        frame.write_csv(path, include_bom=True)
    else:
        _write_workbook(frame, path, sheet)


def _write_workbook(frame: pl.DataFrame, path: Path, sheet: str) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        book.set_properties({"created": CREATED})
        page = book.add_worksheet(sheet)
        header = book.add_format({"bg_color": "#0070C0", "font_color": "#FFFFFF"})
        for column, name in enumerate(frame.columns):
            page.write_string(0, column, name, header)
        for number, row in enumerate(frame.iter_rows(), start=1):
            for column, value in enumerate(row):
                if value is not None:
                    page.write_string(number, column, value)


def write_synthetic(made: Synthetic, folder: Path, format: str) -> None:  # noqa: A002
    """Write all files of ``made`` under ``folder``: civil/<commune>/…, population.<format>, truth/*.parquet."""
    folder = Path(folder)
    for name, frame in made.civil.items():
        write_table(frame, folder / "civil" / name, "DL Import" if "STT" in frame.columns else "Sheet1")
    ending = "xlsx" if format == "mixed" else format
    write_table(made.population, folder / f"population.{ending}", "DanCu")
    for name, frame in (("links", made.truth_links), ("discrepancies", made.truth_discrepancies)):
        write_table(frame, folder / "truth" / f"{name}.parquet")
