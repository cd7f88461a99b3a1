"""Thirty nights of an office: books arrive, the extract changes, clerks decide; look that the work ends and stays done.

    python benchmarks/nightly_thirty.py [--nights 30] [--residents 400] [--seed 1] [--decisions 60]

Prints one line per night: files, questions, those still open, decisions, ledger size. At the end a fresh workspace with the
same inbox, ledger and model works everything out anew; its tables must be the same. Exit status 1 where a settled
question stood in a workbook again or anything differs.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

import polars as pl
from openpyxl import load_workbook

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from nightly_office import make_office, outputs

from reconcile.ledger import Ledger, standing
from reconcile.nightly import run_night
from reconcile.workspace import Workspace

SHEETS = {"Sai lệch": ("Sửa dân cư", "Cả hai đúng"), "Cần xác nhận": ("Không cùng người",)}
"""Sheet → what the clerk answers there."""


def ids(path: Path) -> set[str]:
    """Return the hidden ids of every row that a workbook asks."""
    found = set()
    for sheet in load_workbook(path, read_only=True):
        if sheet.title in SHEETS:
            found |= {
                str(row[0])
                for row in sheet.iter_rows(min_row=2, max_col=1, values_only=True)
                if row and row[0]
            }
    return found


def decide(workspace: Workspace, dice: random.Random, count: int, night: int) -> None:
    """Answer about ``count`` rows of every published workbook and return the copies."""
    for report in sorted(workspace.reports.rglob("doi-soat*.xlsx")):
        if report.parent.name == "tra-lai":
            continue
        book = load_workbook(report)
        for title, answers in SHEETS.items():
            sheet = book[title]
            titles = [cell.value for cell in sheet[1]]
            answer, who = titles.index("Kết luận") + 1, titles.index("Người xử lý") + 1
            rows = [
                r
                for r in range(2, sheet.max_row + 1)
                if sheet.cell(r, 1).value and not str(sheet.cell(r, 1).value).startswith("nhom:")
            ]
            for row in dice.sample(rows, min(len(rows), count)):
                sheet.cell(row, answer).value = dice.choice(answers)
                sheet.cell(row, who).value = "Cán bộ thử"
        book.save(workspace.inbox_decisions / f"{night:02d}_{report.name}")


def new_extract(workspace: Workspace, dice: random.Random) -> None:
    """Let the office of population correct some rows: a hundredth of the sexes, a few persons gone."""
    file = workspace.inbox_population / "population.parquet"
    frame = pl.read_parquet(file)
    at = pl.int_range(pl.len())
    picked, gone = dice.randrange(100), dice.randrange(300)
    sex = next(c for c in frame.columns if c.casefold() == "gioitinh")
    other = pl.when(pl.col(sex) == "Nam").then(pl.lit("Nữ")).otherwise(pl.lit("Nam"))
    frame = frame.with_columns(pl.when(at % 100 == picked).then(other).otherwise(pl.col(sex)).alias(sex))
    frame.filter(at % 300 != gone).write_parquet(file)


def arrive(workspace: Workspace, away: Path, files: int) -> None:
    """Move files from ``away`` into the inbox."""
    for one in sorted(away.rglob("*.parquet"))[:files]:
        target = workspace.inbox_civil / one.relative_to(away)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(one, target)


def main() -> int:
    """Live through the nights; return the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--nights", type=int, default=30)
    parser.add_argument("--residents", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--decisions", type=int, default=60)
    given = parser.parse_args()
    dice = random.Random(given.seed)
    wrong = 0
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        workspace = make_office(folder, residents=given.residents, workbooks=True)
        away = folder / "away"
        for one in dice.sample(sorted(workspace.inbox_civil.rglob("*.parquet")), 9):
            (away / one.parent.name).mkdir(parents=True, exist_ok=True)
            shutil.move(one, away / one.relative_to(workspace.inbox_civil))
        print("night  files  questions   open  reopened  asked again  decisions  ledger kB  seconds")
        for night in range(1, given.nights + 1):
            if night > 1:
                arrive(workspace, away, 1 if night % 2 else 0)
                if night % 7 == 0:
                    new_extract(workspace, dice)
            start = time.monotonic()
            result = run_night(workspace)
            seconds = time.monotonic() - start
            bad = {c: u for c, u in result.units.items() if u["outcome"] in {"failed", "held"}}
            cases = pl.concat(
                [f for name, f in outputs(workspace).items() if name.endswith("/cases")], how="diagonal"
            )
            with Ledger.open(workspace.ledger_path) as ledger:
                decisions = ledger.decisions()
            how = standing(cases, decisions)
            settled = set(how.filter(pl.col("standing") == "settled")["case_id"])
            asked: set[str] = set()
            for path in workspace.reports.rglob("doi-soat*.xlsx"):
                asked |= ids(path) if path.parent.name != "tra-lai" else set()
            again = asked & settled
            wrong += bool(again) + bool(bad)
            reopened = how.filter(pl.col("standing") == "reopened").height
            files = len(list(workspace.inbox_civil.rglob("*.parquet")))
            print(
                f"{night:5} {files:6} {cases.height:10,} {cases.height - len(settled):6,} {reopened:9} {len(again):12} "
                f"{decisions.height:10,} {workspace.ledger_path.stat().st_size // 1024:10,} {seconds:8.1f}  {bad or ''}",
                flush=True,
            )
            decide(workspace, dice, given.decisions, night)
        for left in workspace.inbox_decisions.glob("*.xlsx"):
            left.unlink()
        run_night(workspace)
        incremental = outputs(workspace)
        other = Workspace(folder / "other", workspace.config)
        shutil.copytree(workspace.root / "inbox", other.root / "inbox")
        shutil.copytree(workspace.runs / "models", other.runs / "models")
        shutil.copy(workspace.ledger_path, other.ledger_path)
        run_night(other)
        fresh = outputs(other)
        differing = [
            n
            for n in {*incremental, *fresh}
            if n not in incremental or n not in fresh or not incremental[n].equals(fresh[n])
        ]
        wrong += bool(differing)
        print(
            f"a fresh workspace gives {'the same ' + str(len(fresh)) + ' tables' if not differing else f'other tables: {sorted(differing)}'}"
        )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
