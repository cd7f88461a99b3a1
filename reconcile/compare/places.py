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
    rows = _unlike(pairs, field, f"{unit}_id")
    if rows.is_empty():
        return nothing()
    distinct = _relate(rows.select("civil_value", "population_value").unique(maintain_order=True))
    rows = rows.join(distinct, on=["civil_value", "population_value"], how="inner", maintain_order="left")
    rows = pairs.beside(rows, ["birth_registration_unit_id"])
    at_registration = pl.lit(value=False)
    if field == "noi_sinh":
        nearness = relations(rows["c_birth_registration_unit_id"], rows["pu"])
        at_registration = pl.lit(nearness.is_in(["same", "renamed_or_merged"]))
    base = _VARIANT.get(field)
    province = pl.lit(f"{base}_province") if base else pl.lit(None, dtype=pl.String)
    different = pl.col("code") == "PLACE_DIFFERENT"
    return findings(
        rows.with_columns(
            field=pl.lit(field),
            variant=pl.when(different & at_registration)
            .then(pl.lit("registration_place"))
            .when(different & pl.col("other_province"))
            .then(province)
            .when(different)
            .then(pl.lit(base, dtype=pl.String)),
            civil_key=pl.coalesce("civil_unit", "civil_fold"),
            population_key=pl.coalesce("population_unit", "population_fold"),
        )
    )


def _unlike(pairs: Pairs, field: str, unit: str) -> pl.DataFrame:
    """Return pairs whose places, both written, are not one line of units, each read at the time it was written.

    Units are compared, not codes: 10903 was Ngọc Liên and is Cẩm Giàng. Columns: pair, cu and pu (the units, null
    where unread), civil_value, population_value.
    """
    rows = pairs.take([unit], [unit]).rename({f"c_{unit}": "cu", f"p_{unit}": "pu"})
    rows = rows.filter((pl.col("cu") != pl.col("pu")).fill_null(value=True))
    for side, name in (("c", "civil_value"), ("p", "population_value")):
        written = {"civil" if side == "c" else "population": [field]}
        rows = pairs.beside(rows, **written).rename({f"{side}_{field}": name}).drop_nulls(name)
    near = relations(rows["cu"], rows["pu"])
    unread = rows["cu"].is_null() | rows["pu"].is_null()
    return rows.filter(unread | (near == "different"))


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

    An entry of a registration abroad is made elsewhere than the original, and so may be a re-registration: that is
    asked only where the population gives its place too. Only a warning: the number follows what was known when issued.
    """
    rows = pairs.take(
        ["register", "personal_id", "birth_registration_unit_id", "commune_code"],
        ["personal_id", "birth_registration_unit_id"],
        roles=["nks"],
    ).with_columns(province=pl.col("p_personal_id").str.slice(0, 3))
    # where the numbers themselves differ, ID_DIFFERENT says it
    one = (pl.col("c_personal_id") == pl.col("p_personal_id")).fill_null(value=True)
    rows = rows.filter((pl.col("c_register") == "KS") & one & pl.col("province").is_not_null())
    asked = ["c_birth_registration_unit_id", "c_commune_code", "p_birth_registration_unit_id", "province"]
    distinct = rows.select(asked).unique(maintain_order=True)
    wrong = [_wrong_province(*row) for row in distinct.iter_rows()]
    rows = rows.join(
        distinct.with_columns(detail=pl.Series(wrong, dtype=pl.String)).drop_nulls("detail"),
        on=asked,
        how="inner",
        nulls_equal=True,
        maintain_order="left",
    )
    rows = pairs.beside(
        rows, ["loai_dang_ky", "noi_dang_ky_khai_sinh", "birth_registration_unit"], ["so_dinh_danh"]
    )
    kind = kind_of_registration(pl.col("c_loai_dang_ky"))
    same = pl.col("c_birth_registration_unit_id") == pl.col("p_birth_registration_unit_id")
    again = (kind == "re_registered") & ~same.fill_null(value=False)
    rows = rows.filter((kind != "foreign") & ~again)
    return findings(
        rows.with_columns(
            field=pl.lit("so_dinh_danh"),
            code=pl.lit("ID_PROVINCE"),
            civil_value="c_noi_dang_ky_khai_sinh",
            population_value=pl.coalesce("p_so_dinh_danh", "p_personal_id"),
            civil_key=pl.format(
                "province:{}",
                pl.coalesce("c_birth_registration_unit", "c_commune_code", "c_birth_registration_unit_id"),
            ),
            population_key="p_personal_id",
        )
    )


def _wrong_province(unit: str | None, commune: str | None, population: str | None, stated: str) -> str | None:
    """Name the province that a number states where it can not be that of the registration; None where it can.

    ``unit``: where the birth was registered as the register says it (unit_id), else the ``commune`` (code) of the book;
    ``population``: as the population says it (unit_id).
    """
    known = unit_provinces(unit) if unit else code_provinces(commune) if commune else frozenset()
    if not known or stated.removeprefix("0") in known:
        return None
    if population and unit and relation(unit, population) == "different":
        return None  # the places themselves differ: said by PLACE_DIFFERENT
    if not stated.startswith("0"):
        return "nước ngoài"
    names = [unit_.name for unit_ in gazetteer().by_code.get((1, stated[1:]), [])]
    return names[0][:1].lower() + names[0][1:] if names else f"mã {stated}"
