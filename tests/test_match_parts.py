"""The pieces of matching: names, dates, blocks, rules, probabilities."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
import pytest
from match_tables import codes, crowd, mentions, residents

from reconcile.match.blocking import candidate_pairs
from reconcile.match.encode import encode
from reconcile.match.evidence import BIRTH, FIELDS, NAME, NUMBER, PLACE, compare
from reconcile.match.expectation_maximisation import _no_rarer
from reconcile.match.linking import rows_by_role
from reconcile.match.model import RoleModel
from reconcile.match.parts import PERIODS
from reconcile.match.posterior import calibrate, posterior
from reconcile.match.settings import Block, load_settings
from reconcile.match.term_frequencies import _lifts
from reconcile.match.units import UnitNumbers, dated_units, todays_units
from reconcile.problems import ReconcileError


def level(field: str, mention: dict[str, object], resident: dict[str, object]) -> str | None:
    coded = encode(
        mentions({"ho_ten": "Lê An"} | mention),
        residents({"ho_ten": "LÊ AN", "ngay_sinh": None} | resident),
    )
    pairs = pl.DataFrame({"m": [0], "r": [0]}, schema={"m": pl.UInt32, "r": pl.UInt32})
    return codes(field, compare(coded.mentions, coded.residents, pairs, "nks"))[0]


@pytest.mark.parametrize(
    ("civil", "population", "expected"),
    [
        ("Nguyễn Văn Hòa", "NGUYỄN VĂN HOÀ", "exact"),  # tone placement is no difference
        ("Nguyen Van Hoa", "NGUYỄN VĂN HÒA", "no_marks"),
        ("Nguyễn Văn Hóa", "NGUYỄN VĂN HÒA", "marks"),
        ("Trần Văn Trung", "TRẦN VĂN CHUNG", "dialect"),
        ("Nguyễn Văm Hòa", "NGUYỄN VĂN HÒA", "spelling"),
        ("Nguyễn Văn Hòan", "NGUYỄN VĂN HÒA", "spelling_given"),
        ("Nguyễn Hòa", "NGUYỄN VĂN HÒA", "middle_missing"),
        ("Nguyễn Hữu Hòa", "NGUYỄN VĂN HÒA", "middle"),
        ("Phạm Văn Hòa", "NGUYỄN VĂN HÒA", "family"),
        ("Nguyễn Văn Khánh", "NGUYỄN VĂN HÒA", "given"),
        ("Văn Hòa Nguyễn", "NGUYỄN VĂN HÒA", "order"),
        ("Lê Thị Cúc", "NGUYỄN VĂN HÒA", "different"),
    ],
)
def test_names_are_compared_by_what_happened_to_them(civil: str, population: str, expected: str) -> None:
    assert level(NAME, {"ho_ten": civil}, {"ho_ten": population}) == expected


@pytest.mark.parametrize(
    ("civil", "population", "expected"),
    [
        ("15.08.1970", "15/08/1970", "exact"),
        ("1970", "15/08/1970", "compatible"),
        ("08.1970", "15/08/1970", "compatible"),
        ("1970", "01/01/1970", "compatible"),
        ("15.08.1970", "01/01/1970", "placeholder"),
        ("05.08.1970", "08/05/1970", "swapped"),
        ("16.08.1970", "15/08/1970", "day"),
        ("15.09.1970", "15/08/1970", "month"),
        ("15.08.1971", "15/08/1970", "year"),
        ("02.11.1970", "15/08/1970", "same_year"),
        ("1971", "15/08/1970", "near_year"),
        ("1950", "15/08/1970", "different"),
        (None, "15/08/1970", None),  # missing is not disagreement
    ],
)
def test_dates_are_compared_on_the_precision_they_have(
    civil: str | None, population: str, expected: str | None
) -> None:
    assert level(BIRTH, {"ngay_sinh": civil}, {"ngay_sinh": population}) == expected


@pytest.mark.parametrize(
    ("civil", "population", "former", "expected"),
    [
        ("030070123456", "030070123456", None, "exact"),
        ("030070123457", "030070123456", None, "one_digit"),
        ("030070124356", "030070123456", None, "one_digit"),
        ("030070999999", "030070123456", "030070999999", "former"),
        ("030070999999", "030070123456", None, "different"),
        (None, "030070123456", None, None),
    ],
)
def test_numbers(civil: str | None, population: str, former: str | None, expected: str | None) -> None:
    found = level(NUMBER, {"so_dinh_danh": civil}, {"so_dinh_danh": population, "so_dinh_danh_cu": former})
    assert found == expected


def test_a_block_that_is_too_large_is_left_out_before_joining() -> None:
    people = crowd(60)
    coded = encode(mentions(*people), residents(*people))
    rows = rows_by_role(coded)["nks"]
    year = (Block("nam", ("birth_year",)),)
    wide = candidate_pairs(coded, rows, year, "nks", {"residents_per_block": 100, "pairs_per_block": 10_000})
    narrow = candidate_pairs(coded, rows, year, "nks", {"residents_per_block": 1, "pairs_per_block": 10_000})
    assert wide.height > narrow.height
    shared = wide.select(
        left=coded.mentions.table["birth_year"].gather(wide["m"]),
        right=coded.residents.table["birth_year"].gather(wide["r"]),
    )
    assert (shared["left"] == shared["right"]).all()


def test_a_better_explained_alternative_takes_the_probability() -> None:
    model = RoleModel({}, {}, {}, [0.2] * PERIODS, 1.0, {})
    alone = pl.DataFrame({"m": [0], "r": [0], "total": [22.0], "kin": [0.0], "absent": [0.2]})
    beside = pl.concat([alone, alone.with_columns(r=pl.lit(1, pl.Int64), total=pl.lit(28.0))])
    assert posterior(alone, model, 100_000)["share"][0] > 0.9
    assert posterior(beside, model, 100_000)["share"][0] < 0.05


def test_parents_that_siblings_share_do_not_speak_for_the_person() -> None:
    """Agreement that a sibling would show as well (kin) is taken off again."""
    model = RoleModel({}, {}, {}, [0.2] * PERIODS, 1.0, {})
    pair = pl.DataFrame({"m": [0], "r": [0], "total": [26.0], "kin": [0.0], "absent": [0.2]})
    sibling = pair.with_columns(kin=pl.lit(27.0))
    assert posterior(pair, model, 100_000)["share"][0] > 0.99
    assert posterior(sibling, model, 100_000)["share"][0] < 0.9


def test_calibration_keeps_the_order_and_moves_the_middle() -> None:
    p = pl.DataFrame({"p": [0.1, 0.5, 0.9]})
    assert p.select(same=calibrate(pl.col("p"), 1.0, 0.0))["same"].to_list() == [0.1, 0.5, 0.9]
    lower = p.select(lower=calibrate(pl.col("p"), 1.0, -1.0))["lower"].to_list()
    assert lower == sorted(lower)
    assert lower[1] == pytest.approx(0.268941)


def test_a_commune_is_followed_through_its_merger() -> None:
    """Two communes that became part of xã Tuệ Tĩnh, 10909, on 1 July 2025; a district is no commune."""
    codes = pl.Series(["10909", "10912", None, "290"])
    units = dated_units(codes, pl.Series([dt.date(2005, 6, 1)] * 4))
    assert units[0] != units[1]
    today = todays_units(units).to_list()
    assert today[0] == today[1] == todays_units(dated_units(codes, pl.Series([dt.date(2026, 1, 1)] * 4)))[0]
    assert today[2:] == [None, None]


def test_a_code_used_again_is_another_unit() -> None:
    """10903 was xã Ngọc Liên until June 2025 and is xã Cẩm Giàng since; 10891 was thị trấn Lai Cách, then phường Tứ Minh."""
    codes = pl.Series(["10903", "10903", "10891", "10891", "10891"])
    days = pl.Series([dt.date(1980, 5, 10), dt.date(2025, 8, 1), *(dt.date(2025, m, 30) for m in (1, 6, 8))])
    units = dated_units(codes, days)
    assert units.to_list()[:2] == ["10903-1", "10903-2"]
    assert units[2] == units[3] != units[4]
    assert todays_units(units)[2] == "10543-3"  # split; Việt Hòa is the first of its heirs
    assert todays_units(units)[4] == units[4]


@pytest.mark.parametrize(
    ("civil", "expected"),
    [
        ("xã Cẩm Giàng, thành phố Hải Phòng", "registered"),
        ("xã Ngọc Liên, huyện Cẩm Giàng, tỉnh Hải Dương", "merged"),  # bore its code until 06/2025
    ],
)
def test_places_are_compared_by_unit_not_by_code(civil: str, expected: str) -> None:
    at = {"ho_ten": "LÊ AN", "noi_dang_ky_khai_sinh": "xã Cẩm Giàng, thành phố Hải Phòng"}
    written = {"role": "nc", "noi_dang_ky_khai_sinh": civil}
    coded = encode(mentions({"ho_ten": "Lê An"} | written), residents(at))
    pairs = pl.DataFrame({"m": [0], "r": [0]}, schema={"m": pl.UInt32, "r": pl.UInt32})
    assert codes(PLACE, compare(coded.mentions, coded.residents, pairs, "nc")) == [expected]


def test_the_shipped_rules_hold_and_speak() -> None:
    rules = load_settings()
    assert {e.name for e in rules.evidence} == set(FIELDS)
    for evidence in rules.evidence:
        assert tuple(lv.code for lv in evidence.levels) == FIELDS[evidence.name]
    words = rules.describe()
    assert "name + birth + father + mother" in words
    assert "birth_swapped of the mention with birth" in words


def test_all_mistakes_of_a_rules_file_are_told_at_once(tmp_path) -> None:  # type: ignore[no-untyped-def]
    from reconcile.resources import rules_path

    text = rules_path("matching.toml").read_text(encoding="utf-8")
    broken = text.replace('key = ["cha"]', "").replace(
        '"given_plain", "birth"]', '"given_plain", "star_sign"]'
    )
    broken = broken.replace("review = ", "review = 9")
    path = tmp_path / "matching.toml"
    path.write_text(broken, encoding="utf-8")
    with pytest.raises(ReconcileError) as error:
        load_settings(path)
    assert "star_sign" in str(error.value)
    assert "thresholds" in str(error.value)


def test_a_unit_keeps_its_number_from_column_to_column() -> None:
    units = UnitNumbers()
    (first,) = units.number(pl.Series(["10903-1"]))
    assert units.number(pl.Series(["10543-3", None, "10903-1"])).to_list()[1:] == [None, first]
    of_today = units.number(pl.Series(["10543-3", None]))
    assert units.today(of_today).to_list() == of_today.to_list()
    assert units.texts()[:1].to_list() == ["10903-1"]


def test_what_random_pairs_cannot_show_stays_as_the_rules_say() -> None:
    """No pair of strangers in 1,000 shares a number: that says nothing about one in a million, but a lot about one in ten."""
    learned = _no_rarer({"so": [1e-9, 0.5], "sex": [1e-9, 0.9]}, {"so": [1e-6, 0.9], "sex": [0.1, 0.9]}, 1000)
    assert learned == {"so": [1e-6, 0.5], "sex": [0.003, 0.9]}


@pytest.mark.parametrize("bearers", [70, 70_000])
def test_how_a_name_goes_with_its_generation_is_counted_in_any_extract(bearers: int) -> None:
    """Two names, each of one decade, and the nameless: the same in a village and in a province."""
    given, decade = np.repeat([0, 1, -1], bearers), np.repeat([3, 5, 3], bearers)
    lifts = _lifts(given, decade)
    assert lifts[1, 5] == pytest.approx(np.log2(3))
    assert lifts[0, 3] == pytest.approx(np.log2(1.5))
    assert lifts[1, 3] == lifts[-1, 3] == lifts[0, -1] == 0
