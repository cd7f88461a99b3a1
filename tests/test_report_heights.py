"""How many lines the rows of sheets need: whole sheets at once as one text by itself."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile.report.heights import MOST_LINES, lines_of
from reconcile.report.typeface import wrapped_lines


def rows(*texts: str | None) -> pl.DataFrame:
    return pl.DataFrame({"text": list(texts)}, schema={"text": pl.String})


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("", 10, 1),
        ("Nguyễn Thị Nhung", 17, 1),
        ("NGUYỄN THỊ NHUNG", 17, 2),
        ("Cha: Trần Văn A\nMẹ: Lê Thị B", 20, 2),
        ("Cha: Trần Văn A, không rõ năm sinh\nMẹ: Lê Thị B", 20, 3),
        ("MMMMMMMMMMMM", 12, 2),
        (" hai  khoảng trắng ", 8, 3),
        ("một " * 100, 4, MOST_LINES),
    ],
)
def test_a_row_has_the_lines_of_its_tallest_cell(text: str, width: float, lines: int) -> None:
    (told,) = lines_of(
        [(rows(text, None, "x").with_columns(other=pl.lit("ngắn")), [("text", width), ("other", 30)])]
    )
    assert told.to_list() == [lines, 1, 1]


def test_sheets_measured_together_are_told_apart() -> None:
    told = lines_of(
        [(rows("ab cd ef"), [("text", 3)]), (rows(), [("text", 3)]), (rows("ab", "ab cd ef"), [("text", 9)])]
    )
    assert [of.to_list() for of in told] == [[3], [], [1, 1]]


@given(
    st.lists(st.text("abMWiiđĐườẵ\u0301…漢K1.,-   ", min_size=30, max_size=120), min_size=1, max_size=8),
    st.sampled_from([8.43, 12, 17, 40]),
)
def test_columns_are_measured_as_each_text_by_itself(texts: list[str], width: float) -> None:
    (told,) = lines_of([(rows(*texts), [("text", width)])])
    assert told.to_list() == [min(MOST_LINES, wrapped_lines(text, width)) for text in texts]
