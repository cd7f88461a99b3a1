"""Counts of one run: for ``summary.json`` and for the terminal."""

from __future__ import annotations

from typing import Any

import polars as pl

from reconcile.counting import counted
from reconcile.problems import Problem
from reconcile.schema import VALIDATION

TIERS = ("match", "review", "none")


def counts(
    records: pl.DataFrame,
    links: pl.DataFrame,
    discrepancies: pl.DataFrame,
    rejected: pl.DataFrame,
    validation: pl.DataFrame | None = None,
) -> dict[str, Any]:
    """Return the counts of ``summary.json``: by register, tier, code, what was rejected and what broke a rule.

    ``rejected.rows``/``rejected.files`` count what was not used; ``doubts`` count cells left out of rows that
    were used; ``problems`` says place, reason and advice of what was not used, ``cells`` the same of the first
    cell of each kind and file. Neither holds a value.
    """
    faults = VALIDATION.empty() if validation is None else validation
    lost = rejected.filter(pl.col("fatal").fill_null(value=True))
    rows = lost.filter(pl.col("source_row").is_not_null())
    files = lost.filter(pl.col("source_row").is_null())
    return {
        "records": {"total": records.height, "by_register": _by(records, "register")},
        "mentions": {
            "total": links.height,
            "by_tier": {tier: links.filter(pl.col("tier") == tier).height for tier in TIERS},
            "by_register": _by(links, "register"),
            "by_role": _nested(links, "role", "tier"),
        },
        "discrepancies": {
            "total": discrepancies.height,
            "by_code": _by(discrepancies, "code"),
            "by_severity": _by(discrepancies, "severity"),
            "by_owner": _by(discrepancies, "owner"),
            "by_register": _by(discrepancies, "register"),
            "systematic_groups": discrepancies["systematic"].drop_nulls().n_unique(),
            "hours_by_owner": _hours(discrepancies),
        },
        "rejected": {
            "rows": rows.select("source_file", "source_sheet", "source_row").n_unique() if rows.height else 0,
            "files": files["source_file"].n_unique(),
            "doubts": rejected.height - lost.height,
            "by_code": _by(rejected, "code"),
            "problems": _problems(lost),
            "cells": _cells(rejected.filter(~pl.col("fatal").fill_null(value=True))),
        },
        "validation": {
            "total": faults.height,
            "by_rule": _by(faults, "rule_id"),
            "by_severity": _by(faults, "severity"),
        },
    }


def _hours(discrepancies: pl.DataFrame) -> dict[str, float]:
    """Return owner → hours of one clerk for what asks for a decision, by the catalogue's minutes; empty without these."""
    if "minutes" not in discrepancies.columns:
        return {}
    asked = discrepancies.filter(pl.col("severity") != "info")
    summed = asked.group_by("owner").agg(pl.col("minutes").sum() / 60).sort("owner")
    return {str(owner): round(hours, 1) for owner, hours in summed.iter_rows()}


def _by(frame: pl.DataFrame, column: str) -> dict[str, int]:
    """Return value → count, in the order of the values; null counts as ``?``."""
    counted = frame.group_by(pl.col(column).cast(pl.String).fill_null("?")).len().sort(column)
    return {str(value): int(count) for value, count in counted.iter_rows()}


def _nested(frame: pl.DataFrame, outer: str, inner: str) -> dict[str, dict[str, int]]:
    """Return outer value → inner value → count."""
    nested: dict[str, dict[str, int]] = {}
    counted = (
        frame.group_by(pl.col(outer).fill_null("?"), pl.col(inner).fill_null("?")).len().sort(outer, inner)
    )
    for a, b, count in counted.iter_rows():
        nested.setdefault(a, {})[b] = int(count)
    return nested


def _cells(doubts: pl.DataFrame) -> list[str]:
    """Return one line per kind of doubtful cell and file: the first one, and how many more there are."""
    place = ["source_file", "source_sheet", "source_row", "column"]
    ordered = doubts.sort([*place, "code"], nulls_last=False).with_columns(
        more=pl.len().over("source_file", "code").cast(pl.Int64) - 1
    )
    first = ordered.unique(["source_file", "code"], keep="first", maintain_order=True)
    lines = _problems(first)
    tails = first.sort(_ORDER, nulls_last=True)["more"].to_list()
    return [f"{line} (+{more:,})" if more else line for line, more in zip(lines, tails, strict=True)]


_ORDER: tuple[pl.Expr | str, ...] = (
    pl.col("source_row").is_not_null(),
    "source_file",
    "source_sheet",
    "source_row",
    "column",
    "code",
)


def _problems(lost: pl.DataFrame) -> list[str]:
    """Return one line per unused row or file, files first; the value of a cell never appears."""
    ordered = lost.sort(_ORDER, nulls_last=True)
    columns = ("code", "reason", "advice", "source_file", "source_sheet", "source_row", "column")
    return [
        Problem(code or "", reason or "", advice or "", file or "", sheet, row, column).text()
        for code, reason, advice, file, sheet, row, column in ordered.select(columns).iter_rows()
    ]


def console_lines(summary: dict[str, Any], *, language: str = "en") -> list[str]:
    """Return the six numbers that matter, one line each. ``language``: ``en`` or ``vi``."""
    tiers = summary["mentions"]["by_tier"]
    severity = summary["discrepancies"]["by_severity"]
    urgent = severity.get("critical", 0) + severity.get("major", 0)
    rejected = summary["rejected"]
    numbers = [
        ("Records read", "Bản ghi đã đọc", summary["records"]["total"], ""),
        (
            "People found",
            "Người đã tìm thấy",
            tiers["match"],
            _share(tiers["match"], summary["mentions"]["total"]),
        ),
        (
            "To be confirmed",
            "Phải xác nhận",
            tiers["review"],
            _share(tiers["review"], summary["mentions"]["total"]),
        ),
        ("Not found", "Chưa tìm thấy", tiers["none"], _share(tiers["none"], summary["mentions"]["total"])),
        (
            "Differences",
            "Sai lệch",
            summary["discrepancies"]["total"],
            f"{urgent:,} critical or major" if language == "en" else f"{urgent} nặng hoặc nghiêm trọng",
        ),
        ("Rows not used", "Dòng không dùng được", rejected["rows"], _files(rejected["files"], language)),
    ]
    return [
        f"{(en if language == 'en' else vi) + ':':<22}{number:>10,}{'  ' + remark if remark else ''}"
        for en, vi, number, remark in numbers
    ]


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else ""


def _files(count: int, language: str) -> str:
    if not count:
        return ""
    return f"and {counted(count, 'whole file')}" if language == "en" else f"và {count} tệp"
