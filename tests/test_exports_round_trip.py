"""A difference that was decided and exported is gone from the next run, and nothing else has changed."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import pytest
from exports_data import decided, sheet

from reconcile.compare import discrepancies
from reconcile.exports import export
from reconcile.ingest import read_civil, read_population
from reconcile.match import link
from reconcile.normalize.tables import normalize_mentions, normalize_records, normalize_residents

DAY = dt.date(2026, 11, 22)
OWN_CELLS = ["ho_ten", "dan_toc", "que_quan", "noi_sinh"]
"""Fields of a child that no other comparison looks at: sex and date of birth are also compared with the number."""


class Run(NamedTuple):
    """What one run of the stages found, and the model it learnt."""

    links: pl.DataFrame
    found: pl.DataFrame
    rejected: int
    model: Any

    @property
    def ids(self) -> set[str]:
        """Ids of the differences."""
        return set(self.found["discrepancy_id"])


@pytest.fixture(scope="module")
def residents(commune: Path) -> pl.DataFrame:
    return normalize_residents(read_population(commune / "population.parquet").residents)


def stages(civil: Path, residents: pl.DataFrame, model: Any = None) -> Run:
    """Run the stages as an office does every night: with the model of the first night."""
    books = read_civil(civil)
    records = normalize_records(books.records)
    mentions = normalize_mentions(books.mentions, records)
    matched = link(mentions, residents, model=model)
    found = discrepancies(matched.links, mentions, residents, records, as_of=DAY)
    pair = ["record_id", "role", "resident_id", "tier"]
    return Run(
        matched.links.select(pair).sort(pair), found, books.rejected.filter("fatal").height, matched.model
    )


@pytest.fixture(scope="module")
def first(commune: Path, residents: pl.DataFrame) -> Run:
    return stages(commune / "civil", residents)


def test_fixed_differences_are_gone_and_nothing_else_has_changed(
    commune: Path, residents: pl.DataFrame, first: Run, tmp_path: Path
) -> None:
    asked = first.found.filter(
        (pl.col("role") == "nks")
        & pl.col("field").is_in(OWN_CELLS)
        & pl.col("population_value").is_not_null()
    ).head(40)
    assert asked.height == 40
    made = decided(asked, "Sửa hộ tịch")
    done = export("template", made, commune / "civil", tmp_path / "books", rows="all", as_of=DAY)
    assert done.summary["counts"]["placed"] == asked.height

    after = stages(tmp_path / "books", residents, first.model)
    assert after.rejected == 0
    assert first.ids - after.ids == set(asked["discrepancy_id"])
    assert after.ids - first.ids == set()
    assert after.links.equals(first.links)


def test_the_exported_rows_alone_no_longer_differ(
    commune: Path, residents: pl.DataFrame, first: Run, tmp_path: Path
) -> None:
    asked = first.found.filter(
        pl.col("field").is_in(["ho_ten", "ngay_sinh", "ho_ten_cha", "ho_ten_me"])
        & pl.col("population_value").is_not_null()
    ).head(80)
    done = export("template", decided(asked, "Sửa hộ tịch"), commune / "civil", tmp_path / "books", as_of=DAY)
    placed = done.summary["counts"]["placed"]
    assert placed > asked.height * 0.9  # the others are two population values for one cell
    assert done.summary["counts"]["rows"] == asked["record_id"].n_unique()
    after = stages(tmp_path / "books", residents, first.model)
    assert len(set(asked["discrepancy_id"]) & after.ids) == asked.height - placed


def test_a_communes_folder_holds_only_its_own_rows(commune: Path, first: Run, tmp_path: Path) -> None:
    made = decided(first.found.filter(pl.col("population_value").is_not_null()), "Sửa dân cư")
    done = export("dancu", made, commune / "civil", tmp_path / "lists", as_of=DAY)
    keepers = {p.parent.name for p in done.files}
    assert len(keepers) > 1
    assert all(p.name == f"sua-dan-cu_{p.parent.name}.xlsx" for p in done.files)
    assert sum(len(sheet(p)[1]) for p in done.files) == made.height
    one = export("dancu", made, commune / "civil", tmp_path / "one", communes=[min(keepers)], as_of=DAY)
    assert [p.read_bytes() for p in one.files] == [
        p.read_bytes() for p in done.files if min(keepers) in p.name
    ]
