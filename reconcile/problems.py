"""What is said when an input cannot be used: what, where, and what to do next.

A problem never carries the value of a citizen's cell into a log: ``text()`` gives the place and the
advice; the value goes only into the rejected rows that belong to the commune itself.
"""

from __future__ import annotations

from dataclasses import dataclass


class ReconcileError(Exception):
    """A mistake in arguments or configuration: exit status 2, its text shown without a traceback."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with one place of one input.

    ``code`` is stable (``UNKNOWN_LAYOUT``, ``NOT_A_WORKBOOK`` …); ``reason`` and ``advice`` are Vietnamese
    sentences, since a clerk reads them; ``row`` counts as Excel does (header = 1).
    """

    code: str
    reason: str
    advice: str
    file: str
    sheet: str | None = None
    row: int | None = None
    column: str | None = None

    def text(self) -> str:
        """Return one line: place, reason, advice. It holds no cell value."""
        place = [self.file]
        if self.sheet:
            place.append(f"trang tính {self.sheet}")
        if self.row is not None:
            place.append(f"dòng {self.row}")
        if self.column:
            place.append(f"cột {self.column}")
        return f"{', '.join(place)}: {self.reason} {self.advice}".rstrip()
