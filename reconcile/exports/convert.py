"""Source rows → rows of the Ministry's template, with the corrections written in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from reconcile.exports.placing import CHANGES, place_corrections
from reconcile.exports.templates import newest, template_of, value_rules
from reconcile.exports.values import format_column
from reconcile.ingest.vocabulary import header_key

if TYPE_CHECKING:
    from reconcile.exports.templates import Template
    from reconcile.ingest import OriginalTable

OWN_PROFILE = "hotich158"
"""The profile whose tables are in the template already: their version is kept."""

CELL_PROBLEMS = {
    "record_id": pl.String,
    "source_file": pl.String,
    "source_row": pl.UInt32,
    "column": pl.String,
    "value": pl.String,
    "why": pl.String,
}
"""A cell that is not as the template wants it, or that has no place in it: written as it is, or left, and told."""


@dataclass(frozen=True, slots=True)
class Converted:
    """The rows of one source table in the template.

    ``rows``: ``record_id``, ``source_file``, ``source_row`` and the template's columns as text; ``changes`` CHANGES; ``cells``
    CELL_PROBLEMS.
    """

    template: Template
    rows: pl.DataFrame
    changes: pl.DataFrame
    cells: pl.DataFrame


def convert(table: OriginalTable, wanted: pl.DataFrame, corrections: pl.DataFrame) -> Converted:
    """Return the ``wanted`` rows (``record_id``, ``source_row``) of a source table in the template.

    ``corrections``: CORRECTIONS of the side ``hotich``, of any records.
    """
    template = (
        template_of(table.register, table.headers) if table.profile == OWN_PROFILE else newest(table.register)
    )
    raw = wanted.select("record_id", "source_row").join(
        table.cells, on="source_row", how="inner", maintain_order="left"
    )
    placed, left = _places(table, template)
    as_found = raw.select(
        "record_id",
        "source_row",
        *[
            (
                pl.coalesce([_filled(f"c{p}") for p in placed[c]]) if c in placed else pl.lit(None, pl.String)
            ).alias(c)
            for c in template.columns
        ],
    )
    rows, cells = _format(template, as_found)
    cells = pl.concat([cells, _left_over(table, raw, left)])
    rows, changes = place_corrections(template, as_found, rows, corrections)
    at = pl.lit(table.source_file).alias("source_file")
    return Converted(
        template,
        rows.with_columns(at),
        changes.with_columns(at).select(list(CHANGES)),
        cells.join(changes.filter(pl.col("why_not").is_null()), on=["record_id", "source_row", "column"], how="anti", maintain_order="left")
        .with_columns(at)
        .select(list(CELL_PROBLEMS)),
    )  # fmt: skip


def _filled(column: str) -> pl.Expr:
    return pl.when(pl.col(column).str.strip_chars() != "").then(pl.col(column))


def _places(table: OriginalTable, template: Template) -> tuple[dict[str, list[int]], list[int]]:
    """Return template column → positions in the source, and the positions that go nowhere."""
    rules = value_rules()
    by_code = {header_key(column): column for column in template.columns}
    further = {header_key(header): column for header, column in rules["headers"].items()}
    ignored = {header_key(header) for header in rules["left_out"]["headers"]}
    placed: dict[str, list[int]] = {}
    fields = {position: field for field, positions in table.fields.items() for position in positions}
    left: list[int] = []
    for position, header in enumerate(table.headers):
        key = header_key(header)
        column = by_code.get(key) if table.profile == OWN_PROFILE or _is_code(header) else None
        if column is None and position in fields:
            column = template.column_for(fields[position])
        if column is None and further.get(key) in template.columns:
            column = further[key]
        if column is not None and column != "STT":
            placed.setdefault(column, []).append(position)
        elif key and key not in ignored:
            left.append(position)
    order = {p: n for positions in table.fields.values() for n, p in enumerate(positions)}
    return {c: sorted(ps, key=lambda p: (order.get(p, len(order)), p)) for c, ps in placed.items()}, left


def _is_code(header: str) -> bool:
    """Tell whether a header is a column code and no Vietnamese words: *MENOICUTRU*."""
    return header.isascii() and header.isalnum() and header.isupper()


def _format(template: Template, as_found: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    columns, problems = [], [pl.DataFrame(schema=CELL_PROBLEMS).drop("source_file")]
    for column in template.columns:
        written, why = format_column(template, column, as_found[column])
        columns.append(written.alias(column))
        if why.null_count() < why.len():
            problems.append(
                as_found.select(
                    "record_id",
                    "source_row",
                    pl.lit(column).alias("column"),
                    pl.col(column).alias("value"),
                    why.alias("why"),
                ).filter(pl.col("why").is_not_null())
            )
    return as_found.with_columns(columns), pl.concat(problems)


def _left_over(table: OriginalTable, raw: pl.DataFrame, left: list[int]) -> pl.DataFrame:
    """Return the filled cells of columns that the template does not have."""
    return pl.concat(
        [
            pl.DataFrame(schema=CELL_PROBLEMS).drop("source_file"),
            *(
                raw.select(
                    "record_id",
                    "source_row",
                    pl.lit(table.headers[position]).alias("column"),
                    _filled(f"c{position}").alias("value"),
                    pl.lit("NO_PLACE").alias("why"),
                ).filter(pl.col("value").is_not_null())
                for position in left
            ),
        ]
    )
