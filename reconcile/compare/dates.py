"""Compare dates of birth as intervals of days: full, month or year only.

A partial date agrees with every date inside it (domain: compare on the precision that is present). What a
parent's missing day or month could say is never scored (Luật Hộ tịch 2014 Điều 14 asks for the year only).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from reconcile.compare.date_words import read_words
from reconcile.compare.pairs import findings
from reconcile.normalize.date_pairs import date_pair_kind
from reconcile.normalize.lunar import lunar_day

if TYPE_CHECKING:
    import datetime as dt

    from reconcile.compare.pairs import Pairs

_FULL_DATE = r"^\s*(\d{1,2})[./-](\d{1,2})[./-](\d{4})\s*$"

_CODE = {
    "compatible": "DOB_PARTIAL",
    "placeholder": "DOB_PLACEHOLDER",
    "day_month_swapped": "DOB_DAY_MONTH_SWAPPED",
    "day": "DOB_DAY",
    "month": "DOB_MONTH",
    "year": "DOB_YEAR",
    "different": "DOB_DIFFERENT",
}
"""Kind of ``normalize.date_pairs`` → code."""

YEAR_ONLY_BY_LAW = ("me", "cha")
"""Roles whose date of birth may be a year in the register: a part that is missing there is no finding."""


def precision(earliest: pl.Expr, latest: pl.Expr) -> pl.Expr:
    """Return ``day``, ``month``, ``year`` or ``range`` for an interval of days."""
    month = (earliest == earliest.dt.month_start()) & (latest == earliest.dt.month_end())
    first = (earliest.dt.month() == 1) & (earliest.dt.day() == 1)
    last = (latest.dt.month() == 12) & (latest.dt.day() == 31)
    year = first & last & (earliest.dt.year() == latest.dt.year())
    return (
        pl.when(earliest == latest)
        .then(pl.lit("day"))
        .when(month)
        .then(pl.lit("month"))
        .when(year)
        .then(pl.lit("year"))
        .otherwise(pl.lit("range"))
    )


def classify(distinct: pl.DataFrame) -> pl.DataFrame:
    """Add ``code``, ``variant``, ``detail``, ``evidence`` to distinct intervals ``ce cl pe pl``; equal ones drop out.

    ``c`` the register's, ``p`` the population's; ``e`` earliest, ``l`` latest day.
    """
    ce, cl, pe, pl_ = (pl.col(name) for name in ("ce", "cl", "pe", "pl"))
    rows = distinct.filter((ce != pe) | (cl != pl_)).with_columns(
        cp=precision(ce, cl), pp=precision(pe, pl_), kind=date_pair_kind(ce, cl, pe, pl_)
    )
    meet = (ce <= pl_) & (pe <= cl)
    # a bare year in the population beside 01/01 in the register: the population is only less exact
    less = meet & (pl.col("pp") != "day")
    rows = rows.with_columns(
        code=pl.when(less)
        .then(pl.lit("DOB_PARTIAL"))
        .otherwise(pl.col("kind").replace_strict(_CODE, return_dtype=pl.String))
    )
    is_code = pl.col("code")
    invented = (is_code == "DOB_PLACEHOLDER") & ~meet
    population = (pe.dt.month() == 1) & (pe.dt.day() == 1) & (pl.col("pp") == "day")
    variant = (
        pl.when(invented & population & (pl.col("cp") == "day"))
        .then(pl.lit("population_default"))
        .when(invented & population)
        .then(pl.lit("population_default_month"))
        .when(invented)
        .then(pl.lit("register_default"))
        .when((is_code == "DOB_DIFFERENT") & (ce.dt.year() != pe.dt.year()))
        .then(pl.lit("year"))
    )
    narrower = (cl - ce) < (pl_ - pe)
    evidence = (
        pl.when(is_code.is_in(["DOB_PARTIAL", "DOB_PLACEHOLDER"]) & variant.is_null() & narrower)
        .then(pl.lit("population_partial"))
        .when(is_code.is_in(["DOB_PARTIAL", "DOB_PLACEHOLDER"]) & variant.is_null())
        .then(pl.lit("register_partial"))
    )
    return _lunar(rows.with_columns(variant=variant, evidence=evidence, detail=pl.lit(None, pl.String)))


def _lunar(rows: pl.DataFrame) -> pl.DataFrame:
    """Call a difference DOB_LUNAR where one side's figures, read in the lunar calendar, are the other's day."""
    gap = (pl.col("pe") - pl.col("ce")).dt.total_days()
    days = (pl.col("cp") == "day") & (pl.col("pp") == "day")
    candidates = rows.filter(
        days & (pl.col("code") == "DOB_DIFFERENT") & gap.abs().is_between(15, 60)
    ).select("ce", "cl", "pe", "pl")
    read = [
        (ce, cl, pe, pl_, detail)
        for ce, cl, pe, pl_ in candidates.iter_rows()
        if (detail := _lunar_detail(ce, pe)) is not None
    ]
    schema = {"ce": pl.Date, "cl": pl.Date, "pe": pl.Date, "pl": pl.Date, "lunar": pl.String}
    found = pl.DataFrame(read, schema=schema, orient="row")
    joined = rows.join(found, on=["ce", "cl", "pe", "pl"], how="left", maintain_order="left")
    hit = pl.col("lunar").is_not_null()
    return joined.with_columns(
        code=pl.when(hit).then(pl.lit("DOB_LUNAR")).otherwise("code"),
        variant=pl.when(hit).then(None).otherwise("variant"),
        detail=pl.col("lunar"),
    ).drop("lunar")


def _lunar_detail(civil: dt.date, population: dt.date) -> str | None:
    for figures, other, side in ((civil, population, "sổ"), (population, civil, "dân cư")):
        for leap in (False, True):
            if lunar_day(figures.year, figures.month, figures.day, leap=leap) == other:
                return f"ngày {side} ghi, đọc là âm lịch, đúng bằng ngày dương lịch bên kia"
    return None


def compare_births(pairs: Pairs) -> pl.DataFrame:
    """Return findings on ``ngay_sinh``: see ``classify``. Adds what proves one side wrong in itself."""
    days = ["birth_earliest", "birth_latest"]
    rows = pairs.take(days, days).rename(
        {"c_birth_earliest": "ce", "c_birth_latest": "cl", "p_birth_earliest": "pe", "p_birth_latest": "pl"}
    )
    unread = _unreadable(pairs, rows.filter(pl.col("ce").is_null() & pl.col("pe").is_not_null()))
    rows = rows.filter(pl.all_horizontal(pl.col("ce", "cl", "pe", "pl").is_not_null()))
    rows = rows.filter((pl.col("ce") != pl.col("pe")) | (pl.col("cl") != pl.col("pl")))
    kinds = classify(rows.select("ce", "cl", "pe", "pl").unique(maintain_order=True))
    rows = rows.join(kinds, on=["ce", "cl", "pe", "pl"], how="inner", maintain_order="left")
    rows = pairs.beside(rows, ["role"])
    harmless = pl.col("code").is_in(["DOB_PARTIAL", "DOB_PLACEHOLDER"]) & pl.col("variant").is_null()
    rows = pairs.beside(
        rows.filter(~(harmless & pl.col("c_role").is_in(YEAR_ONLY_BY_LAW))),
        ["ngay_sinh", "registered_latest", "ngay_sinh_bang_chu"],
        ["ngay_sinh", "personal_id"],
    )
    rows = _with_words(rows.rename({"c_ngay_sinh": "civil_value", "p_ngay_sinh": "population_value"}))
    # 31.02.1984 is read as its year, with a doubt: a full date that is none is checked in the book
    full = pl.col("civil_value").str.contains(_FULL_DATE) & (pl.col("cp") != "day")
    rows = rows.with_columns(
        code=pl.when(full & (pl.col("code") == "DOB_PARTIAL"))
        .then(pl.lit("DOB_UNREADABLE"))
        .otherwise("code"),
        impossible=full,
    )
    compared = findings(
        rows.with_columns(
            field=pl.lit("ngay_sinh"),
            evidence=pl.coalesce(_evidence(), "evidence"),
            civil_key=pl.format("{}/{}", pl.col("ce").dt.to_string("iso"), pl.col("cl").dt.to_string("iso")),
            population_key=pl.format("{}/{}", pl.col("pe").dt.to_string("iso"), pl.col("pl").dt.to_string("iso")),
        )
    )  # fmt: skip
    return pl.concat([compared, unread])


def _unreadable(pairs: Pairs, rows: pl.DataFrame) -> pl.DataFrame:
    """Return findings on dates that the register writes but no calendar has: 04.08.5008, 31.02.1990."""
    parts = pl.col("civil_value").str.extract_groups(_FULL_DATE).struct
    rows = pairs.beside(rows, ["ngay_sinh", "role"], ["ngay_sinh"]).rename(
        {"c_ngay_sinh": "civil_value", "p_ngay_sinh": "population_value"}
    )
    rows = rows.filter(
        pl.col("civil_value").str.contains(r"[1-9]") & ~pl.col("c_role").is_in(YEAR_ONLY_BY_LAW)
    ).with_columns(day=parts.field("1").cast(pl.Int32), month=parts.field("2").cast(pl.Int32))
    year_wrong = (pl.col("day") == pl.col("pe").dt.day()) & (pl.col("month") == pl.col("pe").dt.month())
    return findings(
        rows.with_columns(
            field=pl.lit("ngay_sinh"),
            code=pl.when(year_wrong).then(pl.lit("DOB_YEAR")).otherwise(pl.lit("DOB_UNREADABLE")),
            evidence=pl.lit("register_impossible"),
            civil_key=pl.col("civil_value").str.strip_chars(),
            population_key=pl.format(
                "{}/{}", pl.col("pe").dt.to_string("iso"), pl.col("pl").dt.to_string("iso")
            ),
        )
    )


def _with_words(rows: pl.DataFrame) -> pl.DataFrame:
    """Add ``words_earliest`` and ``words_latest``: the date that the book writes in words."""
    read = read_words(rows["c_ngay_sinh_bang_chu"], pl.concat([rows["ce"], rows["pe"]])).rename(
        {"words": "c_ngay_sinh_bang_chu", "says_first": "words_earliest", "says_last": "words_latest"}
    )
    return rows.join(read, on="c_ngay_sinh_bang_chu", how="left", maintain_order="left")


def _evidence() -> pl.Expr:
    """Return what one side proves against itself for a date that differs; null where nothing does."""
    harmless = pl.col("code").is_in(["DOB_PARTIAL", "DOB_PLACEHOLDER"]) & pl.col("variant").is_null()
    first, last = pl.col("words_earliest"), pl.col("words_latest")
    against_figures = (last < pl.col("ce")) | (first > pl.col("cl"))
    for_population = (first <= pl.col("pl")) & (last >= pl.col("pe"))
    year = number_year(pl.col("p_personal_id"))
    civil, population = pl.col("ce").dt.year(), pl.col("pe").dt.year()
    return (
        pl.when(pl.col("impossible"))
        .then(pl.lit("register_impossible"))
        .when(harmless)
        .then(None)
        .when(against_figures & for_population)
        .then(pl.lit("words_support_population"))
        .when(pl.col("ce") > pl.col("c_registered_latest"))
        .then(pl.lit("register_impossible"))
        .when(pl.col("pe") > pl.col("c_registered_latest"))
        .then(pl.lit("population_impossible"))
        .when((civil != population) & (year == civil))
        .then(pl.lit("number_supports_register"))
        .when((civil != population) & (year == population))
        .then(pl.lit("number_supports_population"))
    )


def number_year(number: pl.Expr) -> pl.Expr:
    """Return the birth year that a 12-digit number states (NĐ 137/2015 Điều 13); null without one."""
    century = number.str.slice(3, 1).cast(pl.Int32, strict=False) // 2
    return 1900 + century * 100 + number.str.slice(4, 2).cast(pl.Int32, strict=False)
