"""From an address as typed to its named parts: separators, abbreviations, level words, villages, facilities.

``split_address`` and the Polars expression of ``columns_places`` do the same steps with the same patterns
(no look-around: the two regular-expression engines must agree).
"""

from __future__ import annotations

import csv
import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from reconcile.normalize.gazetteer import gazetteer
from reconcile.normalize.places_text import bare_name, fold, strip_marks
from reconcile.resources import rules_path


class Token(NamedTuple):
    """One named part of an address: the level word's code ('' = none) and the key of the name ('?' = unknown).

    ``word``: xa phuong tt dk (communes), huyen quan tx (districts), tp (city of either level), tinh.
    """

    word: str
    key: str


UNKNOWN = "?"

_LEVEL_PAIRS = {
    "thị xã": "thịxã",
    "thị trấn": "thịtrấn",
    "thành phố": "thànhphố",
    "đặc khu": "đặckhu",
    "tt - huế": "tt huế",
    "đ.": "đ ",
}
_CUT_WORDS = ("xã", "quận", "tỉnh", "phường", "huyện")


@lru_cache(maxsize=1)
def joined() -> dict[str, str]:
    """Return what must not be cut: level words of two syllables, names with a dash (Bà Rịa - Vũng Tàu) and names
    that hold a level word (xã Thượng Quận), each with its safe form.
    """
    out = {}
    for unit in gazetteer().units.values():
        name = unit.name.lower()
        if "-" in name:
            rest = bare_name(unit.name, unit.type).lower()
            safe = " ".join(rest.replace("-", " ").split())
            out[rest] = out[rest.replace(" - ", "-")] = out[rest.replace(" - ", "-").replace("-", " - ")] = (
                safe
            )
        words = name.split()
        if len(words) > 2 and any(word in _CUT_WORDS for word in words[2:]) and unit.type in {"Xã", "Phường"}:
            out[name] = f"{words[0]} {'_'.join(words[1:])}"
    return out | _LEVEL_PAIRS


STEPS: tuple[tuple[str, str], ...] = (
    (r"\([^)]*\)", " "),
    (r"(\p{L}{4,})\.", "$1,"),
    (r"[.\s\u00a0]+", " "),
    (r"\s*[,;|/\\–—‐-]+\s*", ","),
    (r"\b(q|p)\s?0*(\d{1,2})\b", "$1 $2"),
    (r" (thịxã|thịtrấn|thànhphố|đặckhu|xã|phường|huyện|quận|tỉnh|tt|tx|tp|tphcm|h|q|p|x|t) ", ",$1 "),
)
"""Patterns in order (Rust syntax; ``\\p{L}`` = letter): brackets away, dots, separators, numbers, level words."""

USUAL = {", ": ",", " - ": ","}
"""The usual separators and what the steps make of them: columns replace them all at once before the patterns."""

_PYTHON_STEPS = tuple(
    (
        re.compile(pattern.replace(r"\p{L}", r"[^\W\d_]")),
        replacement.replace("$1", r"\1").replace("$2", r"\2"),
    )
    for pattern, replacement in STEPS
)

_LEVEL_WORDS = {
    "xã": "xa", "xa": "xa", "x": "xa",
    "phường": "phuong", "phuong": "phuong", "p": "phuong", "f": "phuong",
    "thịtrấn": "tt", "thị trấn": "tt", "thi tran": "tt", "tt": "tt", "t t": "tt", "ttr": "tt",
    "đặckhu": "dk", "đặc khu": "dk", "dac khu": "dk",
    "huyện": "huyen", "huyen": "huyen", "h": "huyen",
    "quận": "quan", "quan": "quan", "q": "quan",
    "thịxã": "tx", "thị xã": "tx", "thi xa": "tx", "tx": "tx", "t x": "tx",
    "thànhphố": "tp", "thành phố": "tp", "thanh pho": "tp", "tp": "tp", "t p": "tp",
    "tỉnh": "tinh", "tinh": "tinh", "t": "tinh",
}  # fmt: skip

WORD_NAMES = {
    "xa": "Xã", "phuong": "Phường", "tt": "Thị trấn", "dk": "Đặc khu", "huyen": "Huyện", "quan": "Quận",
    "tx": "Thị xã", "tp": "Thành phố", "tinh": "Tỉnh",
}  # fmt: skip
"""Code of a level word → the type as the gazetteer writes it."""

_FOLDED_LEVEL_WORDS = {fold(word): code for word, code in _LEVEL_WORDS.items()}
_WORD = re.compile(r"(" + "|".join(sorted(_LEVEL_WORDS, key=len, reverse=True)) + r") +(?=\S)")
_OFFICE = re.compile(
    r"^(?:ubnd|uỷ ban nhân dân|ủy ban nhân dân|uy ban nhan dan|ubhc|tại|tai|ở|công an|ca|tư pháp|nay là|nay la)\s+"
)
_VILLAGE = re.compile(
    r"^(?:thôn|thon|xóm|xom|khu|đội|doi|tổ|to dan pho|ấp|ap|bản|làng|lang|số|so|ngõ|ngo|ngách|đường|duong|phố|pho"
    r"|khóm|khom|kđc|kdc|cụm|cum|buôn|buon|sóc|soc|tdp|khối|khoi|nhà|lô|căn hộ|chung cư|km)\b"
)
_FACILITY = re.compile(
    r"^(?:bệnh viện|benh vien|bv|trạm|tram y te|trung tâm|trung tam|nhà hộ sinh|nha ho sinh|phòng khám|phong kham"
    r"|trại|bệnh xá|benh xa|viện|y tế)\b"
)
SAYS_NOTHING = frozenset(
    {"nt", "như trên", "nhu tren", "-nt-", "//", '"', "không rõ", "khong ro", "ko rõ", "chưa rõ", "chua ro", "0", "null",
     "không có thông tin", "khong co thong tin", "không xác định", "khong xac dinh"}
)  # fmt: skip
"""Written where a place should stand, and naming none: *as above*, *unknown*, *no information*."""


def prepare(text: str) -> str:
    """Return the text in lower-case NFC with its parts between commas."""
    out = f" {' '.join(unicodedata.normalize('NFC', text).lower().split())} "
    for old, new in joined().items():
        if old in out:
            out = out.replace(old, new)
    for pattern, replacement in _PYTHON_STEPS:
        out = pattern.sub(replacement, out)
    return out


def split_address(text: str) -> tuple[Token, ...]:
    """Return the tokens of an address from small to large; villages and houses are left out."""
    tokens: list[Token] = []
    for part in prepare(text).split(","):
        tokens.extend(part_tokens(part.strip()))
    return trim(tokens)


def trim(tokens: list[Token]) -> tuple[Token, ...]:
    """Drop what stands before the address proper: at most one unknown part in front, at most five parts."""
    while len(tokens) > 1 and tokens[0].key == UNKNOWN and not tokens[0].word and tokens[1].key == UNKNOWN:
        tokens = tokens[1:]
    return tuple(tokens[-5:])


@lru_cache(maxsize=1)
def _aliases() -> dict[str, Token]:
    with rules_path("places", "aliases.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    out = {}
    for row in rows:
        word = _LEVEL_WORDS.get(row["level_word"], "")
        out[fold(row["written"])] = Token(word, fold(row["name"]))
    return out


def is_known(key: str) -> bool:
    """Tell whether a unit bears this name, whatever the marks."""
    places = gazetteer()
    return key in places.keys or strip_marks(key) in places.by_plain


@lru_cache(maxsize=400_000)
def part_tokens(part: str) -> tuple[Token, ...]:
    """Return the token or tokens of one part (several where nothing separates them); empty for a village."""
    if not is_known(fold(part)):
        part = _OFFICE.sub("", part)
    if not part or part in SAYS_NOTHING:
        return ()
    whole = fold(part)
    if not whole:
        return ()
    alias = _aliases().get(whole)
    if alias:
        return (alias,)
    found = _WORD.match(part)
    if found:
        word, rest = _LEVEL_WORDS[found[1]], fold(part[found.end() :])
        alias = _aliases().get(rest)
        if alias and word in {"tinh", "tp"}:
            return (Token(word, alias.key),)
        if rest.isdigit():
            return (Token(word, f"{fold(WORD_NAMES[word])} {int(rest)}"),)
        if is_known(rest):
            return (Token(word, rest),)
    if is_known(whole):
        return (Token("", whole),)
    labelled = _VILLAGE.match(part)
    if _FACILITY.match(part):
        return _last_names(whole.split(), least=2)
    several = _last_names(whole.split(), least=2)
    if several:
        return several
    if labelled:
        return ()
    if found and found[1] not in {"t", "x", "h", "p", "q", "f"}:
        return (Token(_LEVEL_WORDS[found[1]], UNKNOWN),)
    return (Token("", UNKNOWN),)


def _last_names(words: list[str], least: int) -> tuple[Token, ...]:
    """Read names from the end of a part without separators; () if fewer than ``least`` follow each other.

    Chooses the reading with a chain that holds (commune in district in province), longest names first.
    """
    from reconcile.normalize.places_resolve import explains

    best: tuple[float, tuple[Token, ...]] = (0.0, ())
    for tokens, used in _readings(words, len(words), 4):
        if len(tokens) < least:
            continue
        score = explains(tokens) + used * 0.5
        if score > best[0]:
            best = (score, tokens)
    return best[1]


def _readings(words: list[str], end: int, depth: int) -> list[tuple[tuple[Token, ...], int]]:
    """Return the ways to read the words before ``end`` as a run of known names, each with the words used."""
    out: list[tuple[tuple[Token, ...], int]] = []
    if depth == 0:
        return [((), 0)]
    for size in range(min(5, end), 0, -1):
        key = " ".join(words[end - size : end])
        alias = _aliases().get(key)
        if not alias and not (is_known(key) and not key.isdigit()):
            continue
        start = end - size
        options: list[tuple[Token, int]] = [(alias or Token("", key), start)]
        for span in (2, 1):
            word = _FOLDED_LEVEL_WORDS.get(" ".join(words[start - span : start])) if start >= span else None
            if word:
                options.insert(0, (Token(word, key), start - span))
        for token, left in options:
            for before, used in _readings(words, left, depth - 1):
                out.append(((*before, token), used + end - left))
    out.append(((), 0))
    return out
