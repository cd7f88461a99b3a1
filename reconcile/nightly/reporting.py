"""The report of one unit: its links after competition with the others, what differs, the workbook."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from reconcile.compare import discrepancies_with_causes, residents_without_birth, validate
from reconcile.compare.doubles import IN_DOUBT
from reconcile.ledger import cases_of, standing
from reconcile.ledger.runs import CASES_FILE
from reconcile.nightly.keys import KEPT, entry, write_json
from reconcile.nightly.masking import mask
from reconcile.nightly.population import births_of, in_doubt, places_of, residents_of
from reconcile.protection.files import read_table, write_table
from reconcile.publishing import MANIFEST, file_sha256
from reconcile.quality.decided import resolved
from reconcile.quality.stage import measures_of, scanned_records
from reconcile.report.layout import UNKNOWN_COMMUNE
from reconcile.report.summary import counts
from reconcile.report.tables import ReportTables
from reconcile.report.workbook import write_workbooks
from reconcile.schema import (
    CANDIDATES,
    DISCREPANCIES,
    LINKS,
    NORMALIZED_MENTIONS,
    RECORDS,
    REJECTED,
    VALIDATION,
)

OUTPUTS = ("links", "candidates", "discrepancies", "rejected", "validation")
"""Parquet tables of a report, as ``reconcile run`` writes them."""

_LINK = ("record_id", "role", "source_file", "source_row")


def report_unit(task: dict[str, Any]) -> dict[str, Any]:
    """Compare the linked mentions of ``task['unit']`` and write its report into the cache entry ``task['out']``."""
    day = dt.date.fromisoformat(task["as_of"])
    linked = Path(task["linked"])
    own = {
        name: read_table(linked / f"{name}.parquet")
        for name in ("records", "mentions", "links", "candidates", "duplicates", "rejected")
    }
    known = read_table(Path(task["crossing"]) / "foreign.parquet")
    changed = read_table(Path(task["crossing"]) / "changed.parquet")
    links, candidates = _after_competition(own["links"], own["candidates"], changed)
    codes = task["births"]
    residents = _concerned(Path(task["population"]), [links, candidates, known], codes, task["doubted"])
    theirs = _their_tables(known)
    all_links = pl.concat([LINKS.conform(links), theirs["links"]])
    found, causes = discrepancies_with_causes(
        all_links,
        pl.concat([NORMALIZED_MENTIONS.conform(own["mentions"]), theirs["mentions"]]),
        residents,
        pl.concat([RECORDS.conform(own["records"]), theirs["records"]]),
        as_of=day,
    )
    ours = pl.col("record_id").is_in(own["records"]["record_id"].unique().implode())
    missing = (pl.col("code") == "NO_BIRTH_RECORD") & pl.col("commune_code").is_in(codes)
    doubted = pl.col("code").is_in(IN_DOUBT) & pl.col("population_row").is_in(task["doubted"])
    without = pl.col("record_id").is_null() & (missing | doubted)
    found = found.filter(ours.fill_null(value=False) | without.fill_null(value=False))
    causes = causes.join(
        found.select("systematic").unique(), on="systematic", how="semi", maintain_order="left"
    )
    births = residents_without_birth(all_links, residents, own["records"])
    births = births.filter(pl.col("birth_registration_unit").is_in(codes))
    rejected = pl.concat([read_table(task["rejected"]), REJECTED.conform(own["rejected"])])
    rejected = rejected.sort(
        "source_file", "source_sheet", "source_row", "code", "column", maintain_order=True
    )
    checked = validate(own["records"], own["mentions"], as_of=day)
    faults = VALIDATION.conform(checked.rename({"rule": "rule_id"}))
    tables = ReportTables(
        records=own["records"],
        mentions=own["mentions"],
        residents=residents,
        links=links,
        candidates=candidates,
        discrepancies=found,
        rejected=rejected,
        residents_without_birth=births,
        duplicates=own["duplicates"],
        systematic=causes,
        validation=faults,
    )
    unit = None if task["unit"] == UNKNOWN_COMMUNE else task["unit"]
    kept = _kept_by(tables, unit)
    cases = cases_of(kept)
    decided = read_table(task["decisions"])
    if not decided.is_empty():
        kept = replace(kept, standing=standing(cases, decided))
    with entry(Path(task["out"])) as folder:
        write_table(LINKS.conform(links), folder / "links.parquet", **KEPT)
        write_table(CANDIDATES.conform(candidates), folder / "candidates.parquet", **KEPT)
        write_table(DISCREPANCIES.conform(found), folder / "discrepancies.parquet", **KEPT)
        write_table(rejected, folder / "rejected.parquet", **KEPT)
        write_table(faults, folder / "validation.parquet", **KEPT)
        summary = counts(own["records"], links, found, rejected, faults)
        write_table(cases, folder / CASES_FILE, **KEPT)
        scans = Path(task["scans"]) if task.get("scans") else None
        measures = measures_of(
            tables,
            run_id=task["run_id"],
            day=day,
            commune=unit or "",
            scanned=scanned_records(own["records"], scans),
            settled=resolved(decided),
            checked=checked,
        )
        write_table(measures, folder / "measures.parquet", **KEPT)
        books = (
            _workbooks(folder, mask(kept) if task["mask"] else kept, task, day) if task["workbooks"] else []
        )
        written = {path.name: file_sha256(path) for path in books}
        told = {"key": task["key"], "run_id": task["run_id"], "as_of": day.isoformat(), "commune_code": unit}
        write_json(folder / MANIFEST, summary | told | {"outputs": written})
    return {
        "records": summary["records"]["total"],
        "tiers": summary["mentions"]["by_tier"],
        "discrepancies": summary["discrepancies"]["total"],
        "rejected": summary["rejected"]["rows"] + summary["rejected"]["files"],
    }


def _kept_by(tables: ReportTables, code: str | None) -> ReportTables:
    """Return the tables as those of one unit, which keeps the books of every commune in them."""
    unit = pl.lit(code, pl.String).alias("commune_code")
    births = tables.residents_without_birth
    assert births is not None
    return replace(
        tables,
        records=tables.records.with_columns(unit),
        discrepancies=tables.discrepancies.with_columns(unit),
        rejected=tables.rejected.with_columns(unit),
        residents_without_birth=births.with_columns(unit),
        validation=tables.validation.with_columns(unit),
    )


def _workbooks(folder: Path, kept: ReportTables, task: dict[str, Any], day: dt.date) -> list[Path]:
    """Write the workbooks of a unit."""
    scans = Path(task["scans"]) if task.get("scans") else None
    return write_workbooks(
        folder,
        kept,
        run_id=task["run_id"],
        as_of=day,
        scans=scans,
        max_rows=task["workbook_rows"],
        seen_from=Path(task["published"]),
    )


def _after_competition(
    links: pl.DataFrame, candidates: pl.DataFrame, changed: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return links and candidates with what competition between communes changed."""
    news = changed.select(*_LINK, new_tier="tier", new_probability="probability")
    links = links.join(news, on=list(_LINK), how="left", maintain_order="left")
    lost = pl.col("new_tier") == "none"
    demoted = links.filter((pl.col("new_tier") == "review") & (pl.col("tier") == "match"))
    gone = links.filter(lost).select(_LINK)
    links = links.with_columns(
        tier=pl.coalesce("new_tier", "tier"),
        probability=pl.when(lost).then(0.0).otherwise(pl.coalesce("new_probability", "probability")),
        **{
            name: pl.when(lost).then(None).otherwise(pl.col(name))
            for name in ("resident_id", "population_row", "match_pass", "match_weight")
        },
    ).drop("new_tier", "new_probability")
    asked = CANDIDATES.conform(demoted.with_columns(rank=pl.lit(1), probability="new_probability")).select(
        CANDIDATES.names
    )
    kept = candidates.join(gone, on=list(_LINK), how="anti", maintain_order="left")
    return links, pl.concat([kept, asked], how="diagonal")


def _concerned(
    population: Path, told: list[pl.DataFrame], codes: list[str], doubted: list[int]
) -> pl.DataFrame:
    """Return the residents that this unit's report speaks of: linked, considered, to be found in its books, in doubt.

    Also who shares a number with one of them or seems to be the same person: that row may live in any commune.
    """
    rows = [frame["population_row"].drop_nulls() for frame in (*told, births_of(population, codes))]
    asked = pl.concat([*rows, pl.Series("population_row", doubted, dtype=pl.UInt32)]).unique()
    others = in_doubt(population).filter(pl.col("population_row").is_in(asked.implode()))["other_row"]
    everyone = pl.concat([asked, others.alias("population_row")]).unique()
    return residents_of(population)[places_of(population, everyone).sort()]


def _their_tables(known: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Return foreign claims as rows of links, mentions and records. They only bear on what is found here."""
    return {
        "links": LINKS.conform(known).select(LINKS.names),
        "mentions": NORMALIZED_MENTIONS.conform(known).select(NORMALIZED_MENTIONS.names),
        "records": RECORDS.conform(known)
        .select(RECORDS.names)
        .unique(["record_id", "source_file", "source_row"], keep="first", maintain_order=True),
    }
