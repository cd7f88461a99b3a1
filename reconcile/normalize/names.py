"""A personal name as written in a register → its reading: canonical spelling, keys, parts, and what was repaired.

The source form is never replaced: it is identity data, shown to the clerk as written. Everything here serves
comparison and display of the engine's reading.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from reconcile.normalize.alphabet import LETTERS, plain, tidy
from reconcile.normalize.dispatch import jsonable
from reconcile.normalize.family_names import family_names, plain_family_names
from reconcile.normalize.name_words import WordReading, read_word
from reconcile.normalize.phonetic import northern_key
from reconcile.normalize.syllables import is_syllable, parse, plain_syllables


@dataclass(frozen=True, slots=True)
class NameReading:
    """A name as read. ``value`` None = no name (blank, a placeholder, digits), with the reason in ``notes``.

    ``key`` is compared for equality (lower case, NFC, one tone placement, single blanks), ``plain`` is its
    ASCII, ``phonetic`` the northern key; ``family``, ``middle``, ``given`` are the first, the inner and the last
    word of ``value`` (họ, chữ đệm, tên): compound family names are rare and not guessed.
    """

    input: str
    value: str | None
    key: str | None
    plain: str | None
    phonetic: str | None
    family: str | None
    middle: str | None
    given: str | None
    notes: tuple[str, ...] = ()
    doubtful: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return field → JSON-ready value."""
        return {field: jsonable(getattr(self, field)) for field in self.__slots__}


_NOTHING = frozenset(
    """0 00 x xx xxx k ko null none nan không khong không_rõ khong_ro không_có không_có_thông_tin khong_co_thong_tin
    không_xác_định chưa_rõ chưa_xác_định chưa_có_tên chưa_đặt_tên chưa_có không_tên vô_danh không_ghi
    bỏ_trống để_trống không_đọc_được n/a na""".replace("\n", " ").split()
)
"""What stands for "no information" (domain: 0 and blank both mean none); blanks as underscores."""

_BRACKETS = re.compile(r"\s*[(\[{][^)\]}]*[)\]}]?\s*")
_ALIAS = re.compile(
    r"(?:\s*[,;/–—-]\s*(?:tự|hay)\s+\S|(?:\s*[,;/–—-]\s*|\s+)(?:tức(?=\s*:?\s*\S)|tên thường gọi|thường gọi|"
    r"tên gọi khác|tên khác|còn gọi|hay còn gọi|bí danh|pháp danh|tên thật|con ông|con bà|con của|vợ ông|vợ của|chồng bà|chồng của|đã chết|đã mất|"
    r"sinh năm|sn(?=\s*:?\s*\d)|số cmnd|cmnd|cccd)(?:\s|:|$)).*$",
    re.IGNORECASE,
)
_LABEL = re.compile(r"^(?:họ\s*,?\s*(?:và\s*)?(?:chữ đệm\s*,?\s*(?:và\s*)?)?tên(?:\s+(?:khai sinh|cha|mẹ|con))?|tên)\s*[:\-]\s*", re.IGNORECASE)  # fmt: skip
_WHOSE = re.compile(r"^(?:họ tên\s+)?(?:cha|bố|mẹ|vợ|chồng|con)\s*:\s*(?=\S)", re.IGNORECASE)
_ORDINAL = re.compile(r"^\(?\d{1,3}\s*[.)/:-]\s*(?=[^\W\d])")
_PERSONS = re.compile(r"\s+[-–—]\s+|\s*[/;+&\n]\s*|\s*,\s*|\s+và\s+", re.IGNORECASE)
_TITLE = re.compile(
    r"^(?:(ông|bà|anh|chị|cụ|cố|cháu|em|cô|chú|bác|ôn|mr|mrs|ms)\s*[.:]?\s+|(ông|bà|anh|chị|cụ|cháu)\s*[.:]\s*)(.+)$",
    re.IGNORECASE,
)
WORDS_TO_CHECK = frozenset(
    {"tức", "gọi", "danh", "con", "vợ", "chồng", "đã", "sinh", "sn", "tên", "chữ", "không", "chưa", "và"}
)
"""Lower-case words that may begin a note: a name that holds one is read as a whole."""

FIRST_WORDS_TO_CHECK = frozenset(
    [
        "ông",
        "bà",
        "anh",
        "chị",
        "cụ",
        "cố",
        "cháu",
        "em",
        "cô",
        "chú",
        "bác",
        "ôn",
        "mr",
        "mrs",
        "ms",
        "họ",
        "mẹ",
        "bố",
        "cha",
        "k",
        "ko",
        "x",
        "xx",
        "null",
        "none",
        "nan",
        "na",
        "khong",
        "vô",
        "bỏ",
        "để",
    ]
) | frozenset(nothing.split("_")[0] for nothing in _NOTHING)
"""Lower-case first words that may be a title or stand for "no information"."""

_ONLY_LETTERS = re.compile(r"^[^\W\d_]+(?:\s+[^\W\d_]+)*\s*$")
_EDGE = " .,;:-_/\\|*\"“”'"
_CAMEL = re.compile(f"(?<=[a-z{LETTERS}])(?=[A-Z{LETTERS.upper()}])")
_RELATION = re.compile(
    r"^(?:con|cháu|vợ|chồng|mẹ|bố|cha)\s+(?:trai |gái )?(?:của |của ông |ông|bà|anh|chị)\b", re.IGNORECASE
)


@lru_cache(maxsize=16_384)
def read_name(x: str | None) -> NameReading:
    """Read one name; None and blank give a reading without value."""
    if x is None:
        return _none("", "NAME_EMPTY")
    from reconcile.normalize.texts import CellReading, read_cell

    notes: list[str] = []
    cell = read_cell(x)
    if cell.encoding == "viqr" and _ONLY_LETTERS.match(
        x
    ):  # dd is a key of VIQR and Telex; only Telex has no others
        cell = CellReading(x, "unicode")
    doubtful = cell.doubtful
    if cell.encoding != "unicode":
        notes.append(f"ENCODING_{cell.encoding.upper()}")
    elif cell.doubtful:
        notes.append("ENCODING_UNSURE")
    text = tidy(cell.value)
    if not text.strip(_EDGE):
        return _none(x, "NAME_EMPTY")
    if text.lower().strip(_EDGE + "()").replace(" ", "_") in _NOTHING:
        return _none(x, "NAME_NO_INFORMATION")
    if _RELATION.match(text):
        return _none(x, "NAME_IS_RELATION")
    if several_persons(text):
        return _none(x, "NAME_SEVERAL")
    text, cut = cut_notes(text)
    notes += cut
    if text.endswith("?"):
        text = text.rstrip("? ")
        notes.append("NAME_QUESTIONED")
        doubtful = True
    doubtful = doubtful or "NAME_TITLE_UNSURE" in cut
    if not any(letter.isalpha() for letter in text):
        return _none(x, "NAME_DIGITS" if any(c.isdigit() for c in text) else "NAME_EMPTY")
    words, how = split_words(text)
    notes += how
    doubtful = doubtful or "NAME_JOINED_UNSURE" in how
    readings = read_words(words)
    for reading in readings:
        notes += [note for note in reading.notes if note not in notes]
        doubtful = doubtful or reading.doubtful
    value = " ".join(reading.value for reading in readings)
    key = " ".join(reading.key for reading in readings)
    parts = value.split(" ")
    return NameReading(
        input=x,
        value=value,
        key=key,
        plain=plain(key),
        phonetic=northern_key(key),
        family=parts[0] if len(parts) > 1 else None,
        middle=" ".join(parts[1:-1]) or None,
        given=parts[-1],
        notes=tuple(dict.fromkeys(notes)),
        doubtful=doubtful,
    )


def _none(x: str, note: str) -> NameReading:
    return NameReading(
        x,
        None,
        None,
        None,
        None,
        None,
        None,
        None,
        (note,),
        note in {"NAME_DIGITS", "NAME_IS_RELATION", "NAME_SEVERAL"},
    )


def several_persons(text: str) -> bool:
    """Whether a cell names more than one person: every part between separators is a whole name of its own."""
    parts = [part.split() for part in _PERSONS.split(_BRACKETS.sub(" ", text)) if part.strip(_EDGE)]
    return len(parts) > 1 and all(
        len(words) > 1 and words[0].lower().strip(_EDGE) in family_names() for words in parts
    )


def cut_notes(text: str) -> tuple[str, list[str]]:
    """Cut off what is no name: labels, titles, remarks in brackets or behind *tức, con ông* …; with note codes.

    *Ông* is a family name too (as a title it stands before one): it is cut only before a known family name.
    """
    notes = []
    shorter = _ORDINAL.sub("", text)
    if shorter != text:
        notes.append("NAME_NOTE_CUT")
    shorter = _LABEL.sub("", shorter)
    whose = _WHOSE.sub("", shorter)
    if whose != shorter:
        shorter = whose
        notes.append("NAME_TITLE_CUT")
    bracketless = _BRACKETS.sub(" ", shorter).strip()
    if bracketless != shorter and any(letter.isalpha() for letter in bracketless):
        shorter = bracketless
        if "NAME_NOTE_CUT" not in notes:
            notes.append("NAME_NOTE_CUT")
    alias = _ALIAS.sub("", shorter)
    if alias != shorter and alias.strip(_EDGE):
        shorter = alias
        if "NAME_NOTE_CUT" not in notes:
            notes.append("NAME_NOTE_CUT")
    title = _TITLE.match(shorter)
    if title:
        rest = title[3].strip(_EDGE)
        first = rest.lower().split(" ")[0].strip(_EDGE)
        if first in family_names() or plain(first) in plain_family_names() or title[1] is None:
            shorter = rest
            notes.append("NAME_TITLE_CUT")
        elif " " in rest:
            notes.append("NAME_TITLE_UNSURE")
    return shorter.strip(_EDGE.replace(".", "")).strip(), notes


def split_words(text: str) -> tuple[list[str], list[str]]:
    """Split a tidy name into words: joined words apart, words torn apart together, hyphens between syllables away."""
    notes: list[str] = []
    words: list[str] = []
    for word in re.split(r"[\s,;_]+", re.sub(r"\.(?=[^\s.])", ". ", text)):
        if not word:
            continue
        if "-" in word and all(
            is_syllable(p.lower()) or p.lower() in plain_syllables() for p in word.split("-")
        ):
            notes.append("NAME_HYPHEN")
            words += word.split("-")
        else:
            words.append(word)
    apart: list[str] = []
    for word in words:
        pieces = _unjoin(word)
        if len(pieces) > 1:
            notes.append("NAME_JOINED")
        elif not word.isascii() and len(word) > 7 and len(words) == 1 and not is_syllable(word.lower()):
            notes.append("NAME_JOINED_UNSURE")
        apart += pieces
    return _rejoin(apart, notes), notes


def _unjoin(word: str) -> list[str]:
    """``NguyễnVănAn`` → its words, where each piece is a syllable; without capitals only if one reading exists."""
    if not word.isalpha() or is_syllable(word.lower()) or word.lower() in plain_syllables():
        return [word]
    pieces = _CAMEL.split(word)
    if len(pieces) > 1 and all(is_syllable(p.lower()) or p.lower() in plain_syllables() for p in pieces):
        return pieces
    if word.isascii() or len(word) < 6 or len(word) > 40:
        return [word]
    ways = _segmentations(word.lower())
    return _cut(word, ways[0]) if len(ways) == 1 else [word]


def _segmentations(word: str) -> list[tuple[int, ...]]:
    """All ways to cut a lower-case word into 2–5 syllables of which the first is a family name: lengths."""
    found: list[tuple[int, ...]] = []

    def extend(start: int, lengths: tuple[int, ...]) -> None:
        if start == len(word):
            if len(lengths) > 1:
                found.append(lengths)
            return
        if len(lengths) == 5 or len(found) > 1:
            return
        for size in range(1, min(7, len(word) - start) + 1):
            piece = word[start : start + size]
            if (piece in family_names()) if start == 0 else (size > 1 and is_syllable(piece, marked=True)):
                extend(start + size, (*lengths, size))

    extend(0, ())
    return found


def _cut(word: str, lengths: tuple[int, ...]) -> list[str]:
    pieces, start = [], 0
    for size in lengths:
        pieces.append(word[start : start + size])
        start += size
    return pieces


def _rejoin(words: list[str], notes: list[str]) -> list[str]:
    """``Nguy ễn Văn An`` → *Nguyễn Văn An*: two pieces of which one is no syllable and that make one together."""
    out: list[str] = []
    for word in words:
        if out and out[-1].isalpha() and word.isalpha():
            left, right, both = out[-1].lower(), word.lower(), (out[-1] + word).lower()
            # "Thị Nh": the given name lost its vowel, it is no torn "Thịnh"
            torn = (not (_sound(left) and _sound(right)) and left != "thị") or (
                word.islower() and out[-1][0].isupper() and not out
            )
            torn = torn or (
                word[0].islower() and out[-1].istitle() and both in family_names() and len(out) == 1
            )
            if torn and len(left) + len(right) > 2 and is_syllable(both, marked=True) and not both.isascii():
                out[-1] += word
                notes.append("NAME_SPLIT")
                continue
        out.append(word)
    return out


def _sound(word: str) -> bool:
    return is_syllable(word) or word in plain_syllables()


def read_words(words: list[str]) -> list[WordReading]:
    """Read the words of one name. A name with a foreign word keeps its other words from being read as keys.

    ``Max`` alone would be *Mã* by Telex; beside ``Müller``, which no key explains, it is a name.
    """
    readings = [read_word(word) for word in words]
    if any("NAME_FOREIGN" in reading.notes for reading in readings):
        return [read_word(word, keys=False) for word in words]
    typed = [reading for reading in readings if "NAME_KEYS" in reading.notes]
    if len(typed) > 1:  # keys in several words: the input method was off, nothing to doubt
        return [replace(r, doubtful=False) if "NAME_KEYS" in r.notes else r for r in readings]
    return readings


def syllable_parts(key: str) -> list[tuple[str, str, int] | None]:
    """Onset, rime and tone of each word of a name key, None where it is no syllable."""
    return [None if s is None else (s.onset, s.rime, s.tone) for s in map(parse, key.split(" "))]
