"""Nights in which everything goes wrong tell files, rows and codes, never a person; masked reports show no number."""

from __future__ import annotations

import re
import subprocess
import sys

import polars as pl
import pytest
from nightly_office import command, configure, make_office, outputs
from openpyxl import load_workbook

from reconcile.workspace import Workspace


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, str]:
    """A masked office after a good night and one with a fault of each kind, and all that was printed."""
    workspace = make_office(tmp_path_factory.mktemp("faulty"), residents=250, workbooks=True)
    workspace = configure(workspace, "# mask_numbers = false", "mask_numbers = true #")
    printed = [command(workspace, "nightly")]
    spoil(workspace)
    for words in (("nightly",), ("nightly", "--json"), ("status",), ("status", "--json")):
        printed.append(command(workspace, *words))
        assert printed[-1].returncode == 1, printed[-1].stderr
    for words in (
        ("scorecard", str(workspace.root)),
        ("weekly", str(workspace.root)),
        ("export", str(workspace.root), "dancu"),
        ("apply", str(workspace.root)),
        ("ledger", "verify", str(workspace.root)),
        ("ledger", "backup", str(workspace.runs / "copy.duckdb"), "-w", str(workspace.root)),
        ("audit", str(workspace.root), "--last", "0"),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "reconcile", *words], capture_output=True, text=True, check=False
        )
        assert "Traceback" not in done.stderr, words
        printed.append(done)
    return workspace, "\n".join(p.stdout + p.stderr for p in printed)


def spoil(workspace: Workspace) -> None:
    """A register and the extract can't be read any more, a page with a name is no register, a clerk worked in a report,
    a returned workbook is broken, a row holds nonsense.
    """
    communes = sorted(p for p in workspace.inbox_civil.iterdir() if p.is_dir())
    next(communes[0].rglob("KT*.parquet")).write_bytes(b"PAR1" + "Trần Thị Hỏng 030085001234".encode() * 9)
    file = next(communes[1].rglob("KS*.parquet"))
    frame = pl.read_parquet(file)
    text = next(c for c in frame.columns if c.endswith("NgaySinh"))
    frame.with_columns(pl.lit("ngày của Lê Văn Lỗi 31/02/1985").alias(text)).write_parquet(file)
    (communes[1] / "khac.csv").write_text("Phạm Văn Lạc;15/08/1970;030070009999\n", encoding="utf-8")
    extract = next(workspace.inbox_population.glob("*.parquet"))
    (workspace.inbox_population / "z.parquet").write_bytes("PAR1 Nguyễn Văn Mất 030085007777".encode())
    assert extract.exists()
    (workspace.inbox_decisions / "tra.xlsx").write_bytes("PK Hoàng Thị Gãy 01/02/1990".encode())
    report = next(workspace.reports.rglob("doi-soat_*.xlsx"))
    book = load_workbook(report)
    book["Hướng dẫn"]["A1"] = "Ghi của cán bộ"
    book.save(report)


def secrets(workspace: Workspace) -> set[str]:
    frames = [f for name, f in outputs(workspace).items() if name.endswith("/mentions")]
    people = pl.concat([f.select("ho_ten", "so_dinh_danh", "name_key") for f in frames])
    found = {v for c in people.columns for v in people[c].drop_nulls() if len(v) >= 9}
    assert len(found) > 300
    planted = {"Trần Thị Hỏng", "Lê Văn Lỗi", "Phạm Văn Lạc", "Nguyễn Văn Mất", "Hoàng Thị Gãy"}
    return found | planted | {"030085001234", "030070009999", "030085007777", "31/02/1985", "15/08/1970"}


def test_faults_are_told_without_a_person(office: tuple[Workspace, str]) -> None:
    workspace, printed = office
    for told in ("held", "z.parquet", "tra.xlsx", "KT"):
        assert told in printed, "the fault itself must be told"
    own = [workspace.runs, workspace.reports, workspace.root / "measures"]
    texts = [printed]
    for folder in own:
        for path in folder.rglob("*"):
            texts.append(path.as_posix())
            if path.suffix in (".json", ".jsonl", ".html", ".log", ".toml"):
                texts.append(path.read_text(encoding="utf-8"))
    text = "\n".join(texts)
    assert {s for s in secrets(workspace) if s in text} == set()
    assert re.findall(r"(?<![0-9a-f.])\d{12}(?![0-9a-f])", text) == []


def test_files_of_every_command_are_for_their_owner_alone(office: tuple[Workspace, str]) -> None:
    workspace, _ = office
    made = [p for f in (workspace.runs, workspace.reports, workspace.root / "measures") for p in f.rglob("*")]
    edited = {
        p for p in made if p.name.startswith("doi-soat_")
    }  # one of them was saved by the clerk's program
    wrong = [str(p) for p in made if p.stat().st_mode & 0o077 and p not in edited]
    assert wrong == []
    assert {p.parent.name for p in made} >= {"scorecard", "dancu", "measures"}


def test_masked_reports_show_no_whole_number(office: tuple[Workspace, str]) -> None:
    workspace, _ = office
    seen = 0
    for path in workspace.reports.rglob("doi-soat_*.xlsx"):
        book = load_workbook(path)
        for sheet in book:
            if sheet.sheet_state != "visible":
                continue
            hidden = {letter for letter, d in sheet.column_dimensions.items() if d.hidden}
            for row in sheet.iter_rows():
                for cell in row:
                    if (
                        cell.value
                        and cell.column_letter not in hidden
                        and not _grouped(sheet, cell.column_letter)
                    ):
                        assert not re.search(r"(?<!\d)\d{12}(?!\d)", str(cell.value)), (
                            path.name,
                            sheet.title,
                        )
                        seen += "•••••" in str(cell.value)
    assert seen > 20


def _grouped(sheet: object, letter: str) -> bool:
    """Whether a column lies in a hidden run of columns, of which openpyxl names the first only."""
    from openpyxl.utils import column_index_from_string

    at = column_index_from_string(letter)
    return any(
        d.hidden and (d.min or 0) <= at <= (d.max or 0)
        for d in sheet.column_dimensions.values()  # type: ignore[attr-defined]
    )
