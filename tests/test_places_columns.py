"""Whole columns give what single texts give, in order, nulls included."""

import datetime as dt
import subprocess
import sys

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from reconcile import normalize
from reconcile.normalize.columns_places import SCHEMA, places
from reconcile.normalize.gazetteer import gazetteer
from reconcile.normalize.places import read_place
from reconcile.normalize.places_parts import prepare

WORDS = st.sampled_from(
    [
        "xã",
        "X.",
        "huyện",
        "H.",
        "tỉnh",
        "T.",
        "TP.",
        "TT",
        "thị",
        "trấn",
        "thôn",
        "khu",
        "Q1",
        "p.5",
        "(nay",
        "là)",
        "Cẩm",
        "Hưng",
        "Giàng",
        "Giang",
        "Bình",
        "Hải",
        "Dương",
        "Phòng",
        "Hòa",
        "Hoà",
        "Thuỷ",
        "Nguyên",
        "Bà",
        "Rịa",
        "-",
        "Vũng",
        "Tàu",
        "HD",
        "TPHCM",
        ",",
        ";",
        "/",
        ".",
        "-",
        "nt",
        "Lai",
        "Cách",
        "Ð",
        "đ",
    ]
)
ADDRESSES = st.lists(WORDS, max_size=9).map(" ".join) | st.text(max_size=15)


@given(st.lists(ADDRESSES | st.none(), max_size=12))
@settings(max_examples=150, deadline=None)
def test_a_column_reads_as_its_values(texts: list[str | None]) -> None:
    column = places(pl.Series("x", texts, dtype=pl.String))
    single = [read_place(text) for text in texts]
    assert column["code"].to_list() == [reading.value for reading in single]
    assert column["notes"].to_list() == [list(reading.notes) for reading in single]
    assert column["doubtful"].to_list() == [reading.doubtful for reading in single]


def test_columns_and_dates() -> None:
    texts = pl.Series(["Kiến An, Hải Phòng", "Kiến An, Hải Phòng", None, "TT Lai Cách, Cẩm Giàng, HD"])
    dates = pl.Series([dt.date(2000, 1, 1), dt.date(2026, 1, 1), None, None])
    table = places(texts, dates)
    assert table.schema == pl.Schema(SCHEMA)
    assert table["code"].to_list() == ["307", "11443", None, "10891"]
    assert table["level"].to_list() == ["district", "commune", None, "commune"]
    assert table["current"].to_list()[3] == ["10543", "10891"]


def test_every_unit_name_is_read_as_by_hand() -> None:
    texts = sorted({unit.name for unit in gazetteer().units.values()})[::7]
    assert places(pl.Series(texts))["unit_id"].to_list() == [read_place(text).unit_id for text in texts]


def test_an_empty_column() -> None:
    assert places(pl.Series("x", [], dtype=pl.String)).height == 0


def test_the_public_function_takes_text_series_and_expressions() -> None:
    frame = pl.DataFrame({"noi": ["xã Cẩm Hưng, Cẩm Giàng, Hải Dương", None]})
    assert normalize.place("Cẩm Hưng, Cẩm Giàng, HD").value == "10894"
    assert normalize.place(frame["noi"]).struct.field("value").to_list() == ["10894", None]
    assert frame.select(normalize.place(pl.col("noi")).struct.field("value"))["value"].to_list() == [
        "10894",
        None,
    ]


def test_separators_become_commas() -> None:
    assert [part.strip() for part in prepare("X. A – H. B; T. C").split(",") if part.strip()] == [
        "x a",
        "h b",
        "t c",
    ]


def test_importing_the_room_reads_no_table() -> None:
    code = "import sys, reconcile.normalize; sys.exit('reconcile.normalize.gazetteer' in sys.modules or 'polars' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
