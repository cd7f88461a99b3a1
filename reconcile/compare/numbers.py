"""Compare the 12-digit numbers: register against population, and a number against what it states.

``PPP G YY RRRRRR`` (NĐ 137/2015 Điều 13): province of birth registration, century and sex, year of birth. A wrong
G or YY means that the number is cancelled and re-established (TT 59/2021 Điều 6); a wrong P only asks for a look.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl
from rapidfuzz.distance import OSA

from reconcile.compare.dates import number_year
from reconcile.compare.pairs import findings, nothing
from reconcile.compare.sex import number_sex, sex_of_role, sex_word

if TYPE_CHECKING:
    from reconcile.compare.pairs import Pairs


def compare_numbers(pairs: Pairs) -> pl.DataFrame:
    """Return findings on ``so_dinh_danh``: different, former, missing, and structure against sex and year."""
    states = {
        "number_sex": number_sex(pl.col("personal_id")),
        "number_year": number_year(pl.col("personal_id")),
    }
    read = replace(pairs, residents=pairs.residents.with_columns(**states))
    structure = pl.concat([_structure_sex(read), _structure_year(read)])
    return pl.concat([_against_population(pairs, structure["pair"]), _missing(pairs), structure])


def _against_population(pairs: Pairs, structure: pl.Series) -> pl.DataFrame:
    """Return numbers that differ. ``structure``: pairs whose resident's number is told to be wrong in itself.

    Where it is, and century, sex and year (digits 4 to 6) are all that differs, the register's is no slip of the
    keys: the other number is said once, as a wrong structure.
    """
    told = pairs.index["resident"].gather(pairs.index["pair"].search_sorted(structure))
    civil, theirs = pl.col("c_personal_id"), pl.col("p_personal_id")
    rest = (civil.str.slice(0, 3) != theirs.str.slice(0, 3)) | (civil.str.slice(6) != theirs.str.slice(6))
    said = pairs.index["resident"].is_in(told.implode())
    rows = pairs.take(["personal_id"], ["personal_id"]).filter((civil != theirs) & (~said | rest))
    rows = pairs.beside(rows, ["so_dinh_danh"], ["so_dinh_danh", "former_ids"])
    former = pl.col("p_former_ids").list.contains(pl.col("c_personal_id")).fill_null(value=False)
    distinct = rows.select("c_personal_id", "p_personal_id").unique(maintain_order=True)
    slips = distinct.with_columns(
        slip=pl.Series([number_slip(c, p) for c, p in distinct.iter_rows()], dtype=pl.String)
    )
    rows = rows.join(slips, on=["c_personal_id", "p_personal_id"], how="left", maintain_order="left")
    slip = pl.col("slip").is_not_null()
    return findings(
        rows.with_columns(
            field=pl.lit("so_dinh_danh"),
            code=pl.when(former).then(pl.lit("ID_FORMER")).otherwise(pl.lit("ID_DIFFERENT")),
            variant=pl.when(slip & ~former).then(pl.lit("typing")),
            detail=pl.col("slip"),
            civil_value=pl.coalesce("c_so_dinh_danh", "c_personal_id"),
            population_value=pl.coalesce("p_so_dinh_danh", "p_personal_id"),
            civil_key="c_personal_id",
            population_key="p_personal_id",
        )
    )


def number_slip(civil: str, population: str) -> str | None:
    """Say how one number became the other by one slip of the keys; None where it takes more."""
    if OSA.distance(civil, population) > 1:
        return None
    wrong = [place for place, (a, b) in enumerate(zip(civil, population, strict=True), 1) if a != b]
    if len(wrong) == 1:
        return f"chữ số thứ {wrong[0]}"
    return f"hai chữ số đổi chỗ ở vị trí {wrong[0]} và {wrong[1]}"


def _missing(pairs: Pairs) -> pl.DataFrame:
    """Return residents without a number whom the register numbers. A blank in the register is none: optional."""
    rows = pairs.take(["personal_id"], ["so_dinh_danh", "personal_id"]).filter(
        pl.col("c_personal_id").is_not_null()
        & pl.col("p_personal_id").is_null()
        & pl.col("p_so_dinh_danh").is_null()
    )
    return findings(
        pairs.beside(rows, ["so_dinh_danh"]).with_columns(
            field=pl.lit("so_dinh_danh"),
            code=pl.lit("ID_MISSING"),
            civil_value=pl.coalesce("c_so_dinh_danh", "c_personal_id"),
            civil_key="c_personal_id",
        )
    )


def _structure_sex(pairs: Pairs) -> pl.DataFrame:
    """Return numbers that state another sex than both sides; where the sides differ, SEX says it already."""
    rows = pairs.take(["role", "sex"], ["sex", "number_sex"]).with_columns(
        c_sex=pl.coalesce("c_sex", sex_of_role(pl.col("c_role")))
    )
    sex = pl.coalesce("c_sex", "p_sex")
    agree = (pl.col("c_sex") == pl.col("p_sex")).fill_null(value=True)
    stated = pl.col("p_number_sex")
    rows = once_per_resident(pairs, rows.filter(agree & sex.is_not_null() & (stated != sex)))
    return findings(
        pairs.beside(rows, [], ["so_dinh_danh", "personal_id"]).with_columns(
            field=pl.lit("so_dinh_danh"),
            code=pl.lit("ID_STRUCTURE_SEX"),
            detail=sex_word(stated),
            civil_value=sex_word(sex),
            population_value=pl.coalesce("p_so_dinh_danh", "p_personal_id"),
            civil_key=pl.format("sex:{}", sex),
            population_key="p_personal_id",
        )
    )


def once_per_resident(pairs: Pairs, rows: pl.DataFrame) -> pl.DataFrame:
    """Keep one row per resident of what is wrong in the population alone: that of the own birth, else the first."""
    return (
        pairs.beside(rows, ["role"], ["population_row"])
        .with_columns(_own=pl.col("c_role") != "nks")
        .sort("_own", "pair")
        .unique("p_population_row", keep="first", maintain_order=True)
        .sort("pair")
        .drop("_own")
    )


def _structure_year(pairs: Pairs) -> pl.DataFrame:
    """Return numbers that state another birth year than both sides.

    Where the sides differ in the year, DOB_… says it, unless the number states a third year that no mention of the
    resident has.
    """
    days = ["birth_earliest", "birth_latest"]
    rows = pairs.take(days, [*days, "population_row", "number_year"])
    first = pl.coalesce("p_birth_earliest", "c_birth_earliest")
    last = pl.coalesce("p_birth_latest", "c_birth_latest")
    agree = (
        (pl.col("c_birth_earliest") <= pl.col("p_birth_latest"))
        & (pl.col("p_birth_earliest") <= pl.col("c_birth_latest"))
    ).fill_null(value=True)
    same_year = (pl.col("c_birth_earliest").dt.year() == pl.col("p_birth_earliest").dt.year()).fill_null(value=True)  # fmt: skip
    stated = pl.col("p_number_year")
    outside = (stated < first.dt.year()) | (stated > last.dt.year())
    year = stated.is_between(pl.col("c_birth_earliest").dt.year(), pl.col("c_birth_latest").dt.year())
    confirmed = rows.filter(year).select("p_population_row")
    rows = rows.filter(outside)
    third = ~pl.col("p_population_row").is_in(confirmed["p_population_row"].implode())
    rows = once_per_resident(pairs, rows.filter(agree | same_year | third))
    return findings(
        pairs.beside(rows, ["ngay_sinh"], ["ngay_sinh", "so_dinh_danh", "personal_id"]).with_columns(
            field=pl.lit("so_dinh_danh"),
            code=pl.lit("ID_STRUCTURE_YEAR"),
            detail=stated.cast(pl.String),
            civil_value=pl.coalesce("p_ngay_sinh", "c_ngay_sinh"),
            population_value=pl.coalesce("p_so_dinh_danh", "p_personal_id"),
            civil_key=pl.format("year:{}", first.dt.year()),
            population_key="p_personal_id",
        )
    )


def repeated_numbers(pairs: Pairs) -> pl.DataFrame:
    """Return findings ID_DUPLICATE: one number on several residents, or on several persons of the registers."""
    return pl.concat([_repeated_in_population(pairs), _repeated_in_register(pairs)])


def _repeated_in_population(pairs: Pairs) -> pl.DataFrame:
    shared = pairs.residents.select("population_row", p_personal_id="personal_id").filter(
        pl.col("p_personal_id").is_not_null() & pl.col("p_personal_id").is_duplicated()
    )
    if shared.is_empty():
        return nothing()
    counts = shared.group_by("p_personal_id").agg(n=pl.len())
    pairs = pairs.of_residents(shared["population_row"])
    rows = once_per_resident(
        pairs,
        pairs.take([], ["personal_id"]).join(counts, on="p_personal_id", how="inner", maintain_order="left"),
    )
    return findings(
        pairs.beside(rows, [], ["so_dinh_danh"]).with_columns(
            field=pl.lit("so_dinh_danh"),
            code=pl.lit("ID_DUPLICATE"),
            detail=pl.format("{} người trong dân cư", pl.col("n")),
            population_value=pl.coalesce("p_so_dinh_danh", "p_personal_id"),
            civil_key=pl.lit("repeated"),
            population_key="p_personal_id",
        )
    )


def _repeated_in_register(pairs: Pairs) -> pl.DataFrame:
    """Return numbers that births give to mentions linked to different residents."""
    rows = pairs.take(["personal_id"], ["population_row"], roles=["nks"]).drop_nulls("c_personal_id")
    counts = (
        rows.group_by("c_personal_id").agg(n=pl.col("p_population_row").n_unique()).filter(pl.col("n") > 1)
    )
    rows = rows.join(counts, on="c_personal_id", how="inner", maintain_order="left")
    return findings(
        pairs.beside(rows, ["so_dinh_danh"]).with_columns(
            field=pl.lit("so_dinh_danh"),
            code=pl.lit("ID_DUPLICATE"),
            variant=pl.lit("register"),
            detail=pl.format("{} người", pl.col("n")),
            civil_value=pl.coalesce("c_so_dinh_danh", "c_personal_id"),
            civil_key="c_personal_id",
            population_key=pl.lit("repeated in register"),
        )
    )
