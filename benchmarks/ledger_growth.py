"""How the ledger grows: a large workbook comes back in parts, one after the other, and the file is looked at after each.

    python benchmarks/ledger_growth.py [--rows 10000] [--returns 10]

Each return answers the next rows; what was answered before stays filled in, as clerks leave it. Prints decisions and kB after
each return, and at the end kB per 1,000 decisions of the first and of the second half: the same where growth is linear.
"""

from __future__ import annotations

import argparse
import runpy
import tempfile
from pathlib import Path

import openpyxl

from reconcile.ledger import Ledger, cases_of
from reconcile.ledger.applying import apply_workbooks
from reconcile.report import layout
from reconcile.report.workbook import write_workbooks

HERE = Path(__file__).resolve().parent


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--returns", type=int, default=10)
    given = parser.parse_args()
    speed = runpy.run_path(str(HERE / "apply_speed.py"))
    tables = runpy.run_path(str(HERE / "workbook.py"))["tables"](1, given.rows)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (path, *_) = write_workbooks(folder, tables, run_id="bench", as_of=speed["AS_OF"], max_rows=10**9)
        file = folder / "ledger.duckdb"
        with Ledger.open(file) as ledger:
            ledger.record_run("bench", cases_of(tables))
            print(f"{ledger.cases().height:,} questions, no decision: {file.stat().st_size // 1024:,} kB")
        book = openpyxl.load_workbook(path)
        left = [
            (sheet, row)
            for sheet in layout.DECIDED_SHEETS
            for row in range(2, book[sheet.title].max_row + 1)
            if book[sheet.title].cell(row, 1).value
        ]
        part = -(-len(left) // given.returns)
        seen = [(0, file.stat().st_size // 1024)]
        for number in range(given.returns):
            for sheet, row in left[number * part : (number + 1) * part]:
                page = book[sheet.title]
                different = sheet in (layout.REVIEW, layout.DUPLICATES)
                said = "Không cùng người" if different else "Sửa dân cư"
                for key, text in (("ket_luan", said), ("ghi_chu", "đã xem sổ gốc"), ("nguoi_xu_ly", "An")):
                    page.cell(row, sheet.index(key) + 1).value = text
            returned = folder / f"tra-{number}.xlsx"
            book.save(returned)
            with Ledger.open(file) as ledger:
                apply_workbooks(ledger, [returned])
                decisions = ledger.all_decisions().height
            returned.unlink()
            seen.append((decisions, file.stat().st_size // 1024))
            print(f"return {number + 1}: {decisions:,} decisions, {seen[-1][1]:,} kB", flush=True)
        middle = len(seen) // 2
        for first, last in ((seen[1], seen[middle]), (seen[middle], seen[-1])):
            grown = 1000 * (last[1] - first[1]) / max(1, last[0] - first[0])
            print(f"{first[0]:,} to {last[0]:,} decisions: {grown:.0f} kB per 1,000")


if __name__ == "__main__":
    main()
