"""Places in a part of a spreadsheet's XML, so that a few cells can be written and every other byte stays as it was."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.parsers import expat
from xml.sax.saxutils import escape

from reconcile.report.layout import cell_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

Edit = tuple[int, int, bytes]
"""From byte, to byte (excluded), what stands there instead."""

_ENCODING = re.compile(rb"""^<\?xml[^>]*\bencoding=["']([\w.-]+)["']""")
_ESCAPED = re.compile(r"(_x[0-9A-Fa-f]{4}_)")
"""What spreadsheet programs read as the number of a character."""

_LETTERS = re.compile(r"[A-Z]+")


@dataclass(slots=True)
class Element:
    """One element of a part: ``start:inner`` is its first tag, ``inner:close`` what it holds, ``close:end`` its last tag.

    ``name`` is without prefix. An empty element ``<c/>`` has ``inner == close == end``.
    """

    name: str
    attributes: dict[str, str]
    start: int
    inner: int
    close: int = -1
    end: int = -1

    @property
    def empty(self) -> bool:
        """Tell whether it is one tag only."""
        return self.inner == self.end

    def move(self, by: int) -> None:
        """Count its places from another beginning."""
        self.start, self.inner, self.close, self.end = (
            place + by for place in (self.start, self.inner, self.close, self.end)
        )


def utf8(content: bytes) -> bytes:
    """Return the part in UTF-8, which nearly all programs write."""
    declared = _ENCODING.match(content)
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = content.decode("utf-16")
    elif declared is not None and declared[1].lower() not in (b"utf-8", b"us-ascii", b"ascii"):
        text = content.decode(declared[1].decode("ascii"))
    else:
        return content.removeprefix(b"\xef\xbb\xbf")
    return re.sub(r"^<\?xml[^>]*\?>", '<?xml version="1.0" encoding="UTF-8"?>', text).encode()


def elements(content: bytes, names: Collection[str]) -> tuple[str, list[Element]]:
    """Return the prefix of the main namespace (``"x:"`` or ``""``) and the elements called ``names``, in order.

    Raises expat's error where the part is no XML; entities beyond those of XML are never resolved.
    """
    parser = expat.ParserCreate()
    found: list[Element] = []
    opened: list[Element] = []
    prefix: list[str] = []

    wanted: dict[str, str] = {}

    def first(tag: str, attributes: dict[str, str]) -> None:
        before, _, _ = tag.rpartition(":")
        prefix.append(f"{before}:" if before else "")
        wanted.update({f"{prefix[0]}{name}": name for name in names})
        parser.StartElementHandler = begin
        begin(tag, attributes)

    def begin(tag: str, attributes: dict[str, str]) -> None:
        if tag in wanted:
            start = parser.CurrentByteIndex
            one = Element(wanted[tag], attributes, start, content.index(b">", start) + 1)
            found.append(one)
            opened.append(one)

    def finish(tag: str) -> None:
        if tag in wanted:
            one = opened.pop()
            if content[one.inner - 2 : one.inner] == b"/>":
                one.close = one.end = one.inner
            else:
                one.close = parser.CurrentByteIndex
                one.end = content.index(b">", one.close) + 1

    parser.StartElementHandler = first
    parser.EndElementHandler = finish
    parser.Parse(content, True)
    return prefix[0] if prefix else "", found


def edited(content: bytes, edits: Iterable[Edit]) -> bytes:
    """Return the part with the edits made; of those at one place the first given stands first."""
    pieces, done = [], 0
    for start, end, text in sorted(edits, key=lambda e: e[:2]):
        pieces += [content[done:start], text]
        done = end
    return b"".join([*pieces, content[done:]])


def with_attributes(content: bytes, one: Element, values: Mapping[str, str | None]) -> Edit:
    """Return the edit that sets attributes in the first tag of an element; None takes one out."""
    tag = content[one.start : one.inner]
    for name, value in values.items():
        tag = re.sub(rb"\s%s\s*=\s*(\"[^\"]*\"|'[^']*')" % re.escape(name.encode()), b"", tag)
        if value is not None:
            close = len(tag) - (2 if tag.endswith(b"/>") else 1)
            tag = tag[:close].rstrip() + f' {name}="{attribute(value)}"'.encode() + tag[close:]
    return one.start, one.inner, tag


def inside(content: bytes, one: Element, text: bytes, prefix: str) -> Edit:
    """Return the edit that adds ``text`` at the end of an element."""
    if not one.empty:
        return one.close, one.close, text
    tag = content[one.start : one.inner].removesuffix(b"/>").rstrip() + b">"
    return one.start, one.inner, tag + text + f"</{prefix}{one.name}>".encode()


def attribute(text: str) -> str:
    """Return text as the value of an attribute in double quotes."""
    return escape(text, {'"': "&quot;", "\n": "&#10;", "\t": "&#9;"})


def text_cell(prefix: str, place: str, style: str | None, text: str) -> bytes:
    """Return a cell that holds its text itself, so that nothing in it is ever a formula."""
    p, s = prefix, f' s="{style}"' if style is not None else ""
    text = _ESCAPED.sub(r"_x005F\1", cell_text(text))
    return (
        f'<{p}c r="{place}"{s} t="inlineStr"><{p}is><{p}t xml:space="preserve">{escape(text)}</{p}t></{p}is></{p}c>'
    ).encode()


def column_of(place: str) -> int:
    """Return the column of a cell's address, counted from 1: ``AB7`` is 28."""
    letters = _LETTERS.match(place)
    number = 0
    for letter in letters[0] if letters else "":
        number = number * 26 + ord(letter) - 64
    return number
