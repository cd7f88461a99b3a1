"""Mistakes: each does what its name says, and nothing where it is impossible."""

from __future__ import annotations

import unicodedata
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile.synthetic import mistakes, mistakes_names, mistakes_values

NAMES = st.sampled_from(
    [
        "Nguyễn Thị Hòa",
        "Trần Văn Đức",
        "Lý Mỹ Sương",
        "Phạm Quốc Giang",
        "Vũ Thị Thu Hương",
        "Đào Linh",
        "Lê Út",
    ]
)


@pytest.mark.parametrize(
    ("kind", "name", "wrong"),
    [
        ("no_marks", "Đỗ Thị Hường", "Do Thi Huong"),
        ("l_for_n", "Lê Thị Nga Linh", "Nê Thị Nga Ninh"),
        ("order", "Nguyễn Văn An", "An Nguyễn Văn"),
        ("eth", "Đào Văn Đức", "Ðào Văn Ðức"),
        ("tone_place", "Nguyễn Thị Hòa", "Nguyễn Thị Hoà"),
        ("telex", "Nguyễn Văn Đức", "Nguyeenx Vawn Dduwcs"),
        ("telex", "TRẦN THỊ HÒA", "TRAANF THIJ HOAF"),
        ("dob_swapped", "05.11.1990", "11.05.1990"),
        ("dob_swapped", "25.11.1990", "25.11.1990"),
        ("dob_swapped", "05.05.1990", "05.05.1990"),
        ("dob_5005", "01.02.2005", "01.02.5005"),
        ("dob_5005", "01.02.1995", "01.02.1995"),
        ("dob_year_only", "15.08.1970", "1970"),
        ("dob_month_only", "15/08/1970", "08/1970"),
        ("dob_placeholder", "15.08.1970", "01.01.1970"),
        ("no_zero", "030190000001", "30190000001"),
        ("as_float", "030190000001", "30190000001.0"),
        ("id_sex", "030190000001", "030090000001"),
        ("sex", "Nam", "Nữ"),
    ],
)
def test_what_a_mistake_does(kind: str, name: str, wrong: str) -> None:
    assert mistakes.KINDS[kind][0](name, Random(1)) == wrong


@given(NAMES, st.integers(0, 10_000))
def test_a_wrong_tone_changes_tones_only(name: str, seed: int) -> None:
    wrong = mistakes_names.tone(name, Random(seed))
    assert wrong == unicodedata.normalize("NFC", wrong)
    assert mistakes_names.plain(wrong) == mistakes_names.plain(name)
    assert wrong != name


@given(NAMES, st.integers(0, 10_000), st.sampled_from(["nfd", "eth", "blanks", "case", "tone_place"]))
def test_writing_keeps_the_letters(name: str, seed: int, kind: str) -> None:
    wrong = mistakes.KINDS[kind][0](name, Random(seed))
    assert mistakes.KINDS[kind][1] is None
    bare = " ".join(mistakes_names.plain(wrong.replace("Ð", "Đ").replace("ð", "đ")).split()).lower()
    assert bare == mistakes_names.plain(name).lower()


@given(
    st.dates(),
    st.integers(0, 1000),
    st.sampled_from(["dob_day", "dob_month", "dob_year", "dob_different", "dob_swapped"]),
)
def test_a_wrong_date_is_still_a_date(day: object, seed: int, kind: str) -> None:
    from datetime import date

    assert isinstance(day, date)
    if not 1900 <= day.year <= 2025:
        day = day.replace(year=1984)
    wrong = mistakes.KINDS[kind][0](day.strftime("%d.%m.%Y"), Random(seed))
    read = [int(x) for x in wrong.split(".")]
    date(read[2], read[1], read[0])


@given(st.integers(0, 10**12 - 1), st.integers(0, 1000))
def test_a_digit_typed_wrong_is_one_digit(number: int, seed: int) -> None:
    right = f"{number:012d}"
    wrong = mistakes_values.digit(right, Random(seed))
    assert sum(a != b for a, b in zip(right, wrong, strict=True)) == 1
    assert wrong[:6] == right[:6]
