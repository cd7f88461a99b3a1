"""Which letters of two values differ, so that a clerk sees it before reading.

Values are aligned word by word, then letter by letter inside a pair of words. A letter is a base character
with its combining marks, compared without case, in NFC, and with the tone of *oa, oe, uy* in one place:
*hoà* and *hòa* carry no mark. Dates are compared part by part (``01.6.1985`` and ``1/6/1985`` agree), numbers
digit by digit. Text is never changed: the parts joined give the value back.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TypeAlias

from rapidfuzz.distance import Levenshtein

Parts: TypeAlias = "tuple[tuple[str, bool], ...]"
"""A value cut in pieces: text, and whether it differs from the other side."""

_TOKEN = re.compile(r"\w[\w\u0300-\u036f]*|[^\w]+")
_COMPOSED_TOKEN = re.compile(r"\w+|\W+")  # the same, several times faster, where no mark stands alone
_MARK = re.compile("[\u0300-\u036f]")
_DATE = re.compile(r"\d{1,4}(?:[./\- ]+\d{1,4}){0,2}")
_DIGITS = re.compile(r"\d+")
_TONES = "\u0300\u0301\u0303\u0309\u0323"
_TONE_PAIRS = ("oa", "oe", "uy")
_STRANGE = 0.6  # two words more unlike than this are marked whole
_SMALL = 8  # words; up to here every pairing of words is weighed, beyond it equal words are the anchors


@lru_cache(maxsize=20_000)
def differing(left: str | None, right: str | None) -> tuple[Parts, Parts]:
    """Return both values cut into parts that agree and parts that differ.

    A missing side gives no parts; the other side then carries no mark, since there is nothing to compare with.
    """
    if not left or not right or left == right:
        return _plain(left), _plain(right)
    a, b = left.strip(), right.strip()
    if _DATE.fullmatch(a) and _DATE.fullmatch(b) and not (a.isdigit() and b.isdigit() and len(a) > 4):
        marks = _dates(left, right)
    else:
        marks = _words(left, right)
    return _join(left, marks[0]), _join(right, marks[1])


def differing_lines(left: str | None, right: str | None) -> tuple[Parts, Parts]:
    """Compare texts of lines ``Cha: …`` / ``Mẹ: …`` label by label; a line that only one side has is not marked."""
    if not left or not right or ": " not in left or ": " not in right:
        return differing(left, right)
    ours, theirs = _labelled(left), _labelled(right)
    if ours is None or theirs is None:
        return differing(left, right)
    compared = {label: differing(ours[label], theirs[label]) for label in ours if label in theirs}
    joined: list[Parts] = []
    for which, side in enumerate((ours, theirs)):
        parts: list[tuple[str, bool]] = []
        for label, value in side.items():
            parts.append((("\n" if parts else "") + label, False))
            parts += compared[label][which] if label in compared else _plain(value)
        joined.append(_merged(parts))
    return joined[0], joined[1]


def _labelled(text: str) -> dict[str, str] | None:
    """Return label (with its colon and blank) → value of each line; None unless every line has a label of its own."""
    pieces = [line.partition(": ") for line in text.split("\n")]
    found = {label + colon: value for label, colon, value in pieces if colon and value}
    return found if len(found) == len(pieces) else None


def _merged(parts: list[tuple[str, bool]]) -> Parts:
    """Join neighbours of the same kind."""
    merged: list[tuple[str, bool]] = []
    for text, marked in parts:
        if merged and merged[-1][1] == marked:
            merged[-1] = (merged[-1][0] + text, marked)
        else:
            merged.append((text, marked))
    return tuple(merged)


def _plain(value: str | None) -> Parts:
    return ((value, False),) if value else ()


def _join(value: str, marked: list[tuple[int, int]]) -> Parts:
    """Cut ``value`` at the marked spans (sorted, not overlapping), joining spans that touch."""
    parts: list[tuple[str, bool]] = []
    at = 0
    for start, stop in marked:
        if start == stop:
            continue
        if start > at:
            parts.append((value[at:start], False))
        if parts and parts[-1][1]:
            parts[-1] = (parts[-1][0] + value[start:stop], True)
        else:
            parts.append((value[start:stop], True))
        at = stop
    if at < len(value):
        parts.append((value[at:], False))
    return tuple(parts)


Spans: TypeAlias = "list[tuple[int, int]]"


def _dates(left: str, right: str) -> tuple[Spans, Spans]:
    """Compare parts from the year backwards, so that ``1985`` meets the year of ``01/01/1985``.

    A part that only one side has is not marked: there is nothing that it could differ from.
    """
    a, b = list(_DIGITS.finditer(left)), list(_DIGITS.finditer(right))
    if a and b and len(a[0].group()) == 4 and len(a) > 1:
        a.reverse()
    if b and len(b[0].group()) == 4 and len(b) > 1:
        b.reverse()
    marked_a: Spans = []
    marked_b: Spans = []
    for back in range(1, max(len(a), len(b)) + 1):
        x = a[-back] if back <= len(a) else None
        y = b[-back] if back <= len(b) else None
        if x is not None and y is not None and int(x.group()) != int(y.group()):
            marked_a.append(x.span())
            marked_b.append(y.span())
    return sorted(marked_a), sorted(marked_b)


def _words(left: str, right: str) -> tuple[Spans, Spans]:
    a, b = _tokens(left), _tokens(right)
    marked_a: Spans = []
    marked_b: Spans = []
    shared = 0  # equal words in front stand for each other whatever follows
    for (word, letters, _), (other, others, _) in zip(a, b, strict=False):
        if word != other and letters != others:
            break
        shared += 1
    rest_a, rest_b = a[shared:], b[shared:]
    for x, y in _pairs([w[1] for w in rest_a], [w[1] for w in rest_b]):
        if x is None:
            word, _, at = rest_b[y]  # type: ignore[index]
            marked_b.append((at, at + len(word)))
        elif y is None:
            word, _, at = rest_a[x]
            marked_a.append((at, at + len(word)))
        elif rest_a[x][0] != rest_b[y][0]:
            (word, _, at), (other, _, there) = rest_a[x], rest_b[y]
            inside = _inside(word, other)
            marked_a += [(at + i, at + j) for i, j in inside[0]]
            marked_b += [(there + i, there + j) for i, j in inside[1]]
    return sorted(marked_a), sorted(marked_b)


@lru_cache(maxsize=20_000)
def _tokens(text: str) -> list[tuple[str, tuple[str, ...], int]]:
    """Return each word or sign of a text: as written, its letters as compared, where it begins."""
    token = _TOKEN if _MARK.search(text) else _COMPOSED_TOKEN
    found = [(m.group(), m.start()) for m in token.finditer(text)]
    return [(word, _placed(_letters(word)[0]), at) for word, at in found if not word.isspace()]


Pairing: TypeAlias = "list[tuple[int | None, int | None]]"


def _pairs(a: list[tuple[str, ...]], b: list[tuple[str, ...]]) -> Pairing:
    """Pair the words of both sides in order; a word without partner stands alone."""
    if len(a) == len(b) == 1:
        return [(0, 0)]
    if len(a) <= _SMALL and len(b) <= _SMALL:
        return _best_pairs(a, b)
    pairs: Pairing = []
    for op in Levenshtein.opcodes(a, b):
        here, there = list(range(op.src_start, op.src_end)), list(range(op.dest_start, op.dest_end))
        if op.tag == "replace" and len(here) <= _SMALL and len(there) <= _SMALL:
            inner = _best_pairs([a[i] for i in here], [b[j] for j in there])
            pairs += [(None if i is None else here[i], None if j is None else there[j]) for i, j in inner]
            continue
        shared = min(len(here), len(there))
        pairs += list(zip(here[:shared], there[:shared], strict=True))
        pairs += [(i, None) for i in here[shared:]]
        pairs += [(None, j) for j in there[shared:]]
    return pairs


def _best_pairs(a: list[tuple[str, ...]], b: list[tuple[str, ...]]) -> Pairing:
    """Pair words so that the summed unlikeness is least (a word alone costs 0.6, an unlike pair up to 1)."""
    alone = 0.6
    rows, columns = len(a), len(b)
    cost = [[0.0] * (columns + 1) for _ in range(rows + 1)]
    for i in range(rows - 1, -1, -1):
        cost[i][columns] = cost[i + 1][columns] + alone
    for j in range(columns - 1, -1, -1):
        cost[rows][j] = cost[rows][j + 1] + alone
    unlike = [[_unlike(x, y) for y in b] for x in a]
    for i in range(rows - 1, -1, -1):
        for j in range(columns - 1, -1, -1):
            cost[i][j] = min(
                cost[i + 1][j + 1] + unlike[i][j], cost[i + 1][j] + alone, cost[i][j + 1] + alone
            )
    pairs: Pairing = []
    i = j = 0
    while i < rows or j < columns:
        if i < rows and j < columns and cost[i][j] == cost[i + 1][j + 1] + unlike[i][j]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif i < rows and cost[i][j] == cost[i + 1][j] + alone:
            pairs.append((i, None))
            i += 1
        else:
            pairs.append((None, j))
            j += 1
    return pairs


@lru_cache(maxsize=200_000)
def _unlike(x: tuple[str, ...], y: tuple[str, ...]) -> float:
    """Return 0 for the same word, 1 for one without any letter in common; a tone alone counts little."""
    if x == y:
        return 0.0
    exact = Levenshtein.normalized_distance(x, y)
    bare = Levenshtein.normalized_distance([_bare(c) for c in x], [_bare(c) for c in y])
    return 0.05 + 0.95 * (0.3 * exact + 0.7 * bare)


@lru_cache(maxsize=4096)
def _bare(letter: str) -> str:
    """Return the letter without any mark (đ becomes d)."""
    plain = unicodedata.normalize("NFD", letter)[:1]
    return "d" if plain == "đ" else plain


@lru_cache(maxsize=200_000)
def _letters(word: str) -> tuple[tuple[str, ...], tuple[tuple[int, int], ...]]:
    """Return the letters to compare and the span of each in ``word``.

    Letters are lower case, NFC, with one kind of Đ.
    """
    spans: list[tuple[int, int]] = []
    for at, char in enumerate(word):
        if spans and unicodedata.combining(char):
            spans[-1] = (spans[-1][0], at + 1)
        else:
            spans.append((at, at + 1))
    letters = [
        unicodedata.normalize("NFC", word[i:j]).replace("Ð", "Đ").replace("ð", "đ").lower() for i, j in spans
    ]
    return tuple(letters), tuple(spans)


@lru_cache(maxsize=200_000)
def _placed(letters: tuple[str, ...]) -> tuple[str, ...]:
    """Return the letters with the tone of oa, oe, uy on the second vowel, wherever it was written."""
    placed = list(letters)
    for k in range(len(placed) - 1):
        first, tone = _tone_apart(placed[k])
        if tone and first + placed[k + 1] in _TONE_PAIRS:
            placed[k] = first
            placed[k + 1] = unicodedata.normalize("NFC", placed[k + 1] + tone)
    return tuple(placed)


def _tone_apart(letter: str) -> tuple[str, str]:
    """Return the letter without its tone, and the tone's combining mark or nothing."""
    apart = unicodedata.normalize("NFD", letter)
    tone = "".join(c for c in apart if c in _TONES)
    rest = "".join(c for c in apart if c not in _TONES)
    return unicodedata.normalize("NFC", rest), tone


@lru_cache(maxsize=50_000)
def _inside(x: str, y: str) -> tuple[Spans, Spans]:
    """Mark the differing letters of two words; two words with little in common are marked whole."""
    (a, spans_a), (b, spans_b) = _letters(x), _letters(y)
    if _placed(a) == _placed(b):
        return [], []
    digits = x.isdigit() and y.isdigit()
    if not digits and _unlike(a, b) > _STRANGE:
        return [(0, len(x))], [(0, len(y))]
    if len(a) == len(b):
        unequal = [k for k in range(len(a)) if a[k] != b[k]]
        if digits or len(unequal) <= Levenshtein.distance(a, b):
            return [spans_a[k] for k in unequal], [spans_b[k] for k in unequal]
    marked_a: Spans = []
    marked_b: Spans = []
    for op in Levenshtein.opcodes(a, b):
        if op.tag == "equal":
            continue
        marked_a += [spans_a[k] for k in range(op.src_start, op.src_end)]
        marked_b += [spans_b[k] for k in range(op.dest_start, op.dest_end)]
    return marked_a, marked_b
