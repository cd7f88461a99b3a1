"""`reconcile export` as an office calls it: decisions of the ledger, registers of the inbox."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from exports_data import decisions, pdf, sheet
from test_exports_template import BIRTH, book, fix

from reconcile.ledger import Ledger
from reconcile.ledger.tables import DECISIONS
from reconcile.workspace import Workspace, init_workspace


def reconcile(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "reconcile", *map(str, arguments)], capture_output=True, text=True, check=False, cwd=cwd
    )  # fmt: skip


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = init_workspace(tmp_path / "office")
    files = book(tmp_path / "files", BIRTH)
    for path in files.rglob("*.csv"):
        target = made.inbox_civil / path.relative_to(files)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    return made


def decide(workspace: Workspace, *made: dict[str, str]) -> None:
    rows = decisions(*made).drop("decision_id", "undone").with_columns(basis=pl.lit("Sổ gốc trang 26"))
    with Ledger.open(workspace.ledger_path) as ledger:
        ledger.append("decisions", {}, decisions=DECISIONS.conform(rows))


def test_export_template_from_the_ledger(workspace: Workspace, tmp_path: Path) -> None:
    decide(workspace, fix("ho_ten", "VŨ THỊ MẪN", "Vũ Thị Mận"))
    scans = tmp_path / "scans"
    scans.mkdir()
    (scans / "KS.2016.01.2016-03-15.052.pdf").write_bytes(pdf())
    done = reconcile("export", workspace.root, "template", "--scans", scans, "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    counts = json.loads(done.stdout)["counts"]
    assert (counts["placed"], counts["rows"], counts["books"], counts["pages"]) == (1, 1, 1, 1)
    (excel,) = (workspace.reports / "export" / "template").rglob("*.xlsx")
    assert (excel.name, excel.with_suffix(".zip").is_file()) == ("KS.2016.01.xlsx", True)
    assert sheet(excel)[1][0]["nksHoTen"] == "VŨ THỊ MẬN"
    assert '"export"' in workspace.audit_path.read_text(encoding="utf-8")


def test_the_workspace_is_the_current_folder_unless_named(workspace: Workspace) -> None:
    decide(workspace, fix("ho_ten", "VŨ THỊ MẪN", "Vũ Thị Mận") | {"conclusion": "Sửa dân cư"})
    done = reconcile("export", "dancu", cwd=workspace.root)
    assert done.returncode == 0, done.stderr
    assert "1 correction, 1 file in" in done.stdout
    (path,) = (workspace.reports / "export" / "dancu").rglob("*.xlsx")
    assert sheet(path)[1][0]["Ghi chú của người quyết định"] == "Sổ gốc trang 26"


def test_a_correction_without_a_cell_is_exit_status_1_and_no_value_is_told_on_the_terminal(
    workspace: Workspace,
) -> None:
    decide(workspace, fix("ho_ten", "TRẦN BÁ THUYÊN", "Vũ Thị Mận"))
    done = reconcile("export", "template", cwd=workspace.root)
    assert done.returncode == 1
    assert "1 correction names no cell" in done.stderr
    assert "THUYÊN" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["export"], "Missing argument"),
        (["export", "excel"], "hotich|dancu|template"),
        (["export", "dancu"], "reconcile apply"),
        (["export", "dancu", "--commune", "10888", "--rows", "x"], "no decisions yet"),
        (["scans", "nowhere"], "no such folder"),
    ],
)
def test_wrong_calls_say_what_to_do(workspace: Workspace, arguments: list[str], words: str) -> None:
    done = reconcile(*arguments, cwd=workspace.root)
    assert done.returncode == 2
    assert words in done.stderr
