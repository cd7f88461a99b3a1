"""Who is in the extract and in none of the birth books that ought to hold the person.

A commune's code is no identity (10903 was xã Ngọc Liên and is xã Cẩm Giàng): books and residents meet by the unit
that bore the code on the day of registration.
"""

from __future__ import annotations

import polars as pl

from reconcile.compare.doubles import two_rows_of_one
from reconcile.compare.pairs import findings
from reconcile.normalize.gazetteer import gazetteer

_COMMUNE = 3


ASKED = (
    "population_row",
    "resident_id",
    "noi_dang_ky_khai_sinh",
    "birth_registration_unit",
    "birth_registration_unit_id",
    "name_key",
    "birth_earliest",
    "birth_latest",
    "sex",
    "personal_id",
    "former_ids",
    "father_key",
    "mother_key",
)
"""Columns of residents that finding those without a birth and telling of them takes."""


def residents_without_birth(
    links: pl.DataFrame, residents: pl.DataFrame, records: pl.DataFrame
) -> pl.DataFrame:
    """Return residents whose birth was registered in one of the communes of ``records`` but is in none of the books.

    ``links``, ``residents`` (normalized), ``records``: the canonical tables. Only residents whose place of birth
    registration is known and is a commune whose birth books here cover the year of birth are asked for. Where the
    extract gives a commune that was formed later, the books of all the communes it came of must be here. A person
    possibly matched (tier ``review``) is left out, and so is the second row of a person whose other row is matched or
    asked for (code ID_TWO_NUMBERS asks about it).
    Returns the normalized residents' columns, ordered by population_row.
    """
    known = (
        links.select("role", "population_row").filter(pl.col("role") == "nks")["population_row"].drop_nulls()
    )
    two = two_rows_of_one(residents)
    linked = two.filter(pl.col("other_row").is_in(known.implode()))["population_row"]
    later = two.filter(pl.col("population_row") > pl.col("other_row"))["population_row"]
    known = pl.concat([known, linked, later])
    unit, year = pl.col("birth_registration_unit_id"), pl.col("birth_earliest").dt.year()
    born = residents.select(
        "population_row",
        unit=pl.when(pl.col("birth_registration_unit").is_not_null()).then(unit),
        year=year,
        row=pl.int_range(pl.len(), dtype=pl.UInt32),
    ).drop_nulls()
    held = _held(born.select("unit", "year").unique(), _covered(records))
    asked = born.join(held, on=["unit", "year"], how="semi")
    missing = asked.filter(~pl.col("population_row").is_in(known.implode()))["row"]
    found = residents.filter(pl.int_range(pl.len(), dtype=pl.UInt32).is_in(missing.implode()))
    return found if found["population_row"].is_sorted() else found.sort("population_row")


def _covered(records: pl.DataFrame) -> dict[str, tuple[int, int]]:
    """Return for each unit (unit_id) the first and the last year its birth books here cover."""
    births = (
        records.select("register", "registered_earliest", "registered_latest", "commune_code")
        .filter((pl.col("register") == "KS") & pl.col("registered_earliest").is_not_null())
        .group_by("commune_code", day="registered_earliest")
        .agg(last=pl.col("registered_latest").dt.year().max())
        .drop_nulls()
    )
    codes = births["commune_code"].unique().sort().to_list()
    rows = [
        (code, unit.unit_id, unit.start, unit.end)
        for code in codes
        for unit in gazetteer().by_code.get((_COMMUNE, code), [])
    ]
    schema = {"commune_code": pl.String, "unit": pl.String, "start": pl.Date, "end": pl.Date}
    bearers = pl.DataFrame(rows, schema=schema, orient="row")
    years = (
        births.join(bearers, on="commune_code", how="inner")
        .filter((pl.col("start") <= pl.col("day")) & (pl.col("day") < pl.col("end")))
        .group_by("unit")
        .agg(first=pl.col("day").dt.year().min(), last=pl.col("last").max())
    )
    return {unit: (first, last) for unit, first, last in years.iter_rows()}


def _held(born: pl.DataFrame, covered: dict[str, tuple[int, int]]) -> pl.DataFrame:
    """Return the rows (``unit``, ``year``) of ``born`` whose birth the books ought to hold."""
    rows = [
        (unit, year)
        for unit, year in born.sort("unit", "year").iter_rows()
        if _ought_to_hold(unit, year, covered)
    ]
    return pl.DataFrame(rows, schema=born.schema, orient="row")


def _ought_to_hold(unit_id: str, year: int, covered: dict[str, tuple[int, int]]) -> bool:
    def covers(unit: str) -> bool:
        first, last = covered.get(unit, (1, 0))
        return first <= year <= last

    if covers(unit_id):
        return True
    places = gazetteer()
    unit = places.units.get(unit_id)
    if unit is None or unit.start.year < year:
        return False
    # the extract names by today's commune what another one registered
    before = [places.units[other] for other in places.earlier(unit_id) - {unit_id}]
    then = [u.unit_id for u in before if u.level == _COMMUNE and u.start.year <= year <= u.end.year]
    return bool(then) and all(covers(other) for other in then)


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
