"""What goes wrong when a name, a date or a number is written down: one small function per kind of mistake.

A function takes the true text and a random source and returns the wrong text, or the same text where that mistake
is impossible (no onset to confuse, day equal to month). Names come in as ``Nguyễn Văn An``, dates as dd.mm.yyyy.
"""

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
OTHER_GIVEN = (
    "Hạnh Quang Tâm Phương Bích Khoa Định Lam Thêu Vĩnh Bằng Mận Kiểm Nguyệt Sáng Đoan Huân Trà".split()
)
OTHER_MIDDLE = "Xuân Đình Bá Quốc Thế Kim Hồng Thu Minh Đức Công Thanh".split()
OTHER_FAMILY = "Nguyễn Phạm Vũ Trần Lê Đoàn Đào Bùi Hoàng Đặng".split()


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
    """i for y or y for i at the end of an open syllable: Lý/Lí, Mỹ/Mĩ."""

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


def _dmy(date: str) -> tuple[int, int, int] | None:
    parts = date.replace("/", ".").split(".")
    return (int(parts[0]), int(parts[1]), int(parts[2])) if len(parts) == 3 else None


def _write(day: int, month: int, year: int, like: str) -> str:
    mark = "/" if "/" in like else "."
    return f"{day:02d}{mark}{month:02d}{mark}{year:04d}"


def dob_swapped(date: str, random: Random) -> str:
    """Day and month changed over, where that is a date and another one."""
    del random
    d = _dmy(date)
    return _write(d[1], d[0], d[2], date) if d and d[0] <= 12 and d[0] != d[1] else date


def dob_day(date: str, random: Random) -> str:
    """Another day: one or ten away, or a digit misread."""
    d = _dmy(date)
    if not d:
        return date
    new = [x for x in (d[0] + 1, d[0] - 1, d[0] + 10, d[0] - 10, d[0] + 3) if 1 <= x <= 28 and x != d[0]]
    return _write(random.choice(new), d[1], d[2], date)


def dob_month(date: str, random: Random) -> str:
    """Another month (the day kept to 28 where it would not exist)."""
    d = _dmy(date)
    if not d or d[0] > 28:
        return date
    return _write(d[0], random.choice([m for m in range(1, 13) if m not in (d[1],)]), d[2], date)


def dob_year(date: str, random: Random) -> str:
    """Another year: one or two away, or ten."""
    d = _dmy(date)
    step = random.choice((1, -1, 1, -1, 2, -2, 10, -10))
    if d:
        return date if d[0] == 29 and d[1] == 2 else _write(d[0], d[1], d[2] + step, date)
    return str(int(date) + step) if date.isdigit() else date


def dob_different(date: str, random: Random) -> str:
    """Another date altogether."""
    d = _dmy(date)
    if not d:
        return date
    return _write(
        (d[0] + random.randint(3, 20)) % 28 + 1, d[1] % 12 + 1, d[2] + random.choice((-3, 2, 4)), date
    )


def dob_5005(date: str, random: Random) -> str:
    """The year typed 5005 for 2005."""
    del random
    d = _dmy(date)
    return _write(d[0], d[1], d[2] + 3000, date) if d and d[2] >= 2000 else date


def dob_placeholder(date: str, random: Random) -> str:
    """01/01 of the year, set where the day was unknown."""
    del random
    d = _dmy(date)
    return _write(1, 1, d[2], date) if d else date


def dob_year_only(date: str, random: Random) -> str:
    """The year alone."""
    del random
    d = _dmy(date)
    return str(d[2]) if d else date


def dob_month_only(date: str, random: Random) -> str:
    """Month and year."""
    del random
    d = _dmy(date)
    return _write(*d, date)[3:] if d else date


def digit(number: str, random: Random) -> str:
    """One wrong digit after the part with a meaning."""
    place = random.randrange(max(1, len(number) - 6), len(number))
    return number[:place] + str((int(number[place]) + random.randint(1, 9)) % 10) + number[place + 1 :]


def id_sex(number: str, random: Random) -> str:
    """The digit of century and sex says the other sex."""
    del random
    return number[:3] + str(int(number[3]) ^ 1) + number[4:]


def id_year(number: str, random: Random) -> str:
    """The two digits of the year say another year."""
    return number[:4] + f"{(int(number[4:6]) + random.choice((1, 99, 10))) % 100:02d}" + number[6:]


def id_province(number: str, random: Random) -> str:
    """Another province."""
    return random.choice([c for c in ("001", "031", "033", "027") if c != number[:3]]) + number[3:]


def no_zero(number: str, random: Random) -> str:
    """The leading zeros lost in a spreadsheet."""
    del random
    return number.lstrip("0")


def as_float(number: str, random: Random) -> str:
    """The number as a spreadsheet's float."""
    del random
    return number.lstrip("0") + ".0"


def ethnic(value: str, random: Random) -> str:
    """Another people."""
    return random.choice([v for v in ("Kinh", "Tày", "Mường", "Nùng", "Hoa", "Sán Dìu") if v != value])


def sex(value: str, random: Random) -> str:
    """The other sex, in the same writing."""
    del random
    return {"1": "2", "2": "1", "Nam": "Nữ", "Nữ": "Nam"}.get(value, value)


def missing(value: str, random: Random) -> str:
    """Nothing."""
    del value, random
    return ""


KINDS: dict[str, tuple[Callable[[str, Random], str], str | None]] = {
    "tone": (tone, "NAME_TONE"),
    "onset": (onset, "NAME_DIALECT"),
    "spelling": (spelling, "NAME_SPELLING"),
    "i_y": (i_y, "NAME_I_Y"),
    "no_marks": (no_marks, "NAME_DIACRITICS"),
    "lost_letter_mark": (lost_letter_mark, "NAME_DIACRITICS"),
    "middle_missing": (middle_missing, "NAME_MIDDLE_MISSING"),
    "middle": (middle, "NAME_MIDDLE"),
    "given": (given, "NAME_GIVEN"),
    "family": (family, "NAME_FAMILY"),
    "order": (order, "NAME_ORDER"),
    "nfd": (nfd, None),
    "eth": (eth, None),
    "blanks": (blanks, None),
    "case": (lower, None),
    "tone_place": (tone_place, None),
    "telex": (telex, None),
    "dob_swapped": (dob_swapped, "DOB_DAY_MONTH_SWAPPED"),
    "dob_day": (dob_day, "DOB_DAY"),
    "dob_month": (dob_month, "DOB_MONTH"),
    "dob_year": (dob_year, "DOB_YEAR"),
    "dob_different": (dob_different, "DOB_DIFFERENT"),
    "dob_5005": (dob_5005, "DOB_YEAR"),
    "dob_placeholder": (dob_placeholder, "DOB_PLACEHOLDER"),
    "dob_year_only": (dob_year_only, "DOB_PARTIAL"),
    "dob_month_only": (dob_month_only, "DOB_PARTIAL"),
    "digit": (digit, "ID_DIFFERENT"),
    "id_sex": (id_sex, "ID_STRUCTURE_SEX"),
    "id_year": (id_year, "ID_STRUCTURE_YEAR"),
    "id_province": (id_province, "ID_PROVINCE"),
    "no_zero": (no_zero, None),
    "as_float": (as_float, None),
    "missing": (missing, None),
    "ethnic": (ethnic, "ETHNICITY"),
    "sex": (sex, "SEX"),
    "l_for_n": (l_for_n, "NAME_DIALECT"),
}
"""Kind of mistake → how it is made, and the code a comparison ought to give it (null: no discrepancy)."""
