"""Registers and the extract → tables with comparable columns. The one entry of a run into this room.

Frames in, frames out, exactly the columns of ``reconcile.schema``; rows keep number and order.
"""

from __future__ import annotations

import polars as pl

from reconcile import schema
from reconcile.normalize.columns_dates import dates
from reconcile.normalize.columns_ids import ids
from reconcile.normalize.columns_lists import applicant_relations, marital_statuses
from reconcile.normalize.columns_places import places
from reconcile.normalize.place_days import place_days
from reconcile.normalize.registers import BOOK_PATTERN, NUMBER_PATTERN
from reconcile.normalize.tables_people import (
    NAMES,
    date_columns,
    filled,
    id_columns,
    list_columns,
    name_columns,
    place_columns,
)

_RECORD = ("record_id", "source_file", "source_row")
"""What tells one row of one file: a record read from two files has one ``record_id``."""


def normalize_records(records: pl.DataFrame) -> pl.DataFrame:
    """Fill number, book, days and commune of ``RECORDS``; columns as written stay untouched."""
    frame = schema.RECORDS.conform(records)
    registered = dates(frame["ngay_dang_ky"])
    event = dates(frame["ngay_su_kien"], not_after=registered["latest"])
    so = _numbered(frame["so"], NUMBER_PATTERN)
    book = _numbered(frame["quyen_so"], BOOK_PATTERN)
    year = pl.DataFrame({"b": book["year"], "s": so["year"], "r": registered["earliest"].dt.year()}).select(
        pl.coalesce("b", "s", "r")
    )
    return frame.with_columns(
        so["number"].alias("number"),
        book["number"].alias("book"),
        year.to_series().cast(pl.Int64).alias("book_year"),
        registered["earliest"].alias("registered_earliest"),
        registered["latest"].alias("registered_latest"),
        event["earliest"].alias("event_earliest"),
        event["latest"].alias("event_latest"),
        _commune(frame, registered["earliest"]),
    )


def _numbered(texts: pl.Series, pattern: str) -> pl.DataFrame:
    """Read số or quyển số: ``number`` and ``year`` (see ``registers``)."""
    year = pl.col("b").cast(pl.Int64)
    return (
        texts.alias("x")
        .to_frame()
        .select(
            pl.col("x").str.extract(pattern, 1).alias("a"), pl.col("x").str.extract(pattern, 2).alias("b")
        )
        .select(
            pl.col("a").cast(pl.Int64).replace(0, None).alias("number"),
            pl.when(year.is_between(1800, 2100)).then(year).alias("year"),
        )
    )


def _commune(frame: pl.DataFrame, days: pl.Series) -> pl.Series:
    """Return the commune that registered: the unit named in noi_dang_ky, else the folder's."""
    read = places(frame["noi_dang_ky"], place_days(days))
    named = pl.when(read["level"] == "commune").then(read["code"])
    sure = pl.when(~read["doubtful"].fill_null(True)).then(named)
    return pl.select(pl.coalesce(sure, frame["folder_commune"], named).alias("commune_code")).to_series()


def normalize_mentions(mentions: pl.DataFrame, records: pl.DataFrame) -> pl.DataFrame:
    """Return ``NORMALIZED_MENTIONS``. ``records`` come from ``normalize_records``.

    The record's day of registration settles two-digit and can-chi years, and dates the places: a book names
    units as they were when it was written.
    """
    frame = schema.MENTIONS.conform(mentions)
    context = [c.name for c in schema.MENTION_CONTEXT]
    known = records.select(*_RECORD, *context).unique(subset=_RECORD, keep="first", maintain_order=True)
    frame = frame.drop(context, strict=False).join(known, on=_RECORD, how="left", maintain_order="left")
    day = frame["registered_earliest"]
    written = dict.fromkeys(("noi_sinh", "noi_dang_ky_khai_sinh", "que_quan", "noi_cu_tru"), day)
    return schema.NORMALIZED_MENTIONS.conform(
        frame.with_columns(
            *name_columns(frame, {**NAMES, "nguoi_khai": "applicant"}),
            *date_columns(frame, frame["registered_latest"]),
            *id_columns(frame),
            *list_columns(frame),
            *place_columns(frame, written),
            *_applicant_relation(frame),
        )
    )


def _applicant_relation(frame: pl.DataFrame) -> list[pl.Series]:
    if not filled(frame, {"quan_he_nguoi_khai": ""}):
        return []
    return [applicant_relations(frame["quan_he_nguoi_khai"]).alias("applicant_relation")]


def normalize_residents(residents: pl.DataFrame) -> pl.DataFrame:
    """Return ``NORMALIZED_RESIDENTS``.

    Places of birth and birth registration are dated by the birth (papers keep the names of their time), the home
    and the residence by nothing: the extract does not say when they were written.
    """
    frame = schema.RESIDENTS.conform(residents)
    births = date_columns(frame, None)
    born = next((s for s in births if s.name == "birth_earliest"), None)
    written = {} if born is None else {"noi_sinh": born, "noi_dang_ky_khai_sinh": born}
    names = {**_RESIDENT_NAMES}
    columns = [
        *name_columns(frame, names),
        *births,
        *id_columns(frame),
        *id_columns(frame, {"so_dinh_danh_chu_ho": "household_id"}),
        *list_columns(frame),
        *place_columns(frame, written),
        _former_ids(frame),
    ]
    if filled(frame, {"tinh_trang_hon_nhan": ""}):
        columns.append(marital_statuses(frame["tinh_trang_hon_nhan"]).alias("marital_status"))
    columns = [c for c in columns if c.name not in {"other_name_plain", "other_name_phonetic"}]
    return schema.NORMALIZED_RESIDENTS.conform(frame.with_columns(columns))


_RESIDENT_NAMES = {
    "ho_ten": "name", "ho_ten_cha": "father", "ho_ten_me": "mother", "ho_ten_vo_chong": "spouse",
    "ten_goi_khac": "other_name",
}  # fmt: skip


def _former_ids(frame: pl.DataFrame) -> pl.Series:
    """Return the readable numbers of so_dinh_danh_cu, in the order written; null where there is none."""
    column = frame["so_dinh_danh_cu"].alias("x")
    if column.null_count() == frame.height:
        return pl.Series("former_ids", [None], dtype=pl.List(pl.String)).new_from_index(0, frame.height)
    rows = (
        column.to_frame()
        .with_row_index("row")
        .drop_nulls()
        .with_columns(pl.col("x").str.replace_all(r"[;,|/\n]+", ",").str.split(","))
        .explode("x", keep_nulls=True)
    )
    read = rows.with_columns(ids(rows["x"], ("value",))["value"].alias("x")).drop_nulls()
    lists = read.group_by("row", maintain_order=True).agg(pl.col("x").unique(maintain_order=True))
    index = pl.DataFrame({"row": pl.int_range(frame.height, dtype=pl.UInt32, eager=True)})
    return index.join(lists, on="row", how="left", maintain_order="left")["x"].alias("former_ids")
