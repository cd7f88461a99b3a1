"""Dates: words and figures, intervals, columns, pairs."""

from __future__ import annotations

import unicodedata
from datetime import date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from normalize_cases import rows

from reconcile import normalize
from reconcile.normalize.columns_dates import dates
from reconcile.normalize.date_pairs import (
    compare_dates,
    date_pair_kind,
    days_apart,
    figures_and_words_agree,
)
from reconcile.normalize.date_words import spell_date
from reconcile.normalize.dates import read_date
from reconcile.normalize.lunar import can_chi_position, can_chi_years, lunar_day, lunar_month, lunar_year
from reconcile.normalize.number_words import read_number_words, spell_number

FIRST, LAST = date(1900, 1, 1), date(2030, 12, 31)
DAYS = st.dates(FIRST, LAST)
TEXTS = [row["input"] for row in rows("dates")]


def test_every_day_of_130_years_reads_the_same_in_words_and_figures() -> None:
    day = FIRST
    while day <= LAST:
        reading = read_date(spell_date(day.year, day.month, day.day))
        assert (reading.earliest, reading.latest, reading.notes) == (day, day, ())
        day += timedelta(days=1)


def test_every_month_and_year_in_words() -> None:
    for year in range(1900, 2031):
        assert read_date(spell_date(year)).value == str(year)
        for month in range(1, 13):
            assert read_date(spell_date(year, month)).value == f"{year}-{month:02d}"


def test_every_number_below_ten_thousand_reads_back() -> None:
    assert [n for n in range(10_000) if read_number_words(spell_number(n)).value != n] == []


def test_spelling_is_the_official_reading() -> None:
    assert spell_number(2004) == "hai nghìn không trăm linh bốn"
    assert spell_number(1974) == "một nghìn chín trăm bảy mươi tư"
    assert spell_number(115) == "một trăm mười lăm"


@given(DAYS, st.sampled_from(["%d.%m.%Y", "%d/%m/%Y", "%Y-%m-%d", "%d%m%Y", "%Y%m%d", "%d-%m-%Y %H:%M"]))
def test_a_day_reads_as_itself_in_every_style(day: date, style: str) -> None:
    reading = read_date(datetime(day.year, day.month, day.day).strftime(style))  # noqa: DTZ001
    assert (reading.value, reading.earliest, reading.latest) == (day.isoformat(), day, day)


@given(DAYS)
def test_the_two_excel_calendars_give_the_same_day(day: date) -> None:
    serial = (day - date(1899, 12, 30)).days
    if serial >= 12_000:
        assert read_date(float(serial)).earliest == day
        assert read_date(serial - 1462, excel_epoch=1904).earliest == day


@given(st.sampled_from(TEXTS))
def test_reading_does_not_depend_on_the_unicode_form(text: str) -> None:
    a, b = (read_date(unicodedata.normalize(form, text)) for form in ("NFC", "NFD"))
    assert (a.value, a.earliest, a.latest, a.notes) == (b.value, b.earliest, b.latest, b.notes)


@pytest.mark.parametrize("text", TEXTS)
def test_a_solar_value_reads_back_as_itself_and_intervals_are_in_order(text: str) -> None:
    reading = read_date(text)
    assert (reading.earliest is None) == (reading.latest is None)
    if reading.value is None:
        assert reading.notes
        return
    assert reading.earliest is not None
    assert reading.latest is not None
    assert reading.earliest <= reading.latest
    if reading.calendar == "solar":
        again = read_date(reading.value)
        assert (again.value, again.earliest, again.latest) == (
            reading.value,
            reading.earliest,
            reading.latest,
        )


@settings(max_examples=300)
@given(st.text(alphabet="0123456789./- ?năthgbâlxy", max_size=14))
def test_no_text_breaks_the_reader(text: str) -> None:
    reading = read_date(text)
    assert reading.value is not None or reading.notes


def test_a_column_reads_as_its_single_values() -> None:
    column = pl.Series("x", [*TEXTS, None])
    frame = dates(column)
    for text, row in zip(TEXTS, frame.head(len(TEXTS)).iter_rows(named=True), strict=True):
        single = read_date(text)
        assert (row["value"], row["earliest"], row["latest"], row["doubtful"]) == (
            single.value,
            single.earliest,
            single.latest,
            single.doubtful,
        ), text
        assert row["notes"] == list(single.notes), text
        assert row["calendar"] == single.calendar, text
    assert frame.row(-1) == (None,) * 6


def test_a_column_takes_each_rows_own_limit() -> None:
    limits = pl.Series([date(2017, 1, 9), date(1999, 1, 1), None])
    assert dates(pl.Series(["15/8/10"] * 3), not_after=limits)["value"].to_list() == [
        "2010-08-15",
        "1910-08-15",
        None,
    ]


@pytest.mark.parametrize(
    "column",
    [
        pl.Series([date(2016, 3, 15)]),
        pl.Series([datetime(2016, 3, 15)]),  # noqa: DTZ001
        pl.Series([42444]),
        pl.Series([42444.0]),
        pl.Series(["2016-03-15 00:00:00"]),
    ],
)
def test_columns_of_other_types(column: pl.Series) -> None:
    assert dates(column)["earliest"].to_list() == [date(2016, 3, 15)]


def test_an_empty_column_and_one_of_nulls() -> None:
    assert dates(pl.Series([], dtype=pl.String)).height == 0
    assert dates(pl.Series([None, None], dtype=pl.String))["value"].null_count() == 2


def test_the_public_function_takes_text_series_and_expression() -> None:
    assert normalize.date("15.08.1970").as_dict() == {
        "input": "15.08.1970",
        "value": "1970-08-15",
        "earliest": "1970-08-15",
        "latest": "1970-08-15",
        "calendar": "solar",
        "notes": [],
        "doubtful": False,
    }
    assert normalize.date(pl.Series(["1970"])).struct.field("latest").to_list() == [date(1970, 12, 31)]


# pairs


@given(DAYS, DAYS)
def test_pairs_do_not_depend_on_order(a: date, b: date) -> None:
    assert compare_dates(a, b) == compare_dates(b, a)


def test_the_expression_gives_the_kind_of_the_single_comparison() -> None:
    pairs = rows("date_pairs")
    sides = [dates(pl.Series([row[side] for row in pairs])) for side in "ab"]
    frame = pl.DataFrame(
        {f"{s}{p}": side[p] for s, side in zip("ab", sides, strict=True) for p in ("earliest", "latest")}
    )
    intervals = tuple(map(pl.col, ("aearliest", "alatest", "bearliest", "blatest")))
    answers = frame.select(kind=date_pair_kind(*intervals), days=days_apart(*intervals))
    assert answers["kind"].to_list() == [row["kind"] for row in pairs]
    assert answers["days"].to_list() == [
        int(row["days_apart"]) if row["days_apart"] else None for row in pairs
    ]


@given(DAYS, DAYS, st.sampled_from(["day", "month", "year"]), st.sampled_from(["day", "month", "year"]))
def test_expression_and_single_comparison_agree_on_any_precision(a: date, b: date, pa: str, pb: str) -> None:
    texts = [d.isoformat()[: {"day": 10, "month": 7, "year": 4}[p]] for d, p in ((a, pa), (b, pb))]
    x, y = (read_date(text) for text in texts)
    frame = pl.DataFrame({"a": [x.earliest], "b": [x.latest], "c": [y.earliest], "d": [y.latest]})
    kind = frame.select(date_pair_kind(*map(pl.col, "abcd"))).item()
    assert kind == compare_dates(x, y).kind


@pytest.mark.parametrize(
    ("figures", "words", "agree"),
    [
        ("15.08.1970", "ngày mười lăm tháng tám năm một nghìn chín trăm bảy mươi", True),
        ("15.08.1970", "ngày mười lăm tháng chín năm một nghìn chín trăm bảy mươi", False),
        ("15.08.1970", "năm một nghìn chín trăm bảy mươi", True),
        ("15.08.1970", "", None),
        ("1970", "ngày mười lăm tháng tám năm một chín bảy mươi", True),
    ],
)
def test_date_in_words_against_figures(figures: str, words: str, agree: bool | None) -> None:
    assert figures_and_words_agree(figures, words) is agree


# lunar


def test_lunar_days_follow_the_vietnamese_calendar_not_the_chinese() -> None:
    assert lunar_day(1968, 1, 1) == date(1968, 1, 29)  # Tết Mậu Thân in the north: a day before the Chinese
    assert lunar_day(1985, 1, 1) == date(1985, 1, 21)  # a month before the Chinese
    assert lunar_day(1965, 1, 1) == date(1965, 2, 2)  # UTC+8 calendar of the time


def test_lunar_year_and_month_are_whole() -> None:
    for year in range(1930, 2030):
        first, last = lunar_year(year) or (date.min, date.min)
        assert (last - first).days + 1 in {353, 354, 355, 383, 384, 385}
        for month in range(1, 13):
            start, end = lunar_month(year, month) or (date.min, date.min)
            assert (end - start).days + 1 in {29, 30}


def test_can_chi_cycle() -> None:
    assert can_chi_years(can_chi_position("at", "suu") or -1, 1900, 2000) == [1925, 1985]
    assert can_chi_position("giap", "suu") is None  # stem and branch of unlike parity never meet
    assert can_chi_position("at", "ty") == can_chi_position("at", "ti") == 41  # Ất Tỵ; Ất Tý does not exist
