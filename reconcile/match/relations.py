"""Family evidence: whom the links of a record's other persons point to.

A child that is linked to a resident tells, through the extract's own numbers, who its mother is; a husband tells
who his wife is. The reverse holds as well: a linked mother speaks for those residents whose mother she is.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from reconcile.match.household import claim

if TYPE_CHECKING:
    from reconcile.match.side import Coded

_EXPECTED = {"me": ("nks", "mother_number"), "cha": ("nks", "father_number"), "chong": ("vo", "spouse_number"),
             "vo": ("chong", "spouse_number"), "cm": ("nc", "parent_number")}  # fmt: skip
"""Role → (role of the relative in the same record, the relative's column that names this person)."""

_LINKED = {
    "nks": {"linked_mother": "me", "linked_father": "cha"},
    "me": {"linked_spouse": "cha"},
    "cha": {"linked_spouse": "me"},
    "chong": {"linked_spouse": "vo"},
    "vo": {"linked_spouse": "chong"},
}
"""Role → what a candidate's own relatives are compared with: the resident linked to that role of the record."""

COLUMNS = ("expected", "linked_mother", "linked_father", "linked_spouse")


_SHOWS_ALIVE = {"me": "child_birth", "cha": "child_birth", "chong": "registered", "vo": "registered", "nxn": "registered",
                "cm": "registered"}  # fmt: skip
"""Role → the day on which a person of that role was alive: a mother at the birth of the child, a groom at the marriage."""
_BEFORE_BIRTH = 300  # days; a father may have died since


def last_seen(coded: Coded, links: dict[str, pl.DataFrame]) -> Coded:
    """Return ``coded`` whose mentions know (``told``, "alive") the last day on which linked records of their family show a
    resident alive: ``claim`` (``household.claim``), ``alive_on``.
    """
    table = coded.mentions.table
    seen = [pl.DataFrame(schema={"claim": pl.UInt64, "day": pl.Int32})]
    for role, source in _SHOWS_ALIVE.items():
        found = links.get(role)
        if found is None or found.is_empty():
            continue
        whose = claim(pl.lit(table["family"].gather(found["m"])), pl.col("r"))
        days = found.select(claim=whose, registered=table["registered"].gather(found["m"]))
        if source == "child_birth":
            births = table.filter(pl.col("role") == "nks").select("record", "birth_first").drop_nulls()
            births = births.unique("record", keep="none")
            days = found.select(claim=whose, record=table["record"].gather(found["m"]))
            days = days.join(births, on="record").select(
                "claim", registered=pl.col("birth_first") - (_BEFORE_BIRTH if role == "cha" else 0)
            )
        seen.append(days.select("claim", day=pl.col("registered").cast(pl.Int32)).drop_nulls())
    last = pl.concat(seen).group_by("claim").agg(alive_on=pl.col("day").max())
    return replace(coded, mentions=replace(coded.mentions, told=coded.mentions.told | {"alive": last}))


def expect(coded: Coded, role: str, links: dict[str, pl.DataFrame]) -> Coded:
    """Return ``coded`` with the family columns of the mentions of ``role`` filled from ``links``.

    ``links``: role → frame (m, r) of mentions already linked. The columns hold 12-digit numbers (i64) or null:
    ``expected`` the number this person should have, ``linked_…`` the number of a relative's resident.
    """
    table = coded.mentions.table.drop(COLUMNS, strict=False)
    wanted = {"expected": _EXPECTED[role]} if role in _EXPECTED else {}
    wanted |= {column: (relative, "number") for column, relative in _LINKED.get(role, {}).items()}
    # of whom no relative is linked yet nothing is looked up
    told = {column: of for column, of in wanted.items() if of[0] in links and not links[of[0]].is_empty()}
    if not told:
        return replace(coded, mentions=replace(coded.mentions, table=table))
    here = table.select("record", "role").with_row_index("m").filter(pl.col("role") == role).drop("role")
    filled = []
    for column, (relative, source) in told.items():
        found = links[relative]
        numbers = found.select(
            record=table["record"].gather(found["m"]), number=_number(coded, found, source)
        )
        # a record that stands in two files says the same twice; if it does not, it says nothing
        numbers = numbers.drop_nulls().unique().filter(~pl.col("record").is_duplicated())
        joined = here.join(numbers, on="record", how="left", maintain_order="left")["number"]
        nothing = pl.Series(column, [None], dtype=joined.dtype).new_from_index(0, table.height)
        filled.append(nothing.scatter(here["m"], joined))
    return replace(coded, mentions=replace(coded.mentions, table=table.hstack(filled)))


def _number(coded: Coded, found: pl.DataFrame, source: str) -> pl.Series:
    """Return a number of the linked residents; ``parent_number``: of the parent whom the recognition record names."""
    people = coded.residents.table
    if source != "parent_number":
        return people[source].gather(found["r"])
    frame = pl.DataFrame(
        {
            "father": people["father_number"].gather(found["r"]),
            "mother": people["mother_number"].gather(found["r"]),
            "is_father": coded.mentions.table["father"].gather(found["m"]).is_not_null(),
        }
    )
    return frame.select(n=pl.when("is_father").then("father").otherwise("mother"))["n"]
