"""Compare marriages: who is married to whom, and whether the marriage still holds, as far as the registers tell.

A person can marry again, so only the last marriage of a resident in these books is compared, and only while no
note (``ghiChu``, ``tinhTrangKetHon``) says that it ended. A marital-status certificate speaks of its own day: it
contradicts the population only where it knows of a marriage and the population of none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from reconcile.compare.pairs import findings
from reconcile.compare.relatives import compare_relative_names, compare_relative_numbers

if TYPE_CHECKING:
    from reconcile.compare.pairs import Pairs

_ENDED = (
    r"(?i)ly\s*hôn|li\s*hôn|hủy\s+việc\s+kết\s+hôn|huỷ\s+việc\s+kết\s+hôn|hủy\s+kết\s+hôn|huỷ\s+kết\s+hôn"
)
_NOT_ENDED = r"(?i)không\s+có\s+thông\s+tin|chưa\s+ly\s*hôn"
_STATUS = (
    ("divorced", r"(?i)ly\s*hôn|li\s*hôn"),
    ("widowed", r"(?i)góa|goá|(vợ|chồng)\s+(đã\s+)?(chết|mất)"),
    ("single", r"(?i)chưa\s+(đăng\s+ký\s+)?kết\s*hôn|độc\s+thân|chưa\s+có\s+(vợ|chồng)"),
    ("married", r"(?i)đã\s+kết\s*hôn|đang\s+có\s+(vợ|chồng)|có\s+(vợ|chồng)"),
)


def _marriages(pairs: Pairs, records: pl.DataFrame) -> pl.DataFrame:
    """Return the last marriage of each resident: pair, ended, and what the population says."""
    said = pl.concat_str(["tinh_trang", "ghi_chu"], separator=" ", ignore_nulls=True)
    ended = (
        records.select("record_id", "register", "tinh_trang", "ghi_chu")
        .filter(pl.col("register") == "KH")
        .filter(said.str.replace_all(_NOT_ENDED, "").str.contains(_ENDED))["record_id"]
    )
    rows = pairs.take(
        ["record_id", "register", "registered_latest"],
        ["population_row", "marital_status"],
        roles=["chong", "vo"],
    ).filter(pl.col("c_register") == "KH")
    again = pl.col("p_population_row").is_duplicated()
    last = (
        rows.filter(again)
        .sort(["p_population_row", "c_registered_latest", "c_record_id"], nulls_last=False)
        .unique("p_population_row", keep="last", maintain_order=True)
    )
    return (
        pl.concat([rows.filter(~again), last])
        .with_columns(ended=pl.col("c_record_id").is_in(ended.implode()))
        .sort("pair")
    )


def compare_marriages(pairs: Pairs, records: pl.DataFrame) -> pl.DataFrame:
    """Return findings MARITAL_STATUS, SPOUSE_NAME and SPOUSE_ID of linked husbands and wives."""
    last = _marriages(pairs, records)
    status = pl.col("p_marital_status")
    contradiction = last.with_columns(
        said=pl.when(pl.col("ended") & (status == "married"))
        .then(pl.lit("đã ly hôn hoặc hủy kết hôn"))
        .when(~pl.col("ended") & (status == "single"))
        .then(pl.lit("đã kết hôn"))
        .when(pl.col("ended") & (status == "single"))
        .then(pl.lit("đã từng kết hôn, đã ly hôn"))
    )
    contradiction = pairs.beside(
        contradiction.drop_nulls("said"), ["spouse_key"], ["spouse_key", "tinh_trang_hon_nhan"]
    )
    # an ended marriage and "married" agree when the population names another spouse: married again
    another = (pl.col("c_spouse_key") != pl.col("p_spouse_key")).fill_null(value=False)
    contradiction = contradiction.filter(~(pl.col("ended") & (status == "married") & another))
    statuses = contradiction.with_columns(
        field=pl.lit("tinh_trang_hon_nhan"),
        code=pl.lit("MARITAL_STATUS"),
        detail="said",
        civil_value="said",
        population_value="p_tinh_trang_hon_nhan",
        civil_key=pl.when(pl.col("ended")).then(pl.lit("ended")).otherwise(pl.lit("married")),
        population_key="p_marital_status",
    )
    compared = last.filter(
        ~pl.col("ended") & status.is_in(["married", "widowed", "single"]).fill_null(value=True)
    )["pair"]
    return pl.concat(
        [
            findings(statuses),
            compare_relative_names(pairs, "ho_ten_vo_chong", "spouse_key", "SPOUSE_NAME", keep=compared),
            compare_relative_numbers(pairs, "so_dinh_danh_vo_chong", "spouse_id", "SPOUSE_ID", keep=compared),
        ]
    )


def status_in_words(text: pl.Expr) -> pl.Expr:
    """Return single, married, divorced, widowed for a certificate's sentence; null where it says none of them."""
    out = pl.lit(None, dtype=pl.String)
    for status, pattern in reversed(_STATUS):
        out = pl.when(text.str.contains(pattern)).then(pl.lit(status)).otherwise(out)
    return out


def compare_certificates(pairs: Pairs, records: pl.DataFrame) -> pl.DataFrame:
    """Return findings MARITAL_STATUS where a certificate knows of a marriage and the population says single."""
    said = (
        records.select("register", c_record_id="record_id", civil_value="tinh_trang")
        .filter(pl.col("register") == "HN")
        .select("c_record_id", "civil_value", status=status_in_words(pl.col("civil_value")))
    )
    rows = (
        pairs.take(["record_id"], ["marital_status"], roles=["nxn"])
        .filter(pl.col("p_marital_status") == "single")
        .join(said, on="c_record_id", how="inner", maintain_order="left")
        .filter(pl.col("status").is_in(["married", "divorced", "widowed"]))
    )
    return findings(
        pairs.beside(rows, [], ["tinh_trang_hon_nhan"]).with_columns(
            field=pl.lit("tinh_trang_hon_nhan"),
            code=pl.lit("MARITAL_STATUS"),
            detail=pl.format("“{}” (giấy xác nhận)", "civil_value"),
            population_value="p_tinh_trang_hon_nhan",
            civil_key="status",
            population_key="p_marital_status",
        )
    )
