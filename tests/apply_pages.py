"""The pages of a returned workbook, read and written the slow and plain way."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from reconcile.ledger.conclusions import read_conclusion
from reconcile.ledger.reading import recognised
from reconcile.report import layout


def header_of(page: Any) -> dict[str, int] | None:
    return _columns(tuple(c.value for c in page[1]))


@functools.cache
def _columns(titles: Sequence[Any]) -> dict[str, int] | None:
    found = recognised(titles)
    return found[1] if found else None


def rows_of(page: Any) -> list[list[Any]]:
    return [[c.value for c in row] for row in page.iter_rows(min_row=2)]


def put_rows(page: Any, rows: list[list[Any]]) -> None:
    page.delete_rows(2, page.max_row)
    for at, row in enumerate(rows, start=2):
        for column, value in enumerate(row, start=1):
            page.cell(at, column).value = value


def typed_in(book: Any) -> dict[tuple[str, int], tuple[Any, str | None]]:
    """Read what stands in a file, the slow and plain way: (sheet, row) → (id, conclusion typed)."""
    found: dict[tuple[str, int], tuple[Any, str | None]] = {}
    for page in book.worksheets:
        at = header_of(page)
        if at is None or page.title in (layout.LIST_SHEET, layout.STAMP_SHEET):
            continue
        assert layout.ID_KEY in at, "no rule takes the ids away"
        for row in range(2, page.max_row + 1):
            cells = {k: page.cell(row, at[k] + 1).value for k in layout.EDIT_KEYS if k in at}
            text = {k: " ".join(layout.cell_text(str(v)).split()) for k, v in cells.items() if v is not None}
            if any(v for k, v in text.items() if k != "nguoi_xu_ly"):
                conclusion = read_conclusion(text.get("ket_luan", "")) if text.get("ket_luan") else None
                found[page.title, row] = (page.cell(row, at[layout.ID_KEY] + 1).value, conclusion)
    return found
