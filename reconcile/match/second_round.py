"""The second round: once every role is linked, the links of the others vote on whoever is still open.

In the first round a role can lean only on the roles linked before it. Births are linked first, so mostly without a word
of their parents. Now all links of a record speak (``relations.expect``), and so do other records: two people who are
named as a couple elsewhere, parents of another child or husband and wife, are a couple here as well.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from reconcile.match.household import PARTNER
from reconcile.match.relations import COLUMNS, expect
from reconcile.match.scoring import assign_role, compare_pairs

if TYPE_CHECKING:
    from reconcile.match.decisions import Pins
    from reconcile.match.model import RoleModel
    from reconcile.match.settings import Settings
    from reconcile.match.side import Coded
    from reconcile.match.term_frequencies import TermFrequencies

ROLES = ("nks", "me", "cha", "chong", "vo")
"""Roles whose record names relatives, in the order in which they are asked again."""


def inform(coded: Coded, role: str, links: dict[str, pl.DataFrame], couples: pl.DataFrame) -> Coded:
    """Return ``coded`` with all that links say of the mentions of ``role``.

    Beside the columns of ``relations.expect``: ``partner``, the resident (row) linked as the other one of the couple.
    """
    coded = expect(coded, role, links)
    if role not in PARTNER:
        return coded
    table = coded.mentions.table
    found = links.get(PARTNER[role], pl.DataFrame(schema={"m": pl.UInt32, "r": pl.UInt32}))
    known = found.select(record=table["record"].gather(found["m"]), partner="r").unique()
    known = known.filter(~pl.col("record").is_duplicated())
    here = table.select("record", "role").with_row_index("m").filter(pl.col("role") == role)
    here = here.join(known, on="record").select("m", "partner")
    nobody = pl.Series("partner", [None], dtype=pl.UInt32).new_from_index(0, table.height)
    table = table.with_columns(nobody.scatter(here["m"], here["partner"]))
    told = coded.mentions.told | {"couples": couples}
    return replace(coded, mentions=replace(coded.mentions, table=table, told=told))


def heard(coded: Coded, role: str) -> pl.Series:
    """Return the mentions (u32) of ``role`` of whose relatives ``coded`` (``inform``) knows anything."""
    table = coded.mentions.table
    columns = [c for c in (*COLUMNS, "partner") if c in table.columns]
    if not columns:
        return pl.Series("m", dtype=pl.UInt32)
    told = (pl.col("role") == role) & pl.any_horizontal(pl.col(c).is_not_null() for c in columns)
    return table.select(told.arg_true().alias("m"))["m"]


def firm(first: pl.DataFrame, rules: Settings) -> pl.DataFrame:
    """Return the links (m, r) among ``DECIDED`` rows that a pass settled or whose probability is ``thresholds.again``."""
    sure = (pl.col("pass") != len(rules.passes)) | (
        pl.col("probability") >= rules.thresholds.get("again", 0.0)
    )
    return first.filter((pl.col("rank") == 1) & (pl.col("tier") == "match") & sure).select("m", "r")


def ask_again(
    coded: Coded,
    role: str,
    asked: pl.Series,
    first: pl.DataFrame,
    rules: Settings,
    model: RoleModel,
    terms: TermFrequencies,
    decided: Pins,
) -> tuple[pl.Series, pl.DataFrame]:
    """Weigh those of the mentions ``asked`` (u32, all of ``role``) again that are open.

    ``first``: ``DECIDED`` rows of the first round. A mention is open unless its match is ``firm``. Returns the mentions (u32, sorted) and their ranked candidates
    (``assignment.assign``), which replace those of the first round.
    """
    by_model = pl.col("pass") == len(rules.passes)
    matched = (pl.col("rank") == 1) & (pl.col("tier") == "match")
    pairs = first.filter(by_model & pl.col("m").is_in(asked.implode()))
    pairs = (
        pairs.filter(~pl.col("m").is_in(firm(first, rules)["m"].implode())).select("m", "r").sort("m", "r")
    )
    again = pairs["m"].unique().sort()
    taken = first.filter(matched & ~pl.col("m").is_in(again.implode())).select("m", "r")
    compared = compare_pairs(coded, decided.without_different(pairs), role, rules)
    return again, assign_role(coded, compared, role, taken, rules, model, terms)
