"""Mistakes in names, and the variety of writing that is none. Names come in as ``Nguyễn Văn An``."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

TONES = "\u0300\u0301\u0309\u0303\u0323"
ACUTE, DOT = "\u0301", "\u0323"
STOPS = ("c", "ch", "p", "t")
ONSETS = (
    ("ch", "tr"),
    ("tr", "ch"),
    ("s", "x"),
    ("x", "s"),
    ("gi", "d"),
    ("d", "gi"),
    ("r", "d"),
    ("l", "n"),
    ("n", "l"),
)
KEPT_ONSETS = ("ng", "nh")
TELEX_TONE = {"\u0300": "f", "\u0301": "s", "\u0309": "r", "\u0303": "x", "\u0323": "j"}
NEIGHBOURS = {
    "a": "s",
    "n": "m",
    "m": "n",
    "o": "p",
    "u": "i",
    "i": "u",
    "h": "g",
    "g": "h",
    "t": "r",
    "e": "r",
    "c": "v",
    "l": "k",
}
OTHER_GIVEN = [
    "Hạnh",
    "Quang",
    "Tâm",
    "Phương",
    "Bích",
    "Khoa",
    "Định",
    "Lam",
    "Thêu",
    "Vĩnh",
    "Bằng",
    "Mận",
    "Kiểm",
    "Nguyệt",
    "Sáng",
    "Đoan",
    "Huân",
    "Trà",
]
OTHER_MIDDLE = ["Xuân", "Đình", "Bá", "Quốc", "Thế", "Kim", "Hồng", "Thu", "Minh", "Đức", "Công", "Thanh"]
OTHER_FAMILY = ["Nguyễn", "Phạm", "Vũ", "Trần", "Lê", "Đoàn", "Đào", "Bùi", "Hoàng", "Đặng"]


def decompose(text: str) -> str:
    """Return the text with combining marks apart (NFD)."""
    return unicodedata.normalize("NFD", text)


def compose(text: str) -> str:
    """Return the text in NFC."""
    return unicodedata.normalize("NFC", text)


def plain(text: str) -> str:
    """Return the text without any mark, đ as d."""
    bare = "".join(c for c in decompose(text) if not unicodedata.combining(c))
    return bare.replace("đ", "d").replace("Đ", "D")


def _cased(new: str, old: str) -> str:
    return new[:1].upper() + new[1:] if old[:1].isupper() else new


def _some_syllable(words: list[str], random: Random, usable: Callable[[str], bool]) -> int | None:
    """Return which word goes wrong: the given name most often, the family name rarely."""
    places = [i for i, word in enumerate(words) if usable(word)]
    if not places:
        return None
    weights = [1 if i == 0 else 6 if i == len(words) - 1 else 3 for i in places]
    return random.choices(places, weights)[0]


def _replace(name: str, random: Random, usable: Callable[[str], bool], change: Callable[[str], str]) -> str:
    words = name.split(" ")
    place = _some_syllable(words, random, usable)
    if place is None:
        return name
    words[place] = change(words[place])
    return " ".join(words)


def tone(name: str, random: Random) -> str:
    """Another tone on one syllable: *Giàu* for *Giáu*. Stop codas carry only sắc or nặng."""

    def change(word: str) -> str:
        parts = decompose(word)
        now = next((c for c in parts if c in TONES), "")
        stopped = plain(word).lower().endswith(STOPS)
        choices = [t for t in ((ACUTE, DOT) if stopped else (*TONES, "")) if t != now]
        new = random.choice(choices)
        if now:
            return compose(parts.replace(now, new, 1))
        vowels = [i for i, c in enumerate(parts) if c.lower() in "aeiouy"]
        if not vowels:
            return word
        marked = [i for i in vowels if parts[i + 1 : i + 2] in ("\u0302", "\u0306", "\u031b")]
        last_open = vowels[-2] if len(vowels) > 1 and vowels[-1] == len(parts) - 1 else vowels[-1]
        place = (marked[-1] + 1) if marked else last_open
        return compose(parts[: place + 1] + new + parts[place + 1 :])

    return _replace(name, random, lambda w: len(w) > 1 and not plain(w).lower().startswith("gi"), change)


def onset(name: str, random: Random) -> str:
    """An onset as the ear of the north confuses it: ch/tr, s/x, d/gi/r, l/n."""

    def usable(word: str) -> bool:
        low = word.lower()
        return any(
            low.startswith(a) and low[len(a) :][:1] not in ("", "i") for a, _ in ONSETS
        ) and not low.startswith(KEPT_ONSETS)

    def change(word: str) -> str:
        low = word.lower()
        for a, b in ONSETS:
            if low.startswith(a) and low[len(a) :][:1] != "i":
                return _cased(b + low[len(a) :], word)
        return word

    return _replace(name, random, usable, change)


def l_for_n(name: str, random: Random) -> str:
    """Every l as n and n as l at the head of a syllable: one clerk's ear."""
    del random
    words = []
    for word in name.split(" "):
        low = word.lower()
        if low.startswith("l"):
            word = _cased("n" + low[1:], word)
        elif low.startswith("n") and not low.startswith(KEPT_ONSETS):
            word = _cased("l" + low[1:], word)
        words.append(word)
    return " ".join(words)


def i_y(name: str, random: Random) -> str:
    """I for y or y for i at the end of an open syllable: Lý/Lí, Mỹ/Mĩ."""

    def usable(word: str) -> bool:
        low = plain(word).lower()
        return len(low) == 2 and low[0] in "hklmst" and low[1] in "iy"

    def change(word: str) -> str:
        parts = decompose(word)
        return compose(parts.replace("y", "\0").replace("i", "y").replace("\0", "i"))

    return _replace(name, random, usable, change)


def no_marks(name: str, random: Random) -> str:
    """The whole name without marks: NGUYEN VAN AN."""
    del random
    return plain(name)


def lost_letter_mark(name: str, random: Random) -> str:
    """One letter loses its hat, hook or bar, the tone stays: Đức → Dức, Tiến → Tién."""

    def change(word: str) -> str:
        parts = decompose(word)
        for mark in ("\u0302", "\u0306", "\u031b"):
            if mark in parts:
                return compose(parts.replace(mark, "", 1))
        return word.replace("Đ", "D").replace("đ", "d")

    return _replace(name, random, lambda w: any(m in decompose(w) for m in "\u0302\u0306\u031bđĐ"), change)


def spelling(name: str, random: Random) -> str:
    """A slip of the finger: a letter lost, doubled, changed for its neighbour, or two in the wrong order."""

    def change(word: str) -> str:
        kind, place = random.random(), random.randrange(1, len(word))
        if kind < 0.35:
            return word[:place] + word[place + 1 :]
        if kind < 0.55:
            return word[:place] + word[place] + word[place:]
        if kind < 0.75 and place + 1 < len(word):
            return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
        return word[:place] + NEIGHBOURS.get(word[place].lower(), "n") + word[place + 1 :]

    return _replace(name, random, lambda w: len(w) > 2, change)


def middle_missing(name: str, random: Random) -> str:
    """The middle words left out, or one of two."""
    words = name.split(" ")
    if len(words) < 3:
        return name
    if len(words) > 3 and random.random() < 0.7:
        del words[random.choice((1, 2))]
    else:
        words[1:-1] = []
    return " ".join(words)


def middle(name: str, random: Random) -> str:
    """Another middle word."""
    words = name.split(" ")
    if len(words) < 3:
        return name
    words[-2] = random.choice([m for m in OTHER_MIDDLE if plain(m) != plain(words[-2])])
    return " ".join(words)


def given(name: str, random: Random) -> str:
    """Another given name altogether."""
    words = name.split(" ")
    words[-1] = random.choice([g for g in OTHER_GIVEN if plain(g)[0] != plain(words[-1])[0]])
    return " ".join(words)


def family(name: str, random: Random) -> str:
    """Another family name."""
    words = name.split(" ")
    words[0] = random.choice([f for f in OTHER_FAMILY if f != words[0]])
    return " ".join(words)


def order(name: str, random: Random) -> str:
    """The given name first."""
    del random
    words = name.split(" ")
    return " ".join(words[-1:] + words[:-1])


def nfd(name: str, random: Random) -> str:
    """The same name with combining marks apart."""
    del random
    return decompose(name)


def eth(name: str, random: Random) -> str:
    """Icelandic Ð for Đ."""
    del random
    return name.replace("Đ", "\u00d0").replace("đ", "\u00f0")


def blanks(name: str, random: Random) -> str:
    """Double, non-breaking or trailing blanks."""
    words = name.split(" ")
    return random.choice(("  ", "\u00a0")).join(words) + random.choice(("", " "))


def lower(name: str, random: Random) -> str:
    """Another letter case: all small, all capitals, or word starts."""
    return random.choice((str.lower, str.upper, str.title))(name)


NEW_PLACE = (
    ("òa", "oà"),
    ("óa", "oá"),
    ("ỏa", "oả"),
    ("õa", "oã"),
    ("ọa", "oạ"),
    ("ùy", "uỳ"),
    ("úy", "uý"),
    ("ủy", "uỷ"),
    ("ũy", "uỹ"),
    ("ụy", "uỵ"),
    ("òe", "oè"),
    ("óe", "oé"),
)


def tone_place(name: str, random: Random) -> str:
    """The new places of the tone mark: Hoà, Thuỷ."""
    del random
    words = []
    for word in name.split(" "):
        for old, new in NEW_PLACE:
            for a, b in ((old, new), (old.upper(), new.upper())):
                if word.endswith(a):
                    word = word[: -len(a)] + b
        words.append(word)
    return " ".join(words)


def telex(name: str, random: Random) -> str:
    """The keys that were typed while the input method was off: Nguyeenx Vawn Hoaf."""
    del random
    words = []
    for word in name.split(" "):
        out, tone_key = "", ""
        upper = word.isupper() and len(word) > 1
        for c in decompose(word).lower():
            if c in TELEX_TONE:
                tone_key = TELEX_TONE[c]
            elif c == "\u0302":
                out += out[-1]
            elif c in "\u0306\u031b":
                out += "w"
            elif c == "đ":
                out += "dd"
            else:
                out += c
        out += tone_key
        words.append(out.upper() if upper else _cased(out, word))
    return " ".join(words)
