"""Read the code lists ``rules/lists/*.csv``: comment lines with their sources, a header, rows."""

from __future__ import annotations

import csv
from functools import lru_cache

from reconcile.problems import ReconcileError
from reconcile.resources import rules_path

Row = dict[str, str]


@lru_cache(maxsize=64)
def list_rows(name: str) -> tuple[Row, ...]:
    """Return the rows of ``rules/lists/<name>`` as dicts; lines that start with ``#`` are comments."""
    path = rules_path("lists", name)
    if not path.is_file():
        raise ReconcileError(f"{path}: there is no such list. Reinstall the package or restore the file.")
    with path.open(encoding="utf-8", newline="") as handle:
        lines = [(number, line) for number, line in enumerate(handle, start=1) if not line.startswith("#")]
    reader = csv.DictReader(line for _, line in lines)
    rows = []
    for row, (number, _) in zip(reader, lines[1:], strict=False):
        if None in row or None in row.values():
            wanted = len(reader.fieldnames or [])
            raise ReconcileError(
                f"{path}, line {number}: expected {wanted} values. Quote values with commas."
            )
        rows.append({key: value.strip() for key, value in row.items()})
    return tuple(rows)


@lru_cache(maxsize=64)
def load_list(name: str, *, key: str) -> dict[str, list[Row]]:
    """Return the rows of a list by the value of one column."""
    table: dict[str, list[Row]] = {}
    for row in list_rows(name):
        if key not in row:
            raise ReconcileError(
                f"{rules_path('lists', name)}: column {key} is missing. Add it to the header."
            )
        table.setdefault(row[key], []).append(row)
    return table
