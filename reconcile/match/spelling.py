"""How the texts of two name parts differ: one letter, missing words, or altogether."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl
from rapidfuzz.distance import OSA

EQUAL, ONE_LETTER, LACKS_WORDS, OTHER = range(4)


@dataclass(frozen=True, slots=True)
class Spelling:
    """The distinct texts of one part; ``letters`` has a bit for each letter that stands in the text."""

    texts: pl.Series
    letters: pl.Series

    @classmethod
    def of(cls, texts: pl.Series) -> Spelling:
        """Spell each of the distinct ``texts``."""
        letters = [sum({1 << (ord(letter) & 63) for letter in text if letter != " "}) for text in texts]
        return cls(texts, pl.Series("letters", letters, dtype=pl.UInt64))

    def longer(self, texts: pl.Series) -> Spelling:
        """Return the spelling of these texts and further ones behind them."""
        if texts.is_empty():
            return self
        new = Spelling.of(texts)
        return Spelling(pl.concat([self.texts, texts]), pl.concat([self.letters, new.letters]))

    def frame(self) -> pl.DataFrame:
        """Return the texts with their letters as a table; ``read`` reads it."""
        return pl.DataFrame({"text": self.texts, "letters": self.letters})

    @classmethod
    def read(cls, frame: pl.DataFrame) -> Spelling:
        """Return what ``frame`` kept."""
        return cls(frame["text"], frame["letters"])

    def near(self, left: pl.Expr, right: pl.Expr) -> pl.Expr:
        """Whether the letters of two texts (by code) let them be one letter apart: a cheap look, seldom wrongly true."""
        a, b = (pl.lit(self.letters).gather(side) for side in (left, right))
        return (a ^ b).bitwise_count_ones() <= 2

    def relate(self, left: pl.Series, right: pl.Series, *, words: bool = False) -> pl.Series:
        """Return ``EQUAL`` … ``OTHER`` for two columns of codes (rows of ``texts``).

        One letter: substituted, left out, added or swapped with its neighbour. ``words``: a text that lacks whole words
        of the other is told from others. Texts are read once per distinct pair, and only where their letters let them
        be that near.
        """
        col = pl.col
        pairs = pl.DataFrame({"a": left, "b": right})
        near = self.near(col("a"), col("b"))
        if words:
            a, b = (pl.lit(self.letters).gather(col(side)) for side in ("a", "b"))
            near = near | ((a & b) == a) | ((a & b) == b)
        rows = pairs.select(near.arg_true()).to_series()
        asked = pairs.select(pair=(col("a").cast(pl.UInt64) * 2**32 + col("b")).gather(rows))
        distinct = asked.unique().sort("pair")
        found = distinct.with_columns(relation=self._read(distinct["pair"], words=words))
        relation = asked.join(found, on="pair", how="left", maintain_order="left")["relation"]
        return pl.repeat(OTHER, left.len(), dtype=pl.UInt8, eager=True).scatter(rows, relation)

    def _read(self, pairs: pl.Series, *, words: bool) -> pl.Series:
        left = self.texts.gather((pairs // 2**32).cast(pl.UInt32)).to_list()
        right = self.texts.gather((pairs % 2**32).cast(pl.UInt32)).to_list()
        return pl.Series(
            [_relation(a, b, words=words) for a, b in zip(left, right, strict=True)], dtype=pl.UInt8
        )


def _relation(left: str, right: str, *, words: bool) -> int:
    if left == right:
        return EQUAL
    if words:
        a, b = set(left.split()), set(right.split())
        if a <= b or b <= a:
            return LACKS_WORDS
    return ONE_LETTER if OSA.distance(left, right, score_cutoff=1) <= 1 else OTHER
