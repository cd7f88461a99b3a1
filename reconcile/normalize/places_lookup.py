"""Questions that other rooms ask the gazetteer: today's units, provinces, the communes of an area, a folder's commune."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

from reconcile.normalize.gazetteer import Unit, gazetteer

if TYPE_CHECKING:
    import polars as pl

FIRST_NUMBERS = dt.date(2016, 1, 1)
"""12-digit numbers are given since 01/01/2016 (NĐ 137/2015): they carry the province known when they were given."""

_FOLDER_CODE = re.compile(r"(?<!\d)(\d{5})(?!\d)")


def current_units(code: str, day: dt.date | None) -> tuple[Unit, ...]:
    """Return today's unit or units of the unit that bore ``code`` on ``day`` (None: the last that bore it)."""
    unit = gazetteer().at(code, day)
    return gazetteer().current(unit.unit_id) if unit else ()


def lineage_key(unit_id: str) -> str:
    """Return one text for all units whose land lies in the same unit or units of today; for blocking, not for proof.

    The codes of today's units joined by ``+``; the ``unit_id`` itself where no source tells the successor.
    """
    codes = sorted({unit.code for unit in gazetteer().current(unit_id) if unit.code})
    return "+".join(codes) or unit_id


def lineage_keys(units: pl.Series) -> pl.Series:
    """Return ``lineage_key`` of a column of ``unit_id`` (null stays null), each distinct one once."""
    import polars as pl

    known = gazetteer().units
    distinct = [unit for unit in units.unique().drop_nulls().sort().to_list() if unit in known]
    keys = {unit: lineage_key(unit) for unit in distinct}
    if not keys:
        return pl.Series(units.name, [None] * len(units), dtype=pl.String)
    return units.replace_strict(keys, default=None, return_dtype=pl.String)


def current_communes(codes: pl.Series, days: pl.Series | None = None) -> pl.Series:
    """Return the first of today's codes for each code at its day (null days: the last bearer; unknown code: null).

    The first in code order where the unit was split: enough to compare residences over time, never to decide.
    """
    import polars as pl

    frame = pl.DataFrame({"code": codes.cast(pl.String)}).with_columns(
        day=days.cast(pl.Date) if days is not None else pl.lit(None, dtype=pl.Date)
    )
    distinct = frame.unique().sort("code", "day")
    answers = []
    for code, day in distinct.iter_rows():
        units = current_units(code, day) if code is not None else ()
        answers.append(min((u.code for u in units if u.code), default=None))
    keyed = distinct.with_columns(current=pl.Series(answers, dtype=pl.String))
    joined = frame.join(keyed, on=["code", "day"], how="left", nulls_equal=True, maintain_order="left")
    return joined["current"].alias(codes.name)


def province_of(unit_id: str, day: dt.date | None = None) -> Unit | None:
    """Return the province a unit lay in on ``day`` (None or another time: in its last days); itself for a province."""
    places = gazetteer()
    unit = places.units[unit_id]
    if unit.level == 1:
        return unit
    chains = places.chains(unit)
    if day is not None:
        for chain in chains:
            if chain.start <= day < chain.end:
                return chain.province
    return max(chains, key=lambda chain: chain.end).province


def id_province(unit_id: str, day: dt.date | None) -> str | None:
    """Return the three digits that begin a 12-digit number given on ``day`` to one registered in this unit.

    The province code of the statistics office with a leading 0 (TT 59/2021); the unit is followed to what it was on
    that day, 01/01/2016 at the earliest. None where it was split between provinces or no source tells. A birth
    registered in old Hải Dương after 30/06/2025 gives ``031`` (likely, not confirmed: docs/places.md).
    """
    places = gazetteer()
    day = max(day or FIRST_NUMBERS, FIRST_NUMBERS)
    found: set[str] = set()
    for kin in places.later(unit_id):
        unit = places.units[kin]
        if unit.holds(day):
            province = province_of(kin, day)
            if province is not None and province.code:
                found.add(province.code)
    if not found:
        province = province_of(unit_id)
        for kin in places.later(province.unit_id) if province is not None else ():
            unit = places.units[kin]
            if unit.holds(day) and unit.code:
                found.add(unit.code)
    return f"0{found.pop()}" if len(found) == 1 else None


def communes_of(area: str, day: dt.date) -> tuple[Unit, ...]:
    """Return the communes that lay in the province or district of code ``area`` on ``day``, in code order."""
    places = gazetteer()
    out = []
    for unit in places.units.values():
        if unit.level != 3 or not unit.holds(day):
            continue
        for chain in places.chains(unit):
            codes = {larger.code for larger in (chain.district, chain.province) if larger}
            if chain.start <= day < chain.end and area in codes:
                out.append(unit)
                break
    return tuple(sorted(out, key=lambda unit: (unit.code or "", unit.unit_id)))


def commune_of_folder(name: str, *, within: str | None = None, day: dt.date | None = None) -> str | None:
    """Return the commune code a folder stands for: a code in its name (``10918``, ``10918_Dinh Son``), else its name.

    ``within``: the area as text (``Cẩm Giàng, Hải Dương``) that settles namesakes. None where no code, or more than
    one commune, comes of it.
    """
    from reconcile.normalize.places import read_place

    places = gazetteer()
    for code in _FOLDER_CODE.findall(name):
        if (3, code) in places.by_code:
            return str(code)
    text = re.sub(r"[_\-–]+", " ", name)
    reading = read_place(f"{text}, {within}" if within else text, date=day)
    return reading.value if reading.level == "commune" else None
