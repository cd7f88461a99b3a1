"""Marriages, deaths, missing and repeated records."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
import pytest
from compare_tables import links, mentions, records, residents

from reconcile.compare import discrepancies, residents_without_birth

HUSBAND = {"ho_ten": "Nguyễn Văn Bình", "ngay_sinh": "15.05.1980", "ho_ten_vo_chong": "Lê Thị Lan"}


def marriage(n: int = 1, **change: Any) -> dict[str, Any]:
    return HUSBAND | {"register": "KH", "role": "chong", "record_id": f"KH.10918.2005.01.{n}", "ngay_dang_ky": "20.10.2005"} | change  # fmt: skip


def codes(
    civil: list[dict], population: list[dict], notes: dict[str, Any] | None = None, **options: Any
) -> list[tuple[str, str]]:
    left, right = mentions(*civil), residents(*population)
    told = records(left).with_columns(pl.lit(value).alias(name) for name, value in (notes or {}).items())
    found = discrepancies(links(left, right), left, right, told, **options)
    return found.select("field", "code").rows()


@pytest.mark.parametrize(
    ("status", "notes", "expected"),
    [
        ("married", {}, []),
        (None, {}, []),
        ("single", {}, [("tinh_trang_hon_nhan", "MARITAL_STATUS")]),
        ("widowed", {}, []),
        ("divorced", {}, []),
        ("divorced", {"tinh_trang": "Đã ly hôn"}, []),
        ("married", {"tinh_trang": "Đã ly hôn"}, [("tinh_trang_hon_nhan", "MARITAL_STATUS")]),
        (
            "married",
            {"ghi_chu": "Ly hôn theo bản án số 12 ngày 01/02/2010"},
            [("tinh_trang_hon_nhan", "MARITAL_STATUS")],
        ),
        ("married", {"tinh_trang": "Không có thông tin"}, []),
    ],
)
def test_a_marriage_and_the_population_agree_or_not(status: str | None, notes: dict, expected: list) -> None:
    assert codes([marriage()], [HUSBAND | {"marital_status": status}], notes) == expected


def test_divorced_and_married_again_is_no_contradiction() -> None:
    again = HUSBAND | {"marital_status": "married", "ho_ten_vo_chong": "Trần Thị Hồng"}
    assert codes([marriage()], [again], {"ghi_chu": "đã ly hôn"}) == []


@pytest.mark.parametrize(
    ("spouse", "one"),
    [
        ({"ho_ten_vo_chong": "Lê Thị Lan"}, True),
        ({"ho_ten_vo_chong": "Le Thi Lan"}, True),
        ({"ho_ten_vo_chong": "Lê Thị Nan"}, True),
        ({"ho_ten_vo_chong": "Lê Lan"}, True),
        ({"ho_ten_vo_chong": "Lê Thị Hồng"}, False),
        ({"ho_ten_vo_chong": "Lê Thị Hồng", "so_dinh_danh_vo_chong": "030182000001"}, True),
        ({"ho_ten_vo_chong": "Lê Thị Nan", "so_dinh_danh_vo_chong": "030182000009"}, False),
    ],
)
def test_an_ended_marriage_is_still_the_population_s_however_the_spouse_is_written(
    spouse: dict, one: bool
) -> None:
    civil = marriage(so_dinh_danh_vo_chong="030182000001")
    found = codes([civil], [HUSBAND | {"marital_status": "married"} | spouse], {"ghi_chu": "đã ly hôn"})
    assert found == ([("tinh_trang_hon_nhan", "MARITAL_STATUS")] if one else [])


@pytest.mark.parametrize(("number", "one"), [("030182000001", True), ("030182000009", False)])
def test_the_partner_s_own_row_tells_that_the_population_means_the_same_spouse(
    number: str, one: bool
) -> None:
    record = {"record_id": "KH.10918.2005.01.1", "source_row": 2}
    wife = {"ho_ten": "Lê Thị Lan", "ngay_sinh": "03.04.1982", "so_dinh_danh": "030182000001"}
    now = {"marital_status": "married", "ho_ten_vo_chong": "Lê Ngọc Lam", "so_dinh_danh_vo_chong": number}
    civil = mentions(
        marriage(**record),
        wife | {"register": "KH", "role": "vo", "ho_ten_vo_chong": HUSBAND["ho_ten"], "ngay_dang_ky": "20.10.2005"} | record,
    )  # fmt: skip
    population = residents(HUSBAND | now, wife | {"marital_status": "divorced"})
    told = records(civil).with_columns(ghi_chu=pl.lit("đã ly hôn"))
    found = discrepancies(links(civil, population), civil, population, told)
    assert (found["code"] == "MARITAL_STATUS").sum() == one


def test_no_marriage_in_the_population_contradicts_each_of_them() -> None:
    population = residents(HUSBAND | {"marital_status": "single"})
    civil = mentions(marriage(1), marriage(2, ho_ten_vo_chong="Trần Thị Hồng", ngay_dang_ky="01.02.2015"))
    both = pl.concat([links(civil[:1], population), links(civil[1:], population)])
    found = discrepancies(both, civil, population, records(civil)).filter(pl.col("code") == "MARITAL_STATUS")
    assert found.select("record_id", "civil_value").sort("record_id").rows() == [
        ("KH.10918.2005.01.1", "đã kết hôn (có bản ghi kết hôn sau đó)"),
        ("KH.10918.2005.01.2", "đã kết hôn"),
    ]


def test_the_spouse_s_name_is_compared() -> None:
    other = HUSBAND | {"marital_status": "married", "ho_ten_vo_chong": "Lê Thị Lân"}
    assert codes([marriage()], [other]) == [("ho_ten_vo_chong", "SPOUSE_NAME")]


def test_only_the_last_marriage_is_compared() -> None:
    now = HUSBAND | {"marital_status": "married", "ho_ten_vo_chong": "Trần Thị Hồng"}
    civil = mentions(marriage(1), marriage(2, ho_ten_vo_chong="Trần Thị Hồng", ngay_dang_ky="01.02.2015"))
    population = residents(now)
    both = pl.concat([links(civil[:1], population), links(civil[1:], population)])
    assert discrepancies(both, civil, population, records(civil)).is_empty()


def test_a_certificate_that_knows_of_a_marriage_contradicts_single() -> None:
    person = {"ho_ten": "Nguyễn Văn Bình", "ngay_sinh": "15.05.1980"}
    asked = person | {"register": "HN", "role": "nxn"}
    single = [person | {"marital_status": "single"}]
    assert codes([asked], single, {"tinh_trang": "Đang có vợ/chồng"}) == [
        ("tinh_trang_hon_nhan", "MARITAL_STATUS")
    ]
    assert codes([asked], single, {"tinh_trang": "Chưa đăng ký kết hôn"}) == []
    assert codes([asked], [person | {"marital_status": "married"}], {"tinh_trang": "Chưa kết hôn"}) == []


DEAD = {"ho_ten": "Phạm Thị Tẹo", "ngay_sinh": "1930", "ngay_chet": "12.05.2010"}


def test_a_declaration_of_death_that_was_annulled_is_no_death() -> None:
    civil = [DEAD | {"register": "KT", "role": "nkt"}]
    alive = [DEAD | {"ngay_chet": None}]
    assert codes(civil, alive) == [("tinh_trang_song", "DEAD_BUT_ALIVE")]
    assert codes(civil, alive, {"ghi_chu": "Hủy quyết định tuyên bố chết số 5/2012"}) == []


def test_a_dead_person_does_not_marry() -> None:
    person = HUSBAND | {"marital_status": "married", "ngay_chet": "01/01/2000"}
    assert ("tinh_trang_song", "ACTIVE_AFTER_DEATH") in codes([marriage()], [person])


def missing(**options: Any) -> dict[str, Any]:
    civil = mentions(DEAD | {"ngay_chet": None})
    alone = links(civil, residents(DEAD), tier="none").with_columns(
        resident_id=pl.lit(None, dtype=pl.String), population_row=pl.lit(None, dtype=pl.UInt32)
    )
    other = mentions(*options.pop("others", [])) if options.get("others") else civil.clear()
    found = discrepancies(alone, pl.concat([civil, other]), residents(HUSBAND), records(civil), **options)
    assert found["code"].to_list() == ["NOT_IN_POPULATION"]
    return found.to_dicts()[0]


def test_who_is_missing_in_the_population_is_told_with_the_likely_reason() -> None:
    assert missing()["variant"] is None
    assert missing(as_of=dt.date(2035, 1, 1))["variant"] == "old"
    assert missing(as_of=dt.date(1980, 1, 1))["variant"] == "after_extract"
    buried = DEAD | {"register": "KT", "role": "nkt", "record_id": "KT.1"}
    assert missing(others=[buried])["variant"] == "died"


def test_a_birth_registered_twice_is_told_on_both_records() -> None:
    child = {"ho_ten": "Vũ Thị Mai", "ngay_sinh": "02.03.1990"}
    population = residents(child)
    for kind, variant in (("1", None), ("2", "re_registered")):
        civil = mentions(child, child | {"loai_dang_ky": kind, "ngay_dang_ky": "01.01.1999"})
        both = pl.concat([links(civil[:1], population), links(civil[1:], population)])
        found = discrepancies(both, civil, population, records(civil))
        assert found["code"].to_list() == ["DUPLICATE_REGISTRATION"] * 2
        assert found["variant"].to_list() == [variant] * 2
        assert "KS.10918.1990.01.2" in found["message"][0]


def test_one_record_in_two_files_is_asked_once() -> None:
    child = {"ho_ten": "Vũ Thị Mai", "ngay_sinh": "02.03.1990", "record_id": "KS.1"}
    civil = mentions(child | {"source_file": "a.xlsx"}, child | {"source_file": "b.xlsx"})
    population = residents(child | {"ho_ten": "Vũ Thị Mái"})
    both = pl.concat([links(civil[:1], population), links(civil[1:], population)])
    found = discrepancies(both, civil, population, records(civil))
    assert found.select("code", "source_file").rows() == [("NAME_TONE", "a.xlsx")]


def test_one_number_on_two_residents_is_told_of_both_linked_or_not() -> None:
    one = {"ho_ten": "Vũ Thị Mai", "ngay_sinh": "02.03.1990", "so_dinh_danh": "030190001234"}
    other = one | {"ho_ten": "Đỗ Thị Hà"}
    civil, population = mentions(one), residents(one, other)
    found = discrepancies(links(civil, population[:1]), civil, population, records(civil))
    said = "Số định danh 030190001234 đang ghi cho 2 người trong dân cư."
    assert found.select("code", "population_row", "message").sort("population_row").rows() == [
        ("ID_DUPLICATE", 2, said),
        ("ID_DUPLICATE", 3, said),
    ]


MAI = {"ho_ten": "Vũ Thị Mai", "ngay_sinh": "02.03.1990", "gioi_tinh": "Nữ", "ho_ten_me": "Lê Thị Lụa"}


@pytest.mark.parametrize(
    ("change", "two"),
    [
        ({}, True),
        ({"ho_ten_me": "LÊ THỊ LỤA"}, True),
        ({"ho_ten_me": "Trần Thị Sen"}, False),
        ({"ho_ten_me": None}, False),
        ({"ngay_sinh": "1990"}, False),
        ({"ngay_sinh": "02.03.1991"}, False),
        ({"ho_ten": "Vũ Thị Mai Hoa"}, False),
        ({"gioi_tinh": "Nam"}, False),
        ({"so_dinh_danh_cu": "030190001234"}, False),
        ({"so_dinh_danh": None}, False),
    ],
)
def test_one_person_on_two_rows_of_the_extract(change: dict, two: bool) -> None:
    first = MAI | {"so_dinh_danh": "030190001234"}
    second = MAI | {"so_dinh_danh": "030190009876"} | change
    civil, population = mentions({"ho_ten": "An Na", "ngay_sinh": "1970"}), residents({"ho_ten": "An Na", "ngay_sinh": "1970"}, first, second)  # fmt: skip
    found = discrepancies(links(civil, population[:1]), civil, population, records(civil))
    told = found.filter(pl.col("code") == "ID_TWO_NUMBERS")
    assert sorted(told["population_row"].to_list()) == ([3, 4] if two else [])
    if two:
        assert "030190009876 (dòng 4)" in told.sort("population_row")["message"][0]


def test_the_second_row_of_a_linked_person_is_not_asked_for_a_birth_record() -> None:
    here = {"noi_dang_ky_khai_sinh": "xã Cẩm Định, huyện Cẩm Giàng, tỉnh Hải Dương"}
    first, second = (MAI | here | {"so_dinh_danh": number} for number in ("030190001234", "030190009876"))
    civil, population = mentions(MAI), residents(first, second)
    assert residents_without_birth(links(civil, population[:1]), population, records(civil)).is_empty()


def family(child: dict, mother: dict, theirs: dict) -> list[tuple[str, str]]:
    """(role, code) of a birth whose mother is linked to ``theirs`` in the population."""
    of = {"record_id": "KS.1", "source_row": 2}
    civil = mentions(of | child, of | {"role": "me"} | mother)
    population = residents({"ho_ten": child["ho_ten"], "ngay_sinh": child["ngay_sinh"]}, theirs)
    return discrepancies(links(civil, population), civil, population, records(civil)).select("role", "code").rows()  # fmt: skip


@pytest.mark.parametrize(
    ("written", "theirs", "expected"),
    [
        (None, "05/05/2001", [("me", "PARENT_TOO_YOUNG")]),
        ("2001", "05/05/2001", [("me", "PARENT_TOO_YOUNG")]),
        ("1985", "05/05/2001", [("me", "DOB_YEAR")]),  # the two dates differ: that is the question
        (None, "05/05/1985", []),
    ],
)
def test_a_mother_too_young_by_her_own_row(written: str | None, theirs: str, expected: list) -> None:
    child = {"ho_ten": "Vũ Thị Mai", "ngay_sinh": "02.03.2010", "ngay_dang_ky": "10.03.2010"}
    mother = {"ho_ten": "Lê Thị Lụa", "ngay_sinh": written, "ngay_dang_ky": "10.03.2010"}
    assert family(child, mother, {"ho_ten": "Lê Thị Lụa", "ngay_sinh": theirs}) == expected


@pytest.mark.parametrize(
    ("died", "expected"), [("01/03/2010", [("me", "BORN_AFTER_PARENT_DEATH")]), ("02/03/2010", [])]
)
def test_a_mother_called_dead_before_the_birth(died: str, expected: list) -> None:
    child = {"ho_ten": "Vũ Thị Mai", "ngay_sinh": "02.03.2010", "ngay_dang_ky": "10.03.2010"}
    mother = {"ho_ten": "Lê Thị Lụa", "ngay_sinh": "1985", "ngay_dang_ky": "10.03.2010"}
    theirs = {"ho_ten": "Lê Thị Lụa", "ngay_sinh": "05/05/1985", "ngay_chet": died}
    assert [row for row in family(child, mother, theirs) if row[1] != "DOB_PARTIAL"] == expected


@pytest.mark.parametrize(
    ("register", "role", "registered", "expected"),
    [
        ("KS", "me", "10.06.2018", "parent"),
        ("KS", "cha", "10.06.2010", None),  # an old book: parents may have died long ago
        ("CMC", "cm", "10.06.2010", "recognised"),
        ("KH", "vo", "10.06.2018", None),
    ],
)
def test_parents_and_who_recognised_a_child_are_missed_in_the_population(
    register: str, role: str, registered: str, expected: str | None
) -> None:
    civil = mentions({"ho_ten": "Lê Thị Lụa", "ngay_sinh": "1985", "register": register, "role": role, "ngay_dang_ky": registered})  # fmt: skip
    alone = links(civil, residents(HUSBAND), tier="none").with_columns(
        resident_id=pl.lit(None, dtype=pl.String), population_row=pl.lit(None, dtype=pl.UInt32)
    )
    found = discrepancies(alone, civil, residents(HUSBAND), records(civil))
    assert found["variant"].to_list() == ([expected] if expected else [])
    assert set(found["code"]) <= {"NOT_IN_POPULATION"}


def unlinked(*rows: dict[str, Any]) -> list[int]:
    """Rows told as registered twice, of mentions that nobody in the population answers to."""
    civil = mentions(*rows)
    nobody = residents(*(HUSBAND for _ in rows))
    alone = links(civil, nobody, tier="none").with_columns(
        resident_id=pl.lit(None, dtype=pl.String), population_row=pl.lit(None, dtype=pl.UInt32)
    )
    found = discrepancies(alone, civil, nobody, records(civil))
    return sorted(found.filter(pl.col("code") == "DUPLICATE_REGISTRATION")["source_row"].to_list())


GONE = DEAD | {"register": "KT", "role": "nkt", "ngay_sinh": "05.05.1930"}


@pytest.mark.parametrize(
    ("change", "twice"),
    [
        ({}, True),
        ({"ngay_sinh": "1930"}, True),
        ({"ho_ten": "Phạm Thị Téo"}, True),  # name misspelt, all else the same
        ({"ho_ten": "Tẹo Phạm Thị", "ngay_dang_ky": "01.02.2012"}, True),
        ({"ho_ten": "Vũ Văn Nam"}, False),
        ({"ngay_sinh": "05.05.1930", "commune_code": "10936"}, True),  # registered again elsewhere
        ({"ngay_sinh": "1930", "commune_code": "10936", "source_file": "khác.xlsx"}, False),
        ({"ngay_chet": "13.05.2010"}, False),
        ({"ngay_sinh": "1965"}, False),
    ],
)
def test_a_death_registered_twice_is_found_without_the_population(change: dict, twice: bool) -> None:
    assert unlinked(GONE, GONE | change) == ([2, 3] if twice else [])


CHILD = {
    "ho_ten": "Phạm Thanh Hùng",
    "ngay_sinh": "24.12.1982",
    "ho_ten_me": "Lê Thị Thoa",
    "ho_ten_cha": "Phạm Văn Uyển",
}


@pytest.mark.parametrize(
    ("change", "twice"),
    [
        ({}, True),
        ({"ho_ten_me": "Nê Thị Thoa"}, True),
        ({"ngay_sinh": "1982"}, True),
        ({"ngay_sinh": "1982", "ho_ten_me": "Vũ Thị Sen"}, False),
        ({"ngay_sinh": "24.12.1984"}, False),
        ({"ho_ten": "Phạm Thanh Hưng"}, False),  # a twin may be called so
        ({"ho_ten_me": "Vũ Thị Sen", "ho_ten_cha": "Trần Văn Núi"}, False),
    ],
)
def test_a_birth_registered_twice_is_found_without_the_population(change: dict, twice: bool) -> None:
    assert unlinked(CHILD, CHILD | change) == ([2, 3] if twice else [])


def test_a_marriage_registered_twice_is_told_of_the_husband() -> None:
    civil = mentions(marriage(1), marriage(2, ngay_dang_ky="01.02.2015"))
    population = residents(HUSBAND | {"marital_status": "married"})
    both = pl.concat([links(civil[:1], population), links(civil[1:], population)])
    found = discrepancies(both, civil, population, records(civil))
    assert found["code"].to_list() == ["DUPLICATE_REGISTRATION"] * 2


def test_residents_born_here_without_a_birth_record_are_listed() -> None:
    here = {"noi_dang_ky_khai_sinh": "xã Cẩm Định, huyện Cẩm Giàng, tỉnh Hải Dương"}
    known, unknown, elsewhere = (
        {"ho_ten": "A Na", "ngay_sinh": "02.03.1990"} | here,
        {"ho_ten": "B Na", "ngay_sinh": "02.03.1990"} | here,
        {"ho_ten": "C Na", "ngay_sinh": "02.03.1990"},
    )
    civil, population = mentions(known), residents(known, unknown, elsewhere)
    found = residents_without_birth(links(civil, population[:1]), population, records(civil))
    assert found["ho_ten"].to_list() == ["B Na"]


@pytest.mark.parametrize(
    ("note", "severity"),
    [
        ("Cải chính ngày sinh thành 5.3.1990 theo QĐ số 12", "info"),
        ("Cải chính ngày sinh thành 05/03/1990", "info"),
        ("Cải chính ngày sinh thành 06/03/1990", "major"),
        ("Đăng ký quá hạn, sinh 05/03/1990", "major"),
        (None, "major"),
    ],
)
def test_a_correction_in_the_notes_that_says_what_the_population_says_is_only_told(
    note: str | None, severity: str
) -> None:
    left = mentions({"ho_ten": "Nguyễn Văn Bình", "ngay_sinh": "05.04.1990", "role": "nks"})
    right = residents({"ho_ten": "Nguyễn Văn Bình", "ngay_sinh": "05/03/1990"})
    told = records(left).with_columns(ghi_chu=pl.lit(note, dtype=pl.String))
    found = discrepancies(links(left, right), left, right, told)
    assert found.select("code", "severity").rows() == [("DOB_MONTH", severity)]
