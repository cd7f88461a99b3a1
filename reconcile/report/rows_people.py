"""Rows of the sheets that ask who somebody is: *Cần xác nhận*, *Chưa tìm thấy*, *Dân cư chưa có khai sinh*."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from reconcile.report import layout
from reconcile.report.facts import (
    KIN,
    NO_BOOK,
    ORDER,
    PARENT_ROLES,
    fill,
    lines,
    mention_id,
    people,
)
from reconcile.report.wording import evidence_titles, severity_rank, words

if TYPE_CHECKING:
    from reconcile.report.facts import Shown

MISSING_CHILD = "Không có ai trong dữ liệu dân cư đủ giống người này."
MISSING_OTHER = "Không thấy trong dân cư; có thể cư trú nơi khác hoặc đã chết."
_HOME = [("Khai sinh", "noi_dang_ky_khai_sinh"), ("Ở", "noi_cu_tru")]


def review(shown: Shown) -> pl.DataFrame:
    """Return one row per candidate of a mention in review, each the question whether it is the same person."""
    links = shown.tables.links.filter(pl.col("tier") == "review").select(
        "record_id", "role", link_resident="resident_id"
    )
    rows = links.join(
        shown.tables.candidates.drop("source_file", "source_row", "register", "population_row"),
        on=["record_id", "role"],
        how="left",
    ).with_columns(resident_id=pl.coalesce("resident_id", "link_resident"), rank=pl.col("rank").fill_null(1))
    total = pl.len().over("record_id", "role")
    rows = (
        rows.with_columns(thu_tu=pl.format("{}/{}", pl.col("rank"), total), ly_do=reasons(rows.columns))
        .join(shown.addresses, on="record_id", how="left")
        .join(shown.mentions(rows["record_id"]), on=["record_id", "role"], how="left")
        .join(shown.residents(rows["resident_id"], "_dc"), on="resident_id", how="left")
        .with_columns(nguoi_than_dc=_kin_asked())
        .with_columns(
            ma=mention_id(),
            vai=pl.col("role").replace(words("role")),
            gioi_tinh=pl.concat_str(
                pl.col("gioi_tinh").fill_null("?"), pl.col("gioi_tinh_dc").fill_null("?"), separator=" / "
            ),
        )
        .sort([*ORDER, "role", "rank", "resident_id"], nulls_last=True)
    )
    return fill(rows, layout.REVIEW)


def _kin_asked() -> pl.Expr:
    """Return the resident's relatives of the kinds that the record names too; all of them where it names none."""
    named = [pl.col(name).is_not_null() for _, name in KIN]
    anything = pl.any_horizontal(named)
    return lines(
        [
            (label, pl.when(has | ~anything).then(pl.col(f"{name}_dc")))
            for (label, name), has in zip(KIN, named, strict=True)
        ]
    )


def not_found(shown: Shown) -> pl.DataFrame:
    """Return one row per person of a record who was not found in the population.

    The child of a birth record asks for a decision; another person may live elsewhere or have died and is only
    told. Parents come only where the comparison says something about them.
    """
    said = shown.tables.discrepancies.filter(pl.col("code") == "NOT_IN_POPULATION").select(
        "record_id", "role", "discrepancy_id", "severity", giai_thich="message", minutes=_minutes(shown)
    )
    links = shown.tables.links.filter(pl.col("tier") == "none").select("record_id", "role")
    child = pl.col("role") == "nks"
    asked = (
        links.join(said, on=["record_id", "role"], how="full", coalesce=True)
        .filter(~pl.col("role").is_in(PARENT_ROLES) | pl.col("discrepancy_id").is_not_null())
        .unique(["record_id", "role"], keep="first", maintain_order=True)
    )
    rows = (
        asked.join(shown.addresses, on="record_id", how="left")
        .join(shown.mentions(asked["record_id"]), on=["record_id", "role"], how="left")
        .with_columns(
            resident_id=pl.lit(None, dtype=pl.String),
            severity=pl.coalesce("severity", pl.when(child).then(pl.lit("minor")).otherwise(pl.lit("info"))),
        )
        .with_columns(
            ma=mention_id(),
            vai=pl.col("role").replace(words("role")),
            muc_do=pl.col("severity").replace(words("severity")),
            rank=severity_rank(pl.col("severity")),
            giai_thich=pl.coalesce(
                "giai_thich", pl.when(child).then(pl.lit(MISSING_CHILD)).otherwise(pl.lit(MISSING_OTHER))
            ),
        )
        .sort(["rank", *ORDER, "role"], nulls_last=True)
    )
    return fill(rows, layout.NOT_FOUND)


def _minutes(shown: Shown) -> pl.Expr:
    """Return the catalogue's minutes of a discrepancy where the comparison gives them."""
    given = "minutes" in shown.tables.discrepancies.columns
    return pl.col("minutes") if given else pl.lit(None, dtype=pl.Float64)


def without_birth(shown: Shown) -> pl.DataFrame:
    """Return one row per resident without a birth record."""
    asked = shown.tables.residents_without_birth
    assert asked is not None
    if "message" not in asked.columns:
        asked = asked.with_columns(message=pl.lit(None, dtype=pl.String))
    said = shown.tables.discrepancies.filter(pl.col("code") == "NO_BIRTH_RECORD")
    wanted = ["resident_id", "commune_code", "message"]
    asked = pl.concat([said.select(wanted), asked.select(wanted)]).drop_nulls("resident_id")
    asked = asked.unique("resident_id", keep="first", maintain_order=True)
    residents = shown.tables.residents.filter(
        pl.col("resident_id").is_in(asked["resident_id"].drop_nulls().implode())
    )
    facts = residents.select("resident_id", "population_row", "birth_registration_unit", "birth_earliest")
    rows = (
        asked.join(
            facts.unique("resident_id", keep="first", maintain_order=True), on="resident_id", how="left"
        )
        .join(people(residents, ["resident_id"], _HOME, ""), on="resident_id", how="left")
        .with_columns(
            ma=pl.format("||{}", pl.col("resident_id")),
            commune=pl.coalesce("commune_code", "birth_registration_unit", pl.lit(layout.UNKNOWN_COMMUNE)),
            giai_thich=pl.col("message").fill_null("Chưa thấy bản ghi khai sinh trong các sổ đã nhập."),
            dong=pl.col("population_row").cast(pl.String),
            book_order=pl.lit(NO_BOOK),
        )
        .sort(["commune", "birth_earliest", "resident_id"], nulls_last=True)
    )
    return fill(rows, layout.WITHOUT_BIRTH)


def reasons(columns: list[str]) -> pl.Expr:
    """Return what agrees and what differs in words, from the columns ``evidence_*`` and ``weight_*`` present.

    A field counts as alike when its share of the weight is above 0.5 bit, as unlike below -0.5 bit. Fields and
    levels are called as ``rules/matching.toml`` calls them.
    """
    fields = [c.removeprefix("weight_") for c in columns if c.startswith("weight_")]
    said = {f: _evidence(f, f"evidence_{f}" in columns) for f in fields}
    strong = {
        "Giống": [pl.col(f"weight_{f}") > 0.5 for f in fields],
        "Khác": [pl.col(f"weight_{f}") < -0.5 for f in fields],
    }
    parts = []
    for label, conditions in strong.items():
        if fields:
            listed = pl.concat_str(
                [pl.when(c).then(said[f]).otherwise(None) for f, c in zip(fields, conditions, strict=True)],
                separator=", ",
                ignore_nulls=True,
            )
            parts.append(
                pl.when(listed.str.len_chars() > 0).then(pl.format(label + ": {}.", listed)).otherwise(None)
            )
    percent = (pl.col("probability") * 100).round(0).cast(pl.Int64)
    chance = (
        pl.when(percent < 1)
        .then(pl.lit("Máy đoán dưới 1 %."))
        .when(percent > 99)
        .then(pl.lit("Máy đoán trên 99 %."))
        .otherwise(pl.format("Máy đoán {} %.", percent))
    )
    return pl.concat_str([*parts, chance], separator="\n", ignore_nulls=True)


def _evidence(field: str, has_level: bool) -> pl.Expr:
    """Return the field in words, the level behind it in brackets unless it is plain equality or difference."""
    known = evidence_titles().get(field, {"title": field, "levels": {}})
    title = known["title"][:1].lower() + known["title"][1:]
    if not has_level:
        return pl.lit(title)
    phrases = {
        code: title if code in ("exact", "different") else f"{title} ({said})"
        for code, said in known["levels"].items()
    }
    return pl.col(f"evidence_{field}").replace_strict(phrases, default=title, return_dtype=pl.String)
