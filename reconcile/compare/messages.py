"""The one Vietnamese sentence per difference, made from the catalogue's templates."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polars as pl

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
    return frame.with_columns(about.drop(keys).get_columns()).with_columns(
        pl.concat(messages).sort("_row")["message"]
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
