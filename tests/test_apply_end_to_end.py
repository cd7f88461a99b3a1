"""A whole week: run, the clerk decides in the workbook, LibreOffice saves it, apply, run again, the data change, run again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
from apply_books import HAS_LIBREOFFICE, libreoffice

from reconcile.ledger import Ledger
from reconcile.ledger.applying import apply_workbooks
from reconcile.ledger.runs import record_run_folder
from reconcile.report import layout
from reconcile.run import RunResult, run
from reconcile.synthetic import make

COLUMNS = {"conclusion": "ket_luan", "value": "gia_tri_dung", "note": "ghi_chu", "by": "nguoi_xu_ly"}


def questions(result: RunResult) -> dict[str, tuple[Path, str, int, dict[str, Any]]]:
    """Return id → (file, sheet, row, cells by key) of all workbooks of a run."""
    found = {}
    for path in result.workbooks:
        book = openpyxl.load_workbook(path, read_only=True)
        for sheet in layout.ROW_SHEETS:
            if sheet.title in book.sheetnames:
                for number, row in enumerate(
                    book[sheet.title].iter_rows(min_row=2, values_only=True), start=2
                ):
                    if row[0]:
                        cells = dict(zip((c.key for c in sheet.columns), row, strict=False))
                        found[str(row[0])] = (path, sheet.key, number, cells)
    return found


def pick(asked: dict[str, Any], sheet: str, **cells: Any) -> str:
    """Return the first question of a sheet whose cells are as given; True: filled."""
    return next(
        case
        for case, (_, key, _, its) in asked.items()
        if key == sheet
        and not case.startswith(layout.GROUP_PREFIX)
        and all(its[k] if v is True else its[k] == v for k, v in cells.items())
    )


def fill(asked: dict[str, Any], answers: dict[str, dict[str, str]], folder: Path) -> list[Path]:
    """Write answers into copies of the workbooks; return the copies."""
    books: dict[Path, Any] = {}
    by_key = {s.key: s for s in layout.ROW_SHEETS}
    for case, cells in answers.items():
        path, key, row, _ = asked[case]
        book = books.setdefault(path, openpyxl.load_workbook(path))
        for name, value in cells.items():
            sheet = by_key[key]
            book[sheet.title].cell(row, sheet.index(COLUMNS[name]) + 1).value = value
    made = []
    for path, book in books.items():
        book.save(folder / path.name)
        made.append(folder / path.name)
    return made


@pytest.mark.libreoffice
@pytest.mark.xdist_group("libreoffice")
@pytest.mark.skipif(not HAS_LIBREOFFICE, reason="LibreOffice is not installed")
def test_decisions_come_back_and_change_what_is_asked(tmp_path: Path) -> None:
    made = make(900, "development", 5, communes=1)
    made.write(tmp_path / "in")
    civil, population = tmp_path / "in" / "civil", tmp_path / "in" / "population.parquet"
    first = run(civil, population, tmp_path / "run-1")
    asked = questions(first)

    name = pick(asked, "sai_lech", muc="Họ tên", ho_tich=True, dan_cu=True)
    left = {k: v for k, v in asked.items() if k != name}
    wrong = pick(left, "sai_lech", muc="Ngày sinh", dan_cu=True)
    pair = pick(asked, "can_xac_nhan", thu_tu="1/1")
    right = pick({k: v for k, v in asked.items() if k != pair}, "can_xac_nhan", thu_tu="1/1")
    lost = pick(asked, "chua_tim_thay")
    answers = {
        name: {"conclusion": "cả hai đúng", "by": "An"},
        wrong: {"conclusion": "Sửa hộ tịch", "value": "31.02.1990", "note": "sổ gốc trang 3", "by": "An"},
        pair: {"conclusion": "Không cùng người", "by": "An"},
        right: {"conclusion": "Đúng cùng người", "by": "An"},
        lost: {"conclusion": "Sửa dân cư", "note": "chưa thu thập", "by": "An"},
    }
    (path,) = fill(asked, answers, tmp_path)
    saved = libreoffice(path, tmp_path)
    with Ledger.open(tmp_path / "ledger.duckdb") as ledger:
        record_run_folder(ledger, tmp_path / "run-1")
        done = apply_workbooks(ledger, [saved], returned=tmp_path / "tra-lai")
        assert done.counted("taken") == 4
        (refused,) = [o for o in done.outcomes if o.status == "refused"]
        assert "31.02.1990" in str(refused.reason), "a day that never was is no answer"
        decisions = ledger.decisions()
        pins = {tuple(r[:3]): r[3] for r in ledger.pins().iter_rows()}
        assert pins == {tuple(pair.split("|")): "different", tuple(right.split("|")): "same"}
        assert ledger.labels().columns == ["record_id", "role", "resident_id", "judgement"]
        assert pins.items() <= {tuple(r[:3]): r[3] for r in ledger.labels().iter_rows()}.items()

    second = run(civil, population, tmp_path / "run-2", decisions=decisions)
    again = questions(second)
    assert not {name, pair, right, lost} & set(again), "nothing that was settled is asked again"
    assert wrong in again, "what was refused is"
    record, role, resident = right.split("|")
    link = second.links.filter(record_id=record, role=role).row(0, named=True)
    assert (link["resident_id"], link["tier"]) == (resident, "match"), "a pin decides the match"

    # the extract writes the settled name otherwise: asked again, saying why
    row = first.discrepancies.filter(discrepancy_id=name).row(0, named=True)
    people = pl.read_parquet(population)
    changed = people.with_columns(
        hoTen=pl.when(pl.col("soDinhDanh") == row["resident_id"])
        .then(pl.lit(f"{row['population_value']} Khác"))
        .otherwise("hoTen")
    )
    assert not changed.equals(people)
    changed.write_parquet(population)
    third = questions(run(civil, population, tmp_path / "run-3", decisions=decisions))
    said = [its["giai_thich"] for _, key, _, its in third.values() if key == "sai_lech"]
    assert any("đã kết luận “Cả hai đúng” (An), nay hỏi lại vì dân cư trước ghi" in s for s in said)

    # undone: asked again as it was
    with Ledger.open(tmp_path / "ledger.duckdb") as ledger:
        ledger.undo(decisions.filter(pl.col("case_id").is_in([pair, right, lost]))["decision_id"])
        rest = ledger.decisions()
    back = questions(run(civil, population, tmp_path / "run-4", decisions=rest))
    assert {pair, right, lost} <= set(back)
