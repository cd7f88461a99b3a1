"""How long reading a returned workbook takes: every row decided, synthetic rows, all features.

python benchmarks/apply_speed.py [--rows 5000] [--refuse 0]
"""

from __future__ import annotations

import argparse
import datetime as dt
import runpy
import tempfile
import time
from pathlib import Path

import openpyxl

from reconcile.ledger import Ledger, cases_of
from reconcile.ledger.applying import apply_workbooks
from reconcile.report import layout
from reconcile.report.workbook import write_workbooks

HERE = Path(__file__).resolve().parent
AS_OF = dt.date(2026, 11, 22)


def decide(path: Path, target: Path, refuse: int) -> int:
    """Fill in every row; ``refuse`` of them with a conclusion that is in no list."""
    book = openpyxl.load_workbook(path)
    done = 0
    for sheet in layout.DECIDED_SHEETS:
        page = book[sheet.title]
        at = {key: sheet.index(key) + 1 for key in layout.EDIT_KEYS}
        for row in range(2, page.max_row + 1):
            if not page.cell(row, 1).value:
                continue
            conclusion = "Không cùng người" if sheet is layout.REVIEW else "Sửa dân cư"
            if sheet is layout.DUPLICATES:
                conclusion = "Không cùng người"
            page.cell(row, at["ket_luan"]).value = "?" if done < refuse else conclusion
            page.cell(row, at["ghi_chu"]).value = "đã xem sổ gốc"
            page.cell(row, at["nguoi_xu_ly"]).value = "An"
            done += 1
    book.save(target)
    return done


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rows", type=int, default=5000)
    arguments.add_argument("--refuse", type=int, default=0)
    options = arguments.parse_args()
    tables = runpy.run_path(str(HERE / "workbook.py"))["tables"](1, options.rows)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (path, *_) = write_workbooks(folder, tables, run_id="bench", as_of=AS_OF, max_rows=10**9)
        filled = decide(path, folder / "tra.xlsx", options.refuse)
        with Ledger.open(folder / "ledger.duckdb") as ledger:
            start = time.perf_counter()
            ledger.record_run("bench", cases_of(tables))
            print(
                f"{time.perf_counter() - start:.2f} s to record {ledger.cases().height:,} questions of the run"
            )
        for attempt in ("first", "again"):
            start, worked = time.perf_counter(), time.process_time()
            with Ledger.open(folder / "ledger.duckdb") as ledger:
                done = apply_workbooks(ledger, [folder / "tra.xlsx"], returned=folder / "tra-lai")
            seconds, worked = time.perf_counter() - start, time.process_time() - worked
            told = ", ".join(f"{done.counted(s):,} {s}" for s in ("taken", "repeated", "refused"))
            print(f"{seconds:.2f} s ({worked:.2f} s of CPU) for {filled:,} filled rows, {attempt}: {told}")
        start = time.perf_counter()
        with Ledger.open(folder / "ledger.duckdb") as ledger:
            assert ledger.verify() == []
            pins, decisions = ledger.pins().height, ledger.decisions().height
        print(
            f"{time.perf_counter() - start:.2f} s to verify the chain, read {decisions:,} decisions, {pins:,} pins"
        )
        for o in [o for o in done.outcomes if o.status == "refused"][: options.refuse and 1]:
            print(o.reason)


if __name__ == "__main__":
    main()
