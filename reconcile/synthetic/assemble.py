"""Put the parts together: people, the extract, events, rows, mistakes, files, truth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from reconcile.rules import load_rules
from reconcile.synthetic import Synthetic, events, extract, rows, truth, truth_lives, units
from reconcile.synthetic.clerks import Clerks
from reconcile.synthetic.dice import Dice
from reconcile.synthetic.mixes import load_mix
from reconcile.synthetic.people import year_of
from reconcile.synthetic.world import build

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from reconcile.synthetic.mixes import Mix
    from reconcile.synthetic.world import World


def layout(name: str) -> tuple[str, str, list[str]]:
    """Return register, sheet and columns of a layout of rules/templates/hotich158.toml."""
    table = load_rules("templates/hotich158.toml")[name]
    return table["register"], table["sheet"], table["columns"].split()


def in_layout(frame: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    """Return ``frame`` with exactly these columns; absent ones empty."""
    return frame.select(
        pl.col(c) if c in frame.columns else pl.lit(None, dtype=pl.String).alias(c) for c in columns
    )


def _placed(
    dice: Dice, world: World, mix: Mix, frame: pl.DataFrame, register: str, ending: str
) -> pl.DataFrame:
    """Add layout, source_file (relative to ``civil/``) and source_row (first record = 2)."""
    frame = frame.with_columns(pl.lit(world.extract, dtype=pl.Int32).alias("today"))
    frame = world.units.at(frame, "unit", "today", "keeper")
    year, last = pl.col("book_year"), year_of(world.extract)
    if register == "KS":
        period = (
            pl.when(year < 2006)
            .then(pl.lit("1952-2005"))
            .when(year < 2016)
            .then(pl.lit("2006-2015"))
            .otherwise(pl.lit(f"2016-{last}"))
        )
        old = (year < 2006) | (
            (year < 2016) & (dice.u("layout", pl.col("unit").cast(pl.UInt32)) < mix.rates["old_books_v1"])
        )
        kind = pl.when(old).then(pl.lit("ks_v1")).otherwise(pl.lit("ks_v2"))
    else:
        period, kind = pl.lit(f"1952-{last}"), pl.lit(register.lower())
    if ending == "mixed":  # as a commune keeps them: workbooks, and what another office exported
        tail = pl.lit("csv" if register in ("KH", "CMC") else "xlsx")
    else:
        tail = pl.lit(ending)
    codes = pl.lit(pl.Series(world.units.codes))
    name = pl.concat_str(
        "keeper_code",
        pl.lit(f"/{register}."),
        codes.gather("unit"),
        pl.lit("."),
        period,
        pl.lit("."),
        tail,
    )
    frame = frame.with_columns(name.alias("source_file"), kind.alias("layout"))
    return (
        frame.sort("source_file", "row")
        .with_columns((pl.int_range(pl.len(), dtype=pl.UInt32).over("source_file") + 2).alias("source_row"))
        .drop("today", "keeper", "keeper_code")
    )


def assemble(
    residents: int,
    mix_name: str,
    seed: int,
    *,
    area: str,
    communes: int | None,
    extract_day: date,
    format: str,  # noqa: A002
    years: tuple[int, int] | None = None,
) -> Synthetic:
    """Make everything; see ``reconcile.synthetic.make``."""
    dice, mix = Dice(seed), load_mix(mix_name)
    world = build(seed, residents, units.load(area, communes, extract_day), extract_day, mix.rates)
    people = extract.population(dice, world, mix)
    born = events.births(dice, world, mix)
    recognised = events.recognitions(dice, world, born)
    fatherless = recognised["nc"]
    makers: dict[str, Callable[[], pl.DataFrame]] = {
        "KS": lambda: rows.birth_rows(dice, world, events.in_books(born), fatherless, mix),
        "KH": lambda: rows.marriage_rows(dice, world, events.in_books(events.marriages(dice, world))),
        "KT": lambda: rows.death_rows(dice, world, events.in_books(events.deaths(dice, world, mix)), mix),
        "CMC": lambda: rows.recognition_rows(dice, world, events.in_books(recognised)),
        "HN": lambda: rows.certificate_rows(dice, world, events.in_books(events.certificates(dice, world))),
    }
    clerks = Clerks(dice, world, people, mix)
    files: dict[str, pl.DataFrame] = {}
    links, discrepancies = [], []
    children, dead = pl.DataFrame(), pl.DataFrame()
    for register, make_rows in makers.items():
        made = make_rows()
        if years is not None:
            made = made.filter(pl.col("book_year").is_between(*years))
        frame = _placed(dice, world, mix, made, register, format)
        if register == "KS":  # the older template has no column for the numbers
            numbers = ("nksSoDinhDanh", "meSoDinhDanhCaNhan", "chaSoDinhDanhCaNhan")
            frame = frame.with_columns(pl.when(pl.col("layout") == "ks_v2").then(c).alias(c) for c in numbers)
        written, mistakes = clerks.write(frame, register)
        known = truth.true_links(world, people, written, mistakes, register)
        links.append(known.drop("pid", "row"))
        discrepancies.append(truth.true_discrepancies(people, written, mistakes, known, register))
        if register == "KS":
            discrepancies.append(truth.without_birth_record(world, people, written))
            children = known
        if register == "KT":
            dead = written
        for (name, kind), part in written.group_by("source_file", "layout", maintain_order=True):
            numbered = part.with_columns((pl.col("source_row") - 1).cast(pl.String).alias("STT"))
            files[str(name)] = in_layout(numbered, layout(str(kind))[2])
    discrepancies.append(truth.without_death_record(people, children, dead))
    discrepancies.append(truth.of_residents(truth_lives.doubled_rows(people)))
    order = ["source_file", "source_row", "role"]
    return Synthetic(
        in_layout(people.frame, extract.COLUMNS),
        dict(sorted(files.items())),
        pl.concat(links).sort(order),
        pl.concat(discrepancies).sort([*order, "field", "code", "population_row"]),
    )
