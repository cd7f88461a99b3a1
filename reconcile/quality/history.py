"""Measures kept over time: one Parquet file per day, small enough to keep for years, whatever runs are removed."""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from reconcile.protection.files import read_table, scan_table, write_table
from reconcile.quality.tables import KEYS, MEASURES, measures_frame

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = "measures"
"""Folder of the measures below the runs of a workspace."""

LEDGER_DIMENSIONS = ("accuracy", "timeliness", "decisions", "approval")
"""What is measured from the ledger; the rest comes from runs. Each is replaced without touching the other."""


def keep(folder: Path, measures: pl.DataFrame) -> None:
    """Write measures into ``folder``, one file per day; a commune measured again on a day replaces that day's rows.

    Runs and the ledger are measured apart, so only rows of the same kind (``LEDGER_DIMENSIONS`` or not) are
    replaced. A file appears whole.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for (day,), new in measures.group_by("day", maintain_order=True):
        file = folder / f"{day:%Y-%m-%d}.parquet"
        fresh = measures_frame(new)
        if file.exists():
            kind = pl.col("dimension").is_in(LEDGER_DIMENSIONS).alias("of_ledger")
            replaced = fresh.select("commune", kind).unique()
            old = read_table(file).with_columns(kind)
            fresh = measures_frame(
                pl.concat(
                    [old.join(replaced, on=["commune", "of_ledger"], how="anti").drop("of_ledger"), fresh]
                )
            )
        partial = file.with_suffix(f".partial-{os.getpid()}")
        write_table(fresh, partial)
        partial.chmod(0o600)
        partial.replace(file)


def days_kept(folder: Path) -> list[dt.date]:
    """Return the days that have measures, in order."""
    if not folder.is_dir():
        return []
    return sorted(dt.date.fromisoformat(file.stem) for file in folder.glob("????-??-??.parquet"))


@dataclass(frozen=True, slots=True)
class History:
    """What was measured until a day.

    ``now``: each commune's latest measures; ``trend``: measure_id, dimension, commune, rule, day, numerator,
    denominator, forward-filled so that every day shows every commune's latest state; ``days`` in order.
    """

    day: dt.date
    days: list[dt.date]
    now: pl.DataFrame
    trend: pl.DataFrame

    def at(self, day: dt.date) -> dt.date | None:
        """Return the last measured day that is not after ``day``."""
        before = [d for d in self.days if d <= day]
        return before[-1] if before else None


TREND_RULES = ("decisions", "age", "state")
"""Counts whose rule tells what is counted; for all other measures the trend keeps the sum over the rules."""

TREND_LEFT_OUT = (
    "field_filled",
    "field_agrees",
    "rule_passed",
    "books",
    "decided_in_week",
    "conclusions",
    "cause_groups",
    "book_state",
)
"""Measures of which only today's values are shown."""


def history(folder: Path, *, until: dt.date | None = None, nights: int = 60) -> History | None:
    """Read the measures of the last ``nights`` measured days until ``until``; None where there are none."""
    days = [d for d in days_kept(folder) if until is None or d <= until]
    if not days:
        return None
    shown = days[-nights:]
    daily = {day: folder / f"{day:%Y-%m-%d}.parquet" for day in shown}
    return History(shown[-1], shown, _latest(daily), _trend(daily))


def of_frames(frames: pl.DataFrame, *, nights: int = 60) -> History:
    """Return the history of measures that are already in memory."""
    days = sorted(frames["day"].unique().to_list())[-nights:]
    return History(days[-1], days, _last_of(frames), _fill(_rolled(frames.lazy()).collect(), days))


def _of_ledger() -> pl.Expr:
    return pl.col("dimension").is_in(LEDGER_DIMENSIONS)


def _last_of(frame: pl.DataFrame) -> pl.DataFrame:
    latest = pl.col("day") == pl.col("day").max().over("commune", _of_ledger())
    return measures_frame(frame.filter(latest))


def _latest(daily: dict[dt.date, Path]) -> pl.DataFrame:
    """Each commune's rows of the last day on which it was measured, going back only as far as needed."""
    kept: list[pl.DataFrame] = []
    seen = pl.DataFrame(schema={"commune": pl.String, "of_ledger": pl.Boolean})
    for day in sorted(daily, reverse=True):
        pairs = scan_table(daily[day]).select("commune", _of_ledger().alias("of_ledger")).unique().collect()
        new = pairs.join(seen, on=["commune", "of_ledger"], how="anti")
        if new.height:
            frame = read_table(daily[day]).with_columns(_of_ledger().alias("of_ledger"))
            kept.append(frame.join(new, on=["commune", "of_ledger"], how="semi").drop("of_ledger"))
            seen = pl.concat([seen, new])
    return measures_frame(pl.concat(kept)) if kept else MEASURES.empty()


def _rolled(frame: pl.LazyFrame) -> pl.LazyFrame:
    rule = pl.when(pl.col("measure_id").is_in(TREND_RULES)).then("rule").otherwise(pl.lit("")).alias("rule")
    return (
        frame.filter(~pl.col("measure_id").is_in(TREND_LEFT_OUT))
        .group_by("measure_id", "dimension", "commune", rule, "day")
        .agg(pl.col("numerator").sum(), pl.col("denominator").sum())
    )


def _trend(daily: dict[dt.date, Path]) -> pl.DataFrame:
    wanted = ["measure_id", "dimension", "commune", "rule", "day", "numerator", "denominator"]
    rolled = [_rolled(scan_table(file).select(wanted)) for file in daily.values()]
    return _fill(pl.concat(pl.collect_all(rolled)), sorted(daily))


def _fill(rolled: pl.DataFrame, days: list[dt.date]) -> pl.DataFrame:
    """Carry each commune's last measurement forward over the days on which it was not measured.

    A count that a measured commune no longer has is 0 on that day, not its old value.
    """
    measured = rolled.select("commune", "day", _of_ledger().alias("of_ledger")).unique()
    grid = (
        measured.select("commune", "of_ledger")
        .unique()
        .join(pl.DataFrame({"day": days}, schema={"day": pl.Date}), how="cross")
        .sort("day")
    )
    source = measured.with_columns(pl.col("day").alias("measured_on")).sort("day")
    grid = grid.join_asof(
        source, on="day", by=["commune", "of_ledger"], strategy="backward", check_sortedness=False
    )
    keys = ["measure_id", "dimension", "commune", "rule"]
    rows = rolled.with_columns(_of_ledger().alias("of_ledger")).rename({"day": "measured_on"})
    filled = grid.drop_nulls("measured_on").join(rows, on=["commune", "of_ledger", "measured_on"])
    return filled.select(*keys, "day", "numerator", "denominator").sort(*keys, "day")


def summed(frame: pl.DataFrame, *by: str) -> pl.DataFrame:
    """Return numerators and denominators added up by ``by``, in their order."""
    return frame.group_by(*by).agg(pl.col("numerator").sum(), pl.col("denominator").sum()).sort(*by)


__all__ = ["FOLDER", "KEYS", "History", "days_kept", "history", "keep", "of_frames", "summed"]
