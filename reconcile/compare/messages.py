"""The one Vietnamese sentence per difference, made from the catalogue's templates."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polars as pl

from reconcile.compare.dates import number_year

if TYPE_CHECKING:
    from reconcile.compare.catalogue import Catalogue

_PIECE = re.compile(r"(\{[a-z_]+\})")
_COLUMN = {"{so}": "civil_value", "{dan_cu}": "population_value", "{chi_tiet}": "detail"}


def write_sentences(frame: pl.DataFrame, catalogue: Catalogue) -> pl.DataFrame:
    """Add what the catalogue says of each row: severity, default, minutes, changes_number, order, message.

    Takes rows with code, variant, field, role, civil_value, population_value, detail; keeps their order.
    """
    keys = ["code", "variant"]
    kinds = [
        (code, variant, catalogue.entry(code, variant))
        for code, variant in frame.select(keys).unique().sort(keys).iter_rows()
    ]
    said = pl.DataFrame(
        [(c, v, e.severity, e.owner, e.minutes, e.number, e.order) for c, v, e in kinds],
        schema={
            "code": pl.String,
            "variant": pl.String,
            "severity": pl.String,
            "default": pl.String,
            "minutes": pl.Float64,
            "changes_number": pl.Boolean,
            "order": pl.Int32,
        },
        orient="row",
    )
    told = frame.select("code", "variant", "field", "role", "civil_value", "population_value", "detail")
    told = told.with_row_index("_row")
    prefix = pl.col("role").replace_strict(catalogue.roles, default="", return_dtype=pl.String)
    # sentence by sentence, each on its own rows only: narrow, so that a province stays small
    messages = [
        told.filter(
            (pl.col("code") == code) & pl.col("variant").eq_missing(pl.lit(variant, dtype=pl.String))
        ).select(
            "_row",
            message=pl.concat_str([prefix.fill_null(""), *_pieces(entry.sentence, catalogue)]),
        )
        for code, variant, entry in kinds
    ]
    about = frame.select(keys).join(said, on=keys, how="left", nulls_equal=True, maintain_order="left")
    said_of = pl.concat(messages).sort("_row")["message"]
    # where the number states the register's value already, correcting the population leaves it whole
    civil_year = pl.col("civil_key").str.slice(0, 4).cast(pl.Int32, strict=False)
    whole = pl.col("evidence").eq_missing(pl.lit("number_supports_register")) | (
        pl.col("code").str.starts_with("DOB_") & (number_year(pl.col("resident_id")) == civil_year)
    ).fill_null(value=False)
    return frame.with_columns(about.drop(keys).get_columns()).with_columns(
        _of_spouse(said_of), changes_number=pl.col("changes_number") & ~whole
    )


def _of_spouse(message: pl.Series) -> pl.Expr:
    """Say wife of a husband and husband of a wife, instead of either."""
    either = "vợ (chồng)"
    text = pl.lit(message)
    return (
        pl.when(pl.col("role") == "chong")
        .then(text.str.replace_all(either, "vợ", literal=True))
        .when(pl.col("role") == "vo")
        .then(text.str.replace_all(either, "chồng", literal=True))
        .otherwise(text)
        .alias("message")
    )


def _pieces(template: str, catalogue: Catalogue) -> list[pl.Expr]:
    pieces: list[pl.Expr] = []
    for piece in filter(None, _PIECE.split(template)):
        if piece == "{truong}":
            pieces.append(pl.col("field").replace(catalogue.fields))
        elif piece in _COLUMN:
            value = pl.col(_COLUMN[piece]).str.strip_chars().str.replace_all(r"\s+", " ")
            pieces.append(value.fill_null(catalogue.blank))
        else:
            pieces.append(pl.lit(piece))
    return pieces
