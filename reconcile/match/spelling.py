"""How the texts of two name parts differ: one letter, missing words, or altogether."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from rapidfuzz import process
from rapidfuzz.distance import OSA

if TYPE_CHECKING:
    from reconcile.match.levels import Array

EQUAL, ONE_LETTER, LACKS_WORDS, OTHER = range(4)


@dataclass(frozen=True, slots=True)
class Spelling:
    """The distinct texts of one part; ``letters`` has a bit for each letter that stands in the text."""

    texts: pl.Series
    letters: pl.Series
    _listed: list[Array] = field(default_factory=list, compare=False)

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
        return Spelling(
            pl.concat([self.texts, texts]).rechunk(), pl.concat([self.letters, new.letters]).rechunk()
        )

    def frame(self) -> pl.DataFrame:
        """Return the texts with their letters as a table; ``read`` reads it."""
        return pl.DataFrame({"text": self.texts, "letters": self.letters})

    @classmethod
    def read(cls, frame: pl.DataFrame) -> Spelling:
        """Return what ``frame`` kept."""
        return cls(frame["text"], frame["letters"])

    def near(self, left: Array, right: Array) -> Array:
        """Whether the letters of two texts (by code) let them be one letter apart: a cheap look, seldom wrongly true."""
        letters = self.letters.to_numpy()
        near: Array = np.bitwise_count(letters[left] ^ letters[right]) <= 2
        return near

    def relate(self, left: Array, right: Array, *, words: bool = False) -> Array:
        """Return ``EQUAL`` … ``OTHER`` (u8) for two arrays of codes (rows of ``texts``).

        One letter: substituted, left out, added or swapped with its neighbour. ``words``: a text that lacks whole words
        of the other is told from others. Texts are read once per distinct pair, and only where their letters let them
        be that near.
        """
        near = self.near(left, right)
        if words:
            letters = self.letters.to_numpy()
            a, b = letters[left], letters[right]
            near |= ((a & b) == a) | ((a & b) == b)
        rows = np.flatnonzero(near)
        relation = np.full(left.size, OTHER, np.uint8)
        if rows.size:
            asked = left[rows].astype(np.uint64) * 2**32 + right[rows]
            distinct, whose = np.unique(asked, return_inverse=True)
            relation[rows] = self._read(distinct, words=words)[whose]
        return relation

    def _read(self, pairs: Array, *, words: bool) -> Array:
        if not self._listed:
            self._listed.append(np.array(self.texts.to_list(), object))
        texts = self._listed[0]
        left, right = (texts[side].tolist() for side in (pairs // 2**32, pairs % 2**32))
        far = process.cpdist(left, right, scorer=OSA.distance, score_cutoff=1, dtype=np.uint8)
        relation = np.where(far > 1, OTHER, far).astype(np.uint8)
        if words:
            lacking = [_lacks_words(a, b) for a, b in zip(left, right, strict=True)]
            relation[np.array(lacking, bool) & (relation != EQUAL)] = LACKS_WORDS
        return relation


def _lacks_words(left: str, right: str) -> bool:
    a, b = set(left.split()), set(right.split())
    return a <= b or b <= a
