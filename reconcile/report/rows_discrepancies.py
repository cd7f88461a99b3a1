"""Rows of *Sai lệch* and *Chi tiết nhóm*."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from reconcile.report import layout
from reconcile.report.facts import BLANK, NO_BOOK, ORDER, OWN_SHEET, fill
from reconcile.report.wording import severity_rank, words

if TYPE_CHECKING:
    from reconcile.report.facts import Shown

NUMBER_WARNING = "Sửa năm sinh, giới tính hay tỉnh đăng ký trong dân cư thì số định danh phải hủy, xác lập lại (TT 59/2021 Điều 6)."


def discrepancies(shown: Shown) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rows of *Sai lệch* (a group of one cause is one row, on top) and of *Chi tiết nhóm*."""
    found = shown.tables.discrepancies.filter(~pl.col("code").fill_null("").is_in(OWN_SHEET))
    people = shown.named_in(found["record_id"]).select("record_id", "role", "ho_ten")
    residents = shown.tables.residents.filter(
        pl.col("resident_id").is_in(found["resident_id"].drop_nulls().unique().implode())
    ).select("resident_id", "so_dinh_danh", ngay_sinh_dan_cu="ngay_sinh")
    rows = (
        found.drop("source_file", "source_row", "register")
        .join(shown.addresses, on="record_id", how="left")
        .join(people, on=["record_id", "role"], how="left")
        .join(
            residents.unique("resident_id", keep="first", maintain_order=True),
            on="resident_id",
            how="left",
        )
        .with_columns(pl.col("commune").fill_null(pl.col("commune_code").fill_null(layout.UNKNOWN_COMMUNE)))
        .with_columns(
            book_order=pl.col("book_order").fill_null(NO_BOOK),
            rank=severity_rank(pl.col("severity")),
            ma=pl.col("discrepancy_id"),
            muc_do=pl.col("severity").replace(words("severity")),
            nguoi=pl.concat_str(
                pl.col("ho_ten"),
                pl.format("({})", pl.col("role").replace(words("role")).str.to_lowercase()),
                separator="\n",
                ignore_nulls=True,
            ),
            muc=pl.col("field").replace(words("field")),
            ho_tich=pl.col("civil_value").fill_null(BLANK),
            dan_cu=pl.col("population_value").fill_null(BLANK),
            giai_thich=pl.col("message"),
            de_nghi=pl.col("owner").replace(words("owner")),
            ly_do=_why(found.columns),
            minutes=pl.col("minutes") if "minutes" in found.columns else pl.lit(None, dtype=pl.Float64),
        )
    )
    single = rows.filter(pl.col("systematic").is_null())
    grouped = rows.filter(pl.col("systematic").is_not_null())
    order = ["rank", *ORDER, "role", "field", "ma"]
    single = single.sort(order, nulls_last=True, maintain_order=True)
    details = grouped.sort(["commune", "systematic", *order], nulls_last=True)
    heads = _group_heads(shown, details)
    names = heads.select("commune", "systematic", "nhom")
    details = details.join(names, on=["commune", "systematic"], how="left", maintain_order="left")
    return (
        pl.concat([fill(heads, layout.DISCREPANCIES), fill(single, layout.DISCREPANCIES)]),
        fill(details, layout.GROUP_ROWS),
    )


def _group_heads(shown: Shown, details: pl.DataFrame) -> pl.DataFrame:
    """Return one row per commune and systematic cause, numbered ``Nhóm 1`` … within the commune."""
    first = details.group_by("commune", "systematic", maintain_order=True).agg(
        pl.len().alias("count"),
        pl.col("so_quyen").n_unique().alias("books"),
        pl.col("so_quyen").first(),
        pl.col("book_order").first(),
        pl.col("rank").min(),
        pl.col("muc_do").sort_by("rank").first(),
        pl.col("muc").first(),
        pl.col("ho_tich").first(),
        pl.col("dan_cu").first(),
        pl.col("giai_thich").first().alias("example"),
        pl.col("de_nghi").mode().sort().first(),
        pl.col("ly_do").first(),
        pl.col("minutes").max(),
    )
    titles = shown.tables.systematic
    assert titles is not None
    first = first.join(
        titles.select("systematic", "message", "decision").unique("systematic", keep="first"),
        on="systematic",
        how="left",
    )
    return (
        first.sort(["commune", "rank", "count", "systematic"], descending=[False, False, True, False])
        .with_columns(order=pl.int_range(1, pl.len() + 1).over("commune"))
        .with_columns(
            ma=pl.format(f"{layout.GROUP_PREFIX}{{}}", pl.col("systematic")),
            nhom=pl.format("Nhóm {}", pl.col("order")),
            muc_do=pl.format("Nhóm {}: {}", pl.col("order"), pl.col("muc_do").str.to_lowercase()),
            so_quyen=pl.when(pl.col("books") > 1)
            .then(pl.format("{} quyển", pl.col("books")))
            .otherwise(pl.col("so_quyen")),
            so=pl.format("{} dòng", pl.col("count")),
            nguoi=pl.lit("Cả nhóm"),
            giai_thich=pl.concat_str(
                pl.coalesce(
                    pl.col("message"),
                    pl.format("Nhiều dòng cùng một nguyên nhân. Ví dụ: {}", pl.col("example")),
                ),
                pl.col("decision"),
                pl.lit("Từng dòng xem ở trang Chi tiết nhóm."),
                separator=" ",
                ignore_nulls=True,
            ),
        )
    )


def _why(columns: list[str]) -> pl.Expr:
    """Return why this owner is proposed, and a warning where the correction breaks the 12-digit number."""
    if "changes_number" not in columns:
        return pl.col("owner_reason")
    warning = pl.when(pl.col("changes_number")).then(pl.lit(NUMBER_WARNING)).otherwise(None)
    return pl.concat_str(pl.col("owner_reason"), warning, separator=" ", ignore_nulls=True)
