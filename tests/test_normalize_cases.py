"""Accuracy on the committed cases of every kind, the frozen answers beside them, and columns against single values."""

from __future__ import annotations

import unicodedata
from collections import Counter

import normalize_cases
import polars as pl
import pytest

from reconcile import normalize
from reconcile.normalize.columns_texts import texts
from reconcile.normalize.distance import compare_name_pairs


@pytest.fixture(scope="module")
def answers() -> dict[str, list[normalize_cases.Row]]:
    return {kind: normalize_cases.answered(kind) for kind in normalize_cases.KINDS}


@pytest.mark.parametrize("kind", normalize_cases.KINDS)
def test_every_case_is_answered_as_expected(kind, answers):
    assert [answer for answer in answers[kind] if answer["ok"] != "yes"] == []


@pytest.mark.parametrize("kind", normalize_cases.KINDS)
def test_answers_are_the_frozen_ones(kind, answers):
    frozen = (normalize_cases.CASES / f"{kind}.frozen.csv").read_text(encoding="utf-8")
    assert normalize_cases.frozen_text(answers[kind]) == frozen, (
        "look at the change, then: scripts/freeze-cases"
    )


@pytest.mark.parametrize("kind", normalize_cases.KINDS)
def test_no_case_stands_twice_and_each_has_a_category(kind):
    cases = normalize_cases.rows(kind)
    keyed = {"kind"} if kind in {"numbers", "lists"} else set()
    keys = [tuple(case[c] for c in case if c in normalize_cases.GIVEN | keyed) for case in cases]
    twice = sorted(key for key, count in Counter(keys).items() if count > 1)
    assert (twice, [case for case in cases if not case["category"]]) == ([], [])
    assert len(cases) >= 150


def test_a_column_reads_as_its_cells_do():
    inputs = [case["input"] for case in normalize_cases.rows("names")] + [None]
    column = normalize.name(pl.Series("ho_ten", inputs)).to_list()
    for text, struct in zip(inputs, column, strict=True):
        assert struct == normalize.name(text).as_dict(), text


def test_an_expression_reads_as_a_column_does():
    frame = pl.DataFrame({"ho_ten": ["NGUYỄN THỊ HOÀ", None, "Ông Trần Văn An"]})
    lazy = frame.lazy().select(normalize.name(pl.col("ho_ten")).struct.field("key")).collect()
    assert lazy["key"].to_list() == ["nguyễn thị hòa", None, "trần văn an"]


def test_the_keys_of_a_name_follow_from_its_value():
    for case in normalize_cases.rows("names"):
        reading = normalize.name(case["input"])
        if reading.value is None:
            assert (reading.key, reading.plain, reading.phonetic, reading.given) == (None,) * 4
            continue
        assert reading.key == reading.value.lower().replace(".", "")
        bare = unicodedata.normalize("NFD", reading.key.replace("đ", "d"))
        assert reading.plain == "".join(c for c in bare if not unicodedata.combining(c))


def test_pairs_as_columns_and_both_ways():
    pairs = normalize_cases.rows("name_pairs")
    a, b = pl.Series([p["a"] for p in pairs] + [None]), pl.Series([p["b"] for p in pairs] + ["an"])
    forth, back = compare_name_pairs(a, b), compare_name_pairs(b, a)
    assert forth["kind"].to_list() == [p["kind"] for p in pairs] + [None]
    assert forth.equals(back)
    assert forth["similarity"].drop_nulls().is_between(0, 1).all()


def test_a_column_vote_takes_the_cells_that_fit_both_ways():
    legacy = pl.Series(["NguyÔn V¨n An", "TrÇn ThÞ BÝch", "Lª §×nh Tó", "Bé"])
    assert texts(legacy)["value"].to_list() == ["Nguyễn Văn An", "Trần Thị Bích", "Lê Đình Tú", "Bộ"]
    unicode = pl.Series(["Nguyễn Văn An", "Trần Thị Bích", "Lê Đình Tú", "Bé"])
    assert texts(unicode)["value"].to_list() == unicode.to_list()


def test_a_mixed_column_is_read_cell_by_cell_and_doubts_what_fits_both_ways():
    mixed = pl.Series(["NguyÔn V¨n An", "Nguyễn Văn An", "Trần Thị Bích", "Lê Đình Tú", "Bé", None])
    frame = texts(mixed)
    assert frame["value"].to_list() == ["Nguyễn Văn An", *mixed.to_list()[1:]]
    assert frame["doubtful"].to_list() == [False, False, False, False, True, False]


def test_fonts_decide_cell_by_cell():
    cells, fonts = (
        pl.Series(["Bé", "Bé", "h¶i d\u00ad¬ng"]),
        pl.Series([".VnTime", "Times New Roman", ".VnTimeH"]),
    )
    assert texts(cells, fonts)["value"].to_list() == ["Bộ", "Bé", "HẢI DƯƠNG"]


def test_texts_of_a_column_have_the_fields_of_a_single_text():
    inputs = ["NguyÔn V¨n An", "Nguyễn Văn An", "760 chỗ ë cho SV", None, ""]
    column = normalize.text(pl.Series("x", inputs)).to_list()
    assert column == [normalize.text(x).as_dict() for x in inputs]
    lazy = pl.DataFrame({"x": ["h¶i", None], "f": [".VnTimeH", None]}).select(
        normalize.text(pl.col("x"), font=pl.col("f"))
    )
    assert lazy["x"].struct.field("value").to_list() == ["HẢI", None]


def test_a_value_reads_as_itself():
    for case in normalize_cases.rows("names"):
        if case["value"]:
            assert normalize.name(case["value"]).value == case["value"], case["note"]


def test_a_short_column_is_decoded_like_a_long_one():
    """Short columns take another way through the code: the same cells among 600 blank ones give the same answers."""
    cells = [
        "NguyÔn V¨n Tuấn",
        "TrÇn ThÞ Bé",
        "Lê Thị Hòa",
        "Ph¹m V¨n §øc",
        "Bé",
        "Nguyeãn Thò Höông",
        None,
        "12",
    ]
    for part in (cells, cells[:2], cells[2:5], cells[4:6], cells[::-1]):
        short = texts(pl.Series(part, dtype=pl.String))
        long = texts(pl.Series([*part, *[None] * 600], dtype=pl.String))
        assert short.rows() == long.head(len(part)).rows()
