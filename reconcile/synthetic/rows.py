"""True events → rows of the Ministry's templates (hotich158 layout)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from reconcile.synthetic.extract import dmy

if TYPE_CHECKING:
    from reconcile.synthetic.world import World


def dotted(column: str | pl.Expr) -> pl.Expr:
    """Return a day number as ``dd.mm.yyyy``."""
    expression = pl.col(column) if isinstance(column, str) else column
    return pl.from_epoch(expression, time_unit="d").dt.strftime("%d.%m.%Y")


def birth_rows(world: World, events: pl.DataFrame) -> pl.DataFrame:
    """Return KS rows: the template's columns, and ``nks``, ``me``, ``cha`` = the persons meant."""
    people = world.persons
    get = lambda column, key: pl.lit(people[column]).gather(pl.col(key))  # noqa: E731
    frame = world.units.at(events, "unit", "registered", "office")
    frame = world.units.at(frame, "unit", "born", "birthplace")
    year = lambda key: pl.from_epoch(get("born", key), time_unit="d").dt.year().cast(pl.String)  # noqa: E731
    return frame.select(
        "unit",
        "book_year",
        "registered",
        pl.col("pid").alias("nks"),
        pl.col("mother").alias("me"),
        pl.col("father").alias("cha"),
        pl.col("so").cast(pl.String).str.zfill(2),
        pl.concat_str(
            pl.col("book").cast(pl.String).str.zfill(2), pl.col("book_year").cast(pl.String), separator="/"
        ).alias("quyenSo"),
        pl.col("page").cast(pl.String).alias("trangSo"),
        dotted("registered").alias("ngayDangKy"),
        pl.col("kind").cast(pl.String).alias("loaiDangKy"),
        pl.concat_str(pl.lit("UBND "), "office").alias("noiDangKy"),
        pl.when(pl.col("registered") >= 16801).then("number").alias("nksSoDinhDanh"),
        pl.col("name").str.to_uppercase().alias("nksHoTen"),
        pl.col("sex").cast(pl.String).alias("nksGioiTinh"),
        dotted("born").alias("nksNgaySinh"),
        pl.col("birthplace").alias("nksNoiSinh"),
        pl.col("birthplace").alias("nksQueQuan"),
        pl.lit("Kinh").alias("nksDanToc"),
        pl.lit("Việt Nam").alias("nksQuocTich"),
        pl.lit("1").alias("nksLoaiKhaiSinh"),
        get("name", "mother").alias("meHoTen"),
        year("mother").alias("meNgaySinh"),
        pl.lit("Kinh").alias("meDanToc"),
        pl.lit("Việt Nam").alias("meQuocTich"),
        pl.lit("1").alias("meLoaiCuTru"),
        pl.col("office").alias("meNoiCuTru"),
        get("name", "father").alias("chaHoTen"),
        year("father").alias("chaNgaySinh"),
        pl.lit("Kinh").alias("chaDanToc"),
        pl.lit("Việt Nam").alias("chaQuocTich"),
        pl.lit("1").alias("chaLoaiCuTru"),
        pl.col("office").alias("chaNoiCuTru"),
    )


__all__ = ["birth_rows", "dmy", "dotted"]
