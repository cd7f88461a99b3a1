"""What linked records tell of a resident beside the extract: who is a couple, who are the children, when somebody was alive.

Everything is told per group of records (``encode.encode``, column ``family``): a commune's links learn nothing from those of
another one, in a run over a province as in a night.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from reconcile.match.kinfolk import CHILD, PARENT, SPOUSE

if TYPE_CHECKING:
    from reconcile.match.side import Coded, Side

PARTNER = {"me": "cha", "cha": "me", "chong": "vo", "vo": "chong"}
"""Role → role of the other one of the couple in the same record."""

_TELLS = (
    ("me", "nks", CHILD), ("cha", "nks", CHILD), ("cm", "nc", CHILD), ("nc", "cm", PARENT), ("nks", "me", PARENT),
    ("nks", "cha", PARENT), ("chong", "vo", SPOUSE), ("vo", "chong", SPOUSE), ("me", "cha", SPOUSE), ("cha", "me", SPOUSE),
)  # fmt: skip
"""Role of a linked person, role of somebody named in the same record, what that one is to him."""


_RESIDENTS = 2**32


def claim(family: pl.Expr, resident: pl.Expr) -> pl.Expr:
    """Return one number (u64) for a resident (row) as the mentions of one ``family`` see him."""
    return family.cast(pl.UInt64) * _RESIDENTS + resident


def couples(coded: Coded, links: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Return ``claim`` (of one) and ``partner`` (row of the other) of residents who are linked as a couple in one record.

    ``links``: role → frame (m, r). Parents of one child and husband and wife; each couple stands there both ways, once.
    """
    table = coded.mentions.table
    parts = [pl.DataFrame(schema={"claim": pl.UInt64, "partner": pl.UInt32})]
    for role in ("me", "vo"):
        sides = [links.get(who) for who in (role, PARTNER[role])]
        records = [
            side.select(
                "r", record=table["record"].gather(side["m"]), family=table["family"].gather(side["m"])
            )
            for side in sides
            if side is not None
        ]
        if len(records) < len(sides):
            continue
        both = records[0].join(records[1].select("record", partner="r"), on="record")
        parts += [
            both.select(claim=claim(pl.col("family"), pl.col(a)), partner=pl.col(b))
            for a, b in (("r", "partner"), ("partner", "r"))
        ]
    return pl.concat(parts).unique()


def in_couples(family: pl.Series, partner: pl.Series, r: pl.Series, known: pl.DataFrame) -> pl.Series:
    """Whether resident ``r`` and ``partner`` are among the ``couples`` known to the family; null without a partner."""
    pairs = pl.DataFrame({"family": family, "partner": partner, "r": r}).with_row_index("i")
    asked = pairs.drop_nulls("partner").with_columns(claim=claim(pl.col("family"), pl.col("r")))
    held = asked.join(known, on=["claim", "partner"], how="semi")["i"]
    told = pl.Series("couple", [None], dtype=pl.Boolean).new_from_index(0, r.len())
    return told.scatter(asked["i"], values=False).scatter(held, values=True)


def with_kin_told(coded: Coded, links: dict[str, pl.DataFrame]) -> Coded:
    """Return ``coded`` whose mentions know (``told``, "kin") whom linked records name as relatives of a resident.

    The frame has ``claim``, ``name`` (code), ``kind`` (bit of ``kinfolk``).
    """
    table = coded.mentions.table
    named = table.select("record", "role", "name").drop_nulls("name")
    parts = [pl.DataFrame(schema={"claim": pl.UInt64, "name": pl.UInt32, "kind": pl.UInt8})]
    for role, relative, kind in _TELLS:
        found = links.get(role)
        if found is None or found.is_empty():
            continue
        here = found.select(
            record=table["record"].gather(found["m"]),
            claim=claim(pl.lit(table["family"].gather(found["m"])), pl.col("r")),
        )
        others = named.filter(pl.col("role") == relative).select("record", "name")
        parts.append(here.join(others, on="record").select("claim", "name", kind=pl.lit(kind, pl.UInt8)))
    told = {"kin": pl.concat(parts).unique()}
    return replace(coded, mentions=replace(coded.mentions, told=coded.mentions.told | told))


def alive_on(left: Side, m: pl.Series, r: pl.Series) -> pl.Series:
    """Return the last day (days since 1970) on which links of the mention's family show resident ``r`` alive, else null."""
    known = left.told.get("alive")
    if known is None:
        return pl.Series("alive_on", [None], dtype=pl.Int32).new_from_index(0, r.len())
    asked = pl.DataFrame({"family": left.table["family"].gather(m), "r": r})
    asked = asked.select(claim=claim(pl.col("family"), pl.col("r")))
    return asked.join(known, on="claim", how="left", maintain_order="left")["alive_on"]
