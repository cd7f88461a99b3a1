"""Rows that can't be used (nobody to look for) and cells that can't be read, each named with row and column."""

from __future__ import annotations

import csv
from functools import lru_cache
from typing import TYPE_CHECKING

import polars as pl

from reconcile.ingest.profiles import POPULATION, PRINCIPAL
from reconcile.ingest.rejects import reject_rows
from reconcile.normalize.columns_dates import dates
from reconcile.normalize.columns_ids import ids
from reconcile.normalize.registers import BOOK_PATTERN, NUMBER_PATTERN
from reconcile.resources import rules_path
from reconcile.schema import MENTION_ROLES, ROLES

if TYPE_CHECKING:
    from collections.abc import Mapping

_FORMULA = r"^\s*=.*[(!$:+*/&]|^\s*=[A-Z]{1,3}\d+\s*$|^#[A-Z/0?!]+[!?A]$"
"""A formula as text, or what a failed one leaves (``#REF!``, ``#N/A``)."""
_NUMBERS = {"so": NUMBER_PATTERN, "quyen_so": BOOK_PATTERN}


@lru_cache(maxsize=1)
def no_person() -> frozenset[str]:
    """Return the words that stand in a name cell for "nobody is named", in lower case."""
    with rules_path("lists", "no_person.csv").open(encoding="utf-8", newline="") as handle:
        return frozenset(row["text"] for row in csv.DictReader(handle))


def named(column: str) -> pl.Expr:
    """True where the cell may be a person's name: it has a letter, and is no formula and no "không rõ"."""
    text = pl.col(column)
    return (
        text.str.contains(r"\p{L}")
        & ~text.str.contains(r"^\s*[=#]")
        & ~text.str.strip_chars().str.to_lowercase().is_in(sorted(no_person()))
    ).fill_null(value=False)


def _nobody(column: str) -> pl.Expr:
    """True where the cell says in words, or by being empty, that nobody is named."""
    text = pl.col(column)
    return text.is_null() | text.str.strip_chars().str.to_lowercase().is_in(sorted(no_person()))


def check_names(
    rows: pl.DataFrame, register: str, headers: Mapping[str, str]
) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """Take out the rows without any person to look for; blank the names that are no names.

    ``rows`` has the columns of REJECTED's place and ``role.field``; returns the rows kept and REJECTED frames.
    """
    roles = [role for role in MENTION_ROLES[register] if f"{role}.ho_ten" in rows.columns]
    principal = [role for role in PRINCIPAL[register] if role in roles]
    who = " hoặc ".join(ROLES[role] for role in principal)
    flags = rows.with_columns(
        *[named(f"{role}.ho_ten").alias(f"{role}.named") for role in roles],
        *[_nobody(f"{role}.ho_ten").alias(f"{role}.nobody") for role in roles],
    )
    lost = ~pl.any_horizontal([pl.col(f"{role}.named") for role in principal])
    empty = pl.all_horizontal([pl.col(f"{role}.nobody") for role in principal])
    first = f"{principal[0]}.ho_ten"
    rejected = [
        reject_rows(flags, lost & empty, "MISSING_NAME", column=headers[first], value=first, who=who),
        reject_rows(flags, lost & ~empty, "NAME_NOT_TEXT", column=headers[first], value=first, who=who),
    ]
    flags = flags.filter(~lost)
    for role in roles:
        column = f"{role}.ho_ten"
        wrong = ~pl.col(f"{role}.named") & ~pl.col(f"{role}.nobody")
        rejected.append(
            reject_rows(
                flags, wrong, "PERSON_WITHOUT_NAME", column=headers[column], value=column, who=ROLES[role]
            )
        )
    cleared = [
        pl.when(f"{role}.named").then(pl.col(f"{role}.ho_ten")).alias(f"{role}.ho_ten") for role in roles
    ]
    return flags.with_columns(cleared).select(rows.columns), rejected


def check_cells(rows: pl.DataFrame, register: str, headers: Mapping[str, str]) -> list[pl.DataFrame]:
    """Return REJECTED notes (the rows stay in use) for dates, numbers and formulas that can't be read."""
    notes: list[pl.DataFrame] = []
    for field, header in headers.items():
        if field not in rows.columns:
            continue
        name = field.rpartition(".")[2]
        values = rows[field].drop_nulls().unique().sort()
        if values.is_empty():
            continue
        formulas = values.filter(values.str.contains(_FORMULA))
        bad = _unreadable(name, values, register)
        if not formulas.is_empty():
            notes.append(_note(rows, field, header, "FORMULA", formulas))
            bad = bad.filter(~bad.is_in(formulas.implode()))
        if not bad.is_empty():
            code = "IMPOSSIBLE_DATE" if name.startswith("ngay") else "NUMBER_NOT_DIGITS"
            notes.append(_note(rows, field, header, code, bad))
    return notes


def _note(rows: pl.DataFrame, field: str, header: str, code: str, bad: pl.Series) -> pl.DataFrame:
    where = pl.col(field).is_in(bad.implode())
    return reject_rows(rows, where, code, column=header, value=field, what=header.replace("\n", " "))


def _unreadable(name: str, values: pl.Series, register: str) -> pl.Series:
    """Return those of the distinct values that the field's kind can't be read from."""
    nothing = values.clear()
    if name.startswith("ngay") and not name.endswith("bang_chu"):
        return values.filter(impossible_dates(values))
    if name in _NUMBERS and register != POPULATION:
        return values.filter(~values.str.contains(_NUMBERS[name]) & values.str.contains(r"[\p{L}?*]"))
    if name.startswith("so_dinh_danh") and name != "so_dinh_danh_cu":
        read = ids(values, ("value", "old", "notes"))
        noted = read.select(
            (
                pl.col("value").is_null()
                & pl.col("old").is_null()
                & ~pl.col("notes").list.contains("BLANK").fill_null(value=True)
            ).alias("bad")
        )["bad"]
        return values.filter(noted)
    return nothing


def impossible_dates(values: pl.Series) -> pl.Series:
    """Return true for texts that are no date or a day that never was; "không rõ" and the like are not meant."""
    return dates(values).select(
        (
            (pl.col("earliest").is_null() & ~pl.col("notes").list.contains("BLANK"))
            | pl.col("notes").list.contains("IMPOSSIBLE_DAY")
            | pl.col("notes").list.contains("IMPOSSIBLE_MONTH")
        )
        .fill_null(value=False)
        .alias("bad")
    )["bad"]
