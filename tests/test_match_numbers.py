"""Numbers in the place of texts, keys of several values: equal only where the texts and values are equal."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile.match.keys import Ordered, combined, numbered, order
from reconcile.match.numbers import Numbers
from reconcile.match.relations import COLUMNS
from reconcile.match.side import _CHANGING
from reconcile.match.units import dated_units

columns = st.lists(st.lists(st.none() | st.sampled_from("abcdefgh"), max_size=12), max_size=4)


@given(columns)
def test_texts_are_numbered_in_the_order_of_meeting(written: list[list[str | None]]) -> None:
    numbers, seen = Numbers(), dict[str, int]()
    for texts in written:
        met = len(seen)
        expected = [None if text is None else seen.setdefault(text, len(seen)) for text in texts]
        found, rows = numbers.meet(pl.Series(texts, dtype=pl.String))
        assert found.to_list() == expected
        assert [texts[row] for row in rows] == list(seen)[met:]
    assert numbers.texts().to_list() == list(seen)


def test_very_many_texts_keep_their_numbers_though_they_crowd() -> None:
    texts = [f"người thứ {i}" for i in range(60_000)]
    numbers = Numbers()
    for start in range(0, len(texts), 7_000):
        numbers.number(pl.Series(texts[start : start + 7_000]))
    assert numbers._crowded.size > 100  # some found the slot of their hash taken
    assert numbers.number(pl.Series(texts)).to_list() == list(range(len(texts)))


def test_a_copy_goes_its_own_way() -> None:
    first = Numbers(pl.Series(["An", "Bình"]))
    second = first.copy()
    assert second.number(pl.Series(["Cúc"])).to_list() == [2]
    assert first.number(pl.Series(["Dung", "Cúc", "An"])).to_list() == [2, 3, 0]
    assert second.known(pl.Series(["Dung", None, "Cúc"])).to_list() == [None, None, 2]


@given(st.lists(st.tuples(st.integers(-3, 3), st.integers(0, 2), st.booleans()), max_size=30))
def test_keys_are_equal_where_all_values_are(people: list[tuple[int, int, bool]]) -> None:
    first = np.array([p[0] for p in people], np.int32)
    second = np.array([p[1] for p in people], np.uint32)
    known = np.array([p[2] for p in people], bool)
    keys = combined([(first, None), (second, known)])
    assert keys.rows.tolist() == [i for i, p in enumerate(people) if p[2]]
    by_value = {people[row][:2]: key for row, key in zip(keys.rows, keys.key, strict=True)}
    assert [by_value[people[row][:2]] for row in keys.rows] == keys.key.tolist()
    assert len(set(by_value.values())) == len(by_value)


def test_no_key_that_is_asked_for_is_left_out() -> None:
    held = combined([(np.arange(50_000), None)])
    asked = held.key[::7]
    met = held.meeting(asked)
    assert set(asked.tolist()) <= set(met.key.tolist())
    assert met.rows.size < 2 * asked.size  # and of the others few are kept


@given(st.lists(st.integers(0, 40)), st.lists(st.integers(0, 60)))
def test_of_keys_in_order_exactly_those_asked_for_are_met(held: list[int], asked: list[int]) -> None:
    """Each as often as it is held, in the order of keys and of rows."""
    keys = combined([(np.array(held, np.uint32), None)])
    wanted = combined([(np.array(asked, np.uint32), None)]).key
    met = Ordered(*keys.in_order()).meeting(wanted)
    expected = sorted((key, row) for key, row in zip(keys.key, keys.rows, strict=True) if key in wanted)
    assert list(zip(met.key, met.rows, strict=True)) == expected
    assert met.in_order() is met


@pytest.mark.parametrize("size", [0, 1, 1_000, 100_000])
def test_keys_are_put_in_order_though_they_share_their_upper_half(size: int) -> None:
    key = combined([(np.arange(size) // 2, None)]).key if size else np.zeros(0, np.uint64)
    key = np.concatenate([key, key[::-3] ^ np.uint64(5)])  # the same upper half, another key
    assert order(key).tolist() == np.argsort(key, kind="stable").tolist()


@given(st.lists(st.integers(0, 9)), st.integers(0, 3_000))
def test_equal_values_have_one_number(values: list[int], more: int) -> None:
    values = values + list(range(more))
    numbers = numbered(np.array(values, np.uint64)).tolist()
    assert len(set(zip(values, numbers, strict=True))) == len(set(values)) == len(set(numbers))
    assert set(numbers) == set(range(len(set(values))))


def test_what_each_role_fills_anew_is_never_remembered() -> None:
    assert {*COLUMNS, "partner"} == _CHANGING


@pytest.mark.parametrize(
    ("day", "unit"),
    [
        (None, "10570-3"),
        (dt.date(1954, 10, 1), "10570-1"),
        (dt.date(2010, 2, 12), "10570-1"),
        (dt.date(2010, 2, 13), "10570-2"),  # changed in the middle of a month
        (dt.date(2025, 6, 30), "10570-2"),
        (dt.date(2025, 7, 1), "10570-3"),
    ],
)
def test_a_code_is_read_on_the_day(day: dt.date | None, unit: str) -> None:
    codes, days = pl.Series(["10570", "030", None]), pl.Series([day] * 3, dtype=pl.Date)
    assert dated_units(codes, days).to_list() == [unit, None, None]
