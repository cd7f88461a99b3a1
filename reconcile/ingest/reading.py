"""One file → its tables, whatever its kind; every failure becomes a worded problem."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconcile.ingest.decoding import decode_table
from reconcile.ingest.delimited import read_delimited
from reconcile.ingest.limits import limits
from reconcile.ingest.parquet import read_parquet
from reconcile.ingest.rejects import FileProblem
from reconcile.ingest.sniff import check_content
from reconcile.ingest.workbook import read_workbook

if TYPE_CHECKING:
    from pathlib import Path

    from reconcile.ingest.table import RawTable

ENDINGS = (".xlsx", ".xlsm", ".xls", ".csv", ".tsv", ".txt", ".parquet")
"""Endings of the files that are read."""


def read_tables(path: Path, name: str) -> list[RawTable]:
    """Return the tables of one file; ``name`` is how problems call it.

    Raises FileProblem where the file as a whole can't be used.
    """
    try:
        size = path.stat().st_size
        if size == 0:
            raise FileProblem("EMPTY_FILE")
        bound = limits().file.max_megabytes
        if size > bound * 1_000_000:
            raise FileProblem("TOO_LARGE", what="dung lượng (MB)", found=size // 1_000_000, limit=bound)
        check_content(path)
        ending = path.suffix.casefold()
        if ending in {".xlsx", ".xlsm", ".xls"}:
            tables = read_workbook(path)
        elif ending == ".parquet":
            tables = [decode_table(read_parquet(path))]
        else:
            tables = [decode_table(read_delimited(path, name))]
    except PermissionError as error:
        raise FileProblem("NO_PERMISSION") from error
    if not tables:
        raise FileProblem("EMPTY_FILE")
    return tables
