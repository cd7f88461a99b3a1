"""How often a kind of difference is usual at the time of a group's records: old books have more default dates than new ones.

A book of the sixties beside all books looks as if it had a cause of its own where the sixties as a whole have it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from reconcile.compare.systematic_counts import CELL, POPULATION

if TYPE_CHECKING:
    from reconcile.compare.systematic_counts import SharedPlaces

WEIGHT = 100
"""Records of a register's decade that count as much as all the rest of the register: with fewer the rest tells the rate."""

_TIME = ["cause", "register", "era"]


def with_rates_of_their_time(
    chosen: pl.DataFrame, shared: SharedPlaces, kinds: pl.DataFrame, exposed: pl.DataFrame
) -> pl.DataFrame:
    """Raise ``base_rate`` of groups to what is usual in their decades, where that is more.

    ``chosen``: cells with register and base_rate; ``kinds``, ``exposed``: rows cause and record. Hits that one of the
    groups explains do not count as usual.
    """
    cells = chosen.select(*CELL, "register", "base_rate").unique(maintain_order=True)
    counted = _within(cells, shared, exposed).group_by(*CELL, "register", "era").agg(own=pl.len())
    explained = shared.members(kinds, chosen.select(CELL).unique()).select("cause", "record").unique()
    narrow = exposed["cause"].unique().implode()
    everything = _by_time(_all_records(shared), shared).group_by("register", "era").agg(everything=pl.len())
    of_exposed = _by_time(exposed, shared).group_by(_TIME).agg(narrow=pl.len())
    hits = _by_time(kinds, shared).group_by(_TIME).agg(hits=pl.len())
    known = _by_time(explained, shared).group_by(_TIME).agg(known=pl.len())
    rates = (
        cells.join(counted, on=[*CELL, "register"], how="inner")
        .join(everything, on=["register", "era"], how="left")
        .join(of_exposed, on=_TIME, how="left")
        .join(hits, on=_TIME, how="left")
        .join(known, on=_TIME, how="left")
        .with_columns(pl.col("narrow", "hits", "known").fill_null(0).cast(pl.Int64))
        .with_columns(
            all=pl.when(pl.col("cause").is_in(narrow)).then("narrow").otherwise("everything")
            - pl.col("known"),
            usual=pl.col("hits") - pl.col("known"),
        )
        .with_columns(rate=(pl.col("usual") + WEIGHT * pl.col("base_rate")) / (pl.col("all") + WEIGHT))
        .group_by(*CELL, "register")
        .agg(of_time=(pl.col("rate") * pl.col("own")).sum() / pl.col("own").sum())
    )
    return (
        chosen.join(rates, on=[*CELL, "register"], how="left", maintain_order="left")
        .with_columns(base_rate=pl.max_horizontal("base_rate", "of_time"))
        .drop("of_time")
    )


def _all_records(shared: SharedPlaces) -> pl.DataFrame:
    return shared.record_ids.select("record")


def _by_time(rows: pl.DataFrame, shared: SharedPlaces) -> pl.DataFrame:
    """Add register and era to rows with ``record``, once for the register and once for all registers together."""
    own = rows.with_columns(
        register=shared.registers.gather(rows["record"]), era=shared.eras.gather(rows["record"])
    ).drop("record")
    own = own.drop_nulls("era")
    return pl.concat([own, own.with_columns(register=pl.lit(POPULATION))])


def _within(cells: pl.DataFrame, shared: SharedPlaces, exposed: pl.DataFrame) -> pl.DataFrame:
    """Return cell and era of each record that was compared in one of ``cells``."""
    narrow = pl.col("cause").is_in(exposed["cause"].unique().implode())
    found = [shared.members(exposed, cells.filter(narrow))]
    for name, labels in shared.labels.items():
        known = cells.filter((pl.col("group") == name) & ~narrow)
        numbered = labels.alias("where").to_frame().with_row_index("place")
        known = known.join(numbered, on="where", how="inner")
        records = _all_records(shared).with_columns(place=shared.numbers[name])
        records = records.filter(pl.col("place").is_in(known["place"].unique().implode()))
        found.append(records.join(known, on="place", how="inner").drop("place"))
    rows = pl.concat([part.select(*CELL, "register", "record") for part in found])
    return rows.with_columns(era=shared.eras.gather(rows["record"])).drop_nulls("era")
