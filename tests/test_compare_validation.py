"""Rules on single records: each finds its own mistake and nothing in a sound record."""

from __future__ import annotations

import datetime as dt
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
)


def broken(*rows: dict[str, Any], **options: Any) -> list[tuple[str, int]]:
    """(rule, row) of what a register of these rows breaks, read through the normaliser."""
    made = [{"so": str(n)} | row for n, row in enumerate(rows, 1)]
    people = mentions(*made)
    told = records(people).with_columns(
        [pl.Series(name, [row.get(name) for row in made], dtype=pl.String) for name in RECORD if name != "loai_dang_ky"]
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
        ("15.05.1970", "01.06.1986", "vo", False),  # before 03/01/1987: not judged
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
