"""What a night gives the communes and the area is what ``reconcile run`` gives for all their files at once."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from pathlib import Path

import polars as pl
import pytest
from nightly_office import configure, outputs
from openpyxl import load_workbook
from polars.testing import assert_frame_equal

from reconcile.nightly import run_night
from reconcile.run import run
from reconcile.synthetic import make
from reconcile.workspace import Workspace, init_workspace

DAY = dt.date(2026, 11, 22)
KEYS = {
    "links": ["record_id", "role", "source_file", "source_row"],
    "candidates": ["record_id", "role", "source_file", "source_row", "population_row"],
    "discrepancies": ["discrepancy_id"],
    "rejected": ["source_file", "source_row", "code", "column"],
    "validation": ["record_id", "rule_id", "source_file", "source_row", "role", "field"],
    "cases": ["case_id"],
}
"""Table → what tells its rows apart."""


ELSEWHERE = "xã Cẩm Văn, huyện Cẩm Giàng, tỉnh Hải Dương"
"""A commune whose books are not here."""


def in_doubt(people: pl.DataFrame) -> pl.DataFrame:
    """Return second rows of persons, under another number or under another's, who live here, elsewhere or nowhere known."""
    homes = people["noiThuongTru"].drop_nulls().unique().sort()
    here = [homes[0], homes[-1]]
    full = pl.col("ngaySinh").str.len_chars() == 10
    known = people.filter(full & pl.col("soDinhDanh").is_not_null() & pl.col("chaHoTen").is_not_null())
    again = known[200:212].with_row_index("n")
    lives = pl.col("n").replace_strict({0: here[0], 1: here[1], 2: ELSEWHERE, 3: ELSEWHERE}, default=None)
    born = pl.when(pl.col("n") % 4 == 3).then(None).otherwise("noiDangKyKhaiSinh")
    last = pl.col("soDinhDanh").str.slice(-1).cast(pl.Int8)
    other = pl.format("{}{}", pl.col("soDinhDanh").str.slice(0, 11), 9 - last)
    second = again.head(6).with_columns(soDinhDanh=other.head(6))
    lent = again.tail(6).with_columns(
        hoTen=pl.lit("Người Khác"), ngaySinh=pl.lit("02/03/1950"), n=pl.col("n") - 6
    )
    return (
        pl.concat([second, lent])
        .with_columns(noiThuongTru=lives, noiTamTru=None, noiOHienTai=None, noiDangKyKhaiSinh=born)
        .drop("n")
        .cast(dict(people.schema))
    )


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, Path]:
    """An area with faults that concern a commune, nobody and the extract; its night, and one run over the same files."""
    folder = tmp_path_factory.mktemp("both")
    make(900, "development", 1, communes=4).write(folder / "made", "parquet")
    workspace = init_workspace(folder / "office")
    configure(workspace, "# date = 2026-11-01", f"date = {DAY.isoformat()}")
    shutil.copytree(folder / "made" / "civil", workspace.inbox_civil, dirs_exist_ok=True)
    (workspace.inbox_civil / "khong-doc-duoc.xlsx").write_bytes(b"no workbook")
    births = next(workspace.inbox_civil.rglob("KS*.parquet"))
    frame = pl.read_parquet(births)
    name = next(column for column in frame.columns if column.endswith("nksHoTen"))
    first = pl.int_range(pl.len()) == 0
    frame.with_columns(pl.when(~first).then(pl.col(name)).alias(name)).write_parquet(births)
    people = pl.read_parquet(folder / "made" / "population.parquet")
    people = people.with_columns(pl.when(~first).then(pl.col("hoTen")).alias("hoTen"))
    people = pl.concat([people, in_doubt(people)])
    people.write_parquet(workspace.inbox_population / "population.parquet")
    workspace = Workspace.open(workspace.root)
    run_night(workspace)
    run([workspace.inbox_civil], workspace.inbox_population, folder / "run", as_of=DAY)
    return workspace, folder / "run"


@pytest.mark.parametrize("table", KEYS)
def test_all_communes_together_hold_the_rows_of_a_run_over_everything(
    both: tuple[Workspace, Path], table: str
) -> None:
    workspace, out = both
    own = [frame for name, frame in outputs(workspace).items() if name.endswith(f"/{table}")]
    night = pl.concat(own, how="diagonal")
    whole = pl.read_parquet(out / f"{table}.parquet")
    extract = pl.col("source_file").str.replace("^.*/", "") if table == "rejected" else None
    if extract is not None:
        of_extract = pl.col("source_file").str.contains("population")
        whole = whole.with_columns(
            pl.when(of_extract).then(extract).otherwise("source_file").alias("source_file")
        )
    # a commune's night sees the causes that its own books show; what they are is told within the commune
    told = [c for c in whole.columns if c not in {"systematic", "message", "commune_code"}]
    one, two = (f.select(told).sort(KEYS[table], maintain_order=True) for f in (night, whole))
    assert one.height > 0
    assert_frame_equal(one, two)


def test_the_faults_stand_where_they_belong(both: tuple[Workspace, Path]) -> None:
    workspace, _ = both
    tables = outputs(workspace)
    area = tables["khong-ro/rejected"]
    assert set(area["source_file"]) == {"khong-doc-duoc.xlsx", "population.parquet"}
    communes = [code for code in {name.split("/")[0] for name in tables} if code != "khong-ro"]
    assert len(communes) >= 2
    nameless = [code for code in communes if "MISSING_NAME" in tables[f"{code}/rejected"]["code"].to_list()]
    assert len(nameless) == 1
    missing = {
        code: tables[f"{code}/discrepancies"]["code"].to_list().count("NO_BIRTH_RECORD") for code in communes
    }
    assert all(missing.values())


def test_the_workbooks_have_the_same_sheets_with_the_same_rows(both: tuple[Workspace, Path]) -> None:
    workspace, out = both

    def shape(path: Path) -> dict[str, int]:
        return {sheet.title: sheet.max_row for sheet in load_workbook(path)}

    night = {path.name: shape(path) for path in workspace.reports.rglob("*.xlsx")}
    assert night == {path.name: shape(path) for path in out.glob("*.xlsx")}
    assert json.loads((workspace.reports / "khong-ro" / "summary.json").read_text())["rejected"]["files"] == 1


def test_a_question_about_a_row_of_the_extract_is_asked_of_who_lives_there_else_of_the_area(
    both: tuple[Workspace, Path],
) -> None:
    workspace, out = both
    asked = {
        name.split("/")[0]: frame.filter(
            pl.col("record_id").is_null() & pl.col("code").is_in(["ID_DUPLICATE", "ID_TWO_NUMBERS"])
        )
        for name, frame in outputs(workspace).items()
        if name.endswith("/discrepancies")
    }
    rows = pl.concat(asked.values())
    assert rows.select("code", "population_row").is_unique().all()
    assert set(rows["code"]) == {"ID_DUPLICATE", "ID_TWO_NUMBERS"}
    assert asked["khong-ro"].height >= 4
    assert sum(not frame.is_empty() for frame in asked.values()) >= 3
    assert {path.name.split("_")[1] for path in out.glob("*.xlsx")} == set(asked)
