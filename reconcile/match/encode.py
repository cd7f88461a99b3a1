"""Mentions and residents as narrow columns of numbers. Row number = the mention's or resident's code."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from reconcile.match.extras import code_extras
from reconcile.match.kinfolk import applicant_columns, bereaved
from reconcile.match.names import Names, number_names
from reconcile.match.numbers import Numbers
from reconcile.match.parallel import at_once
from reconcile.match.parts import FIRST_YEAR, NAME_PARTS, PERIOD_YEARS, PERIODS
from reconcile.match.units import UnitNumbers, dated_units

if TYPE_CHECKING:
    from collections.abc import Mapping

_ROLE_SEX = {"me": 2, "vo": 2, "cha": 1, "chong": 1}
_RELATIVES = ("father", "mother", "spouse")
_ODD = 0x9E3779B97F4A7C15  # odd 64-bit constant (golden ratio): spreads key parts over the whole word


@dataclass(frozen=True, slots=True)
class Side:
    """One side (mentions or residents): ``table`` of coded columns, one row per person in the given order.

    ``extras``: further fields of the rules → text per code; their codes are columns of the table.
    """

    table: pl.DataFrame
    names: Names
    _kept: dict[tuple[str, ...], pl.DataFrame] = field(default_factory=dict, compare=False)
    extras: dict[str, pl.Series] = field(default_factory=dict, compare=False)

    def part(self, part: str) -> pl.Series:
        """Return the values of one key part (``parts.PARTS``), null where unknown."""
        return self._part(part, self.table)

    def values(self, part: str, rows: pl.Series) -> pl.Series:
        """Return the values of one key part for some rows."""
        column, name_part = self._source(part)
        if column is None:
            return pl.Series(part, [None], dtype=pl.UInt32).new_from_index(0, rows.len())
        found = self.table[column].gather(rows)
        return self.names.part(name_part, found) if name_part else found

    def _part(self, part: str, table: pl.DataFrame) -> pl.Series:
        column, name_part = self._source(part)
        if column is None:
            return pl.Series(part, [None], dtype=pl.UInt32).new_from_index(0, table.height)
        return self.names.part(name_part, table[column]) if name_part else table[column]

    def _source(self, part: str) -> tuple[str | None, str | None]:
        """Return the column and, for parts of a name, which part of it."""
        if part in self.table.columns:
            return part, None
        if part in NAME_PARTS:
            return "name", part
        relative, _, name_part = part.partition("_")
        if relative in _RELATIVES and name_part in NAME_PARTS:
            return relative, name_part
        return None, None

    def key(self, parts: tuple[str, ...], rows: pl.Series | None = None) -> pl.Series:
        """Return one u64 per row (of ``rows``) for a combination of parts; null where any part is null."""
        values = [self.part(p) if rows is None else self.values(p, rows) for p in parts]
        if len(parts) == 1:
            return values[0].cast(pl.Int64).cast(pl.UInt64, wrap_numerical=True).alias("key")
        frame = pl.DataFrame([value.alias(str(i)) for i, value in enumerate(values)])
        word = pl.lit(0, pl.UInt64)
        for i in range(len(parts)):
            value = pl.col(str(i)).cast(pl.Int64).cast(pl.UInt64, wrap_numerical=True)
            word = (word + value) * pl.lit(pow(_ODD, i + 1, 2**64) | 1, pl.UInt64)
        return frame.select(key=word)["key"]

    def holders(self, parts: tuple[str, ...]) -> pl.DataFrame:
        """Return who has which key: ``r`` (row) and ``key``, without nulls. Worked out once for all roles."""
        if parts not in self._kept:
            self._kept[parts] = self.key(parts).to_frame("key").with_row_index("r").drop_nulls("key")
        return self._kept[parts]


@dataclass(frozen=True, slots=True)
class Coded:
    """Both sides, numbered with the same names and units."""

    mentions: Side
    residents: Side
    names: Names


def encode(
    mentions: pl.DataFrame,
    residents: pl.DataFrame,
    *,
    within: str | None = None,
    extras: Mapping[str, str] | None = None,
) -> Coded:
    """Number normalized mentions and residents with one dictionary of names, units and peoples. Rows keep their order.

    ``within``: a column of ``mentions``; only mentions of one value of it compete for a resident (column ``scope``, 0 = with all).
    ``extras``: further fields of the rules → column of both frames.
    """
    people = (mentions, residents)
    whose = [(frame, who) for who in ("name", *_RELATIVES) for frame in people]
    texts = [
        (frame[f"{who}_key"], frame[f"{who}_plain"], frame[f"{who}_phonetic"])
        for frame, who in [*whose, (mentions, "applicant")]
    ]
    (names, codes), (m, r) = at_once(
        lambda: number_names(texts),
        lambda: _unnamed(mentions, residents, within),
        rows=mentions.height + residents.height,
    )
    m_names = dict(zip(("name", *_RELATIVES), codes[:-1:2], strict=True))
    r_names = dict(zip(("name", *_RELATIVES), codes[1::2], strict=True))
    m = m.with_columns(**m_names).with_columns(applicant_columns(mentions, names))
    r = r.with_columns(**r_names, other_name=names.code(residents["other_name_key"]))
    left, right, kinds = code_extras(mentions, residents, extras or {})
    m, r = m.with_columns(left), r.with_columns(right)
    return Coded(Side(m, names, extras=kinds), Side(r, names, extras=kinds), names)


def _unnamed(
    mentions: pl.DataFrame, residents: pl.DataFrame, within: str | None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the coded columns of both sides, all but names."""
    units = UnitNumbers()
    registering = dated_units(mentions["commune_code"], mentions["registered_earliest"])
    peoples = Numbers()
    m = _common(mentions, peoples).with_columns(
        **_places(mentions, units),
        registering_unit=units.number(registering),
        commune=units.today(registering),
        role=mentions["role"].cast(pl.Enum(_ROLES)),
        registered=mentions["registered_latest"].to_physical(),
        period=_period(mentions["registered_latest"]),
        scope=mentions[within].fill_null("").rank("dense").cast(pl.UInt32)
        if within
        else pl.repeat(0, mentions.height, dtype=pl.UInt32, eager=True),
        record=mentions.select(
            record=pl.col("record_id").hash(0) * _ODD
            + pl.col("source_file").hash(0)
            + pl.col("source_row").hash(0)
        )["record"],
    )
    own = (pl.col("role") == "nks") & (mentions["register"] == "KS")
    role_sex = pl.Series([_ROLE_SEX.get(role) for role in _ROLES], dtype=pl.Int8)
    m = m.with_columns(
        sex=pl.coalesce("sex", pl.lit(role_sex).gather(pl.col("role").to_physical())),
        birthplace=pl.when(own).then("commune").otherwise(pl.col("birthplace")),
        birth_unit=pl.when(own).then("registering_unit").otherwise(pl.col("birth_unit")),
        living_unit=pl.coalesce("living_unit", pl.when(~own).then("registering_unit")),
        # a person is usually registered where he lives: without a residence of his own the register's commune stands in
        residence=pl.coalesce("residence", pl.when(~own).then("commune")),
    ).drop("registering_unit", "commune")
    r = _common(residents, peoples).with_columns(
        **_places(residents, units),
        former=residents["former_ids"].list.eval(pl.element().cast(pl.Int64, strict=False)),
        former_number=residents["former_ids"].list.first().cast(pl.Int64, strict=False),
        household=residents["household_id"].cast(pl.Int64, strict=False),
        bereaved=bereaved(residents),
        **{f"{who}_number": residents[f"{who}_id"].cast(pl.Int64, strict=False) for who in _RELATIVES},
    )
    return m, r


_ROLES = ("nks", "me", "cha", "chong", "vo", "nkt", "cm", "nc", "nxn")


def _places(frame: pl.DataFrame, units: UnitNumbers) -> dict[str, pl.Series]:
    """Communes as named and as they are today; a district is no evidence of a commune."""
    named = {
        place: frame.select(
            pl.when(pl.col(f"{place}_unit").is_not_null()).then(f"{place}_unit_id").alias("unit")
        )["unit"]
        for place in ("birth_registration", "home", "residence")
    }
    return {
        "birth_unit": units.number(named["birth_registration"]),
        "living_unit": units.number(named["residence"]),
        "birthplace": units.today(named["birth_registration"]),
        "home": units.today(named["home"]),
        "residence": units.today(named["residence"]),
    }


def _period(days: pl.Series) -> pl.Series:
    number = (days.dt.year() - FIRST_YEAR) // PERIOD_YEARS + 1
    return number.clip(1, PERIODS - 1).fill_null(0).cast(pl.UInt8)


def _common(frame: pl.DataFrame, peoples: Numbers) -> pl.DataFrame:
    first, last = pl.col("birth_earliest"), pl.col("birth_latest")
    columns = {
        "birth_first": frame["birth_earliest"].to_physical(),
        "birth_last": frame["birth_latest"].to_physical(),
        "number": frame["personal_id"].cast(pl.Int64, strict=False),
        "old_number": frame["old_id"].cast(pl.Int64, strict=False),
        "sex": frame["sex"],
        "ethnicity": peoples.number(frame["ethnicity"]),
        "death_first": frame["death_earliest"].to_physical(),
        "death_last": frame["death_latest"].to_physical(),
    }
    # a life has few different days: the calendar is read once for each pair of first and last day
    key = {"when": first.to_physical().cast(pl.Int64) * 2**32 + last.to_physical()}
    asked = frame.select(**key)
    table = _calendar(
        frame.select(**key, first=first, last=last).unique("when", keep="any").drop_nulls("when")
    )
    return (
        asked.join(table, on="when", how="left", maintain_order="left").drop("when").with_columns(**columns)
    )


def _calendar(days: pl.DataFrame) -> pl.DataFrame:
    """Return what keys are made of for intervals of days (columns when, first, last)."""
    first, last = pl.col("first"), pl.col("last")
    full = first == last
    month, day = first.dt.month().cast(pl.Int16), first.dt.day().cast(pl.Int16)
    return days.select(
        "when",
        birth=pl.when(full).then(first).to_physical(),
        birth_day_month=pl.when(full & ((month != 1) | (day != 1))).then(month * 100 + day),
        birth_swapped=pl.when(full & (day <= 12) & (day != month))
        .then(pl.date(first.dt.year(), day, month))
        .to_physical(),
        new_year=full & (month == 1) & (day == 1),
        birth_year=pl.when(first.dt.year() == last.dt.year()).then(first.dt.year()).cast(pl.Int16),
    )
