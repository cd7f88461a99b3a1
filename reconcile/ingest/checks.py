"""The checks of names and cells over many files at once: a province is thousands of small files of few layouts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from reconcile.ingest.rejects import FileProblem, as_rejected
from reconcile.ingest.row_checks import check_cells, check_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reconcile.ingest.parts import Part

_BATCH_ROWS = 200_000
"""Rows checked together at most: large enough that the cost per file vanishes, small beside the rows themselves."""


def check_parts(parts: list[Part]) -> tuple[list[pl.DataFrame], list[pl.DataFrame]]:
    """Return the usable rows of one register's parts and REJECTED frames; the parts' own rows are let go.

    Parts that share their headers are checked together. Where a check fails, which no input should bring about,
    the files are checked one by one, and the one at fault is told as UNREADABLE.
    """
    kept: list[pl.DataFrame] = []
    told: list[pl.DataFrame] = []
    for batch in _batches(parts):
        for rows, rejected in _checked(batch):
            kept.append(rows)
            told += rejected
        for part in batch:
            if part.report.problem is None:
                part.rows = None
    return kept, told


def _batches(parts: Iterable[Part]) -> Iterator[list[Part]]:
    """Cut the parts into lists of equal headers and columns, in order."""
    alike: dict[tuple[object, ...], list[Part]] = {}
    for part in parts:
        assert part.rows is not None
        alike.setdefault((*part.headers.items(), *part.rows.columns), []).append(part)
    for group in alike.values():
        batch: list[Part] = []
        size = 0
        for part in group:
            height = 0 if part.rows is None else part.rows.height
            if batch and size + height > _BATCH_ROWS:
                yield batch
                batch, size = [], 0
            batch.append(part)
            size += height
        yield batch


def _checked(batch: list[Part]) -> Iterator[tuple[pl.DataFrame, list[pl.DataFrame]]]:
    rows = pl.concat([part.rows for part in batch if part.rows is not None])
    register, headers = str(batch[0].report.register), batch[0].headers
    try:
        kept, nameless = check_names(rows, register, headers)
        rejected = [*nameless, *check_cells(kept, register, headers)]
    except Exception as error:  # noqa: BLE001 - the boundary of one file: the others go on
        if len(batch) > 1:
            for part in batch:
                yield from _checked([part])
            return
        yield rows.clear(), [_failed(batch[0], rows, error)]
        return
    yield kept, rejected


def _failed(part: Part, rows: pl.DataFrame, error: Exception) -> pl.DataFrame:
    """Tell a whole part as unreadable, by the exception's class alone; its rows count as rejected."""
    problem = FileProblem("UNREADABLE", kind=type(error).__name__)
    part.report = replace(part.report, rows_used=0, rows_rejected=part.report.rows_read, problem=problem.code)
    told = as_rejected([problem.told(part.report.path, part.report.sheet)], part.report.register)
    commune = rows["folder_commune"][0] if rows.height else None
    return told.with_columns(pl.lit(commune, pl.String).alias("commune_code"))
