"""Scanned pages: missing, misnamed, duplicated, unreadable."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from exports_data import pdf, sheet
from test_exports_template import BIRTH, book

from reconcile.exports.scanning import check
from reconcile.exports.scans import fault

GOOD = "KS.2016.01.2016-03-15.052.pdf"


def pages(folder: Path, **files: bytes) -> Path:
    """Write pages; a key is the file name with ``_`` for ``/``."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def codes(folder: Path, civil: Path | None = None) -> list[tuple[str, str | None]]:
    """Return (code, file or expected name) of every problem."""
    _, problems = check([folder], [civil] if civil else None)
    return [(row["code"], row["file"] or row["expected"]) for row in problems.iter_rows(named=True)]


def test_a_page_of_every_record_is_no_problem(tmp_path: Path) -> None:
    assert codes(pages(tmp_path / "s", **{GOOD: pdf()}), book(tmp_path, BIRTH)) == []


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("KS.2016.1.15-03-2016.52.pdf", "MISNAMED"),
        ("scan0001.pdf", "MISNAMED"),
        ("KS.2016.01.2016-02-30.52.pdf", "MISNAMED"),
        ("KS.2013.01.2016-03-15.52.pdf", "YEARS"),
        ("KS.2016.01.2016-03-16.52.pdf", "OTHER_DAY"),
    ],
)
def test_wrong_names(tmp_path: Path, name: str, code: str) -> None:
    found = codes(pages(tmp_path / "s", **{name: pdf()}), book(tmp_path, BIRTH))
    assert (code, name) in found


def test_a_book_may_run_on_into_the_next_year(tmp_path: Path) -> None:
    civil = book(tmp_path, {**BIRTH, "quyenSo": "01/2015"})
    assert codes(pages(tmp_path / "s", **{"KS.2015.01.2016-03-15.0052.pdf": pdf()}), civil) == []


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "EMPTY"),
        (b"\x89PNG....", "NOT_PDF"),
        (pdf()[:-40], "TRUNCATED"),
        (pdf()[: len(pdf()) // 2], "TRUNCATED"),
        (pdf().replace(b"/Root 1 0 R", b"/Root 1 0 R /Encrypt 9 0 R"), "LOCKED"),
        (pdf(), None),
    ],
)
def test_pages_that_can_not_be_opened(tmp_path: Path, content: bytes, code: str | None) -> None:
    path = tmp_path / GOOD
    path.write_bytes(content)
    assert fault(path) == code


def test_missing_and_twice_there_and_of_nobody(tmp_path: Path) -> None:
    civil = book(tmp_path, BIRTH, {**BIRTH, "so": "53", "nksHoTen": "LÊ THỊ CHUYÊN"})
    folder = pages(
        tmp_path / "s",
        **{GOOD: pdf("a"), f"again/{GOOD}": pdf("b"), "KS.2016.01.2016-03-15.99.pdf": pdf("c")},
    )
    found = codes(folder, civil)
    assert ("MISSING", "KS.2016.01.2016-03-15.53.pdf") in found
    assert [f for c, f in found if c == "DUPLICATED" and f] != []
    assert ("NO_RECORD", "KS.2016.01.2016-03-15.99.pdf") in found


def test_one_content_under_two_names(tmp_path: Path) -> None:
    folder = pages(tmp_path / "s", **{GOOD: pdf("same"), "KS.2016.01.2016-03-15.053.pdf": pdf("same")})
    assert [c for c, _ in codes(folder)].count("SAME_CONTENT") == 2


def test_a_page_of_another_communes_folder_is_not_taken(tmp_path: Path) -> None:
    folder = pages(tmp_path / "s", **{f"10918/{GOOD}": pdf("a")})
    assert ("MISSING", "KS.2016.01.2016-03-15.52.pdf") in codes(folder, book(tmp_path, BIRTH))


def test_without_registers_the_run_of_numbers_tells_what_is_missing(tmp_path: Path) -> None:
    folder = pages(tmp_path / "s", **{f"KS.2016.01.2016-0{n}-15.0{n}.pdf": pdf(str(n)) for n in (1, 2, 4)})
    assert codes(folder) == [("GAP", "KS.2016.…3")]


def test_the_command_lists_and_writes_them(tmp_path: Path) -> None:
    folder = pages(tmp_path / "s", **{"scan1.pdf": pdf(), GOOD: pdf("x")})
    arguments = ["scans", folder, "--civil", book(tmp_path, BIRTH), "--out", tmp_path / "list.xlsx", "--json"]
    done = subprocess.run([sys.executable, "-m", "reconcile", *map(str, arguments)], capture_output=True, text=True, check=False)  # fmt: skip
    assert done.returncode == 1, done.stderr
    told = json.loads(done.stdout)
    assert (told["pages"], told["records"]) == (2, 1)
    assert [p["code"] for p in told["problems"]] == ["MISNAMED"]
    title, (row,) = sheet(tmp_path / "list.xlsx")
    assert (title, row["Tệp quét"]) == ("Bản quét", "scan1.pdf")
