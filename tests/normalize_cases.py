"""The committed cases of every kind, and what the engine answers to each. Shared by tests, benchmarks and freezing.

A kind is a file ``cases/<kind>.csv``: what is given, what is expected, category, note. Expectations are reasoned
from the rules before the engine is asked; ``cases/<kind>.frozen.csv`` holds the engine's answers in their place,
so that every changed answer shows in review.
"""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path

from reconcile import normalize
from reconcile.normalize import lists
from reconcile.normalize.date_pairs import compare_dates
from reconcile.normalize.dates import read_date
from reconcile.normalize.distance import compare_names
from reconcile.normalize.ids import read_id
from reconcile.normalize.number_words import read_number_words
from reconcile.normalize.places import read_place, same_place
from reconcile.normalize.registers import read_book, read_register_number
from reconcile.normalize.syllables import canonical, parse, plain_syllables

CASES = Path(__file__).parent / "cases"
Row = dict[str, str]


def unescaped(text: str) -> str:
    """``\\uXXXX`` in an input stands for a character that prints nothing."""
    parts = text.split("\\u")
    return parts[0] + "".join(chr(int(part[:4], 16)) + part[4:] for part in parts[1:])


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def _fields(reading: object, *names: str) -> Row:
    return {name: _text(getattr(reading, name, None)) for name in names}


def _syllable(case: Row) -> Row:
    found = parse(case["input"])
    if found is not None:
        valid = "yes" if found.marked else "unmarked"
    else:
        valid = "plain" if case["input"] in plain_syllables() else "no"
    return {"valid": valid, "canonical": canonical(case["input"])}


def _name(case: Row) -> Row:
    reading = normalize.name(unescaped(case["input"]))
    return {**_fields(reading, "value", "doubtful", "phonetic"), "notes": ";".join(reading.notes)}


def _encoding(case: Row) -> Row:
    reading = normalize.text(unescaped(case["input"]), font=case["font"] or None)
    return _fields(reading, "value", "encoding", "doubtful")


def _name_pair(case: Row) -> Row:
    compared = compare_names(case["a"], case["b"])
    return {"kind": compared.kind, "similarity": f"{compared.similarity:.4f}"}


def _date(case: Row) -> Row:
    limit = date.fromisoformat(case["not_after"]) if case["not_after"] else None
    reading = read_date(unescaped(case["input"]), not_after=limit)
    return _fields(reading, "value", "earliest", "latest", "calendar", "doubtful")


def _date_pair(case: Row) -> Row:
    return _fields(compare_dates(case["a"], case["b"]), "kind", "days_apart", "slip")


_NUMBERS = {"id": read_id, "words": read_number_words, "so": read_register_number, "quyen": read_book}


def _number(case: Row) -> Row:
    reading = _NUMBERS[case["kind"]](unescaped(case["input"]))
    return _fields(reading, "value", "province", "sex", "year", "doubtful")


_LISTS = {
    "sex": lists.read_sex,
    "ethnicity": lists.read_ethnicity,
    "nationality": lists.read_nationality,
    "marital": lists.read_marital_status,
    "birth": lists.read_birth_kind,
    "paper": lists.read_identity_paper,
    "relation": lists.read_household_relation,
}


def _list(case: Row) -> Row:
    kind, _, register = case["kind"].partition(" ")
    read = lists.read_registration_kind(case["input"], register) if register else _LISTS[kind](case["input"])
    return _fields(read, "value", "doubtful")


def _place(case: Row) -> Row:
    reading = read_place(unescaped(case["input"]), date=case["date"] or None)
    return _fields(reading, "value", "level", "doubtful")


def _place_pair(case: Row) -> Row:
    answer = same_place(case["a"], case["date_a"] or None, case["b"], case["date_b"] or None)
    return {"relation": answer}


KINDS = {
    "syllables": _syllable,
    "names": _name,
    "name_pairs": _name_pair,
    "encodings": _encoding,
    "dates": _date,
    "date_pairs": _date_pair,
    "numbers": _number,
    "lists": _list,
    "places": _place,
    "place_pairs": _place_pair,
}
"""The file's stem → what the engine answers for a row, in the row's own columns."""

GIVEN = frozenset({"input", "font", "not_after", "date", "a", "b", "date_a", "date_b"})
"""Columns that are given to the engine; in numbers.csv and lists.csv also ``kind``."""


def rows(kind: str) -> list[Row]:
    """Return the cases of a kind."""
    with (CASES / f"{kind}.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def is_expected(case: Row, answer: Row) -> bool:
    """Whether every expectation holds; a phonetic key is expected only where one is written."""
    return all(
        case[column] == value
        for column, value in answer.items()
        if column in case and not (column == "phonetic" and not case[column])
    )


def answered(kind: str) -> list[Row]:
    """Return the cases with the engine's answers in place of the expectations, and ``ok``."""
    out = []
    for case in rows(kind):
        answer = KINDS[kind](case)
        out.append({**case, **answer, "ok": _text(is_expected(case, answer))})
    return out


def frozen_text(answers: list[Row]) -> str:
    """Return answers as the text of ``<kind>.frozen.csv``."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(answers[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(answers)
    return out.getvalue()
