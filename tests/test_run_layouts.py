"""Every layout from file to answers: samples of all sources against the extract that their persons stand in."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import fastexcel
import polars as pl
import pytest

from reconcile.ingest import read_civil
from reconcile.run import RunResult, run
from reconcile.synthetic import Synthetic, make
from reconcile.synthetic.samples import write_misa

FIXTURES = Path(__file__).parent.parent / "fixtures"
DAY = dt.date(2026, 11, 22)
KEY = ["nksHoTen", "meHoTen", "so", "quyenSo"]
"""Cells that every layout of births keeps as they are."""


@pytest.fixture(scope="module")
def area() -> Synthetic:
    """The people whom the samples are about (scripts/make-fixtures)."""
    return make(4_000, "development", 1958, communes=4, format="xlsx")


@pytest.fixture(scope="module")
def population(area: Synthetic, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("dancu") / "population.parquet"
    area.population.write_parquet(path)
    return path


def spelled(frame: pl.DataFrame) -> pl.DataFrame:
    """The key in one spelling: composed, lower case, without blanks around."""
    return frame.with_columns(pl.col(KEY).str.normalize("NFC").str.strip_chars().str.to_lowercase())


@pytest.fixture(scope="module")
def births(area: Synthetic) -> pl.DataFrame:
    """The key of every birth and the row of the extract that its child is, null where there is none."""
    parts = [
        frame.select(KEY).with_columns(
            source_file=pl.lit(name), source_row=pl.int_range(2, pl.len() + 2, dtype=pl.UInt32)
        )
        for name, frame in area.civil.items()
        if "/KS." in name
    ]
    truth = area.truth_links.filter(pl.col("role") == "nks").select("source_file", "source_row", "population_row")  # fmt: skip
    known = pl.concat(parts).join(truth, on=["source_file", "source_row"], how="left")
    return spelled(known).unique(KEY, keep="none").select(*KEY, true="population_row")


LAYOUTS = ["hotich158", "congan", "misa", "hotichdientu", "xls"]


@pytest.fixture(scope="module", params=LAYOUTS)
def done(
    request: pytest.FixtureRequest, population: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, RunResult]:
    out = tmp_path_factory.mktemp(request.param) / "out"
    return request.param, run(FIXTURES / request.param, population, out, as_of=DAY)


def test_children_of_every_layout_are_found_and_no_other_person(
    done: tuple[str, RunResult], births: pl.DataFrame
) -> None:
    folder, result = done
    books = read_civil(FIXTURES / folder)
    named = books.mentions.filter((pl.col("register") == "KS") & (pl.col("role") == "nks")).join(
        books.records.select("record_id", "so", "quyen_so"), on="record_id"
    )
    key = named.select("source_file", "source_row", nksHoTen="ho_ten", meHoTen="ho_ten_me", so="so", quyenSo="quyen_so")  # fmt: skip
    asked = spelled(key).join(births, on=KEY, how="inner")
    assert asked.height >= 0.7 * named.height  # a name that was misspelt by the encoding has no key
    links = result.links.filter((pl.col("role") == "nks") & (pl.col("register") == "KS"))
    both = asked.join(links, on=["source_file", "source_row"], how="left")
    told = both.filter(pl.col("tier") == "match")
    assert told.filter(pl.col("population_row") != pl.col("true")).is_empty()
    there = both.drop_nulls("true")
    assert told.drop_nulls("true").height >= 0.8 * there.height > 0


def test_every_file_of_a_layout_is_compared(done: tuple[str, RunResult]) -> None:
    folder, result = done
    files = {path.name for path in (FIXTURES / folder).iterdir() if path.is_file()}
    assert set(result.links.filter(pl.col("tier") == "match")["source_file"]) == files
    assert result.rejected.filter(pl.col("fatal")).is_empty()
    stored = pl.read_parquet(result.out / "discrepancies.parquet")
    if folder == "hotich158":
        assert set(stored["register"].drop_nulls()) >= {"KS", "KH", "KT", "HN"}
    assert stored.height > 0


def test_the_workbook_of_a_layout_shows_the_differences(done: tuple[str, RunResult]) -> None:
    _, result = done
    assert result.workbooks
    shown = 0
    for path in result.workbooks:
        book = fastexcel.read_excel(path)
        sheet = next(name for name in book.sheet_names if "lệch" in name.lower())
        shown += book.load_sheet(sheet, header_row=None, dtypes="string").height
    asked = result.discrepancies.filter((pl.col("severity") != "info") & (pl.col("field") != "ton_tai"))
    assert shown > asked["record_id"].n_unique() > 0


def test_one_misa_file_with_a_shifted_column_is_told_as_one_cause(
    area: Synthetic, population: Path, tmp_path: Path
) -> None:
    """The sound file beside it is not."""
    newer = pl.concat(f for f in area.civil.values() if "nksSoDinhDanh" in f.columns)
    newer = newer.filter(pl.col("ngayDangKy").str.contains(r"201[678]$"))
    (tmp_path / "civil").mkdir()
    sound, shifted = newer.filter(pl.int_range(pl.len()) % 2 == 0), newer.filter(pl.int_range(pl.len()) % 2 == 1)  # fmt: skip
    moved = shifted.with_columns(
        nksQueQuan="nksNoiSinh",
        nksDanToc="nksQueQuan",
        nksQuocTich="nksDanToc",
        nksNoiSinh=pl.lit(None, dtype=pl.String),
    )
    write_misa(sound, tmp_path / "civil" / "dung.xlsx")
    write_misa(moved, tmp_path / "civil" / "lech.xlsx")
    found = run(tmp_path / "civil", population, tmp_path / "out", as_of=DAY, workbook=False).discrepancies
    told = found.filter(pl.col("systematic").str.starts_with("shifted_column"))
    assert set(told["source_file"]) == {"lech.xlsx"}
    assert told["systematic"].n_unique() == 1
    unread = found.filter((pl.col("code") == "VALUE_UNREADABLE") & (pl.col("source_file") == "lech.xlsx"))
    assert told.height == unread.height > 10


def reconcile(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "reconcile", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=dict(os.environ))


def test_an_unknown_layout_is_refused_with_the_hint_and_read_once_a_profile_is_written(
    area: Synthetic, population: Path, tmp_path: Path
) -> None:
    """The whole loop of a clerk: run, refused; profile; edit two lines; run again."""
    strange = {
        "so": "Thứ tự vào sổ",
        "quyenSo": "Cuốn",
        "ngayDangKy": "Hôm đăng bộ",
        "noiDangKy": "Uỷ ban",
        "nksHoTen": "Tên cháu",
        "nksNgaySinh": "Hôm sinh cháu",
        "nksGioiTinh": "Trai gái",
        "meHoTen": "Bà",
        "chaHoTen": "Ông",
    }
    newer = pl.concat(f for f in area.civil.values() if "nksSoDinhDanh" in f.columns).head(60)
    civil = tmp_path / "civil"
    civil.mkdir()
    newer.select(pl.col(column).alias(header) for column, header in strange.items()).write_csv(
        civil / "la.csv"
    )

    refused = reconcile("run", civil, "--population", population, "--out", tmp_path / "one", "--as-of", DAY, "--no-workbook")  # fmt: skip
    assert refused.returncode == 1
    lost = pl.read_parquet(tmp_path / "one" / "rejected.parquet")
    lost = lost.filter(pl.col("fatal"))
    assert lost["code"].to_list() == ["UNKNOWN_LAYOUT"]
    assert "reconcile profile" in lost["advice"][0]

    draft = tmp_path / "xa.toml"
    assert reconcile("profile", civil / "la.csv", "--out", draft).returncode == 0
    text = draft.read_text(encoding="utf-8")
    assert "?" in text
    head, columns = text.split("[layouts.columns]")
    fields = {"so": "so", "quyenSo": "quyen_so", "ngayDangKy": "ngay_dang_ky", "noiDangKy": "noi_dang_ky", "nksHoTen": "nks.ho_ten", "nksNgaySinh": "nks.ngay_sinh", "nksGioiTinh": "nks.gioi_tinh", "meHoTen": "me.ho_ten", "chaHoTen": "cha.ho_ten"}  # fmt: skip
    del columns
    edited = [line for line in head.splitlines() if not line.startswith(("ignored", "required", "register", "label"))]  # fmt: skip
    edited += ['register = "KS"', 'label = "khai sinh"', 'required = ["nks.ho_ten", "nks.ngay_sinh"]', "", "[layouts.columns]"]  # fmt: skip
    edited += [f'"{header}" = "{fields[column]}"' for column, header in strange.items()]
    draft.write_text("\n".join(edited) + "\n", encoding="utf-8")
    assert tomllib.loads(draft.read_text(encoding="utf-8"))["kind"] == "civil"

    again = reconcile("run", civil, "--population", population, "--out", tmp_path / "two", "--as-of", DAY, "--no-workbook", "--profile", draft)  # fmt: skip
    assert again.returncode in {0, 1}, again.stderr
    links = pl.read_parquet(tmp_path / "two" / "links.parquet")
    assert links.filter((pl.col("role") == "nks") & (pl.col("tier") == "match")).height > 30
    assert pl.read_parquet(tmp_path / "two" / "discrepancies.parquet").height > 0
