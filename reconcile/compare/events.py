"""Life and death: a death in the register against the population's record of the same person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from reconcile.compare.pairs import findings

if TYPE_CHECKING:
    from reconcile.compare.pairs import Pairs

_ANNULLED = r"(?i)(hủy|huỷ)\s+(bỏ\s+)?(quyết định\s+)?tuyên\s*bố\s+(việc\s+)?chết"
_AFTER_DEATH_IMPOSSIBLE = ("chong", "vo", "nxn", "cm")
"""Roles that only a living person takes. A birth may be registered long after the death of a parent."""


def compare_deaths(pairs: Pairs, records: pl.DataFrame) -> pl.DataFrame:
    """Return findings DEAD_BUT_ALIVE and DEATH_DATE of persons whose death is registered.

    A declaration of death that a note annuls is no death.
    """
    annulled = records.filter(
        (pl.col("register") == "KT") & pl.col("ghi_chu").str.contains(_ANNULLED)
    ).select(c_record_id="record_id")
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


def deaths_not_registered(pairs: Pairs, records: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """Return findings NO_DEATH_RECORD: the population says dead, these books of deaths know nothing of it.

    Asked of births only, and only where the commune's books of deaths cover the year of death.
    """
    covered = (
        records.filter(pl.col("register") == "KT")
        .select(c_commune_code="commune_code", year=pl.col("registered_earliest").dt.year())
        .drop_nulls()
        .unique()
    )
    registered = links.filter((pl.col("role") == "nkt") & pl.col("population_row").is_not_null()).select(
        p_population_row="population_row"
    )
    rows = (
        pairs.take(["commune_code"], ["population_row", "ngay_chet", "death_earliest", "death_latest"], roles=["nks"])
        .filter(pl.col("p_death_earliest").is_not_null())
        .with_columns(year=pl.col("p_death_earliest").dt.year())
        .join(covered, on=["c_commune_code", "year"], how="semi", maintain_order="left")
        .join(registered, on="p_population_row", how="anti", maintain_order="left")
    )  # fmt: skip
    return findings(
        rows.with_columns(
            field=pl.lit("tinh_trang_song"),
            code=pl.lit("NO_DEATH_RECORD"),
            population_value="p_ngay_chet",
            population_key=pl.col("p_death_earliest").dt.to_string("iso"),
        )
    )
