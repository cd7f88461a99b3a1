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
_UNDEFINED_IN_1252 = {byte: chr(byte) for byte in (0x81, 0x8D, 0x8F, 0x90, 0x9D)}


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text of a file; ``legacy_lines`` numbers (from 0) of the lines that were not UTF-8."""

    text: str
    encoding: str
    legacy_lines: frozenset[int] = frozenset()


def _western(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return "".join(chr(b) for b in error.object[error.start : error.end]), error.end


codecs.register_error("reconcile.latin1", _western)


def decode(data: bytes) -> Decoded:
    """Return the text of ``data``.

    Order: byte order mark; UTF-16 without a mark (every second byte of the start is 0); UTF-8; else each
    line by itself, UTF-8 where it is valid and Windows-1252 otherwise. A line of legacy bytes keeps every
    byte as one character, so that the column vote on legacy encodings can still read it.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return Decoded(data[len(mark) :].decode(encoding, errors="replace"), encoding)
    start = data[:2000]
    if len(start) >= 4 and b"\x00" in start:
        odd, even = start[1::2].count(0), start[0::2].count(0)
        if max(odd, even) > len(start) // 5:
            encoding = "utf-16-le" if odd > even else "utf-16-be"
            return Decoded(data.decode(encoding, errors="replace"), encoding)
    try:
        return Decoded(data.decode("utf-8"), "utf-8")
    except UnicodeDecodeError:
        pass
    lines: list[str] = []
    legacy: list[int] = []
    for number, line in enumerate(data.split(b"\n")):
        try:
            lines.append(line.decode("utf-8"))
        except UnicodeDecodeError:
            lines.append(line.decode("cp1252", errors="reconcile.latin1"))
            legacy.append(number)
    return Decoded("\n".join(lines), "mixed", frozenset(legacy))
