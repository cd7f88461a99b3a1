"""Who reported a death: a grown relative of the dead, mostly a child or the spouse, as the book names him."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from reconcile.synthetic.people import YEAR, day_of
from reconcile.synthetic.spoiling import spoil

if TYPE_CHECKING:
    from reconcile.synthetic.dice import Dice
    from reconcile.synthetic.mixes import Mix
    from reconcile.synthetic.world import World

GROWN = 18 * YEAR
NEW_BOOKS = day_of(date(2006, 1, 1))
"""Since NĐ 158/2005 the book of deaths has a line for the applicant and his relation to the dead."""

_LIKELY = {
    "child": (1.0, ("Con", "Con đẻ", "Con"), ("Con trai", "Con gái")),
    "spouse": (1.4, (), ("Chồng", "Vợ")),
    "parent": (1.5, (), ("Cha", "Mẹ")),
    "sibling": (0.12, (), ("Anh", "Em")),
    "in_law": (0.12, (), ("Con rể", "Con dâu")),
    "grandchild": (0.05, ("Cháu", "Cháu nội"), ()),
}
"""Relation → weight of one such relative beside the others, words for any, words by the relative's sex (male, female)."""


def applicants(dice: Dice, world: World, events: pl.DataFrame, mix: Mix) -> pl.DataFrame:
    """Return nycHoTen and nycQuanHe for death ``events`` (nkt, registered, row), in their order.

    Old books often have none (``applicant_old``, ``applicant_new`` of the mix). The name is written with the mistakes
    of adults' names; whoever reports is alive and grown on the day of registration.
    """
    kin = _relatives(world).join(events.select("nkt", "registered", "row"), left_on="dead", right_on="nkt")
    died, born = pl.lit(world.persons["died"]), pl.lit(world.persons["born"])
    there = (died.gather("relative") > pl.col("registered")) & (
        born.gather("relative") + GROWN < pl.col("registered")
    )
    weight = pl.col("relation").replace_strict({k: w for k, (w, _, _) in _LIKELY.items()})
    draw = dice.u("death-applicant", pl.col("row").cast(pl.UInt64) * 1_000_003 + pl.col("relative"))
    # the smallest exponential draw wins: each relative as likely as its weight
    chosen = (
        kin.filter(there)
        .with_columns(order=-(1 - draw).log() / weight)
        .sort("row", "order", "relative")
        .unique("row", keep="first", maintain_order=True)
    )
    known = pl.when(pl.col("registered") < NEW_BOOKS).then(mix.rates["applicant_old"]).otherwise(
        mix.rates["applicant_new"]
    )  # fmt: skip
    named = chosen.filter(dice.u("death-applicant-known", "row") < known).select(
        "row",
        pl.lit(world.persons["name"]).gather("relative").alias("nycHoTen"),
        _words(dice, pl.lit(world.persons["sex"]).gather("relative")).alias("nycQuanHe"),
    )
    named, _ = spoil(dice, named, "nycHoTen", mix.register.get("adult_name"), "KT/nyc/ho_ten")
    named = named.with_columns(
        pl.when(dice.u("death-applicant-relation", "row") < 0.93).then("nycQuanHe").alias("nycQuanHe")
    )
    return events.select("row").join(named, on="row", how="left", maintain_order="left").drop("row")


def _words(dice: Dice, sex: pl.Expr) -> pl.Expr:
    said: pl.Expr = pl.lit(None, dtype=pl.String)
    for relation, (_, anyone, by_sex) in _LIKELY.items():
        word = dice.pick("death-applicant-word", anyone, "row") if anyone else pl.lit(None, dtype=pl.String)
        if by_sex:
            own = pl.when(sex == 1).then(pl.lit(by_sex[0])).otherwise(pl.lit(by_sex[1]))
            plain = (dice.u("death-applicant-plain", "row") < 0.8) if anyone else pl.lit(value=False)
            word = pl.when(plain).then(word).otherwise(own)
        said = pl.when(pl.col("relation") == relation).then(word).otherwise(said)
    return said


def _relatives(world: World) -> pl.DataFrame:
    """Return dead, relative (pids), relation: everybody's parents, children, spouse, siblings, sons- and daughters-in-law."""
    people = world.persons.select("pid", "father", "mother", "spouse")
    parents = pl.concat(
        [people.select(child="pid", parent=parent).drop_nulls() for parent in ("father", "mother")]
    )
    children = parents.select(dead="parent", relative="child")
    spouses = people.select(dead="pid", relative="spouse").drop_nulls()
    siblings = (
        people.select(dead="pid", parent="mother")
        .drop_nulls()
        .join(people.select(relative="pid", parent="mother").drop_nulls(), on="parent")
        .filter(pl.col("dead") != pl.col("relative"))
        .select("dead", "relative")
    )
    in_law = children.join(spouses.rename({"dead": "relative", "relative": "other"}), on="relative")
    grandchildren = children.join(children.rename({"dead": "relative", "relative": "other"}), on="relative")
    parts = {
        "child": children,
        "spouse": spouses,
        "parent": parents.select(dead="child", relative="parent"),
        "sibling": siblings,
        "in_law": in_law.select("dead", relative="other"),
        "grandchild": grandchildren.select("dead", relative="other"),
    }
    return pl.concat(
        part.select(pl.col("dead", "relative").cast(pl.UInt32), pl.lit(name).alias("relation"))
        for name, part in parts.items()
    )
