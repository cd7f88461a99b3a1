"""Who is missing on one side, and who stands in the registers more than once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from reconcile.compare.owners import kind_of_registration
from reconcile.compare.pairs import findings

if TYPE_CHECKING:
    import datetime as dt

_ONCE = {"KS": ("nks", "bản ghi khai sinh"), "KT": ("nkt", "bản ghi khai tử")}
"""Registers in which one person stands once, the role, and the words for its records."""

_LONGEST_LIFE = 100

_PREGNANCY = 250
"""Days between the births of two children of one mother, at least (twins apart)."""


def not_in_population(
    cases: pl.DataFrame, mentions: pl.DataFrame, *, as_of: dt.date | None = None
) -> pl.DataFrame:
    """Return findings NOT_IN_POPULATION of births whose child is in no row of the extract, with the likely reason.

    ``cases``: see ``pairs.pair_up``. Other persons of a record may live elsewhere or have died and are no difference
    to look at; they stand in the links. Variants: a death record of the same name and birth (``died``), registered
    after the extract (``after_extract``), born more than 100 years ago (``old``).
    """
    missing = cases.filter((pl.col("tier") == "none") & pl.col("mention").is_not_null()).select(
        "pair", "mention"
    )
    columns = ["role", "ho_ten", "name_key", "birth_earliest", "birth_latest", "registered_earliest"]
    rows = pl.concat([missing, mentions.select(columns)[missing["mention"]]], how="horizontal").filter(
        pl.col("role") == "nks"
    )
    dead = (
        mentions.filter((pl.col("role") == "nkt") & pl.col("birth_earliest").is_not_null())
        .select("name_key", "birth_earliest", "birth_latest")
        .unique()
    )
    died = (
        rows.select("pair", "name_key", "birth_earliest", "birth_latest")
        .join(dead, on="name_key", how="inner", suffix="_dead")
        .filter(
            (pl.col("birth_earliest") <= pl.col("birth_latest_dead"))
            & (pl.col("birth_earliest_dead") <= pl.col("birth_latest"))
        )
        .select("pair", died=pl.lit(value=True))
        .unique("pair")
    )
    rows = rows.join(died, on="pair", how="left", maintain_order="left")
    today = pl.lit(as_of, dtype=pl.Date)
    variant = (
        pl.when(pl.col("died"))
        .then(pl.lit("died"))
        .when(pl.col("registered_earliest") >= today)
        .then(pl.lit("after_extract"))
        .when(pl.col("birth_latest") < today.dt.offset_by(f"-{_LONGEST_LIFE}y"))
        .then(pl.lit("old"))
    )
    return findings(
        rows.with_columns(
            field=pl.lit("ton_tai"),
            code=pl.lit("NOT_IN_POPULATION"),
            variant=variant,
            civil_value="ho_ten",
            civil_key="name_key",
        )
    )


def repeated_registrations(
    cases: pl.DataFrame, mentions: pl.DataFrame, residents: pl.DataFrame, records: pl.DataFrame
) -> pl.DataFrame:
    """Return findings DUPLICATE_REGISTRATION: several births or deaths of one resident, each record once.

    A second record that the matching left in review counts where its name and birth agree with the resident's. A
    re-registration among them explains the repetition and makes it information.
    """
    kinds = records.select("record_id", kind=kind_of_registration(pl.col("loai_dang_ky"))).unique(
        "record_id", maintain_order=True
    )
    found = []
    for register, (role, words) in _ONCE.items():
        linked = cases.filter(pl.col("tier").is_in(["match", "review"]) & pl.col("resident").is_not_null()).drop_nulls("mention")  # fmt: skip
        rows = pl.concat(
            [
                linked,
                mentions.select("record_id", "register", "role", "name_key", "birth_earliest", "birth_latest")[linked["mention"]],
                residents.select(p_name="name_key", p_first="birth_earliest", p_last="birth_latest")[linked["resident"]],
            ],
            how="horizontal",
        ).filter((pl.col("register") == register) & (pl.col("role") == role))  # fmt: skip
        agrees = (
            (pl.col("name_key") == pl.col("p_name"))
            & (pl.col("birth_earliest") <= pl.col("p_last"))
            & (pl.col("p_first") <= pl.col("birth_latest"))
        ).fill_null(value=False)
        rows = rows.join(kinds, on="record_id", how="left", maintain_order="left")
        again = pl.col("kind").is_in(["re_registered", "late"])
        rows = rows.filter(((pl.col("tier") == "match") & (again | ~_another_child())) | agrees)
        groups = (
            rows.group_by("resident")
            .agg(
                records=pl.col("record_id").unique().sort(),
                again=(pl.col("kind") == "re_registered").any(),
            )
            .filter(pl.col("records").list.len() > 1)
        )
        rows = rows.join(groups, on="resident", how="inner", maintain_order="left")
        found.append(
            findings(
                rows.with_columns(
                    field=pl.lit("ban_ghi"),
                    code=pl.lit("DUPLICATE_REGISTRATION"),
                    variant=pl.when(pl.col("again")).then(pl.lit("re_registered")),
                    detail=pl.format(
                        "{} {}: {}",
                        pl.col("records").list.len(),
                        pl.lit(words),
                        pl.col("records").list.join(", "),
                    ),
                    civil_value=pl.col("records").list.join(", "),
                    civil_key=pl.col("records").list.join(","),
                )
            )
        )
    return pl.concat([*found, _repeated_unlinked(cases, mentions)])


def _another_child() -> pl.Expr:
    """Tell a birth too far from the resident's to be the same, other than by its year alone.

    The name of a child that died is given to the next one: both births then point to the one who lives.
    """
    first, theirs = pl.col("birth_earliest"), pl.col("p_first")
    full = (first == pl.col("birth_latest")) & (theirs == pl.col("p_last"))
    same_day = (first.dt.day() == theirs.dt.day()) & (first.dt.month() == theirs.dt.month())
    far = (first - theirs).dt.total_days().abs() >= _PREGNANCY
    return (full & far & ~same_day).fill_null(value=False)


def _repeated_unlinked(cases: pl.DataFrame, mentions: pl.DataFrame) -> pl.DataFrame:
    """Return births without a resident that name the same child, full date of birth and mother (or father)."""
    missing = cases.filter(pl.col("tier") == "none").drop_nulls("mention").select("pair", "mention")
    who = ["name_key", "birth_earliest", "parent"]
    rows = pl.concat(
        [
            missing,
            mentions.select(
                "record_id", "register", "role", "name_key", "birth_earliest", "birth_latest",
                parent=pl.coalesce("mother_key", "father_key"),
            )[missing["mention"]],
        ],
        how="horizontal",
    ).filter(
        (pl.col("register") == "KS")
        & (pl.col("role") == "nks")
        & (pl.col("birth_earliest") == pl.col("birth_latest"))
        & pl.col("parent").is_not_null()
    )  # fmt: skip
    groups = (
        rows.group_by(who)
        .agg(records=pl.col("record_id").unique().sort())
        .filter(pl.col("records").list.len() > 1)
    )
    rows = rows.join(groups, on=who, how="inner", maintain_order="left")
    listed = pl.col("records").list.join(", ")
    return findings(
        rows.with_columns(
            field=pl.lit("ban_ghi"),
            code=pl.lit("DUPLICATE_REGISTRATION"),
            detail=pl.format("{} {}: {}", pl.col("records").list.len(), pl.lit(_ONCE["KS"][1]), listed),
            civil_value=listed,
            civil_key=pl.col("records").list.join(","),
        )
    )


def residents_without_birth(
    links: pl.DataFrame, residents: pl.DataFrame, records: pl.DataFrame
) -> pl.DataFrame:
    """Return residents whose birth was registered in one of the communes of ``records`` but is in none of the books.

    ``links``, ``residents`` (normalized), ``records``: the canonical tables. Only residents whose place of birth
    registration is known and is a commune that has birth records here, and whose year of birth lies within the
    years those records cover, are asked for; a person possibly matched (tier ``review``) is left out.
    Returns the normalized residents' columns, ordered by population_row.
    """
    births = records.filter(pl.col("register") == "KS")
    covered = births.group_by("commune_code").agg(
        first=pl.col("registered_earliest").dt.year().min(), last=pl.col("registered_latest").dt.year().max()
    )
    known = links.filter((pl.col("role") == "nks") & pl.col("population_row").is_not_null()).select(
        "population_row"
    )
    return (
        residents.join(known.unique(), on="population_row", how="anti", maintain_order="left")
        .join(
            covered,
            left_on="birth_registration_unit",
            right_on="commune_code",
            how="inner",
            maintain_order="left",
        )
        .filter(pl.col("birth_earliest").dt.year().is_between(pl.col("first"), pl.col("last")))
        .drop("first", "last")
        .sort("population_row")
    )


def births_not_registered(missing: pl.DataFrame) -> pl.DataFrame:
    """Return findings NO_BIRTH_RECORD, one per resident of ``residents_without_birth``.

    There is no record to speak of: instead of a row of the links ``population_row``, ``resident_id`` and
    ``commune_code`` (where the birth was registered) stand behind the columns of a finding.
    """
    found = findings(
        missing.with_columns(
            field=pl.lit("ton_tai"),
            code=pl.lit("NO_BIRTH_RECORD"),
            population_value="noi_dang_ky_khai_sinh",
            civil_key=pl.lit("no birth record"),
            population_key="birth_registration_unit",
        )
    )
    person = missing.select("resident_id", "population_row", commune_code="birth_registration_unit")
    return pl.concat([found, person], how="horizontal")
