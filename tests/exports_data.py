"""Decisions, records and pages for the tests of exports. No person in them is real."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import polars as pl

from reconcile.exports.corrections import DECISIONS


def decisions(*rows: dict[str, Any]) -> pl.DataFrame:
    """Return decisions; what a row does not say is null, ids are made up."""
    filled = [
        {
            "decision_id": f"1.{n}",
            "case_id": f"c{n}",
            "kind": "discrepancy",
            "decided_at": "2026-11-20T08:00:00",
        }
        | row
        for n, row in enumerate(rows, start=1)
    ]
    frame = pl.DataFrame(filled or None, infer_schema_length=None)
    return frame.select(
        (pl.col(name) if name in frame.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in DECISIONS.items()
        if name != "case_commune"
    )


def decided(discrepancies: pl.DataFrame, conclusion: str) -> pl.DataFrame:
    """Return one decision per discrepancy, each with this conclusion and no value of its own."""
    columns = ["record_id", "role", "resident_id", "field", "code", "civil_value", "population_value"]
    return decisions(
        *[
            {**row, "case_id": row.pop("discrepancy_id"), "conclusion": conclusion}
            for row in discrepancies.select("discrepancy_id", *columns).iter_rows(named=True)
        ]
    )


def sheet(path: Path) -> tuple[str, list[dict[str, Any]]]:
    """Return the name of a workbook's first sheet and its rows by header, as a spreadsheet program reads them."""
    page = openpyxl.load_workbook(path).worksheets[0]
    header, *rows = page.iter_rows()
    names = [c.value for c in header]
    return page.title, [{n: c.value for n, c in zip(names, row, strict=True)} for row in rows]


def header(path: Path) -> list[str]:
    """Return the header cells of a workbook's first sheet."""
    return [c.value for c in next(openpyxl.load_workbook(path).worksheets[0].iter_rows())]


def pdf(text: str = "") -> bytes:
    """Return the smallest PDF with one empty page, told apart by ``text``."""
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>",
    ]
    made = b"%PDF-1.4\n%" + text.encode() + b"\n"
    offsets = []
    for number, part in enumerate(parts, start=1):
        offsets.append(len(made))
        made += f"{number} 0 obj\n".encode() + part + b"\nendobj\n"
    start = len(made)
    made += b"xref\n0 4\n0000000000 65535 f \n" + b"".join(f"{o:010d} 00000 n \n".encode() for o in offsets)
    return made + b"trailer\n<< /Size 4 /Root 1 0 R >>\nstartxref\n" + str(start).encode() + b"\n%%EOF\n"
