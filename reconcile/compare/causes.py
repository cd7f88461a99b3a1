"""The kinds of difference that one hand or one machine makes again and again, and which row may be of one."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True, slots=True)
class Cause:
    """A kind of difference that one hand or one machine makes again and again."""

    key: str
    title: str
    decision: str


CAUSES = {
    "swapped": Cause("swapped", "đảo ngày và tháng", "đổi lại ngày và tháng cho cả nhóm sau khi soát vài dòng với sổ gốc"),
    "year_shift": Cause("year_shift", "năm sinh trong sổ lệch đều so với dân cư, số năm lệch", "soát vài dòng với sổ gốc rồi sửa năm cho cả nhóm"),
    "no_marks": Cause("no_marks", "họ tên không có dấu", "nhập lại họ tên có dấu cho cả nhóm theo sổ gốc"),
    "l_n": Cause("l_n", "nhầm l và n", "soát lại phụ âm đầu của cả nhóm với sổ gốc"),
    "dialect": Cause("dialect", "nhầm phụ âm ch/tr, s/x, d/gi/r", "soát lại phụ âm đầu của cả nhóm với sổ gốc"),
    "shifted_column": Cause("shifted_column", "giá trị nằm lệch cột", "mở lại tệp, dời các cột về đúng chỗ rồi nhập lại cả nhóm"),
    "default_date": Cause("default_date", "ngày sinh mặc định", "thống nhất một cách xử lý ngày mặc định cho cả nhóm"),
    "same_code": Cause("same_code", "cùng một loại sai lệch", "tìm nguyên nhân chung rồi xử lý cả nhóm một lần"),
}  # fmt: skip
"""Cause → its Vietnamese name and the one decision proposed for the whole group."""


def cause_of() -> pl.Expr:
    """Return the cause that a row may share with others, null where its kind needs no common look.

    Reads code, variant, evidence, detail, civil_key, population_key.
    """
    code, detail = pl.col("code"), pl.col("detail").str.to_lowercase()
    civil_year = pl.col("civil_key").str.slice(0, 4).cast(pl.Int32, strict=False)
    population_year = pl.col("population_key").str.slice(0, 4).cast(pl.Int32, strict=False)
    without = pl.col("evidence").is_in(["register_without_marks", "population_without_marks"])
    initial = detail.str.extract_groups(r"“([ln])[^/]*/([ln])").struct
    names = code.is_in(["PARENT_NAME", "SPOUSE_NAME"]) | code.str.starts_with("NAME_")
    shift = civil_year - population_year
    folded = [pl.col(key).str.replace_all(r"(^| )l", "${1}n") for key in ("civil_key", "population_key")]
    l_n = names & (folded[0] == folded[1]) & (pl.col("civil_key") != pl.col("population_key"))
    return (
        pl.when(code == "DOB_DAY_MONTH_SWAPPED")
        .then(pl.lit("swapped"))
        # a slip of day or month beside it does not hide the year that a whole book has wrong
        .when(code.is_in(["DOB_YEAR", "DOB_DIFFERENT"]) & (shift != 0) & (shift.abs() <= 3))
        .then(pl.format("year_shift:{}", shift))
        .when(names & without)
        .then(pl.lit("no_marks"))
        .when(l_n)
        .then(pl.lit("l_n"))
        .when((code == "NAME_DIALECT") & (initial.field("1") != initial.field("2")))
        .then(pl.lit("l_n"))
        .when(code == "NAME_DIALECT")
        .then(pl.lit("dialect"))
        .when(code == "VALUE_UNREADABLE")
        .then(pl.lit("shifted_column"))
        .when((code == "DOB_PLACEHOLDER") & pl.col("variant").is_not_null())
        .then(pl.lit("default_date"))
        .when(code.is_in(["DOB_DAY", "DOB_MONTH", "SEX", "ETHNICITY", "NATIONALITY"]))
        .then(pl.format("same_code:{}", code))
    )
