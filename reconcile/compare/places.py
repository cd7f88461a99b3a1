"""Compare places over time: a place that was only renamed, merged or split is the same place.

Place of birth, of birth registration, ancestral home. Units are compared through the dated gazetteer, never by
spelling. A residence changes in a life and is not compared.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import polars as pl

from reconcile.compare.owners import kind_of_registration
from reconcile.compare.pairs import findings, nothing
from reconcile.normalize.columns_places import places
from reconcile.normalize.gazetteer import gazetteer
from reconcile.normalize.places_relation import relation, relations
from reconcile.normalize.places_text import fold

if TYPE_CHECKING:
    from reconcile.compare.pairs import Pairs

COMPARED = {
    "noi_sinh": "birth_unit",
    "noi_dang_ky_khai_sinh": "birth_registration_unit",
    "que_quan": "home_unit",
}
"""Field as written → comparable unit."""

_COMMUNE = 3
_VARIANT = {"noi_dang_ky_khai_sinh": "birth_registration"}


def compare_places(pairs: Pairs) -> pl.DataFrame:
    """Return findings PLACE_DIFFERENT and PLACE_UNKNOWN on the places of ``COMPARED``."""
    return pl.concat([_compare(pairs, field, unit) for field, unit in COMPARED.items()])


def _compare(pairs: Pairs, field: str, unit: str) -> pl.DataFrame:
    registered = pl.col("c_birth_registration_unit")
    rows = pairs.take(sorted({field, unit, "birth_registration_unit"}), [field, unit]).select(
        "pair",
        civil_value=f"c_{field}",
        population_value=f"p_{field}",
        cu=f"c_{unit}",
        pu=f"p_{unit}",
        at_registration=(registered == pl.col(f"p_{unit}")) if field == "noi_sinh" else pl.lit(value=False),
    )
    rows = rows.filter(
        pl.col("civil_value").is_not_null()
        & pl.col("population_value").is_not_null()
        & (pl.col("cu") != pl.col("pu")).fill_null(value=True)
    )
    codes = rows.select("cu", "pu").drop_nulls().unique().sort("cu", "pu")
    kin = codes.filter(
        pl.Series([codes_related(a, b, surely=True) for a, b in codes.iter_rows()], dtype=pl.Boolean)
    )
    rows = rows.join(kin, on=["cu", "pu"], how="anti", maintain_order="left")
    if rows.is_empty():
        return nothing()
    distinct = _relate(rows.select("civil_value", "population_value").unique(maintain_order=True))
    rows = rows.join(distinct, on=["civil_value", "population_value"], how="inner", maintain_order="left")
    base = _VARIANT.get(field)
    province = pl.lit(f"{base}_province") if base else pl.lit(None, dtype=pl.String)
    different = pl.col("code") == "PLACE_DIFFERENT"
    return findings(
        rows.with_columns(
            field=pl.lit(field),
            variant=pl.when(different & pl.col("at_registration"))
            .then(pl.lit("registration_place"))
            .when(different & pl.col("other_province"))
            .then(province)
            .when(different)
            .then(pl.lit(base, dtype=pl.String)),
            civil_key=pl.coalesce("civil_unit", "civil_fold"),
            population_key=pl.coalesce("population_unit", "population_fold"),
        )
    )


@lru_cache(maxsize=65_536)
def codes_related(a: str, b: str, *, surely: bool = False) -> bool:
    """Tell whether communes of these codes can be one line of units; ``surely``: at all times they are.

    A code is reused with another meaning (10909: Cẩm Vũ, since 2025 Tuệ Tĩnh), so a code alone may leave it open.
    """
    places_ = gazetteer()
    one_line = [
        relation(x.unit_id, y.unit_id) != "different"
        for x in places_.by_code.get((_COMMUNE, a), [])
        for y in places_.by_code.get((_COMMUNE, b), [])
    ]
    return bool(one_line) and (all(one_line) if surely else any(one_line))


def _relate(distinct: pl.DataFrame) -> pl.DataFrame:
    """Add code, other_province and comparable values to distinct pairs of written places; alike ones drop out."""
    texts = pl.concat([distinct["civil_value"], distinct["population_value"]]).unique().sort()
    read = pl.DataFrame({"text": texts}).with_columns(
        places(texts)["unit_id"],
        fold=pl.Series([fold(text) for text in texts], dtype=pl.String),
    )
    for side in ("civil", "population"):
        distinct = distinct.join(
            read.rename({"text": f"{side}_value", "unit_id": f"{side}_unit", "fold": f"{side}_fold"}),
            on=f"{side}_value",
            how="left",
            maintain_order="left",
        )
    distinct = distinct.with_columns(
        relation=relations(distinct["civil_unit"], distinct["population_unit"]),
    )
    unread = pl.col("civil_unit").is_null() | pl.col("population_unit").is_null()
    spelled = pl.col("civil_fold") != pl.col("population_fold")
    distinct = distinct.with_columns(
        code=pl.when(unread & spelled)
        .then(pl.lit("PLACE_UNKNOWN"))
        .when(pl.col("relation") == "different")
        .then(pl.lit("PLACE_DIFFERENT"))
    ).filter(pl.col("code").is_not_null())
    other = [
        bool(a and b) and not (unit_provinces(a) & unit_provinces(b))
        for a, b in distinct.select("civil_unit", "population_unit").iter_rows()
    ]
    return distinct.with_columns(other_province=pl.Series(other, dtype=pl.Boolean))


@lru_cache(maxsize=65_536)
def unit_provinces(unit_id: str) -> frozenset[str]:
    """Return the codes of all provinces in which a unit, its predecessors or successors ever lay."""
    places_ = gazetteer()
    kin = places_.earlier(unit_id) | places_.later(unit_id) | {unit_id}
    found: set[str] = set()
    for one in kin:
        for chain in places_.chains(places_.units[one]):
            province = chain.province or (chain.unit if chain.unit.level == 1 else None)
            if province is not None:
                near = (
                    places_.earlier(province.unit_id) | places_.later(province.unit_id) | {province.unit_id}
                )
                found |= {code for p in near if (code := places_.units[p].code)}
    return frozenset(found)


@lru_cache(maxsize=65_536)
def code_provinces(code: str) -> frozenset[str]:
    """Return the codes of all provinces that a commune of this code can have lain in; empty for an unknown code."""
    found: set[str] = set()
    for unit in gazetteer().by_code.get((_COMMUNE, code), []):
        found |= unit_provinces(unit.unit_id)
    return frozenset(found)


def compare_number_provinces(pairs: Pairs) -> pl.DataFrame:
    """Return findings ID_PROVINCE: the number states another province than the birth's registration.

    Asked only of births registered here in the first place: a re-registration (or an entry of a registration
    abroad) is made elsewhere than the original. Only a warning: the number follows what was known when issued.
    """
    rows = pairs.take(
        [
            "register",
            "personal_id",
            "noi_dang_ky_khai_sinh",
            "birth_registration_unit",
            "loai_dang_ky",
            "commune_code",
        ],
        ["so_dinh_danh", "personal_id", "birth_registration_unit"],
        roles=["nks"],
    ).with_columns(
        unit=pl.coalesce("c_birth_registration_unit", "c_commune_code"),
        province=pl.col("p_personal_id").str.slice(0, 3),
    )
    first = ~kind_of_registration(pl.col("c_loai_dang_ky")).is_in(["re_registered", "foreign"])
    # where the numbers themselves differ, ID_DIFFERENT says it
    one = (pl.col("c_personal_id") == pl.col("p_personal_id")).fill_null(value=True)
    rows = rows.filter((pl.col("c_register") == "KS") & first & one & pl.col("province").is_not_null())
    pairs_of_codes = (
        rows.select("unit", "p_birth_registration_unit", "province")
        .drop_nulls("unit")
        .unique(maintain_order=True)
    )
    wrong = [
        _wrong_province(unit, population, province)
        for unit, population, province in pairs_of_codes.iter_rows()
    ]
    rows = rows.join(
        pairs_of_codes.with_columns(detail=pl.Series(wrong, dtype=pl.String)).drop_nulls("detail"),
        on=["unit", "p_birth_registration_unit", "province"],
        how="inner",
        nulls_equal=True,
        maintain_order="left",
    )
    return findings(
        rows.with_columns(
            field=pl.lit("so_dinh_danh"),
            code=pl.lit("ID_PROVINCE"),
            civil_value="c_noi_dang_ky_khai_sinh",
            population_value=pl.coalesce("p_so_dinh_danh", "p_personal_id"),
            civil_key=pl.format("province:{}", "unit"),
            population_key="p_personal_id",
        )
    )


def _wrong_province(unit: str, population: str | None, stated: str) -> str | None:
    """Name the province that a number states where it can not be that of ``unit``; None where it can."""
    known = code_provinces(unit)
    if not known or stated.removeprefix("0") in known:
        return None
    if population is not None and population != unit and not codes_related(unit, population):
        return None  # the places themselves differ: said by PLACE_DIFFERENT
    if not stated.startswith("0"):
        return "nước ngoài"
    names = [unit_.name for unit_ in gazetteer().by_code.get((1, stated[1:]), [])]
    return names[0] if names else f"mã {stated}"
