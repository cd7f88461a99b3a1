"""Records of a CSV text read one by one, so that an unclosed quote costs one record and not the rest."""

from __future__ import annotations

import csv
from dataclasses import dataclass

_SPAN = 40
"""A record may span that many lines; a quote still open then was never closed."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record: its ordinal in the file (header = 1), its cells, whether a line of it was not UTF-8."""

    number: int
    cells: list[str]
    legacy: bool = False


@dataclass(frozen=True, slots=True)
class BadRecord(Record):
    """A line whose quote is never closed."""


def _split(line: str, separator: str) -> list[str]:
    return next(csv.reader([line], delimiter=separator), [])


def _open(text: str) -> bool:
    return text.count('"') % 2 == 1


def read_records(
    text: str, separator: str, width: int, legacy_lines: frozenset[int] = frozenset()
) -> list[Record]:
    """Return the records of ``text`` in order.

    A line with an odd number of quotes is joined with the next ones until the quotes are even and the record
    has ``width`` cells; where that does not happen within a few lines, the line is a BadRecord of its own.
    """
    csv.field_size_limit(1 << 30)
    lines = text.split("\n")
    if lines and not lines[-1]:
        lines.pop()
    records: list[Record] = []
    at = 0
    while at < len(lines):
        line = lines[at].removesuffix("\r")
        last, cells = at, _split(line, separator)
        bad = False
        if _open(line):
            bad = True
            joined = line
            for ahead in range(at + 1, min(at + _SPAN, len(lines))):
                joined += "\n" + lines[ahead].removesuffix("\r")
                if not _open(joined):
                    cells = _split_all(joined, separator)
                    if len(cells) == width:
                        last, bad = ahead, False
                        break
        legacy = any(n in legacy_lines for n in range(at, last + 1)) if legacy_lines else False
        kind = BadRecord if bad else Record
        records.append(kind(len(records) + 1, _split(line, separator) if bad else cells, legacy))
        at = last + 1
    return records


def _split_all(text: str, separator: str) -> list[str]:
    found = list(csv.reader(text.splitlines(keepends=True), delimiter=separator))
    return found[0] if len(found) == 1 else []
