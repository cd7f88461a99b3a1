"""Deaths: most of the dead are no longer in the extract, so a name and a year alone prove little. What else speaks."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest
from match_tables import PLACE, codes, crowd, mentions, residents

from reconcile.match import link
from reconcile.match.departed import with_departed
from reconcile.match.encode import encode
from reconcile.match.evidence import APPLICANT, DEATH, compare
from reconcile.match.parts import DEPARTED
from reconcile.match.relations import last_seen
from reconcile.synthetic import make

DEAD = {
    "role": "nkt",
    "ho_ten": "Đào Văn Khoát",
    "ngay_sinh": "1941",
    "gioi_tinh": "1",
    "ngay_chet": "05.04.2004",
}
MAN = {
    "ho_ten": "ĐÀO VĂN KHOÁT",
    "ngay_sinh": "02/03/1941",
    "gioi_tinh": "Nam",
    "so_dinh_danh": "030041000011",
    "ho_ten_cha": "ĐÀO VĂN CỐN",
    "ho_ten_vo_chong": "BÙI THỊ THOA",
    "so_dinh_danh_vo_chong": "030143000012",
    "so_dinh_danh_chu_ho": "030041000011",
}
WIFE = {
    "ho_ten": "BÙI THỊ THOA",
    "ngay_sinh": "01/05/1943",
    "so_dinh_danh": "030143000012",
    "so_dinh_danh_vo_chong": "030041000011",
    "so_dinh_danh_chu_ho": "030041000011",
}
SON = {
    "ho_ten": "ĐÀO TRỌNG KHIÊM",
    "ngay_sinh": "11/07/1970",
    "so_dinh_danh": "030070000013",
    "so_dinh_danh_cha": "030041000011",
    "ho_ten_vo_chong": "VŨ THỊ NHÀI",
}
LODGER = {
    "ho_ten": "TRẦN HỮU QUÝ",
    "so_dinh_danh": "030072000014",
    "so_dinh_danh_chu_ho": "030041000011",
}
NOBODY = {"ho_ten": "LÊ VĂN BA", "ngay_sinh": "02/03/1941", "so_dinh_danh": "030041000015"}


def level(
    field: str, mention: dict[str, object], *people: dict[str, object], seen: int | None = None
) -> str | None:
    """Return the level of ``field`` between a death and the first of ``people``."""
    coded = encode(mentions(DEAD | mention), residents(*people))
    if seen is not None:
        alive = pl.DataFrame(
            {"claim": [0], "alive_on": [seen]}, schema={"claim": pl.UInt64, "alive_on": pl.Int32}
        )
        coded = replace(coded, mentions=replace(coded.mentions, told={"alive": alive}))
    pairs = pl.DataFrame({"m": [0], "r": [0]}, schema={"m": pl.UInt32, "r": pl.UInt32})
    return codes(field, compare(coded.mentions, coded.residents, pairs, "nkt"))[0]


@pytest.mark.parametrize(
    ("applicant", "relation", "expected"),
    [
        ("Đào Trọng Khiêm", "Con", "relative"),
        ("Đào Trọng Khiêm", "Con đẻ", "relative"),
        ("Đào Trọng Khiêm", None, "relative"),  # relation not said: any relative
        ("Đào Chọng Khiêm", "Con trai", "alike"),
        ("Bùi Thị Thoa", "Vợ", "relative"),
        ("Đào Văn Cốn", "Bố", "parent"),
        ("Vũ Thị Nhài", "Con dâu", "relative"),
        ("Trần Hữu Quý", "Con", "other_relative"),  # of the household, but no child
        ("Hoàng Văn Lạ", "Con", "absent"),
        ("Hoàng Văn Lạ", "Cháu", "unsettled"),  # the extract need not know a nephew
        (None, None, None),
    ],
)
def test_who_reported_the_death_is_looked_up_among_the_relatives(
    applicant: str | None, relation: str | None, expected: str | None
) -> None:
    said = {"nguoi_khai": applicant, "quan_he_nguoi_khai": relation}
    assert level(APPLICANT, said, MAN, WIFE, SON, LODGER) == expected


def test_a_resident_without_known_relatives_says_nothing_about_the_applicant() -> None:
    said = {"nguoi_khai": "Đào Trọng Khiêm", "quan_he_nguoi_khai": "Con"}
    assert level(APPLICANT, said, NOBODY, SON) is None


def test_a_name_that_many_bear_says_less_of_the_applicant() -> None:
    said = {"nguoi_khai": "Đào Trọng Khiêm", "quan_he_nguoi_khai": "Con"}
    namesakes = [SON | {"so_dinh_danh": f"03007000002{i}", "so_dinh_danh_cha": None} for i in range(2)]
    assert level(APPLICANT, said, MAN, WIFE, SON) == "relative"
    assert level(APPLICANT, said, MAN, WIFE, SON, *namesakes) == "common_name"


@pytest.mark.parametrize(
    ("child", "who", "expected"),
    [
        ("Đào Thị Lạ", WIFE, "surname"),  # an unknown child of hers, but with the husband's family name
        ("Hoàng Văn Lạ", WIFE, "other_surname"),
        ("Đào Thị Lạ", MAN, "absent"),  # of a man it is his own family name, as any namesake's child has
    ],
)
def test_an_unknown_child_of_a_woman_bears_her_husbands_family_name(
    child: str, who: dict[str, object], expected: str
) -> None:
    said = {"gioi_tinh": "2", "nguoi_khai": child, "quan_he_nguoi_khai": "Con"}
    others = [person for person in (MAN, WIFE) if person is not who]
    who = who | {"gioi_tinh": "Nữ" if who is WIFE else "Nam"}
    son = SON | {"so_dinh_danh_me": WIFE["so_dinh_danh"]}
    assert level(APPLICANT, said, who, *others, son) == expected


@pytest.mark.parametrize(
    ("widow", "expected"),
    [("Góa", "bereaved"), ("Đã kết hôn", "wed"), ("Đã ly hôn", "alive"), (None, "alive")],
)
def test_the_spouses_status_tells_who_is_dead_though_his_own_row_does_not(
    widow: str | None, expected: str
) -> None:
    wife = WIFE | {"tinh_trang_hon_nhan": widow}
    assert level(DEATH, {}, MAN, wife) == expected
    # her row alone names the other one
    assert level(DEATH, {}, MAN | {"so_dinh_danh_vo_chong": None}, wife) == expected
    assert level(DEATH, {}, MAN | {"ngay_chet": "05/04/2004"}, wife) == "exact"


def test_who_marries_after_the_death_is_another_person() -> None:
    day = pl.Series(["2006-01-01"]).str.to_date().to_physical()[0]
    assert level(DEATH, {}, MAN, WIFE, seen=day) == "lives_on"
    assert level(DEATH, {}, MAN, WIFE, seen=day - 2000) == "alive"


def test_links_of_other_records_say_when_somebody_was_alive() -> None:
    books = mentions(
        {"role": "nks", "record": "a", "ho_ten": "Đào Thị Út", "ngay_sinh": "01.02.1990"},
        {"role": "cha", "record": "a", "ho_ten": "Đào Văn Khoát"},
        {"role": "me", "record": "a", "ho_ten": "Bùi Thị Thoa"},
        {"role": "chong", "record": "b", "ho_ten": "Đào Trọng Khiêm"},
        {"role": "vo", "record": "b", "ho_ten": "Vũ Thị Nhài"},
    )
    coded = encode(books, residents(MAN, WIFE, SON, *crowd(3)))
    rows = {"m": pl.UInt32, "r": pl.UInt32}
    links = {
        role: pl.DataFrame({"m": [m], "r": [r]}, schema=rows)
        for role, m, r in (("cha", 1, 0), ("me", 2, 1), ("chong", 3, 2))
    }
    alive = last_seen(coded, links).mentions.told["alive"].sort("claim")
    assert alive["claim"].to_list() == [0, 1, 2]
    assert alive["alive_on"].cast(pl.Date).dt.to_string().to_list() == [
        "1989-04-07",
        "1990-02-01",
        "2005-06-01",
    ]


def test_the_generator_lets_a_grown_relative_report_a_death() -> None:
    made = make(2_000, "clean", 5)
    deaths = pl.concat(frame for name, frame in made.civil.items() if "/KT." in name)
    named = deaths.filter(pl.col("nycHoTen").is_not_null())
    assert 0.4 < named.height / deaths.height < 0.9
    relations = set(named["nycQuanHe"].drop_nulls())
    assert {"Con", "Vợ", "Chồng", "Mẹ"} <= relations
    wives = named.filter(pl.col("nycQuanHe") == "Vợ")
    assert (wives["nktGioiTinh"].is_in(["1", "Nam"])).all()


def test_an_applicant_without_a_candidate_is_no_error() -> None:
    nobody = link(mentions(DEAD | {"nguoi_khai": "Đào Trọng Khiêm"}), residents(*crowd(2)))
    assert nobody.links["tier"].to_list() == ["none"]


def test_a_dead_child_is_not_the_one_born_later_and_given_his_name() -> None:
    young = MAN | {"ngay_sinh": "02/03/2006"}
    assert level(DEATH, {"ngay_sinh": "01.01.2003"}, young) == "lives_on"


def test_a_parent_who_recognises_a_child_is_found_through_the_child() -> None:
    """Nothing but the child's row of the extract tells which of two namesakes recognised it."""
    books = mentions(
        {"role": "cm", "record": "a", "ho_ten": "Đào Văn Khoát"},
        {"role": "nc", "record": "a", "ho_ten": "Đào Trọng Khiêm", "ngay_sinh": "11.07.1970",
         "ho_ten_cha": "Đào Văn Khoát"},
    )  # fmt: skip
    namesake = MAN | {"so_dinh_danh": "030041000019", "ngay_sinh": "07/08/1944"}
    people = residents(namesake, MAN, SON | {"ho_ten_cha": "ĐÀO VĂN KHOÁT"}, *crowd(50))
    assert link(books, people).links["resident_id"].to_list() == ["030041000011", "030070000013"]


LATER = {"ngay_chet": "05.04.2018", "ngay_dang_ky": "06.04.2018"}
NAMED = {"ho_ten_cha": "ĐÀO VĂN KHOÁT", "que_quan": PLACE}


@pytest.mark.parametrize(
    ("record", "people", "expected"),
    [
        (LATER, [SON | NAMED], True),  # his number 030041… says: a man born in 1941
        (LATER, [SON | NAMED, MAN], False),  # he is in the extract himself
        (LATER | {"ngay_sinh": "1940"}, [SON | NAMED], False),
        (LATER, [SON | NAMED | {"que_quan": "xã Tân Trường, huyện Cẩm Giàng, tỉnh Hải Dương"}], False),
        (LATER, [SON | NAMED | {"so_dinh_danh_cha": "030141000011"}], False),  # of a woman
        ({}, [SON | NAMED], False),  # died before there were numbers
    ],
)
def test_a_dead_man_whom_only_his_children_name_is_not_his_namesake(
    record: dict[str, object], people: list[dict[str, object]], expected: bool
) -> None:
    coded = encode(mentions(DEAD | record), residents(*people))
    assert (with_departed(coded, "nkt").mentions.table["period"][0] == DEPARTED) == expected
    assert with_departed(coded, "nks").mentions.table["period"].equals(coded.mentions.table["period"])


def test_who_lives_on_after_the_death_is_never_linked_without_a_clerk() -> None:
    """A child given the name of one that died has all it had but the date of birth."""
    dead = DEAD | {
        "ngay_sinh": "02.03.2004",
        "nguoi_khai": "Đào Văn Cốn",
        "quan_he_nguoi_khai": "Cha",
        "noi_cu_tru": PLACE,
    }
    places = dict.fromkeys(("que_quan", "noi_thuong_tru", "noi_dang_ky_khai_sinh"), PLACE)
    young = MAN | places | {"ngay_sinh": "02/06/2004"}
    found = link(mentions(dead), residents(young, *crowd(3_000))).links
    assert found.select("tier", "resident_id").row(0) == ("review", MAN["so_dinh_danh"])
