"""Mentions and residents as narrow columns of numbers. Row number = the mention's or resident's code."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from reconcile.match.kinfolk import applicant_columns, bereaved
from reconcile.match.names import Names, number_names
from reconcile.match.parts import FIRST_YEAR, NAME_PARTS, PERIOD_YEARS, PERIODS
from reconcile.match.units import todays_units

_ROLE_SEX = {"me": 2, "vo": 2, "cha": 1, "chong": 1}
_RELATIVES = ("father", "mother", "spouse")
_ODD = 0x9E3779B97F4A7C15  # odd 64-bit constant (golden ratio): spreads key parts over the whole word


@dataclass(frozen=True, slots=True)
class Side:
    """One side (mentions or residents): ``table`` of coded columns, one row per person in the given order."""

    table: pl.DataFrame
    names: Names

    def part(self, part: str) -> pl.Series:
        """Return the values of one key part (``parts.PARTS``), null where unknown."""
        if part in self.table.columns:
            return self.table[part]
        if part in NAME_PARTS:
            return self.names.part(part, self.table["name"])
        relative, _, name_part = part.partition("_")
        if relative in _RELATIVES and name_part in NAME_PARTS:
            return self.names.part(name_part, self.table[relative])
        return pl.Series(part, [None], dtype=pl.UInt32).new_from_index(0, self.table.height)

    def key(self, parts: tuple[str, ...]) -> pl.Series:
        """Return one u64 per row for a combination of parts; null where any part is null."""
        if len(parts) == 1:
            return self.part(parts[0]).cast(pl.Int64).cast(pl.UInt64, wrap_numerical=True).alias("key")
        frame = pl.DataFrame([self.part(p).alias(str(i)) for i, p in enumerate(parts)])
        word = pl.lit(0, pl.UInt64)
        for i in range(len(parts)):
            value = pl.col(str(i)).cast(pl.Int64).cast(pl.UInt64, wrap_numerical=True)
            word = (word + value) * pl.lit(pow(_ODD, i + 1, 2**64) | 1, pl.UInt64)
        return frame.select(key=word)["key"]


@dataclass(frozen=True, slots=True)
class Coded:
    """Both sides, numbered with the same names and units."""

    mentions: Side
    residents: Side
    names: Names


def encode(mentions: pl.DataFrame, residents: pl.DataFrame, *, within: str | None = None) -> Coded:
    """Number normalized mentions and residents with one dictionary of names, units and peoples. Rows keep their order.

    ``within``: a column of ``mentions``; only mentions of one value of it compete for a resident (column ``scope``, 0 = with all).
    """
    people = (mentions, residents)
    frames = [frame.select("name_key", "name_plain", "name_phonetic") for frame in people]
    frames += [
        frame.select(f"{who}_key", f"{who}_plain", f"{who}_phonetic")
        for who in _RELATIVES
        for frame in people
    ]
    frames.append(mentions.select("applicant_key", "applicant_plain", "applicant_phonetic"))
    names = number_names(frames)
    places = {
        "m": _places(mentions, mentions["registered_earliest"], mentions["registered_earliest"]),
        "r": _places(residents, residents["birth_earliest"], None),
    }
    places["m"]["registering_unit"] = mentions["commune_code"]
    places["m"]["commune"] = todays_units(mentions["commune_code"], mentions["registered_earliest"])
    units = _dictionary([column for side in places.values() for column in side.values()])
    coded_places = {
        side: {name: column.cast(units).to_physical() for name, column in columns.items()}
        for side, columns in places.items()
    }
    peoples = _dictionary([f["ethnicity"] for f in people])
    m = (
        _common(mentions, names, peoples)
        .with_columns(**coded_places["m"])
        .with_columns(
            role=mentions["role"].cast(pl.Enum(_ROLES)),
            register=mentions["register"],
            registered=mentions["registered_latest"].to_physical(),
            period=_period(mentions["registered_latest"]),
            scope=mentions[within].fill_null("").rank("dense").cast(pl.UInt32)
            if within
            else pl.lit(0, pl.UInt32),
            record=mentions.select(
                pl.struct("record_id", "source_file", "source_row").hash(0).alias("record")
            )["record"],
            **{f"{who}_year": _year(mentions, f"{who}_birth") for who in _RELATIVES},
        )
        .with_columns(applicant_columns(mentions, names))
    )
    own = pl.col("role").is_in(["nks"]) & (pl.col("register") == "KS")
    m = m.with_columns(
        sex=pl.coalesce(
            "sex",
            pl.col("role").cast(pl.String).replace_strict(_ROLE_SEX, default=None, return_dtype=pl.Int8),
        ),
        birthplace=pl.when(own).then("commune").otherwise(pl.col("birthplace")),
        birth_unit=pl.when(own).then("registering_unit").otherwise(pl.col("birth_unit")),
        living_unit=pl.coalesce("living_unit", pl.when(~own).then("registering_unit")),
        # a person is usually registered where he lives: without a residence of his own the register's commune stands in
        residence=pl.coalesce("residence", pl.when(~own).then("commune")),
    )
    r = _common(residents, names, peoples).with_columns(
        **coded_places["r"],
        former=residents["former_ids"].list.eval(pl.element().cast(pl.Int64, strict=False)),
        former_number=residents["former_ids"].list.first().cast(pl.Int64, strict=False),
        other_name=names.code(residents["other_name_key"]),
        household=residents["household_id"].cast(pl.Int64, strict=False),
        bereaved=bereaved(residents),
        **{f"{who}_number": residents[f"{who}_id"].cast(pl.Int64, strict=False) for who in _RELATIVES},
    )
    return Coded(Side(m, names), Side(r, names), names)


_ROLES = ("nks", "me", "cha", "chong", "vo", "nkt", "cm", "nc", "nxn")


def _dictionary(columns: list[pl.Series]) -> pl.Enum:
    return pl.Enum(pl.concat([c.drop_nulls().unique() for c in columns]).unique().sort())


def _places(frame: pl.DataFrame, registered: pl.Series, lived: pl.Series | None) -> dict[str, pl.Series]:
    return {
        "birth_unit": frame["birth_registration_unit"],
        "living_unit": frame["residence_unit"],
        "birthplace": todays_units(frame["birth_registration_unit"], registered),
        "home": todays_units(frame["home_unit"], lived),
        "residence": todays_units(frame["residence_unit"], lived),
    }


def _period(days: pl.Series) -> pl.Series:
    number = (days.dt.year() - FIRST_YEAR) // PERIOD_YEARS + 1
    return number.clip(1, PERIODS - 1).fill_null(0).cast(pl.UInt8)


def _year(frame: pl.DataFrame, column: str) -> pl.Series:
    """Return the year of an interval of days, null where it spans two years."""
    first, last = pl.col(f"{column}_earliest"), pl.col(f"{column}_latest")
    return frame.select(
        pl.when(first.dt.year() == last.dt.year()).then(first.dt.year()).cast(pl.Int16).alias("y")
    )["y"]


def _common(frame: pl.DataFrame, names: Names, peoples: pl.Enum) -> pl.DataFrame:
    first, last = pl.col("birth_earliest"), pl.col("birth_latest")
    full = first == last
    month, day = first.dt.month().cast(pl.Int16), first.dt.day().cast(pl.Int16)
    columns = {
        "name": names.code(frame["name_key"]),
        **{who: names.code(frame[f"{who}_key"]) for who in _RELATIVES},
        "number": frame["personal_id"].cast(pl.Int64, strict=False),
        "old_number": frame["old_id"].cast(pl.Int64, strict=False),
        "sex": frame["sex"],
        "ethnicity": frame["ethnicity"].cast(peoples).to_physical(),
        "birth_year": _year(frame, "birth"),
        "death_first": frame["death_earliest"].to_physical(),
        "death_last": frame["death_latest"].to_physical(),
    }
    dates = frame.select(
        birth_first=first.to_physical(),
        birth_last=last.to_physical(),
        birth=pl.when(full).then(first).to_physical(),
        birth_day_month=pl.when(full & ((month != 1) | (day != 1))).then(month * 100 + day),
        birth_swapped=pl.when(full & (day <= 12) & (day != month))
        .then(pl.date(first.dt.year(), day, month))
        .to_physical(),
        new_year=full & (month == 1) & (day == 1),
    )
    return dates.with_columns(**columns)
