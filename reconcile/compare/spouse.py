"""Compare marriages: who is married to whom, and whether the marriage still holds, as far as the registers tell.

A person can marry again, so the spouse is compared only with the last marriage of a resident in these books, and
only while no note (``ghiChu``, ``tinhTrangKetHon``) says that it ended. That the population knows of no marriage at
all contradicts each of them, an earlier one too, ended or not: each book's keeper is told. A marital-status
certificate speaks of its own day: it contradicts the population only where it knows of a marriage and the population
of none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from reconcile.compare.name_difference import SMALL
from reconcile.compare.names import differing
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


_ALIKE = sorted({*SMALL, "NAME_I_Y"})
"""Differences between two names of one person rather than of two."""


def _marriages(pairs: Pairs, records: pl.DataFrame) -> pl.DataFrame:
    """Return the marriages of residents: pair, record, role, what the population says; whether it ended.

    ``last``: of the resident; ``later``: the resident has a later one, in another record.
    """
    said = pl.concat_str(["tinh_trang", "ghi_chu"], separator=" ", ignore_nulls=True)
    ended = (
        records.select("record_id", "register", "tinh_trang", "ghi_chu")
        .filter(pl.col("register") == "KH")
        .filter(said.str.replace_all(_NOT_ENDED, "").str.contains(_ENDED))["record_id"]
    )
    rows = pairs.take(
        ["record_id", "register", "role", "registered_latest"],
        ["population_row", "marital_status"],
        roles=["chong", "vo"],
    ).filter(pl.col("c_register") == "KH")
    resident = "p_population_row"
    last = (
        rows.filter(pl.col(resident).is_duplicated())
        .sort([resident, "c_registered_latest", "c_record_id"], nulls_last=False)
        .select(
            "pair",
            last=pl.col("pair") == pl.col("pair").last().over(resident),
            later=pl.col("c_record_id") != pl.col("c_record_id").last().over(resident),
        )
    )
    return rows.join(last, on="pair", how="left", maintain_order="left").with_columns(
        pl.col("last").fill_null(value=True),
        pl.col("later").fill_null(value=False),
        ended=pl.col("c_record_id").is_in(ended.implode()),
    )


def _to_another(pairs: Pairs, rows: pl.DataFrame, marriages: pl.DataFrame) -> pl.Series:
    """Return the pairs of ``rows`` whose resident the population marries to somebody else than the record does.

    Names that are only a slip apart, or numbers that are the same, mean one person; so does a partner of the record
    who is linked to a resident with the number, or the name, of the spouse in the population. Else unlike names, or
    two names of which each has its own number, are two persons.
    """
    keys = ["spouse_key", "spouse_id"]
    rows = pairs.beside(rows.select("pair", "c_record_id", "c_role"), keys, keys)
    rows = rows.filter(pl.col("c_spouse_key") != pl.col("p_spouse_key"))
    unlike = differing(rows, "spouse_key").filter(~pl.col("code").is_in(_ALIKE))["pair"]
    partners = pairs.beside(
        marriages.select("pair", "c_record_id", "c_role").filter(
            pl.col("c_record_id").is_in(rows["c_record_id"].implode())
        ),
        [],
        ["personal_id", "name_key"],
    )
    partners = partners.drop("pair").unique(["c_record_id", "c_role"], keep="first", maintain_order=True)
    other = pl.when(pl.col("c_role") == "chong").then(pl.lit("vo")).otherwise(pl.lit("chong"))
    rows = rows.join(
        partners.with_columns(other.alias("c_role")),
        on=["c_record_id", "c_role"],
        how="left",
        maintain_order="left",
    )
    one = (
        (pl.col("c_spouse_id") == pl.col("p_spouse_id")).fill_null(value=False)
        | (pl.col("p_personal_id") == pl.col("p_spouse_id")).fill_null(value=False)
        | (pl.col("p_name_key") == pl.col("p_spouse_key")).fill_null(value=False)
    )
    two = pl.col("pair").is_in(unlike.implode()) | (pl.col("c_spouse_id") != pl.col("p_spouse_id"))
    return rows.filter(two.fill_null(value=False) & ~one)["pair"]


def compare_marriages(pairs: Pairs, records: pl.DataFrame) -> pl.DataFrame:
    """Return findings MARITAL_STATUS, SPOUSE_NAME and SPOUSE_ID of linked husbands and wives."""
    marriages = _marriages(pairs, records)
    last = marriages.filter("last")
    status = pl.col("p_marital_status")
    known = pl.when("ended").then(pl.lit("đã từng kết hôn, đã ly hôn")).otherwise(pl.lit("đã kết hôn"))
    later = pl.when("later").then(pl.lit(" (có bản ghi kết hôn sau đó)")).otherwise(pl.lit(""))
    single = marriages.filter(status == "single").with_columns(said=known + later)
    # an ended marriage and "married" agree when the population names another spouse: married again
    over = last.filter(pl.col("ended") & (status == "married"))
    over = over.filter(~pl.col("pair").is_in(_to_another(pairs, over, marriages).implode()))
    over = over.with_columns(said=pl.lit("đã ly hôn hoặc hủy kết hôn"))
    contradiction = pairs.beside(pl.concat([single, over]).sort("pair"), [], ["tinh_trang_hon_nhan"])
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
