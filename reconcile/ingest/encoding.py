"""The encoding of a text file: Unicode by its mark or by proof, else line by line, never losing a line."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_BLOCK = 1 << 24


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text file as UTF-8 bytes with line feeds.

    ``encoding`` utf-8, utf-16-le …, ``legacy`` (no line beyond ASCII is UTF-8) or ``mixed``;
    ``legacy_lines`` numbers (from 0) of the lines that were not UTF-8.
    """

    data: bytes
    encoding: str
    legacy_lines: frozenset[int] = frozenset()


def _one_character_per_byte(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return "".join(chr(b) for b in error.object[error.start : error.end]), error.end


codecs.register_error("reconcile.bytes", _one_character_per_byte)


def is_utf8(data: bytes) -> bool:
    """True if ``data`` is UTF-8 throughout; looked at in blocks, since an extract may have gigabytes."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    view = memoryview(data)
    try:
        for start in range(0, len(data), _BLOCK):
            decoder.decode(view[start : start + _BLOCK], final=start + _BLOCK >= len(data))
    except UnicodeDecodeError:
        return False
    return True


def _line_feeds(data: bytes) -> bytes:
    if b"\r" in data and b"\n" not in data:
        return data.replace(b"\r", b"\n")
    return data


def decode(data: bytes) -> Decoded:
    """Return the text of a file.

    Order: byte order mark; UTF-16 without a mark (every second byte of the start is 0); UTF-8; else each
    line by itself, UTF-8 where it is valid and Windows-1252 otherwise: a legacy byte keeps its own
    character, so that the column vote on legacy encodings can still read it.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            body = data[len(mark) :]
            if encoding == "utf-8":
                return _unicode(body) if is_utf8(body) else _by_line(body)
            return _recode(body, encoding)
    start = data[:2000]
    if len(start) >= 4 and b"\x00" in start:
        odd, even = start[1::2].count(0), start[0::2].count(0)
        if max(odd, even) > len(start) // 5:
            return _recode(data, "utf-16-le" if odd > even else "utf-16-be")
    return _unicode(data) if is_utf8(data) else _by_line(data)


def _unicode(data: bytes) -> Decoded:
    return Decoded(_line_feeds(data.replace(b"\x00", b"") if b"\x00" in data else data), "utf-8")


def _recode(data: bytes, encoding: str) -> Decoded:
    text = data.decode(encoding, errors="replace").replace("\x00", "")
    return Decoded(_line_feeds(text.encode("utf-8", errors="replace")), encoding)


def _by_line(data: bytes) -> Decoded:
    lines: list[bytes] = []
    legacy: list[int] = []
    unicode_lines = 0
    for number, line in enumerate(_line_feeds(data).replace(b"\x00", b"").split(b"\n")):
        try:
            unicode_lines += not line.isascii() and bool(line.decode("utf-8"))
            lines.append(line)
        except UnicodeDecodeError:
            lines.append(line.decode("cp1252", errors="reconcile.bytes").encode("utf-8"))
            legacy.append(number)
    return Decoded(b"\n".join(lines), "mixed" if unicode_lines else "legacy", frozenset(legacy))
