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
from reconcile.synthetic import Synthetic, make
from reconcile.synthetic.files import write_table
from reconcile.synthetic.samples import police_sheet, shared_extract, write_misa, write_template

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


def test_corrections_of_every_register_are_gone_from_the_next_run(
    commune: Path, residents: pl.DataFrame, first: Run, tmp_path: Path
) -> None:
    """Births, marriages, deaths, recognitions, certificates: what could be written into a cell is not asked again."""
    sides = pl.col("civil_value").is_not_null() & pl.col("population_value").is_not_null()
    no_cell = pl.col("field").is_in(["tinh_trang_hon_nhan", "tinh_trang_song"])  # of the population alone
    asked = first.found.filter(sides & ~no_cell).group_by("register", maintain_order=True).head(60)
    done = export(
        "template", decided(asked, "Sửa hộ tịch"), commune / "civil", tmp_path / "b", rows="all", as_of=DAY
    )
    after = stages(tmp_path / "b", residents, first.model)
    gone = asked.with_columns(gone=~pl.col("discrepancy_id").is_in(sorted(after.ids)))
    share = dict(gone.group_by("register").agg(pl.col("gone").mean()).iter_rows())
    assert set(share) == {"KS", "KH", "KT", "CMC", "HN"}
    assert gone["gone"].sum() >= done.summary["counts"]["placed"], "what was written is gone"
    assert min(share.values()) > 0.8, share
    assert after.rejected == 0
    assert after.links.height == first.links.height, "nobody got lost on the way"


@pytest.fixture(scope="module")
def made() -> Synthetic:
    return make(900, "development", 3, communes=1)


@pytest.mark.parametrize("source", ["misa", "congan", "hotichdientu"])
def test_births_of_other_layouts_come_back_corrected_in_the_template(
    source: str, made: Synthetic, tmp_path: Path
) -> None:
    """The births of a commune in the layout of MISA, the police or the shared system; the template leaves."""
    births = pl.concat(f for f in made.civil.values() if "STT" in f.columns)
    inbox = tmp_path / source
    inbox.mkdir()
    if source == "misa":
        write_misa(births, inbox / "khai_sinh.xlsx")
    elif source == "congan":
        write_template(police_sheet(births), inbox / "DL_GOC.xlsx", "DL_GOC")
    else:
        write_table(shared_extract(births), inbox / "khai_sinh.csv")
    made.write(tmp_path / "made")
    people = normalize_residents(read_population(tmp_path / "made" / "population.parquet").residents)
    before = stages(inbox, people)
    sides = pl.col("civil_value").is_not_null() & pl.col("population_value").is_not_null()
    asked = before.found.filter(sides)
    assert asked.height >= 20
    done = export("template", decided(asked, "Sửa hộ tịch"), inbox, tmp_path / "b", rows="all", as_of=DAY)
    placed = done.summary["counts"]["placed"]
    assert placed >= asked.height * 0.8
    after = stages(tmp_path / "b", people, before.model)
    assert after.links.height == before.links.height, "nobody got lost on the way"
    assert len({*asked["discrepancy_id"]} - after.ids) >= placed


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
