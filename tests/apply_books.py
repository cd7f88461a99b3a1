"""A ledger that knows a run, its workbooks, and a clerk's hand for the tests of reading decisions back."""

from __future__ import annotations

import copy
import datetime as dt
import io
import shutil
import subprocess
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import polars as pl
import report_data

from reconcile.ledger import Ledger, cases_of
from reconcile.ledger.applying import Applied, apply_workbooks
from reconcile.protection.office import decrypted
from reconcile.report import layout
from reconcile.report.tables import ReportTables
from reconcile.report.workbook import write_workbooks

if TYPE_CHECKING:
    from reconcile.ledger.judging import Outcome

NOW = dt.datetime(2026, 11, 23, 8, 0, tzinfo=dt.timezone(dt.timedelta(hours=7)))
LATER = dt.datetime(2026, 11, 24, 8, 0, tzinfo=dt.timezone(dt.timedelta(hours=7)))

SHEETS = {sheet.key: sheet for sheet in layout.ROW_SHEETS}
COLUMNS = {"conclusion": "ket_luan", "value": "gia_tri_dung", "note": "ghi_chu", "by": "nguoi_xu_ly"}


class Office:
    """One commune's office: a folder, a ledger, the workbook of the latest run."""

    def __init__(self, folder: Path, tables: ReportTables | None = None) -> None:
        self.folder = folder
        self.tables = tables or report_data.small()
        self.ledger_path = folder / "ledger.duckdb"
        self.published = self.publish(report_data.RUN_ID, self.tables)

    def like_new(self, folder: Path) -> Office:
        """Return an office of its own in ``folder`` that is where this one is; its workbook is this one's."""
        twin = copy.copy(self)
        twin.folder = folder
        twin.ledger_path = folder / self.ledger_path.name
        shutil.copy(self.ledger_path, twin.ledger_path)
        return twin

    def publish(self, run_id: str, tables: ReportTables) -> Path:
        """Write the workbooks of a run, tell the ledger, return the workbook of the first commune."""
        out = self.folder / run_id
        out.mkdir(parents=True)
        self.ask(run_id, tables)
        return write_workbooks(out, tables, run_id=run_id, as_of=report_data.AS_OF)[0]

    def ask(self, run_id: str, tables: ReportTables) -> None:
        """Tell the ledger what a run asks."""
        with self.ledger() as ledger:
            ledger.record_run(run_id, cases_of(tables), at=NOW)

    def ledger(self) -> Ledger:
        return Ledger.open(self.ledger_path, wait=0.2)

    def clerk(self, name: str = "tra.xlsx", source: Path | None = None) -> Clerk:
        return Clerk(source or self.published, self.folder / name)

    def apply(self, *paths: Path, **more: Any) -> Applied:
        with self.ledger() as ledger:
            return apply_workbooks(ledger, paths, **{"now": NOW, "returned": self.folder / "tra-lai", **more})

    def decided(self) -> dict[str, tuple[str, str | None]]:
        """Return question → (conclusion, correct value) that count now."""
        with self.ledger() as ledger:
            assert ledger.verify() == []
            return {
                r["case_id"]: (r["conclusion"], r["correct_value"])
                for r in ledger.decisions().iter_rows(named=True)
            }


class Clerk:
    """A clerk with a workbook open; ``save`` closes it."""

    def __init__(self, source: Path, path: Path) -> None:
        self.path = path
        self.book = openpyxl.load_workbook(source, rich_text=True)

    def find(self, case_id: str) -> tuple[Any, layout.SheetLayout, int]:
        """Return page, layout and row of a question."""
        for sheet in layout.ROW_SHEETS:
            if sheet.title not in self.book.sheetnames:
                continue
            page = self.book[sheet.title]
            for row in range(2, page.max_row + 1):
                if page.cell(row, 1).value == case_id:
                    return page, sheet, row
        raise KeyError(case_id)

    def write(self, case_id: str, **cells: Any) -> Clerk:
        """Fill in cells of a question: conclusion, value, note, by."""
        page, sheet, row = self.find(case_id)
        for name, value in cells.items():
            page.cell(row, sheet.index(COLUMNS[name]) + 1).value = value
        return self

    def save(self) -> Path:
        self.book.save(self.path)
        return self.path


def changed_value(tables: ReportTables, case: str, **values: str) -> ReportTables:
    """The extract changed: the same question has other values and so another id."""
    mine = pl.col("discrepancy_id") == case
    found = tables.discrepancies.with_columns(
        pl.when(mine).then(pl.lit(v)).otherwise(pl.col(k)).alias(k) for k, v in values.items()
    ).with_columns(discrepancy_id=pl.when(mine).then(pl.lit(case + "'")).otherwise("discrepancy_id"))
    return report_data.replace(tables, discrepancies=found)


def assert_annotated(
    original: Any, copied: Path, refused: list[Outcome], *, password: str | None = None
) -> Any:
    """Assert that a copy holds every reason, in its row and on its first list, and else what the original holds.

    ``original`` is a workbook as openpyxl reads it; so is the copy that is returned.
    """
    from reconcile.ledger.annotating import TITLE
    from reconcile.ledger.returning import LIST_TITLE

    made = copied.read_bytes()
    if password:
        made = decrypted(made, password)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        after = openpyxl.load_workbook(io.BytesIO(made))
    listed = after.worksheets[[s.title for s in after.worksheets].index(after.active.title)]
    assert listed.title.startswith(LIST_TITLE)
    told = [tuple(_decoded(c.value) for c in row[:3]) for row in listed.iter_rows(min_row=2)]
    assert told == [(o.row.tab, str(o.row.row), layout.cell_text(o.reason)) for o in refused]
    reasons = {(o.row.tab, o.row.row): layout.cell_text(o.reason) for o in refused}
    for page in original.worksheets:
        if page.title == listed.title:
            continue
        twin = after[page.title]
        assert not twin.sheet_view.tabSelected, "sheets chosen together are edited together"
        heads = [c for row in twin.iter_rows(max_row=10) for c in row if c.value == TITLE]
        at = heads[0].column if heads else None
        for row in range(1, max(page.max_row, twin.max_row) + 1):
            for column in range(1, max(page.max_column, twin.max_column) + 1):
                if column == at:
                    if row > heads[0].row:
                        assert _decoded(twin.cell(row, column).value) == reasons.pop((page.title, row), None)
                    continue
                one, other = page.cell(row, column), twin.cell(row, column)
                assert (one.value, one.data_type, one.style_id) == (
                    other.value,
                    other.data_type,
                    other.style_id,
                )
    assert not reasons, "every reason stands in its row"
    return after


def _decoded(value: Any) -> Any:
    """Undo what keeps ``_x0041_`` from being read as a letter; spreadsheet programs do so, openpyxl does not."""
    return value.replace("_x005F_x", "_x") if isinstance(value, str) else value


def libreoffice(path: Path, folder: Path, profile: Path | None = None) -> Path:
    """Open and save a workbook with headless LibreOffice; return the saved copy.

    ``profile``: a folder that LibreOffice may use again, which halves the time of the next start.
    """
    own = f"-env:UserInstallation=file://{profile or folder / 'profile'}"
    command = ["soffice", own, "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir"]
    subprocess.run([*command, str(folder / "saved"), str(path)], check=True, capture_output=True, timeout=180)
    return folder / "saved" / path.name


HAS_LIBREOFFICE = shutil.which("soffice") is not None

TONE, PARTIAL, SWAPPED, DEAD = "d0001", "d0002", "d0003", "d0004"
"""Differences of the first commune: names Bính/Bình; 1985/01.01.1985; day and month swapped; dead but alive."""

GROUP = "nhom:KS.1999.01-swap"
MEMBERS = ["d0005", "d0006", "d0007", "d0008", "d0009"]
FIRST_CANDIDATE = "KH.10912.2010.01.3|chong|030082000501"
SECOND_CANDIDATE = "KH.10912.2010.01.3|chong|030083000777"
ABSENT_CHILD = "KS.10912.2016.01.9|nks|"
WITHOUT_BIRTH = "||030188000909"
DOUBLE = "KS.10912.2016.01.52|KS.10912.2016.01.9"
UNREADABLE = "10912/hong.xlsx||||NOT_A_WORKBOOK"
