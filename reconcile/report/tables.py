"""What a report is made from: the tables of one run, handed over together."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from reconcile.schema import (
    CANDIDATES,
    DISCREPANCIES,
    LINKS,
    NORMALIZED_MENTIONS,
    NORMALIZED_RESIDENTS,
    RECORDS,
    REJECTED,
    VALIDATION,
)

WITHOUT_BIRTH_COLUMNS = ("resident_id", "commune_code")
DUPLICATE_COLUMNS = ("record_id", "other_record_id", "reason")
SYSTEMATIC_COLUMNS = ("systematic", "message", "decision")
STANDING_COLUMNS = ("case_id", "standing", "remark")


@dataclass(frozen=True, slots=True)
class ReportTables:
    """The frames of one run, all as ``schema.py`` declares them.

    ``residents_without_birth``: one row per resident for whom no birth record was found, with
    ``resident_id`` and, where known, ``commune_code`` (the commune that must look) and ``message``.
    ``duplicates``: one row per suspected pair of records: ``record_id``, ``other_record_id``, ``reason``.
    ``systematic``: one row per group of discrepancies with one cause: ``systematic`` (its id), ``message`` (one
    Vietnamese sentence), ``decision`` (one sentence, what is proposed for all of them); see
    ``compare.discrepancies_with_causes``. ``standing``: one row per question that somebody decided before: ``case_id``
    (the row's hidden id), ``standing`` (``settled`` is not asked again; ``pending`` and ``reopened`` are, with
    ``remark``, one Vietnamese sentence); see ``ledger.standing``. The last four may be absent.
    """

    records: pl.DataFrame
    mentions: pl.DataFrame
    residents: pl.DataFrame
    links: pl.DataFrame
    candidates: pl.DataFrame
    discrepancies: pl.DataFrame
    rejected: pl.DataFrame = field(default_factory=REJECTED.empty)
    residents_without_birth: pl.DataFrame | None = None
    duplicates: pl.DataFrame | None = None
    systematic: pl.DataFrame | None = None
    standing: pl.DataFrame | None = None
    validation: pl.DataFrame = field(default_factory=VALIDATION.empty)

    def conformed(self) -> ReportTables:
        """Return the same tables with every column of the schema present, absent ones null."""
        return ReportTables(
            records=RECORDS.conform(self.records),
            mentions=NORMALIZED_MENTIONS.conform(self.mentions),
            residents=NORMALIZED_RESIDENTS.conform(self.residents),
            links=LINKS.conform(self.links),
            candidates=CANDIDATES.conform(self.candidates),
            discrepancies=DISCREPANCIES.conform(self.discrepancies),
            rejected=REJECTED.conform(self.rejected),
            residents_without_birth=_with_columns(self.residents_without_birth, WITHOUT_BIRTH_COLUMNS),
            duplicates=_with_columns(self.duplicates, DUPLICATE_COLUMNS),
            systematic=_with_columns(self.systematic, SYSTEMATIC_COLUMNS),
            standing=_with_columns(self.standing, STANDING_COLUMNS),
            validation=VALIDATION.conform(self.validation),
        )


def _with_columns(frame: pl.DataFrame | None, names: tuple[str, ...]) -> pl.DataFrame:
    """Return ``frame`` with at least ``names``; none or an empty one becomes text columns."""
    if frame is None or frame.is_empty():
        return pl.DataFrame(schema=dict.fromkeys(names, pl.String))
    missing = [pl.lit(None, dtype=pl.String).alias(n) for n in names if n not in frame.columns]
    return frame.with_columns(missing) if missing else frame
