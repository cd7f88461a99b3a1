"""What a clerk decided is taken when the night begins, and is not asked again."""

from __future__ import annotations

import shutil
from pathlib import Path

import polars as pl
from nightly_office import make_office, outputs
from openpyxl import load_workbook

from reconcile.ledger import Ledger
from reconcile.nightly import run_night


def asked(path: Path) -> list[str]:
    """Return the hidden ids of the rows of *Sai lệch*."""
    sheet = load_workbook(path)["Sai lệch"]
    return [str(cell.value) for (cell,) in sheet.iter_rows(min_row=2, max_col=1) if cell.value]


def test_a_decided_question_is_settled_by_the_next_night_and_not_asked_again(tmp_path: Path) -> None:
    workspace = make_office(tmp_path, residents=400, workbooks=True)
    first = run_night(workspace)
    with Ledger.open(workspace.ledger_path) as ledger:
        assert ledger.cases().height == sum(
            f.height for n, f in outputs(workspace).items() if n.endswith("/cases")
        )
    report = next(workspace.reports.rglob("*.xlsx"))
    returned = workspace.inbox_decisions / report.name
    shutil.copy(report, returned)
    book = load_workbook(returned)
    sheet = book["Sai lệch"]
    titles = [cell.value for cell in sheet[1]]
    row = next(r for r in range(2, sheet.max_row + 1) if not str(sheet.cell(r, 1).value).startswith("nhom:"))
    case = str(sheet.cell(row, 1).value)
    sheet.cell(row, titles.index("Kết luận") + 1).value = "Sửa dân cư"
    sheet.cell(row, titles.index("Người xử lý") + 1).value = "Cán bộ thử"
    book.save(returned)
    assert case in asked(report)

    second = run_night(workspace)
    assert any("1 decisions taken" in note for note in second.notes), second.notes
    assert not returned.exists()
    assert (workspace.inbox_decisions / "da-nhan" / report.name).is_file()
    assert second.units[report.parent.name]["outcome"] == "new"
    assert {u["outcome"] for c, u in second.units.items() if c != report.parent.name} <= {"unchanged"}
    assert case not in asked(next((workspace.reports / report.parent.name).glob("*.xlsx")))
    told = pl.concat([f for n, f in outputs(workspace).items() if n.endswith("/discrepancies")])
    assert case in told["discrepancy_id"].to_list(), "the difference itself stays on record"

    third = run_night(workspace)
    assert {u["outcome"] for u in third.units.values()} == {"unchanged"}
    assert third.run_id > second.run_id > first.run_id
