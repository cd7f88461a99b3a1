"""Answers that could not be taken: kept in the journal's facts, so that somebody asks for them until they are put right.

Only places and questions are kept, never what was written; the reasons stand in the annotated copies.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import polars as pl

from reconcile.report import layout

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconcile.ledger.judging import Outcome
    from reconcile.ledger.reading import ReturnedWorkbook

REFUSED = "refused"
"""Key of the facts, and kind of the entry where nothing else was taken."""

SCHEMA = {
    "entry": pl.Int64,
    "file": pl.String,
    "sheet": pl.String,
    "row": pl.Int64,
    "case_id": pl.String,
    "record_id": pl.String,
    "commune_code": pl.String,
}

COPY_SUFFIX = "_chua-nhan"
"""What the annotated copy of a workbook is called behind the workbook's own name."""


def workbook_name(file: str) -> str:
    """Return the name of a workbook; its annotated copy counts as the same.

    >>> workbook_name("10912_chua-nhan.xlsx")
    '10912'
    """
    return file.rsplit(".", 1)[0].removesuffix(COPY_SUFFIX)


def refused_rows(outcomes: Iterable[Outcome], books: Iterable[ReturnedWorkbook]) -> list[dict[str, Any]]:
    """Return what the journal keeps of the refused rows: file, sheet, row, question (null where its id was broken)."""
    communes = {book.sha256: book.stamp.get("commune_code") or None for book in books}
    return [
        {
            "file": o.row.file,
            "sheet": o.row.tab,
            "row": o.row.row,
            "case_id": o.row.case_id if o.row.intact else None,
            "commune_code": communes.get(o.row.sha256),
        }
        for o in outcomes
        if o.status == "refused"
    ]


def is_news(rows: list[dict[str, Any]], files: Iterable[str], journal: pl.DataFrame) -> bool:
    """Tell whether the refused rows of ``files`` differ from those that the journal holds for the same workbooks."""
    names = {workbook_name(file) for file in files}
    held = _latest(journal).filter(pl.col("name").is_in(sorted(names)))
    before = {(r["name"], r["sheet"], r["row"], r["case_id"]) for r in held.iter_rows(named=True)}
    return before != {(workbook_name(r["file"]), r["sheet"], r["row"], r["case_id"]) for r in rows}


def refusals(journal: pl.DataFrame, decisions: pl.DataFrame, cases: pl.DataFrame) -> pl.DataFrame:
    """Return the answers that still have to be put right, ``SCHEMA``, in the order of entries and rows.

    Of each workbook its latest return counts. A row drops out once its question was answered later or is no longer
    asked. ``decisions``: those in force; ``cases``: what is asked now.
    """
    rows = _latest(journal)
    answered = decisions.group_by("case_id").agg(pl.col("entry").max().alias("answered"))
    asked = cases.select("case_id", "record_id", asked_commune="commune_code", asked=pl.lit(value=True))
    joined = rows.join(answered, on="case_id", how="left", maintain_order="left").join(
        asked, on="case_id", how="left", maintain_order="left"
    )
    done = (pl.col("answered") > pl.col("entry")).fill_null(value=False)
    # The id of a group's row is no question of its own, so it can't be looked up among those that are asked.
    known = pl.col("asked").is_not_null() | pl.col("case_id").str.starts_with(layout.GROUP_PREFIX)
    gone = (pl.col("case_id").is_not_null() & ~known).fill_null(value=False)
    left = joined.filter(~done & ~gone).with_columns(
        commune_code=pl.coalesce("asked_commune", "commune_code"),
    )
    return left.select(list(SCHEMA)).cast(SCHEMA)  # type: ignore[arg-type]


def _latest(journal: pl.DataFrame) -> pl.DataFrame:
    """Return the refused rows of the latest entry that names each workbook, with ``name``."""
    found: dict[str, list[dict[str, Any]]] = {}
    for entry, facts in journal.filter(pl.col("kind").is_in(["decisions", REFUSED])).sort("entry").select(
        "entry", "facts"
    ).iter_rows():  # fmt: skip
        told = json.loads(facts or "{}")
        for file in told.get("files", {}):
            found[workbook_name(file)] = []
        for row in told.get(REFUSED, []):
            name = workbook_name(row["file"])
            found.setdefault(name, []).append({"entry": entry, "name": name, **row})
    rows = [row for name in sorted(found) for row in found[name]]
    schema = {k: v for k, v in SCHEMA.items() if k != "record_id"} | {"name": pl.String}
    return pl.DataFrame(rows, schema=schema).sort("entry", "file", "sheet", "row")
