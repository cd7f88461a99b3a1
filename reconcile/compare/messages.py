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
    """Add what the catalogue says of each row: severity, default, message, minutes, number, order.

    Takes rows with code, variant, field, role, civil_value, population_value, detail; keeps their order.
    """
    keys = ["code", "variant"]
    rows = frame.with_row_index("_row")
    prefix = pl.col("role").replace_strict(catalogue.roles, default="", return_dtype=pl.String)
    written = []
    for (code, variant), part in rows.partition_by(keys, as_dict=True, maintain_order=True).items():
        entry = catalogue.entry(str(code), None if variant is None else str(variant))
        written.append(
            part.with_columns(
                severity=pl.lit(entry.severity),
                default=pl.lit(entry.owner),
                message=pl.concat_str([prefix.fill_null(""), *_pieces(entry.sentence, catalogue)]),
                minutes=pl.lit(entry.minutes, dtype=pl.Float64),
                changes_number=pl.lit(entry.number),
                order=pl.lit(entry.order, dtype=pl.Int32),
            )
        )
    return pl.concat(written).sort("_row").drop("_row")


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
