"""Source rows → rows of the Ministry's template, with the corrections written in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from reconcile.exports.date_words import date_in_words
from reconcile.exports.templates import newest, source_field, template_of, value_rules
from reconcile.exports.values import format_column
from reconcile.ingest.vocabulary import header_key
from reconcile.normalize.columns_dates import dates

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

CHANGES = {
    "decision_id": pl.String,
    "record_id": pl.String,
    "source_file": pl.String,
    "source_row": pl.UInt32,
    "column": pl.String,
    "old": pl.String,
    "new": pl.String,
    "why_not": pl.String,
}
"""What became of a correction: the column it went to with the cell before and after, or why it went nowhere."""


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
    rows, changes = _correct(template, as_found, rows, corrections)
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


def _correct(
    template: Template, as_found: pl.DataFrame, rows: pl.DataFrame, corrections: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Write the corrections into the rows. Returns the rows and what became of each correction."""
    asked = corrections.join(
        rows.select("record_id", "source_row"), on="record_id", how="inner", maintain_order="left"
    )
    targets = asked.select("role", "field").unique(maintain_order=True)
    fields = [source_field(role or "", field or "") for role, field in targets.iter_rows()]
    asked = asked.join(
        targets.with_columns(
            pl.Series("column", [template.column_for(f) for f in fields], dtype=pl.String),
            pl.Series("paper", [_paper_column(template, f) for f in fields], dtype=pl.String),
        ),
        on=["role", "field"],
        how="left",
        nulls_equal=True,
        maintain_order="left",
    ).with_columns(pl.coalesce("column", "paper").alias("column"))
    told: list[pl.DataFrame] = [pl.DataFrame(schema=CHANGES).drop("source_file")]
    key = ["record_id", "source_row"]
    for (column,), part in asked.group_by("column", maintain_order=True):
        if column is None:
            told.append(_told(part, pl.lit(None, pl.String), pl.lit(None, pl.String), _without_column()))
            continue
        name = str(column)
        new, wrong = format_column(template, name, part["should"])
        now, _ = format_column(template, name, part["now"])
        holding = _holding(template, name)
        before = as_found.select(*key, found=pl.coalesce(holding)).join(
            rows.select(*key, formatted=pl.coalesce(holding)), on=key, maintain_order="left"
        )
        part = part.with_columns(new.alias("new"), now.alias("now_formatted"), wrong.alias("wrong")).join(
            before, on=key, how="left", maintain_order="left"
        )
        part = part.with_columns(
            pl.when(_upper("formatted")).then(pl.col("new").str.to_uppercase()).otherwise("new").alias("new")
        )
        rivals = pl.col("new").n_unique().over(key) > 1
        why = (
            pl.when(~pl.col("plain"))
            .then(pl.lit("NO_CELL"))
            .when(pl.col("new").is_null())
            .then(pl.lit("NO_VALUE"))
            .when(pl.col("wrong").is_not_null())
            .then(pl.lit("NOT_OF_KIND"))
            .when(rivals)
            .then(pl.lit("CONFLICT"))
            .when(_same("formatted", "new"))
            .then(pl.lit("ALREADY"))
            .when(~_same("found", "now") & ~_same("formatted", "now_formatted") & ~_number_on_paper(name))
            .then(pl.lit("CHANGED"))
        )
        done = _told(part.with_columns(pl.lit(name).alias("column")), pl.col("formatted"), pl.col("new"), why)
        told.append(done)
        good = done.filter(pl.col("why_not").is_null()).unique(key, keep="first", maintain_order=True)
        rows = _write(rows, name, good.select(*key, "new"))
        twin = value_rules()["words"].get(name)
        if twin in template.columns:
            words = good.select(*key, pl.Series("new", _in_words(good["new"]), dtype=pl.String))
            filled = rows.filter(pl.col(twin).is_not_null()).select(*key, old=pl.col(twin))
            words = words.join(filled, on=key, how="inner", maintain_order="left")
            told.append(
                words.join(good.select(*key, "decision_id"), on=key, maintain_order="left").select(
                    "decision_id", *key, pl.lit(twin).alias("column"), "old", "new", why_not=pl.lit(None, pl.String)
                )
            )  # fmt: skip
            rows = _write(rows, twin, words)
        for same in _twins(template, name):
            both = good.select(*key, "new").join(
                rows.filter(pl.col(same).is_not_null()).select(key), on=key, how="semi", maintain_order="left"
            )
            rows = _write(rows, same, both)
    return rows, pl.concat(told)


def _twins(template: Template, column: str) -> list[str]:
    """Return further columns of the same field that count before ``column`` when the row is read."""
    for columns in template.columns_of.values():
        if column in columns and column.endswith("QuocTich"):
            return [c for c in columns if c != column]
    return []


def _paper_column(template: Template, field: str) -> str | None:
    """Return the column of identity papers for a personal number where the template has no column of its own."""
    role, _, name = field.partition(".")
    return template.column_for(f"{role}.so_cmnd") if name == "so_dinh_danh" else None


def _number_on_paper(column: str) -> pl.Expr:
    """Tell whether a correction of a personal number meets an identity paper that bears such a number."""
    on_paper = (pl.col("field") == "so_dinh_danh") & pl.lit(column.endswith("SoGiayToTuyThan"))
    return (
        on_paper & pl.col("now").is_null() & pl.col("found").str.contains(r"^\d{12}$").fill_null(value=False)
    )


def _holding(template: Template, column: str) -> list[str]:
    """Return the columns of one field, the one that counts first."""
    return next((list(c) for c in template.columns_of.values() if column in c), [column])


def _without_column() -> pl.Expr:
    return pl.when(~pl.col("plain")).then(pl.lit("NO_CELL")).otherwise(pl.lit("NO_COLUMN"))


def _told(part: pl.DataFrame, old: pl.Expr, new: pl.Expr, why: pl.Expr) -> pl.DataFrame:
    return part.select(
        "decision_id", "record_id", "source_row", "column", old.alias("old"), new.alias("new"), why.alias("why_not")
    )  # fmt: skip


def _write(rows: pl.DataFrame, column: str, new: pl.DataFrame) -> pl.DataFrame:
    if new.is_empty():
        return rows
    key = ["record_id", "source_row"]
    joined = rows.join(
        new.select(*key, pl.col("new").alias("_new")), on=key, how="left", maintain_order="left"
    )
    return joined.with_columns(pl.coalesce("_new", column).alias(column)).drop("_new")


def _upper(column: str) -> pl.Expr:
    """Tell whether a cell is written in capitals throughout, as registrants' names are (TT 04/2020 Điều 31)."""
    text = pl.col(column)
    return (text.str.contains(r"\p{L}{2}") & (text == text.str.to_uppercase())).fill_null(value=False)


def _same(one: str, other: str) -> pl.Expr:
    """Tell whether two cells say the same, blanks and Unicode form aside; two empty ones do."""

    def plain(column: str) -> pl.Expr:
        return (
            pl.col(column).str.normalize("NFC").str.replace_all(r"\s+", " ").str.strip_chars().fill_null("")
        )

    return plain(one) == plain(other)


def _in_words(values: pl.Series) -> list[str | None]:
    read = dates(values)["value"].to_list()
    return [date_in_words(value) if value else None for value in read]
