"""What officers signed about whole books, held against the books as they are now. Pure: frames in, frames out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from reconcile.quality.base import CUTS
from reconcile.quality.readiness import BOOK
from reconcile.quality.tables import measures_frame

if TYPE_CHECKING:
    import datetime as dt

APPROVED, DECLINED, CONVERTED = "Phê duyệt", "Chưa phê duyệt", "Đã chuyển đổi"
ANSWERS = (APPROVED, CONVERTED, DECLINED)
"""What an officer may sign. *Đã chuyển đổi* follows an approval that still holds."""

STATES = ("ready", "approved", "converted", "lapsed", "declined", "busy")
"""State of a book: may be approved; approved; converted; signed, but changed since; declined; not ready."""


def book_id(row: dict[str, Any]) -> str:
    """Return the id under which the ledger knows a book: ``so:<commune>|<register>|<year>|<book>``."""
    return "so:" + "|".join("" if row[k] is None else str(row[k]) for k in BOOK)


def standing_of_books(books: pl.DataFrame, signatures: pl.DataFrame) -> pl.DataFrame:
    """Return ``books`` (``readiness.readiness``) with case_id, ``state`` (``STATES``) and the signature behind it.

    ``signatures``: ``Ledger.signatures()``. A signature holds while the fingerprint under it is that of the book now;
    one that no longer holds makes the book ``lapsed``, whatever it said. Columns added: answer, person, note,
    signed_on (ISO text), decision_id, signed_print.
    """
    ids = pl.Series("case_id", [book_id(row) for row in books.iter_rows(named=True)], dtype=pl.String)
    told = signatures.select(
        "case_id",
        "decision_id",
        answer="conclusion",
        person="decided_by",
        note="note",
        signed_on=pl.col("decided_at").cast(pl.String),
        signed_print="civil_key",
    )
    joined = books.with_columns(ids).join(told, on="case_id", how="left", maintain_order="left")
    same = (pl.col("signed_print") == pl.col("fingerprint")).fill_null(value=False)
    agreed = pl.col("answer").is_in([APPROVED, CONVERTED]).fill_null(value=False)
    return joined.with_columns(
        pl.when(agreed & ~same)
        .then(pl.lit("lapsed"))
        .when(pl.col("answer") == CONVERTED)
        .then(pl.lit("converted"))
        .when(pl.col("answer") == APPROVED)
        .then(pl.lit("approved"))
        .when((pl.col("answer") == DECLINED) & same)
        .then(pl.lit("declined"))
        .when(pl.col("why") == "")
        .then(pl.lit("ready"))
        .otherwise(pl.lit("busy"))
        .alias("state")
    )


def measure_books(books: pl.DataFrame, *, day: dt.date, run_id: str = "") -> pl.DataFrame:
    """Return the measures frame of ``standing_of_books``: books and their records by state.

    ``book_state``: how many books (rule = state). ``approved``: records of approved books, converted ones included;
    ``converted``: those of converted books. The last two are there for every cut, 0 where nothing was signed.
    """
    cut = books.with_columns(
        pl.col("commune").fill_null(""), pl.col("register").fill_null(""), dimension=pl.lit("approval")
    )
    keys = [*CUTS, "dimension"]
    states = (
        cut.group_by(*keys, rule="state")
        .agg(pl.len().cast(pl.Int64).alias("numerator"))
        .with_columns(measure_id=pl.lit("book_state"))
    )
    parts = [states.select("measure_id", *keys, "rule", "numerator")]
    for measure, wanted in (("approved", ["approved", "converted"]), ("converted", ["converted"])):
        held = pl.when(pl.col("state").is_in(wanted)).then(pl.col("records")).otherwise(0)
        counted = cut.group_by(*keys).agg(held.sum().cast(pl.Int64).alias("numerator"))
        parts.append(
            counted.select(pl.lit(measure).alias("measure_id"), *keys, pl.lit("").alias("rule"), "numerator")
        )
    named = [
        pl.lit("").alias("source"), pl.lit(None, dtype=pl.Int64).alias("denominator"),
        pl.lit(run_id).alias("run_id"), pl.lit(day).alias("day"),
    ]  # fmt: skip
    return measures_frame(pl.concat(parts).with_columns(named))
