"""Rules on single records: each finds its own mistake and nothing in a sound record."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from compare_tables import mentions, records

from reconcile.compare.validation import load, validate
from reconcile.normalize.tables import normalize_mentions, normalize_records
from reconcile.problems import ReconcileError
from reconcile.schema import MENTIONS

CHILD = {
    "ho_ten": "Nguyễn Văn Bình",
    "ngay_sinh": "15.05.1990",
    "ngay_dang_ky": "10.06.1990",
    "so": "1",
    "quyen_so": "01/1990",
}
RECORD = (
    "so",
    "quyen_so",
    "ngay_dang_ky",
    "loai_dang_ky",
    "ngay_su_kien",
    "ngay_su_kien_bang_chu",
    "noi_dang_ky",
    "ghi_chu",
    "loai_khai_sinh",
    "tinh_trang",
)


def broken(*rows: dict[str, Any], **options: Any) -> list[tuple[str, int]]:
    """(rule, row) of what a register of these rows breaks, read through the normaliser."""
    made = [{"so": str(n)} | row for n, row in enumerate(rows, 1)]
    people = mentions(*made)
    first = dict(reversed(list(zip(people["record_id"], made, strict=True))))
    of = [first[ident] for ident in records(people)["record_id"]]
    told = records(people).with_columns(
        [pl.Series(name, [row.get(name) for row in of], dtype=pl.String) for name in RECORD if name != "loai_dang_ky"]
    )  # fmt: skip
    told = told.with_columns(folder_commune=pl.lit("10918"))
    book = normalize_records(told)
    found = validate(book, normalize_mentions(people.select(MENTIONS.names), book), **options)
    return found.select("rule", "source_row").rows()


def test_a_sound_record_breaks_no_rule() -> None:
    assert broken(CHILD, as_of=dt.date(2026, 1, 1)) == []


WEDDING = CHILD | {"register": "KH", "role": "chong"}


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"ngay_dang_ky": "10.05.1990"}, "registered_before_birth"),
        ({"ngay_sinh_bang_chu": "mười sáu tháng năm năm 1990"}, "words_against_figures"),
        ({"ngay_dang_ky": "10.09.1990"}, "birth_deadline"),
        ({"quyen_so": "01/1991"}, "book_year"),
        ({"loai_dang_ky": "vội vàng"}, "registration_kind"),
        ({"ngay_sinh_me": "1980"}, "parent_age"),
        ({"ngay_sinh_cha": "1900"}, "parent_age"),
        ({"ho_ten": "Nguyễn Văn Bình 2"}, "name_with_digit"),
        ({"so": "3"}, "number_gap"),
        ({"so": "1/1991"}, "number_year"),
        ({"ho_ten": "Nguyễn Văn B?nh"}, "name_characters"),
        ({"ho_ten": "Bình"}, "name_of_one_word"),
        ({"ngay_sinh": "15.05.1890", "loai_dang_ky": "2"}, "year_too_early"),
        ({"loai_dang_ky": "4"}, "late_in_time"),
        ({"ghi_chu": "Đăng ký lại theo hồ sơ cũ"}, "re_registration_not_marked"),
        ({"gioi_tinh": "Nam", "so_dinh_danh": "030190001234"}, "number_against_person"),
        ({"so_dinh_danh": "030089001234"}, "number_against_person"),
        ({"dan_toc": "xã Cẩm Văn"}, "not_in_list"),
        ({"gioi_tinh": "7"}, "not_in_list"),
        ({"noi_cu_tru": ", , , "}, "place_empty"),
        (
            {"loai_khai_sinh": "3", "ho_ten_cha": "Nguyễn Văn Hải", "ho_ten_me": "Lê Thị Lan"},
            "birth_kind_parents",
        ),
        ({"loai_khai_sinh": "1", "ho_ten_me": "Lê Thị Lan"}, "birth_kind_parents"),
        ({"ngay_dang_ky": "10.06.2030", "quyen_so": "01/2030", "loai_dang_ky": "4"}, "registered_in_future"),
    ],
)
def test_a_rule_names_its_row(change: dict, rule: str) -> None:
    assert broken(CHILD | change, as_of=dt.date(2026, 1, 1)) == [(rule, 2)]


@pytest.mark.parametrize(
    ("born", "married", "role", "broken_rule"),
    [
        ("15.05.1995", "14.05.2015", "chong", True),  # law of 2014: 20 full years
        ("15.05.1995", "15.05.2015", "chong", False),
        ("15.05.1997", "14.05.2015", "vo", True),
        ("15.05.1997", "15.05.2015", "vo", False),
        ("15.05.1990", "15.05.2009", "chong", True),  # law of 2000: from the day after the 19th birthday
        ("15.05.1990", "16.05.2009", "chong", False),
        ("15.05.1990", "16.05.2007", "vo", False),
        ("1995", "02.01.2015", "chong", False),  # year only: taken as January
    ],
)
def test_the_age_at_marriage_follows_the_law_of_the_day(
    born: str, married: str, role: str, broken_rule: bool
) -> None:
    row = WEDDING | {
        "ngay_sinh": born,
        "ngay_dang_ky": married,
        "role": role,
        "quyen_so": f"01/{married[-4:]}",
    }
    assert broken(row) == ([("marriage_age", 2)] if broken_rule else [])


@pytest.mark.parametrize(("born", "expected"), [("15.05.1970", [2]), ("15.05.1968", [])])
def test_the_law_of_1959_is_only_told(born: str, expected: list[int]) -> None:
    row = WEDDING | {"ngay_sinh": born, "ngay_dang_ky": "01.06.1986", "role": "vo", "quyen_so": "01/1986"}
    assert only("marriage_age_1959", row) == expected
    assert only("marriage_age", row) == []
    assert load()["marriage_age_1959"].severity == "info"


def test_a_number_used_twice_is_named_on_both_rows() -> None:
    found = broken(CHILD, CHILD | {"so": "1"}, CHILD | {"so": "2"})
    assert found == [("number_repeated", 2), ("number_repeated", 3)]


def test_a_death_is_ordered() -> None:
    dead = {"register": "KT", "role": "nkt", "ho_ten": "Lê Thị Bé", "quyen_so": "01/1990", "so": "1"}
    late = dead | {"ngay_sinh": "1930", "ngay_chet": "20.06.1990", "ngay_su_kien": "20.06.1990", "ngay_dang_ky": "10.06.1990"}  # fmt: skip
    assert ("registered_before_death", 2) in broken(late)
    early = dead | {
        "ngay_sinh": "1950",
        "ngay_chet": "1940",
        "ngay_su_kien": "1940",
        "ngay_dang_ky": "10.06.1990",
    }
    assert ("death_before_birth", 2) in broken(early)


def test_a_book_with_one_date_throughout_is_told_on_every_row() -> None:
    found = broken(*[CHILD | {"so": str(n)} for n in range(1, 13)])
    assert found == [("one_date_in_book", row) for row in range(2, 14)]


def test_a_rule_can_be_left_out_or_changed_without_code() -> None:
    rules = load({"rules": {"birth_deadline": {"dimension": "timeliness", "severity": "minor", "days": 365, "sentence": "Muộn {chi_tiet}.", "source": "x"}}})  # fmt: skip
    assert broken(CHILD | {"ngay_dang_ky": "10.09.1990"}, rules=rules) == []
    assert broken(CHILD | {"ngay_dang_ky": "10.09.1991"}, rules=rules) == [("birth_deadline", 2)]


def test_all_mistakes_of_the_file_are_told_at_once() -> None:
    bad = {
        "rules": {
            "no_such": {},
            "parent_age": {"dimension": "x", "severity": "bad", "sentence": "{y}", "source": ""},
        }
    }
    with pytest.raises(ReconcileError) as error:
        load(bad)
    for expected in ("[rules.no_such]: no such rule", "dimension = 'x'", "severity = 'bad'", "use {gia_tri}"):
        assert expected in str(error.value)


PARENTS = {"ho_ten_cha": "Nguyễn Văn Hải", "ho_ten_me": "Trần Thị Lụa", "ngay_sinh_me": "02.02.1965"}


@pytest.mark.parametrize(
    ("name", "born", "expected"),
    [
        ("Nguyễn Văn An", "15.09.1990", True),  # four months
        ("Nguyễn Văn An", "16.05.1990", False),  # twins
        ("Nguyễn Văn An", "15.05.1991", False),
        ("Nguyễn Văn Bình", "15.09.1990", False),  # one child, registered twice
    ],
)
def test_siblings_are_months_apart_or_twins(name: str, born: str, expected: bool) -> None:
    younger = CHILD | PARENTS | {"ho_ten": name, "ngay_sinh": born, "ngay_dang_ky": "20.05.1991"}
    rules = {key: rule for key, rule in load().items() if key == "siblings"}
    first = CHILD | PARENTS | {"record_id": "KS.10918.1990.01.1"}
    found = broken(first, younger | {"record_id": "KS.10918.1991.01.2"}, rules=rules)
    assert bool(found) is expected


@pytest.mark.parametrize(
    ("ended", "expected"), [(None, True), ("Ly hôn theo bản án số 12", False)], ids=["open", "divorced"]
)
def test_a_second_marriage_while_the_first_is_open(ended: str | None, expected: bool) -> None:
    made = [
        CHILD | {"register": "KH", "role": "chong", "so_dinh_danh": "030090001234", "ho_ten_vo_chong": wife,
                 "record_id": f"KH.10918.{year}.01.1", "ngay_dang_ky": f"10.06.{year}"}
        for wife, year in (("Lê Thị Lan", 2012), ("Vũ Thị Ngần", 2018))
    ]  # fmt: skip
    people = mentions(*made)
    told = records(people).with_columns(
        ngay_dang_ky=pl.Series([row["ngay_dang_ky"] for row in made]),
        ghi_chu=pl.Series([ended, None], dtype=pl.String),
    )
    book = normalize_records(told)
    rules = {key: rule for key, rule in load().items() if key == "second_marriage"}
    found = validate(book, normalize_mentions(people.select(MENTIONS.names), book), rules=rules)
    assert found["record_id"].to_list() == (["KH.10918.2018.01.1"] if expected else [])


def only(rule: str, *rows: dict[str, Any], **options: Any) -> list[int]:
    """The rows that break one rule, the others left out."""
    rules = {key: value for key, value in load().items() if key == rule}
    assert rules
    return [row for _, row in broken(*rows, rules=rules, **options)]


def numbered(*rows: dict[str, Any]) -> list[dict[str, Any]]:
    """Rows with ids of their own, so that they are records of one book."""
    return [{"so": str(n), "record_id": f"R.{n}"} | CHILD | {"so": str(n)} | row for n, row in enumerate(rows, 1)]  # fmt: skip


DEATH = {"register": "KT", "role": "nkt", "ho_ten": "Lê Thị Bé", "ngay_sinh": "1930", "quyen_so": "01/1990"}


@pytest.mark.parametrize(
    ("kind", "registered", "expected"),
    [
        ("1", "20.06.1990", False),
        ("1", "27.06.1990", True),  # 16 days
        ("4", "27.06.1990", False),
        (None, "27.06.1990", False),
    ],
)
def test_a_death_registered_after_15_days_is_late(kind: str | None, registered: str, expected: bool) -> None:
    row = DEATH | {"ngay_chet": "11.06.1990", "ngay_su_kien": "11.06.1990", "ngay_dang_ky": registered, "loai_dang_ky": kind}  # fmt: skip
    assert bool(only("death_deadline", row)) is expected


@pytest.mark.parametrize(("born", "expected"), [("05.06.2019", [2]), ("05.06.2010", [])])
def test_only_what_was_registered_before_2016_is_registered_again(born: str, expected: list[int]) -> None:
    again = CHILD | {"ngay_sinh": born, "ngay_dang_ky": "10.06.2020", "loai_dang_ky": "2"}
    assert only("re_registered_new", again) == expected


@pytest.mark.parametrize(
    ("died", "parent", "expected"),
    [
        ("01.08.1989", "cha", False),  # 287 days
        ("01.07.1989", "cha", True),  # 318 days
        ("01.05.1990", "me", True),
        ("01.06.1990", "me", False),
    ],
)
def test_a_child_is_born_within_300_days_of_its_father_s_death(
    died: str, parent: str, expected: bool
) -> None:
    name = {"ho_ten": "Nguyễn Văn Hải" if parent == "cha" else "Lê Thị Lụa", "so_dinh_danh": "030060001234"}
    rows = [
        {"record_id": "KS.1", "source_row": 2} | CHILD,
        {"record_id": "KS.1", "source_row": 2, "role": parent, "ngay_sinh": "1960"} | name,
        DEATH | name | {"record_id": "KT.1", "ngay_chet": died, "ngay_su_kien": died, "ngay_sinh": "1960"},
    ]
    assert bool(only("born_after_death", *rows)) is expected


@pytest.mark.parametrize(
    ("note", "expected"),
    [
        ("Ly hôn theo quyết định số 5 của Tòa án ngày 01.02.1989", [3]),
        ("Ly hôn theo quyết định của Tòa án ngày 01/02/1990", []),
        (None, []),
    ],
)
def test_a_child_born_long_after_the_end_of_the_marriage_is_told(
    note: str | None, expected: list[int]
) -> None:
    wedding = WEDDING | {"record_id": "KH.1", "ho_ten": "Nguyễn Văn Hải", "ngay_sinh": "1960", "ho_ten_vo_chong": "Lê Thị Lụa", "ghi_chu": note, "ngay_dang_ky": "01.02.1985"}  # fmt: skip
    wedding |= {"spouse_birth_earliest": dt.date(1962, 1, 1), "spouse_birth_latest": dt.date(1962, 12, 31), "ngay_sinh_vo_chong": "1962"}  # fmt: skip
    child = CHILD | {"record_id": "KS.1", "ho_ten_cha": "Nguyễn Văn Hải", "ngay_sinh_cha": "1960", "ho_ten_me": "Lê Thị Lụa", "ngay_sinh_me": "1962"}  # fmt: skip
    assert only("born_after_divorce", wedding, child) == expected


def test_the_dead_do_not_marry() -> None:
    person = {"ho_ten": "Nguyễn Văn Hải", "so_dinh_danh": "030060001234", "ngay_sinh": "1960"}
    death = DEATH | person | {"record_id": "KT.1", "ngay_chet": "01.02.2010", "ngay_su_kien": "01.02.2010", "ngay_dang_ky": "05.02.2010"}  # fmt: skip
    before, after = (
        WEDDING | person | {"record_id": f"KH.{year}", "ngay_dang_ky": f"10.06.{year}"}
        for year in (2009, 2015)
    )
    assert only("after_own_death", death, before, after) == [4]


def test_a_gap_is_none_where_the_commune_changed_its_code_within_the_year() -> None:
    rows = numbered({}, {}, {"noi_dang_ky": "xã Cẩm Sơn, huyện Cẩm Giàng, tỉnh Hải Dương"})
    assert only("number_gap", *rows) == []
    assert only("number_gap", *rows[:1], rows[2]) == [3]


def test_a_date_out_of_the_order_of_numbers_is_named_and_its_neighbours_are_not() -> None:
    days = ["01.03.1990", "02.03.1990", "01.09.1990", "04.03.1990", "05.03.1990"]
    assert only("number_out_of_order", *numbered(*({"ngay_dang_ky": day} for day in days))) == [4]
    assert only("number_out_of_order", *numbered(*({"ngay_dang_ky": day} for day in sorted(days)))) == []


HERE = "xã Cẩm Định, huyện Cẩm Giàng, tỉnh Hải Dương"


@pytest.mark.parametrize(
    ("lives", "expected"),
    [
        ([HERE] * 12, 12),
        ([f"thôn Đông, {HERE}"] * 12, 0),
        ([HERE] * 11 + [f"thôn Đông, {HERE}"], 0),
        ([HERE] * 5, 0),
        (["xã Cẩm Vũ, huyện Cẩm Giàng, tỉnh Hải Dương"] * 12, 0),
    ],
)
def test_one_residence_in_a_whole_book_is_a_default(lives: list[str], expected: int) -> None:
    rows = numbered(*({"noi_cu_tru": text, "noi_dang_ky": HERE} for text in lives))
    assert len(only("residence_defaulted", *rows)) == expected


def test_many_first_of_january_are_defaults() -> None:
    rows = numbered(*({"ngay_sinh": "01.01.1990" if n < 6 else f"{n}.05.1990"} for n in range(12)))
    assert len(only("default_birth_dates", *rows)) == 6
    assert only("default_birth_dates", *rows[3:]) == []


def test_registrations_on_new_year_are_told_unless_the_whole_book_is() -> None:
    busy = [{"ngay_dang_ky": "01.01.1990" if n < 4 else f"{n}.03.1990"} for n in range(12)]
    assert len(only("registered_on_new_year", *numbered(*busy))) == 4
    whole = numbered(*([{"ngay_dang_ky": "01.01.1990"}] * 12))
    assert only("registered_on_new_year", *whole) == []
    assert len(only("one_date_in_book", *whole)) == 12


def test_one_number_on_two_persons_of_the_registers_is_named_also_without_links() -> None:
    mother = {"so_dinh_danh": "030165001234"}
    rows = [
        {"record_id": "KS.1", "source_row": 2} | CHILD | {"so_dinh_danh": "030090001234"},
        {"record_id": "KS.1", "source_row": 2, "role": "me", "ho_ten": "Lê Thị Lụa"} | mother,
        {"record_id": "KS.1", "source_row": 2, "role": "cha", "ho_ten": "Nguyễn Văn Hải"} | mother,
        CHILD | {"record_id": "KS.2", "ho_ten": "Vũ Thị Mai", "ngay_sinh": "1985", "so_dinh_danh": "030090001234"},
    ]  # fmt: skip
    assert len(only("number_of_two", *rows)) == 4
    assert only("number_of_two", rows[0], rows[1]) == []


def test_what_the_law_wants_is_asked_only_of_columns_that_the_file_has() -> None:
    rows = numbered({"gioi_tinh": "Nam"}, {"gioi_tinh": None})
    assert only("required", *rows) == [3]
    assert only("required", *rows[1:]) == []


@pytest.mark.parametrize(
    ("place", "kind", "expected"),
    [("tỉnh Hải Dương", "1", True), ("tỉnh Hải Dương", "2", False), (HERE, "1", False), ("Bệnh viện tỉnh Hải Dương", "1", False)],
)  # fmt: skip
def test_a_place_of_birth_names_its_commune_unless_registered_again(
    place: str, kind: str, expected: bool
) -> None:
    row = CHILD | {"ngay_sinh": "01.02.2018", "ngay_dang_ky": "10.02.2018", "noi_sinh": place, "loai_dang_ky": kind}  # fmt: skip
    assert bool(only("birthplace_vague", row)) is expected


def test_no_rule_fires_on_records_without_a_mistake() -> None:
    """Whatever fires on the clean mix is a false alarm."""
    from reconcile.ingest import read_civil
    from reconcile.synthetic import make

    with tempfile.TemporaryDirectory() as folder:
        make(2_500, "clean", 5, communes=3).write(Path(folder), "parquet")
        books = read_civil([Path(folder) / "civil"])
    told = normalize_records(books.records)
    found = validate(told, normalize_mentions(books.mentions, told), as_of=dt.date(2026, 11, 22))
    assert found.group_by("rule").len().rows() == []
