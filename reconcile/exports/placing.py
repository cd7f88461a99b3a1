"""Corrections → the cells of the template: each into its one cell, or told why not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from reconcile.exports.date_words import date_in_words
from reconcile.exports.templates import source_field, value_rules
from reconcile.exports.values import format_column
from reconcile.normalize.columns_dates import dates

if TYPE_CHECKING:
    from reconcile.exports.templates import Template

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


def place_corrections(
    template: Template, as_found: pl.DataFrame, rows: pl.DataFrame, corrections: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Write corrections into the rows of one table. Returns the rows and CHANGES without ``source_file``.

    ``as_found``: ``record_id``, ``source_row`` and the template's columns with the cells of the source; ``rows``: the
    same as the template wants them written.
    """
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
        why = _why_not(name, key)
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


def _why_not(column: str, key: list[str]) -> pl.Expr:
    """Return why a correction can't be written into its cell, null where it can."""
    sound = pl.col("plain") & pl.col("wrong").is_null()
    rivals = pl.when(sound).then("new").drop_nulls().n_unique().over(key) > 1
    return (
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
        .when(~_same("found", "now") & ~_same("formatted", "now_formatted") & ~_number_on_paper(column))
        .then(pl.lit("CHANGED"))
    )


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
