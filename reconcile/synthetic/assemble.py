"""Put the parts together: people, events, rows, errors, files, truth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from reconcile.rules import load_rules
from reconcile.synthetic import Synthetic, births, extract, rows, units
from reconcile.synthetic.dice import Dice
from reconcile.synthetic.world import World, build

if TYPE_CHECKING:
    from datetime import date

DISCREPANCY = {
    "source_file": pl.String,
    "source_row": pl.UInt32,
    "register": pl.String,
    "role": pl.String,
    "field": pl.String,
    "code": pl.String,
    "civil_value": pl.String,
    "population_value": pl.String,
    "systematic": pl.String,
}
"""Columns of the true discrepancies."""

ROLES = {"KS": ("nks", "me", "cha")}


def layout(name: str) -> tuple[str, str, list[str]]:
    """Return register, sheet and columns of a layout of rules/synthetic/layouts.toml."""
    table = load_rules("synthetic/layouts.toml")[name]
    return table["register"], table["sheet"], table["columns"].split()


def truth_links(world: World, placed: pl.DataFrame, population: pl.DataFrame, register: str) -> pl.DataFrame:
    """Return one row per mention: where it stands, whom it means, and why nobody is there if so."""
    people = world.persons.select("pid", "alive", "died", "born", "resident")
    known = population.select("pid", pl.col("soDinhDanh").alias("resident_id"), "population_row")
    parts = []
    for role in ROLES[register]:
        part = placed.select(
            "source_file",
            "source_row",
            pl.lit(register).alias("register"),
            pl.lit(role).alias("role"),
            pl.col(role).alias("pid"),
        )
        part = part.join(people, on="pid", how="left", maintain_order="left").join(
            known, on="pid", how="left", maintain_order="left"
        )
        parts.append(
            part.with_columns(
                pl.when(pl.col("population_row").is_not_null())
                .then(None)
                .when(pl.col("born") > world.extract)
                .then(pl.lit("born_after"))
                .when(pl.col("died") <= world.extract)
                .then(pl.lit("died"))
                .otherwise(pl.lit("moved"))
                .alias("why_absent"),
                pl.lit([], dtype=pl.List(pl.String)).alias("errors"),
            ).drop("alive", "died", "born", "resident")
        )
    return pl.concat(parts)


def assemble(
    residents: int, mix: str, seed: int, *, area: str, communes: int | None, extract_day: date, format: str
) -> Synthetic:
    """Make everything; see ``reconcile.synthetic.make``."""
    dice = Dice(seed)
    world = build(seed, residents, units.load(area, communes), extract_day)
    population = extract.residents(dice, world)
    events = births.number_books(births.birth_events(dice, world))
    table = rows.birth_rows(world, events).sort("unit", "registered", "so", "nks")
    table = table.with_columns(pl.lit(world.extract, dtype=pl.Int32).alias("today"))
    table = world.units.at(table, "unit", "today", "keeper").drop("keeper")
    table = table.with_columns(
        pl.concat_str(
            pl.lit("civil/"),
            "keeper_code",
            pl.lit("/KS."),
            pl.lit(pl.Series(world.units.codes)).gather(pl.col("unit")),
            pl.lit("." + format),
        ).alias("source_file")
    )
    table = table.with_columns(
        (pl.int_range(pl.len(), dtype=pl.UInt32).over("source_file") + 2).alias("source_row")
    )
    _, _, columns = layout("ks_v2")
    files = {}
    for (name,), part in table.group_by("source_file", maintain_order=True):
        part = part.with_columns((pl.col("source_row") - 1).cast(pl.String).alias("STT"))
        files[str(name)] = part.select(
            pl.col(c) if c in part.columns else pl.lit(None, dtype=pl.String).alias(c) for c in columns
        )
    links = truth_links(world, table, population, "KS").sort("source_file", "source_row", "role")
    return Synthetic(
        population.select(
            c if c in population.columns else pl.lit(None, dtype=pl.String).alias(c) for c in extract.COLUMNS
        ),
        files,
        links.drop("pid"),
        pl.DataFrame(schema=DISCREPANCY),
    )
