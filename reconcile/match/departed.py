"""Whom the extract names without holding him: the dead and the moved, in the rows of their widows, widowers and children."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from reconcile.match.parts import DEPARTED
from reconcile.match.side import RELATIVES

if TYPE_CHECKING:
    from reconcile.match.side import Coded, Side

_NUMBERED = 16_801
"""1 January 2016 (days since 1970): from here on people have 12-digit numbers (Luật Căn cước công dân 2014)."""


def with_departed(coded: Coded, role: str) -> Coded:
    """Return ``coded`` whose mentions of ``role`` have the period ``DEPARTED`` where the extract names such a person without
    holding him.

    A widow's and a child's row name the dead with his 12-digit number, and the number tells year of birth and sex (Nghị định
    137/2015, Điều 13). Where a mention has name, year, sex and commune of a number that no resident has, that person will be
    meant, and a resident of the name is another one. How often it is the resident all the same is learned, as the share of
    absent persons of any period is.
    """
    table = coded.mentions.table
    asked = table.select("role", "registered", "name", "birth_year", "sex", lives="residence").with_row_index(
        "m"
    )
    asked = asked.filter((pl.col("role") == role) & (pl.col("registered") >= _NUMBERED)).drop_nulls()
    asked = asked.with_columns(plain=coded.names.part("plain", asked["name"]))
    named = coded.residents.told.get("named_only")
    if named is None:
        named = named_only(coded.residents, asked["plain"])
    known = asked.join(named, on=["plain", "birth_year", "sex", "lives"], how="semi")["m"]
    period = table["period"].scatter(known, DEPARTED)
    return replace(coded, mentions=replace(coded.mentions, table=table.with_columns(period=period)))


def named_only(residents: Side, wanted: pl.Series | None = None) -> pl.DataFrame:
    """Return plain (name), birth_year, sex, lives (commune) of relatives with a number that no resident has; ``lives``: where those
    who name them live or are from.

    ``wanted``: names that are asked for (all by default). Rows in no order.
    """
    names, table = residents.names, residents.table
    plain = names.part("plain", names.codes)
    codes = (
        names.codes if wanted is None else names.codes.filter(plain.is_in(wanted.unique().implode()))
    ).implode()
    parts = [
        table.lazy()
        .filter(pl.col(who).is_in(codes) & pl.col(f"{who}_number").is_not_null())
        .select("residence", "home", name=who, number=f"{who}_number")
        .collect()
        for who in RELATIVES
    ]
    named = pl.concat(parts).join(table.select("number").drop_nulls(), on="number", how="anti")
    century = pl.col("number") // 10**8 % 10  # two for each century: men and women
    named = named.select(
        "residence",
        "home",
        plain=names.part("plain", named["name"]),
        birth_year=(1900 + century // 2 * 100 + pl.col("number") // 10**6 % 100).cast(pl.Int16),
        sex=(1 + century % 2).cast(pl.Int8),
    )
    key = ["plain", "birth_year", "sex"]
    return (
        pl.concat([named.select(*key, lives=place) for place in ("residence", "home")]).drop_nulls().unique()
    )
