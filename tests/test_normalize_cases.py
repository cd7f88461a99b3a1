"""Accuracy on the committed cases: syllables, names, encodings, name pairs; and the frozen results beside them."""

from __future__ import annotations

import unicodedata

import normalize_cases
import polars as pl
import pytest

from reconcile import normalize
from reconcile.normalize.columns_texts import texts
from reconcile.normalize.distance import compare_name_pairs, compare_names


def cases(kind: str) -> list:
    return [
        pytest.param(case, id=f"{kind}:{number} {case['category']}")
        for number, case in enumerate(normalize_cases.rows(kind), start=2)
    ]


@pytest.mark.parametrize("case", cases("syllables"))
def test_syllable(case):
    result = normalize_cases.syllables(case)
    assert (result["valid"], result["canonical"]) == (case["valid"], case["canonical"]), case["note"]


@pytest.mark.parametrize("case", cases("names"))
def test_name(case):
    result = normalize_cases.names(case)
    wanted = {column: case[column] for column in ("value", "notes", "doubtful")}
    assert {column: result[column] for column in wanted} == wanted, case["note"]
    if case["phonetic"]:
        assert result["phonetic"] == case["phonetic"], case["note"]


@pytest.mark.parametrize("case", cases("encodings"))
def test_encoding(case):
    wanted = {column: case[column] for column in ("value", "encoding", "doubtful")}
    assert normalize_cases.encodings(case) == wanted, case["note"]


@pytest.mark.parametrize("case", cases("name_pairs"))
def test_name_pair(case):
    assert compare_names(case["a"], case["b"]).kind == case["kind"], case["note"]


@pytest.mark.parametrize("kind", normalize_cases.KINDS)
def test_results_are_the_frozen_ones(kind):
    """A changed result shows in review: run scripts/freeze-cases and commit the difference."""
    path = normalize_cases.CASES / f"{kind}.frozen.csv"
    assert path.read_text(encoding="utf-8") == normalize_cases.frozen(kind)


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
