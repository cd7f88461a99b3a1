"""The generator: repeatable, complete, and its truth leads back to the very rows."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from reconcile.problems import ReconcileError
from reconcile.synthetic import Synthetic, make, make_demo
from reconcile.synthetic.mixes import load_mix
from reconcile.synthetic.rows import date_words
from reconcile.synthetic.units import load

RESIDENTS = 3_000


@pytest.fixture(scope="module")
def made() -> Synthetic:
    return make(RESIDENTS, "development", 11)


@pytest.fixture(scope="module")
def clean() -> Synthetic:
    return make(RESIDENTS, "clean", 11)


def written(made: Synthetic, file: str, row: int) -> dict[str, object]:
    return made.civil[file].row(row - 2, named=True)


def test_the_extract_has_the_residents_asked_for_each_once(made: Synthetic) -> None:
    second = made.truth_discrepancies.filter(pl.col("code") == "ID_TWO_NUMBERS").height // 2
    assert made.population.height == RESIDENTS + second
    numbers = made.population["soDinhDanh"].drop_nulls()
    shared = made.truth_discrepancies.filter(pl.col("code") == "ID_DUPLICATE").height // 2
    assert numbers.is_duplicated().sum() == 2 * shared
    assert numbers.str.contains(r"^\d{12}$").all()


def test_every_register_is_there(made: Synthetic) -> None:
    assert {name.split("/")[1].split(".")[0] for name in made.civil} == {"KS", "KH", "KT", "CMC", "HN"}
    assert {frame.width for name, frame in made.civil.items() if "/KS." in name} == {60, 70}


def test_birth_records_are_about_as_many_as_in_the_plans(made: Synthetic) -> None:
    births = made.truth_links.filter(pl.col("role") == "nks").filter(pl.col("register") == "KS").height
    assert 0.7 < births / RESIDENTS < 1.15


def test_truth_rows_lead_back_to_the_person(clean: Synthetic) -> None:
    """Without mistakes the name of the row is the name of the resident that the truth names, whatever its case."""
    truth = clean.truth_links.filter((pl.col("role") == "nks") & pl.col("population_row").is_not_null())
    plain = truth.filter(pl.col("errors").list.len() == 0).sample(200, seed=1)
    for row in plain.iter_rows(named=True):
        record = written(clean, row["source_file"], row["source_row"])
        resident = clean.population.row(row["population_row"] - 2, named=True)
        assert record["nksHoTen"] == resident["hoTen"]
        assert resident["soDinhDanh"] == row["resident_id"]


def test_a_person_in_the_extract_is_never_said_to_be_absent(made: Synthetic) -> None:
    truth = made.truth_links
    assert truth.filter(
        pl.col("population_row").is_not_null() & pl.col("why_absent").is_not_null()
    ).is_empty()
    assert truth.filter(pl.col("population_row").is_null() & pl.col("why_absent").is_null()).is_empty()
    assert set(truth["why_absent"].drop_nulls()) == {"died", "moved", "born_after"}


def test_a_clean_mix_differs_in_writing_only(clean: Synthetic) -> None:
    codes = set(clean.truth_discrepancies["code"])
    assert codes <= {"NOT_IN_POPULATION", "NO_BIRTH_RECORD", "DOB_PARTIAL"}
    kinds = {e.split(":")[1] for es in clean.truth_links["errors"] for e in es}
    assert kinds & {"nfd", "eth", "blanks", "case", "tone_place", "telex"}


def test_a_true_difference_is_really_written(made: Synthetic) -> None:
    names = made.truth_discrepancies.filter(pl.col("field") == "ho_ten")
    assert names.height > 100
    assert (names["civil_value"].str.to_lowercase() != names["population_value"].str.to_lowercase()).all()
    swapped = made.truth_discrepancies.filter(
        (pl.col("code") == "DOB_DAY_MONTH_SWAPPED") & (pl.col("role") == "nks")
    )
    for civil, population in swapped.select("civil_value", "population_value").iter_rows():
        day, month, year = (int(x) for x in civil.replace("/", ".").split("."))
        assert population == f"{month:02d}/{day:02d}/{year}"


def test_common_causes_share_an_id(made: Synthetic) -> None:
    groups = make(12_000, "test", 3).truth_discrepancies.drop_nulls("systematic")
    assert groups["systematic"].str.contains(r"^SYS\.(KS|KH|KT|CMC|HN|DC)\.\d{5}\.\d{1,4}\.\w+$").all()
    assert groups.group_by("systematic").len()["len"].max() > 5  # type: ignore[operator]


@pytest.mark.parametrize(
    ("code", "kind"),
    [("NAME_TONE", "tone"), ("NAME_DIALECT", "onset"), ("DOB_YEAR", "dob_year"), ("SEX", "sex")],
)
def test_each_code_comes_from_its_kind_of_mistake(made: Synthetic, code: str, kind: str) -> None:
    kinds = {e.rsplit(":", 1)[1] for es in made.truth_links["errors"] for e in es}
    assert code in set(made.truth_discrepancies["code"])
    assert kind in kinds


def test_numbers_follow_the_decree(clean: Synthetic) -> None:
    """PPP G YY: century and sex, year of birth (NĐ 137/2015 Điều 13)."""
    for row in clean.population.drop_nulls("soDinhDanh").head(500).iter_rows(named=True):
        year = int(row["ngaySinh"][-4:])
        expected = (year - 1900) // 100 * 2 + (row["gioiTinh"] == "Nữ")
        assert row["soDinhDanh"][3:6] == f"{expected}{year % 100:02d}"


def test_the_child_number_stands_only_in_new_books(made: Synthetic) -> None:
    births = pl.concat(
        f.select("nksSoDinhDanh", "ngayDangKy") for f in made.civil.values() if "STT" in f.columns
    )
    with_number = births.drop_nulls("nksSoDinhDanh")
    assert with_number["ngayDangKy"].str.slice(-4).cast(pl.Int32).min() >= 2016  # type: ignore[operator]
    all_births = sum(f.height for name, f in made.civil.items() if "/KS." in name)
    assert 0.06 < with_number.height / all_births < 0.18


@pytest.mark.parametrize(
    ("day", "place"),
    [
        (date(1965, 5, 1), "xã Cẩm Định, huyện Cẩm Giàng, tỉnh Hải Dương"),
        (date(1980, 5, 1), "xã Cẩm Định, huyện Cẩm Bình, tỉnh Hải Hưng"),
        (date(1997, 1, 15), "xã Cẩm Định, huyện Cẩm Bình, tỉnh Hải Dương"),
        (date(2005, 5, 1), "xã Cẩm Định, huyện Cẩm Giàng, tỉnh Hải Dương"),
        (date(2020, 5, 1), "xã Định Sơn, huyện Cẩm Giàng, tỉnh Hải Dương"),
        (date(2026, 5, 1), "xã Cẩm Giang, thành phố Hải Phòng"),
    ],
)
def test_places_read_as_in_their_time(day: date, place: str) -> None:
    units = load("camgiang", None, day)
    number = (day - date(1970, 1, 1)).days
    frame = pl.DataFrame(
        {"unit": [units.codes.index("10918")], "day": [number]}, schema={"unit": pl.UInt16, "day": pl.Int32}
    )
    assert units.at(frame, "unit", "day", "place")["place"].to_list() == [place]


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(1970, 8, 15), "Ngày mười lăm tháng tám năm một nghìn chín trăm bảy mươi"),
        (date(2004, 4, 24), "Ngày hai mươi tư tháng tư năm hai nghìn không trăm linh bốn"),
        (date(1981, 11, 1), "Ngày một tháng mười một năm một nghìn chín trăm tám mươi mốt"),
        (date(2015, 12, 25), "Ngày hai mươi lăm tháng mười hai năm hai nghìn không trăm mười lăm"),
    ],
)
def test_dates_in_words(day: date, words: str) -> None:
    assert date_words(pl.Series([(day - date(1970, 1, 1)).days], dtype=pl.Int32)).to_list() == [words]


def test_same_arguments_same_bytes_whatever_the_threads(tmp_path: Path) -> None:
    for threads in ("1", "4"):
        command = [sys.executable, "-m", "reconcile.synthetic", "--residents", "600", "--seed", "5"]
        subprocess.run(
            [*command, "--out", str(tmp_path / threads)],
            check=True,
            env={**os.environ, "POLARS_MAX_THREADS": threads},
        )
    one, four = (sorted(p for p in (tmp_path / t).rglob("*") if p.is_file()) for t in ("1", "4"))
    assert [p.relative_to(tmp_path / "1") for p in one] == [p.relative_to(tmp_path / "4") for p in four]
    assert all(a.read_bytes() == b.read_bytes() for a, b in zip(one, four, strict=True))


def test_another_seed_makes_other_people() -> None:
    assert not make(300, seed=1).population["hoTen"].equals(make(300, seed=2).population["hoTen"])


def test_the_test_mix_is_not_the_development_mix() -> None:
    development, test, harder = (load_mix(name) for name in ("development", "test", "harder"))
    assert development.register["child_name"] != test.register["child_name"]
    assert harder.register["child_name"].share == 2 * test.register["child_name"].share
    assert harder.register["writing"].share == test.register["writing"].share
    with pytest.raises(ReconcileError, match="Known: clean, development, harder, test"):
        load_mix("easy")


def test_the_demo_is_one_commune_with_a_broken_file(tmp_path: Path) -> None:
    demo = make_demo(tmp_path, residents=800)
    names = {p.name for p in demo.civil[0].rglob("*.*")}
    assert {n.rsplit(".", 1)[1] for n in names} == {"xlsx", "csv"}
    assert len({p.parent for p in demo.civil[0].rglob("*.xlsx")}) == 1
    assert demo.population.is_file()
    assert demo.truth.is_file()
    truth = set(pl.read_parquet(demo.truth)["source_file"])
    assert {n for n in names if not any(t.endswith(n) for t in truth)} == {"KS.hong.xlsx"}


def test_wrong_lives_and_numbers_of_the_extract_are_planted_with_their_truth() -> None:
    told = make(12_000, "development", 7).truth_discrepancies
    counts = dict(told.group_by("code").len().iter_rows())
    for code in ("DEATH_DATE", "NO_DEATH_RECORD", "ID_TWO_NUMBERS", "ID_DUPLICATE", "PARENT_TOO_YOUNG"):
        assert counts.get(code, 0) >= 2, code
    assert told.filter(pl.col("systematic").str.contains("village_default")).height > 20
    absent = told.filter(pl.col("code") == "NOT_IN_POPULATION")
    assert {"nks", "me", "cha", "cm"} == set(absent["role"])


def test_nothing_of_that_stands_in_the_clean_mix(clean: Synthetic) -> None:
    assert set(clean.truth_discrepancies["code"]) <= {"NOT_IN_POPULATION", "NO_BIRTH_RECORD", "DOB_PARTIAL"}


def test_the_province_of_2022_has_its_235_communes_and_no_later_day() -> None:
    day = date(2022, 12, 31)
    units = load("haiduong235", None, day)
    number = pl.Series([(day - date(1970, 1, 1)).days], dtype=pl.Int32)
    frame = pl.DataFrame({"unit": pl.Series(range(len(units.codes)), dtype=pl.UInt16)}).with_columns(
        day=number.first()
    )
    placed = units.at(frame, "unit", "day", "place")
    assert placed["place_code"].n_unique() == 235
    assert placed["place"].str.ends_with("tỉnh Hải Dương").all()
    assert set(load("haiduong", None, day).codes) < set(units.codes)
    with pytest.raises(ValueError, match="2025-01-01"):
        load("haiduong235", None, date(2025, 1, 1))
