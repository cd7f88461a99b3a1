"""A date in words, as register books write it: *Ngày mười lăm tháng tám năm một nghìn chín trăm bảy mươi*."""

from __future__ import annotations

_ONES = ("", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
_LAST = {1: "mốt", 4: "tư", 5: "lăm"}


def _below_hundred(number: int) -> str:
    tens, unit = divmod(number, 10)
    if tens == 0:
        return _ONES[unit]
    if tens == 1:
        return f"mười {'lăm' if unit == 5 else _ONES[unit]}".strip()
    return f"{_ONES[tens]} mươi {_LAST.get(unit, _ONES[unit])}".strip()


def _year(year: int) -> str:
    thousands, rest = divmod(year, 1000)
    hundreds, rest = divmod(rest, 100)
    words = [_ONES[thousands], "nghìn", _ONES[hundreds] or "không", "trăm"]
    if rest == 0:
        return " ".join(words[:2] if hundreds == 0 else words)
    return " ".join([*words, "linh"] if rest < 10 else words) + " " + _below_hundred(rest)


def date_in_words(value: str) -> str:
    """Return ``1970-08-15``, ``1970-08`` or ``1970`` in words, capital first.

    >>> date_in_words("2005-04-21")
    'Ngày hai mươi mốt tháng tư năm hai nghìn không trăm linh năm'
    """
    parts = [int(part) for part in value.split("-")]
    words = [f"năm {_year(parts[0])}"]
    if len(parts) > 1:
        words.insert(0, f"tháng {'tư' if parts[1] == 4 else _below_hundred(parts[1])}")
    if len(parts) > 2:
        words.insert(0, f"ngày {_below_hundred(parts[2])}")
    text = " ".join(words)
    return text[0].upper() + text[1:]
