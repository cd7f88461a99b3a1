"""The cells of one column of a file, for looking at how the engine reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconcile.ingest.mapping import recognise
from reconcile.ingest.profiles import load_profiles
from reconcile.ingest.reading import read_tables
from reconcile.ingest.rejects import FileProblem
from reconcile.ingest.vocabulary import header_key
from reconcile.problems import ReconcileError

if TYPE_CHECKING:
    from pathlib import Path


def read_column(path: Path, column: str) -> list[tuple[str, int]]:
    """Return the distinct cells under a header with the number of times each occurs, the most frequent first.

    ``column`` is a header text or a field (``nks.ho_ten``). Raises ReconcileError where the file can't be
    read or has no such column, with the columns that it has.
    """
    try:
        table = read_tables(path, path.name)[0]
        fit = recognise(table, load_profiles())
        row, fields = fit.header.row, fit.fields
        header = [cell or "" for cell in fit.header.cells]
    except FileProblem as error:
        if error.code != "UNKNOWN_LAYOUT":
            raise ReconcileError(error.told(path.name).text()) from error
        row, fields = 0, {}
        header = [cell or "" for cell in table.head(1)[0]]
    wanted = header_key(column)
    places = fields.get(column) or tuple(
        n for n, cell in enumerate(header) if cell and header_key(cell) == wanted
    )
    if not places:
        known = ", ".join(cell.strip() for cell in header if cell.strip())
        raise ReconcileError(f"{path.name} has no column {column!r}. Its columns: {known}.")
    cells = table.cells[f"c{places[0]}"].slice(row + 1).drop_nulls().alias("cell")
    counted = cells.value_counts(sort=False).sort(["count", "cell"], descending=[True, False])
    return [(text, int(count)) for text, count in counted.iter_rows()]
