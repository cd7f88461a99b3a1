"""Find the scanned page of a record: ``KS.2016.01.2016-03-15.052.pdf`` (công văn 1437/BTP-CNTT, domain.md §1.3)."""

from __future__ import annotations

import datetime as dt
import os
import re
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from pathlib import Path

_NAME = re.compile(r"([A-Za-z]+)\.(\d{4})\.(\d{1,3})\.(\d{4}-\d{2}-\d{2})\.(\d+)\.pdf", re.IGNORECASE)

Key: TypeAlias = "tuple[str, int, int, int]"


class Scans:
    """The scans below a folder, found by register, year of the book, book, number and, if need be, date.

    Leading zeros of the number vary, so numbers are compared as integers.
    """

    def __init__(self, folder: Path | None, relative_to: Path) -> None:
        """List ``folder`` once; links are made relative to the folder of the workbooks."""
        self._found: dict[Key, list[tuple[str, str]]] = {}
        if folder is None or not folder.is_dir():
            return
        for path in sorted(folder.rglob("*")):
            match = _NAME.fullmatch(path.name)
            if match:
                key = (match[1].upper(), int(match[2]), int(match[3]), int(match[5]))
                link = os.path.relpath(path, relative_to).replace(os.sep, "/")
                self._found.setdefault(key, []).append((match[4], link))

    def __bool__(self) -> bool:
        """Tell whether there is any scan."""
        return bool(self._found)

    def link(
        self,
        register: str | None,
        year: int | None,
        book: int | None,
        number: int | None,
        day: dt.date | None,
    ) -> str | None:
        """Return the relative path of the record's scan, or None where there is none or more than one fits."""
        if register is None or year is None or book is None or number is None:
            return None
        found = self._found.get((register.upper(), year, book, number), [])
        if day is not None:
            dated = [link for named, link in found if named == day.isoformat()]
            if dated:
                return dated[0] if len(dated) == 1 else None
        return found[0][1] if len(found) == 1 else None
