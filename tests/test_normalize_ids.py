"""Numbers, register addresses and lists as columns, and what contradicts a number."""

from __future__ import annotations

import unicodedata
from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from normalize_cases import rows

from reconcile import normalize
from reconcile.normalize.code_lists import list_rows
from reconcile.normalize.columns_ids import ids
from reconcile.normalize.columns_lists import ethnicities, marital_statuses, nationalities, sexes
from reconcile.normalize.ids import check_id, read_id
from reconcile.normalize.lists import entry, read_ethnicity, read_marital_status, read_nationality, read_sex
from reconcile.normalize.registers import parse_pdf_name, pdf_name

IDS = [row["input"] for row in rows("numbers") if row["kind"] == "id"]


@pytest.mark.parametrize(
    ("number", "known", "codes"),
    [
        ("030085001234", {"sex": 1, "born": (date(1985, 3, 1), date(1985, 3, 1)), "province": "030"}, ()),
        ("030085001234", {"sex": 2}, ("ID_STRUCTURE_SEX",)),
        ("030085001234", {"born": (date(1986, 1, 1), date(1986, 12, 31))}, ("ID_STRUCTURE_YEAR",)),
        ("030204001234", {"born": (date(2004, 1, 1), date(2004, 12, 31)), "sex": 1}, ()),
        ("030085001234", {"province": "031"}, ("ID_PROVINCE",)),
        ("003085001234", {}, ("ID_PROVINCE",)),
        ("101085001234", {}, ()),
        ("141234567", {"sex": 2}, ()),
        (None, {"sex": 2}, ()),
    ],
)
def test_what_contradicts_a_number(
    number: str | None, known: dict[str, object], codes: tuple[str, ...]
) -> None:
    assert check_id(number, **known) == codes  # type: ignore[arg-type]


def test_a_column_of_numbers_reads_as_its_single_values() -> None:
    frame = ids(pl.Series([*IDS, None]))
    for text, row in zip(IDS, frame.head(len(IDS)).iter_rows(named=True), strict=True):
        single = read_id(text)
        assert (row["value"] or row["old"]) == single.value, text
        assert (row["province"], row["sex"], row["year"]) == (single.province, single.sex, single.year), text
        assert (row["notes"], row["doubtful"]) == (list(single.notes), single.doubtful), text
    assert frame.row(-1) == (None,) * 7


@given(st.integers(0, 3), st.integers(0, 99), st.integers(0, 999_999))
def test_what_excel_does_to_a_number_is_undone(century: int, year: int, rest: int) -> None:
    number = f"030{century}{year:02d}{rest:06d}"
    if len(set(number)) > 1:
        assert read_id(str(int(number))).value == number
        assert read_id(str(float(int(number)))).value == number
        assert read_id(number).value == number


@given(st.sampled_from(IDS))
def test_numbers_do_not_depend_on_the_unicode_form(text: str) -> None:
    assert (
        read_id(unicodedata.normalize("NFD", text)).value == read_id(unicodedata.normalize("NFC", text)).value
    )


@pytest.mark.parametrize(
    ("worker", "reader", "kind"),
    [
        (sexes, read_sex, "sex"),
        (ethnicities, read_ethnicity, "ethnicity"),
        (nationalities, read_nationality, "nationality"),
        (marital_statuses, read_marital_status, "marital"),
    ],
)
def test_a_column_of_entries_reads_as_its_single_values(worker, reader, kind: str) -> None:  # type: ignore[no-untyped-def]
    texts = [row["input"] for row in rows("lists") if row["kind"] == kind]
    assert worker(pl.Series([*texts, None])).to_list() == [*(reader(text).value for text in texts), None]


def test_entries_do_not_depend_on_the_unicode_form() -> None:
    for row in rows("lists"):
        if row["kind"] == "ethnicity":
            decomposed = unicodedata.normalize("NFD", row["input"])
            assert (read_ethnicity(decomposed).value or "") == row["value"]


def test_lists_are_whole() -> None:
    assert len(list_rows("id_provinces.csv")) == 63
    assert [row["code"] for row in list_rows("ethnic_groups.csv")] == [f"{n:02d}" for n in range(1, 56)]
    assert sorted(row["code_1979"] for row in list_rows("ethnic_groups.csv")[:54]) == [
        f"{n:02d}" for n in range(1, 55)
    ]
    provinces = {row["code"] for row in list_rows("id_provinces.csv")} | {""}
    assert {row["province"] for row in list_rows("cmnd_prefixes.csv")} <= provinces
    assert entry("identity_papers.csv", "cmnd")["digits"] == "9;12"


def test_public_functions_of_lists() -> None:
    assert normalize.sex("Nữ").value == 2
    assert normalize.id("30085001234.0").value == "030085001234"
    assert normalize.nationality("VIET NAM").value == "VN"
    assert normalize.ethnicity(pl.Series(["Kinh", "1"])).struct.field("value").to_list() == ["01", None]


@pytest.mark.parametrize(
    ("name", "book", "day", "number", "fit"),
    [
        ("KS.2016.01.2016-03-15.052.pdf", 1, date(2016, 3, 15), 52, True),
        ("KS.2017.01.2017-02-03.05.pdf", 1, date(2017, 2, 3), 5, True),
        ("KS.2016.01.2017-02-03.05", 1, date(2017, 2, 3), 5, True),  # a book that runs on into the next year
        ("ks.2012.12.2016-02-03.5.PDF", 12, date(2016, 2, 3), 5, False),
    ],
)
def test_pdf_names(name: str, book: int, day: date, number: int, fit: bool) -> None:
    parts = parse_pdf_name(f"sổ/{name}")
    assert parts is not None
    assert (parts.book, parts.day, parts.number, parts.years_fit) == (book, day, number, fit)


def test_pdf_names_read_back_and_others_are_none() -> None:
    built = pdf_name("CMC", 2016, 1, date(2016, 3, 15), 7, width=3)
    assert built == "CMC.2016.01.2016-03-15.007.pdf"
    assert parse_pdf_name(built) is not None
    assert parse_pdf_name("KS.2016.01.2016-02-30.05.pdf") is None
    assert parse_pdf_name("scan0001.pdf") is None
