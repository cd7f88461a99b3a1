"""Life and death: a death in the register against the population's record of the same person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from reconcile.compare.pairs import findings

if TYPE_CHECKING:
    from reconcile.compare.pairs import Pairs

_ANNULLED = r"(?i)(hủy|huỷ)\s+(bỏ\s+)?(quyết định\s+)?tuyên\s*bố\s+(việc\s+)?chết"
_RECORD = ["record_id", "source_file", "source_row"]
_YOUNGEST_PARENT = 13
_AFTER_FATHER = 300
"""Days after its father's death within which a child may be born (Luật HNGĐ 2014 Điều 88)."""
_AFTER_DEATH_IMPOSSIBLE = ("chong", "vo", "nxn", "cm")
"""Roles that only a living person takes. A birth may be registered long after the death of a parent."""


def compare_deaths(pairs: Pairs, records: pl.DataFrame) -> pl.DataFrame:
    """Return findings DEAD_BUT_ALIVE and DEATH_DATE of persons whose death is registered.

    A declaration of death that a note annuls is no death.
    """
    annulled = (
        records.select("register", "ghi_chu", c_record_id="record_id")
        .filter(pl.col("register") == "KT")
        .filter(pl.col("ghi_chu").str.contains(_ANNULLED))
        .select("c_record_id")
    )
    names = ["ngay_chet", "death_earliest", "death_latest"]
    rows = pairs.take(["record_id", *names], names, roles=["nkt"]).join(
        annulled, on="c_record_id", how="anti", maintain_order="left"
    )
    alive = pl.col("p_death_earliest").is_null() & pl.col("p_ngay_chet").is_null()
    apart = (pl.col("c_death_latest") < pl.col("p_death_earliest")) | (
        pl.col("p_death_latest") < pl.col("c_death_earliest")
    )
    rows = rows.filter(alive | apart)
    living = pl.col("p_ngay_chet").is_null() & pl.col("p_death_earliest").is_null()
    return findings(
        rows.with_columns(
            field=pl.when(living).then(pl.lit("tinh_trang_song")).otherwise(pl.lit("ngay_chet")),
            code=pl.when(living).then(pl.lit("DEAD_BUT_ALIVE")).otherwise(pl.lit("DEATH_DATE")),
            civil_value="c_ngay_chet",
            population_value="p_ngay_chet",
            civil_key=_interval("c"),
            population_key=pl.when(living).then(pl.lit("alive")).otherwise(_interval("p")),
        )
    )


def _interval(side: str) -> pl.Expr:
    return pl.format(
        "{}/{}",
        pl.col(f"{side}_death_earliest").dt.to_string("iso").fill_null("dead"),
        pl.col(f"{side}_death_latest").dt.to_string("iso").fill_null(""),
    )


def active_after_death(pairs: Pairs) -> pl.DataFrame:
    """Return findings ACTIVE_AFTER_DEATH: the population says dead before the person married, certified, recognised."""
    rows = pairs.take(
        ["registered_earliest", "registered_latest"],
        ["ngay_chet", "death_latest"],
        roles=_AFTER_DEATH_IMPOSSIBLE,
    ).filter(pl.col("p_death_latest") < pl.col("c_registered_earliest"))
    return findings(
        rows.with_columns(
            field=pl.lit("tinh_trang_song"),
            code=pl.lit("ACTIVE_AFTER_DEATH"),
            civil_value=pl.col("c_registered_earliest").dt.strftime("%d/%m/%Y"),
            population_value="p_ngay_chet",
            civil_key=pl.col("c_registered_earliest").dt.to_string("iso"),
            population_key=pl.col("p_death_latest").dt.to_string("iso"),
        )
    )


def compare_parents_lives(pairs: Pairs) -> pl.DataFrame:
    """Return findings PARENT_TOO_YOUNG and BORN_AFTER_PARENT_DEATH of linked mothers and fathers of a birth.

    The child's date is the register's, the parent's the population's. Where the book has a date of the parent's
    own that differs, DOB_… says so and the age is not judged.
    """
    child = (
        pairs.mentions.select(
            *_RECORD, "role", born="birth_earliest", born_last="birth_latest", child="ngay_sinh"
        )
        .filter(pl.col("role") == "nks")
        .drop("role")
    )
    rows = (
        pairs.take(
            [*_RECORD, "role", "birth_earliest", "birth_latest"],
            ["ngay_sinh", "birth_earliest", "birth_latest", "ngay_chet", "death_latest"],
            roles=["me", "cha"],
        )
        .join(
            child.unique(_RECORD, keep="first", maintain_order=True),
            left_on=[f"c_{name}" for name in _RECORD],
            right_on=_RECORD,
            how="inner",
            maintain_order="left",
        )
        .with_columns(
            gap=pl.col("born_last").dt.year() - pl.col("p_birth_earliest").dt.year(),
            after=(pl.col("born") - pl.col("p_death_latest")).dt.total_days(),
        )
    )
    agrees = (pl.col("c_birth_earliest").dt.year() <= pl.col("p_birth_latest").dt.year()) & (
        pl.col("p_birth_earliest").dt.year() <= pl.col("c_birth_latest").dt.year()
    )
    father = pl.col("c_role") == "cha"
    young = rows.filter((pl.col("gap") < _YOUNGEST_PARENT) & agrees.fill_null(value=True))
    gone = rows.filter(pl.col("after") > pl.when(father).then(_AFTER_FATHER).otherwise(0))
    return pl.concat(
        [
            findings(
                young.with_columns(
                    field=pl.lit("tuoi_cha_me"),
                    code=pl.lit("PARENT_TOO_YOUNG"),
                    detail=pl.col("gap").cast(pl.String),
                    civil_value="child",
                    population_value="p_ngay_sinh",
                    civil_key=pl.col("born").dt.to_string("iso"),
                    population_key=pl.col("p_birth_earliest").dt.to_string("iso"),
                )
            ),
            findings(
                gone.with_columns(
                    field=pl.lit("tinh_trang_song"),
                    code=pl.lit("BORN_AFTER_PARENT_DEATH"),
                    civil_value="child",
                    population_value="p_ngay_chet",
                    civil_key=pl.col("born").dt.to_string("iso"),
                    population_key=pl.col("p_death_latest").dt.to_string("iso"),
                )
            ),
        ]
    )


def deaths_not_registered(pairs: Pairs, records: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """Return findings NO_DEATH_RECORD: the population says dead, these books of deaths know nothing of it.

    Asked of births only, and only where the books of deaths of the commune that registered the birth, or of the one
    where the person lived, cover the year of death. A merged commune keeps the books under its code of today.
    """
    deaths = records.select("register", "commune_code", "folder_commune", "registered_earliest").filter(
        pl.col("register") == "KT"
    )
    covered = (
        pl.concat(
            deaths.select(place=unit, year=pl.col("registered_earliest").dt.year())
            for unit in ("commune_code", "folder_commune")
        )
        .drop_nulls()
        .unique()
    )
    registered = (
        links.select("role", p_population_row="population_row")
        .filter((pl.col("role") == "nkt") & pl.col("p_population_row").is_not_null())
        .select("p_population_row")
    )
    rows = (
        pairs.take(["commune_code"], ["population_row", "residence_unit", "ngay_chet", "death_earliest", "death_latest"], roles=["nks"])
        .filter(pl.col("p_death_earliest").is_not_null())
        .with_columns(year=pl.col("p_death_earliest").dt.year())
        .join(registered, on="p_population_row", how="anti", maintain_order="left")
    )  # fmt: skip
    asked = pl.concat(
        rows.select("pair", "year", place=place)
        .join(covered, on=["place", "year"], how="semi")
        .select("pair")
        for place in ("c_commune_code", "p_residence_unit")
    )
    rows = rows.join(asked.unique(), on="pair", how="semi", maintain_order="left")
    return findings(
        rows.with_columns(
            field=pl.lit("tinh_trang_song"),
            code=pl.lit("NO_DEATH_RECORD"),
            population_value="p_ngay_chet",
            population_key=pl.col("p_death_earliest").dt.to_string("iso"),
        )
    )
