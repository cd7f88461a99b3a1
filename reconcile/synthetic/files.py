"""Write what was made: Parquet, CSV or Excel, one folder per commune, and the truth beside it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from reconcile.synthetic import Synthetic


def write_table(frame: pl.DataFrame, path: Path, sheet: str = "DL Import") -> None:
    """Write one table in the format that the file's suffix names."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".parquet":
        frame.write_parquet(path)
    elif path.suffix == ".csv":
        frame.write_csv(path, include_bom=True)
    else:
        import xlsxwriter

        from datetime import datetime

        with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
            book.set_properties({"created": datetime(2026, 1, 1)})
            page = book.add_worksheet(sheet)
            header = book.add_format({"bg_color": "#0070C0", "font_color": "#FFFFFF"})
            for column, name in enumerate(frame.columns):
                page.write_string(0, column, name, header)
            for number, row in enumerate(frame.iter_rows(), start=1):
                for column, value in enumerate(row):
                    if value is not None:
                        page.write_string(number, column, str(value))


def write_synthetic(made: Synthetic, folder: Path, format: str) -> None:
    """Write all files of ``made`` under ``folder``."""
    folder = Path(folder)
    for name, frame in made.civil.items():
        write_table(frame, folder / "civil" / name)
    write_table(made.population, folder / f"population.{format}", "DanCu")
    for name, frame in (("links", made.truth_links), ("discrepancies", made.truth_discrepancies)):
        write_table(frame, folder / "truth" / f"{name}.parquet")
