"""The fonts of a workbook's cells, looked at only where its style table names a legacy font.

A ``.Vn…`` or ``VNI…`` font tells the encoding of a cell for certain. Cells are found in the sheet's XML by
their style number, which is many times faster than opening every cell.
"""

from __future__ import annotations

import re
import zipfile
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import polars as pl

from reconcile.ingest.limits import limits
from reconcile.ingest.rejects import FileProblem
from reconcile.normalize.encodings import font_encoding

if TYPE_CHECKING:
    from pathlib import Path

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_REL = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_FILLED = re.compile(rb'<(?:\w+:)?c\s[^>]*?\br="([A-Z]{1,3})\d+"[^>]*>\s*(?:<(?:\w+:)?f[^<]*(?:</(?:\w+:)?f>)?\s*)?<(?:\w+:)?(?:v|is)\b')  # fmt: skip


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _parsed(archive: zipfile.ZipFile, member: str) -> ET.Element:
    """Return one small XML member; a document type, which no office program writes, is refused."""
    data = archive.read(member)
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise FileProblem("DAMAGED_WORKBOOK")
    return ET.fromstring(data)  # noqa: S314 - entities are refused above


def legacy_styles(archive: zipfile.ZipFile) -> dict[int, str]:
    """Return style number → font name, for the styles whose font is a legacy one."""
    if "xl/styles.xml" not in archive.namelist():
        return {}
    root = _parsed(archive, "xl/styles.xml")
    fonts = []
    for font in root.iterfind(f"{_MAIN}fonts/{_MAIN}font"):
        name = font.find(f"{_MAIN}name")
        fonts.append("" if name is None else name.get("val", ""))
    found: dict[int, str] = {}
    for number, style in enumerate(root.iterfind(f"{_MAIN}cellXfs/{_MAIN}xf")):
        at = int(style.get("fontId", "0"))
        if at < len(fonts) and font_encoding(fonts[at])[0]:
            found[number] = fonts[at]
    return found


def _sheet_members(archive: zipfile.ZipFile) -> dict[str, str]:
    """Return sheet name → member of the zip."""
    book = _parsed(archive, "xl/workbook.xml")
    links = _parsed(archive, "xl/_rels/workbook.xml.rels")
    targets = {link.get("Id", ""): link.get("Target", "") for link in links}
    members: dict[str, str] = {}
    for sheet in book.iterfind(f"{_MAIN}sheets/{_MAIN}sheet"):
        target = targets.get(sheet.get(f"{_REL}id", ""), "")
        members[sheet.get("name", "")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return members


def cell_fonts(path: Path, frames: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Return sheet name → fonts, a frame of the shape of the sheet's cells with a legacy font's name or null.

    ``frames`` sheet name → its cells from row 1 on, from the first filled column on. Sheets without a legacy
    font are left out; so is everything where the workbook is too large to look at cell by cell.
    """
    result: dict[str, pl.DataFrame] = {}
    with zipfile.ZipFile(path) as archive:
        styles = legacy_styles(archive)
        if not styles:
            return {}
        members = _sheet_members(archive)
        wanted = b"|".join(str(number).encode() for number in styles)
        pattern = re.compile(rb'<(?:\w+:)?c\s(?=[^>]*?\bs="(' + wanted + rb')")[^>]*?\br="([A-Z]{1,3})(\d+)"')
        for name, frame in frames.items():
            if frame.height * frame.width > limits().workbook.max_font_cells or name not in members:
                continue
            xml = archive.read(members[name])
            cells = [
                (int(m[3]) - 1, _column(m[2].decode()), styles[int(m[1])]) for m in pattern.finditer(xml)
            ]
            if cells:
                left = min((_column(m[1].decode()) for m in _FILLED.finditer(xml)), default=0)
                result[name] = spread(cells, left, frame)
    return result


def spread(cells: list[tuple[int, int, str]], left: int, frame: pl.DataFrame) -> pl.DataFrame:
    """Return the fonts of ``cells`` (row and column from 0, font name) in the shape of ``frame``, column ``left`` first."""
    columns: dict[int, list[str | None]] = {}
    for row, column, font in cells:
        at = column - left
        if 0 <= at < frame.width and row < frame.height:
            columns.setdefault(at, [None] * frame.height)[row] = font
    return pl.DataFrame(
        {f"c{n}": columns.get(n, [None] * frame.height) for n in range(frame.width)},
        schema={f"c{n}": pl.String for n in range(frame.width)},
    )
