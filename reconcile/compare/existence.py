"""Who is in no row of the extract, and who stands in the registers more than once."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import polars as pl

from reconcile.compare.owners import kind_of_registration
from reconcile.compare.pairs import findings, looked_up, of_role

if TYPE_CHECKING:
    from reconcile.compare.pairs import Pairs

_ONCE = {"KS": ("nks", "bản ghi khai sinh"), "KT": ("nkt", "bản ghi khai tử")}
"""Registers in which one person stands once, the role, and the words for its records."""

_PARENTS_SINCE = dt.date(2016, 1, 1)
"""Since then a birth's parents are expected in the population (TT 01/2022 Điều 4); older ones have often died."""

_LONGEST_LIFE = 100

_NEAR_BIRTH = 11
"""Years by which two dates of birth of one dead person may differ: one digit of the year misread."""

_PREGNANCY = 250
"""Days between the births of two children of one mother, at least (twins apart)."""


def not_in_population(
    cases: pl.DataFrame, mentions: pl.DataFrame, *, as_of: dt.date | None = None
) -> pl.DataFrame:
    """Return findings NOT_IN_POPULATION of persons who are in no row of the extract, with the likely reason.

    ``cases``: see ``pairs.pair_up``. Asked are children of births, their parents since 2016, and fathers or mothers
    who recognised a child; others may live elsewhere or have died and are no difference to look at, they stand in
    the links. Variants: a death record of the same name and birth (``died``), registered after the extract
    (``after_extract``), born more than 100 years ago (``old``); else ``parent`` and ``recognised`` tell the role.
    """
    missing = of_role(_without_person(cases), mentions, ["nks", "cm", "me", "cha"])
    columns = ["role", "ho_ten", "name_key", "birth_earliest", "birth_latest", "registered_earliest"]
    parent = pl.col("role").is_in(["me", "cha"])
    rows = looked_up(missing, mentions, missing["mention"], columns).filter(
        pl.col("role").is_in(["nks", "cm"])
        | (parent & (pl.col("registered_earliest") >= _PARENTS_SINCE)).fill_null(value=False)
    )
    dead = (
        mentions.select("role", "name_key", "birth_earliest", "birth_latest")
        .filter((pl.col("role") == "nkt") & pl.col("birth_earliest").is_not_null())
        .drop("role")
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
        .when((pl.col("role") == "nks") & (pl.col("registered_earliest") >= today))
        .then(pl.lit("after_extract"))
        .when(pl.col("birth_latest") < today.dt.offset_by(f"-{_LONGEST_LIFE}y"))
        .then(pl.lit("old"))
        .when(parent)
        .then(pl.lit("parent"))
        .when(pl.col("role") == "cm")
        .then(pl.lit("recognised"))
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


def _without_person(cases: pl.DataFrame) -> pl.DataFrame:
    """Return ``pair`` and ``mention`` of persons who are in no row of the extract."""
    return cases.filter(pl.col("tier") == "none").drop_nulls("mention").select("pair", "mention")


def repeated_registrations(
    cases: pl.DataFrame, mentions: pl.DataFrame, residents: pl.DataFrame, records: pl.DataFrame
) -> pl.DataFrame:
    """Return findings DUPLICATE_REGISTRATION: several births or deaths of one resident, each record once.

    A second record that the matching left in review counts where its name and birth agree with the resident's. A
    re-registration among them explains the repetition and makes it information.
    """
    linked = cases.filter(
        pl.col("tier").is_in(["match", "review"]) & pl.col("resident").is_not_null()
    ).drop_nulls("mention")
    found = []
    for register, (role, words) in _ONCE.items():
        rows = of_role(linked, mentions, [role], register).filter(pl.col("resident").is_duplicated())
        rows = looked_up(rows, mentions, rows["mention"], ["record_id", *_PERSON])
        rows = looked_up(rows, residents, rows["resident"], {f"p_{name}": name for name in _PERSON})
        agrees = (
            (pl.col("name_key") == pl.col("p_name_key"))
            & (pl.col("birth_earliest") <= pl.col("p_birth_latest"))
            & (pl.col("p_birth_earliest") <= pl.col("birth_latest"))
        ).fill_null(value=False) & ~_other_parents()
        rows = rows.with_columns(agrees=agrees)
        rows = rows.with_columns(agrees=pl.col("agrees") | _as_the_matched_one(rows))
        rows = rows.join(
            _kinds(records, rows["record_id"]), on="record_id", how="left", maintain_order="left"
        )
        again = pl.col("kind").is_in(["re_registered", "late"])
        rows = rows.filter(((pl.col("tier") == "match") & (again | ~_another_child())) | pl.col("agrees"))
        groups = (
            rows.group_by("resident")
            .agg(
                records=pl.col("record_id").unique().sort(),
                again=(pl.col("kind") == "re_registered").any(),
            )
            .filter(pl.col("records").list.len() > 1)
            .select("resident", *_listed(words), variant=pl.when("again").then(pl.lit("re_registered")))
        )
        rows = rows.select("pair", "resident")
        found.append(_repeated(rows.join(groups, on="resident", how="inner", maintain_order="left")))
    told = pl.concat([*found, _unlinked_births(cases, mentions)])
    rest = _repeated_deaths(cases, mentions).join(told.select("pair"), on="pair", how="anti", maintain_order="left")  # fmt: skip
    return pl.concat([told, rest])


_PERSON = ("name_key", "birth_earliest", "birth_latest", "mother_key", "father_key")


def _kinds(records: pl.DataFrame, record_ids: pl.Series) -> pl.DataFrame:
    """Return ``record_id`` and ``kind`` of registration of some records."""
    asked = records.select("record_id", "loai_dang_ky").filter(
        pl.col("record_id").is_in(record_ids.unique().implode())
    )
    first = asked.unique("record_id", keep="first", maintain_order=True)
    return first.select("record_id", kind=kind_of_registration(pl.col("loai_dang_ky")))


def _listed(words: str) -> list[pl.Expr]:
    """Return what a finding says of ``records``, the sorted list of records that name one person."""
    listed = pl.col("records").list.join(", ")
    return [
        pl.format("{} {}: {}", pl.col("records").list.len(), pl.lit(words), listed).alias("detail"),
        listed.alias("civil_value"),
        pl.col("records").list.join(",").alias("civil_key"),
    ]


def _repeated(rows: pl.DataFrame) -> pl.DataFrame:
    """Return findings DUPLICATE_REGISTRATION of rows with pair and what ``_listed`` says."""
    return findings(rows.with_columns(field=pl.lit("ban_ghi"), code=pl.lit("DUPLICATE_REGISTRATION")))


def _other_parents() -> pl.Expr:
    """Tell that mother and father are both known on both sides, and both others."""
    other = (pl.col("mother_key") != pl.col("p_mother_key")) & (
        pl.col("father_key") != pl.col("p_father_key")
    )
    return other.fill_null(value=False)


def _as_the_matched_one(rows: pl.DataFrame) -> pl.Series:
    """Tell which rows agree with a matched record of their resident in name, birth and a parent."""
    columns = [
        "resident",
        "name_key",
        "birth_earliest",
        "birth_latest",
        "mother_key",
        "father_key",
        "record_id",
    ]
    known = rows.filter(pl.col("tier") == "match").select(columns)
    both = (
        rows.with_row_index("at")
        .filter(pl.col("tier") == "review")
        .join(known, on=["resident", "name_key"], how="inner", suffix="_other")
    )
    overlap = (pl.col("birth_earliest") <= pl.col("birth_latest_other")) & (
        pl.col("birth_earliest_other") <= pl.col("birth_latest")
    )
    parent = (pl.col("mother_key") == pl.col("mother_key_other")).fill_null(value=False) | (
        pl.col("father_key") == pl.col("father_key_other")
    ).fill_null(value=False)
    hits = both.filter(overlap & parent & (pl.col("record_id") != pl.col("record_id_other")))["at"]
    return pl.select(pl.int_range(rows.height, dtype=pl.UInt32).is_in(hits.unique().implode())).to_series()


def _another_child() -> pl.Expr:
    """Tell a birth too far from the resident's to be the same, other than by its year alone.

    The name of a child that died is given to the next one: both births then point to the one who lives.
    """
    first, theirs = pl.col("birth_earliest"), pl.col("p_birth_earliest")
    full = (first == pl.col("birth_latest")) & (theirs == pl.col("p_birth_latest"))
    same_day = (first.dt.day() == theirs.dt.day()) & (first.dt.month() == theirs.dt.month())
    far = (first - theirs).dt.total_days().abs() >= _PREGNANCY
    # the first of January of the same year stands for an unknown day
    default = [(day.dt.day() == 1) & (day.dt.month() == 1) for day in (first, theirs)]
    unknown = (first.dt.year() == theirs.dt.year()) & (default[0] | default[1])
    return (full & far & ~same_day & ~unknown).fill_null(value=False)


def _unlinked_births(cases: pl.DataFrame, mentions: pl.DataFrame) -> pl.DataFrame:
    """Return births without a resident that name one child: the same name, date of birth and a parent.

    Where one of the two dates is only known in part, both parents must be the same.
    """
    missing = of_role(_without_person(cases), mentions, ["nks"], "KS")
    rows = looked_up(missing, mentions, missing["mention"], ["record_id", *_PERSON])
    rows = rows.drop_nulls(["name_key", "birth_earliest"])
    overlap = (pl.col("birth_earliest") <= pl.col("birth_latest_other")) & (
        pl.col("birth_earliest_other") <= pl.col("birth_latest")
    )
    full = pl.col("birth_earliest") == pl.col("birth_latest")
    whole = [
        _twos(rows.filter(full), ["name_key", "birth_earliest", parent])
        for parent in ("mother_key", "father_key")
    ]
    family = _twos(rows, ["name_key", "mother_key", "father_key"]).filter(overlap)
    return _told_together(pl.concat([part.select(_TOGETHER) for part in (*whole, family)]), "KS")


_TOGETHER = ["pair", "record_id", "record_id_other"]


def _twos(rows: pl.DataFrame, alike: list[str]) -> pl.DataFrame:
    """Return every two rows of different records that agree in ``alike``, in both orders."""
    known = rows.drop_nulls(alike)
    known = known.filter(pl.struct(alike).is_duplicated())
    return known.join(known, on=alike, how="inner", suffix="_other").filter(
        pl.col("record_id") != pl.col("record_id_other")
    )


def _told_together(both: pl.DataFrame, register: str) -> pl.DataFrame:
    """Return one finding per pair (row of the links) with all the records that name the same person."""
    records = (
        both.group_by("pair")
        .agg(records=pl.concat_list("record_id", "record_id_other").explode().unique().sort())
        .sort("pair")
    )
    return _repeated(records.select("pair", *_listed(_ONCE[register][1])))


def _repeated_deaths(cases: pl.DataFrame, mentions: pl.DataFrame) -> pl.DataFrame:
    """Return deaths on one full day that name the same person; most of the dead are in no extract.

    The same: one name, with births that do not contradict, in one commune or file, or one full date of birth with it
    anywhere; or one full date of birth in one commune, with half of the names'
    words alike in any order.
    """
    columns = ["record_id", "source_file", "commune_code", "death_earliest", "death_latest", "name_plain", "birth_earliest", "birth_latest"]  # fmt: skip
    known = of_role(cases.drop_nulls("mention").select("pair", "mention"), mentions, ["nkt"])
    dead = looked_up(known, mentions, known["mention"], columns).filter(
        pl.col("death_earliest") == pl.col("death_latest")
    )
    dead = dead.drop_nulls(["death_earliest", "name_plain"]).with_columns(
        words=pl.col("name_plain").str.split(" ")
    )
    near = (
        pl.col("birth_earliest") - pl.col("birth_earliest_other")
    ).dt.total_days().abs() < _NEAR_BIRTH * 366
    overlap = (pl.col("birth_earliest") <= pl.col("birth_latest_other")) & (
        pl.col("birth_earliest_other") <= pl.col("birth_latest")
    )
    here = (pl.col("commune_code") == pl.col("commune_code_other")) | (
        pl.col("source_file") == pl.col("source_file_other")
    )
    here = here.fill_null(value=False)
    day = (pl.col("birth_earliest") == pl.col("birth_latest")) & (
        pl.col("birth_earliest") == pl.col("birth_earliest_other")
    )
    day = day.fill_null(value=False)
    named = _twos(dead, ["death_earliest", "name_plain"]).filter(
        day | (here & (overlap | near).fill_null(value=True))
    )
    full = dead.filter(pl.col("birth_earliest") == pl.col("birth_latest"))
    common = pl.col("words").list.set_intersection("words_other").list.len()
    alike = common * 2 >= pl.min_horizontal(pl.col("words").list.len(), pl.col("words_other").list.len())
    written = _twos(full, ["death_earliest", "birth_earliest"]).filter(here & alike)
    return _told_together(pl.concat([part.select(_TOGETHER) for part in (named, written)]), "KT")


def repeated_marriages(pairs: Pairs) -> pl.DataFrame:
    """Return findings DUPLICATE_REGISTRATION of husbands whose marriage with one wife was registered more than once."""
    rows = pairs.take(["record_id", "register", "spouse_key"], ["population_row"], roles=["chong"]).filter(
        (pl.col("c_register") == "KH") & pl.col("c_spouse_key").is_not_null()
    )
    who = ["p_population_row", "c_spouse_key"]
    groups = (
        rows.group_by(who)
        .agg(records=pl.col("c_record_id").unique().sort())
        .filter(pl.col("records").list.len() > 1)
        .select(*who, *_listed("bản ghi kết hôn với cùng một người"))
    )
    return _repeated(rows.join(groups, on=who, how="inner", maintain_order="left"))
