"""CSV files → tables of text. The row number is the ordinal of the record, the header included.

A record may span lines (a quoted line break); it still counts once, as in Excel. An empty line counts and is
left out. A record with too few or too many cells is reported, the others are read.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any

import polars as pl

from reconcile.ingest.encoding import Decoded, decode
from reconcile.ingest.limits import limits
from reconcile.ingest.line_records import BadRecord, Record, read_records
from reconcile.ingest.profiles import load_profiles
from reconcile.ingest.rejects import FileProblem, problem
from reconcile.ingest.table import RawTable, blank_rows
from reconcile.ingest.vocabulary import header_key

if TYPE_CHECKING:
    from pathlib import Path

    from reconcile.problems import Problem

_SEPARATORS = (",", ";", "\t", "|")
_SNIFFED = 128_000
_SNIFFED_RECORDS = 200
_LINE_BREAKS = 30
"""More line breaks than that in one cell speak for a quote that was never closed."""


def _sample(data: bytes) -> str:
    text = data[:_SNIFFED].decode("utf-8", errors="ignore")
    return text if len(data) <= _SNIFFED else text[: text.rfind("\n") + 1] or text


def _records(text: str, separator: str) -> list[list[str]]:
    csv.field_size_limit(1 << 30)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    return list(islice(lines, _SNIFFED_RECORDS))


def _width(records: list[list[str]]) -> int:
    """Return the number of cells that most of the first records have."""
    counts = [len(record) for record in records if any(cell.strip() for cell in record)]
    return max(set(counts), key=lambda n: (counts.count(n), n)) if counts else 0


@dataclass(frozen=True, slots=True)
class Shape:
    """How a text is split: separator, number of cells, ordinal of the record that seems to be the header."""

    separator: str
    width: int
    head: int


def find_shape(text: str) -> Shape:
    """Return the shape in which the start of a text makes the most sense.

    The separator that yields a record with the most known header words wins, then the most even one, then
    the one with the most cells. The header's own number of cells counts, not that of the rows.
    """
    shapes = [_judge(_records(text, separator), separator) for separator in _SEPARATORS]
    return max(shapes, key=lambda item: item[0])[1]


def _judge(records: list[list[str]], separator: str) -> tuple[tuple[int, bool, int, int], Shape]:
    known = [sum(header_key(cell) in header_words() for cell in record) for record in records]
    best = max(known, default=0)
    usual = _width(records)
    rank = -_SEPARATORS.index(separator)
    if best >= 2 or (best and usual < 2):
        at = known.index(best)
        header = records[at]
        stripped = len(header)
        while stripped and not header[stripped - 1].strip():
            stripped -= 1
        width = usual if usual == stripped else len(header)
        return (best, True, width, rank), Shape(separator, width, at + 1)
    filled = [record for record in records if record]
    even = usual > 1 and sum(len(record) == usual for record in filled) >= 0.8 * len(filled)
    at = next((n for n, record in enumerate(records, 1) if len(record) == usual), 1)
    return (0, even, usual, rank), Shape(separator, usual, at)


@lru_cache(maxsize=1)
def header_words() -> frozenset[str]:
    """Return the keys of all header words of all shipped profiles."""
    found: set[str] = set()
    for profile in load_profiles():
        for words in profile.vocabularies:
            found |= {*words.fields, *words.loose, *words.ignored}
    return frozenset(found - {""})


def read_delimited(path: Path, name: str) -> RawTable:
    """Return a CSV file as one table of text; ``name`` is how the file is called in problems.

    Raises FileProblem where it is empty or too large.
    """
    bounds = limits().text
    decoded = decode(path.read_bytes())
    sample = _sample(decoded.data)
    if not sample.strip() and not decoded.data.strip():
        raise FileProblem("EMPTY_FILE")
    shape = find_shape(sample)
    separator, width, head = shape.separator, shape.width, shape.head
    if width > bounds.max_columns:
        raise FileProblem("TOO_LARGE", what="số cột", found=width, limit=bounds.max_columns)
    table = None if decoded.legacy_lines else _read_fast(decoded, separator, width, head, name)
    if table is None:
        table = _read_slow(decoded, separator, width, head, name)
    if table.cells.height > bounds.max_rows:
        raise FileProblem("TOO_LARGE", what="số dòng", found=table.cells.height, limit=bounds.max_rows)
    return table


def _read_fast(decoded: Decoded, separator: str, width: int, head: int, name: str) -> RawTable | None:
    """Read with Arrow; None where it gives up or where a quote seems to have swallowed lines."""
    import pyarrow as pa
    import pyarrow.csv as arrow_csv

    odd: list[tuple[int, str]] = []

    def note(row: Any) -> str:
        odd.append((row.number, row.text))
        return "skip"

    names = [f"c{n}" for n in range(width)]
    quotes = decoded.data.count(b'"')

    def parsed(*, threads: bool) -> Any:
        """Return the Arrow table. With threads a record of another width is an error, without it is noted."""
        return arrow_csv.read_csv(
            io.BytesIO(decoded.data),
            read_options=arrow_csv.ReadOptions(use_threads=threads, column_names=names, block_size=1 << 25),
            parse_options=arrow_csv.ParseOptions(
                delimiter=separator,
                newlines_in_values=quotes > 0,
                ignore_empty_lines=False,
                invalid_row_handler=None if threads else note,
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types={c: pa.large_string() for c in names},
                null_values=[""],
                strings_can_be_null=True,
                check_utf8=False,
            ),
        )

    try:
        try:
            body = parsed(threads=True)
        except pa.ArrowInvalid:
            body = parsed(threads=False)
    except pa.ArrowInvalid:
        return None
    cells = pl.DataFrame(pl.from_arrow(body))
    if quotes % 2 or any("\n" in text for _, text in odd) or _swallowed(cells, quoted=quotes > 0):
        return None
    numbers = pl.int_range(1, cells.height + len(odd) + 1, eager=True, dtype=pl.UInt32)
    if odd:
        numbers = numbers.filter(~numbers.is_in(pl.Series([n for n, _ in odd], dtype=pl.UInt32).implode()))
    read = [
        Record(number, next(csv.reader(io.StringIO(text, newline=""), delimiter=separator), []))
        for number, text in odd
    ]
    kept, problems, blank = _sort_out(read, width, head, name)
    if kept:
        numbers, cells = _merged(numbers, cells, kept, width)
    return _table(numbers, cells, problems, blank, head)


def _read_slow(decoded: Decoded, separator: str, width: int, head: int, name: str) -> RawTable:
    """Read record by record: for mixed encodings and for quotes that were never closed."""
    read = read_records(
        decoded.data.decode("utf-8", errors="replace"), separator, width, decoded.legacy_lines
    )
    kept, problems, blank = _sort_out(read, width, head, name)
    if decoded.encoding == "mixed":
        problems.append(problem("MIXED_ENCODINGS", name, lines=len(decoded.legacy_lines)))
    schema = {f"c{n}": pl.String for n in range(width)}
    cells = pl.DataFrame([[c or None for c in r.cells] for r in kept], schema=schema, orient="row")
    numbers = pl.Series("row", [r.number for r in kept], dtype=pl.UInt32)
    legacy = pl.Series("legacy", [r.legacy for r in kept], dtype=pl.Boolean)
    return _table(numbers, cells, problems, blank, head, legacy)


def _swallowed(cells: pl.DataFrame, *, quoted: bool) -> bool:
    """True if a cell is longer than allowed or, being quoted, holds so many lines that its quote was left open."""
    longest = limits().text.max_cell_characters
    found = cells.select(
        pl.any_horizontal(
            [
                (pl.col(c).str.len_bytes() > longest).any()
                | (
                    pl.col(c).str.count_matches("\n", literal=True) > _LINE_BREAKS
                    if quoted
                    else pl.lit(value=False)
                ).any()
                for c in cells.columns
            ]
        )
    )
    return bool(found.item())


def _sort_out(
    records: list[Record], width: int, head: int, name: str
) -> tuple[list[Record], list[Problem], int]:
    """Split records into those to keep (with ``width`` cells), problems, and a count of blank ones."""
    kept: list[Record] = []
    problems: list[Problem] = []
    blank = 0
    longest = limits().text.max_cell_characters
    for record in records:
        cells = record.cells
        if isinstance(record, BadRecord):
            problems.append(problem("UNCLOSED_QUOTE", name, row=record.number))
            continue
        if not any(cell.strip() for cell in cells):
            blank += record.number > head
            continue
        if len(cells) > width and not any(cell.strip() for cell in cells[width:]):
            cells = cells[:width]
        if len(cells) != width and record.number > head:
            problems.append(
                problem("WRONG_CELL_COUNT", name, row=record.number, found=len(cells), expected=width)
            )
        elif any(len(cell) > longest for cell in cells):
            found = max(len(cell) for cell in cells)
            problems.append(problem("CELL_TOO_LONG", name, row=record.number, found=found, limit=longest))
        else:
            kept.append(Record(record.number, (cells + [""] * width)[:width], record.legacy))
    return kept, problems, blank


def _merged(
    numbers: pl.Series, cells: pl.DataFrame, kept: list[Record], width: int
) -> tuple[pl.Series, pl.DataFrame]:
    schema = {f"c{n}": pl.String for n in range(width)}
    more = pl.DataFrame([[c or None for c in r.cells] for r in kept], schema=schema, orient="row")
    both = pl.concat(
        [
            cells.with_columns(numbers.alias("row")),
            more.with_columns(pl.Series("row", [r.number for r in kept], dtype=pl.UInt32)),
        ]
    ).sort("row")
    return both["row"], both.drop("row")


def _table(
    numbers: pl.Series,
    cells: pl.DataFrame,
    problems: list[Problem],
    blank: int,
    head: int,
    legacy: pl.Series | None = None,
) -> RawTable:
    """Return the table; rows above the header that hold nothing stay out, as empty lines do."""
    above = int((numbers <= head).sum())
    empty = blank_rows(cells.head(above))
    if empty.any():
        keep = pl.concat(
            [~empty, pl.repeat(value=True, n=cells.height - above, dtype=pl.Boolean, eager=True)]
        )
        cells, numbers = cells.filter(keep), numbers.filter(keep)
        legacy = legacy.filter(keep) if legacy is not None else None
    return RawTable(None, cells, numbers.alias("row"), tuple(problems), blank, legacy=legacy)
