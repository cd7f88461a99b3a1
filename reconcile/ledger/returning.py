"""The annotated copy: the clerk's own workbook with the reason beside every row that could not be taken."""

from __future__ import annotations

import io
import os
import warnings
from typing import TYPE_CHECKING

from reconcile.ledger.reading import file_content, recognised
from reconcile.report.encryption import encrypt, is_encrypted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from reconcile.ledger.judging import Outcome

TITLE = "Vì sao chưa nhận"
LIST_TITLE = "Chưa nhận"
SUFFIX = "_chua-nhan"


def write_annotated(
    path: Path, refused: Sequence[Outcome], folder: Path, *, password: str | None = None
) -> Path:
    """Write ``<name>_chua-nhan.xlsx`` into ``folder``: a list of all reasons first, and each reason in its row.

    The copy can be put right and returned as it is. Encrypted with the same password where the workbook was.
    """
    import openpyxl
    from openpyxl.styles import Alignment, Font, PatternFill

    content = file_content(path, password)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # Marks within a cell are given up: openpyxl writes their blanks so that other programs drop them.
        book = openpyxl.load_workbook(io.BytesIO(content))
    red, bold = PatternFill("solid", fgColor="FFD9D9"), Font(name="Arial", size=10, bold=True)
    wrap = Alignment(wrap_text=True, vertical="top")
    listed = book.create_sheet(_free(book.sheetnames), 0)
    listed.append(["Trang", "Dòng", TITLE])
    for width, letter in ((26, "A"), (8, "B"), (110, "C")):
        listed.column_dimensions[letter].width = width
    for cell in listed[1]:
        cell.font = bold
    columns: dict[str, int] = {}
    for one in refused:
        page = book[one.row.tab]
        at = columns.get(page.title) or _reason_column(page)
        columns[page.title] = at
        for row, column in ((one.row.row, at), (listed.max_row + 1, 3)):
            cell = (page if column == at and row == one.row.row else listed).cell(row, column)
            cell.value, cell.data_type, cell.alignment = one.reason, "s", wrap
        page.cell(one.row.row, at).fill = red
        line = listed.max_row
        for place, text in ((1, one.row.tab), (2, str(one.row.row))):
            cell = listed.cell(line, place)
            cell.value, cell.data_type, cell.alignment = text, "s", wrap
        listed.cell(line, 2).hyperlink = f"#'{page.title}'!A{one.row.row}"
    listed.freeze_panes = "A2"
    book.active = 0
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    target = folder / f"{path.stem.removesuffix(SUFFIX)}{SUFFIX}.xlsx"
    partial = target.with_name(f".{target.name}.partial")
    try:
        book.save(partial)
        if is_encrypted(path.read_bytes()) and password:
            encrypt(partial, password)
        with partial.open("rb") as handle:
            os.fsync(handle.fileno())
        partial.chmod(0o600)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return target


def _free(names: Sequence[str]) -> str:
    name, number = LIST_TITLE, 2
    while name in names:
        name, number = f"{LIST_TITLE} {number}", number + 1
    return name


def _reason_column(page: object) -> int:
    """Return the column for reasons: the one of an earlier copy, else the first free one; its header is written."""
    for number, cells in enumerate(page.iter_rows(max_row=10), start=1):  # type: ignore[attr-defined]
        titles = [c.value for c in cells]
        if recognised(titles) is None:
            continue
        at = titles.index(TITLE) + 1 if TITLE in titles else len(titles) + 1
        page.cell(number, at).value = TITLE  # type: ignore[attr-defined]
        page.column_dimensions[page.cell(number, at).column_letter].width = 60  # type: ignore[attr-defined]
        return at
    return 1
