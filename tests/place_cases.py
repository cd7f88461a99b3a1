"""Cases of places and pairs of places: CSV → expected and got. Shared by the tests and the freezing."""

from __future__ import annotations

import csv
from pathlib import Path

from reconcile.normalize.places import read_place, same_place

CASES = Path(__file__).parent / "cases"
Row = dict[str, str]


def _place(row: Row) -> Row:
    reading = read_place(row["input"], date=row["date"] or None)
    doubtful = "yes" if reading.doubtful else "no"
    return {"value": reading.value or "", "level": reading.level or "", "doubtful": doubtful}


def _pair(row: Row) -> Row:
    return {"relation": same_place(row["a"], row["date_a"] or None, row["b"], row["date_b"] or None)}


KINDS = {"places": _place, "place_pairs": _pair}
"""The file's stem → what the engine answers for a row, in the row's own columns."""


def rows(kind: str) -> list[Row]:
    """Return the cases of a kind."""
    with (CASES / f"{kind}.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def answered(kind: str) -> list[Row]:
    """Return the cases with the engine's answers in place of the expectations, and ``ok``."""
    out = []
    for row in rows(kind):
        got = KINDS[kind](row)
        right = all(row[column] == value for column, value in got.items())
        out.append({**row, **got, "ok": "yes" if right else "no"})
    return out


def write_frozen(kind: str) -> None:
    """Write ``<kind>.frozen.csv``: look at the difference before committing, it is a change of meaning."""
    answers = answered(kind)
    with (CASES / f"{kind}.frozen.csv").open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, list(answers[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(answers)


if __name__ == "__main__":
    for each in KINDS:
        write_frozen(each)
