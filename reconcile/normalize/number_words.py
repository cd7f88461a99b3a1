"""Vietnamese numbers in words: every spoken form read, the official form written.

Read on letters without marks: no two number words differ by marks alone except those of one value
(*một/mốt*, *mười/mươi*, *bảy/bẩy*), so a missing or misplaced mark never changes the number.
A form with two meanings (*một nghìn chín trăm bảy* is 1907 or 1970) is not read: null with a note.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

DIGITS = {
    "khong": 0, "mot": 1, "hai": 2, "ba": 3, "bon": 4, "tu": 4, "nam": 5, "lam": 5, "nham": 5,
    "sau": 6, "bay": 7, "tam": 8, "chin": 9,
}  # fmt: skip
"""Word without marks → digit, all positions together (*tư* after *mươi*, *lăm/nhăm*, *mốt*)."""

_SHORT_TENS = {"ham": 20, "bam": 30}  # hăm mốt = 21, băm lăm = 35: northern speech
_LINH = {"linh", "le"}
_THOUSAND = {"nghin", "ngan"}
_WORDS = frozenset(DIGITS) | set(_SHORT_TENS) | _LINH | _THOUSAND | {"muoi", "tram", "chuc"}
_TOKEN = re.compile(r"[a-z]+|\d+")

_CENTURIES: dict[tuple[str, ...], int] = {
    ("mot", "tam"): 18,
    ("mot", "chin"): 19,
    ("hai", "khong"): 20,
    ("hai", "mot"): 21,
}

_UNITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")


@dataclass(frozen=True, slots=True)
class NumberReading:
    """A number in words as read: ``value`` an integer, or None with the reason in ``notes``."""

    input: str
    value: int | None
    notes: tuple[str, ...] = ()
    doubtful: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return the fields as JSON can hold them."""
        return {**asdict(self), "notes": list(self.notes)}


def fold(text: str) -> str:
    """Return ``text`` in lower case without tone and vowel marks; đ becomes d."""
    decomposed = unicodedata.normalize("NFKD", text.replace("\u00a0", " ")).lower()
    bare = "".join(c for c in decomposed if not unicodedata.combining(c))
    return bare.replace("đ", "d").replace("ð", "d")


def number_tokens(text: str) -> list[str]:
    """Split into folded words and runs of digits; punctuation and blanks separate."""
    return _TOKEN.findall(fold(text))


def _below_hundred(tokens: tuple[str, ...]) -> int | None:
    digit = [DIGITS.get(t) for t in tokens]
    match tokens:
        case (_,) if digit[0] is not None:
            return digit[0]
        case ("muoi",):
            return 10
        case ("muoi", _) if digit[1]:
            return 10 + digit[1]
        case (_, "muoi" | "chuc") if digit[0] and (digit[0] > 1 or tokens[1] == "chuc"):
            return 10 * digit[0]
        case (_, "muoi" | "chuc", _) if digit[0] and digit[2] and (digit[0] > 1 or tokens[1] == "chuc"):
            return 10 * digit[0] + digit[2]
        case ("ham" | "bam", _) if digit[1]:
            return _SHORT_TENS[tokens[0]] + digit[1]
        case (_, _) if digit[0] and digit[0] > 1 and digit[1]:  # mươi dropped: hai mốt, bảy lăm
            return 10 * digit[0] + digit[1]
    return None


def _tail(tokens: tuple[str, ...]) -> int | None:
    """What may follow *trăm* or *nghìn*: linh + digit, or a number from 10; a bare digit has two meanings."""
    if not tokens:
        return 0
    if tokens[0] in _LINH:
        return DIGITS.get(tokens[1]) or None if len(tokens) == 2 else None
    if len(tokens) == 1 and tokens[0] in DIGITS:
        return None
    return _below_hundred(tokens)


def _below_thousand(tokens: tuple[str, ...]) -> int | None:
    if "tram" not in tokens:
        return _tail(tokens)
    at = tokens.index("tram")
    head, tail = tokens[:at], _tail(tokens[at + 1 :])
    if tail is None or len(head) > 1:
        return None
    hundreds = DIGITS.get(head[0]) if head else 1
    return None if hundreds is None else 100 * hundreds + tail


def _read_out(tokens: tuple[str, ...]) -> int | None:
    """Digits read out one by one (*một chín bảy lăm*), or in pairs (*mười chín bảy lăm*)."""
    digits = [DIGITS.get(t) for t in tokens]
    if len(tokens) >= 4 and None not in digits and digits[0]:
        return int("".join(map(str, digits)))
    if len(tokens) >= 3 and tokens[:2] in _CENTURIES:  # một chín bảy mươi, hai không mười sáu
        rest = _below_hundred(tokens[2:])
        return None if rest is None or rest < 10 else 100 * _CENTURIES[tokens[:2]] + rest
    if len(tokens) in {4, 5} and tokens[0] == "muoi":
        high, low = _below_hundred(tokens[:2]), _below_hundred(tokens[2:])
    elif len(tokens) == 3 and tokens[0] in {"muoi"} | set(_SHORT_TENS):
        high, low = _below_hundred(tokens[:1]), _below_hundred(tokens[1:])
    elif len(tokens) in {4, 5, 6} and tokens[1] == "muoi":
        high, low = _below_hundred(tokens[:2]), _below_hundred(tokens[2:])
    else:
        return None
    if high is None or low is None or low < 10:
        return None
    return 100 * high + low


@lru_cache(maxsize=65536)
def parse_number(tokens: tuple[str, ...]) -> tuple[int | None, tuple[str, ...]]:
    """Return (number, notes) of folded tokens; a single run of digits is itself. None = not one certain number."""
    if len(tokens) == 1 and tokens[0].isdigit():
        return int(tokens[0]), ()
    if not tokens or any(t not in _WORDS for t in tokens):
        return None, ("UNREADABLE",)
    thousands = [i for i, t in enumerate(tokens) if t in _THOUSAND]
    if thousands:
        return _parse_thousands(tokens, thousands)
    if "tram" in tokens:
        value = _below_thousand(tokens)
        notes = ("LEADING_ONE_DROPPED",) if tokens[0] == "tram" else ()
        return (value, notes) if value is not None else (None, (_why_not(tokens),))
    value = _below_hundred(tokens)
    if value is not None:
        two_digits = len(tokens) == 2 and all(t in DIGITS for t in tokens)
        return value, (("TENS_WORD_DROPPED",) if two_digits else ())
    value = _read_out(tokens)
    return (value, ("DIGITS_READ_OUT",)) if value is not None else (None, ("UNREADABLE",))


def _parse_thousands(tokens: tuple[str, ...], at: list[int]) -> tuple[int | None, tuple[str, ...]]:
    head, rest = tokens[: at[0]], tokens[at[0] + 1 :]
    if len(at) > 1:
        return None, ("UNREADABLE",)
    low = _below_thousand(rest)
    if low is None:
        return None, (_why_not(rest),)
    if not head:
        return 1000 + low, ("LEADING_ONE_DROPPED",)
    high = _below_thousand(head) if "tram" in head else _below_hundred(head)
    return (1000 * high + low, ()) if high else (None, ("UNREADABLE",))


def _why_not(tokens: tuple[str, ...]) -> str:
    """Tell a form with two meanings from one that is no number."""
    after = tokens[tokens.index("tram") + 1 :] if "tram" in tokens else tokens
    return "AMBIGUOUS_NUMBER" if len(after) == 1 and after[0] in DIGITS else "UNREADABLE"


def read_number_words(text: str | None) -> NumberReading:
    """Read a number in words, 0 to 999,999: linh/lẻ, nghìn/ngàn, tư, lăm/nhăm, mốt, mươi dropped, digits read out.

    >>> read_number_words("nghìn chín trăm bảy mươi lăm").value
    1975
    """
    tokens = tuple(number_tokens(text or ""))
    if not tokens:
        return NumberReading(text or "", None, ("BLANK",))
    value, notes = parse_number(tokens)
    return NumberReading(text or "", value, notes, doubtful="AMBIGUOUS_NUMBER" in notes)


def _spell_below_hundred(n: int) -> str:
    tens, unit = divmod(n, 10)
    if tens == 0:
        return _UNITS[unit]
    words = "mười" if tens == 1 else f"{_UNITS[tens]} mươi"
    if unit == 0:
        return words
    special = {5: "lăm"} if tens == 1 else {1: "mốt", 4: "tư", 5: "lăm"}
    return f"{words} {special.get(unit, _UNITS[unit])}"


def _spell_below_thousand(n: int, *, padded: bool) -> str:
    hundreds, rest = divmod(n, 100)
    if not hundreds and not padded:
        return _spell_below_hundred(rest)
    words = f"{_UNITS[hundreds]} trăm"
    if rest == 0:
        return words
    return f"{words} linh {_UNITS[rest]}" if rest < 10 else f"{words} {_spell_below_hundred(rest)}"


def spell_number(n: int) -> str:
    """Return the official reading of 0 … 999,999: ``2004`` → ``hai nghìn không trăm linh bốn``."""
    if not 0 <= n <= 999_999:
        raise ValueError(f"{n}: only 0 to 999999 can be spelt.")
    thousands, rest = divmod(n, 1000)
    if not thousands:
        return _spell_below_thousand(rest, padded=False)
    words = f"{_spell_below_thousand(thousands, padded=False)} nghìn"
    return words if rest == 0 else f"{words} {_spell_below_thousand(rest, padded=True)}"
