"""Dates in words are looked up or read: the same answer as reading every text."""

from __future__ import annotations

import datetime as dt
import random

import polars as pl
import pytest

from reconcile.compare.date_words import read_words
from reconcile.normalize.columns_dates import dates
from reconcile.normalize.date_words import spell_date


@pytest.mark.parametrize("seed", range(3))
def test_looking_usual_spellings_up_answers_as_reading_them_does(seed: int) -> None:
    rng = random.Random(seed)
    days = [dt.date(1900, 1, 1) + dt.timedelta(days=rng.randrange(46_000)) for _ in range(300)]
    written = [spell_date(day.year, day.month, day.day) for day in days]
    odd = [spell_date(day.year, rng.choice((None, day.month))) for day in days[:40]]
    words = [
        *written[:100],
        *(text.capitalize() + "." for text in written[100:150]),
        *(text.title() for text in written[150:200]),
        *(text.replace("một", "mốt") for text in written[200:]),
        *odd,
        "không rõ",
        "15/8/1970",
        None,
    ]
    beside = pl.Series([*days, *days[:40], None, None, None], dtype=pl.Date)
    found = read_words(pl.Series(words), beside)
    texts = found["words"]
    plainly = dates(texts)
    assert texts.to_list() == sorted({text for text in words if text is not None})
    assert found["says_first"].equals(plainly["earliest"])
    assert found["says_last"].equals(plainly["latest"])
    assert found["says_first"].null_count() < found.height / 10


def test_nothing_is_read_where_nothing_is_written() -> None:
    assert read_words(pl.Series([None], dtype=pl.String), pl.Series([dt.date(2000, 1, 1)])).is_empty()
