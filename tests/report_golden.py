"""The workbook of ``report_data.small()`` as CSV files, one per sheet; run this file to write them anew.

Look at the difference that git shows before committing it: it is what clerks will see.
"""

from __future__ import annotations

import csv
import tempfile
import warnings
from pathlib import Path

import openpyxl
import report_data
from unidecode import unidecode

from reconcile.report.workbook import write_workbooks

GOLDEN = Path(__file__).parent / "golden" / "workbook"


def file_name(title: str) -> str:
    """Return the golden file's name of a sheet, in plain letters."""
    return unidecode(title).lower().replace(" ", "_") + ".csv"


def cells(path: Path) -> dict[str, list[list[str]]]:
    """Return sheet → rows of cell texts, formulas as they are written."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        book = openpyxl.load_workbook(path)
    return {
        sheet.title: [["" if c is None else str(c) for c in row] for row in sheet.iter_rows(values_only=True)]
        for sheet in book
    }


def main() -> None:
    """Write the golden files."""
    GOLDEN.mkdir(parents=True, exist_ok=True)
    for old in GOLDEN.glob("*.csv"):
        old.unlink()
    with tempfile.TemporaryDirectory() as folder:
        paths = write_workbooks(
            Path(folder), report_data.small(), run_id=report_data.RUN_ID, as_of=report_data.AS_OF
        )
        for sheet, rows in cells(paths[0]).items():
            with (GOLDEN / file_name(sheet)).open("w", encoding="utf-8", newline="") as handle:
                csv.writer(handle, lineterminator="\n").writerows(rows)


if __name__ == "__main__":
    main()
