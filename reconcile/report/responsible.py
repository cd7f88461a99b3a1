"""Which commune's clerk works on a record: the unit that keeps the book on the day of the run.

A book of a commune that was merged is kept by the unit it became; its clerk gets one workbook with all the books of
that unit. The canonical tables keep the commune that registered (``records.commune_code``): ids, causes common to a
book and the outputs speak of that one. Only the sorting into workbooks speaks of the keeper.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from reconcile.compare.doubles import IN_DOUBT
from reconcile.normalize.gazetteer import gazetteer
from reconcile.normalize.places_lookup import province_of

if TYPE_CHECKING:
    import datetime as dt

    from reconcile.report.tables import ReportTables

_KEY = ["commune_code", "day", "folder_commune"]


def keeper(code: str, written: dt.date | None, folder: str | None, as_of: dt.date) -> str:
    """Return the code of the commune that on ``as_of`` keeps the books of the commune that bore ``code`` when ``written``.

    Where a commune was split, the one whose folder the file lies in, else the first by code. The code itself
    where the gazetteer does not know it or no source tells the successor.
    """
    places = gazetteer()
    unit = places.at(code, written) or places.at(code, None)
    if unit is None or unit.level != 3:
        return code
    heirs = [places.units[kin] for kin in places.later(unit.unit_id)]
    codes = sorted(heir.code for heir in heirs if heir.code and heir.level == 3 and heir.holds(as_of))
    return folder if folder in codes and folder is not None else min(codes, default=code)


def unit_name(code: str, as_of: dt.date) -> str | None:
    """Return how the commune of ``code`` is called on ``as_of``: ``Xã Cẩm Giang, Thành phố Hải Phòng``; None if unknown."""
    unit = gazetteer().at(code, as_of)
    if unit is None or unit.level != 3:
        return None
    province = province_of(unit.unit_id, as_of)
    return f"{unit.name}, {province.name}" if province else unit.name


def by_keeper(tables: ReportTables, as_of: dt.date) -> ReportTables:
    """Return the tables with ``commune_code`` of records and of what hangs on them replaced by the keeper's code.

    What belongs to no known commune, such as rows of the extract, goes to the only commune of the run if it is one; so do
    questions about residents of communes without a book here, which would make a workbook each.
    """
    records = kept(tables.records, "registered_earliest", as_of)
    communes = records["commune_code"].drop_nulls().unique()
    alone = communes[0] if communes.len() == 1 else None
    known = records.select("record_id", keeper="commune_code").unique(
        "record_id", keep="first", maintain_order=True
    )
    differences = _of_records(kept(tables.discrepancies, None, as_of), known)
    own = pl.col("record_id").is_not_null() | ~pl.col("code").is_in(IN_DOUBT)
    here = pl.col("commune_code").is_in(communes.implode()).fill_null(value=False)
    asked = pl.when(own.fill_null(value=True) | here).then("commune_code").otherwise(pl.lit(alone, pl.String))
    differences = differences.with_columns(commune_code=asked)
    births = tables.residents_without_birth
    if births is not None and "birth_registration_unit" in births.columns:
        unit = [pl.col(c) for c in ("commune_code", "birth_registration_unit") if c in births.columns]
        births = kept(births.with_columns(commune_code=pl.coalesce(unit)), None, as_of)
    return replace(
        tables,
        records=records.with_columns(pl.col("commune_code").fill_null(pl.lit(alone, pl.String))),
        discrepancies=differences,
        validation=_of_records(tables.validation, known),
        rejected=kept(tables.rejected, None, as_of).with_columns(
            pl.col("commune_code").fill_null(pl.lit(alone, pl.String))
        ),
        residents_without_birth=births,
    )


def _of_records(frame: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with the commune of each row's record, where it has one. ``known``: record_id, keeper."""
    return (
        frame.join(known, on="record_id", how="left", maintain_order="left")
        .with_columns(commune_code=pl.coalesce("keeper", "commune_code"))
        .drop("keeper")
    )


def kept(frame: pl.DataFrame, day: str | None, as_of: dt.date) -> pl.DataFrame:
    """Return the frame with ``commune_code`` replaced by the keeper's, one look per code, day and folder.

    ``day``: the column of the day on which the code was written, None for the present.
    """
    if frame.is_empty() or "commune_code" not in frame.columns:
        return frame
    folder = pl.col("folder_commune") if "folder_commune" in frame.columns else pl.lit(None, pl.String)
    keys = frame.select(
        pl.col("commune_code").cast(pl.String),
        (pl.col(day) if day else pl.lit(None)).cast(pl.Date).dt.truncate("1mo").alias("day"),
        folder.cast(pl.String).alias("folder_commune"),
    )
    distinct = keys.drop_nulls("commune_code").unique().sort(_KEY)
    codes = [keeper(code, when, where, as_of) for code, when, where in distinct.iter_rows()]
    table = distinct.with_columns(pl.Series("keeper", codes, dtype=pl.String))
    told = keys.join(table, on=_KEY, how="left", nulls_equal=True, maintain_order="left")["keeper"]
    return frame.with_columns(told.alias("commune_code"))
