"""The population extract: one row per resident, as the police side wrote it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from reconcile.synthetic.dice import Dice
    from reconcile.synthetic.world import World

COLUMNS = (
    "soDinhDanh soCmnd hoTen tenGoiKhac ngaySinh gioiTinh danToc tonGiao quocTich noiSinh noiDangKyKhaiSinh queQuan"
    " noiThuongTru noiTamTru noiOHienTai tinhTrangHonNhan chaHoTen chaSoDinhDanh meHoTen meSoDinhDanh voChongHoTen"
    " voChongSoDinhDanh chuHoHoTen chuHoSoDinhDanh quanHeChuHo ngayChet soDinhDanhCu"
).split()
"""Canonical column codes of the population extract (contract §1)."""

VILLAGES = (
    "Đông Đoài Trung Thượng Hạ Nội Ngoại Tiền Hậu Phú Lộc Bình Phiên An Tân Tràng Kỹ Nghĩa Thái Hòa".split()
)
"""Village names: invented, since no public table of villages exists."""


def dmy(column: str | pl.Expr) -> pl.Expr:
    """Return a day number as ``dd/mm/yyyy``."""
    expression = pl.col(column) if isinstance(column, str) else column
    return pl.from_epoch(expression, time_unit="d").dt.strftime("%d/%m/%Y")


def residents(dice: Dice, world: World) -> pl.DataFrame:
    """Return the true extract: the canonical columns, ``pid`` and what is needed to find people again.

    Order: by household and age, as an extract of a commune reads.
    """
    people = world.persons
    get = lambda column, key: pl.lit(people[column]).gather(pl.col(key).fill_null(0))  # noqa: E731
    here = people.filter(pl.col("resident")).with_columns(
        pl.lit(world.extract, dtype=pl.Int32).alias("today")
    )
    here = world.units.at(here, "home", "today", "lives")
    here = world.units.at(here, "unit", "born", "birthplace")
    village = pl.concat_str(
        pl.lit("thôn "), dice.pick("village", VILLAGES, pl.coalesce("marriage", "couple", "pid"))
    )
    known = pl.col("father").is_not_null()
    wed = pl.col("spouse").is_not_null()
    spouse_dead = get("died", "spouse") <= world.extract
    frame = here.select(
        "pid",
        pl.col("number").alias("soDinhDanh"),
        pl.col("cmnd").alias("soCmnd"),
        pl.col("name").str.to_uppercase().alias("hoTen"),
        pl.lit(None, dtype=pl.String).alias("tenGoiKhac"),
        dmy("born").alias("ngaySinh"),
        pl.when(pl.col("sex") == 1).then(pl.lit("Nam")).otherwise(pl.lit("Nữ")).alias("gioiTinh"),
        pl.lit("Kinh").alias("danToc"),
        pl.lit("Không").alias("tonGiao"),
        pl.lit("Việt Nam").alias("quocTich"),
        pl.lit(None, dtype=pl.String).alias("noiSinh"),
        "birthplace",
        pl.concat_str(village, pl.col("lives"), separator=", ").alias("noiThuongTru"),
        pl.col("lives_code").alias("commune"),
        pl.when(wed & spouse_dead)
        .then(pl.lit("Góa"))
        .when(wed)
        .then(pl.lit("Đã kết hôn"))
        .otherwise(pl.lit("Chưa kết hôn"))
        .alias("tinhTrangHonNhan"),
        pl.when(known).then(get("name", "father")).str.to_uppercase().alias("chaHoTen"),
        pl.when(known).then(get("number", "father")).alias("chaSoDinhDanh"),
        pl.when(known).then(get("name", "mother")).str.to_uppercase().alias("meHoTen"),
        pl.when(known).then(get("number", "mother")).alias("meSoDinhDanh"),
        pl.when(wed).then(get("name", "spouse")).str.to_uppercase().alias("voChongHoTen"),
        pl.when(wed).then(get("number", "spouse")).alias("voChongSoDinhDanh"),
        "born",
        "home",
        pl.coalesce("marriage", "couple", "pid").alias("household"),
    )
    frame = frame.with_columns(
        pl.col("birthplace").alias("noiDangKyKhaiSinh"), pl.col("birthplace").alias("queQuan")
    )
    frame = frame.sort("commune", "home", "household", "born", "pid")
    return frame.with_columns((pl.int_range(pl.len(), dtype=pl.UInt32) + 2).alias("population_row"))
