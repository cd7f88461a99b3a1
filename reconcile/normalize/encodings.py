"""Legacy encodings of Vietnamese text: TCVN3 (ABC), VNI, VIQR, cp1258 read as cp1252, UTF-8 read as cp1252.

Text here is what a program shows when the legacy bytes were taken for Latin-1/cp1252 (``NguyÔn V¨n An``), as the
cells of old workbooks and their CSV exports hold it. Decoding comes before anything else: case mapping, trimming
by Unicode rules and NFKC destroy such text. Letters and bytes: ``rules/lists/encodings.csv`` (UniKey's tables of
Pham Kim Long; where converters disagree on VNI, both forms are read). VN1 (``iconv TCVN``) is another code.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from functools import lru_cache

from reconcile.normalize.alphabet import UNTONED
from reconcile.resources import rules_path

ENCODINGS = ("unicode", "tcvn3", "vni", "viqr", "cp1258", "mojibake")

_WORD = re.compile(r"[^\W\d_]+")
# what PDF tools make of the TCVN3 bytes AD (ư) and B7 (ã)
_TCVN3_IN_PDF = {"\u2212": "ư", "\u2219": "ã"}


@lru_cache(maxsize=8)
def _table(encoding: str) -> dict[str, str]:
    """Letter → its characters in the encoding, as read in cp1252 (VIQR: in ASCII)."""
    with rules_path("lists", "encodings.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    if encoding == "viqr":
        return {row["letter"]: row["viqr"] for row in rows}
    return {row["letter"]: bytes.fromhex(row[encoding]).decode("latin-1") for row in rows if row[encoding]}


def encode(text: str, encoding: str) -> str:
    """Write Unicode text in a legacy encoding, as a program without its font would show it.

    TCVN3 has no toned capitals: they become the lower-case byte. ``mojibake`` writes UTF-8 and reads it as cp1252
    (bytes that cp1252 lacks as Latin-1).
    """
    text = unicodedata.normalize("NFC", text)
    if encoding == "unicode":
        return text
    if encoding == "mojibake":
        return "".join(_as_cp1252(byte) for byte in text.encode("utf-8"))
    table = _table(encoding)
    return "".join(table.get(letter, letter) for letter in text)


def _as_cp1252(byte: int) -> str:
    try:
        return bytes([byte]).decode("cp1252")
    except UnicodeDecodeError:
        return chr(byte)


def decode(text: str, encoding: str, *, capitals: bool = False) -> str:
    """Read text of a known encoding into NFC Unicode. ``capitals``: its font draws capitals (``.VnTimeH``)."""
    match encoding:
        case "unicode":
            return unicodedata.normalize("NFC", text)
        case "tcvn3":
            return _decode_tcvn3(text, capitals=capitals)
        case "vni":
            return unicodedata.normalize("NFC", _vni_pattern().sub(lambda m: _vni_letters()[m[0]], text))
        case "viqr":
            return unicodedata.normalize("NFC", _viqr_pattern().sub(_viqr_letter, text))
        case "cp1258":
            return unicodedata.normalize("NFC", text.translate(_cp1258_letters()))
        case "mojibake":
            return unicodedata.normalize("NFC", _mend(text))
        case _:
            raise ValueError(f"unknown encoding {encoding!r}: use one of {', '.join(ENCODINGS)}")


def font_encoding(font: str | None) -> tuple[str | None, bool]:
    """Return (encoding, draws capitals) that a font name tells: ``.VnTimeH`` → (tcvn3, True). Others: (None, False).

    A Unicode font says nothing: text is pasted under any font.
    """
    name = (font or "").strip().lower()
    if name.startswith((".vn", "vntime", "vnarial")):
        return "tcvn3", name.rstrip(" 0123456789").endswith("h")
    if name.startswith(("vni-", "vni ")) or name == "vni":
        return "vni", False
    return None, False


# TCVN3 ---------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def tcvn3_letters() -> dict[str, str]:
    """Character as read → letter; a byte that a toned capital shares is read as the lower-case letter."""
    table = _table("tcvn3")
    letters = {chars: letter for letter, chars in table.items() if not letter.isupper()}
    letters |= {chars: letter for letter, chars in table.items() if letter.isupper() and chars not in letters}
    return letters | _TCVN3_IN_PDF


@lru_cache(maxsize=1)
def _tcvn3_shared() -> frozenset[str]:
    """Letters whose case TCVN3 does not tell: the toned ones."""
    table = _table("tcvn3")
    return frozenset(
        letter for letter in table if letter.islower() and table.get(letter.upper()) == table[letter]
    )


def _decode_tcvn3(text: str, *, capitals: bool) -> str:
    decoded = text.translate({ord(chars): letter for chars, letter in tcvn3_letters().items()})
    # some converters write a toned capital as base capital + byte: Aµ = À, ¢Ê = Ấ
    decoded = re.sub(r"([AĂÂEÊIOÔƠUƯY])([^\W\d_A-Z])", _merge_capital, decoded)
    if capitals:
        return decoded.upper()
    shared = _tcvn3_shared()
    words = _WORD.findall(decoded)
    # a word such as Vò (V + ũ) may be Vũ or VŨ: the cell's other words tell
    sure = [[c for c in word if c not in shared] for word in words]
    told = [letters for letters in sure if len(letters) > 1]
    shouting = bool(told) and all(c.isupper() for letters in told for c in letters)

    def restore(match: re.Match[str]) -> str:
        word = match[0]
        letters = [c for c in word if c not in shared]
        if len(letters) == len(word):
            return word
        # áI: a capital behind the first letter speaks for the whole word
        if (
            letters
            and all(c.isupper() for c in letters)
            and (len(letters) > 1 or shouting or word[0] in shared)
        ):
            return word.upper()
        return word.upper() if shouting and not letters else word

    return _WORD.sub(restore, decoded)


def _merge_capital(match: re.Match[str]) -> str:
    vowel, tone = UNTONED.get(match[2], ("", 0))
    return match[2].upper() if tone and vowel == match[1].lower() else match[0]


# VNI, VIQR, cp1258, mojibake -----------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _vni_letters() -> dict[str, str]:
    """Characters as read → letter: base letter + mark in either case (``Aù`` too), single letters, derived forms."""
    letters = {}
    for column in ("vni_also", "vni"):
        for letter, chars in _table(column).items():
            letters[chars] = letter
            if len(chars) == 2:
                letters.setdefault(chars[0] + chars[1].swapcase(), letter)
    return letters


@lru_cache(maxsize=1)
def _vni_pattern() -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, sorted(_vni_letters(), key=len, reverse=True))))


@lru_cache(maxsize=1)
def _viqr_letters() -> dict[str, str]:
    letters: dict[str, str] = {}
    for letter, chars in _table("viqr").items():
        forms = {chars}
        if "+" in chars:
            forms.add(chars.replace("+", "*"))
        if chars in {"DD", "dd"}:
            forms |= {"Dd"} if chars == "DD" else set()
        letters |= dict.fromkeys(forms, letter)
    return letters


@lru_cache(maxsize=1)
def _viqr_pattern() -> re.Pattern[str]:
    known = "|".join(map(re.escape, sorted(_viqr_letters(), key=len, reverse=True)))
    return re.compile(rf"\\([\\'`?~.^(+*dD])|{known}")


def _viqr_letter(match: re.Match[str]) -> str:
    return match[1] or _viqr_letters()[match[0]]


@lru_cache(maxsize=1)
def _cp1258_letters() -> dict[int, str]:
    """Code point of a character as cp1252 shows it → what the byte means in cp1258."""
    letters = {}
    for byte in range(0x80, 0x100):
        try:
            letters[ord(_as_cp1252(byte))] = bytes([byte]).decode("cp1258")
        except UnicodeDecodeError:
            continue
    return letters


_MOJIBAKE = re.compile("[\u00c2-\u00c6\u00e1\u00e2][^\x00-\x7f]")


def _mend(text: str) -> str:
    """Undo UTF-8 read as cp1252 or Latin-1, by ftfy; unchanged where that is not what happened."""
    if not _MOJIBAKE.search(text):
        return text
    from ftfy import fix_encoding

    return str(fix_encoding(text))


def all_letters() -> str:
    """Return the 134 letters that the encodings have to write."""
    return "".join(_table("tcvn3"))
