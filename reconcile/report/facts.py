"""What every sheet shows of a record and of a person, joined once for the whole run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from reconcile.report import layout

if TYPE_CHECKING:
    from reconcile.report.tables import ReportTables

BLANK = "(trống)"
"""Stands for a value that a side does not have."""

SEE_ELSEWHERE = "(xem tại "
"""Stands for a person of another commune, who is not shown."""

NO_BOOK = "~"
"""``book_order`` of rows that belong to no book."""

ORDER = ("register", "book_year", "book", "number", "record_id")
"""Rows of one kind stand in the order of the books, so that a clerk opens each book once."""

PARENT_ROLES = ("me", "cha")

OWN_SHEET = ("NOT_IN_POPULATION", "NO_BIRTH_RECORD", "DUPLICATE_REGISTRATION")
"""Codes with a sheet of their own: never asked a second time on *Sai lệch*."""


@dataclass(frozen=True, slots=True)
class Shown:
    """Conformed tables of a run and the address of every record (see ``addresses``)."""

    tables: ReportTables
    addresses: pl.DataFrame

    @classmethod
    def of(cls, tables: ReportTables) -> Shown:
        """Conform the tables and work out the addresses."""
        whole = tables.conformed()
        return cls(whole, addresses(whole.records))

    def mentions_of(self, ids: pl.Series) -> pl.DataFrame:
        """Return the mentions of the records ``ids``."""
        return self.tables.mentions.filter(pl.col("record_id").is_in(ids.drop_nulls().unique().implode()))

    def named_in(self, ids: pl.Series) -> pl.DataFrame:
        """Return the mentions of the records ``ids``, a person of a record once."""
        return self.mentions_of(ids).unique(["record_id", "role"], keep="first", maintain_order=True)

    def mentions(self, ids: pl.Series) -> pl.DataFrame:
        """Return what is shown of each mention of the records ``ids``: key record_id, role."""
        return people(self.named_in(ids), ["record_id", "role"], CIVIL_PLACES, "")

    def residents(self, ids: pl.Series, suffix: str) -> pl.DataFrame:
        """Return what is shown of the residents ``ids``: key resident_id, columns ending in ``suffix``."""
        wanted = self.tables.residents.filter(
            pl.col("resident_id").is_in(ids.drop_nulls().unique().implode())
        )
        return people(wanted, ["resident_id"], RESIDENT_PLACES, suffix).unique(
            "resident_id", keep="first", maintain_order=True
        )


def _book_label() -> pl.Expr:
    """Return the book as a clerk names it: ``KS 01/2016``."""
    made = pl.format(
        "{}/{}", pl.col("book").cast(pl.String).str.zfill(2), pl.col("book_year").cast(pl.String)
    )
    book = pl.coalesce(pl.col("quyen_so"), made, pl.lit("?"))
    return pl.concat_str(pl.col("register"), book, separator=" ")


def addresses(records: pl.DataFrame) -> pl.DataFrame:
    """Return one row per record: where it stands in the registers, and its place in the order of work."""
    first = records["record_id"].is_first_distinct()
    return (
        (records if first.all() else records.filter(first))
        .select(
            "record_id",
            "register",
            "source_file",
            "source_row",
            "book",
            "book_year",
            "number",
            "registered_earliest",
            pl.col("commune_code").fill_null(layout.UNKNOWN_COMMUNE).alias("commune"),
            so_quyen=_book_label(),
            so=pl.coalesce(pl.col("so"), pl.col("number").cast(pl.String)),
            trang_so=pl.col("trang_so"),
            ngay_dang_ky=pl.col("ngay_dang_ky"),
            noi_dang_ky=pl.col("noi_dang_ky"),
            nguon=pl.col("source_file"),
            dong=pl.col("source_row").cast(pl.String),
        )
        .with_columns(
            book_order=pl.format(
                "{}-{}-{}",
                pl.col("register"),
                pl.col("book_year").fill_null(0).cast(pl.String).str.zfill(4),
                pl.col("book").fill_null(0).cast(pl.String).str.zfill(4),
            )
        )
    )


def lines(values: list[tuple[str, pl.Expr]]) -> pl.Expr:
    """Return the filled values under each other, each with its label: ``Cha: …`` / ``Mẹ: …``."""
    return pl.concat_str(
        [
            pl.when(value.str.strip_chars().str.len_chars() > 0)
            .then(pl.format("{}: {}", pl.lit(label), value))
            .otherwise(None)
            for label, value in values
        ],
        separator="\n",
        ignore_nulls=True,
    )


def _columns(pairs: list[tuple[str, str]]) -> list[tuple[str, pl.Expr]]:
    return [(label, pl.col(name)) for label, name in pairs]


KIN = [("Cha", "ho_ten_cha"), ("Mẹ", "ho_ten_me"), ("Vợ/chồng", "ho_ten_vo_chong")]
CIVIL_PLACES = [("Sinh", "noi_sinh"), ("Quê", "que_quan"), ("Ở", "noi_cu_tru")]
RESIDENT_PLACES = [
    ("Khai sinh", "noi_dang_ky_khai_sinh"),
    ("Sinh", "noi_sinh"),
    ("Quê", "que_quan"),
    ("Ở", "noi_cu_tru"),
]


def _sex() -> pl.Expr:
    """Return the sex in words where it could be read, else as written."""
    return (
        pl.when(pl.col("sex") == 1)
        .then(pl.lit("Nam"))
        .when(pl.col("sex") == 2)
        .then(pl.lit("Nữ"))
        .otherwise(pl.col("gioi_tinh"))
    )


def people(frame: pl.DataFrame, keys: list[str], places: list[tuple[str, str]], suffix: str) -> pl.DataFrame:
    """Return the shown facts of mentions or residents under ``keys``, the columns ending in ``suffix``."""
    shown = frame.select(
        *keys,
        *(name for _, name in KIN),
        ho_ten=pl.col("ho_ten"),
        ngay_sinh=pl.col("ngay_sinh"),
        gioi_tinh=_sex(),
        so_dinh_danh=pl.coalesce(pl.col("so_dinh_danh"), pl.col("so_cmnd")),
        nguoi_than=lines(_columns(KIN)),
        noi=lines(_columns(places)),
    )
    return shown.rename({c: c + suffix for c in shown.columns if c not in keys})


def mention_id() -> pl.Expr:
    """Return the hidden id of a question about a person, see ``layout.mention_id``."""
    return pl.format("{}|{}|{}", pl.col("record_id"), pl.col("role"), pl.col("resident_id").fill_null(""))


def wanted_columns(sheet: layout.SheetLayout) -> list[str]:
    """Return the columns a row frame of the sheet carries."""
    skip = {layout.FINGERPRINT_KEY}
    return [c.key for c in sheet.columns if c.kind not in ("edit", "link") and c.key not in skip]


def fill(frame: pl.DataFrame, sheet: layout.SheetLayout) -> pl.DataFrame:
    """Return the sheet's columns as text (absent ones empty) with commune, book, record and minutes behind them."""
    wanted = wanted_columns(sheet)
    behind = [
        "commune",
        "book_order",
        "record_id",
        "register",
        "book_year",
        "book",
        "number",
        "registered_earliest",
        "minutes",
    ]
    kinds = {
        "minutes": pl.Float64,
        "book_year": pl.Int64,
        "book": pl.Int64,
        "number": pl.Int64,
        "registered_earliest": pl.Date,
    }
    present = set(frame.columns)
    return frame.select(
        *(
            (pl.col(c) if c in present else pl.lit(None)).cast(pl.String).fill_null("").alias(c)
            for c in wanted
        ),
        *(
            (pl.col(c) if c in present else pl.lit(None)).cast(kinds.get(c, pl.String)).alias(c)
            for c in behind
        ),
    )
