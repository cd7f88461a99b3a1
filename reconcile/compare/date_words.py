"""Dates that a book writes in words. Most are spelled as usual: those are looked up, only the odd rest is read."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import polars as pl

from reconcile.normalize.date_words import spell_date
from reconcile.normalize.dates import read_date

if TYPE_CHECKING:
    import datetime as dt


def read_words(words: pl.Series, days: pl.Series) -> pl.DataFrame:
    """Return ``words``, ``says_first``, ``says_last`` for the distinct texts of ``words``, in alphabetical order.

    ``days``: dates that are likely meant (those in figures beside them); their usual spellings need no reading.
    """
    texts = words.drop_nulls().unique().sort().alias("words").to_frame()
    known = days.drop_nulls().unique().sort()
    usual = pl.DataFrame(
        {"plain": [_usual(day) for day in known], "day": known},
        schema={"plain": pl.String, "day": pl.Date},
    )
    plain = pl.col("words").str.normalize("NFC").str.to_lowercase().str.strip_chars(" .")
    looked = texts.with_columns(plain=plain).join(usual, on="plain", how="left", maintain_order="left")
    odd = looked.filter(pl.col("day").is_null())["words"]
    read = pl.DataFrame(
        [(text, *_read(text)) for text in odd],
        schema={"words": pl.String, "earliest": pl.Date, "latest": pl.Date},
        orient="row",
    )
    return looked.join(read, on="words", how="left", maintain_order="left").select(
        "words",
        says_first=pl.coalesce("day", "earliest"),
        says_last=pl.coalesce("day", "latest"),
    )


@lru_cache(maxsize=131_072)
def _usual(day: dt.date) -> str:
    return spell_date(day.year, day.month, day.day)


@lru_cache(maxsize=131_072)
def _read(text: str) -> tuple[dt.date | None, dt.date | None]:
    read = read_date(text)
    return read.earliest, read.latest
