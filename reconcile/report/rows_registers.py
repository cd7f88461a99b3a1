"""Rows of the sheets about the registers themselves: *Nghi trùng*, *Không đọc được*."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from reconcile.report import layout
from reconcile.report.facts import NO_BOOK, ORDER, PARENT_ROLES, SEE_ELSEWHERE, fill
from reconcile.report.wording import words

if TYPE_CHECKING:
    from reconcile.report.facts import Shown


def duplicates(shown: Shown) -> pl.DataFrame:
    """Return one row per pair of records suspected to be one registration made twice.

    Of a record of another commune only its address is shown, never the person.
    """
    pairs = shown.tables.duplicates
    assert pairs is not None
    main = (
        shown.tables.mentions.filter(~pl.col("role").is_in(PARENT_ROLES))
        .group_by("record_id", maintain_order=True)
        .agg(
            nguoi=pl.col("ho_ten").drop_nulls().str.join("\n"),
            ngay_sinh=pl.col("ngay_sinh").drop_nulls().str.join("\n"),
        )
    )
    facts = shown.addresses.join(main, on="record_id", how="left")
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
    told = pl.concat([pairs["record_id"], pairs["other_record_id"]])
    alone = shown.tables.discrepancies.filter(
        (pl.col("code") == "DUPLICATE_REGISTRATION") & ~pl.col("record_id").is_in(told.unique().implode())
    ).select(
        "record_id",
        other_record_id=pl.lit(None, dtype=pl.String),
        reason="message",
        discrepancy_id="discrepancy_id",
    )
    asked = pl.concat([pairs.select("record_id", "other_record_id", "reason"), alone], how="diagonal")
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
