"""Every public function reads a Series and an Expr as it reads each string: the same fields, the same values."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from normalize_cases import rows, unescaped

from reconcile import normalize
from reconcile.normalize.dispatch import column_value, reading_dtypes

INPUTS = {
    "text": [unescaped(case["input"]) for case in rows("encodings") if not case["font"]],
    "name": [unescaped(case["input"]) for case in rows("names")],
    "date": [unescaped(case["input"]) for case in rows("dates")],
    "place": [unescaped(case["input"]) for case in rows("places")],
    "id": [unescaped(case["input"]) for case in rows("numbers") if case["kind"] == "id"],
    "number_words": [case["input"] for case in rows("numbers") if case["kind"] == "words"],
    "sex": [case["input"] for case in rows("lists") if case["kind"] == "sex"],
    "ethnicity": [case["input"] for case in rows("lists") if case["kind"] == "ethnicity"],
    "nationality": [case["input"] for case in rows("lists") if case["kind"] == "nationality"],
}


def fields(reading: object) -> dict[str, object]:
    return {name: column_value(getattr(reading, name)) for name in reading.__slots__}


@pytest.mark.parametrize("kind", [kind for kind in normalize.__all__ if kind != "text"])
def test_a_series_reads_as_its_values(kind: str) -> None:
    read = getattr(normalize, kind)
    inputs = [*INPUTS[kind], None, "", " ", *INPUTS[kind][:3]]
    column = read(pl.Series("x", inputs))
    assert (column.name, column.len()) == ("x", len(inputs))
    for text, got in zip(inputs, column.to_list(), strict=True):
        assert got == fields(read(text)), text


@pytest.mark.parametrize("kind", normalize.__all__)
def test_the_columns_of_a_reading_are_its_fields(kind: str) -> None:
    read = getattr(normalize, kind)
    for values in (INPUTS[kind], [], [None], [None, None, ""]):
        column = read(pl.Series("x", values, dtype=pl.String))
        assert column.dtype == pl.Struct(reading_dtypes(read.read))
        assert column.len() == len(values)


@pytest.mark.parametrize("kind", normalize.__all__)
def test_an_expression_reads_as_a_series(kind: str) -> None:
    read = getattr(normalize, kind)
    frame = pl.DataFrame({"x": INPUTS[kind]})
    lazy = frame.lazy().select(read(pl.col("x")))
    assert lazy.collect_schema()["x"] == pl.Struct(reading_dtypes(read.read))
    assert lazy.collect()["x"].to_list() == read(frame["x"]).to_list()


def test_options_go_with_the_rows() -> None:
    frame = pl.DataFrame(
        {
            "d": ["15/8/70", "15/8/70", "Canh Tuất", None],
            "registered": [date(1975, 1, 1), date(2072, 1, 1), date(1980, 1, 1), None],
            "p": ["Kiến An, Hải Phòng"] * 2 + ["x", None],
            "day": ["2000-01-01", "2026", None, None],
        }
    )
    got = frame.select(
        normalize.date(pl.col("d"), not_after=pl.col("registered")).struct.field("value").alias("d"),
        normalize.place(pl.col("p"), date=pl.col("day")).struct.field("value").alias("p"),
    )
    assert got["d"].to_list() == ["1970-08-15", "2070-08-15", None, None]  # Canh Tuất: 1910 or 1970
    assert got["p"].to_list()[:2] == ["307", "11443"]
    assert normalize.place("Kiến An, Hải Phòng", date="2026").value == "11443"


def test_numbers_and_true_dates_are_read_too() -> None:
    days = normalize.date(pl.Series([date(1970, 8, 15), None])).struct
    assert days.field("value").to_list() == ["1970-08-15", None]
    assert normalize.date(pl.Series([25569.0, 1970.0])).struct.field("value").to_list() == [
        "1970-01-01",
        "1970",
    ]
    assert normalize.id(pl.Series([30085001234])).struct.field("value").to_list() == ["030085001234"]


def test_other_types_are_told_what_to_do() -> None:
    with pytest.raises(TypeError, match=r"takes str, None, pl\.Series or pl\.Expr, not int"):
        normalize.name(7)
