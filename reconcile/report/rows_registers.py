"""Rows of the sheets about the registers themselves: *Nghi trùng*, *Lỗi trong sổ*, *Không đọc được*."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from reconcile.report import layout
from reconcile.report.doubles import asked_doubles
from reconcile.report.facts import NO_BOOK, ORDER, PARENT_ROLES, SEE_ELSEWHERE, fill
from reconcile.report.wording import severity_rank, words

if TYPE_CHECKING:
    from reconcile.report.facts import Shown


def duplicates(shown: Shown) -> pl.DataFrame:
    """Return one row per pair of records suspected to be one registration made twice.

    Of a record of another commune only its address is shown, never the person.
    """
    asked = asked_doubles(shown.tables)
    both = pl.concat([asked["record_id"], asked["other_record_id"]])
    main = (
        shown.mentions_of(both)
        .filter(~pl.col("role").is_in(PARENT_ROLES))
        .group_by("record_id", maintain_order=True)
        .agg(
            nguoi=pl.col("ho_ten").drop_nulls().str.join("\n"),
            ngay_sinh=pl.col("ngay_sinh").drop_nulls().str.join("\n"),
        )
    )
    facts = shown.addresses.filter(pl.col("record_id").is_in(both.unique().implode()))
    facts = facts.join(main, on="record_id", how="left")
    other = facts.select(
        other_record_id="record_id",
        commune_kia="commune",
        so_quyen_kia="so_quyen",
        so_kia="so",
        nguoi_kia="nguoi",
        ngay_sinh_kia="ngay_sinh",
        ngay_dang_ky_kia="ngay_dang_ky",
        noi_dang_ky_kia="noi_dang_ky",
    )
    rows = (
        asked.join(facts, on="record_id", how="left")
        .join(other, on="other_record_id", how="left")
        .with_columns(commune=pl.col("commune").fill_null(layout.UNKNOWN_COMMUNE))
        .with_columns(abroad=(pl.col("commune") != pl.col("commune_kia")).fill_null(value=True))
        .with_columns(
            ma=pl.coalesce(
                pl.col("discrepancy_id"), pl.format("{}|{}", pl.col("record_id"), pl.col("other_record_id"))
            ),
            nguoi_kia=pl.when(pl.col("other_record_id").is_null())
            .then(None)
            .when("abroad")
            .then(pl.format(SEE_ELSEWHERE + "{})", pl.col("noi_dang_ky_kia").fill_null("xã khác")))
            .otherwise("nguoi_kia"),
            ngay_sinh_kia=pl.when("abroad").then(None).otherwise("ngay_sinh_kia"),
            giai_thich=pl.col("reason"),
        )
        .sort([*ORDER, "other_record_id"], nulls_last=True)
    )
    return fill(rows, layout.DUPLICATES)


_OF_WHOLE_BOOK = ("one_date_in_book", "registered_on_new_year", "default_birth_dates")
"""Rules that a whole book breaks: one row asks for all of it."""

_FOLLOWS = ("registered_before_birth", "registered_before_death")
"""Rules that break by themselves where the whole book has a default date of registration."""


def asked_faults(faults: pl.DataFrame, addresses: pl.DataFrame) -> pl.DataFrame:
    """Return the broken rules that are put to a clerk, each question once.

    A rule that a whole book breaks is asked at the book's first row. What only follows from it, and a second copy
    of the same record, are left out; ``validation.parquet`` names them all.
    """
    whole = pl.col("rule_id").is_in(_OF_WHOLE_BOOK)
    rows = (
        faults.filter(pl.col("severity") != "info")
        .unique(["rule_id", "record_id", "role"], keep="first", maintain_order=True)
        .join(
            addresses.select("record_id", "book_order", "commune"),
            on="record_id",
            how="left",
            maintain_order="left",
        )
    )
    books = rows.filter(whole)
    follows = pl.col("rule_id").is_in(_FOLLOWS) & pl.col("record_id").is_in(books["record_id"].implode())
    first = books.unique(["rule_id", "commune", "book_order"], keep="first", maintain_order=True)
    return pl.concat([rows.filter(~whole & ~follows), first]).drop("book_order", "commune")


def book_faults(shown: Shown) -> pl.DataFrame:
    """Return one row per record that breaks a rule on single records, the gravest first, then by book and number."""
    faults = asked_faults(shown.tables.validation, shown.addresses)
    names = shown.named_in(faults["record_id"]).select("record_id", "role", "ho_ten")
    everybody = (
        names.filter(~pl.col("role").is_in(PARENT_ROLES))
        .group_by("record_id", maintain_order=True)
        .agg(everybody=pl.col("ho_ten").drop_nulls().str.join("\n"))
    )
    rows = (
        faults.drop("source_file", "source_row", "register")
        .join(shown.addresses, on="record_id", how="left")
        .join(names, on=["record_id", "role"], how="left")
        .join(everybody, on="record_id", how="left")
        .with_columns(
            ma=fault_id(),
            rank=severity_rank(pl.col("severity")),
            muc_do=pl.col("severity").replace(words("severity")),
            nguoi=pl.coalesce("ho_ten", "everybody"),
            muc=pl.col("field").replace(words("field")),
            gia_tri=pl.col("value"),
            giai_thich=pl.col("message"),
        )
        .sort(["rank", *ORDER, "rule_id", "role"], nulls_last=True)
    )
    return fill(rows, layout.BOOK_FAULTS)


def fault_id() -> pl.Expr:
    """Return the hidden id of a row of *Lỗi trong sổ*, see ``layout.fault_id``."""
    return pl.format(
        layout.FAULT_PREFIX + "{}|{}|{}", pl.col("rule_id"), pl.col("record_id"), pl.col("role").fill_null("")
    )


def unreadable(shown: Shown) -> pl.DataFrame:
    """Return one row per rejected row, cell or file, with its commune where one can be told."""
    files = (
        shown.addresses.filter(pl.col("commune") != layout.UNKNOWN_COMMUNE)
        .group_by("source_file")
        .agg(
            pl.col("commune").n_unique().alias("communes"),
            pl.col("commune").first().alias("file_commune"),
        )
        .filter(pl.col("communes") == 1)
    )
    rows = (
        shown.tables.rejected.join(files, on="source_file", how="left")
        .with_columns(
            commune=pl.coalesce("commune_code", "file_commune", pl.lit(layout.UNKNOWN_COMMUNE)),
            ma=pl.format(
                "{}|{}|{}|{}|{}",
                *(
                    pl.col(c).cast(pl.String).fill_null("")
                    for c in ("source_file", "source_sheet", "source_row", "column", "code")
                ),
            ),
            nguon=pl.col("source_file"),
            trang_tinh=pl.col("source_sheet"),
            dong=pl.col("source_row").cast(pl.String).fill_null("cả tệp"),
            loai_so=pl.col("register").replace(words("register")),
            cot=pl.col("column"),
            gia_tri=pl.col("value"),
            giai_thich=pl.col("reason"),
            cach_sua=pl.col("advice"),
            con_dung=pl.when("fatal")
            .then(pl.lit("không dùng được"))
            .otherwise(pl.lit("vẫn dùng, trừ ô này")),
            book_order=pl.lit(NO_BOOK),
        )
        .sort(
            ["fatal", "source_file", "source_sheet", "source_row", "column", "code"],
            descending=[True] + [False] * 5,
            nulls_last=True,
        )
    )
    return fill(rows, layout.UNREADABLE)
