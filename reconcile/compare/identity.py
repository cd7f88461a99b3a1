"""The id of a difference: the same as long as the pair and the two comparable values stay the same.

It does not depend on the code, the wording, the row order or the way a value is written, so that what a clerk
decided once is recognised in every later export.
"""

from __future__ import annotations

import hashlib

import polars as pl

_PORTION = 100_000


def person_key(resident_id: pl.Expr, population_row_key: pl.Expr) -> pl.Expr:
    """Return the resident's number, or ``population_row_key`` where the extract gives only a row number."""
    return pl.when(resident_id.str.starts_with("row:")).then(population_row_key).otherwise(resident_id)


def discrepancy_ids(frame: pl.DataFrame) -> pl.Series:
    """Return 16 hex digits per row from record_id, role, person, field, civil_key and population_key."""
    parts = ["record_id", "role", "person", "field", "civil_key", "population_key"]
    joined = pl.concat_str([pl.col(part).fill_null("") for part in parts], separator="\x1f")
    ids: list[str] = []
    for portion in frame.select(*parts).iter_slices(_PORTION):
        texts = portion.select(joined).to_series()
        ids += [hashlib.blake2b(text.encode(), digest_size=8).hexdigest() for text in texts]
    return pl.Series("discrepancy_id", ids, dtype=pl.String)
