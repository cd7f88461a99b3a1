"""What people decided before: pairs that are the same person or not. They outrank every pass and the model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from reconcile.match.columns import Columns

_PAIRS = {"m": pl.UInt32, "r": pl.UInt32}


@dataclass(frozen=True, slots=True)
class Pins:
    """Decisions as row numbers: pairs (m, r) decided ``same`` (one per mention) and ``different``."""

    same: pl.DataFrame
    different: pl.DataFrame

    def of_role(self, rows: pl.Series) -> pl.DataFrame:
        """Return the ``same`` pairs of the mentions ``rows``."""
        return self.same.filter(pl.col("m").is_in(rows.implode()))

    def without_different(self, pairs: pl.DataFrame) -> pl.DataFrame:
        """Drop pairs that somebody decided are different persons."""
        if self.different.is_empty():
            return pairs
        return pairs.join(self.different, on=["m", "r"], how="anti", maintain_order="left")


def pins(decisions: pl.DataFrame | None, mentions: Columns, residents: Columns) -> Pins:
    """Read ``decisions`` (record_id, role, resident_id, judgement ``same`` or ``different``) as row numbers.

    Decisions on records or residents that are no longer there are left out. Of two ``same`` for one mention the
    last one counts.
    """
    empty = pl.DataFrame(schema=_PAIRS)
    if decisions is None or decisions.is_empty():
        return Pins(empty, empty)
    m = mentions.select("record_id", "role").with_row_index("m")
    r = residents.select("resident_id").with_row_index("r")
    pairs = decisions.with_row_index("order").join(m, on=["record_id", "role"]).join(r, on="resident_id")
    pairs = pairs.sort("order", "m", "r")
    same = pairs.filter(pl.col("judgement") == "same").unique("m", keep="last", maintain_order=True)
    different = pairs.filter(pl.col("judgement") == "different")
    return Pins(same.select("m", "r").sort("m"), different.select("m", "r").unique().sort("m", "r"))
