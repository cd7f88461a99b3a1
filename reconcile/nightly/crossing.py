"""What one unit has to know of the others: persons claimed in two communes, births and deaths registered elsewhere.

The only step that looks at all units at once. It works on narrow tables (``linking.CLAIM``), takes seconds for a
province, and gives each unit the few foreign rows that bear on it; a unit whose rows are the same as last night is
not worked on again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from reconcile.match.posterior import DUPLICATE
from reconcile.match.results import MODEL_PASS
from reconcile.nightly.population import births_of
from reconcile.protection.files import read_tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_PAIR = ("record_id", "role", "source_file", "source_row")
CHANGED = {"record_id": pl.String, "role": pl.String, "source_file": pl.String, "source_row": pl.UInt32,
           "probability": pl.Float64, "tier": pl.String}  # fmt: skip
"""Links that competition between communes changes."""


def claims_of(entries: Mapping[str, Path], units: list[str]) -> list[pl.DataFrame]:
    """Return the claims of some units in their order as one frame, none of no unit; ``unit``, one of all ``units``, stands behind."""
    some = sorted(entries)
    if not some:
        return []
    every = read_tables([entries[unit] / "claims.parquet" for unit in some], "unit")
    return [every.with_columns(pl.Series("unit", some, pl.Enum(units)).gather(every["unit"]))]


def bearing_on(
    claims: pl.DataFrame, born: pl.DataFrame, doubt: pl.DataFrame, chosen: Iterable[str]
) -> pl.DataFrame:
    """Return the claims that decide what the units ``chosen`` have to know; the others change nothing of it.

    ``born``: ``births`` of these units at least. The claims are their own; those on residents whom they claim, whose birth
    is theirs, or about whom they are in doubt; deaths, and births that are or may be left without a resident, of the name
    of such a birth of theirs; and whoever competes with one of these for a resident.
    """
    ours = pl.col("unit").cast(pl.String).is_in(sorted(chosen))
    row, name = pl.col("population_row"), pl.col("name_key")
    own = claims.filter(ours)
    wanted = pl.col("to").cast(pl.String).is_in(sorted(chosen))
    theirs = [frame.filter(wanted)["population_row"] for frame in (born, doubt)]
    rows = pl.concat([own["population_row"].drop_nulls(), *theirs]).unique()
    # no competition takes the resident of a certain pass away
    without = (pl.col("tier") == "none") | (pl.col("match_pass") == MODEL_PASS).fill_null(value=False)
    names = own.filter((pl.col("role") == "nks") & without)["name_key"].drop_nulls().unique()
    namesakes = name.is_in(names.implode()) & (without | (pl.col("role") == "nkt"))
    near = (row.is_in(rows.implode()) | namesakes).fill_null(value=False) | ours
    rivals = claims.filter(near)["population_row"].drop_nulls().unique()
    return claims.filter(near | row.is_in(rivals.implode()).fill_null(value=False))


def births(population: Path, keeps: Mapping[str, str]) -> pl.DataFrame:
    """Return population_row and ``to``, the unit in whose books the resident's birth should stand."""
    born = births_of(population, list(keeps))
    return born.select(
        "population_row",
        to=pl.col("birth_registration_unit").replace_strict(
            keeps, return_dtype=pl.Enum(sorted(set(keeps.values())))
        ),
    )


def doubts(doubt: pl.DataFrame, asked: Mapping[int, str], keeps: Mapping[str, str]) -> pl.DataFrame:
    """Return population_row of residents in doubt and ``to``, the units that have to know who means them.

    Those that are asked about him or about another row of his, or in whose books the birth of one should stand.
    """
    who = pl.DataFrame(
        {"other_row": list(asked), "asked": list(asked.values())},
        schema={"other_row": pl.UInt32, "asked": pl.String},
    )
    books = pl.DataFrame(
        {"birth_registration_unit": list(keeps), "born": list(keeps.values())},
        schema={"birth_registration_unit": pl.String, "born": pl.String},
    )
    known = (
        doubt.select("birth_registration_unit", other_row="population_row")
        .unique()
        .join(who, on="other_row", how="left")
        .join(books, on="birth_registration_unit", how="left")
    )
    told = doubt.select("population_row", "other_row").join(known, on="other_row")
    both = pl.concat([told.select("population_row", to=name) for name in ("asked", "born")])
    return both.drop_nulls().unique().sort("population_row", "to")


def after(claims: pl.DataFrame, changed: pl.DataFrame) -> pl.DataFrame:
    """Return the claims as competition left them; one that lost names nobody."""
    order = changed["at"].arg_sort()
    at = claims["at"].search_sorted(changed["at"].gather(order))
    left = claims.with_columns(
        tier=claims["tier"].scatter(at, changed["tier"].gather(order)),
        probability=claims["probability"].scatter(at, changed["probability"].gather(order)),
    )
    gone = pl.col("tier") == "none"
    return left.with_columns(
        resident_id=pl.when(~gone).then("resident_id"), population_row=pl.when(~gone).then("population_row")
    )


def _shared(claims: pl.DataFrame, *keys: str) -> pl.DataFrame:
    """Return the claims on residents (``keys``) whom more than one unit claims."""
    number = pl.col("unit").to_physical()
    shared = (
        claims.group_by(keys)
        .agg(first=number.min(), last=number.max())
        .filter(pl.col("first") != pl.col("last"))
    )
    return claims.join(shared.select(keys), on=keys, how="semi", maintain_order="left")


def compete(claims: pl.DataFrame, thresholds: Mapping[str, float]) -> pl.DataFrame:
    """Return CHANGED, ``unit`` and ``at``: links to residents whom another commune claims too.

    As within a commune (``match.assignment``): a claim keeps its part of all claims' odds, at least the chance of a
    double registration; where a certain pass settled the resident elsewhere, only that chance is left. Certain
    passes and decisions keep what they found: two of them are a double registration, told as such.
    """
    claimed = claims.filter(pl.col("population_row").is_not_null() & (pl.col("tier") != "none"))
    claimed = _shared(claimed, "role", "population_row")
    p = pl.col("probability").clip(1e-9, 1 - 1e-9)
    sure = pl.col("match_pass") != MODEL_PASS
    rated = claimed.with_columns(odds=p / (1 - p), sure=sure).with_columns(
        sure_here=(pl.col("sure").cast(pl.UInt32).sum().over("role", "population_row", "unit")),
        sure_all=(pl.col("sure").cast(pl.UInt32).sum().over("role", "population_row")),
        all_odds=pl.col("odds").sort().sum().over("role", "population_row"),
    )
    part = (
        pl.when(pl.col("sure_all") > pl.col("sure_here"))
        .then(DUPLICATE)
        .otherwise(pl.max_horizontal(pl.col("odds") / pl.col("all_odds"), pl.lit(DUPLICATE)))
    )
    odds = pl.col("odds") * part
    left = (odds / (1 + odds)).round(6)
    tier = (
        pl.when((pl.col("tier") == "match") & (left >= thresholds["match"]))
        .then(pl.lit("match"))
        .when(left >= thresholds["review"])
        .then(pl.lit("review"))
        .otherwise(pl.lit("none"))
    )
    changed = rated.filter(~pl.col("sure")).with_columns(tier=tier, probability=left)
    return changed.select(*CHANGED, "unit", "at").sort("unit", *_PAIR)


def foreign(claims: pl.DataFrame, born: pl.DataFrame, doubt: pl.DataFrame) -> pl.DataFrame:
    """Return the claims that other units have to know: the claim's columns, its ``unit``, and ``to`` (who must know).

    ``born``: population_row and ``to``, the unit in whose books the resident's birth should stand; ``doubt``: see
    ``doubts``. A claim is told where the other unit claims the same resident, should have his birth, is in doubt about
    him, misses a child of the same name who died here, or has a birth without a resident that is the same as one here.
    """
    narrow = claims.select("at", "unit", "role", "tier", "population_row")
    found = narrow.drop_nulls("population_row")
    shared = _shared(found, "population_row").select("at", "population_row", "unit")
    same_person = shared.join(
        shared.select("population_row", to="unit").unique(), on="population_row", maintain_order="left"
    )
    own_birth = (
        found.filter(pl.col("role") == "nks")
        .select("at", "population_row", "unit")
        .join(born, on="population_row")
    )
    in_doubt = found.select("at", "population_row", "unit").join(doubt, on="population_row")
    missing = claims.filter(
        (pl.col("role") == "nks") & (pl.col("tier") == "none") & pl.col("name_key").is_not_null()
    ).with_columns(parent=pl.coalesce("mother_key", "father_key"))
    died = (
        claims.filter((pl.col("role") == "nkt") & pl.col("birth_earliest").is_not_null())
        .select("at", "unit", "name_key", first="birth_earliest", last="birth_latest")
        .join(missing.select("name_key", "birth_earliest", "birth_latest", to="unit").unique(), on="name_key")
        .filter((pl.col("birth_earliest") <= pl.col("last")) & (pl.col("first") <= pl.col("birth_latest")))
    )
    same = ["name_key", "birth_earliest", "parent"]
    twice = (
        missing.drop_nulls(same)
        .select("at", "unit", *same)
        .join(missing.drop_nulls(same).select(*same, to="unit").unique(), on=same)
    )
    text = pl.col("unit", "to").cast(pl.String)
    told = pl.concat([f.select("at", text) for f in (same_person, own_birth, in_doubt, died, twice)])
    told = told.filter(pl.col("unit") != pl.col("to")).select("at", "to").unique().sort("to", "at")
    rows = (
        claims[claims["at"].search_sorted(told["at"])].drop("at").with_columns(pl.col("unit").cast(pl.String))
    )
    return rows.hstack([told["to"]])
