"""Cases of the readers of dates, numbers and lists: CSV → expected and got. Shared by the tests and the freezing."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

from reconcile.normalize import lists
from reconcile.normalize.date_pairs import compare_dates
from reconcile.normalize.dates import read_date
from reconcile.normalize.ids import read_id
from reconcile.normalize.number_words import read_number_words
from reconcile.normalize.registers import read_book, read_register_number

CASES = Path(__file__).parent / "cases"
Row = dict[str, str]


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def _date(row: Row) -> Row:
    limit = date.fromisoformat(row["not_after"]) if row["not_after"] else None
    reading = read_date(row["input"], not_after=limit)
    return {k: _text(getattr(reading, k)) for k in ("value", "earliest", "latest", "calendar", "doubtful")}


def _pair(row: Row) -> Row:
    answer = compare_dates(row["a"], row["b"])
    return {k: _text(getattr(answer, k)) for k in ("kind", "days_apart", "slip")}


_NUMBERS = {"id": read_id, "words": read_number_words, "so": read_register_number, "quyen": read_book}


def _number(row: Row) -> Row:
    reading = _NUMBERS[row["kind"]](row["input"])
    return {k: _text(getattr(reading, k, None)) for k in ("value", "province", "sex", "year", "doubtful")}


_LISTS = {
    "sex": lists.read_sex,
    "ethnicity": lists.read_ethnicity,
    "nationality": lists.read_nationality,
    "marital": lists.read_marital_status,
    "birth": lists.read_birth_kind,
    "paper": lists.read_identity_paper,
    "relation": lists.read_household_relation,
}


def _list(row: Row) -> Row:
    kind, _, register = row["kind"].partition(" ")
    reading = lists.read_registration_kind(row["input"], register) if register else _LISTS[kind](row["input"])
    return {"value": _text(reading.value), "doubtful": _text(reading.doubtful)}


ROOMS = {"dates": _date, "date_pairs": _pair, "numbers": _number, "lists": _list}
"""Kind of cases (the file's stem) → what the engine answers for a row, in the row's own columns."""


def rows(kind: str) -> list[Row]:
    """Return the cases of a kind."""
    with (CASES / f"{kind}.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def answered(kind: str) -> list[Row]:
    """Return the cases with the engine's answers in place of the expectations, and ``ok``."""
    out = []
    for row in rows(kind):
        got = ROOMS[kind](row)
        ok = all(row[k] == v for k, v in got.items())
        out.append({**row, **got, "ok": _text(ok)})
    return out
