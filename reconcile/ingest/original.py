"""The cells of register files with every column, also those that the comparison does not need.

The canonical tables keep what is compared. Whoever writes a record back needs all of it, so the source is read
again: files stay the one place where a record's full text is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from reconcile.ingest.files import find_files, input_paths
from reconcile.ingest.mapping import map_table
from reconcile.ingest.profiles import choose_profiles
from reconcile.ingest.reading import read_tables
from reconcile.ingest.rejects import FileProblem
from reconcile.ingest.sheets import choose_tables
from reconcile.ingest.vocabulary import header_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence


@dataclass(frozen=True, slots=True)
class OriginalTable:
    """All cells of one table of a register file as text.

    ``cells``: ``source_row`` (as Excel counts) and ``c0``, ``c1`` … by position, decoded to Unicode, data rows
    only; ``headers`` the header text of each position, "" where there is none; ``fields`` canonical field →
    positions, the preferred first (a value is the first of them that is filled).
    """

    source_file: str
    source_sheet: str | None
    profile: str
    register: str
    headers: tuple[str, ...]
    fields: dict[str, tuple[int, ...]]
    cells: pl.DataFrame


def read_originals(
    paths: Sequence[str | Path] | str | Path,
    *,
    profile: str | None = None,
    root: str | Path | None = None,
    only: Collection[str] | None = None,
) -> Iterator[OriginalTable]:
    """Yield the tables of register files one by one, in the order of ``read_civil`` called with the same arguments.

    ``only``: names of files (``source_file``) to open; others are passed over unread. A file that can't be read
    yields nothing: ``read_civil`` has told why.
    """
    profiles = choose_profiles("civil", profile)
    others = () if profile else choose_profiles("population")
    for found in find_files(input_paths(paths), Path(root) if root else None):
        if only is not None and found.name not in only:
            continue
        try:
            chosen = choose_tables(read_tables(found.path, found.name), profiles, others)
        except FileProblem:
            continue
        for choice in chosen:
            if choice.fit is None or choice.fit.missing:
                continue
            fit = choice.fit
            rows = map_table(choice.table, fit).frame["source_row"]
            cells = choice.table.cells.select(choice.table.rows.alias("source_row"), pl.all())
            yield OriginalTable(
                source_file=found.name,
                source_sheet=choice.table.sheet,
                profile=fit.profile.name,
                register=fit.layout.register_,
                headers=tuple(header_text(cell or "") for cell in fit.header.cells),
                fields=dict(fit.fields),
                cells=cells.filter(pl.col("source_row").is_in(rows.implode())),
            )
