"""CSV files → tables of text. The row number is the ordinal of the record, the header included.

A record may span lines (a quoted line break); it still counts once, as in Excel. An empty line counts and is
left out. A record with too few or too many cells is reported, the others are read.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import polars as pl

from reconcile.ingest.encoding import decode
from reconcile.ingest.limits import limits
from reconcile.ingest.rejects import FileProblem, problem
from reconcile.ingest.table import RawTable

if TYPE_CHECKING:
    from pathlib import Path

    from reconcile.problems import Problem

_SEPARATORS = (",", ";", "\t", "|")
_SNIFFED = 64_000


def sniff_separator(text: str) -> str:
    """Return the separator whose use in the first records is the most regular and the widest."""
    best, best_score = ",", (-1.0, 0)
    sample = text[:_SNIFFED]
    if len(text) > _SNIFFED:
        sample = sample[: sample.rfind("\n") + 1] or sample
    for separator in _SEPARATORS:
        counts = [
            len(record)
            for record in csv.reader(io.StringIO(sample, newline=""), delimiter=separator)
            if record
        ]
        if not counts:
            continue
        width = max(set(counts), key=lambda n: (counts.count(n), n))
        if width < 2:
            continue
        score = (counts.count(width) / len(counts), width)
        if (score[0] >= 0.5, *reversed(score)) > (best_score[0] >= 0.5, *reversed(best_score)):
            best, best_score = separator, score
    return best


def read_delimited(path: Path, name: str) -> RawTable:
    """Return a CSV file as one table of text.

    ``name`` is how the file is called in problems. Raises FileProblem where it is empty or too large.
    """
    bounds = limits().text
    decoded = decode(path.read_bytes())
    text = decoded.text.replace("\x00", "")
    if not text.strip():
        raise FileProblem("EMPTY_FILE")
    separator = sniff_separator(text)
    csv.field_size_limit(1 << 30)
    records = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    if len(records) > bounds.max_rows:
        raise FileProblem("TOO_LARGE", what="số dòng", found=len(records), limit=bounds.max_rows)
    width = _width(records)
    if width > bounds.max_columns:
        raise FileProblem("TOO_LARGE", what="số cột", found=width, limit=bounds.max_columns)
    problems: list[Problem] = []
    kept: list[list[str]] = []
    rows: list[int] = []
    blank = 0
    head = next((n for n, record in enumerate(records) if len(record) == width), 0)
    for number, record in enumerate(records):
        if not any(cell.strip() for cell in record):
            blank += number > head
            continue
        if len(record) > width and not any(cell.strip() for cell in record[width:]):
            record = record[:width]
        if len(record) != width and number > head:
            problems.append(
                problem("WRONG_CELL_COUNT", name, row=number + 1, found=len(record), expected=width)
            )
            continue
        kept.append((record + [""] * width)[:width])
        rows.append(number + 1)
    cells = pl.DataFrame(
        {f"c{n}": [record[n] or None for record in kept] for n in range(width)},
        schema={f"c{n}": pl.String for n in range(width)},
    )
    if decoded.legacy_lines:
        problems.append(problem("MIXED_ENCODINGS", name, lines=len(decoded.legacy_lines)))
    return RawTable(None, cells, pl.Series("row", rows, dtype=pl.UInt32), tuple(problems), blank)


def _width(records: list[list[str]]) -> int:
    """Return the number of columns: that of the first record that most of the next ones share."""
    counts = [len(record) for record in records[:200] if any(cell.strip() for cell in record)]
    return max(set(counts), key=lambda n: (counts.count(n), n)) if counts else 0
