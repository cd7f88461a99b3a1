"""Are two places the same, over time? What each answer means, and the tables behind it."""

import datetime as dt
from collections import Counter
from itertools import pairwise

import polars as pl
import pytest

from reconcile.normalize.gazetteer import REFORM, gazetteer
from reconcile.normalize.places import same_place
from reconcile.normalize.places_lookup import (
    commune_of_folder,
    communes_of,
    current_communes,
    current_units,
    id_province,
    lineage_key,
    lineage_keys,
    province_of,
)
from reconcile.normalize.places_relation import relation, relations
from reconcile.resources import rules_path

LAI_CACH = "TT Lai Cách, Cẩm Giàng, Hải Dương"


@pytest.mark.parametrize(
    ("a", "b", "answer"),
    [
        ("xã Cẩm Hưng, Cẩm Giàng, Hải Dương", "Cẩm Hưng - Cẩm Giàng - HD", "same"),
        ("xã Cẩm Hưng, Cẩm Bình, Hải Hưng", "xã Cẩm Hưng, Cẩm Giàng, Hải Dương", "same"),
        ("xã Cẩm Hưng, Cẩm Giàng, Hải Dương", "xã Cẩm Giàng, thành phố Hải Phòng", "renamed_or_merged"),
        ("xã Cẩm Sơn, Cẩm Giàng, Hải Dương", "xã Định Sơn, Cẩm Giàng, Hải Dương", "renamed_or_merged"),
        ("xã Cẩm Sơn, Cẩm Giàng, Hải Dương", "xã Cẩm Giang, Hải Phòng", "renamed_or_merged"),
        (LAI_CACH, "phường Tứ Minh, Hải Phòng", "renamed_or_merged"),
        (LAI_CACH, "phường Việt Hòa, Hải Phòng", "renamed_or_merged"),
        ("xã Lai Cách, Cẩm Bình, Hải Hưng", LAI_CACH, "renamed_or_merged"),
        (LAI_CACH, "xã Cẩm Giang, Hải Phòng", "different"),
        (LAI_CACH, "phường Tứ Minh, TP Hải Dương, tỉnh Hải Dương", "different"),
        ("xã Cẩm Giang, Hải Phòng", "xã Cẩm Giàng, Hải Phòng", "different"),
        ("xã Cẩm Văn, Cẩm Giàng, Hải Dương", "xã Cẩm Vũ, Cẩm Giàng, Hải Dương", "different"),
        ("xã Cẩm Đoài, Cẩm Giàng, Hải Dương", "Cẩm Giàng, Hải Dương", "part_of"),
        ("xã Cẩm Đoài, Cẩm Giàng, Hải Dương", "tỉnh Hải Hưng", "part_of"),
        ("xã Cẩm Giang, Hải Phòng", "huyện Cẩm Giàng, Hải Dương", "part_of"),
        ("xã Cẩm Đoài, Cẩm Giàng, Hải Dương", "thành phố Hải Phòng", "part_of"),
        ("xã Cẩm Đoài, Cẩm Giàng, Hải Dương", "huyện Tứ Kỳ, Hải Dương", "different"),
        ("phường Hưng Đạo, Hải Phòng", "tỉnh Hải Dương", "different"),
        ("tỉnh Hải Dương", "tỉnh Hải Hưng", "renamed_or_merged"),
        ("Cẩm Giàng, Hải Dương", "Cẩm Bình, Hải Hưng", "renamed_or_merged"),
        ("xã Ninh Thành, Ninh Giang, Hải Dương", "xã Tân Hương, Ninh Giang, Hải Dương", "unknown"),
        ("", "tỉnh Hải Dương", "unknown"),
        ("Quang Trung, Hải Dương", "xã Quang Trung, Tứ Kỳ, Hải Dương", "unknown"),
        ("Quang Trung, Hải Dương", "Cẩm Vũ, Cẩm Giàng, Hải Dương", "different"),
    ],
)
def test_same_place(a: str, b: str, answer: str) -> None:
    assert same_place(a, None, b, None) == answer
    assert same_place(b, None, a, None) == answer


def test_relations_are_those_of_single_pairs() -> None:
    a = pl.Series(["10891-1", "10888-1", None, "10894-1"])
    b = pl.Series(["10891-2", "10903-2", "30-1", "295-1"])
    assert relations(a, b).to_list() == ["renamed_or_merged", "different", "unknown", "part_of"]


def test_relation_is_symmetric_for_split_units() -> None:
    for old, heirs in gazetteer().successors.items():
        for new, _ in heirs[:1]:
            assert relation(old, new) == relation(new, old) == "renamed_or_merged"


class TestLookups:
    def test_a_code_is_valid_only_with_a_date(self) -> None:
        names = {
            day: gazetteer().at("10903", dt.date.fromisoformat(day)) for day in ("2015-01-01", "2026-01-01")
        }
        assert [unit.name for unit in names.values() if unit] == ["Xã Ngọc Liên", "Xã Cẩm Giàng"]

    def test_current_units_of_a_split_commune(self) -> None:
        assert [u.code for u in current_units("10891", dt.date(2015, 1, 1))] == ["10543", "10891"]
        assert [u.name for u in current_units("10891", dt.date(2026, 1, 1))] == ["Phường Tứ Minh"]

    def test_lineage_keys_compare_residences_over_time(self) -> None:
        assert lineage_key("10894-1") == lineage_key("10903-1") == "10903"
        assert lineage_key("10891-1") == "10543+10891"
        assert lineage_keys(pl.Series(["10894-1", None, "cam-binh"])).to_list()[:2] == ["10903", None]
        assert lineage_keys(pl.Series([None], dtype=pl.String)).to_list() == [None]

    def test_current_communes_of_a_column(self) -> None:
        days = pl.Series([dt.date(2010, 1, 1), dt.date(2010, 1, 1), None, None])
        assert current_communes(pl.Series(["10894", "10891", "99999", None]), days).to_list() == [
            "10903",
            "10543",
            None,
            None,
        ]

    def test_province_and_number(self) -> None:
        assert province_of("10894-1").code == "30"  # type: ignore[union-attr]
        assert id_province("10894-1", dt.date(2018, 5, 1)) == "030"
        assert id_province("10894-1", dt.date(1980, 5, 1)) == "030"
        assert id_province("10894-1", dt.date(2026, 5, 1)) == "031"
        assert id_province("hai-hung", dt.date(1980, 5, 1)) is None
        assert id_province("cam-binh", dt.date(1980, 5, 1)) == "030"

    @pytest.mark.parametrize(
        ("area", "day", "count"),
        [
            ("295", "2015-01-01", 19),
            ("295", "2021-01-01", 17),
            ("295", "2025-03-01", 15),
            ("30", "2004-09-01", 263),
            ("30", "2010-01-01", 265),
            ("30", "2020-01-01", 235),
            ("30", "2025-03-01", 207),
            ("31", "2025-03-01", 167),
            ("31", "2026-01-01", 114),
        ],
    )
    def test_communes_of_an_area(self, area: str, day: str, count: int) -> None:
        """Counts of domain.md §8.2 and of NQ 788, 1232, 1250 and 1669."""
        assert len(communes_of(area, dt.date.fromisoformat(day))) == count

    @pytest.mark.parametrize(
        ("name", "code"),
        [
            ("10918", "10918"),
            ("10918_Dinh Son", "10918"),
            ("xa-cam-hung", "10894"),
            ("Cẩm Hưng", "10894"),
            ("2016", None),
            ("Hải Dương", None),
            ("99999", None),
        ],
    )
    def test_the_commune_of_a_folder(self, name: str, code: str | None) -> None:
        assert commune_of_folder(name, within="Cẩm Giàng, Hải Dương") == code


class TestTables:
    def test_they_are_small_enough_for_a_wheel(self) -> None:
        size = sum(
            rules_path("places", name).stat().st_size for name in ("units.csv.gz", "successions.csv.gz")
        )
        assert size < 1_000_000

    def test_the_scars_of_the_lists_are_mended(self) -> None:
        names = {unit.name for unit in gazetteer().units.values()}
        assert "Xã Ái Quốc" in names
        assert not {name for name in names if "  " in name or name.endswith(("oà", "uỷ", "oá"))}

    def test_the_country_of_the_reform(self) -> None:
        today = Counter(unit.level for unit in gazetteer().units.values() if unit.valid_to is None)
        assert today == {1: 34, 3: 3321}

    def test_one_code_has_one_bearer_on_a_day(self) -> None:
        for bearers in gazetteer().by_code.values():
            spans = sorted((unit.start, unit.end) for unit in bearers)
            assert all(first[1] <= second[0] for first, second in pairwise(spans))

    def test_every_succession_goes_forward_in_time(self) -> None:
        places = gazetteer()
        for old, heirs in places.successors.items():
            for new, _ in heirs:
                assert places.units[old].start < places.units[new].end

    def test_every_commune_of_hai_duong_at_the_reform_has_a_successor(self) -> None:
        for unit in communes_of("30", REFORM - dt.timedelta(days=1)):
            assert gazetteer().current(unit.unit_id), unit.name

    def test_34_communes_of_hai_duong_were_split(self) -> None:
        old = communes_of("30", REFORM - dt.timedelta(days=1))
        assert sum(len(gazetteer().current(unit.unit_id)) > 1 for unit in old) == 34

    def test_every_fact_says_how_certain_it_is(self) -> None:
        units = pl.read_csv(rules_path("places", "units.csv.gz"), infer_schema=False)
        links = pl.read_csv(rules_path("places", "successions.csv.gz"), infer_schema=False)
        known = {"listed", "table", "law", "reported", "derived", "memory"}
        assert set(units["certainty"]) | set(links["certainty"]) <= known
        assert units["source"].null_count() == 0
