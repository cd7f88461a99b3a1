"""Bad input through the command line: one run over everything that goes wrong, one test for each kind.

Each kind gets a message with file, row, column and advice on the terminal, in ``rejected.parquet`` and on *Không đọc
được*; the sound rows beside it are used; the exit status is 1; no cell becomes a formula.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from ingest_files import HEADER, birth, xlsx

from reconcile.publishing import file_sha256

BROKEN = Path(__file__).parent.parent / "fixtures" / "broken"
EXTRACT = "repeated_numbers.csv"
FORMULAS = ("=HYPERLINK(1)", "+84912", "-1+1", "@SUM(A1)")


@dataclass
class Answer:
    """What a run over the bad input said: exit status, terminal, rejected rows, the lines of *Không đọc được*."""

    status: int
    terminal: str
    rejected: pl.DataFrame
    sheet: list[tuple[str, ...]]
    out: Path


def command(civil: Path, population: Path, out: Path, *more: str) -> list[str]:
    program = [sys.executable, "-m", "reconcile", "run", str(civil), "--population", str(population)]
    return [*program, "--out", str(out), "--as-of", "2026-11-22", *more]


def write_input(folder: Path) -> Path:
    civil = folder / "civil" / "10888"
    civil.mkdir(parents=True)
    for path in BROKEN.iterdir():
        if path.name != EXTRACT:
            shutil.copy(path, civil / path.name)
    rows = [
        HEADER,
        birth(1),
        birth(2, nksNgaySinh="31.02.2016"),
        birth(3, so="A-chín"),
        birth(4, nksHoTen="12345"),
        birth(5),
        birth(5),
        birth(6, meHoTen="123"),
        *(birth(10 + n, nksHoTen=f"{cell} Lê Thị Hà", chaHoTen=cell) for n, cell in enumerate(FORMULAS)),
    ]
    xlsx(civil / "rows.xlsx", rows)
    return folder / "civil"


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> Answer:
    folder = tmp_path_factory.mktemp("bad")
    out = folder / "out"
    done = subprocess.run(
        command(write_input(folder), BROKEN / EXTRACT, out), capture_output=True, text=True, check=False
    )
    assert (out / "summary.json").is_file(), done.stderr
    lines: list[tuple[str, ...]] = []
    for path in sorted(out.glob("*.xlsx")):
        book = openpyxl.load_workbook(path)
        lines += [
            tuple(str(c or "") for c in row) for row in book["Không đọc được"].iter_rows(values_only=True)
        ]
    return Answer(done.returncode, done.stderr, pl.read_parquet(out / "rejected.parquet"), lines, out)


def test_the_exit_status_says_that_something_was_rejected(answer: Answer) -> None:
    assert answer.status == 1
    assert "Traceback" not in answer.terminal


@pytest.mark.parametrize(
    ("what", "file", "row", "column", "code"),
    [
        ("an empty file", "10888/empty.xlsx", None, None, "EMPTY_FILE"),
        ("a header that fits no profile", "10888/wrong_header.csv", None, None, "UNKNOWN_LAYOUT"),
        ("a missing required column", "10888/missing_column.csv", None, None, "MISSING_COLUMN"),
        ("a file that is not what its ending says", "10888/text.xlsx", None, None, "NOT_WHAT_IT_SAYS"),
        ("a truncated workbook", "10888/truncated.xlsx", None, None, "DAMAGED_WORKBOOK"),
        ("a password", "10888/password.xlsx", None, None, "PASSWORD"),
        ("mixed encodings in CSV", "10888/mixed_encoding.csv", None, None, "MIXED_ENCODINGS"),
        ("an impossible date", "10888/rows.xlsx", 3, "nksNgaySinh", "IMPOSSIBLE_DATE"),
        ("a number with letters", "10888/rows.xlsx", 4, "so", "NUMBER_NOT_DIGITS"),
        ("a name that is digits", "10888/rows.xlsx", 5, "nksHoTen", "NAME_NOT_TEXT"),
        ("a duplicate row", "10888/rows.xlsx", 7, None, "DUPLICATE_ROW"),
        ("a parent's name that is digits", "10888/rows.xlsx", 8, "meHoTen", "PERSON_WITHOUT_NAME"),
        ("repeated numbers in the extract", EXTRACT, None, "soDinhDanh", "REPEATED_ID"),
    ],
)
def test_each_kind_is_told_with_its_place_and_what_to_do(
    answer: Answer, what: str, file: str, row: int | None, column: str | None, code: str
) -> None:
    mine = answer.rejected.filter(pl.col("source_file").str.ends_with(file), pl.col("code") == code)
    if row is not None:
        mine = mine.filter(pl.col("source_row") == row)
    assert mine.height, what
    told = mine.row(0, named=True)
    assert column is None or told["column"] == column
    assert told["reason"].endswith(".")
    assert told["advice"].endswith(".")
    shown = f"{told['source_file']}"
    assert any(line.startswith(shown) and told["advice"] in line for line in answer.terminal.splitlines())
    cells = [line for line in answer.sheet if told["source_file"] in line and told["reason"] in line]
    assert cells, "not on Không đọc được"
    assert any(told["advice"] in line for line in cells)
    if row is not None:
        assert any(str(row) in line for line in cells)


def test_the_rest_goes_on(answer: Answer) -> None:
    links = pl.read_parquet(answer.out / "links.parquet").filter(pl.col("role") == "nks")
    rows = links.filter(pl.col("source_file") == "10888/rows.xlsx")["source_row"].to_list()
    assert {2, 3, 4, 6, 8} <= set(rows)  # the sound ones, and those with one bad cell
    assert not {5, 7} & set(rows)  # nobody to look for; the same record again
    assert links.filter(pl.col("source_file") == "10888/mixed_encoding.csv").height > 0


def test_no_cell_of_a_citizen_reaches_the_terminal(answer: Answer) -> None:
    values = answer.rejected.filter(pl.col("value").str.len_chars() > 4)["value"].unique().to_list()
    assert values
    assert [v for v in values if v in answer.terminal] == []


def test_no_cell_becomes_a_formula(answer: Answer) -> None:
    written = []
    for path in answer.out.glob("*.xlsx"):
        book = openpyxl.load_workbook(path)
        for sheet in book:
            if sheet.title == "Tổng hợp":  # counts of the other sheets, which are formulas of our own
                continue
            for line in sheet.iter_rows():
                assert [c.coordinate for c in line if c.data_type == "f"] == [], sheet.title
                written += [str(c.value) for c in line if str(c.value).startswith(("=", "+", "-", "@"))]
    assert any(value.startswith("=HYPERLINK") for value in written)


def test_killed_at_any_moment_it_leaves_the_old_answer_or_the_new_one(tmp_path: Path, commune: Path) -> None:
    """kill -9 after growing delays; after each, OUT is whole and nothing half-made is taken for it."""
    out = tmp_path / "out"
    first = subprocess.run(
        command(commune / "civil", commune / "population.parquet", out), capture_output=True, check=False
    )
    assert first.returncode in {0, 1}
    before = {p.name: file_sha256(p) for p in out.iterdir() if p.suffix != ".json"}
    for delay in (0.3, 1.2, 2.0, 2.6):
        with subprocess.Popen(
            command(commune / "civil", commune / "population.parquet", out),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            time.sleep(delay)
            if process.poll() is None:
                os.kill(process.pid, signal.SIGKILL)
            process.wait()
        if not out.exists():  # killed between the two renames: the next run puts the old answer back
            continue
        assert {p.name: file_sha256(p) for p in out.iterdir() if p.suffix != ".json"} == before, delay
    last = subprocess.run(
        command(commune / "civil", commune / "population.parquet", out), capture_output=True, check=False
    )
    assert last.returncode in {0, 1}
    assert {p.name: file_sha256(p) for p in out.iterdir() if p.suffix != ".json"} == before
    assert [p.name for p in tmp_path.iterdir()] == ["out"], "nothing half-made is left behind"
