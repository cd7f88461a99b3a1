"""Mentions and residents as narrow columns of numbers, numbered with the same names, communes and peoples."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from reconcile.match.applicants import applicant_kinds
from reconcile.match.columns import Columns
from reconcile.match.extract import named_residents, other_names, unnamed_residents
from reconcile.match.extras import code_extras
from reconcile.match.names import number_names
from reconcile.match.numbers import ODD, Numbers
from reconcile.match.parallel import at_once
from reconcile.match.parts import DEPARTED, FIRST_YEAR, PERIOD_YEARS
from reconcile.match.persons import common, name_texts, places
from reconcile.match.side import RELATIVES, Coded, Side
from reconcile.match.units import UnitNumbers
from reconcile.schema import ROLES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconcile.match.extract import Extract
    from reconcile.match.names import Names


def encode(
    mentions: pl.DataFrame | pl.LazyFrame | Columns,
    residents: pl.DataFrame | pl.LazyFrame | Columns,
    *,
    extract: Extract | None = None,
    within: str | None = None,
    families: str | None = None,
    extras: Mapping[str, str] | None = None,
) -> Coded:
    """Number normalized mentions and residents with one dictionary of names, units and peoples. Rows keep their order.

    ``extract``: the residents as ``encode_extract`` numbered them before; worked out here by default.
    ``within``: a column of ``mentions``; only mentions of one value of it compete for a resident (column ``scope``, 0 = with all).
    ``families``: a column of ``mentions``; only links of one value of it tell of each other's relatives (column
    ``family``), by default those of one scope.
    ``extras``: further fields of the rules → column of both frames.
    """
    mentions, residents = Columns.of(mentions), Columns.of(residents)

    def named() -> tuple[pl.DataFrame | None, Names, list[pl.Series]]:
        theirs, known = (None, extract.names) if extract else named_residents(residents)
        return theirs, *number_names(name_texts(mentions, "applicant"), known)

    def unnamed() -> tuple[pl.DataFrame, pl.DataFrame]:
        units = UnitNumbers(extract.units if extract else None)
        peoples = Numbers(extract.peoples if extract else None)
        theirs = (
            extract.table
            if extract
            else unnamed_residents(residents, units, peoples, spouses=_has_deaths(mentions))
        )
        return theirs, _unnamed(mentions, within, families or within, units, peoples)

    (theirs, names, codes), (r, m) = at_once(named, unnamed, rows=residents.height)
    m = m.with_columns(**dict(zip(("name", *RELATIVES, "applicant"), codes, strict=True)))
    r = r if theirs is None else r.hstack(theirs)
    others = extract.others if extract else other_names(residents)
    r = r.with_columns(other_name=_codes_of(others, names, r.height))
    left, right, kinds = code_extras(mentions, residents, extras or {})
    m, r = m.with_columns(left), r.with_columns(right)
    keys = dict(extract.keys) if extract else {}
    told = {"named_only": extract.named_only} if extract else {}
    return Coded(Side(m, names, extras=kinds), Side(r, names, keys, kinds, told), names)


def _has_deaths(mentions: Columns) -> bool:
    return bool((mentions["role"] == "nkt").any())


def _codes_of(others: pl.DataFrame, names: Names, residents: int) -> pl.Series:
    """Return the code of each resident's other name (``others``: r, key), null where nobody is called that."""
    codes = names.code(others["key"])
    nothing = pl.Series("other_name", [None], dtype=pl.UInt32).new_from_index(0, residents)
    return nothing.scatter(others["r"], codes) if codes.len() else nothing


def _unnamed(
    mentions: Columns,
    within: str | None,
    families: str | None,
    units: UnitNumbers,
    peoples: Numbers,
) -> pl.DataFrame:
    """Return all coded columns of the mentions but names."""
    registering = units.bearing(mentions["commune_code"], mentions["registered_earliest"])
    m = common(mentions, peoples).with_columns(
        **places(mentions, units),
        registering_unit=registering,
        commune=units.today(registering),
        role=mentions["role"].cast(pl.Enum(list(ROLES))),
        registered=mentions["registered_latest"].to_physical(),
        period=_period(mentions["registered_latest"]),
        applicant_kind=applicant_kinds(mentions),
        scope=_groups(mentions, within),
        family=_groups(mentions, families),
        record=mentions.select(
            record=pl.col("record_id").hash(0) * ODD
            + pl.col("source_file").hash(0)
            + pl.col("source_row").hash(0)
        )["record"],
    )
    own = (pl.col("role") == "nks") & (mentions["register"] == "KS")
    role_sex = pl.Series([_ROLE_SEX.get(role) for role in ROLES], dtype=pl.Int8)
    return m.with_columns(
        sex=pl.coalesce("sex", pl.lit(role_sex).gather(pl.col("role").to_physical())),
        birthplace=pl.when(own).then("commune").otherwise(pl.col("birthplace")),
        birth_unit=pl.when(own).then("registering_unit").otherwise(pl.col("birth_unit")),
        living_unit=pl.coalesce("living_unit", pl.when(~own).then("registering_unit")),
        # a person is usually registered where he lives: without a residence of his own the register's commune stands in
        residence=pl.coalesce("residence", pl.when(~own).then("commune")),
    ).drop("registering_unit", "commune")


_ROLE_SEX = {"me": 2, "vo": 2, "cha": 1, "chong": 1}


def _groups(mentions: Columns, column: str | None) -> pl.Series:
    if column is None:
        return pl.repeat(0, mentions.height, dtype=pl.UInt32, eager=True)
    return mentions[column].fill_null("").rank("dense").cast(pl.UInt32)


def _period(days: pl.Series) -> pl.Series:
    number = (days.dt.year() - FIRST_YEAR) // PERIOD_YEARS + 1
    return number.clip(1, DEPARTED - 1).fill_null(0).cast(pl.UInt8)
