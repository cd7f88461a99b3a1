"""How far two names are apart, and by which confusion: a weighted distance of syllables.

It works on name keys (``NameReading.key``). Each pair of words gets the confusion that explains it at the lowest
cost; the words are then aligned by their part in the name (họ, chữ đệm, tên) and the name gets one code, the same
codes as ``rules/discrepancies.toml``. Everything is cached per word pair: there are few distinct ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import zip_longest
from typing import TYPE_CHECKING

from rapidfuzz.distance import OSA

from reconcile.normalize.alphabet import plain
from reconcile.normalize.phonetic import northern_word
from reconcile.normalize.syllables import Syllable, canonical, is_syllable, parse, with_i

if TYPE_CHECKING:
    import polars as pl

EQUAL = "equal"
TONE_PLACEMENT = "tone_placement"
DIACRITICS = "NAME_DIACRITICS"
TONE = "NAME_TONE"
I_Y = "NAME_I_Y"
DIALECT = "NAME_DIALECT"
SPELLING = "NAME_SPELLING"
MIDDLE_MISSING = "NAME_MIDDLE_MISSING"
MIDDLE = "NAME_MIDDLE"
GIVEN = "NAME_GIVEN"
FAMILY = "NAME_FAMILY"
ORDER = "NAME_ORDER"
DIFFERENT = "different"

KINDS = (
    EQUAL, TONE_PLACEMENT, I_Y, DIACRITICS, TONE, DIALECT, SPELLING, MIDDLE_MISSING, MIDDLE, ORDER, FAMILY, GIVEN,
    DIFFERENT,
)  # fmt: skip
"""All kinds, from the most harmless to the gravest."""

_OTHER_MARKS = "other marks"  # Lân/Lăn, Đức/Dục: both sides marked, differently; reported as NAME_DIACRITICS

COST = {
    EQUAL: 0.0,
    TONE_PLACEMENT: 0.0,
    I_Y: 0.04,
    DIACRITICS: 0.06,
    TONE: 0.12,
    DIALECT: 0.15,
    _OTHER_MARKS: 0.15,
    SPELLING: 0.30,
}
"""Distance that one confusion adds to a word; another word is 1. One letter costs ``COST[SPELLING]``."""

_ANOTHER_WORD = 0.62
_RANK = {kind: rank for rank, kind in enumerate(KINDS)}
_HEARD_ALIKE = ({"l", "n"}, {"ch", "tr"}, {"s", "x"}, {"r", "d", "gi"})
_RIMES_HEARD_ALIKE = ({"ươu", "iêu"}, {"ưu", "iu"})
_GIVEN_WEIGHT, _OTHER_WEIGHT = 2.0, 1.0
_COMMON_MIDDLE = frozenset({"thị", "văn", "thi", "van"})
"""Words that are left out or put in without meaning another person: Thị in most, Văn in many names."""


@dataclass(frozen=True, slots=True)
class WordComparison:
    """Two aligned words (None = the word is missing on that side), the confusion seen and the similarity 0..1."""

    a: str | None
    b: str | None
    kind: str
    similarity: float


@dataclass(frozen=True, slots=True)
class NameComparison:
    """Two names: the code of the difference, the similarity 0..1 and the words side by side."""

    kind: str
    similarity: float
    words: tuple[WordComparison, ...]


@lru_cache(maxsize=262_144)
def compare_words(a: str, b: str, *, unmarked: bool = False) -> WordComparison:
    """Compare two words of name keys. ``unmarked``: one of the two names has no marks at all."""
    if a == b:
        return WordComparison(a, b, EQUAL, 1.0)
    if canonical(a) == canonical(b):
        return WordComparison(a, b, TONE_PLACEMENT, 1.0)
    if plain(a) == plain(b):
        causes = [_same_letters(a, b, unmarked=unmarked)]
    elif _is_initial(a, b):
        causes = [DIACRITICS]
    else:
        if unmarked:
            a_read, b_read = plain(a), plain(b)
        else:
            a_read, b_read = a, b
        causes = _other_letters(a_read, b_read)
        if unmarked and causes:
            causes.append(DIACRITICS)
    if not causes:
        return WordComparison(a, b, DIFFERENT, 0.0)
    cost = sum(COST[cause] for cause in causes)
    if cost >= _ANOTHER_WORD:
        return WordComparison(a, b, DIFFERENT, round(max(0.0, 1 - cost) / 2, 4))
    kinds = [DIACRITICS if cause == _OTHER_MARKS else cause for cause in causes]
    return WordComparison(a, b, max(kinds, key=_RANK.__getitem__), round(1 - cost, 4))


def _same_letters(a: str, b: str, *, unmarked: bool) -> str:
    """Which marks differ between two words of the same bare letters."""
    if unmarked or a.isascii() != b.isascii():
        bare = a if a.isascii() else b
        one, other = parse(a), parse(b)
        if unmarked or one is None or other is None or not is_syllable(bare, marked=True):
            return DIACRITICS
        # Hoa/Hòa: both are names, so the tone was mistaken; Lan/Lân, Dung/Đúng: the marks were left out
        return TONE if (one.onset, one.rime) == (other.onset, other.rime) else DIACRITICS
    one, other = parse(a), parse(b)
    if one is not None and other is not None and (one.onset, one.rime) == (other.onset, other.rime):
        return DIACRITICS if not (one.marked and other.marked) else TONE
    return _OTHER_MARKS


def _is_initial(a: str, b: str) -> bool:
    """``v`` of *văn*, ``ng`` of *nguyễn*."""
    short, long = sorted((plain(a), plain(b)), key=len)
    return not set(short) & set("aeiouy") and len(short) <= 3 and long.startswith(short) and long != short


def _other_letters(a: str, b: str) -> list[str]:
    """The cheapest list of confusions that turns one word into the other; empty: another word."""
    one, other = parse(a), parse(b)
    if one is None or other is None:
        if northern_word(a) == northern_word(b):
            return [DIALECT]
        return _letters(plain(a), plain(b))
    causes: list[str] = []
    if one.onset != other.onset:
        causes += (
            [DIALECT] if _alike(one.onset, other.onset) else _letters(one.onset, other.onset, short=True)
        )
    if one.rime != other.rime:
        causes += _rime(one, other)
    if one.tone != other.tone:
        causes.append(TONE)
    if DIFFERENT in causes:
        return []
    by_letters = _letters(a, b)
    return min(
        (way for way in (causes, by_letters) if way),
        key=lambda way: sum(map(COST.__getitem__, way)),
        default=[],
    )


def _rime(one: Syllable, other: Syllable) -> list[str]:
    if any({one.rime, other.rime} == pair for pair in _RIMES_HEARD_ALIKE):
        return [DIALECT]
    if with_i(Syllable(one.onset, one.rime, 0).spelled()) == with_i(
        Syllable(one.onset, other.rime, 0).spelled()
    ):
        return [I_Y]
    if plain(one.rime) == plain(other.rime):
        return [DIACRITICS] if one.rime.isascii() or other.rime.isascii() else [_OTHER_MARKS]
    return _letters(one.rime, other.rime, short=True)


def _alike(a: str, b: str) -> bool:
    return any(a in group and b in group for group in _HEARD_ALIKE)


def _letters(a: str, b: str, *, short: bool = False) -> list[str]:
    """One SPELLING per letter changed, dropped, added or swapped with its neighbour; too many: DIFFERENT."""
    edits = OSA.distance(a, b)
    if edits > 2 or (not short and edits * 2 >= max(len(a), len(b))):
        return [DIFFERENT] if short else []
    return [SPELLING] * edits


@lru_cache(maxsize=65_536)
def compare_names(a_key: str, b_key: str) -> NameComparison:
    """Compare two name keys: one kind of ``KINDS``, a similarity 0..1 and the aligned words. Symmetric."""
    if a_key == b_key:
        return NameComparison(EQUAL, 1.0, tuple(WordComparison(w, w, EQUAL, 1.0) for w in a_key.split(" ")))
    a, b = a_key.split(" "), b_key.split(" ")
    unmarked = a_key.isascii() != b_key.isascii()
    a_bare, b_bare = list(map(plain, a)), list(map(plain, b))
    if a_bare != b_bare and sorted(a_bare) == sorted(b_bare):
        marks = 0.0 if sorted(a) == sorted(b) else COST[DIACRITICS]
        pairs = tuple(
            WordComparison(x, y, EQUAL if x == y else DIFFERENT, float(x == y))
            for x, y in zip(a, b, strict=True)
        )
        return NameComparison(ORDER, round(0.9 - marks, 4), pairs)
    ends = (compare_words(a[0], b[0], unmarked=unmarked), compare_words(a[-1], b[-1], unmarked=unmarked))
    if len(a) != len(b) and all(word.kind == DIFFERENT for word in ends):
        # neither family nor given name agree: no alignment of the inner words can make them one person
        strangers = tuple(
            WordComparison(x, y, DIFFERENT, float(x == y and x is not None)) for x, y in zip_longest(a, b)
        )
        return NameComparison(DIFFERENT, _similarity(strangers), strangers)
    words = _align(a, b, unmarked=unmarked)
    return NameComparison(_kind(words), _similarity(words), words)


def _align(a: list[str], b: list[str], *, unmarked: bool) -> tuple[WordComparison, ...]:
    """Align the words of two names at the lowest total distance; a gap is a missing word."""
    rows, columns = len(a), len(b)
    if rows == columns:
        straight = tuple(compare_words(x, y, unmarked=unmarked) for x, y in zip(a, b, strict=True))
        a_bare, b_bare = set(map(plain, a)), set(map(plain, b))
        in_place = sum(plain(x) == plain(y) for x, y in zip(a, b, strict=True))
        if sum(w.kind == DIFFERENT for w in straight) < 2 or len(a_bare & b_bare) <= in_place:
            return straight
    best: list[list[tuple[float, tuple[WordComparison, ...]]]] = [
        [(0.0, ())] * (columns + 1) for _ in range(rows + 1)
    ]
    for i in range(rows + 1):
        for j in range(columns + 1):
            if i == j == 0:
                continue
            ways = []
            if i and j:
                word = compare_words(a[i - 1], b[j - 1], unmarked=unmarked)
                ends = (i == rows) + (j == columns)
                # the given name stands last on both sides: aligning it with an inner word costs
                ways.append((best[i - 1][j - 1], 1 - word.similarity + 0.2 * (ends == 1), word))
            if i:
                ways.append(
                    (best[i - 1][j], _gap(a[i - 1]), WordComparison(a[i - 1], None, MIDDLE_MISSING, 0.0))
                )
            if j:
                ways.append(
                    (best[i][j - 1], _gap(b[j - 1]), WordComparison(None, b[j - 1], MIDDLE_MISSING, 0.0))
                )
            (cost, path), step, word = min(ways, key=lambda way: way[0][0] + way[1])
            best[i][j] = (cost + step, (*path, word))
    return best[rows][columns][1]


def _gap(word: str) -> float:
    return 0.4 if word in _COMMON_MIDDLE else 0.55


def _kind(words: tuple[WordComparison, ...]) -> str:
    """The code of a whole name from its aligned words."""
    family, given, inner = words[0], words[-1], words[1:-1]
    lost = [word for word in inner if word.a is None or word.b is None]
    wrong = [word for word in inner if word.kind == DIFFERENT]
    family_off = family.kind in {DIFFERENT, MIDDLE_MISSING}
    given_off = given.kind in {DIFFERENT, MIDDLE_MISSING}
    if len(words) == 1:
        return DIFFERENT if given_off else given.kind
    if family_off and given_off:
        return DIFFERENT
    unshared = len(lost) + len(wrong)
    if given_off:
        return GIVEN if unshared == 0 else DIFFERENT
    if family_off:
        return FAMILY if len(wrong) == 0 else DIFFERENT
    if wrong:
        return MIDDLE
    if lost:
        one_sided = len({word.a is None for word in lost}) == 1
        return MIDDLE_MISSING if one_sided else MIDDLE
    return max((word.kind for word in words), key=_RANK.__getitem__)


def _similarity(words: tuple[WordComparison, ...]) -> float:
    """Mean of the words' similarities; the given name counts twice, a missing Thị or Văn little."""
    total = weight = 0.0
    for i, word in enumerate(words):
        share = _GIVEN_WEIGHT if i == len(words) - 1 else _OTHER_WEIGHT
        if (word.a is None or word.b is None) and (word.a or word.b) in _COMMON_MIDDLE:
            share *= 0.4
        total += share * word.similarity
        weight += share
    return round(total / weight, 4)


def compare_name_pairs(a: pl.Series, b: pl.Series) -> pl.DataFrame:
    """Compare two columns of name keys row by row: frame of ``kind`` and ``similarity``, null where a key is null.

    Works on distinct pairs; the order of the two names does not matter, so (x, y) and (y, x) count once.
    """
    from reconcile.normalize.columns_distance import pairs

    return pairs(a, b)
