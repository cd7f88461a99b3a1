"""The stage that measures one run: the tables a run holds in memory → measures. Pure: no file, no clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from reconcile.compare.validation import load, validate
from reconcile.quality.measures import measure_run
from reconcile.quality.tables import RunFrames
from reconcile.report.responsible import by_keeper
from reconcile.report.scans import Scans

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from reconcile.report.tables import ReportTables


def measures_of(
    tables: ReportTables,
    *,
    run_id: str,
    day: dt.date,
    commune: str | None = None,
    scanned: pl.Series | None = None,
    settled: pl.Series | None = None,
    checked: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Return the measures frame (``tables.MEASURES``) of one run, rules of validation included.

    Records count for the commune that keeps their book on ``day``, or for ``commune`` if given. ``scanned``:
    record_ids with a scan, None = scans are not kept. ``settled``: discrepancy_ids decided for good.
    Rules that only tell (``info``) are left out. ``checked``: what ``validate`` found already with all rules.
    """
    rules = {key: rule for key, rule in load().items() if rule.severity != "info"}
    kept = by_keeper(tables, day)
    if checked is None:
        findings = validate(tables.records, tables.mentions, rules=rules, as_of=day)
    else:
        findings = checked.filter(pl.col("rule").is_in(list(rules)))
    frames = RunFrames(
        links=tables.links,
        discrepancies=tables.discrepancies,
        rejected=kept.rejected,
        records=kept.records,
        mentions=tables.mentions,
        findings=findings,
        rules=tuple(rules),
        scanned=scanned,
    )
    return measure_run(frames, run_id=run_id, day=day, commune=commune, settled=settled)


def scanned_records(records: pl.DataFrame, scans: Path | None) -> pl.Series | None:
    """Return the record_ids that have a scan in the folder ``scans``; None where no scans are kept."""
    if scans is None:
        return None
    found = Scans(scans, scans)
    rows = records.select("record_id", "register", "book_year", "book", "number", "registered_earliest")
    ids = [row[0] for row in rows.iter_rows() if found.link(*row[1:]) is not None]
    return pl.Series("record_id", ids, dtype=pl.String)
