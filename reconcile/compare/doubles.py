"""One number on two residents, one person on two rows of the extract: found in the population alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from reconcile.compare.pairs import findings

if TYPE_CHECKING:
    from reconcile.compare.pairs import Pairs


IN_DOUBT = ("ID_DUPLICATE", "ID_TWO_NUMBERS")
"""Codes about rows of the extract alone, which no book has to do with."""

ASKED_OF = pl.coalesce("residence_unit", "birth_registration_unit")
"""The commune that is asked: where the person lives, whose police keeps the number, else where the birth was registered."""


def two_rows_of_one(residents: pl.DataFrame) -> pl.DataFrame:
    """Return ``population_row``, ``other_row``, ``other_number`` of residents who seem to be one person.

    Same name, full date of birth, sex and a parent, no parent that differs, two 12-digit numbers of which neither is
    the other's former one. Each pair stands in both directions.
    """
    who = ["name_key", "birth_earliest", "sex"]
    columns = [*who, "population_row", "personal_id", "former_ids", "father_key", "mother_key"]
    numbered = (
        residents.select(*columns, "birth_latest")
        .filter((pl.col("birth_earliest") == pl.col("birth_latest")) & pl.col("personal_id").is_not_null())
        .drop_nulls(who)
    )
    alike = numbered.filter(pl.struct(who).is_duplicated()).select(columns)
    pairs = alike.join(alike, on=who, how="inner", suffix="_other").filter(
        (pl.col("population_row") != pl.col("population_row_other"))
        & (pl.col("personal_id") != pl.col("personal_id_other"))
    )
    father = pl.col("father_key") == pl.col("father_key_other")
    mother = pl.col("mother_key") == pl.col("mother_key_other")
    same = (father | mother).fill_null(value=False)
    same &= father.fill_null(value=True) & mother.fill_null(value=True)
    former = pl.col("former_ids").list.contains(pl.col("personal_id_other")).fill_null(value=False)
    formerly = pl.col("former_ids_other").list.contains(pl.col("personal_id")).fill_null(value=False)
    return (
        pairs.filter(same & ~former & ~formerly)
        .select(
            "population_row", other_row="population_row_other", other_number="personal_id_other"
        )
        .sort("population_row", "other_row")
    )  # fmt: skip


def residents_in_doubt(residents: pl.DataFrame) -> pl.DataFrame:
    """Return ``population_row``, ``other_row``, ``commune_code`` of residents who share a number or seem to be one person.

    Each with himself and with every other of his; ``commune_code``: who is asked, see ``ASKED_OF``.
    """
    numbered = residents.select("population_row", "personal_id").drop_nulls("personal_id")
    shared = numbered.filter(pl.col("personal_id").is_duplicated())
    others = shared.select("personal_id", other_row="population_row")
    same_number = shared.join(others, on="personal_id").select("population_row", "other_row")
    pairs = pl.concat([same_number, two_rows_of_one(residents).select("population_row", "other_row")])
    himself = pairs.select("population_row", other_row="population_row")
    asked = residents.select("population_row", commune_code=ASKED_OF)
    return (
        pl.concat([pairs, himself])
        .unique()
        .join(asked, on="population_row", how="inner")
        .sort("population_row", "other_row")
    )


def population_doubles(residents: pl.DataFrame, pairs: Pairs) -> pl.DataFrame:
    """Return findings ID_TWO_NUMBERS, and ID_DUPLICATE of residents whom no record means.

    There is no record to speak of: ``population_row``, ``resident_id`` and ``commune_code`` (``ASKED_OF``) stand
    behind the columns of a finding, as in ``births_not_registered``.
    """
    person = residents.select(
        "population_row",
        "resident_id",
        "so_dinh_danh",
        "personal_id",
        commune_code=ASKED_OF,
    )
    two = (
        two_rows_of_one(residents)
        .unique("population_row", keep="first", maintain_order=True)
        .join(person, on="population_row", how="left", maintain_order="left")
        .with_columns(
            field=pl.lit("ton_tai"),
            code=pl.lit("ID_TWO_NUMBERS"),
            detail=pl.format("{} (dòng {})", "other_number", "other_row"),
            civil_key=pl.col("other_number"),
        )
    )
    repeated = person.filter(pl.col("personal_id").is_not_null() & pl.col("personal_id").is_duplicated())
    meant = pairs.of_residents(repeated["population_row"]).take([], ["population_row"])["p_population_row"]
    shared = (
        repeated.with_columns(times=pl.len().over("personal_id"))
        .filter(~pl.col("population_row").is_in(meant.implode()))
        .sort("population_row")
        .with_columns(
            field=pl.lit("so_dinh_danh"),
            code=pl.lit("ID_DUPLICATE"),
            detail=pl.format("{} người trong dân cư", pl.col("times")),
            civil_key=pl.lit("repeated"),
        )
    )
    columns = ["resident_id", "population_row", "commune_code"]
    parts = []
    for rows in (two, shared):
        rows = rows.with_columns(
            population_value=pl.coalesce("so_dinh_danh", "personal_id"), population_key="personal_id"
        )
        parts.append(pl.concat([findings(rows), rows.select(columns)], how="horizontal"))
    return pl.concat(parts)
